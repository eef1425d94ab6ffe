"""Many RE2 expressions over one text: which of them match, and where. Linear time.

Most expressions are never asked: one pass of an Aho-Corasick automaton finds the literals that stand in the text, and
only those expressions can match whose own are among them (`required`). Of 184 expressions six are asked a text. Sets
of RE2 expressions, used before, took three times as long on texts they had not seen: their automata have more states
than memory (datasets/TRIALS.md).
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import ahocorasick_rs
import numpy as np
import re2

from classifier.errors import KnowledgeError
from classifier.required import MOST_CHOICES, required


class Encoded:
    """A text, also as RE2 reads it, and the way back from bytes to characters."""

    def __init__(self, text: str) -> None:
        self.text: Final = text
        self.data: Final = text.encode()

    def characters(self, start: int, end: int) -> tuple[int, int]:
        """A range of bytes as a range of characters."""
        return int(self._before[start]), int(self._before[end])

    @cached_property
    def _before(self) -> Any:
        first_bytes = (np.frombuffer(self.data, dtype=np.uint8) & 0xC0) != 0x80
        return np.concatenate(([0], np.cumsum(first_bytes)))


class PatternSet:
    """A set of expressions; `spans(text)` gives, for each that matches, where.

    Expressions may name a group `m`: then its range is the span instead of the whole match.
    """

    def __init__(self, expressions: Sequence[str], origin: str = "") -> None:
        """`origin` says in an error where the expressions come from. Raises KnowledgeError for one that is not RE2."""
        self._compiled: Final = [_compiled(expression, origin) for expression in expressions]
        self._group: Final = [pattern.groupindex.get("m", 0) for pattern in self._compiled]
        self._candidates: Final = _Candidates(expressions)

    def candidates(self, text: Encoded) -> list[int]:
        """The numbers of the expressions that may stand in `text`, ascending."""
        return self._candidates(text.text)

    def matching(self, text: Encoded) -> list[int]:
        """The numbers of the expressions that stand somewhere in `text`, ascending."""
        return [number for number in self.candidates(text) if self.stands(number, text)]

    def stands(self, number: int, text: Encoded) -> bool:
        """Whether one expression stands in `text`."""
        return self._compiled[number].search(text.data) is not None

    def spans(self, text: Encoded) -> dict[int, list[tuple[int, int]]]:
        """Number of expression -> non-empty ranges of characters in `text`, in order; those that stand there."""
        found = {number: list(self.places(number, text)) for number in self.candidates(text)}
        return {number: places for number, places in found.items() if places}

    def places(self, number: int, text: Encoded) -> Iterator[tuple[int, int]]:
        """Where one expression stands in `text`: non-empty ranges of characters, in order."""
        group, expression = self._group[number], self._compiled[number]
        match = expression.search(text.data)
        while match is not None:
            whole = match.span()
            start, end = match.span(group) if group else whole
            if start < 0:
                start, end = whole
            if start < end:
                yield text.characters(start, end)
            # After a match of nothing it would stand still.
            position = whole[1] + (whole[0] == whole[1])
            match = expression.search(text.data, position) if position < len(text.data) else None


class _Candidates:
    """Which expressions can match a text, by the literals that stand in it.

    Bit n of a mask is the n-th way to match of all expressions. Each literal has three masks side by side in one
    number: the ways for whose first, second or third choice it stands.
    """

    def __init__(self, expressions: Sequence[str]) -> None:
        ways = [(number, way) for number, expression in enumerate(expressions) for way in required(expression)]
        self._expression_of: Final = [number for number, _ in ways]
        self._width: Final = len(ways)
        masks: dict[str, int] = {}
        self._open = 0
        for bit, (_, way) in enumerate(ways):
            for slot in range(MOST_CHOICES):
                place = 1 << (slot * self._width + bit)
                if slot >= len(way):
                    self._open |= place
                    continue
                for literal in way[slot]:
                    masks[literal] = masks.get(literal, 0) | place
        self._masks: Final = list(masks.values())
        self._literals: Final = ahocorasick_rs.AhoCorasick(list(masks)) if masks else None

    def __call__(self, text: str) -> list[int]:
        """Numbers of expressions, ascending."""
        met = self._open
        if self._literals is not None:
            masks = self._masks
            for literal in {hit[0] for hit in self._literals.find_matches_as_indexes(text, overlapping=True)}:
                met |= masks[literal]
        possible = (1 << self._width) - 1
        for slot in range(MOST_CHOICES):
            possible &= met >> slot * self._width
        return list(dict.fromkeys(self._expression_of[bit] for bit in _bits(possible)))


def _bits(mask: int) -> Iterator[int]:
    """Where a number has ones, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _compiled(expression: str, origin: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        raise KnowledgeError(f"{origin}: {expression!r} is not RE2: {error}") from error
