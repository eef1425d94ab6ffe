"""Rows of notices in CSV and tab-separated text, as Japanese spreadsheets write them."""

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from classifier.errors import UnreadableInput

_BLOCK: Final = 1 << 20
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Ten times what can be assessed. A quote that is never closed would take everything behind it.
_LONGEST_CELL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells under the names of the columns, or why it cannot be taken as it is."""

    fields: dict[str, Any]
    error: str | None = None


def csv_encoding(path: Path) -> str:
    """`utf-8-sig`, `utf-8`, `cp932` or `utf-16`, the four that Japanese spreadsheets write.

    The whole file is asked: the first Japanese letter may come late. Where it is neither, because a few lines are
    broken, the encoding of nine lines in ten of the beginning.
    """
    with path.open("rb") as stream:
        head = stream.read(_BLOCK)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith(_UTF_16):
        return "utf-16"
    for encoding in ("utf-8", "cp932"):
        if _decodes(path, encoding):
            return encoding
    lines = head.splitlines()[:-1] or [head]
    for encoding in ("utf-8", "cp932"):
        if sum(_line_decodes(line, encoding) for line in lines) >= 0.9 * len(lines):
            return encoding
    raise UnreadableInput(f"{path}: neither UTF-8 nor Shift_JIS; save it as CSV UTF-8")


def csv_names(path: Path) -> list[str]:
    """The names of the columns. Raises UnreadableInput where there is no header line."""
    with _opened(path) as stream:
        return _Records(stream, _delimiter(path)).header(path)


def read_csv(path: Path) -> Iterator[Record]:
    """The records behind the header, in order; empty lines are passed over."""
    with _opened(path) as stream:
        records = _Records(stream, _delimiter(path))
        names = records.header(path)
        for line, cells, error in records:
            extra = len(cells) - len(names)
            if error is None and extra > 0:
                error = f"line {line} has {extra} more cells than the header"
            yield Record(dict(zip(names, [*cells, *[None] * -extra], strict=False)), error)


def unique_names(names: Sequence[str]) -> list[str]:
    """Column names that differ, so that no column is lost: a, a, "" -> a, a_2, column_3."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        base = name or f"column_{number}"
        fresh, copy = base, 1
        while fresh in found or (copy > 1 and fresh in names):
            copy += 1
            fresh = f"{base}_{copy}"
        found.append(fresh)
    return found


def _opened(path: Path) -> TextIO:
    encoding = csv_encoding(path)
    # A byte that does not decode stays as a lone surrogate: the row with it is no text and says so.
    # UTF-16 has no bytes to keep that way.
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    csv.field_size_limit(_LONGEST_CELL)
    return path.open(encoding=encoding, errors=errors, newline="")


def _delimiter(path: Path) -> str:
    """A tab where the first line has tabs and no comma, whatever the file is called."""
    with _opened(path) as stream:
        head = stream.readline(_BLOCK)
    return "\t" if "\t" in head and "," not in head else ","


@dataclass
class _Records:
    """Line number, cells and error of each record; lines that a broken one has swallowed are read again."""

    stream: TextIO
    delimiter: str
    line: int = 0
    taken: list[str] = field(default_factory=list)
    again: deque[str] = field(default_factory=deque)
    ended: bool = False

    def header(self, path: Path) -> list[str]:
        try:
            names = next(self._reader(), [])
        except csv.Error as error:
            raise UnreadableInput(f"{path}: the header line cannot be read as CSV ({error})") from error
        self._done()
        if not names:
            raise UnreadableInput(f"{path}: no header line; the first line names the columns")
        return unique_names(names)

    def __iter__(self) -> Iterator[tuple[int, list[str], str | None]]:
        reader = self._reader()
        while True:
            begin, error = self.line + 1, None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                cells, error = [], f"line {begin} cannot be read as CSV ({problem})"
            if error or (self.ended and len(self.taken) > 1 and self._open()):
                error = error or f"line {begin} opens a quote that is never closed"
                cells = self._only_first_line()
                reader = self._reader()
            self._done()
            if cells or error:
                yield begin, cells, error

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self.delimiter)

    def _lines(self) -> Iterator[str]:
        while line := self.again.popleft() if self.again else self.stream.readline():
            self.taken.append(line)
            yield line
        self.ended = True

    def _open(self) -> bool:
        """Whether the record at the end of the file would have gone on."""
        return len(list(csv.reader([*self.taken, "\n", "x\n"], delimiter=self.delimiter))) == 1

    def _only_first_line(self) -> list[str]:
        first, *others = self.taken
        self.again.extendleft(reversed(others))
        self.taken, self.ended = [first], False
        try:
            return next(csv.reader([first], delimiter=self.delimiter), [])
        except csv.Error:
            return []

    def _done(self) -> None:
        self.line += len(self.taken)
        self.taken = []


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            for block in iter(lambda: stream.read(_BLOCK), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _line_decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
