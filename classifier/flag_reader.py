"""Which clauses show which red flag, learnt from the marks of authors.

Patterns propose (`red_flags.proposed_flags`); this reader decides, clause by clause, for the flags whose
wording varies without end: it may drop a proposal, and it may point at a clause that no pattern foresaw.
Which flags it decides stands in the catalogue (`read_by = "clauses"`): those where it beat the patterns on
authors it had not read (`scam-notice corpus flag-trial`, datasets/TRIALS.md). What a notice leaves out is read
from all of its clauses together (`absence_reader`).
"""

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from classifier.absence_reader import ENOUGH, AbsenceReader
from classifier.knowledge import flag_ids, flag_severities
from classifier.perceptron import ClausePerceptron
from classifier.reading import Reading
from classifier.red_flags import flags_read_by, overlap, proposed_flags
from classifier.sparse_rows import SparseRows, side_by_side
from classifier.terms import CharacterTerms
from classifier.tokenise import words
from classifier.vocabulary import CHANNELS
from classifier.word_vectors import WordVectors

Places = dict[str, list[tuple[int, int]]]
Marks = Sequence[tuple[str, int, int]]
Floats = npt.NDArray[np.float64]
# A flag is shown from these probabilities on: lower, F1 still rises a little, but a wrong mark costs more trust than a
# missed one. What is not taken for a scam must say it more plainly, above all what only a scam says
# (datasets/TRIALS.md).
SHOWN_FROM: Final = 0.40
SHOWN_IN_DOUBT_FROM: Final = 0.50
STRONG_IN_DOUBT_FROM: Final = 0.60
# A counsellor points once: of a flag's further clauses in a notice, readers marked a quarter below this probability and
# half above it (datasets/TRIALS.md).
ANOTHER_FROM: Final = 0.85
# Shorter parts say too little to stand for their clause.
_PART: Final = re.compile(r"(?:[^、,，]|(?<=\d),(?=\d)){6,}[、,，]?")
# 「お支払いがない場合、供給を停止します」: the threat is what follows.
_THREATS: Final = frozenset(flag for flag in flag_ids() if flag.endswith("_threat")) | {"instant_enforcement"}
_CONDITION: Final = re.compile(r"(?:場合|とき|時)(?:に)?(?:は|には)?[、,，]?$|(?:なければ|ないと|なき場合)[、,，]?$")
_NEIGHBOURS_WEIGHT: Final = 0.5
_CHANNEL_WEIGHT: Final = 0.3
_PROPOSAL_WEIGHT: Final = 0.7
_KIND_WEIGHT: Final = 0.7
_POSITION_WEIGHT: Final = 0.3
_ODDS_RANGE: Final = 6.0
# Log odds of the likeliest flag; below, the second reader changes nothing that is shown (datasets/TRIALS.md).
_ASKED_FROM: Final = -3.0
# Clauses of genuine texts without any mark teach little; this share of them is enough.
_UNMARKED_SHARE: Final = 0.15


class FlagReader:
    """One logistic regression a flag over clauses: their characters, their neighbours' and their place; what the
    notice is (odds, kind, channel); what patterns propose. A perceptron over the same,
    and over what the clause's words mean, is its second reader."""

    def __init__(self, meanings: WordVectors, flags: Sequence[str] | None = None) -> None:
        """`meanings`: what words mean; `flags`: the ids to learn, by default those of the catalogue's `read_by`."""
        self.meanings = meanings
        self.flags = sorted(flags_read_by("clauses")) if flags is None else list(flags)

    def fit(
        self,
        readings: Sequence[Reading],
        marks: Sequence[Marks],
        absent: Sequence[Collection[str]],
        odds: Floats,
        kinds: Floats,
        *,
        workers: int = 2,
    ) -> Self:
        """`marks` in code points of the notices' own texts; `absent`: the ids of what each leaves out; `odds`, shape
        (n,), and `kinds`, shape (n, k): log odds of a scam and probabilities of the document kinds from a model that
        has not seen the notices."""
        from joblib import Parallel, delayed
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts, neighbours = _clause_texts(readings)
        own = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=8, sublinear_tf=True, dtype=np.float32)
        near = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), min_df=20, sublinear_tf=True, dtype=np.float32)
        own.fit(texts)
        near.fit(neighbours)
        self._own, self._near = CharacterTerms.of(own), CharacterTerms.of(near)
        said, beside = self._own.rows(texts), self._near.rows(neighbours)
        counts, notices = [len(r.clauses) for r in readings], _notices(readings, odds, kinds)
        self._absences = AbsenceReader(flags_read_by("notice")).fit(said, counts, notices, absent)
        matrix = self._beside(said, beside, readings, notices)
        owners = np.repeat(np.arange(len(readings)), counts)
        marked = np.array([bool(m) for m in marks])[owners]
        proposed = np.asarray(matrix[:, -len(flag_ids()) :].sum(axis=1)).ravel() > 0
        chosen = marked | proposed | (np.random.RandomState(0).rand(len(owners)) < _UNMARKED_SHARE)
        labels = {
            flag: np.concatenate([_marked(r, m, flag) for r, m in zip(readings, marks, strict=True)])
            for flag in self.flags
        }
        self.flags = [flag for flag in self.flags if labels[flag][chosen].sum() >= ENOUGH]
        self._shown_from = _shown_from(self.flags)
        meanings = self.meanings.transform([words(texts[row]) for row in np.flatnonzero(chosen).tolist()])
        part = matrix[chosen]
        # Processes read the matrix where it lies and cannot mend it; threads would share liblinear's random numbers.
        part.sum_duplicates()
        marked_part = np.column_stack([labels[flag][chosen] for flag in self.flags])
        second = ClausePerceptron(said.width, said.width + beside.width)
        # The longest fit first.
        self._perceptron, *fitted = Parallel(n_jobs=workers)(
            (
                delayed(second.fit)(part, meanings, marked_part),
                *(delayed(_fit_one)(part, labels[flag][chosen]) for flag in self.flags),
            )
        )
        self._weights = np.array([coefficients for coefficients, _ in fitted], dtype=np.float32).T.copy()
        self._offsets = np.array([offset for _, offset in fitted])
        return self

    def read(
        self, readings: Sequence[Reading], odds: Floats, kinds: Floats, scam: npt.NDArray[np.bool_]
    ) -> list[Places]:
        """For each reading: flag -> where it stands, as offsets into the notice's own text; nowhere for what it leaves
        out. `scam`, shape (n,): whether the notice is taken for a scam.

        The place is what the patterns proposed within the clause; where they proposed nothing, the part between
        commas that speaks most for the flag.
        """
        texts, neighbours = _clause_texts(readings)
        if not texts or not self.flags:
            return [{} for _ in readings]
        said, notices = self._own.rows(texts), _notices(readings, odds, kinds)
        values = self._values(self._beside(said, self._near.rows(neighbours), readings, notices), texts)
        counts = [len(reading.clauses) for reading in readings]
        ends = np.cumsum(counts).tolist()
        shown = np.concatenate(
            [
                _pointed_at(values[end - count : end], self._shown_from[int(taken)])
                for end, count, taken in zip(ends, counts, scam, strict=True)
            ]
        )
        owners = [(number, n) for number, count in enumerate(counts) for n in range(count)]
        proposed = {
            (row, column): _proposed(readings[owners[row][0]], owners[row][1], self.flags[column])
            for row, column in zip(*(places.tolist() for places in np.nonzero(shown)), strict=True)
        }
        unforeseen = dict.fromkeys(row for (row, _), places in proposed.items() if not places)
        clauses = [(readings[owners[row][0]], owners[row][1]) for row in unforeseen]
        parts = dict(zip(unforeseen, self._parts(clauses), strict=True))
        found: list[Places] = [{} for _ in readings]
        for (row, column), places in proposed.items():
            number, flag = owners[row][0], self.flags[column]
            found[number].setdefault(flag, []).extend(places or [_best(readings[number], parts[row], column, flag)])
        for number, column in np.argwhere(self._absences.read(said, counts, notices)).tolist():
            found[number][self._absences.flags[column]] = []
        return found

    def _values(self, matrix: sp.csr_matrix, texts: Sequence[str]) -> Floats:
        """Log odds of the flags, shape (clauses, flags): of both readers where the first sees a trace of any flag."""
        values: Floats = matrix @ self._weights + self._offsets
        asked = np.flatnonzero(values.max(axis=1, initial=-np.inf) >= _ASKED_FROM)
        if len(asked):
            meanings = self.meanings.transform([words(texts[row]) for row in asked.tolist()])
            values[asked] += self._perceptron.values(matrix[asked], meanings)
            values[asked] /= 2
        return values

    def _parts(self, clauses: Sequence[tuple[Reading, int]]) -> list[tuple[list[tuple[int, int]], Floats]]:
        """For each clause its parts between commas, and how much each of them speaks for each flag, (parts, flags).

        「【県税事務所】自動車税が未納のため、差押えを執行します」 shows its threat after the comma.
        """
        if not clauses:
            return []
        found: list[list[tuple[int, int]]] = []
        for reading, n in clauses:
            start, end = reading.clauses[n]
            own = [(start + m.start(), start + m.end()) for m in _PART.finditer(reading.normalised.text[start:end])]
            found.append(own if len(own) > 1 else [(start, end)])
        texts = [reading.stretch(*part) for (reading, _), own in zip(clauses, found, strict=True) for part in own]
        terms = self._own.transform(texts)
        values = terms @ self._weights[: terms.shape[1]]
        return list(zip(found, np.split(values, np.cumsum([len(own) for own in found])[:-1]), strict=True))

    def _beside(self, own: SparseRows, near: SparseRows, readings: Sequence[Reading], notices: Floats) -> sp.csr_matrix:
        counts = [len(r.clauses) for r in readings]
        cells = [sorted(cell) for reading in readings for cell in _proposed_in_clauses(reading)]
        return side_by_side(
            [
                own,
                near._replace(values=near.values * np.float32(_NEIGHBOURS_WEIGHT)),
                SparseRows.of_dense(
                    np.hstack([notices.repeat(counts, axis=0), _POSITION_WEIGHT * _positions(readings)])
                ),
                SparseRows.of_cells(cells, _PROPOSAL_WEIGHT, len(flag_ids())),
            ]
        )


def _pointed_at(values: Floats, from_on: Floats) -> npt.NDArray[np.bool_]:
    """Which clauses of one notice show which flags: a flag's likeliest clause, and others that hardly leave a doubt.

    `values` and the answer have the shape (clauses, flags), `from_on` (flags,).
    """
    best = values >= values.max(axis=0, initial=-np.inf)
    found: npt.NDArray[np.bool_] = values >= np.where(best, from_on, _odds(ANOTHER_FROM))
    return found


def _shown_from(flags: Sequence[str]) -> Floats:
    """Log odds from which on each flag is shown, shape (2, flags): in doubt, and in a scam."""
    strong = [flag_severities()[flag] == "strong" for flag in flags]
    in_doubt = [STRONG_IN_DOUBT_FROM if own else SHOWN_IN_DOUBT_FROM for own in strong]
    return np.array([[_odds(p) for p in in_doubt], [_odds(SHOWN_FROM)] * len(flags)])


def _odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _fit_one(matrix: sp.csr_matrix, label: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    # The dual gives the same weights (cosine 0.9998) in a third of the time.
    model = LogisticRegression(
        C=5.0, solver="liblinear", dual=True, tol=0.3, class_weight={False: 1.0, True: 2.0}, random_state=0
    )
    model.fit(matrix, label)
    return model.coef_[0], float(model.intercept_[0])


def _notices(readings: Sequence[Reading], odds: Floats, kinds: Floats) -> Floats:
    """What each notice is, as far as the model says: shape (n, columns)."""
    channels = np.array([[r.notice.channel == c for c in CHANNELS] for r in readings])
    leaning = np.clip(odds / _ODDS_RANGE, -1, 1).reshape(-1, 1)
    return np.hstack([_CHANNEL_WEIGHT * channels, leaning, _KIND_WEIGHT * kinds])


def _clause_texts(readings: Sequence[Reading]) -> tuple[list[str], list[str]]:
    own, near = [], []
    for reading in readings:
        texts = [reading.stretch(start, end) for start, end in reading.clauses]
        own += texts
        near += [f"{a}\x1f{b}" for a, b in zip(["", *texts[:-1]], [*texts[1:], ""], strict=True)]
    return own, near


def _positions(readings: Sequence[Reading]) -> Floats:
    """Where each clause stands in its notice and how long it is: names and titles come first, contacts last."""
    counts = np.array([len(reading.clauses) for reading in readings])
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    last = np.repeat(counts - 1, counts)
    length = np.array([end - start for reading in readings for start, end in reading.clauses])
    return np.column_stack(
        (
            number == 0, number == 1, number == last, last == 0, last < 3, last > 14, length < 10, length > 40,
            number / np.maximum(1, last),
        )
    )  # fmt: skip


def _original(reading: Reading) -> list[tuple[int, int]]:
    """The clauses as offsets into the notice's own text."""
    if "clauses" not in reading.memo:
        reading.memo["clauses"] = [reading.normalised.span(start, end) for start, end in reading.clauses]
    clauses: list[tuple[int, int]] = reading.memo["clauses"]
    return clauses


def _proposed_in_clauses(reading: Reading) -> list[set[int]]:
    """For each clause the numbers of the flags that the patterns propose in it."""
    numbers, clauses = _flag_numbers(), _original(reading)
    found: list[set[int]] = [set() for _ in clauses]
    for flag, places in proposed_flags(reading).items():
        for place in places:
            for cell, clause in zip(found, clauses, strict=True):
                if overlap(place, clause):
                    cell.add(numbers[flag])
    return found


@cache
def _flag_numbers() -> dict[str, int]:
    return {flag: number for number, flag in enumerate(sorted(flag_ids()))}


def _marked(reading: Reading, marks: Marks, flag: str) -> npt.NDArray[np.bool_]:
    places = [(start, end) for name, start, end in marks if name == flag]
    return np.array([any(overlap(place, clause) for place in places) for clause in _original(reading)], dtype=bool)


def _proposed(reading: Reading, clause: int, flag: str) -> list[tuple[int, int]]:
    """What the patterns proposed for a flag within a clause."""
    stretch = _original(reading)[clause]
    return [place for place in proposed_flags(reading).get(flag, []) if overlap(place, stretch)]


def _best(reading: Reading, parts: tuple[list[tuple[int, int]], Floats], column: int, flag: str) -> tuple[int, int]:
    """The part that speaks most for a flag, in the notice's own text; of a threat not its condition alone."""
    places, values = parts
    best = int(values[:, column].argmax())
    if flag in _THREATS and best + 1 < len(places) and _CONDITION.search(reading.normalised.text[slice(*places[best])]):
        best += 1
    part = places[best]
    return _trimmed(reading.notice.text, *reading.normalised.span(*part))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the white space, list marks and full stop around it."""
    while end - 1 > start and text[end - 1] in " 　\n\r\t。、.,":
        end -= 1
    while start + 1 < end and text[start] in " 　\n\r\t・※●■◆-":
        start += 1
    return start, end
