"""Which clauses show which red flag, learnt from the marks of authors.

Patterns propose (`red_flags.proposed_flags`); this reader decides, clause by clause, for the flags whose
wording varies without end: it may drop a proposal, and it may point at a clause that no pattern foresaw.
Which flags it decides stands in the catalogue (`read_by = "clauses"`): those where it beat the patterns on
authors it had not read (`scam-notice corpus flag-trial`, datasets/TRIALS.md).
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from classifier.knowledge import flag_ids
from classifier.reading import Reading
from classifier.red_flags import flags_read_by_clauses, overlap, proposed_flags
from classifier.terms import CharacterTerms
from classifier.vocabulary import CHANNELS

Places = dict[str, list[tuple[int, int]]]
Marks = Sequence[tuple[str, int, int]]
Floats = npt.NDArray[np.float64]
# A flag is shown from this probability on: from 0.35 to 0.45 F1 is the same, and a wrong mark costs more trust than a
# missed one (datasets/TRIALS.md).
SHOWN_FROM: Final = 0.45
# A counsellor points once: of a flag's further clauses in a notice, readers marked a quarter below this probability and
# half above it (datasets/TRIALS.md).
ANOTHER_FROM: Final = 0.85
# With fewer marked clauses a flag stays with its patterns.
ENOUGH: Final = 25
# Shorter parts say too little to stand for their clause.
_PART: Final = re.compile(r"[^、,，]{6,}[、,，]?")
_NEIGHBOURS_WEIGHT: Final = 0.5
_CHANNEL_WEIGHT: Final = 0.3
_PROPOSAL_WEIGHT: Final = 0.7
_KIND_WEIGHT: Final = 0.7
_POSITION_WEIGHT: Final = 0.3
_ODDS_RANGE: Final = 6.0
# Clauses of genuine texts without any mark teach little; this share of them is enough.
_UNMARKED_SHARE: Final = 0.15


class FlagReader:
    """One logistic regression a flag over clauses: their characters, their neighbours' and their place; what the
    notice is (odds, kind, channel); what patterns propose."""

    def __init__(self, flags: Sequence[str] | None = None) -> None:
        """`flags`: the ids to learn; default those of the catalogue's `read_by`."""
        self.flags = sorted(flags_read_by_clauses()) if flags is None else list(flags)

    def fit(
        self, readings: Sequence[Reading], marks: Sequence[Marks], odds: Floats, kinds: Floats, *, workers: int = 2
    ) -> Self:
        """`marks` in code points of the notices' own texts; `odds`, shape (n,), and `kinds`, shape (n, k): log odds
        of a scam and probabilities of the document kinds from a model that has not seen the notices."""
        from joblib import Parallel, delayed
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts, neighbours = _clause_texts(readings)
        own = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=8, sublinear_tf=True, dtype=np.float32)
        near = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), min_df=20, sublinear_tf=True, dtype=np.float32)
        matrix = self._beside(own.fit_transform(texts), near.fit_transform(neighbours), readings, odds, kinds)
        self._own, self._near = CharacterTerms.of(own), CharacterTerms.of(near)
        owners = np.repeat(np.arange(len(readings)), [len(r.clauses) for r in readings])
        marked = np.array([bool(m) for m in marks])[owners]
        proposed = np.asarray(matrix[:, -len(flag_ids()) :].sum(axis=1)).ravel() > 0
        chosen = marked | proposed | (np.random.RandomState(0).rand(len(owners)) < _UNMARKED_SHARE)
        labels = {
            flag: np.concatenate([_marked(r, m, flag) for r, m in zip(readings, marks, strict=True)])
            for flag in self.flags
        }
        self.flags = [flag for flag in self.flags if labels[flag][chosen].sum() >= ENOUGH]
        part = matrix[chosen]
        fitted = Parallel(n_jobs=workers, prefer="threads")(
            delayed(_fit_one)(part, labels[flag][chosen]) for flag in self.flags
        )
        self._weights = np.array([coefficients for coefficients, _ in fitted], dtype=np.float32).T.copy()
        self._offsets = np.array([offset for _, offset in fitted])
        return self

    def read(self, readings: Sequence[Reading], odds: Floats, kinds: Floats) -> list[Places]:
        """For each reading: flag -> where it stands, as offsets into the notice's own text.

        The place is what the patterns proposed within the clause; where they proposed nothing, the part between
        commas that speaks most for the flag.
        """
        texts, neighbours = _clause_texts(readings)
        if not texts or not self.flags:
            return [{} for _ in readings]
        matrix = self._beside(self._own.transform(texts), self._near.transform(neighbours), readings, odds, kinds)
        values = matrix @ self._weights + self._offsets
        found: list[Places] = []
        row = 0
        for reading in readings:
            spans = _original(reading)
            shown = _pointed_at(values[row : row + len(spans)])
            row += len(spans)
            proposals = _proposals(reading)
            places: Places = {}
            for n, column in zip(*np.nonzero(shown), strict=True):
                flag = self.flags[column]
                proposed = [place for place in proposals.get(flag, []) if overlap(place, spans[n])]
                places.setdefault(flag, []).extend(proposed or [self._best_part(reading, reading.clauses[n], column)])
            found.append(places)
        return found

    def _best_part(self, reading: Reading, clause: tuple[int, int], column: int) -> tuple[int, int]:
        """「【県税事務所】自動車税が未納のため、差押えを執行します」 shows its threat after the comma."""
        start, end = clause
        text = reading.normalised.text[start:end]
        parts = [match.span() for match in _PART.finditer(text)]
        if len(parts) > 1:
            own = self._own.transform([reading.stretch(start + a, start + b) for a, b in parts])
            values = own @ self._weights[: own.shape[1], column]
            a, b = parts[int(values.argmax())]
            start, end = start + a, start + b
        return _trimmed(reading.notice.text, *reading.normalised.span(start, end))

    def _beside(self, own: Any, near: Any, readings: Sequence[Reading], odds: Floats, kinds: Floats) -> sp.csr_matrix:
        counts = [len(r.clauses) for r in readings]
        channels = np.array([[r.notice.channel == c for c in CHANNELS] for r in readings])
        leaning = np.clip(odds / _ODDS_RANGE, -1, 1).reshape(-1, 1)
        notice = np.hstack([_CHANNEL_WEIGHT * channels, leaning, _KIND_WEIGHT * kinds])
        beside = np.hstack([np.repeat(notice, counts, axis=0), _POSITION_WEIGHT * _positions(readings)])
        columns = {flag: n for n, flag in enumerate(sorted(flag_ids()))}
        cells = [
            (start + n, columns[flag])
            for start, reading in zip(np.cumsum([0, *counts]), readings, strict=False)
            for flag, places in _proposals(reading).items()
            for n, clause in enumerate(_original(reading))
            if any(overlap(place, clause) for place in places)
        ]
        rows, cols = zip(*cells, strict=True) if cells else ((), ())
        proposals = sp.csr_matrix(
            (np.full(len(cells), _PROPOSAL_WEIGHT), (rows, cols)), shape=(own.shape[0], len(columns))
        )
        return sp.hstack([own, near * _NEIGHBOURS_WEIGHT, sp.csr_matrix(beside), proposals]).tocsr().astype(np.float32)


def _pointed_at(values: Floats) -> npt.NDArray[np.bool_]:
    """Which clauses of one notice show which flags: a flag's likeliest clause, and others that hardly leave a doubt.

    `values` and the answer have the shape (clauses, flags).
    """
    best = values >= values.max(axis=0, initial=-np.inf)
    found: npt.NDArray[np.bool_] = values >= np.where(best, _odds(SHOWN_FROM), _odds(ANOTHER_FROM))
    return found


def _odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _fit_one(matrix: sp.csr_matrix, label: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=5.0, solver="liblinear", tol=1e-2, class_weight={False: 1.0, True: 2.0}, random_state=0
    )
    model.fit(matrix, label)
    return model.coef_[0], float(model.intercept_[0])


def _clause_texts(readings: Sequence[Reading]) -> tuple[list[str], list[str]]:
    own, near = [], []
    for reading in readings:
        texts = [reading.stretch(start, end) for start, end in reading.clauses]
        own += texts
        near += [f"{a}\x1f{b}" for a, b in zip(["", *texts[:-1]], [*texts[1:], ""], strict=True)]
    return own, near


def _positions(readings: Sequence[Reading]) -> Floats:
    """Where each clause stands in its notice and how long it is: names and titles come first, contacts last."""
    rows = []
    for reading in readings:
        last = len(reading.clauses) - 1
        for n, (start, end) in enumerate(reading.clauses):
            length = end - start
            rows.append(
                (n == 0, n == 1, n == last, last == 0, last < 3, last > 14, length < 10, length > 40, n / max(1, last))
            )
    return np.array(rows, dtype=np.float64).reshape(len(rows), 9)


def _original(reading: Reading) -> list[tuple[int, int]]:
    """The clauses as offsets into the notice's own text."""
    if "clauses" not in reading.memo:
        reading.memo["clauses"] = [reading.normalised.span(start, end) for start, end in reading.clauses]
    return list(reading.memo["clauses"])


def _proposals(reading: Reading) -> Places:
    if "proposals" not in reading.memo:
        reading.memo["proposals"] = {
            flag.id: [(s.start, s.end) for s in flag.spans] for flag in proposed_flags(reading) if flag.spans
        }
    proposals: Places = reading.memo["proposals"]
    return proposals


def _marked(reading: Reading, marks: Marks, flag: str) -> npt.NDArray[np.bool_]:
    places = [(start, end) for name, start, end in marks if name == flag]
    return np.array([any(overlap(place, clause) for place in places) for clause in _original(reading)], dtype=bool)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the white space, list marks and full stop around it."""
    while end - 1 > start and text[end - 1] in " 　\n\r\t。、.,":
        end -= 1
    while start + 1 < end and text[start] in " 　\n\r\t・※●■◆-":
        start += 1
    return start, end
