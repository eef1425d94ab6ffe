"""Rows of notices in files: JSON Lines, CSV and Parquet, read as a stream.

A row that cannot be read becomes a `Row` with an `error`; it never stops the rows around it.
"""

import codecs
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from classifier.errors import UnreadableInput

FORMATS: Final = (".jsonl", ".csv", ".parquet")
_BLOCK: Final = 1 << 20
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """One input row: its fields, or why it has none."""

    fields: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def format_of(path: Path) -> str:
    """`.jsonl`, `.csv` or `.parquet`. Raises UnreadableInput for anything else."""
    if path.suffix.lower() not in FORMATS:
        raise UnreadableInput(f"{path}: unknown kind of file {path.suffix!r}; use {', '.join(FORMATS)}")
    return path.suffix.lower()


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file in order. Raises UnreadableInput where the file as a whole cannot be read."""
    kind = format_of(path)
    if not path.is_file():
        raise UnreadableInput(f"{path}: no such file; check the name")
    if kind == ".jsonl":
        with path.open("rb") as stream:
            yield from read_json_lines(stream)
    elif kind == ".csv":
        yield from _read_csv(path)
    else:
        for batch in read_batches(path):
            yield from (Row(record) for record in batch.to_pylist())


def count_rows(path: Path) -> int:
    """How many rows `read_rows` gives, blank lines aside; for saying how much is left."""
    kind = format_of(path)
    if kind == ".jsonl":
        with path.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK), b""))
    if kind == ".csv":
        return sum(1 for _ in _read_csv(path))
    return int(_parquet(path).metadata.num_rows)


def read_json_lines(stream: Iterable[bytes]) -> Iterator[Row]:
    """Rows from JSON Lines; empty lines are passed over, a line that is no JSON object is a bad row."""
    for number, line in enumerate(stream, 1):
        stripped = line.strip().removeprefix(b"\xef\xbb\xbf")
        if not stripped:
            continue
        try:
            value = json.loads(stripped.decode("utf-8"))
        except UnicodeDecodeError:
            yield Row(
                {"input": stripped.decode("utf-8", "replace")}, f"line {number} is not UTF-8; save the file as UTF-8"
            )
            continue
        except (ValueError, RecursionError) as error:
            yield Row({"input": stripped.decode("utf-8")}, f"line {number} is not JSON ({str(error)[:80]})")
            continue
        if isinstance(value, dict):
            yield Row(value)
        else:
            yield Row({"input": value}, f'line {number} is not a JSON object; write {{"text": …}}')


def csv_encoding(path: Path) -> str:
    """`utf-8-sig`, `utf-8` or `cp932`, the three that Japanese spreadsheets write.

    The whole file is asked: the first Japanese letter may come late. Where it is neither, because a few lines are
    broken, the encoding of nine lines in ten of the beginning.
    """
    with path.open("rb") as stream:
        head = stream.read(_BLOCK)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    for encoding in ("utf-8", "cp932"):
        if _decodes(path, encoding):
            return encoding
    lines = head.splitlines()[:-1] or [head]
    for encoding in ("utf-8", "cp932"):
        if sum(_line_decodes(line, encoding) for line in lines) >= 0.9 * len(lines):
            return encoding
    raise UnreadableInput(f"{path}: neither UTF-8 nor Shift_JIS; save it as CSV UTF-8")


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


def _read_csv(path: Path) -> Iterator[Row]:
    # A byte that does not decode stays as a lone surrogate: the row with it is no text and says so.
    with path.open(encoding=csv_encoding(path), errors="surrogateescape", newline="") as stream:
        csv.field_size_limit(1 << 24)
        reader = csv.reader(stream, strict=False)
        names = unique_names(next(reader, []))
        if not names:
            raise UnreadableInput(f"{path}: no header line; the first line names the columns")
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row({}, f"line {reader.line_num} cannot be read as CSV ({error})")
                continue
            if not cells:
                continue
            record = dict(zip(names, [*cells, *[None] * (len(names) - len(cells))], strict=False))
            extra = len(cells) - len(names)
            yield Row(record, f"line {reader.line_num} has {extra} more cells than the header" if extra > 0 else None)


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


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The record batches of a Parquet file, with column names that differ."""
    for batch in _parquet(path).iter_batches(batch_size=_BATCH):
        yield batch.rename_columns(unique_names(batch.schema.names))


def parquet_schema(path: Path) -> pa.Schema:
    """The schema of the batches of a Parquet file."""
    schema = _parquet(path).schema_arrow
    names = unique_names(schema.names)
    return pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise UnreadableInput(f"{path}: not a Parquet file ({str(error)[:100]})") from error
