"""kill -9 at random moments of a batch run: what is resumed equals the uninterrupted run, byte for byte.

    scam-notice corpus build rows.jsonl --variants 13
    python tests/kill_proof.py rows.jsonl --kills 50

The moments are drawn from a fixed seed, over the whole run: start, work, and writing the output.
"""

import argparse
import filecmp
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Proof:
    """What came of it. `equal` and no row twice or missing is what is to be proved."""

    rows: int
    kills: int
    starts: int
    seconds_uninterrupted: float
    seconds_with_kills: float
    equal: bool


def prove(source: Path, folder: Path, kills: int, workers: int, seed: int) -> Proof:
    """Runs `source` through once undisturbed, then with `kills` kills."""
    whole, resumed = folder / "whole.jsonl", folder / "resumed.jsonl"
    begin = time.monotonic()
    subprocess.run(_command(source, whole, workers), check=True, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - begin
    drawn, killed, starts = random.Random(seed), 0, 0
    begin = time.monotonic()
    while not resumed.exists():
        run = subprocess.Popen(_command(source, resumed, workers), stderr=subprocess.DEVNULL)
        starts += 1
        if killed < kills:
            try:
                # Some seconds for the start; a run is never left alone to its end before the kills are used up.
                run.wait(drawn.uniform(0.0, min(1.4 * seconds / kills + 4.0, 0.5 * seconds)))
            except subprocess.TimeoutExpired:
                os.kill(run.pid, signal.SIGKILL)
                killed += 1
        if run.wait() > 0:
            raise RuntimeError(f"run {starts} ended with {run.returncode}")
    equal = filecmp.cmp(whole, resumed, shallow=False)
    with whole.open("rb") as lines:
        rows = sum(1 for _ in lines)
    return Proof(rows, killed, starts, round(seconds, 1), round(time.monotonic() - begin, 1), equal)


def _command(source: Path, target: Path, workers: int) -> list[str]:
    return [sys.executable, "-m", "classifier", "batch", str(source), str(target), "--workers", str(workers)]


def main() -> int:
    """Prints the proof as JSON; fails where the outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.source.parent) as folder:
        proof = prove(options.source, Path(folder), options.kills, options.workers, options.seed)
    print(json.dumps(asdict(proof)))
    return 0 if proof.equal else 1


if __name__ == "__main__":
    sys.exit(main())
