"""Which entry of a small collection a text speaks of: words by fugashi and pairs of characters.

A collection is lines, each belonging to an entry: 「カードを盗まれた」 -> card_loss_stop. A text is compared
clause by clause, because people tell one thing a clause and a long story would drown a short line.

Question: what should be compared? Measured on the 40 development questions of datasets/guidance/questions.jsonl
(58 wanted entries, share among the first three, before `cues` narrowed the choice): clause against line 0.88, the
text as one clause 0.84; words alone 0.84, pairs alone 0.79, both 0.88; adding no further clauses 0.86, adding them in
full 0.81. Decision: clause against line, words and pairs, further clauses at a third. An embedding that loads offline
in milliseconds would reopen it.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from classifier.sentences import clauses
from classifier.tokenise import words

Floats = npt.NDArray[np.float64]
# A clause of 60 characters may hold a line of 12: its length counts less than the line's.
_CLAUSE_LENGTH: Final = 0.5
# The best pair of clause and line decides; further clauses that speak of the same entry add a little.
_FURTHER: Final = 0.3
_MOST_CLAUSES: Final = 400
# What str.isalnum says yes to.
_RUN: Final = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry and how well the text fits it; `score` is comparable within one collection only."""

    key: str
    score: float


class LineIndex:
    """Lines by entry, ready to be asked. Immutable once made, safe to share between threads."""

    def __init__(self, lines: Iterable[tuple[str, str]]) -> None:
        """`lines` are pairs of the entry's key and a text; equal scores keep the order of the keys."""
        kept = [(key, _terms(text)) for key, text in lines]
        self._keys: Final = list(dict.fromkeys(key for key, _ in kept))
        # The lines of a key stand together: their best is then one step of numpy for all keys.
        order = {key: place for place, key in enumerate(self._keys)}
        kept.sort(key=lambda line: order[line[0]])
        frequency = Counter(term for _, terms in kept for term in terms)
        self._squares: Final = {term: math.log(1 + len(kept) / count) ** 2 for term, count in frequency.items()}
        self._unknown: Final = math.log(1 + len(kept)) ** 2
        self._lengths: Final = np.array([self._length(terms) for _, terms in kept])
        counts = Counter(key for key, _ in kept)
        self._firsts: Final = np.cumsum([0, *(counts[key] for key in self._keys)])[:-1]
        postings: dict[str, list[int]] = defaultdict(list)
        for number, (_, terms) in enumerate(kept):
            for term in terms:
                postings[term].append(number)
        self._postings: Final = {
            term: (np.array(numbers), np.full(len(numbers), self._squares[term])) for term, numbers in postings.items()
        }

    def rank(self, text: str) -> list[Hit]:
        """Entries that share something with the text, best first. Costs time proportional to its length.

        Only the first 400 clauses are read: who tells a story says early what it is about.
        """
        best = [row for a, b in clauses(text)[:_MOST_CLAUSES] if (row := self._clause(text[a:b])) is not None]
        if not best:
            return []
        scores = -np.sort(-np.stack(best), axis=0)
        hits = [
            Hit(key, own[0] + _FURTHER * sum(own[1:3]))
            for key, own in zip(self._keys, scores.T.tolist(), strict=True)
            if own[0] > 0
        ]
        return sorted(hits, key=lambda hit: -hit.score)

    def _clause(self, clause: str) -> Floats | None:
        """For each key how well its best line fits, 0 where it shares nothing; None where none shares anything."""
        terms = _terms(clause)
        found = [self._postings[term] for term in terms if term in self._postings]
        if not found:
            return None
        numbers, weights = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        shared = np.bincount(numbers, weights, len(self._lengths))
        own = self._length(terms) ** _CLAUSE_LENGTH or 1.0
        fits: Floats = np.maximum.reduceat(shared / (self._lengths * own), self._firsts)
        return fits

    def _length(self, terms: Sequence[str]) -> float:
        return math.sqrt(sum([self._squares.get(term, self._unknown) for term in terms])) or 1.0


def _terms(text: str) -> tuple[str, ...]:
    """「ﾘﾝｸを開いた」 -> リンク, 開い, and the pairs リン, ンク, クを, を開, 開い, いた; each once, in a fixed order.

    Words of one or two kana (を, です) stand in every clause and are left out. Pairs never cross punctuation:
    「番号、電話」 gives no 号電.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    found = dict.fromkeys([f"w:{word}" for word in words(folded) if not _empty(word)])
    found |= dict.fromkeys([f"p:{run[n : n + 2]}" for run in _RUN.findall(folded) for n in range(len(run) - 1)])
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def _empty(word: str) -> bool:
    return not word.isalnum() or (len(word) <= 2 and all("ぁ" <= character <= "ゖ" for character in word))
