"""Why a notice got its score: what each stretch of it does to the model's log odds.

The effect of a clause is the log odds of the whole text less the log odds of the text without it: no
approximation, the model itself is asked. Separate from the catalogued flags: those are signs that people
have named, these are what moved this model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from classifier.model import NoticeModel
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.result import Span
from classifier.sentences import clauses

# The model reads the whole text once more for every stretch. So a text has 40 stretches at most, fewer where it is
# long, and none where they would be too long to say anything: without the last two bounds 100,000 characters took
# 14 s, with them no text takes more than 0.7 s (2026-11).
STRETCHES: Final = 40
_CHARACTERS_READ: Final = 160_000
_FEWEST: Final = 8
MAX_CHARACTERS: Final = _CHARACTERS_READ // _FEWEST
# Log odds below which a stretch is not worth showing: it moves a score of 50 % by 5 points.
_WORTH: Final = 0.2


@dataclass(frozen=True, slots=True)
class Reason:
    """A stretch of the notice and how much it speaks for a scam (above 0) or against one, in log odds."""

    span: Span
    effect: float


def reasons(model: NoticeModel, notice: Notice, count: int = 6) -> tuple[Reason, ...]:
    """The stretches that moved the score most, strongest first.

    None for a text of one stretch, or of more than `MAX_CHARACTERS` (20,000).
    """
    if len(notice.text) > MAX_CHARACTERS:
        return ()
    pieces = _joined(clauses(notice.text), min(STRETCHES, _CHARACTERS_READ // len(notice.text)))
    if len(pieces) < 2:
        return ()
    without = [notice.text[:start] + notice.text[end:] for start, end in pieces]
    texts = [notice.text, *(text if text.strip() else "。" for text in without)]
    odds = model.log_odds([Reading(replace(notice, text=text)) for text in texts])
    effects = odds[0] - odds[1:]
    order = np.argsort(-np.abs(effects))[:count]
    return tuple(
        Reason(Span(start, end, notice.text[start:end]), round(float(effects[n]), 3))
        for n in order
        for start, end in [pieces[n]]
        if abs(effects[n]) >= _WORTH
    )


def _joined(pieces: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    if len(pieces) <= most:
        return list(pieces)
    chunks = np.array_split(np.arange(len(pieces)), most)
    return [(pieces[chunk[0]][0], pieces[chunk[-1]][1]) for chunk in chunks]
