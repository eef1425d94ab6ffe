"""Rows of notices in files: JSON Lines, CSV and Parquet, read as a stream and written back with all fields.

A row that cannot be read becomes a `Row` with an `error`; it never stops the rows around it.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from classifier.errors import UnreadableInput

FORMATS: Final = (".jsonl", ".csv", ".parquet")
_SNIFF: Final = 1 << 20


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
        yield from _read_parquet(path)


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
    """`utf-8-sig`, `utf-8` or `cp932`, the three that Japanese spreadsheets write."""
    with path.open("rb") as stream:
        head = stream.read(_SNIFF)
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    for encoding in ("utf-8", "cp932"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            if len(head) == _SNIFF and error.start > _SNIFF - 4:
                return encoding
            continue
        return encoding
    # A few broken lines cost themselves, not the file.
    lines = head.splitlines()
    for encoding in ("utf-8", "cp932"):
        if sum(_decodes(line, encoding) for line in lines) >= 0.9 * len(lines):
            return encoding
    raise UnreadableInput(f"{path}: neither UTF-8 nor Shift_JIS; save it as CSV UTF-8")


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _read_csv(path: Path) -> Iterator[Row]:
    encoding = csv_encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        csv.field_size_limit(1 << 24)
        reader = csv.DictReader(stream, strict=False)
        if not reader.fieldnames:
            raise UnreadableInput(f"{path}: no header line; the first line names the columns")
        while True:
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row({}, f"line {reader.line_num} cannot be read as CSV ({error})")
                continue
            extra = record.pop(None, None)
            if extra:
                yield Row(dict(record), f"line {reader.line_num} has {len(extra)} more cells than the header")
            else:
                yield Row(dict(record))


def _read_parquet(path: Path) -> Iterator[Row]:
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise UnreadableInput(f"{path}: not a Parquet file ({str(error)[:100]})") from error
    for batch in file.iter_batches(batch_size=1000):
        for record in batch.to_pylist():
            yield Row(record)


def write_rows(path: Path, parts: Iterable[Path], encoding: str = "utf-8") -> None:
    """Joins finished parts (JSON Lines) into one file of the kind that `path` names."""
    kind = format_of(path)
    if kind == ".jsonl":
        with path.open("wb") as out:
            for part in parts:
                out.write(part.read_bytes())
    elif kind == ".csv":
        _write_csv(path, list(parts), encoding)
    else:
        _write_parquet(path, list(parts))


def json_line(record: Mapping[str, Any]) -> bytes:
    """One record as a line of UTF-8 JSON; what JSON has no word for (dates, bytes) as text."""
    return (json.dumps(record, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")


def _records(parts: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for part in parts:
        with part.open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)


def _columns(parts: list[Path]) -> list[str]:
    names: dict[str, None] = {}
    for record in _records(parts):
        names.update(dict.fromkeys(record))
    return list(names)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _write_csv(path: Path, parts: list[Path], encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, _columns(parts), restval="")
        writer.writeheader()
        for record in _records(parts):
            writer.writerow({name: _cell(value) for name, value in record.items()})


def _write_parquet(path: Path, parts: list[Path]) -> None:
    """Nested fields as JSON text, so that every row group has the same columns of the same types."""
    columns = _columns(parts)
    types: dict[str, pa.DataType] = {}
    for record in _records(parts):
        for name, value in record.items():
            found = _arrow_type(value)
            if found is not None and types.setdefault(name, found) != found:
                numeric = {types[name], found} == {pa.int64(), pa.float64()}
                types[name] = pa.float64() if numeric else pa.string()
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
    with pq.ParquetWriter(path, schema) as writer:
        for part in parts:
            rows = [{n: _fit(r.get(n), schema.field(n).type) for n in columns} for r in _records([part])]
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _arrow_type(value: Any) -> pa.DataType | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return pa.int64()
    return pa.float64() if isinstance(value, float) else pa.string()


def _fit(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if kind == pa.string():
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return float(value) if kind == pa.float64() else value
