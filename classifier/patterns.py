"""Many RE2 expressions over one text: which of them match, and where. Linear time.

Most expressions are never asked: one pass of an Aho-Corasick automaton finds the literals that stand in the text, and
only those expressions can match whose own are among them (`required`). Of 184 expressions six are asked a text. Sets
of RE2 expressions, used before, took three times as long on texts they had not seen: their automata have more states
than memory (datasets/TRIALS.md).

The same pass tells where matches may start. Where those places are few, `re` is asked there and nowhere else: RE2
reads the whole text for each expression, and builds its automata anew for what it has not read before.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import Any, Final

import ahocorasick_rs
import numpy as np
import re2

from classifier.errors import KnowledgeError
from classifier.required import MOST_CHOICES, required, starts

# More places than these, and RE2 reads the text: what `re` costs at one place is bounded, not small.
_FEW: Final = 40


class Encoded:
    """A text, also as RE2 reads it, and the way back from bytes to characters."""

    def __init__(self, text: str) -> None:
        self.text: Final = text

    @cached_property
    def data(self) -> bytes:
        """UTF-8."""
        return self.text.encode()

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
        self.expressions: Final = tuple(expressions)
        self.compiled: Final = [_compiled(expression, origin) for expression in expressions]
        self.group: Final = [pattern.groupindex.get("m", 0) for pattern in self.compiled]
        self._literals: Final = _Literals(expressions)

    def candidates(self, text: Encoded) -> "Candidates":
        """The expressions that may stand in `text`."""
        return Candidates(self, text, self._literals.candidates(text.text))

    def spans(self, text: Encoded) -> dict[int, list[tuple[int, int]]]:
        """Number of expression -> non-empty ranges of characters in `text`, in order; those that stand there."""
        candidates = self.candidates(text)
        found = {number: list(candidates.places(number)) for number in candidates.numbers}
        return {number: places for number, places in found.items() if places}


class Candidates:
    """The expressions of a set that may stand in one text: `numbers`, ascending."""

    def __init__(self, patterns: PatternSet, text: Encoded, starts: dict[int, list[int] | None]) -> None:
        """`starts`: for each expression where it may start, ascending; None where it may start anywhere."""
        self.numbers: Final = starts.keys()
        self._patterns = patterns
        self._text = text
        self._starts = starts

    def stands(self, number: int) -> bool:
        """Whether one of them stands in the text."""
        return next(self.places(number), None) is not None

    def places(self, number: int) -> Iterator[tuple[int, int]]:
        """Where one of them stands: non-empty ranges of characters, in order."""
        starts = self._starts[number]
        # A vertical tab is a space to Python alone.
        if starts is None or len(starts) > _FEW or "\v" in self._text.text:
            return self._throughout(number)
        return self._starting(number, starts)

    def _starting(self, number: int, starts: list[int]) -> Iterator[tuple[int, int]]:
        group, expression, end = self._patterns.group[number], _for_python(self._patterns.expressions[number]), 0
        for start in starts:
            if start >= end and (match := expression.match(self._text.text, start)) is not None:
                end = match.end()
                place = match.span(group) if group and match[group] is not None else match.span()
                if place[0] < place[1]:
                    yield place

    def _throughout(self, number: int) -> Iterator[tuple[int, int]]:
        group, expression, data = self._patterns.group[number], self._patterns.compiled[number], self._text.data
        match = expression.search(data)
        while match is not None:
            whole = match.span()
            start, end = match.span(group) if group else whole
            if start < 0:
                start, end = whole
            if start < end:
                yield self._text.characters(start, end)
            # After a match of nothing it would stand still.
            position = whole[1] + (whole[0] == whole[1])
            match = expression.search(data, position) if position < len(data) else None


class _Literals:
    """Which expressions can match a text and where they may start, by the literals that stand in it.

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
        found = [starts(expression) for expression in expressions]
        masks |= {literal: 0 for own in found for start in own for literal in start.literals if literal not in masks}
        numbers = {literal: number for number, literal in enumerate(masks)}
        # How far before a literal each expression may start.
        self._before: Final[list[dict[int, set[int]]]] = [{} for _ in expressions]
        for before, own in zip(self._before, found, strict=True):
            for start in own:
                for literal in start.literals:
                    before.setdefault(numbers[literal], set()).update(range(start.least, start.most + 1))
        self._masks: Final = list(masks.values())
        self._automaton: Final = ahocorasick_rs.AhoCorasick(list(masks)) if masks else None

    def candidates(self, text: str) -> dict[int, list[int] | None]:
        """Numbers of expressions, ascending, with where each may start, ascending; None where it may start anywhere."""
        at = defaultdict[int, list[int]](list)
        if self._automaton is not None:
            for literal, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
                at[literal].append(start)
        met, masks = self._open, self._masks
        for literal in at:
            met |= masks[literal]
        possible = (1 << self._width) - 1
        for slot in range(MOST_CHOICES):
            possible &= met >> slot * self._width
        numbers = dict.fromkeys([self._expression_of[bit] for bit in _bits(possible)])
        return {number: self._starts(number, at) for number in numbers}

    def _starts(self, number: int, at: dict[int, list[int]]) -> list[int] | None:
        before = self._before[number]
        if not before:
            return None
        stand = [literal for literal in at if literal in before]
        found = {place - back for literal in stand for place in at[literal] for back in before[literal]}
        return sorted([start for start in found if start >= 0])


def _bits(mask: int) -> Iterator[int]:
    """Where a number has ones, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


@cache
def _for_python(expression: str) -> re.Pattern[str]:
    """Compiled when first asked: compiling all of them would take longer than the first answer.

    $ is the end of the text alone to RE2, to Python also before a last line end.
    """
    return re.compile(expression.replace("$", r"\Z"), re.ASCII)


def _compiled(expression: str, origin: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        raise KnowledgeError(f"{origin}: {expression!r} is not RE2: {error}") from error
