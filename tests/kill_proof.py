"""kill -9 at random moments of a batch run: what is resumed equals the uninterrupted run, byte for byte.

    python tests/kill_proof.py build/kills --rows 200000 --kills 50

The moments are drawn from a fixed seed: one kill in five falls anywhere from the start of a run to its first part,
three while it judges, and one, after all rows are judged, into the writing of the output, its renaming or the
cleaning up, which are over too soon to be hit by chance. The rows are beginnings of authored texts, a whole one now
and then, and bad rows: they take the same way through the program as long ones, at a fifth of the time.
"""

import argparse
import filecmp
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from classifier import corpus

# Characters of a text that is cut, and how many are left whole.
_CUT: Final = 12
_WHOLE_EVERY: Final = 200
_POLL_SECONDS: Final = 0.002
# A worker that is just starting sees that it is alone when it has come that far.
_GONE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Proof:
    """What came of it. `equal`, and no process left, is what is to be proved."""

    rows: int
    kills: int
    while_it_was: dict[str, int]
    seconds_uninterrupted: float
    seconds_with_kills: float
    runs_that_left_processes: int
    equal: bool


def write_rows(path: Path, count: int) -> None:
    """`count` rows: cheap to judge, some whole, one in fifty bad in one of three ways."""
    records = corpus.read_authored()
    random.Random(0).shuffle(records)
    with path.open("w", encoding="utf-8") as out:
        for number, example in enumerate(islice(cycle(corpus.build(records)), count)):
            text = example.text if number % _WHOLE_EVERY == 0 else example.text[:_CUT]
            row: dict[str, object] = {"no": number, "text": text, "channel": example.channel}
            if number % 50 == 7:
                row = {"no": number, "channel": "fax", "text": text} if number % 3 else {"no": number}
            line = json.dumps(row, ensure_ascii=False)
            out.write((line if number % 50 != 31 else line[:9]) + "\n")


def prove(source: Path, folder: Path, kills: int, workers: int, seed: int) -> Proof:
    """Runs `source` through once undisturbed, then with `kills` kills. Raises RuntimeError where a run fails."""
    whole, resumed = Output(folder / "whole.jsonl"), Output(folder / "resumed.jsonl")
    run = _start(source, whole, workers)
    begin = time.monotonic()
    _until(run, lambda: whole.notes() > 0, 3600)
    first = time.monotonic()
    _until(run, whole.writing, 36_000)
    judged = time.monotonic()
    if run.wait():
        raise RuntimeError(f"the run without kills ended with {run.returncode}")
    seconds, seconds_writing = time.monotonic() - begin, time.monotonic() - judged
    drawn, struck, left, saved = random.Random(seed), Counter[str](), 0, folder / "saved"
    start, equal = time.monotonic(), True
    early = kills - -(-kills // 5)
    while (number := sum(struck.values())) < kills:
        run = _start(source, resumed, workers)
        if number < early and number % 4 == 0:
            _until(run, resumed.writing, drawn.uniform(0.0, first - begin))
        elif number < early:
            there = resumed.notes()
            _until(run, lambda there=there: resumed.notes() > there or resumed.writing(), 20 * seconds + 60)
            _until(run, resumed.writing, drawn.uniform(0.0, 1.5 * (judged - first) / early))
        else:
            _until(run, resumed.writing, 20 * seconds + 60)
            if not saved.exists():
                shutil.copytree(resumed.partial, saved, copy_function=os.link, ignore=lambda *_: ["whole.jsonl"])
            _until(run, lambda: False, drawn.uniform(0.0, seconds_writing))
        state = resumed.state()
        if run.poll() is None:
            os.kill(run.pid, signal.SIGKILL)
        if run.wait() > 0:
            raise RuntimeError(f"a run ended with {run.returncode} before it was killed")
        # One that was through before it was struck counts for nothing.
        struck[state] += run.returncode < 0
        left += not _gone(run.pid, _GONE_SECONDS)
        if resumed.path.exists():
            # It was put in its place before the kill: it is whole. Back to where there is something to write.
            equal = equal and filecmp.cmp(whole.path, resumed.path, shallow=False)
            resumed.path.unlink()
            shutil.rmtree(resumed.partial, ignore_errors=True)
            if saved.exists():
                shutil.copytree(saved, resumed.partial, copy_function=os.link)
    subprocess.run(_command(source, resumed.path, workers), check=True, stderr=subprocess.DEVNULL)
    equal = equal and filecmp.cmp(whole.path, resumed.path, shallow=False)
    with whole.path.open("rb") as lines:
        rows = sum(1 for _ in lines)
    spent = time.monotonic() - start
    return Proof(rows, kills, dict(+struck), round(seconds, 1), round(spent, 1), left, equal)


@dataclass(frozen=True)
class Output:
    """An output and what stands beside it until it is done."""

    path: Path

    @property
    def partial(self) -> Path:
        return self.path.with_name(f"{self.path.name}.partial")

    def writing(self) -> bool:
        return (self.partial / "whole.jsonl").exists() or self.path.exists()

    def notes(self) -> int:
        """How many parts are finished."""
        return sum(1 for _ in self.partial.glob("*.json"))

    def state(self) -> str:
        if self.path.exists():
            return "cleaning up" if self.partial.exists() else "done"
        if self.writing():
            return "writing"
        return "judging" if self.notes() else "before any part"


def _start(source: Path, output: Output, workers: int) -> subprocess.Popen[bytes]:
    command = _command(source, output.path, workers)
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)


def _until(run: subprocess.Popen[bytes], reached: Callable[[], bool], seconds: float) -> None:
    late = time.monotonic() + seconds
    while run.poll() is None and not reached() and time.monotonic() < late:
        time.sleep(_POLL_SECONDS)


def _gone(session: int, seconds: float) -> bool:
    """Whether every process of a run that was killed has ended."""
    late = time.monotonic() + seconds
    while session_runs(session):
        if time.monotonic() > late:
            return False
        time.sleep(0.02)
    return True


def session_runs(session: int) -> bool:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, own, *_ = path.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(own) == session and state != "Z":
            return True
    return False


def _command(source: Path, target: Path, workers: int) -> list[str]:
    return [sys.executable, "-m", "classifier", "batch", str(source), str(target), "--workers", str(workers)]


def main() -> int:
    """Prints the proof as JSON; fails where the outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where rows and outputs are written")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        write_rows(folder / "rows.jsonl", options.rows)
        proof = prove(folder / "rows.jsonl", folder, options.kills, options.workers, options.seed)
    print(json.dumps(asdict(proof)))
    return 0 if proof.equal and not proof.runs_that_left_processes else 1


if __name__ == "__main__":
    sys.exit(main())
