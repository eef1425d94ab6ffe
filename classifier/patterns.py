"""Many RE2 expressions over one text in one pass, exact spans for those that match. Linear time."""

from collections.abc import Sequence
from typing import Any

import re2

from classifier.errors import KnowledgeError


class PatternSet:
    """A set of expressions; `spans(text)` gives, for each that matches, where.

    Expressions may name a group `m`: then its range is the span instead of the whole match.
    """

    def __init__(self, expressions: Sequence[str]) -> None:
        options = re2.Options()
        options.log_errors = False
        # The default of 8 MiB makes large sets fall back from the automaton to a slow simulation.
        options.max_mem = 256 << 20
        self._set = re2.Set.SearchSet(options)
        self._compiled: list[Any] = []
        for expression in expressions:
            try:
                self._compiled.append(re2.compile(expression, options))
            except re2.error as error:
                raise KnowledgeError(f"expression {expression!r} is not RE2: {error}") from error
            self._set.Add(expression)
        if expressions:
            self._set.Compile()

    def matching(self, text: str) -> list[int]:
        """The numbers of the expressions that stand somewhere in `text`, ascending."""
        return sorted(self._set.Match(text) or ()) if self._compiled else []

    def spans(self, text: str) -> dict[int, list[tuple[int, int]]]:
        """Number of expression -> non-empty ranges in `text`, in order."""
        found: dict[int, list[tuple[int, int]]] = {}
        for number in self.matching(text):
            pattern = self._compiled[number]
            group = pattern.groupindex.get("m", 0)
            ranges = [match.span(group) for match in pattern.finditer(text)]
            found[number] = [(start, end) for start, end in ranges if 0 <= start < end]
        return found
