"""Many rows from file to file: in order, by several processes, resumable, nothing lost.

Finished chunks are kept beside the output (`OUT.partial/`) until all are done; then the output appears
whole, by one rename. A run that was interrupted finds its chunks again and goes on behind them. A row
that cannot be assessed becomes a row with `error`.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

from joblib import Parallel, delayed

from classifier.assessment import Assessor, rules_version
from classifier.bundle import DEFAULT_BUNDLE, bundle_version
from classifier.errors import InvalidNotice, UnreadableInput
from classifier.guidance import GuidanceBase
from classifier.notice import Notice
from classifier.rows import Row, csv_encoding, format_of, json_line, read_rows, write_rows

CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a row holds its text and channel; `channel` is a column or one channel for all."""

    text: str = "text"
    channel: str | None = None

    def notice(self, fields: dict[str, Any]) -> Notice:
        """The notice of one row. Raises InvalidNotice."""
        if self.text not in fields:
            raise InvalidNotice("no_text_field", f"列{self.text!r}がありません。--textで本文の列を指定してください。")
        channel = fields.get("channel")
        if self.channel is not None:
            channel = fields.get(self.channel, self.channel)
        known = {name: fields.get(name) for name in ("subject", "sender", "received_on", "answers")}
        known = {name: value for name, value in known.items() if value not in (None, "")}
        return Notice.from_mapping({**known, "text": fields[self.text], "channel": channel or None})


@dataclass(slots=True)
class Summary:
    """What a run came to."""

    rows: int = 0
    errors: int = 0
    resumed: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    def add(self, record: dict[str, Any]) -> None:
        """Counts one output row."""
        self.rows += 1
        if "policy" in record or "assessed_policy" in record:
            self.verdicts[str(record.get("assessed_verdict", record.get("verdict")))] += 1
        else:
            self.errors += 1


def assess_rows(assessor: Assessor, rows: Sequence[Row], columns: Columns) -> list[dict[str, Any]]:
    """Output records in the order of the rows: the row's own fields, then the assessment's.

    A field name that the row already uses stays the row's; the assessment's then starts with `assessed_`.
    """
    notices: list[Notice | None] = []
    errors: list[str | None] = []
    for row in rows:
        notice, error = None, row.error
        if error is None:
            try:
                notice = columns.notice(row.fields)
            except InvalidNotice as problem:
                error = f"{problem.code}: {problem}"
        notices.append(notice)
        errors.append(error)
    assessments = iter(assessor.assess_many([notice for notice in notices if notice is not None]))
    records = []
    for row, notice, error in zip(rows, notices, errors, strict=True):
        added = {"error": error} if notice is None else next(assessments).to_dict()
        renamed = {f"assessed_{k}" if k in row.fields else k: v for k, v in added.items()}
        records.append({**row.fields, **renamed})
    return records


def assess_file(
    source: Path,
    target: Path,
    columns: Columns,
    *,
    workers: int = 1,
    bundle: Path = DEFAULT_BUNDLE,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Assesses every row of `source` into `target`; resumes what an interrupted run has finished.

    Raises UnreadableInput where the source cannot be read at all, BundleMissing or BundleMismatch.
    """
    format_of(target)
    if not source.is_file():
        raise UnreadableInput(f"{source}: no such file; check the name")
    if target.exists() and source.samefile(target):
        raise UnreadableInput(f"{target}: is the input itself; name another output")
    if not target.parent.is_dir():
        raise UnreadableInput(f"{target.parent}: no such directory; make it first")
    partial = target.with_name(f"{target.name}.partial")
    with _alone(target):
        return _assess_alone(source, target, partial, columns, workers, bundle, progress)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Two runs into one output would take each other's chunks; the lock goes with its process."""
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


def _assess_alone(
    source: Path,
    target: Path,
    partial: Path,
    columns: Columns,
    workers: int,
    bundle: Path,
    progress: Callable[[Summary], None],
) -> Summary:
    _prepare(partial, _job(source, columns, bundle))
    summary = Summary()
    parts: list[Path] = []
    for number, done in _run(source, partial, columns, workers, bundle):
        part = partial / f"{number:09d}.jsonl"
        parts.append(part)
        with part.open(encoding="utf-8") as stream:
            for line in stream:
                summary.add(json.loads(line))
                summary.resumed += done
        progress(summary)
    whole = partial / f"whole{target.suffix}"
    encoding = "utf-8"
    if target.suffix.lower() == ".csv" and source.suffix.lower() == ".csv" and csv_encoding(source) != "utf-8":
        encoding = "utf-8-sig"
    write_rows(whole, parts, encoding)
    os.replace(whole, target)
    shutil.rmtree(partial)
    return summary


def _run(source: Path, partial: Path, columns: Columns, workers: int, bundle: Path) -> Iterator[tuple[int, bool]]:
    """Numbers of the chunks in order, each once its file stands; True where it stood already."""
    chunks = enumerate(_chunked(read_rows(source)))
    if workers == 1:
        for number, rows in chunks:
            yield _finish(number, rows, partial, columns, bundle)
        return
    jobs = (delayed(_finish)(number, rows, partial, columns, bundle) for number, rows in chunks)
    yield from Parallel(n_jobs=workers, return_as="generator", pre_dispatch="3*n_jobs")(jobs)


def _finish(number: int, rows: list[Row], partial: Path, columns: Columns, bundle: Path) -> tuple[int, bool]:
    part = partial / f"{number:09d}.jsonl"
    if part.exists():
        return number, True
    records = assess_rows(_assessor(bundle), rows, columns)
    staging = part.with_suffix(".writing")
    with staging.open("wb") as out:
        for record in records:
            out.write(json_line(record))
        out.flush()
        os.fsync(out.fileno())
    os.replace(staging, part)
    return number, False


@cache
def _assessor(bundle: Path) -> Assessor:
    """One assessor a process, loaded where the work is done."""
    return Assessor.load(bundle)


def _job(source: Path, columns: Columns, bundle: Path) -> str:
    """Names the work: the same source, columns and bundle continue each other."""
    state = source.stat()
    work = (str(source.resolve()), state.st_size, state.st_mtime_ns, columns, CHUNK)
    made_by = (bundle_version(bundle), rules_version(), GuidanceBase.load().version)
    return hashlib.sha256(repr((work, made_by)).encode()).hexdigest()


def _prepare(partial: Path, job: str) -> None:
    marker = partial / "job"
    if marker.is_file() and marker.read_text(encoding="ascii") != job:
        shutil.rmtree(partial)
    partial.mkdir(parents=True, exist_ok=True)
    marker.write_text(job, encoding="ascii")


def _chunked(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
