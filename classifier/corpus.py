"""Authored notices: reading, drawing their slots, turning inline marks into offsets, splitting.

A line of `datasets/notices/*.jsonl` holds one text as its receiver would see it:

    {"id": "court-a-001", "label": "scam", "channel": "postcard", "scheme": "litigation_postcard",
     "document_kind": "court_paper", "text": "[[pseudo_legal_term|訴訟最終告知]]…{{tel}}",
     "absent": ["no_creditor"], "green": ["G10"], "group": "…", "author": "…", "era": [2017, 2019]}

`[[flag|words]]` marks a red flag on the words; marks may nest, and `[[a,b|words]]` sets two.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast, get_args

from classifier import layout
from classifier.errors import CorpusError
from classifier.knowledge import flag_ids
from classifier.slots import SLOT, SlotDrawer, load_pools, seeded
from classifier.vocabulary import (
    CHANNELS,
    DOCUMENT_KINDS,
    GENUINE_TEXT_SCHEMES,
    SCHEME_LABELS,
    Channel,
    DocumentKind,
    Label,
)

DATASETS: Final = Path(__file__).resolve().parent.parent / "datasets"
NOTICES: Final = DATASETS / "notices"
POOLS: Final = DATASETS / "pools.toml"
GREEN_IDS: Final = frozenset(f"G{number}" for number in range(1, 16))
SPLITS: Final = ("train", "calibration", "test")
_FIELDS: Final = frozenset(
    ["id", "label", "channel", "scheme", "document_kind", "text", "absent", "green", "group", "author", "era", "note"]
)
_IMITATED: Final = re.compile(r"\{\{(?:url|host|mail):([a-z]+(?:#\d)?)~fake\}\}")
_MARK: Final = re.compile(r"\[\[(?P<flags>[a-z_]+(?:,[a-z_]+)*)\||\]\]")
_RAW_CONTACT: Final = re.compile(
    r"https?://[A-Za-z0-9]|www\.[a-z]|(?<!\d)0\d{1,3}[-(（ー－]\d{2,4}[-)）ー－]\d{3,4}(?!\d)|[\w.]+@[a-z]+\."
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A red flag on `text[start:end]`; start and end are None for a flag of absence."""

    flag: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Authored:
    """One line of an authored file, before its slots are drawn."""

    id: str
    label: Label
    channel: Channel
    scheme: str | None
    document_kind: DocumentKind
    text: str
    absent: tuple[str, ...]
    green: tuple[str, ...]
    group: str
    author: str
    era: tuple[int, int]
    note: str
    where: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    """One built text with its annotations; what the model is trained and judged on."""

    id: str
    text: str
    label: Label
    channel: Channel
    scheme: str | None
    document_kind: DocumentKind
    flags: tuple[Mark, ...]
    green: tuple[str, ...]
    group: str
    origin: str
    variant: int
    author: str
    split: str
    note: str

    def as_record(self) -> dict[str, Any]:
        """The line that `corpus build` writes (DESIGN.md, notice records)."""
        flags = [{"flag": m.flag, "start": m.start, "end": m.end} for m in self.flags]
        return {
            "id": self.id,
            "text": self.text,
            "label": self.label,
            "channel": self.channel,
            "scheme": self.scheme,
            "document_kind": self.document_kind,
            "flags": flags,
            "green_flags": list(self.green),
            "group": self.group,
            "origin": self.origin,
            "author": self.author,
            "split": self.split,
            "note": self.note,
        }


def read_authored(paths: Iterable[Path] | None = None) -> list[Authored]:
    """All authored notices of the given files (default: all of `datasets/notices/`), by file and line.

    Raises CorpusError naming file and line of the first line that breaks a rule.
    """
    files = sorted(NOTICES.glob("*.jsonl")) if paths is None else list(paths)
    if not files:
        raise CorpusError(f"{NOTICES}: no authored notices found; run from a full checkout")
    records: list[Authored] = []
    seen: dict[str, str] = {}
    for path in files:
        for record in _read_file(path):
            if record.id in seen:
                raise CorpusError(f"{record.where}: id {record.id} stands at {seen[record.id]} too")
            seen[record.id] = record.where
            records.append(record)
    return records


def problems(path: Path) -> list[str]:
    """Every line of one file that breaks a rule, as a sentence each; for authors."""
    found: list[str] = []
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = _parse(line, f"{path.name}:{number}")
            build_one(record, load_pools(POOLS), 0)
        except CorpusError as error:
            found.append(str(error))
            continue
        if record.id in seen:
            found.append(f"{record.where}: id {record.id} stands twice")
        seen.add(record.id)
        bare = SLOT.sub("", record.text)
        if raw := _RAW_CONTACT.search(bare):
            found.append(f"{record.where}: write a slot instead of {raw[0]!r}")
    return found


def build(records: Iterable[Authored], *, variants: int = 1) -> Iterator[Example]:
    """Draws the slots of each record `variants` times; the first drawing is the authored text,
    the others are composed. The same records give the same examples on every machine."""
    pools = load_pools(POOLS)
    for record in records:
        for variant in range(variants):
            yield build_one(record, pools, variant)


def build_one(record: Authored, pools: Mapping[str, Any], variant: int) -> Example:
    """One drawing of one record. Raises CorpusError for an unknown slot or a broken mark."""
    imitated = frozenset(_IMITATED.findall(record.text))
    drawer = SlotDrawer(
        dict(pools), f"{record.id}/{variant}", record.era, imitated, throwaway_hosts=record.label == "scam"
    )
    try:
        drawn = _tidied(SLOT.sub(lambda match: drawer.draw(match[0]), record.text))
        text, marks = _laid_out(*extract_marks(drawn), record, variant)
    except CorpusError as error:
        raise CorpusError(f"{record.where}: {error}") from error
    if "{{" in text or "}}" in text:
        raise CorpusError(
            f"{record.where}: a slot is not closed or misspelt near {text[max(0, text.find('{{')) :][:30]!r}"
        )
    known = flag_ids()
    if unknown := {m.flag for m in marks} - known:
        raise CorpusError(f"{record.where}: unknown flag {sorted(unknown)[0]!r}")
    absent = tuple(Mark(flag, None, None) for flag in record.absent)
    return Example(
        id=record.id if variant == 0 else f"{record.id}~{variant}",
        text=text,
        label=record.label,
        channel=record.channel,
        scheme=record.scheme,
        document_kind=record.document_kind,
        flags=(*marks, *absent),
        green=record.green,
        group=record.group,
        origin="authored" if variant == 0 else "composed",
        variant=variant,
        author=record.author,
        split=split_of(record.group),
        note=record.note,
    )


def _laid_out(text: str, marks: tuple[Mark, ...], record: Authored, variant: int) -> tuple[str, tuple[Mark, ...]]:
    if record.channel not in layout.CHANNELS:
        return text, marks
    new = layout.relaid(text, seeded("layout", record.id, variant))
    placed = [(m.flag, m.start, m.end) for m in marks if m.start is not None and m.end is not None]
    spans = layout.moved(text, new, [(start, end) for _, start, end in placed])
    return new, tuple(Mark(flag, *span) for (flag, _, _), span in zip(placed, spans, strict=True) if span[0] < span[1])


def _tidied(drawn: str) -> str:
    """What slots leave behind: 〒〒, and commas that no case number has (第1,900号)."""
    return re.sub(r"第(\d{1,3}),(\d{3})号", r"第\1\2号", drawn.replace("〒〒", "〒"))


def extract_marks(marked: str) -> tuple[str, tuple[Mark, ...]]:
    """Takes the marks out: `"a[[x|b]]c"` -> `("abc", (Mark("x", 1, 2),))`.

    Raises CorpusError where a mark is not closed or closes nothing.
    """
    plain: list[str] = []
    length = 0
    open_marks: list[tuple[str, int]] = []
    marks: list[Mark] = []
    position = 0
    for match in _MARK.finditer(marked):
        piece = marked[position : match.start()]
        plain.append(piece)
        length += len(piece)
        position = match.end()
        if match["flags"]:
            open_marks.append((match["flags"], length))
        elif open_marks:
            flags, start = open_marks.pop()
            marks.extend(Mark(flag, start, length) for flag in flags.split(","))
        else:
            raise CorpusError(f"']]' closes nothing near {marked[max(0, position - 20) : position]!r}")
    if open_marks:
        raise CorpusError(f"mark [[{open_marks[0][0]}| is never closed")
    plain.append(marked[position:])
    return "".join(plain), tuple(sorted(marks, key=lambda m: (m.start or 0, m.end or 0, m.flag)))


def split_of(group: str) -> str:
    """`train` (86 %), `calibration` (7 %) or `test` (7 %); a function of the group's name alone."""
    ticket = seeded("split", group).random()
    return "train" if ticket < 0.86 else "calibration" if ticket < 0.93 else "test"


def _read_file(path: Path) -> Iterator[Authored]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield _parse(line, f"{path.name}:{number}")


def _parse(line: str, where: str) -> Authored:
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: not JSON ({error.msg}); one object a line") from error
    if not isinstance(raw, dict):
        raise CorpusError(f"{where}: write an object, not a {type(raw).__name__}")
    if extra := set(raw) - _FIELDS:
        raise CorpusError(f"{where}: unknown field {sorted(extra)[0]!r}")
    for name in ("id", "label", "channel", "document_kind", "text", "author"):
        if not isinstance(raw.get(name), str) or not raw[name].strip():
            raise CorpusError(f"{where}: field {name!r} is missing")
    _one_of(where, "label", raw["label"], get_args(Label))
    _one_of(where, "channel", raw["channel"], CHANNELS)
    _one_of(where, "document_kind", raw["document_kind"], DOCUMENT_KINDS)
    scheme = raw.get("scheme")
    if scheme is not None:
        _one_of(where, "scheme", scheme, tuple(SCHEME_LABELS))
    if raw["label"] == "scam" and (scheme is None or scheme in GENUINE_TEXT_SCHEMES):
        raise CorpusError(f"{where}: a scam names its scheme; {scheme!r} is none of a scam text")
    if raw["label"] == "genuine" and scheme is not None and scheme not in GENUINE_TEXT_SCHEMES:
        raise CorpusError(f"{where}: a genuine text has no scheme {scheme!r}")
    for flag in raw.get("absent", []):
        _one_of(where, "absent", flag, tuple(sorted(flag_ids())))
    for green in raw.get("green", []):
        _one_of(where, "green", green, tuple(sorted(GREEN_IDS)))
    era = raw.get("era", [2015, 2026])
    if not (isinstance(era, list) and len(era) == 2 and 1990 <= era[0] <= era[1] <= 2026):
        raise CorpusError(f"{where}: era is two years such as [2017, 2019], not {era!r}")
    return Authored(
        id=raw["id"],
        label=raw["label"],
        channel=raw["channel"],
        scheme=scheme,
        document_kind=raw["document_kind"],
        text=raw["text"],
        absent=tuple(raw.get("absent", [])),
        green=tuple(raw.get("green", [])),
        group=raw.get("group") or raw["id"],
        author=raw["author"],
        era=cast(tuple[int, int], tuple(era)),
        note=raw.get("note", ""),
        where=where,
    )


def _one_of(where: str, name: str, value: object, allowed: Iterable[str]) -> None:
    words = tuple(allowed)
    if value not in words:
        raise CorpusError(f"{where}: {name} {value!r} is none of {', '.join(words[:30])}")
