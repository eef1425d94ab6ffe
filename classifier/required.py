"""Which literals must stand in a text for an expression to match it, read off the expression itself.

`required("(?:未納|滞納)料金を?.{0,9}訴訟")` says: one of 未納料金 and 滞納料金, and 訴訟. To find which of some
thousand literals stand in a text costs a fraction of asking the expressions, and most of them need not be asked then.
"""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

# One of these must stand in the text.
Choice = frozenset[str]
# A $ that is a character, \S and \z: too seldom to be put into Python's words.
_ENDS_OTHERWISE: Final = re.compile(r"\\[$SzZ]|\[[^]]*\$")
# What one part of an expression may spell; more is no longer spelt out.
_MOST_STRINGS: Final = 128
_LARGEST_CLASS: Final = 12
# [[:alpha:]] is a class to RE2 alone, {,3} a repetition to Python alone.
_READ_OTHERWISE: Final = re.compile(r"\[:\^?[a-z]+:\]|\{,")
# Further choices of one way to match rule out little more.
MOST_CHOICES: Final = 3
# A literal further from where a match starts leaves too many places to try.
_FURTHEST: Final = 24


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression: all `strings` that it may be where those are few, else what must stand in it."""

    strings: frozenset[str] | None
    choices: tuple[Choice, ...] = ()

    def needs(self) -> tuple[Choice, ...]:
        if self.strings is None:
            return self.choices
        return () if "" in self.strings else (self.strings,)


_ANYTHING: Final = _Part(None)
_EMPTY: Final = _Part(frozenset(("",)))


@dataclass(frozen=True, slots=True)
class Start:
    """A match has one of `literals` from `least` to `most` characters after where it starts."""

    literals: Choice
    least: int
    most: int


def required(expression: str) -> list[tuple[Choice, ...]]:
    """The ways in which an expression can match, each with its choices: one literal of every one of them must stand
    in the text. A way without choices may match any text.

    An expression that ignores case, or that Python reads otherwise than RE2 or not at all, may match any text.
    """
    parsed = _parsed(expression)
    return [()] if parsed is None else [_strongest(_sequence(way).needs()) for way in _ways(parsed)]


def starts(expression: str) -> list[Start]:
    """Where matches may start: for each of them one of the answer holds. Empty where they may start anywhere, or where
    Python reads the expression otherwise than RE2.

    `starts("[^家]?(?:職場|会社)に.{0,9}電話")` says: up to one character before 職場に or 会社に.
    """
    parsed = _parsed(expression)
    found = None if parsed is None or _ENDS_OTHERWISE.search(expression) else _starts(parsed, 0, 0)
    return found or []


def _parsed(expression: str) -> list[Any] | None:
    """None for an expression that ignores case, or that Python reads otherwise than RE2 or not at all."""
    if _READ_OTHERWISE.search(expression):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = parser.parse(expression)
    except (re.error, Warning):
        return None
    return None if parsed.state.flags & re.IGNORECASE else list(parsed)


def _starts(items: list[Any], least: int, most: int) -> list[Start] | None:
    """The same of a sequence that stands from `least` to `most` characters after the start."""
    strings = _EMPTY.strings or frozenset()
    for number, item in enumerate(items):
        part, (code, value) = _part(item), item
        joined = _product(strings, part.strings)
        if joined is not None:
            strings = joined
            continue
        if "" not in strings:
            break
        # What may be left out only puts the literal further off.
        most += max(map(len, strings))
        strings = part.strings or _EMPTY.strings or frozenset()
        if part.strings is not None:
            continue
        rest = items[number + 1 :]
        if code is codes.SUBPATTERN and not value[1]:
            return _starts([*value[3], *rest], least, most)
        if code is codes.BRANCH:
            found = [_starts([*branch, *rest], least, most) for branch in value[1]]
            return None if None in found else [start for own in found for start in own or ()]
        shortest, longest = parser.SubPattern(parser.State(), [item]).getwidth()
        least, most = least + shortest, most + longest
        if most > _FURTHEST:
            return None
    return None if "" in strings else [Start(_beginnings(strings), least, most)]


def _beginnings(strings: Choice) -> Choice:
    """Without strings that begin with another: where 督促状 starts, 督促 does."""
    return frozenset(s for s in strings if not any(s[:end] in strings for end in range(1, len(s))))


def _ways(items: list[Any]) -> list[list[Any]]:
    """The alternatives that an expression as a whole consists of: a|b|c."""
    if len(items) == 1 and items[0][0] is codes.BRANCH:
        return [way for branch in items[0][1][1] for way in _ways(list(branch))]
    return [items]


def _sequence(items: Iterable[Any]) -> _Part:
    """Neighbours that are spelt out make longer strings; what is not ends them."""
    choices: list[Choice] = []
    whole, strings = True, _EMPTY.strings or frozenset()
    for part in map(_part, items):
        joined = _product(strings, part.strings)
        if joined is not None:
            strings = joined
            continue
        whole = False
        choices += _Part(strings).needs()
        if part.strings is None:
            choices += part.choices
        strings = part.strings or _EMPTY.strings or frozenset()
    if whole:
        return _Part(strings)
    return _Part(None, (*choices, *_Part(strings).needs()))


def _product(one: frozenset[str], other: frozenset[str] | None) -> frozenset[str] | None:
    if other is None or len(one) * len(other) > _MOST_STRINGS:
        return None
    return frozenset(a + b for a, b in product(one, other))


def _part(item: Any) -> _Part:
    code, value = item
    if code is codes.LITERAL:
        return _Part(frozenset((chr(value),)))
    if code is codes.IN:
        return _class(value)
    if code is codes.SUBPATTERN:
        _, switched_on, _, inner = value
        return _ANYTHING if switched_on & re.IGNORECASE else _sequence(inner)
    if code is codes.BRANCH:
        return _either([_sequence(branch) for branch in value[1]])
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        return _repeated(*value)
    # ^, \b and what only looks ahead or back take no character.
    return _EMPTY if code in (codes.AT, codes.ASSERT, codes.ASSERT_NOT) else _ANYTHING


def _class(members: Iterable[Any]) -> _Part:
    characters: set[str] = set()
    for code, value in members:
        if code is codes.LITERAL:
            characters.add(chr(value))
        elif code is codes.CATEGORY and value is codes.CATEGORY_DIGIT:
            characters.update("0123456789")
        elif code is codes.RANGE and value[1] - value[0] < _LARGEST_CLASS:
            characters.update(map(chr, range(value[0], value[1] + 1)))
        else:
            return _ANYTHING
    return _Part(frozenset(characters)) if len(characters) <= _LARGEST_CLASS else _ANYTHING


def _either(branches: list[_Part]) -> _Part:
    spelt = [branch.strings for branch in branches if branch.strings is not None]
    if len(spelt) == len(branches) and sum(map(len, spelt)) <= _MOST_STRINGS:
        return _Part(frozenset().union(*spelt))
    needs = [_strongest(branch.needs())[:1] for branch in branches]
    return _Part(None, (frozenset().union(*(own[0] for own in needs)),)) if all(needs) else _ANYTHING


def _repeated(least: int, most: int, inner: Iterable[Any]) -> _Part:
    part = _sequence(inner)
    if most == 1:
        return _Part(part.strings | {""}) if part.strings is not None else _ANYTHING
    if least == most and part.strings is not None and len(part.strings) ** least <= _MOST_STRINGS:
        return _Part(frozenset(map("".join, product(part.strings, repeat=least))))
    return _Part(None, part.needs() if least else ())


def _strongest(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Those that rule out most texts: few literals, and long ones."""
    ranked = sorted(map(_shortest, set(choices)), key=lambda choice: (_chance(choice), sorted(choice)))
    return (*ranked[:1], *(choice for choice in ranked[1:MOST_CHOICES] if _chance(choice) < 1))


def _shortest(choice: Choice) -> Choice:
    """Without literals that hold another: where 督促状 stands, 督促 does."""
    return frozenset(one for one in choice if not any(other in one for other in choice if other != one))


def _chance(choice: Choice) -> float:
    """Roughly, the share of texts in which one of the literals stands."""
    return sum(0.3 / 10.0 ** (len(literal) - 1) for literal in choice)
