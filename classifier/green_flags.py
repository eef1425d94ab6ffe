"""Green flags: catalogued signs that speak for a notice (`knowledge/green_flags.toml`). Every one can be forged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from classifier.knowledge import read_toml
from classifier.patterns import PatternSet
from classifier.reading import Reading
from classifier.result import GreenFlag, Span


@dataclass(frozen=True, slots=True)
class _Rule:
    entry: dict[str, Any]
    every: tuple[int, ...]
    none: tuple[int, ...]


def find_green_flags(reading: Reading) -> tuple[GreenFlag, ...]:
    """What speaks for the notice, in the order of the catalogue, each with its first place; found once a reading."""
    if "green_flags" not in reading.memo:
        reading.memo["green_flags"] = tuple(_found(reading))
    flags: tuple[GreenFlag, ...] = reading.memo["green_flags"]
    return flags


def _found(reading: Reading) -> Iterator[GreenFlag]:
    matching = {whole: _Matching(reading, whole) for whole in (False, True)}
    for whole, rule in _rules():
        if rule.entry.get("computed"):
            spans = _public_number(reading)
        else:
            spans = _place(rule, matching[whole], reading.notice.text)
        if spans:
            yield GreenFlag(rule.entry["id"], rule.entry["label"], rule.entry["explanation"], spans)


class _Matching:
    """Which of the patterns match one text."""

    def __init__(self, reading: Reading, whole: bool) -> None:
        self.read = reading.normalised if whole else reading.squeezed
        self.found = _patterns(whole).candidates(reading.encoded(self.read))
        self.candidates = self.found.numbers

    def stands(self, number: int) -> bool:
        return number in self.candidates and self.found.stands(number)

    def place(self, number: int) -> tuple[int, int] | None:
        return next(self.found.places(number), None)


def _place(rule: _Rule, matching: _Matching, text: str) -> tuple[Span, ...]:
    if not all(number in matching.candidates for number in rule.every) or any(map(matching.stands, rule.none)):
        return ()
    places: list[tuple[int, int]] = []
    for number in rule.every:
        place = matching.place(number)
        if place is None:
            return ()
        places.append(place)
    return _span(matching.read.span(*places[0]), text)


def _public_number(reading: Reading) -> tuple[Span, ...]:
    """A number that an official source publishes (knowledge/contacts.toml): the only ones known independently."""
    phone = next((phone for phone in reading.contacts.phones if phone.kind == "public_desk"), None)
    return _span(reading.normalised.span(phone.start, phone.end), reading.notice.text) if phone else ()


def _span(place: tuple[int, int], text: str) -> tuple[Span, ...]:
    return (Span(*place, text[slice(*place)]),)


@cache
def _rules() -> Sequence[tuple[bool, _Rule]]:
    """Every rule with whether it reads the text as it stands, and the numbers of its expressions among those."""
    numbers = {False: 0, True: 0}
    rules = []
    for entry in read_toml("green_flags.toml")["flag"]:
        whole = bool(entry.get("whole_text"))
        first, every, none = numbers[whole], len(entry.get("all", ())), len(entry.get("none", ()))
        numbers[whole] = first + every + none
        rule = _Rule(entry, tuple(range(first, first + every)), tuple(range(first + every, first + every + none)))
        rules.append((whole, rule))
    return rules


@cache
def _patterns(whole: bool) -> PatternSet:
    entries = [entry for entry in read_toml("green_flags.toml")["flag"] if bool(entry.get("whole_text")) == whole]
    expressions = [pattern for entry in entries for name in ("all", "none") for pattern in entry.get(name, ())]
    return PatternSet(expressions, "green_flags.toml")
