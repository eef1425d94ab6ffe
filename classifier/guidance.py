"""Advice for people who received a demand.

The advice is curated data: `knowledge/guidance.toml` holds one unit a topic, `knowledge/facts.jsonl` the
facts that the units rest on. A fact comes from one of the two source documents or, where they are silent
or outdated, from an official source named in its `section` (domain.md §2, §4, §5).
"""

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, Self, TypeVar, get_args

from classifier.errors import KnowledgeError
from classifier.knowledge import KNOWLEDGE
from classifier.result import Contact, Guidance, Source
from classifier.retrieval import LineIndex

FactStatus = Literal["current", "outdated", "promotional", "not_advice"]

BEYOND: Final = "beyond"
FACTS_FILE: Final = "facts.jsonl"
UNITS_FILE: Final = "guidance.toml"

# Measured on the development questions and on texts of the corpus in which nobody tells of a demand: a topic below
# the floor is chance, one far below the best is beside the point.
_FLOOR: Final = 0.6
_BESIDE_THE_BEST: Final = 0.4


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement, in our own words, with where it stands and the date it speaks for.

    Only `current` facts carry advice. An `outdated` one says what holds now (`current`) and who says so
    (`current_source`); the same statement is a beyond-document fact of its own, which units cite.
    """

    id: str
    document: str
    section: str
    fact: str
    numbers: tuple[str, ...]
    as_of: str
    status: FactStatus
    reason: str = ""
    current: str = ""
    current_source: str = ""

    @property
    def source(self) -> Source:
        """How an assessment cites it: beyond the documents, the official source stands as the document."""
        if self.document == BEYOND:
            return Source(document=self.section, section="", as_of=self.as_of)
        return Source(document=self.document, section=self.section, as_of=self.as_of)


@dataclass(frozen=True, slots=True)
class Desk:
    """A public desk that units refer to. `purpose` says when to call it."""

    id: str
    name: str
    phone: str
    hours: str
    purpose: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuidanceUnit:
    """One unit of advice: `steps` for the reader, `staff` for counsellors.

    `facts` are what the advice itself rests on, followed by those of its desks. `asked` are ways in which
    people put it; a text is about it only where one word of each group of `cues` stands in it. `applies` and
    `never` bound its use; `beyond` is true where the advice rests on neither source document.
    """

    id: str
    topic: str
    title: str
    steps: tuple[str, ...]
    staff: str
    contacts: tuple[Desk, ...]
    facts: tuple[str, ...]
    asked: tuple[str, ...]
    applies: str
    never: str
    beyond: bool
    cues: tuple[tuple[str, ...], ...] = ()


class GuidanceBase:
    """Every unit of advice, by topic, with its facts."""

    def __init__(self, units: Sequence[GuidanceUnit], facts: Mapping[str, Fact], version: str) -> None:
        self._units: Final = {unit.topic: unit for unit in units}
        self.facts: Final[Mapping[str, Fact]] = MappingProxyType(dict(facts))
        self.version: Final = version
        self._given: dict[tuple[str, tuple[str, ...]], Guidance] = {}

    @classmethod
    def load(cls, directory: Path = KNOWLEDGE) -> Self:
        """Read and cross-check the two files; `KnowledgeError` names the entry at fault and what to do."""
        facts_bytes = (directory / FACTS_FILE).read_bytes()
        units_bytes = (directory / UNITS_FILE).read_bytes()
        facts = _read_facts(facts_bytes)
        units = _read_units(units_bytes, facts)
        digest = hashlib.sha256()
        for content in (facts_bytes, units_bytes):
            digest.update(hashlib.sha256(content).digest())
        return cls(units, facts, digest.hexdigest()[:12])

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics, in the order of the file."""
        return tuple(self._units)

    def unit(self, topic: str) -> GuidanceUnit:
        """The unit of a topic."""
        try:
            return self._units[topic]
        except KeyError:
            raise KnowledgeError(
                f"{UNITS_FILE}: no unit has the topic {topic!r}; add one or use one of {', '.join(self._units)}"
            ) from None

    def select(self, topics: Sequence[str], because: Mapping[str, Sequence[str]]) -> tuple[Guidance, ...]:
        """The advice for an assessment, in the given order and without repeats.

        `because` names, by topic, the flags that led there.
        """
        return tuple(self._guidance(self.unit(topic), tuple(because.get(topic, ()))) for topic in dict.fromkeys(topics))

    def facts_of(self, unit: GuidanceUnit) -> tuple[Fact, ...]:
        """What a unit rests on, its desks' facts last."""
        return tuple(self.facts[fact] for fact in unit.facts)

    def replaced_by(self, fact: Fact) -> tuple[Fact, ...]:
        """The outdated statements of the documents in whose place a fact stands."""
        return tuple(old for old in self.facts.values() if old.status == "outdated" and old.current == fact.fact)

    @property
    def set_aside(self) -> tuple[Fact, ...]:
        """The facts that carry no advice, each with its reason: advertising, and what is no advice."""
        return tuple(fact for fact in self.facts.values() if fact.status in ("promotional", "not_advice"))

    def search(self, query: str, limit: int = 5) -> tuple[GuidanceUnit, ...]:
        """Units that speak of the query, best first: `search("カードをなくした")` gives card_loss_stop first.

        Every word of a unit and of its facts is searched, so that 「0120-95-0178」 and 「番号法第20条」 are found.
        """
        hits = self._whole.rank(query)
        return tuple(self._units[hit.key] for hit in hits[: max(limit, 0)])

    def related(self, text: str, among: Collection[str]) -> tuple[str, ...]:
        """Topics that a told story or a notice speaks of, best first, of those in `among`; empty where none does."""
        folded = unicodedata.normalize("NFKC", text).casefold()
        about = {topic for topic in among if topic in self._units and self._is_about(folded, self._units[topic])}
        if not about:
            return ()
        hits = [hit for hit in self._situations.rank(text) if hit.score >= _FLOOR and hit.key in about]
        return tuple(hit.key for hit in hits if hit.score >= _BESIDE_THE_BEST * hits[0].score)

    @staticmethod
    def _is_about(folded: str, unit: GuidanceUnit) -> bool:
        return all(any(word in folded for word in group) for group in unit.cues)

    @cached_property
    def _situations(self) -> LineIndex:
        return LineIndex((unit.topic, line) for unit in self._units.values() for line in (*unit.asked, unit.title))

    @cached_property
    def _whole(self) -> LineIndex:
        return LineIndex((unit.topic, line) for unit in self._units.values() for line in self._lines(unit))

    def _lines(self, unit: GuidanceUnit) -> tuple[str, ...]:
        desks = (f"{desk.name} {desk.phone} {desk.purpose}" for desk in unit.contacts)
        facts = (self.facts[fact].fact for fact in unit.facts)
        return (unit.title, *unit.asked, *unit.steps, *unit.staff.split("。"), unit.applies, *desks, *facts)

    def _guidance(self, unit: GuidanceUnit, because: tuple[str, ...]) -> Guidance:
        # The same few are given again and again: a million rows share them.
        if (unit.topic, because) not in self._given:
            contacts, sources = self._shown[unit.topic]
            guidance = Guidance(unit.id, unit.topic, unit.title, unit.steps, contacts, because, sources)
            self._given[unit.topic, because] = guidance
        return self._given[unit.topic, because]

    @cached_property
    def _shown(self) -> dict[str, tuple[tuple[Contact, ...], tuple[Source, ...]]]:
        """By topic, what never changes between assessments; made once, for a million rows."""
        return {
            unit.topic: (
                tuple(Contact(desk.name, desk.phone, desk.hours, desk.purpose) for desk in unit.contacts),
                tuple(dict.fromkeys(self.facts[fact].source for fact in unit.facts)),
            )
            for unit in self._units.values()
        }


_Entry = TypeVar("_Entry", Fact, Desk, GuidanceUnit)


def _entry(kind: type[_Entry], values: dict[str, Any], where: str) -> _Entry:
    """Values from a file as a dataclass: every field it needs is there, and no other."""
    names = {field.name for field in fields(kind)}
    if unknown := sorted(values.keys() - names):
        raise KnowledgeError(f"{where}: unknown field {unknown[0]!r}; remove it or correct its name")
    arguments: dict[str, Any] = {name: _frozen(value) for name, value in values.items()}
    try:
        return kind(**arguments)
    except TypeError as error:
        raise KnowledgeError(f"{where}: {error}; add what is missing") from error


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _read_facts(content: bytes) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{FACTS_FILE} line {number}"
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise KnowledgeError(f"{where}: not JSON ({error}); write one object a line") from error
        fact = _entry(Fact, values, f"{where} {values.get('id', '(no id)')}")
        if fact.id in facts:
            raise KnowledgeError(f"{where} {fact.id}: the id is taken; give each fact its own")
        _check_fact(fact)
        facts[fact.id] = fact
    return facts


def _check_fact(fact: Fact) -> None:
    where = f"{FACTS_FILE} {fact.id}"
    if fact.status not in get_args(FactStatus):
        raise KnowledgeError(f"{where}: unknown status {fact.status!r}; use one of {', '.join(get_args(FactStatus))}")
    if (fact.status == "current") == bool(fact.reason):
        raise KnowledgeError(f"{where}: give a reason where the status is not current, and only there")
    if (fact.status == "outdated") != bool(fact.current and fact.current_source):
        raise KnowledgeError(f"{where}: give current and current_source where the status is outdated, and only there")
    for number in fact.numbers:
        if number not in fact.fact:
            raise KnowledgeError(f"{where}: number {number!r} is not in the fact; write it as the fact does")


def _read_units(content: bytes, facts: Mapping[str, Fact]) -> list[GuidanceUnit]:
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{UNITS_FILE}: not TOML ({error}); correct that line") from error
    desks = {}
    for values in data.get("desk", ()):
        where = f"{UNITS_FILE} desk {values.get('id', '(no id)')}"
        named = {"purpose" if name == "for" else name: value for name, value in values.items()}
        desk = _entry(Desk, named, where)
        _check_cited(desk.facts, facts, where)
        desks[desk.id] = desk
    units: dict[str, GuidanceUnit] = {}
    for values in data.get("unit", ()):
        unit = _read_unit(values, desks, facts)
        if unit.topic in units or unit.id in {other.id for other in units.values()}:
            raise KnowledgeError(f"{UNITS_FILE} {unit.id}: id or topic {unit.topic!r} is taken; keep one unit a topic")
        units[unit.topic] = unit
    return list(units.values())


def _read_unit(values: dict[str, Any], desks: Mapping[str, Desk], facts: Mapping[str, Fact]) -> GuidanceUnit:
    where = f"{UNITS_FILE} {values.get('id', '(no id)')}"
    if unknown := [desk for desk in values.get("contacts", ()) if desk not in desks]:
        raise KnowledgeError(f"{where}: no desk {unknown[0]!r}; add it under [[desk]]")
    own = tuple(values.get("facts", ()))
    contacts = [desks[desk] for desk in values.get("contacts", ())]
    cited = dict.fromkeys((*own, *(fact for desk in contacts for fact in desk.facts)))
    staff = str(values.get("staff", "")).strip()
    unit = _entry(GuidanceUnit, values | {"contacts": contacts, "facts": list(cited), "staff": staff}, where)
    _check_cited(own, facts, where)
    if not unit.asked:
        raise KnowledgeError(f"{where}: asked is empty; write how people put it")
    if not 3 <= len(unit.steps) <= 6:
        raise KnowledgeError(f"{where}: {len(unit.steps)} steps; write three to six")
    if unit.beyond != all(facts[fact].document == BEYOND for fact in own):
        raise KnowledgeError(f"{where}: beyond is {unit.beyond}; it is true where all of its facts are beyond")
    return unit


def _check_cited(ids: Sequence[str], facts: Mapping[str, Fact], where: str) -> None:
    if not ids:
        raise KnowledgeError(f"{where}: rests on no fact; name at least one")
    for fact in ids:
        if fact not in facts:
            raise KnowledgeError(f"{where}: no fact {fact!r}; add it to {FACTS_FILE} or correct the id")
        if facts[fact].status != "current":
            raise KnowledgeError(f"{where}: fact {fact} is {facts[fact].status}; cite one that is current")
