"""Many rows from file to file: in order, by several processes or machines, resumable, nothing lost.

Finished chunks are kept beside the output (`OUT.partial/`) until all are done; then the output appears
whole, by one rename. A run that was interrupted finds its chunks again and goes on behind them. A row
that cannot be assessed becomes a row with `error`.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from classifier.assessment import rules_version
from classifier.bundle import DEFAULT_BUNDLE, bundle_version
from classifier.chunks import Part, Work, assess_chunk, wider
from classifier.errors import UnreadableInput
from classifier.guidance import GuidanceBase
from classifier.records import Columns, Shape, Summary
from classifier.result import Versions
from classifier.row_writers import write_csv, write_json_lines, write_parquet, write_parquet_beside
from classifier.rows import Row, csv_encoding, format_of, read_rows

CHUNK: Final = 500
# Chunks given out at a time: enough that nobody waits, few enough that memory stays flat.
_AHEAD: Final = 16
Engine = Callable[[], AbstractContextManager[Executor | None]]


def work_of(
    columns: Columns, *, shape: Shape = "nested", prior: float | None = None, bundle: Path | None = None
) -> Work:
    """The work as this machine would do it. Raises BundleMissing or BundleMismatch."""
    versions = Versions(bundle_version(bundle or DEFAULT_BUNDLE), rules_version(), GuidanceBase.load().version)
    return Work(columns, versions, shape, prior, bundle)


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
    Raises UnreadableInput where the source cannot be read at all, or changes meanwhile.
    """
    kind = format_of(target)
    if not source.is_file():
        raise UnreadableInput(f"{source}: no such file; check the name")
    if target.exists() and source.samefile(target):
        raise UnreadableInput(f"{target}: is the input itself; name another output")
    format_of(source)
    work = _for_table(work, kind)
    with _alone(target):
        partial = target.with_name(f"{target.name}.partial")
        job = _job(source, kind, work)
        _prepare(partial, job)
        with engine() as executor:
            summary, kinds = _finish(read_rows(source), partial, work, executor, progress)
        if _job(source, kind, work) != job:
            raise UnreadableInput(f"{source}: changed while it was read; call the same command again")
        _publish(partial, target, source, kinds, work)
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
    with _alone(target):
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        _prepare(partial, "stream")
        with engine() as executor:
            summary, kinds = _finish(rows, partial, work, executor, progress)
        _publish(partial, target, None, kinds, work)
    return summary


def assess_stream(rows: Iterable[Row], work: Work, executor: Executor | None) -> Iterator[Part]:
    """Finished parts in the order of the rows."""
    chunks = ((number, chunk, None) for number, chunk in enumerate(_chunked(rows)))
    for _, part in _in_order(chunks, work, executor):
        yield part


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Two runs into one output would take each other's chunks; the lock goes with its process."""
    if not target.parent.is_dir():
        raise UnreadableInput(f"{target.parent}: no such directory; make it first")
    path = target.with_name(f".{target.name}.lock")
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnreadableInput(
                f"{target}: another run is writing it; wait for that or name another output"
            ) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _for_table(work: Work, kind: str) -> Work:
    return replace(work, pairs=kind != ".jsonl")


def _finish(
    rows: Iterable[Row],
    partial: Path,
    work: Work,
    executor: Executor | None,
    progress: Callable[[Summary], None],
) -> tuple[Summary, dict[str, str]]:
    """Every chunk in its file; what they came to, and the kinds of the rows' own columns."""
    summary, kinds = Summary(), dict[str, str]()
    chunks = ((number, chunk, _finished(partial, number)) for number, chunk in enumerate(_chunked(rows)))
    for number, part in _in_order(chunks, work, executor):
        if part.lines:
            _keep(partial, number, part)
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


def _keep(partial: Path, number: int, part: Part) -> None:
    """The note last: a part counts when its note stands."""
    summary = part.summary
    note = {
        "rows": summary.rows,
        "errors": summary.errors,
        "verdicts": summary.verdicts,
        "schemes": summary.schemes,
        "kinds": part.kinds,
    }
    _write_whole(_path(partial, number), part.lines)
    _write_whole(_path(partial, number).with_suffix(".json"), json.dumps(note, ensure_ascii=False).encode())


def _finished(partial: Path, number: int) -> Part | None:
    """What an earlier run has left of a chunk; its lines stay in their file."""
    note = _path(partial, number).with_suffix(".json")
    if not note.exists():
        return None
    kept = json.loads(note.read_bytes())
    summary = Summary(kept["rows"], kept["errors"], kept["rows"], Counter(kept["verdicts"]), Counter(kept["schemes"]))
    return Part(b"", summary, kept["kinds"])


def _path(partial: Path, number: int) -> Path:
    return partial / f"{number:09d}.jsonl"


def _write_whole(path: Path, content: bytes) -> None:
    staging = path.with_name(f"{path.name}.writing")
    with staging.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(staging, path)


def _publish(partial: Path, target: Path, source: Path | None, kinds: dict[str, str], work: Work) -> None:
    """One file out of all parts, put in its place by one rename."""
    whole, kind = partial / f"whole{target.suffix}", target.suffix.lower()
    parts = sorted(path for path in partial.glob("*.jsonl") if path.stem.isdigit())
    from_csv = source is not None and source.suffix.lower() == ".csv"
    if kind == ".jsonl":
        write_json_lines(whole, parts)
    elif kind == ".csv":
        encoding = "utf-8-sig" if source is not None and from_csv and csv_encoding(source) != "utf-8" else "utf-8"
        write_csv(whole, parts, kinds, work.shape, encoding)
    elif source is not None and source.suffix.lower() == ".parquet":
        write_parquet_beside(whole, source, parts, work.shape)
    else:
        write_parquet(whole, parts, kinds, work.shape)
    os.replace(whole, target)
    shutil.rmtree(partial)


def _job(source: Path, kind: str, work: Work) -> str:
    """Names the work: the same source, kind of output and work continue each other."""
    state = source.stat()
    return hashlib.sha256(
        repr((str(source.resolve()), state.st_size, state.st_mtime_ns, kind, work, CHUNK)).encode()
    ).hexdigest()


def _prepare(partial: Path, job: str) -> None:
    marker = partial / "job"
    if not marker.is_file() or marker.read_text(encoding="ascii") != job:
        shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, exist_ok=True)
    marker.write_text(job, encoding="ascii")


def _chunked(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
