"""Rows of notices in files: JSON Lines, CSV and Parquet, read as a stream.

A row that cannot be read becomes a `Row` with an `error`; it never stops the rows around it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from classifier.csv_rows import csv_names, read_csv, unique_names
from classifier.errors import UnreadableInput

CSV: Final = (".csv", ".tsv")
FORMATS: Final = (".jsonl", *CSV, ".parquet")
_BLOCK: Final = 1 << 20
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """One input row: its fields, or why it has none."""

    fields: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def format_of(path: Path) -> str:
    """`.jsonl`, `.csv`, `.tsv` or `.parquet`. Raises UnreadableInput for anything else."""
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
    elif kind in CSV:
        for record in read_csv(path):
            yield Row(record.fields, record.error)
    else:
        for batch in read_batches(path):
            yield from batch_rows(batch)


def column_names(path: Path) -> list[str] | None:
    """The names that the file as a whole gives its columns; None for JSON Lines, where each row has its own."""
    kind = format_of(path)
    if kind == ".parquet":
        return list(parquet_schema(path).names)
    if kind == ".jsonl":
        return None
    return csv_names(path)


def count_rows(path: Path) -> int:
    """How many rows `read_rows` gives, blank lines aside; for saying how much is left."""
    kind = format_of(path)
    if kind == ".jsonl":
        with path.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK), b""))
    if kind in CSV:
        return sum(1 for _ in read_csv(path))
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


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The batches of a Parquet file, with column names that differ. Raises UnreadableInput where it is broken."""
    batches = _parquet(path).iter_batches(batch_size=_BATCH)
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise UnreadableInput(f"{path}: broken Parquet file ({' '.join(str(error).split())[:100]})") from error
        yield batch.rename_columns(unique_names(batch.schema.names))


def batch_rows(batch: pa.RecordBatch) -> list[Row]:
    """The rows of a batch; a value that Python cannot hold is text, bytes that are no UTF-8 lone surrogates."""
    columns = [_values(column) for column in batch.columns]
    names = batch.schema.names
    return [
        Row({name: column[number] for name, column in zip(names, columns, strict=True)})
        for number in range(batch.num_rows)
    ]


def parquet_schema(path: Path) -> pa.Schema:
    """The schema of the batches of a Parquet file."""
    schema = _parquet(path).schema_arrow
    names = unique_names(schema.names)
    return pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])


def _values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> Any:
    """One value; where Python has none like it, as text: 2026-11-16 09:30:00.000000001, the year 200000."""
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        # Lone surrogates for the bytes that are no UTF-8: the row is no text and says so.
        raw = scalar.cast(pa.large_binary() if pa.types.is_large_string(scalar.type) else pa.binary()).as_py()
        return raw.decode("utf-8", "surrogateescape")
    except (ValueError, OverflowError):
        return scalar.cast(pa.string()).as_py()


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise UnreadableInput(f"{path}: not a Parquet file ({str(error)[:100]})") from error
