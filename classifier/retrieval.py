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
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from classifier.sentences import clauses
from classifier.tokenise import words

# A clause of 60 characters may hold a line of 12: its length counts less than the line's.
_CLAUSE_LENGTH: Final = 0.5
# The best pair of clause and line decides; further clauses that speak of the same entry add a little.
_FURTHER: Final = 0.3
_MOST_CLAUSES: Final = 400


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
        self._keys: Final = [key for key, _ in kept]
        self._order: Final = {key: place for place, key in enumerate(dict.fromkeys(self._keys))}
        frequency = Counter(term for _, terms in kept for term in terms)
        self._weights: Final = {term: math.log(1 + len(kept) / count) for term, count in frequency.items()}
        self._unknown: Final = math.log(1 + len(kept))
        self._lengths: Final = [self._length(terms) for _, terms in kept]
        postings: dict[str, list[int]] = defaultdict(list)
        for number, (_, terms) in enumerate(kept):
            for term in terms:
                postings[term].append(number)
        self._postings: Final = dict(postings)

    def rank(self, text: str) -> list[Hit]:
        """Entries that share something with the text, best first. Costs time proportional to its length.

        Only the first 400 clauses are read: who tells a story says early what it is about.
        """
        best: dict[str, list[float]] = defaultdict(list)
        for start, end in clauses(text)[:_MOST_CLAUSES]:
            for key, score in self._clause(text[start:end]).items():
                best[key].append(score)
        hits = []
        for key, scores in best.items():
            scores.sort(reverse=True)
            hits.append(Hit(key, scores[0] + _FURTHER * sum(scores[1:3])))
        return sorted(hits, key=lambda hit: (-hit.score, self._order[hit.key]))

    def _clause(self, clause: str) -> dict[str, float]:
        terms = _terms(clause)
        shared: dict[int, float] = defaultdict(float)
        for term in terms:
            for number in self._postings.get(term, ()):
                shared[number] += self._weights[term] ** 2
        own = self._length(terms) ** _CLAUSE_LENGTH or 1.0
        scores: dict[str, float] = {}
        for number, weight in shared.items():
            key = self._keys[number]
            scores[key] = max(scores.get(key, 0.0), weight / (self._lengths[number] * own))
        return scores

    def _length(self, terms: Sequence[str]) -> float:
        return math.sqrt(sum(self._weights.get(term, self._unknown) ** 2 for term in terms)) or 1.0


def _terms(text: str) -> tuple[str, ...]:
    """「ﾘﾝｸを開いた」 -> リンク, 開い, and the pairs リン, ンク, クを, を開, 開い, いた; each once, in a fixed order.

    Words of one or two kana (を, です) stand in every clause and are left out. Pairs never cross punctuation:
    「番号、電話」 gives no 号電.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    found = dict.fromkeys(f"w:{word}" for word in words(folded) if not _empty(word))
    found |= dict.fromkeys(f"p:{a}{b}" for a, b in pairwise(folded) if a.isalnum() and b.isalnum())
    return tuple(found)


def _empty(word: str) -> bool:
    return not word.isalnum() or (len(word) <= 2 and all("ぁ" <= character <= "ゖ" for character in word))
