"""A chunk of rows assessed wherever there is a processor: another process, another machine.

What travels is data (rows there, lines back); the bundle is loaded once a process, from that machine's disk,
and has to be the caller's to the last byte.
"""

import datetime as dt
import gc
import json
import math
import threading
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from classifier.assessment import Assessor
from classifier.bundle import DEFAULT_BUNDLE
from classifier.columns import Columns
from classifier.errors import BundleMismatch
from classifier.records import Shape, Summary, added_fields, added_schema, beside, free_name
from classifier.result import Versions
from classifier.rows import Row, batch_rows

_loading: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done to rows.

    `versions` are the caller's: a worker that has others refuses. With `pairs` a line is `[own fields, new fields]`
    for a table, whose column names are settled when all rows are known, not row by row. `bundle` is a path on the
    machine that does the work; None is the bundle that ships with its package. `read_on` is the day by which
    deadlines have passed or not, so that all workers mean the same; None: each machine's today in Japan.
    """

    columns: Columns
    versions: Versions
    shape: Shape = "nested"
    prior: float | None = None
    bundle: Path | None = None
    pairs: bool = False
    read_on: dt.date | None = None


@dataclass(slots=True)
class Part:
    """A finished chunk: JSON Lines, what they came to, and the kind of value that each of the rows' fields holds."""

    lines: bytes
    summary: Summary
    kinds: dict[str, str] = field(default_factory=dict)


def assess_chunk(work: Work, rows: Sequence[Row]) -> Part:
    """The rows with their new fields. Raises BundleMismatch where this machine judges otherwise than the caller."""
    part = Part(b"", Summary())
    lines = []
    for row, added in zip(rows, _added(work, assessor_of(work), rows), strict=True):
        part.summary.count(added)
        for name, value in row.fields.items():
            part.kinds[name] = wider(part.kinds.get(name, "null"), kind_of(value))
        lines.append(json_line([row.fields, added] if work.pairs else beside(row.fields, added)))
    part.lines = b"".join(lines)
    part.summary.columns.update(part.kinds)
    return part


def _added(work: Work, assessor: Assessor, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return added_fields(assessor, rows, work.columns, work.shape, work.prior, work.read_on)


def assess_batches(work: Work, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Record batches in, the same with the columns of `added_schema(work.shape)` out.

    The shape of Spark's mapInArrow and of anything else that hands Arrow to a function. A name that the batch
    already uses gets `assessed_` in front. Raises BundleMismatch as `assess_chunk` does.
    """
    schema = added_schema(work.shape)
    assessor = assessor_of(work)
    for batch in batches:
        used = batch.select(work.columns.used(batch.schema.names))
        added = _added(work, assessor, batch_rows(used))
        new = pa.RecordBatch.from_pylist(added, schema=schema)
        names = [free_name(name, batch.schema.names) for name in schema.names]
        fields = [f.with_name(name) for f, name in zip(schema, names, strict=True)]
        yield pa.RecordBatch.from_arrays(
            [*batch.columns, *new.columns], schema=pa.schema([*batch.schema, *fields], batch.schema.metadata)
        )


def batches_schema(work: Work, schema: pa.Schema) -> pa.Schema:
    """The schema of what `assess_batches` gives for batches of `schema`; Spark asks for it beforehand."""
    added = added_schema(work.shape)
    return pa.schema([*schema, *(f.with_name(free_name(f.name, schema.names)) for f in added)])


def assessor_of(work: Work) -> Assessor:
    """This process's assessor. Raises BundleMismatch where it is not the caller's."""
    with _loading:
        assessor = _load(work.bundle)
    if assessor.versions != work.versions:
        here, there = asdict(assessor.versions), asdict(work.versions)
        differing = ", ".join(f"{name} {here[name]} for {there[name]}" for name in here if here[name] != there[name])
        raise BundleMismatch(
            f"{work.bundle or DEFAULT_BUNDLE}: this worker has {differing}; "
            "install the caller's version of scam-notice on every worker"
        )
    return assessor


@cache
def _load(bundle: Path | None) -> Assessor:
    assessor = Assessor.load(bundle)
    # It lives as long as the process: to look through it for garbage again and again costs a tenth of a long run.
    gc.collect()
    gc.freeze()
    return assessor


def json_line(record: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """A record as a line of UTF-8 JSON; what JSON has no word for (dates, bytes, NaN) as text or null."""
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, default=_as_text)
    except ValueError:
        text = json.dumps(_without_nan(record), ensure_ascii=False, allow_nan=False, default=_as_text)
    return (text + "\n").encode("utf-8", "replace")


def _as_text(value: Any) -> str:
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    return str(value)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: _without_nan(item) for name, item in value.items()}
    return [_without_nan(item) for item in value] if isinstance(value, (list, tuple)) else value


def kind_of(value: Any) -> str:
    """What a column has to be to hold a value: null bool int float text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if -(2**63) <= value < 2**63 else "text"
    return "float" if isinstance(value, float) else "text"


def wider(one: str, other: str) -> str:
    """The kind that holds both."""
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    return "float" if {one, other} == {"int", "float"} else "text"
