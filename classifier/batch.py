"""Many rows from file to file: in order, by several processes or machines, resumable, nothing lost.

Finished chunks are kept beside the output (`OUT.partial/`) until all are done; then the output appears
whole, by one rename. A run that was interrupted finds its chunks again and goes on behind them. A row
that cannot be assessed becomes a row with `error`.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from classifier.assessment import rules_version
from classifier.bundle import DEFAULT_BUNDLE, bundle_version
from classifier.chunks import Part, Work, assess_chunk, wider
from classifier.columns import Columns
from classifier.csv_rows import csv_encoding
from classifier.deadlines import today
from classifier.errors import UnreadableInput
from classifier.guidance import GuidanceBase
from classifier.parts import Parts, alone, writing
from classifier.records import Shape, Summary
from classifier.result import Versions
from classifier.row_writers import write_csv, write_json_lines, write_parquet, write_parquet_beside
from classifier.rows import CSV, Row, column_names, format_of, read_rows

CHUNK: Final = 500
# Chunks given out at a time: enough that nobody waits, few enough that memory stays flat.
_AHEAD: Final = 16
Engine = Callable[[], AbstractContextManager[Executor | None]]


def work_of(
    columns: Columns,
    *,
    shape: Shape = "nested",
    prior: float | None = None,
    bundle: Path | None = None,
    read_on: date | None = None,
) -> Work:
    """The work as this machine would do it. Raises BundleMissing or BundleMismatch.

    `read_on` is the day by which deadlines have passed or not; None: today in Japan, when the run first started.
    """
    versions = Versions(bundle_version(bundle or DEFAULT_BUNDLE), rules_version(), GuidanceBase.load().version)
    return Work(columns, versions, shape, prior, bundle, read_on=read_on)


def assess_file(
    source: Path,
    target: Path,
    work: Work,
    *,
    engine: Engine = nullcontext,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Assesses every row of `source` into `target`; resumes what an interrupted run has finished.

    `engine` gives the executor that does the work (`workers.processes`, `workers.dask`); none: this process.
    Raises UnreadableInput where the source cannot be read at all, changes meanwhile, or has no column of that name.
    """
    kind = format_of(target)
    if not source.is_file():
        raise UnreadableInput(f"{source}: no such file; check the name")
    if target.exists() and source.samefile(target):
        raise UnreadableInput(f"{target}: is the input itself; name another output")
    format_of(source)
    require_columns(source, work.columns)
    work = _for_table(work, kind)
    with alone(target):
        parts, job = Parts(target), _job(source, kind, work)
        with writing(target):
            begun = parts.take_up(job, today())
        with engine() as executor:
            summary, kinds = _finish(read_rows(source), parts, _on_day(work, begun), executor, progress)
            # A table without rows has its columns all the same.
            kinds = dict.fromkeys(column_names(source) or (), "null") | kinds
        if not source.is_file() or _job(source, kind, work) != job:
            raise UnreadableInput(f"{source}: changed while it was read; call the same command again")
        with writing(target):
            _publish(parts, target, source, kinds, work)
    return summary


def assess_rows(
    rows: Iterable[Row],
    target: Path,
    work: Work,
    *,
    engine: Engine = nullcontext,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """The same for rows that come once, as from a pipe: there is nothing to resume."""
    work = _for_table(work, format_of(target))
    with alone(target):
        parts = Parts(target)
        with writing(target):
            parts.remove()
            begun = parts.take_up("stream", today())
        with engine() as executor:
            summary, kinds = _finish(rows, parts, _on_day(work, begun), executor, progress)
        with writing(target):
            _publish(parts, target, None, kinds, work)
    return summary


def assess_stream(rows: Iterable[Row], work: Work, executor: Executor | None) -> Iterator[Part]:
    """Finished parts in the order of the rows."""
    chunks = ((number, chunk, None) for number, chunk in enumerate(_chunked(rows)))
    for _, part in _in_order(chunks, _on_day(work, today()), executor):
        yield part


def require_columns(source: Path, columns: Columns) -> None:
    """Raises UnreadableInput where a table has no column of a name that is asked for."""
    names = column_names(source)
    if names is not None and (missing := columns.missing(names)) is not None:
        part, name = missing
        raise UnreadableInput(f"{source}: no column {name!r} among {', '.join(names)}; {option_of(part)} names it")


def option_of(part: str) -> str:
    """`received_on` -> `--received-on`"""
    return f"--{part.replace('_', '-')}"


def _on_day(work: Work, day: date) -> Work:
    return work if work.read_on else replace(work, read_on=day)


def _for_table(work: Work, kind: str) -> Work:
    return replace(work, pairs=kind != ".jsonl")


def _finish(
    rows: Iterable[Row],
    parts: Parts,
    work: Work,
    executor: Executor | None,
    progress: Callable[[Summary], None],
) -> tuple[Summary, dict[str, str]]:
    """Every chunk in its file; what they came to, and the kinds of the rows' own columns."""
    summary, kinds = Summary(), dict[str, str]()
    chunks = ((number, chunk, parts.kept(number)) for number, chunk in enumerate(_chunked(rows)))
    for number, part in _in_order(chunks, work, executor):
        if part.lines:
            with writing(parts.target):
                parts.keep(number, part)
        summary.add(part.summary)
        for name, kind in part.kinds.items():
            kinds[name] = wider(kinds.get(name, "null"), kind)
        progress(summary)
    return summary, kinds


def _in_order(
    chunks: Iterable[tuple[int, list[Row], Part | None]], work: Work, executor: Executor | None
) -> Iterator[tuple[int, Part]]:
    """Numbers and parts in the order of the chunks; those that come with their part are done already."""
    waiting: deque[tuple[int, Part | Future[Part]]] = deque()
    for number, rows, done in chunks:
        if executor is None:
            yield number, done or assess_chunk(work, rows)
            continue
        waiting.append((number, done or executor.submit(assess_chunk, work, rows)))
        while len(waiting) > _AHEAD or (waiting and isinstance(waiting[0][1], Part)):
            yield _resolved(*waiting.popleft())
    while waiting:
        yield _resolved(*waiting.popleft())


def _resolved(number: int, part: Part | Future[Part]) -> tuple[int, Part]:
    return number, part if isinstance(part, Part) else part.result()


def _publish(parts: Parts, target: Path, source: Path | None, kinds: dict[str, str], work: Work) -> None:
    """One file out of all parts, put in its place by one rename."""
    whole, kind = parts.folder / f"whole{target.suffix}", target.suffix.lower()
    from_csv = source is not None and format_of(source) in CSV
    if kind == ".jsonl":
        write_json_lines(whole, parts.paths())
    elif kind in CSV:
        encoding = "utf-8-sig" if source is not None and from_csv and csv_encoding(source) != "utf-8" else "utf-8"
        write_csv(whole, parts.paths(), kinds, work.shape, encoding, "\t" if kind == ".tsv" else ",")
    elif source is not None and source.suffix.lower() == ".parquet":
        write_parquet_beside(whole, source, parts.paths(), work.shape)
    else:
        write_parquet(whole, parts.paths(), kinds, work.shape)
    with whole.open("rb") as written:
        # The parts go next: the output has to stand on the disk before, not in its cache.
        os.fsync(written.fileno())
    os.replace(whole, target)
    parts.remove()


def _job(source: Path, kind: str, work: Work) -> str:
    """Names the work: the same source, kind of output and work continue each other."""
    state = source.stat()
    return hashlib.sha256(
        repr((str(source.resolve()), state.st_size, state.st_mtime_ns, kind, work, CHUNK)).encode()
    ).hexdigest()


def _chunked(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
