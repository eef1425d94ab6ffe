"""Finished parts joined into one file: JSON Lines, CSV or Parquet, never more than some of them in memory.

Parts for JSON Lines hold its lines; parts for tables hold `[own fields, new fields]` a line (`chunks.Work.pairs`).
"""

import csv
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from classifier.records import Shape, added_schema, free_name
from classifier.rows import parquet_schema, read_batches

Pair = tuple[dict[str, Any], dict[str, Any]]
# Rows of a row group: small enough for memory, large enough for those who read it.
_GROUP: Final = 10_000
_ARROW: Final = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}


def write_json_lines(path: Path, parts: Iterable[Path]) -> None:
    """The parts one after another."""
    with path.open("wb") as out:
        for part in parts:
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, out)


def write_csv(
    path: Path, parts: Iterable[Path], names: Iterable[str], shape: Shape, encoding: str, delimiter: str = ","
) -> None:
    """One line a row: its own columns `names`, then the assessment's; lists and objects as JSON text."""
    own = list(names)
    new = {name: free_name(name, own) for name in added_schema(shape).names}
    with path.open("w", encoding=encoding, errors="replace", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow([*own, *new.values()])
        for fields, added in _pairs(parts):
            writer.writerow([*(_cell(fields.get(name)) for name in own), *(_cell(added.get(name)) for name in new)])


def write_parquet(path: Path, parts: Iterable[Path], kinds: Mapping[str, str], shape: Shape) -> None:
    """The rows' own columns by the kinds of their values, then the assessment's as in `added_schema(shape)`."""
    own = pa.schema([(name, _ARROW.get(kind, pa.string())) for name, kind in kinds.items()])
    schema, added_names = _beside(own, shape)
    pairs = _pairs(parts)
    with pq.ParquetWriter(path, schema) as writer:
        while group := list(islice(pairs, _GROUP)):
            fitted = [{f.name: _fit(fields.get(f.name), f.type) for f in own} for fields, _ in group]
            writer.write_table(_joined(pa.Table.from_pylist(fitted, schema=own), group, schema, added_names))


def write_parquet_beside(path: Path, source: Path, parts: Iterable[Path], shape: Shape) -> None:
    """The source's own columns as they are (dates, structs, decimals), the assessment's beside them."""
    schema, added_names = _beside(parquet_schema(source), shape)
    pairs = _pairs(parts)
    with pq.ParquetWriter(path, schema) as writer:
        for tables in _groups(pa.Table.from_batches([batch]) for batch in read_batches(source)):
            table = pa.concat_tables(tables)
            writer.write_table(_joined(table, list(islice(pairs, table.num_rows)), schema, added_names))


def _beside(own: pa.Schema, shape: Shape) -> tuple[pa.Schema, list[str]]:
    """The schema of a file whose rows' own columns are `own`, and the names of the others before they made room."""
    added = added_schema(shape)
    new = [field.with_name(free_name(field.name, own.names)) for field in added]
    return pa.schema([*own, *new], own.metadata), added.names


def _joined(own: pa.Table, pairs: Sequence[Pair], schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    kinds = schema.types[len(own.columns) :]
    new = [
        pa.array((added.get(name) for _, added in pairs), kind, size=len(pairs))
        for name, kind in zip(names, kinds, strict=True)
    ]
    return pa.Table.from_arrays([*own.columns, *new], schema=schema)


def _groups(tables: Iterable[pa.Table]) -> Iterator[list[pa.Table]]:
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(part.num_rows for part in held) >= _GROUP:
            yield held
            held = []
    if held:
        yield held


def _pairs(parts: Iterable[Path]) -> Iterator[Pair]:
    for part in parts:
        with part.open(encoding="utf-8") as lines:
            for line in lines:
                fields, added = json.loads(line)
                yield fields, added


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _fit(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if kind == pa.string():
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return float(value) if kind == pa.float64() else value
