"""Red and green flags: catalogued signs, each with the exact places in the user's own text.

The catalogue is data (`knowledge/red_flags.toml`, `green_flags.toml`); patterns propose, and signs that
need arithmetic or several facts are computed in `detectors.py`. The model reads flags as
features too; what is shown, cancelled or answered afterwards never changes the score.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Final

import re2

from classifier.detectors import DETECTORS
from classifier.errors import KnowledgeError
from classifier.knowledge import read_toml
from classifier.normalise import Normalised
from classifier.patterns import PatternSet
from classifier.reading import Reading
from classifier.result import CancelledFlag, GreenFlag, RedFlag, Span
from classifier.vocabulary import Channel, DocumentKind

MAX_SPANS: Final = 3
# Hits per flag that are looked at; more than can be shown, because some merge or yield.
_ENOUGH: Final = 4 * MAX_SPANS
# One filter over all expressions outgrows RE2's automaton cache and is ten times slower than four.
_PARTS: Final = 4
# Characters on each side of a hit in which a denial is looked for, within the sentence.
_REACH: Final = 120
SPEAKING_ABOUT: Final[frozenset[DocumentKind]] = frozenset({"warning_article", "consultation"})
_SENTENCE_END: Final = re.compile(r"[。\n!?]")


@dataclass(frozen=True, slots=True)
class Context:
    """What the model thinks of the notice, as far as flags depend on it."""

    document_kind: DocumentKind
    suspicious: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    entry: dict[str, Any]
    unless: tuple[Any, ...]
    unless_text: Any | None
    channels: frozenset[Channel]
    kinds: frozenset[DocumentKind]
    not_kinds: frozenset[DocumentKind]

    def applies(self, channel: Channel, kind: DocumentKind) -> bool:
        """Whether the flag is looked for in such a notice at all."""
        return kind not in self.not_kinds and self.may_apply(channel, kind)

    def may_apply(self, channel: Channel, kind: DocumentKind) -> bool:
        """The same, were the notice only pretending to be of its kind."""
        return not (self.channels and channel not in self.channels) and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True)
class _Expression:
    pattern: Any
    rule: int
    in_doubt: bool
    kind: DocumentKind | None

    def spans(self, text: str) -> list[tuple[int, int]]:
        group = self.pattern.groupindex.get("m", 0)
        found = (m.span(group) if group and m[group] is not None else m.span() for m in self.pattern.finditer(text))
        return [(start, end) for start, end in found if start < end]


class _Filter:
    """Names, from the literals in a text, the few expressions worth trying."""

    def __init__(self, expressions: Sequence[_Expression]) -> None:
        self._filter = re2.Filter()
        self._expressions = expressions
        for expression in expressions:
            self._filter.Add(expression.pattern.pattern)
        self._filter.Compile()

    def worth_trying(self, encoded: bytes) -> list[_Expression]:
        """Those of its expressions whose literals stand in the text, given as UTF-8."""
        return [self._expressions[index] for index in self._filter.Match(encoded, potential=True) or ()]


class _Catalogue:
    """The rules and their expressions."""

    def __init__(self, entries: Sequence[dict[str, Any]]) -> None:
        self.rules: list[_Rule] = []
        self._expressions: list[_Expression] = []
        for number, entry in enumerate(entries):
            if entry.get("computed") and entry["id"] not in DETECTORS:
                raise KnowledgeError(f"red_flags.toml: {entry['id']} is computed, but detectors.py has none for it")
            unless_text = entry.get("unless_text")
            self.rules.append(
                _Rule(
                    entry,
                    tuple(_compiled(entry["id"], expression) for expression in entry.get("unless", ())),
                    _compiled(entry["id"], unless_text) if unless_text else None,
                    frozenset(entry.get("channels", ())),
                    frozenset(entry.get("kinds", ())),
                    frozenset(entry.get("not_kinds", ())),
                )
            )
            if not entry.get("whole_text"):
                self._add(number, entry.get("patterns", ()), in_doubt=False)
                self._add(number, entry.get("in_doubt", ()), in_doubt=True)
                for kind, expressions in entry.get("in_doubt_of", {}).items():
                    self._add(number, expressions, in_doubt=True, kind=kind)
        always = [expression for expression in self._expressions if not expression.in_doubt]
        in_doubt = [expression for expression in self._expressions if expression.in_doubt]
        self._always = [_Filter(always)]
        self._in_doubt = [_Filter(in_doubt[part::_PARTS]) for part in range(_PARTS)]

    def _add(self, rule: int, expressions: Sequence[str], *, in_doubt: bool, kind: DocumentKind | None = None) -> None:
        for expression in expressions:
            self._expressions.append(
                _Expression(_compiled(self.rules[rule].entry["id"], expression), rule, in_doubt, kind)
            )

    def hits(
        self, text: str, channel: Channel, context: "Context", memo: dict[Any, Any]
    ) -> dict[int, list[tuple[int, int]]]:
        """Number of rule -> where its expressions stand in `text`, ascending, denials left out.

        `memo` is that of the text's reading: what a pattern finds in it does not change with the context.
        """
        found: dict[int, set[tuple[int, int]]] = {}
        spans: dict[int, list[tuple[int, int]]] = memo.setdefault("spans", {})
        filters = self._always + self._in_doubt if context.suspicious else self._always
        for part in filters:
            if id(part) not in memo:
                memo[id(part)] = part.worth_trying(text.encode())
            for expression in memo[id(part)]:
                rule = self.rules[expression.rule]
                if expression.kind in (None, context.document_kind) and rule.applies(channel, context.document_kind):
                    if id(expression) not in spans:
                        spans[id(expression)] = expression.spans(text)
                    found.setdefault(expression.rule, set()).update(spans[id(expression)])
        sentences = _Sentences(text) if found else None
        kept: dict[int, list[tuple[int, int]]] = {}
        for number, places in found.items():
            rule = self.rules[number]
            if rule.unless_text is not None and rule.unless_text.search(text):
                continue
            assert sentences is not None
            spoken = (p for p in sorted(places) if not any(u.search(sentences.around(*p)) for u in rule.unless))
            kept[number] = list(islice(spoken, _ENOUGH))
        return kept


def _compiled(flag: str, expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        raise KnowledgeError(f"red_flags.toml: {flag}: {expression!r} is not RE2: {error}") from error


@cache
def _catalogue() -> _Catalogue:
    return _Catalogue(read_toml("red_flags.toml")["flag"])


@cache
def _whole_text(flag: str) -> PatternSet:
    entry = next(entry for entry in read_toml("red_flags.toml")["flag"] if entry["id"] == flag)
    return PatternSet(entry["patterns"])


def proposed_flags(reading: Reading) -> tuple[RedFlag, ...]:
    """The flags before anything is known of the notice, when every pattern speaks; found once a reading."""
    if "proposed_flags" not in reading.memo:
        reading.memo["proposed_flags"] = find_red_flags(reading, Context("other", suspicious=True))
    flags: tuple[RedFlag, ...] = reading.memo["proposed_flags"]
    return flags


def decided(
    flags: Sequence[RedFlag], read: Mapping[str, list[tuple[int, int]]], reading: Reading, context: Context
) -> tuple[RedFlag, ...]:
    """`flags` with those that the clauses decide (`read_by` in the catalogue) as they were `read`.

    Where the catalogue says that a flag is not looked for in such a notice, it is not shown however it reads;
    but what a doubtful notice pretends to be excuses nothing in it.
    """
    if context.document_kind in SPEAKING_ABOUT and not context.suspicious:
        return ()
    kept = [flag for flag in flags if flag.id not in flags_read_by_clauses() or not flag.spans]
    for rule in _catalogue().rules:
        places = read.get(rule.entry["id"])
        looked_for = rule.may_apply if context.suspicious else rule.applies
        if places and looked_for(reading.notice.channel, context.document_kind):
            kept.append(_red_flag(rule.entry, _shown(places), reading.notice.text))
    return _strong_first(kept)


@cache
def flags_read_by_clauses() -> frozenset[str]:
    """The flags that the catalogue leaves to `flag_reader`."""
    return frozenset(e["id"] for e in read_toml("red_flags.toml")["flag"] if e.get("read_by") == "clauses")


def find_red_flags(reading: Reading, context: Context) -> tuple[RedFlag, ...]:
    """The red flags that patterns and detectors find, strong ones first, each with at most `MAX_SPANS` places.

    A text that warns of, tells of or asks about a scam is not itself a demand: it has none.
    """
    if context.document_kind in SPEAKING_ABOUT and not context.suspicious:
        return ()
    catalogue = _catalogue()
    squeezed = reading.squeezed
    hits = catalogue.hits(squeezed.text, reading.notice.channel, context, reading.memo)
    by_flag = {catalogue.rules[number].entry["id"]: places for number, places in hits.items()}
    flags: list[RedFlag] = []
    for rule in catalogue.rules:
        entry = rule.entry
        spans: list[tuple[int, int]] = []
        if entry.get("computed"):
            if not rule.applies(reading.notice.channel, context.document_kind):
                continue
            found = DETECTORS[entry["id"]](reading, context.document_kind, context.suspicious)
            if found is None:
                continue
            spans = found
        else:
            if entry.get("whole_text"):
                spans = _original(reading.normalised, _flat(_whole_text(entry["id"]).spans(reading.normalised.text)))
            elif places := by_flag.get(entry["id"]):
                rivals = by_flag.get(entry.get("yields_to", ""), [])
                spans = _original(squeezed, (p for p in places if not any(overlap(p, other) for other in rivals)))
            if not spans:
                continue
        flags.append(_red_flag(entry, _shown(spans), reading.notice.text))
    return _strong_first(flags)


def _strong_first(flags: Iterable[RedFlag]) -> tuple[RedFlag, ...]:
    order = {"strong": 0, "medium": 1, "weak": 2}
    return tuple(sorted(flags, key=lambda flag: order[flag.severity]))


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two half-open stretches share a character."""
    return one[0] < other[1] and other[0] < one[1]


@cache
def _green_rules() -> list[tuple[dict[str, Any], list[PatternSet], PatternSet]]:
    return [
        (entry, [PatternSet([expression]) for expression in entry["all"]], PatternSet(entry.get("none", [])))
        for entry in read_toml("green_flags.toml")["flag"]
    ]


def find_green_flags(reading: Reading) -> tuple[GreenFlag, ...]:
    """What speaks for the notice; found once a reading. Every sign here can be forged."""
    if "green_flags" not in reading.memo:
        reading.memo["green_flags"] = _find_green_flags(reading)
    flags: tuple[GreenFlag, ...] = reading.memo["green_flags"]
    return flags


def _find_green_flags(reading: Reading) -> tuple[GreenFlag, ...]:
    flags = []
    for entry, all_of, none_of in _green_rules():
        read = reading.normalised if entry.get("whole_text") else reading.squeezed
        if none_of.matching(read.text):
            continue
        found = []
        for patterns in all_of:
            found.append(_flat(patterns.spans(read.text)))
            if not found[-1]:
                break
        if all(found):
            spans = _spans(_original(read, found[0][:1]), reading.notice.text)
            flags.append(GreenFlag(entry["id"], entry["label"], entry["explanation"], spans))
    return tuple(flags)


@cache
def _cancelling() -> dict[str, tuple[frozenset[str], str]]:
    """Flag -> kinds of notice in which genuine ones use the words too, and the reason shown."""
    return {
        entry["id"]: (frozenset(entry["genuine_in"]), entry["genuine_reason"])
        for entry in read_toml("red_flags.toml")["flag"]
        if "genuine_in" in entry
    }


def cancel(
    flags: Sequence[RedFlag], green: Sequence[GreenFlag], kind: DocumentKind, *, suspicious: bool
) -> tuple[tuple[RedFlag, ...], tuple[CancelledFlag, ...]]:
    """Splits flags into those that count and those that their counter-evidence cancels.

    In a notice that the model does not doubt, the words of pressure that genuine notices of its kind
    use are shown as cancelled, with the reason; so are all flags beside two or more green ones.
    """
    if suspicious:
        return tuple(flags), ()
    kept: list[RedFlag] = []
    cancelled: list[CancelledFlag] = []
    for flag in flags:
        kinds, reason = _cancelling().get(flag.id, (frozenset(), None))
        if kind not in kinds:
            reason = None
        if reason is None and len(green) >= 2:
            reason = f"ほかに本物らしい点があります({green[0].label}など)。"
        if reason is None:
            kept.append(flag)
        else:
            cancelled.append(CancelledFlag(flag.id, flag.label, reason, flag.spans))
    return tuple(kept), tuple(cancelled)


class _Sentences:
    """Finds the sentence around a range."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.end() for match in _SENTENCE_END.finditer(text)]

    def around(self, start: int, end: int) -> str:
        left = bisect_right(self._ends, start)
        begin = self._ends[left - 1] if left else 0
        right = bisect_right(self._ends, end - 1)
        stop = self._ends[right] if right < len(self._ends) else len(self._text)
        return self._text[max(begin, start - _REACH) : min(stop, end + _REACH)]


def _flat(found: dict[int, list[tuple[int, int]]]) -> list[tuple[int, int]]:
    return sorted({span for spans in found.values() for span in spans})


def _original(normalised: Normalised, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [normalised.span(start, end) for start, end in spans]


def _shown(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping places merged, the first few kept."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged[:MAX_SPANS]


def _spans(spans: list[tuple[int, int]], text: str) -> tuple[Span, ...]:
    return tuple(Span(start, end, text[start:end]) for start, end in spans)


def _red_flag(entry: dict[str, Any], spans: list[tuple[int, int]], text: str) -> RedFlag:
    return RedFlag(entry["id"], entry["label"], entry["severity"], entry["explanation"], _spans(spans, text))
