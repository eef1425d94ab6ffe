"""Red flags: catalogued signs against a notice, each with the exact places in the user's own text.

The catalogue is data (`knowledge/red_flags.toml`); patterns propose, and signs that
need arithmetic or several facts are computed in `detectors.py`. The model reads flags as features too; what is
shown, cancelled (`counter_evidence.py`) or answered afterwards never changes the score.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any, Final, Literal

from classifier.detectors import DETECTORS, Detector, claims_a_name
from classifier.errors import KnowledgeError
from classifier.knowledge import read_toml
from classifier.normalise import Normalised, normalise, squeeze
from classifier.patterns import Encoded, PatternSet
from classifier.places import shortened, tidy
from classifier.reading import Reading
from classifier.result import RedFlag, Span
from classifier.tokenise import word_end
from classifier.vocabulary import Channel, DocumentKind

MAX_SPANS: Final = 3
# Hits per flag that are looked at; more than can be shown, because some merge or yield.
_ENOUGH: Final = 4 * MAX_SPANS
# Characters on each side of a hit in which a denial is looked for, within the sentence.
_REACH: Final = 120
# The same for what the clauses read, within the line: a letter of 100,000 characters may be one line with hundreds
# of places.
_LINE_REACH: Final = 400
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
    unless: tuple[re.Pattern[str], ...]
    unless_text: re.Pattern[str] | None
    unless_place: re.Pattern[str] | None
    channels: frozenset[Channel]
    kinds: frozenset[DocumentKind]
    not_kinds: frozenset[DocumentKind]

    def applies(self, channel: Channel, kind: DocumentKind) -> bool:
        """Whether the flag is looked for in such a notice at all."""
        return kind not in self.not_kinds and self.may_apply(channel, kind)

    def may_apply(self, channel: Channel, kind: DocumentKind) -> bool:
        """The same, were the notice only pretending to be of its kind."""
        return not (self.channels and channel not in self.channels) and (not self.kinds or kind in self.kinds)


# Where a phrase ends that no full stop ends: 「今すぐ電話❗ご不明な点は」, 「お支払いください→https://…」; but
# 「画面共有をオン⏎にして」 and 「番号を⏎教えて」 go on.
_PARTED: Final = re.compile(
    r"(?<![をがはにへのでとやら、 　])[ 　]*\n\s*(?=[おご]|[^ぁ-ん」\s]|\Z)|[!?！？❗❕‼⁉♪]+"
    r"|[ 　]*[→▶⇒]*[ 　]*(?=h[tx]{2}ps?(?:[:;]|\Z)|www\.)"
)
_WORD_REACH: Final = 8
_OF_NUMBERS: Final = frozenset("0123456789０１２３４５６７８９,，-")


@dataclass(frozen=True, slots=True)
class _Expression:
    pattern: str
    rule: int
    in_doubt: bool
    kind: DocumentKind | None

    def speaks(self, context: Context) -> bool:
        return (context.suspicious or not self.in_doubt) and self.kind in (None, context.document_kind)


class _Catalogue:
    """The rules and their expressions."""

    def __init__(self, entries: Sequence[dict[str, Any]]) -> None:
        self.rules: list[_Rule] = []
        self._expressions: list[_Expression] = []
        for number, entry in enumerate(entries):
            if entry.get("computed") and entry["id"] not in DETECTORS:
                raise KnowledgeError(f"red_flags.toml: {entry['id']} is computed, but detectors.py has none for it")
            unless_text, unless_place = entry.get("unless_text"), entry.get("unless_place")
            self.rules.append(
                _Rule(
                    entry,
                    tuple(_unless(entry["id"], expression) for expression in entry.get("unless", ())),
                    _unless(entry["id"], unless_text) if unless_text else None,
                    _unless(entry["id"], unless_place) if unless_place else None,
                    frozenset(entry.get("channels", ())),
                    frozenset(entry.get("kinds", ())),
                    frozenset(entry.get("not_kinds", ())),
                )
            )
            if not entry.get("whole_text"):
                self._expressions += (_Expression(p, number, False, None) for p in entry.get("patterns", ()))
                self._expressions += (_Expression(p, number, True, None) for p in entry.get("in_doubt", ()))
                for kind, patterns in entry.get("in_doubt_of", {}).items():
                    self._expressions += (_Expression(p, number, True, kind) for p in patterns)
        self._patterns = PatternSet([expression.pattern for expression in self._expressions], "red_flags.toml")
        numbered = list(enumerate(entries))
        self._computed = [(number, DETECTORS[entry["id"]]) for number, entry in numbered if entry.get("computed")]
        self._computed_for: dict[tuple[Channel, DocumentKind], list[tuple[int, Detector]]] = {}
        self.whole_text = [
            (number, PatternSet(entry["patterns"])) for number, entry in numbered if entry.get("whole_text")
        ]
        self.above: dict[str, str] = {entry["id"]: entry["yields_to"] for entry in entries if "yields_to" in entry}

    def hits(self, reading: Reading, context: Context) -> dict[int, list[tuple[int, int]]]:
        """Number of rule -> where its expressions stand in the squeezed text, ascending, denials left out."""
        memo, text = reading.memo, reading.encoded(reading.squeezed)
        if self not in memo:
            memo[self] = self._patterns.candidates(text)
        speaking: dict[int, tuple[int, ...]] = {}
        for number in memo[self].numbers:
            expression = self._expressions[number]
            rule = self.rules[expression.rule]
            if expression.speaks(context) and rule.applies(reading.notice.channel, context.document_kind):
                speaking[expression.rule] = (*speaking.get(expression.rule, ()), number)
        # What a rule finds does not change with the context, only which of its expressions speak.
        for found in speaking.items():
            if found not in memo:
                memo[found] = self._kept(*found, text, memo)
        return {rule: places for rule, numbers in speaking.items() if (places := memo[rule, numbers])}

    def computed(self, channel: Channel, kind: DocumentKind) -> list[tuple[int, Detector]]:
        """Number of rule and detector of those that are looked for in such a notice."""
        key = channel, kind
        if key not in self._computed_for:
            self._computed_for[key] = [own for own in self._computed if self.rules[own[0]].applies(*key)]
        return self._computed_for[key]

    def clipped(self, number: int, text: str, place: tuple[int, int]) -> tuple[int, int]:
        """The first part of a place, between line ends, calls and links, that shows the rule's flag alone.

        「佐野⏎民事訴訟管理センター」 is the name alone, 「訴訟最終⏎告知」 goes on over the line end.
        """
        ends = [match.span() for match in _PARTED.finditer(text, *place) if not _cuts_a_word(text, *match.span())]
        if not ends:
            return place
        edges = [place[0], *(edge for end in ends for edge in end), place[1]]
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            part = squeeze(normalise(text[start:end])).text
            if any(e.rule == number and re.search(e.pattern, part) for e in self._expressions):
                return start, end
        return place

    def _kept(
        self, number: int, expressions: Sequence[int], text: Encoded, memo: dict[Any, Any]
    ) -> list[tuple[int, int]]:
        rule = self.rules[number]
        places = sorted({place for n in expressions for place in self._places(n, memo)})
        if not places or (rule.unless_text is not None and rule.unless_text.search(text.text)):
            return []
        if not rule.unless:
            return places[:_ENOUGH]
        if "sentences" not in memo:
            memo["sentences"] = _Sentences(text.text)
        spoken = (p for p in places if not _denied(rule.unless, memo["sentences"].around(*p)))
        return list(islice(spoken, _ENOUGH))

    def _places(self, number: int, memo: dict[Any, Any]) -> list[tuple[int, int]]:
        key = self, number
        if key not in memo:
            memo[key] = list(memo[self].places(number))
        places: list[tuple[int, int]] = memo[key]
        return places


def _cuts_a_word(text: str, start: int, end: int) -> bool:
    """Whether the line end at `[start:end]` stands within a word or a number: 身柄を拘⏎束します, 2⏎,000円."""
    before, after = text[max(0, start - _WORD_REACH) : start], text[end : end + _WORD_REACH]
    if "\n" not in text[start:end] or not before or not after:
        return False
    if before[-1] in _OF_NUMBERS and after[0] in _OF_NUMBERS:
        return True
    before, after = before.rpartition("\n")[2], after.partition("\n")[0]
    return word_end(before + after, len(before)) > len(before)


def _denied(unless: Sequence[re.Pattern[str]], sentence: str) -> bool:
    return any(expression.search(sentence) for expression in unless)


def _unless(flag: str, expression: str) -> re.Pattern[str]:
    """Looked for in a sentence, where Python's engine costs a fraction of a call to RE2."""
    try:
        return re.compile(expression)
    except re.error as error:
        raise KnowledgeError(f"red_flags.toml: {flag}: {expression!r} is no expression: {error}") from error


@cache
def _catalogue() -> _Catalogue:
    return _Catalogue(read_toml("red_flags.toml")["flag"])


def proposed_flags(reading: Reading) -> dict[str, list[tuple[int, int]]]:
    """The flags before anything is known of the notice, when every pattern speaks, with their places; found once a
    reading."""
    if "proposed_flags" not in reading.memo:
        found, rules = _found(reading, Context("other", suspicious=True)), _catalogue().rules
        reading.memo["proposed_flags"] = {rules[number].entry["id"]: _shown(found[number]) for number in found}
    flags: dict[str, list[tuple[int, int]]] = reading.memo["proposed_flags"]
    return flags


def decided(
    flags: Sequence[RedFlag], read: Mapping[str, list[tuple[int, int]]], reading: Reading, context: Context
) -> tuple[RedFlag, ...]:
    """`flags` with those that are read by clauses or from the whole notice (`read_by` in the catalogue) as they were
    `read`.

    Where the catalogue says that a flag is not looked for in such a notice, it is not shown however it reads;
    but what a doubtful notice pretends to be excuses nothing in it.
    """
    if context.document_kind in SPEAKING_ABOUT and not context.suspicious:
        return ()
    by_clauses = flags_read_by("clauses")
    kept = [flag for flag in flags if flag.id not in by_clauses or not flag.spans]
    for rule in _catalogue().rules if read else ():
        if rule.entry["id"] not in read:
            continue
        if rule.entry.get("read_by") == "notice":
            # Genuine notices leave things out too.
            if context.suspicious:
                kept.append(_red_flag(rule.entry, [], reading.notice.text))
            continue
        own = _pasted(reading, sorted(read[rule.entry["id"]]))
        spoken = (place for place in own if not _silenced(rule, reading, place))
        places = list(islice(spoken, _ENOUGH))
        if not places or (rule.entry["id"] == "sender_mismatch" and not claims_a_name(reading)):
            continue
        looked_for = rule.may_apply if context.suspicious else rule.applies
        if looked_for(reading.notice.channel, context.document_kind):
            kept.append(_red_flag(rule.entry, _shown(places), reading.notice.text))
    return _strong_first(_yielding(kept))


def _silenced(rule: _Rule, reading: Reading, place: tuple[int, int]) -> bool:
    """Whether the line around a place says what keeps the rule's patterns silent too: 「口座名義 カ)アオバ」, or the
    place itself what clauses alone do not know."""
    text = reading.notice.text
    if rule.unless_place is not None and rule.unless_place.search(normalise(text[slice(*place)]).text):
        return True
    if not rule.unless:
        return False
    start, end = max(0, place[0] - _LINE_REACH), min(len(text), place[1] + _LINE_REACH)
    memo = reading.memo
    before = text[start : place[0]].rpartition("\n")[2]
    line = before + text[place[0] : place[1]] + text[place[1] : end].partition("\n")[0]
    if ("line", line) not in memo:
        memo["line", line] = normalise(line).text
    return _denied(rule.unless, memo["line", line])


def _yielding(flags: Sequence[RedFlag]) -> Iterator[RedFlag]:
    """`flags` without the places that a flag which stands above them takes: one of two readings per stretch."""
    above = _catalogue().above
    for flag in flags:
        rivals = [(s.start, s.end) for other in flags if other.id == above.get(flag.id) for s in other.spans]
        if not rivals:
            yield flag
            continue
        free = tuple(s for s in flag.spans if not any(overlap((s.start, s.end), rival) for rival in rivals))
        if free or not flag.spans:
            yield replace(flag, spans=free)


@cache
def flags_read_by(what: Literal["clauses", "notice"]) -> frozenset[str]:
    """The flags that the catalogue leaves to `flag_reader`, and those that it leaves to `absence_reader`."""
    return frozenset(e["id"] for e in read_toml("red_flags.toml")["flag"] if e.get("read_by") == what)


def find_red_flags(reading: Reading, context: Context) -> tuple[RedFlag, ...]:
    """The red flags that patterns and detectors find, strong ones first, each with at most `MAX_SPANS` places.

    A text that warns of, tells of or asks about a scam is not itself a demand: it has none.
    """
    if context.document_kind in SPEAKING_ABOUT and not context.suspicious:
        return ()
    found, rules, text = _found(reading, context), _catalogue().rules, reading.notice.text
    flags = (_red_flag(rules[number].entry, _shown(found[number]), text) for number in sorted(found))
    return tuple(_yielding(_strong_first(flags)))


def _found(reading: Reading, context: Context) -> dict[int, list[tuple[int, int]]]:
    """Number of rule -> its places in the notice's own text, none for something that is missing."""
    if context not in reading.memo:
        reading.memo[context] = _looked_for(reading, context)
    found: dict[int, list[tuple[int, int]]] = reading.memo[context]
    return found


def _looked_for(reading: Reading, context: Context) -> dict[int, list[tuple[int, int]]]:
    catalogue, places = _catalogue(), dict[int, list[tuple[int, int]]]()
    for number, found in catalogue.hits(reading, context).items():
        text, own = reading.notice.text, _original(reading.squeezed, found)
        places[number] = [catalogue.clipped(number, text, place) for place in own]
    for number, detector in catalogue.computed(reading.notice.channel, context.document_kind):
        computed = detector(reading, context.document_kind, context.suspicious)
        if computed is not None:
            places[number] = computed
    for number, patterns in catalogue.whole_text:
        if found := _in_whole_text(reading, patterns):
            places[number] = found
    return {number: kept for number, own in places.items() if (kept := _pasted(reading, own)) or not own}


def _pasted(reading: Reading, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without those in what the reader wrote around the notice: 「逮捕されますか?」 is no threat."""
    start, end = reading.pasted
    if end - start == len(reading.normalised.text):
        return places
    stretch = reading.normalised.span(start, end)
    return [place for place in places if overlap(place, stretch)]


def _in_whole_text(reading: Reading, patterns: PatternSet) -> list[tuple[int, int]]:
    if patterns not in reading.memo:
        found = patterns.spans(reading.encoded(reading.normalised)).values()
        reading.memo[patterns] = _original(reading.normalised, sorted({span for spans in found for span in spans}))
    places: list[tuple[int, int]] = reading.memo[patterns]
    return places


def _strong_first(flags: Iterable[RedFlag]) -> tuple[RedFlag, ...]:
    order = {"strong": 0, "medium": 1, "weak": 2}
    return tuple(sorted(flags, key=lambda flag: order[flag.severity]))


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two half-open stretches share a character."""
    return one[0] < other[1] and other[0] < one[1]


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


def _spans(spans: list[tuple[int, int]], text: str, shows: str | None) -> tuple[Span, ...]:
    # 「差.押え」: a word that is completed may reach into the next place.
    places = _shown([tidy(text, start, end) for start, end in spans])
    if shows is not None:
        places = [shortened(text, start, end, shows) for start, end in places]
    return tuple(Span(start, end, text[start:end]) for start, end in places)


def _red_flag(entry: dict[str, Any], spans: list[tuple[int, int]], text: str) -> RedFlag:
    places = _spans(spans, text, entry.get("shows"))
    return RedFlag(entry["id"], entry["label"], entry["severity"], entry["explanation"], places)
