"""Finished parts of a run, on disk beside its output until all are done: what a killed run leaves to the next.

A part is two files: its lines and, written after them, a note of what they came to; a part counts when its note
stands. `job` names the work that the parts belong to; without it none of them counts.
"""

import fcntl
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from classifier.chunks import Part
from classifier.errors import UnreadableInput, UnwritableOutput
from classifier.records import Summary

_JOB: Final = "job"


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one output, beside it: `out.csv` has `out.csv.partial`."""

    target: Path

    @property
    def folder(self) -> Path:
        """Where they stand."""
        return self.target.with_name(f"{self.target.name}.partial")

    def take_up(self, job: str, day: date) -> date:
        """Keeps what the same job has left, and gives the day on which that began; anything else is removed first."""
        marker = self.folder / _JOB
        try:
            known, begun = marker.read_text(encoding="ascii", errors="replace").split("\n")
            if known == job:
                return date.fromisoformat(begun)
        except (FileNotFoundError, ValueError):
            pass
        self.remove()
        self.folder.mkdir(parents=True)
        _write_whole(marker, f"{job}\n{day.isoformat()}".encode("ascii"))
        return day

    def remove(self) -> None:
        """The marker first: where the run is killed here, what is left belongs to no job."""
        with suppress(FileNotFoundError):
            (self.folder / _JOB).unlink()
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def keep(self, number: int, part: Part) -> None:
        """Writes a part; the note last."""
        summary = part.summary
        note = {
            "rows": summary.rows,
            "errors": summary.errors,
            "undated": summary.undated,
            "verdicts": summary.verdicts,
            "schemes": summary.schemes,
            "kinds": part.kinds,
        }
        path = self._path(number)
        _write_whole(path, part.lines)
        _write_whole(path.with_suffix(".json"), json.dumps(note, ensure_ascii=False).encode())

    def kept(self, number: int) -> Part | None:
        """What an earlier run has left of a chunk; its lines stay in their file."""
        lines = self._path(number)
        note = lines.with_suffix(".json")
        if not (note.exists() and lines.exists()):
            return None
        found = json.loads(note.read_bytes())
        counts = {name: found[name] for name in ("rows", "errors", "undated")}
        verdicts, schemes = Counter(found["verdicts"]), Counter(found["schemes"])
        summary = Summary(
            **counts, resumed=found["rows"], verdicts=verdicts, schemes=schemes, columns=set(found["kinds"])
        )
        return Part(b"", summary, found["kinds"])

    def paths(self) -> list[Path]:
        """The lines of all parts, in order."""
        return sorted(path for path in self.folder.glob("*.jsonl") if path.stem.isdigit())

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:09d}.jsonl"


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Raises UnwritableOutput where the disk is full or may not be written."""
    try:
        yield
    except OSError as error:
        raise UnwritableOutput(
            f"{target}: cannot be written ({error.strerror or error}); make room or name another output, "
            "then call the same command again: finished work is kept"
        ) from error


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Two runs into one output would take each other's parts; the lock goes with its process."""
    if not target.parent.is_dir():
        raise UnreadableInput(f"{target.parent}: no such directory; make it first")
    path = target.with_name(f".{target.name}.lock")
    with writing(target):
        handle = path.open("w")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Who has just ended may have taken the name away between opening and locking.
            mine = path.stat().st_ino == os.fstat(handle.fileno()).st_ino
        except (BlockingIOError, FileNotFoundError):
            mine = False
        if not mine:
            raise UnreadableInput(f"{target}: another run is writing it; wait for that or name another output")
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _write_whole(path: Path, content: bytes) -> None:
    staging = path.with_name(f"{path.name}.writing")
    with staging.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(staging, path)
