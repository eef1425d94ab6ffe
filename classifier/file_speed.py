"""How fast `scam-notice batch` is from file to file: what a row costs as files grow, memory, two workers beside one.

Each run is a process of its own, as a user starts it. Costs are processor time, so that whatever else the machine is
doing weighs little; the ratio of two workers' time to one's is told by the clock too, which needs a quiet machine.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

from classifier import corpus
from classifier.chunks import json_line
from classifier.slots import load_pools

FEW: Final = 1_000
# Two workers are compared with one over no more rows than these.
_PAIR: Final = 20_000
_TURNS: Final = 3
_WATCH_SECONDS: Final = 0.05
_TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
COLD_START: Final = (
    "from classifier import Assessor; Assessor.load().assess('未納料金があります。本日中にご連絡ください。')"
)


@dataclass(slots=True)
class Used:
    """What a command took: processor seconds (its ended children's too), seconds by the clock, peak memory.

    `cores` are the processor seconds of the command and of each of its children; `course` tells its own processor
    seconds when so many parts stood.
    """

    seconds: float
    clock: float
    mebibytes: float
    cores: list[float] = field(default_factory=list)
    course: list[tuple[int, float]] = field(default_factory=list)


def measure_files(rows: int, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Figures of a file of `rows` rows beside one of 1,000 of the same mix, and of two workers beside one."""
    with tempfile.TemporaryDirectory(prefix="scam-notice-") as name:
        folder = Path(name)
        short, long, pair = folder / "short.jsonl", folder / "long.jsonl", folder / "pair.jsonl"
        say(f"writing {rows:,} rows")
        records = corpus.read_authored()
        random.Random(1).shuffle(records)
        # As many long texts and short ones as in the long file: what a row costs depends on its length most.
        by_length = sorted(records[:rows], key=lambda record: len(record.text))
        few = by_length[:: max(1, len(by_length) // FEW)]
        random.Random(2).shuffle(few)
        for path, kept, length in ((short, few, FEW), (long, records, rows), (pair, records, min(rows, _PAIR))):
            _write(path, kept, length)
        start = statistics.median(used([sys.executable, "-c", COLD_START]).seconds for _ in range(_TURNS))
        say(f"{FEW:,} rows, one worker, {_TURNS} times")
        small = [_run(short, 1) for _ in range(_TURNS)]
        say(f"{rows:,} rows, one worker")
        large = _run(long, 1)
        say(f"{min(rows, _PAIR):,} rows, one and two workers")
        one, two = (large if rows <= _PAIR else _run(pair, 1)), _run(pair, 2)
    # What starting costs is the same for both, and no part of what a row costs.
    brief = statistics.median(run.seconds - start for run in small) / FEW
    lasting = (large.seconds - start) / rows
    peaks = [statistics.median(run.mebibytes for run in small), large.mebibytes]
    return {
        "rows": rows,
        "rows_a_second_one_worker": round(rows / large.clock),
        "microseconds_a_row": [round(1e6 * brief), round(1e6 * lasting)],
        "time_a_row_long_to_short": round(lasting / brief, 2),
        "time_a_row_last_tenth_to_first": _last_to_first(large.course),
        "peak_mebibytes": peaks,
        "peak_memory_long_to_short": round(peaks[1] / peaks[0], 2),
        "pair_rows": min(rows, _PAIR),
        "two_workers": round(one.clock / two.clock, 2),
        "two_workers_processor_seconds": [round(seconds, 1) for seconds in (one.seconds, *two.cores)],
        "two_workers_at_most": round(one.seconds / max(two.cores), 2),
    }


def _write(path: Path, records: Sequence[corpus.Authored], rows: int) -> None:
    """Every text, then each drawn anew, and so on: any stretch of some thousands has the same mix."""
    pools = load_pools(corpus.POOLS)
    drawn = (corpus.build_one(record, pools, variant) for variant in count() for record in records)
    with path.open("wb") as out:
        examples = enumerate(islice(drawn, rows))
        out.writelines(json_line({"no": n, "text": e.text, "channel": e.channel}) for n, e in examples)


def _run(source: Path, workers: int) -> Used:
    target = source.with_suffix(".out.jsonl")
    target.unlink(missing_ok=True)
    command = [sys.executable, "-m", "classifier", "batch", str(source), str(target), "--flat", "--workers"]
    return used([*command, str(workers)], target.with_name(f"{target.name}.partial"))


def used(command: Sequence[str], partial: Path | None = None) -> Used:
    """Runs a command to its end; `partial` is where its parts appear. Raises CalledProcessError where it fails."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, spent, course, parts = 0.0, dict[int, float](), list[tuple[int, float]](), 0
    while True:
        # The peak that the kernel tells at the end counts the memory of the process that started it too.
        peak = max(peak, _peak_mebibytes(process.pid))
        for pid in (process.pid, *_children(process.pid)):
            spent[pid] = max(spent.get(pid, 0.0), _processor_seconds(pid))
        while partial is not None and (partial / f"{parts:09d}.json").exists():
            parts += 1
        if parts > (course[-1][0] if course else 0):
            course.append((parts, spent[process.pid]))
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        time.sleep(_WATCH_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = usage.ru_utime + usage.ru_stime
    return Used(seconds, time.monotonic() - begin, round(peak, 1), sorted(spent.values(), reverse=True), course)


def _last_to_first(course: Sequence[tuple[int, float]]) -> float | None:
    """What a row cost in the last tenth of a run, beside one in the first; None where it was too short to say."""
    if not course or course[-1][0] < 10:
        return None
    tenth = course[-1][0] / 10
    points = [min(course, key=lambda point: abs(point[0] - at)) for at in (1, 1 + tenth, 9 * tenth, 10 * tenth)]
    (a, start), (b, first), (c, ninth), (d, last) = points
    if b <= a or d <= c or first <= start:
        return None
    return round((last - ninth) / (d - c) / ((first - start) / (b - a)), 2)


def _children(process: int) -> list[int]:
    """Those that run now; none where the system does not say (other than Linux)."""
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _processor_seconds(process: int) -> float:
    """So far; 0 where the system does not say or the process has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_mebibytes(process: int) -> float:
    """So far; 0 where the system does not say or the process has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def files_lines(files: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """A title and what is to be shown under it, a figure each."""
    yield f"a file of {files['rows']:,} rows", f"{files['rows_a_second_one_worker']:,} rows/s, one worker"
    brief, lasting = files["microseconds_a_row"]
    ratio = files["time_a_row_long_to_short"]
    yield f"time a row, long file to {FEW:,} rows", f"{ratio:.2f} ({lasting:,} and {brief:,} µs of processor)"
    if files["time_a_row_last_tenth_to_first"] is not None:
        yield "time a row, last tenth to first", f"{files['time_a_row_last_tenth_to_first']:.2f}"
    small, large = files["peak_mebibytes"]
    yield (
        f"peak memory, long file to {FEW:,} rows",
        f"{files['peak_memory_long_to_short']:.2f} ({large} and {small} MiB)",
    )
    yield "two workers", f"{files['two_workers']:.2f} times one by the clock, {files['pair_rows']:,} rows"
    one, *cores = files["two_workers_processor_seconds"]
    shown = f"{one:.1f} s with one; each with two: {', '.join(f'{seconds:.1f}' for seconds in cores)}"
    yield "two workers, processor time", f"{shown}; at most {files['two_workers_at_most']:.2f} times"
