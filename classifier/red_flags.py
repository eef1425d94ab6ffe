"""Red and green flags: catalogued signs, each with the exact places in the user's own text.

The catalogue is data (`knowledge/red_flags.toml`, `green_flags.toml`); patterns propose, and signs that
need arithmetic or several facts are computed in `detectors.py`. Flags explain; they never move the score.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from classifier.detectors import DETECTORS
from classifier.errors import KnowledgeError
from classifier.knowledge import read_toml
from classifier.normalise import Normalised
from classifier.patterns import PatternSet
from classifier.reading import Reading
from classifier.result import CancelledFlag, GreenFlag, RedFlag, Span
from classifier.vocabulary import Channel, DocumentKind

MAX_SPANS: Final = 3
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
    patterns: PatternSet
    unless: PatternSet
    channels: frozenset[Channel]


@cache
def _rules() -> tuple[list[_Rule], PatternSet, list[int]]:
    rules: list[_Rule] = []
    every: list[str] = []
    owner: list[int] = []
    for entry in read_toml("red_flags.toml")["flag"]:
        if entry.get("computed") and entry["id"] not in DETECTORS:
            raise KnowledgeError(f"red_flags.toml: {entry['id']} is computed, but detectors.py has none for it")
        patterns = entry.get("patterns", [])
        if not entry.get("whole_text"):
            every += patterns
            owner += [len(rules)] * len(patterns)
        rules.append(
            _Rule(
                entry, PatternSet(patterns), PatternSet(entry.get("unless", [])), frozenset(entry.get("channels", ()))
            )
        )
    return rules, PatternSet(every), owner


def find_red_flags(reading: Reading, context: Context) -> tuple[RedFlag, ...]:
    """The red flags of one notice, strong ones first, each with at most `MAX_SPANS` places.

    A text that warns of, tells of or asks about a scam is not itself a demand: it has none.
    """
    if context.document_kind in SPEAKING_ABOUT and not context.suspicious:
        return ()
    rules, every, owner = _rules()
    squeezed = reading.squeezed
    matching = {owner[number] for number in every.matching(squeezed.text)}
    sentences = _Sentences(squeezed.text)
    flags: list[RedFlag] = []
    for number, rule in enumerate(rules):
        entry = rule.entry
        if rule.channels and reading.notice.channel not in rule.channels:
            continue
        if entry.get("needs") == "suspicion" and not context.suspicious:
            continue
        spans: list[tuple[int, int]] = []
        present = False
        if entry.get("computed"):
            found = DETECTORS[entry["id"]](reading, context.document_kind, context.suspicious)
            present, spans = found is not None, list(found or ())
        elif entry.get("whole_text"):
            spans = _original(reading.normalised, _flat(rule.patterns.spans(reading.normalised.text)))
        elif number in matching:
            hits = _flat(rule.patterns.spans(squeezed.text))
            hits = [hit for hit in hits if not rule.unless.matching(sentences.around(*hit))]
            spans = _original(squeezed, hits)
        if spans or present:
            flags.append(_red_flag(entry, _shown(spans), reading.notice.text))
    order = {"strong": 0, "medium": 1, "weak": 2}
    return tuple(sorted(flags, key=lambda flag: order[flag.severity]))


@cache
def _green_rules() -> list[tuple[dict[str, Any], list[PatternSet], PatternSet]]:
    return [
        (entry, [PatternSet([expression]) for expression in entry["all"]], PatternSet(entry.get("none", [])))
        for entry in read_toml("green_flags.toml")["flag"]
    ]


def find_green_flags(reading: Reading) -> tuple[GreenFlag, ...]:
    """What speaks for the notice. Every sign here can be forged."""
    squeezed = reading.squeezed
    flags = []
    for entry, all_of, none_of in _green_rules():
        if none_of.matching(squeezed.text):
            continue
        found = [_flat(patterns.spans(squeezed.text)) for patterns in all_of]
        if all(found):
            spans = _shown(_original(squeezed, found[0][:1]))
            flags.append(
                GreenFlag(entry["id"], entry["label"], entry["explanation"], _spans(spans, reading.notice.text))
            )
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
        return self._text[begin:stop]


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
