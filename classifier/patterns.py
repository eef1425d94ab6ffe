"""Many RE2 expressions over one text: sets say which of them match, those alone are asked where. Linear time."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import re2

from classifier.errors import KnowledgeError

# One automaton for all expressions has more states than memory; many small ones cost a pass each. Of 1 to 32 parts
# over 184 expressions, parts of a dozen were as fast as any once warm, and quick to warm (datasets/TRIALS.md).
_PART: Final = 12
_PART_BYTES: Final = 32 << 20


class Encoded:
    """A text as RE2 reads it, and the way back from bytes to characters."""

    def __init__(self, text: str) -> None:
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
        self._sets: Final = [_searched(expressions[n : n + _PART]) for n in range(0, len(expressions), _PART)]

    def matching(self, text: Encoded) -> list[int]:
        """The numbers of the expressions that stand somewhere in `text`, ascending."""
        return [n * _PART + k for n, part in enumerate(self._sets) for k in sorted(part.Match(text.data) or ())]

    def spans(self, text: Encoded) -> dict[int, list[tuple[int, int]]]:
        """Number of expression -> non-empty ranges of characters in `text`, in order."""
        return {number: self.places(number, text) for number in self.matching(text)}

    def places(self, number: int, text: Encoded) -> list[tuple[int, int]]:
        """Where one expression stands in `text`."""
        pattern = self._compiled[number]
        group = pattern.groupindex.get("m", 0)
        found = (m.span(group) if group and m.span(group)[0] >= 0 else m.span() for m in pattern.finditer(text.data))
        return [text.characters(start, end) for start, end in found if start < end]


def _compiled(expression: str, origin: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        raise KnowledgeError(f"{origin}: {expression!r} is not RE2: {error}") from error


def _searched(expressions: Sequence[str]) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PART_BYTES
    part = re2.Set.SearchSet(options)
    for expression in expressions:
        part.Add(expression)
    part.Compile()
    return part
