"""Runs that end early, go on, or share a machine: no row lost or doubled, nobody left behind."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from batch_rows import read_jsonl, scam_notice, write_jsonl
from kill_proof import prove, session_runs, write_rows
from waiting import until

from classifier import batch
from classifier.batch import assess_file, work_of
from classifier.chunks import Part
from classifier.columns import Columns
from classifier.deadlines import today
from classifier.errors import UnreadableInput
from classifier.parts import Parts, alone
from classifier.records import Summary
from classifier.workers import processes


def test_output_is_the_same_however_many_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CHUNK", 5)
    source = tmp_path / "in.jsonl"
    write_jsonl(source, 23)
    assess_file(source, tmp_path / "one.jsonl", work_of(Columns()))
    assess_file(source, tmp_path / "two.jsonl", work_of(Columns()), engine=lambda: processes(2))
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_a_killed_run_resumes_without_doing_work_again(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    write_jsonl(source, 1500)
    command = [sys.executable, "-m", "classifier", "batch", str(source), str(target)]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    partial = tmp_path / "out.jsonl.partial"
    until(lambda: any(partial.glob("*.json")), "no part was finished", 120)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert not target.exists(), "the output appears whole or not at all"
    before = {p: p.stat().st_mtime_ns for p in partial.glob("*.jsonl")}
    assert before
    first = next(iter(sorted(before)))
    first_bytes = first.read_bytes()
    done = scam_notice("batch", source, target)
    assert done.returncode == 0, done.stderr
    assert "from an earlier run" in done.stderr
    records = read_jsonl(target)
    assert [r["no"] for r in records] == list(range(1500))
    assert target.read_bytes().startswith(first_bytes)
    assert not partial.exists()


def test_workers_end_with_a_killed_run(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    write_jsonl(source, 10_000)
    command = [sys.executable, "-m", "classifier", "batch", str(source), str(target), "--workers", "2"]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    partial = tmp_path / "out.jsonl.partial"
    until(lambda: any(partial.glob("*.json")), "no part was finished", 120)
    children = children_of(run.pid)
    assert len(children) >= 2
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    until(lambda: not any(map(running, children)), "a process is left behind")


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def running(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_changed_input_is_not_continued(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    partial = tmp_path / "out.jsonl.partial"
    partial.mkdir()
    (partial / "job").write_text("another job")
    (partial / "000000000.jsonl").write_text('{"stale": true}\n')
    write_jsonl(source, 3)
    assess_file(source, target, work_of(Columns()))
    assert "stale" not in target.read_text()


def test_two_runs_never_write_one_output(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 1)
    with (
        alone(tmp_path / "out.jsonl"),
        pytest.raises(UnreadableInput, match="another run"),
    ):
        assess_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", work_of(Columns()))


def test_kill_9_at_random_moments_costs_nothing(tmp_path: Path) -> None:
    """A small sample of `make kill-proof`: 200,000 rows and fifty kills."""
    write_rows(tmp_path / "in.jsonl", 1200)
    proof = prove(tmp_path / "in.jsonl", tmp_path, kills=3, workers=1, seed=2)
    assert proof.equal
    assert proof.rows == 1200
    assert sum(proof.while_it_was.values()) == 3
    assert proof.runs_that_left_processes == 0


def test_a_run_killed_while_it_cleans_up_leaves_nothing_to_go_on_from(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    write_jsonl(source, 3)
    parts = Parts(target)
    parts.take_up(batch._job(source, ".jsonl", work_of(Columns())), today())
    parts.keep(0, Part(b"stale\n", Summary(3)))
    with pytest.MonkeyPatch.context() as killed:
        killed.setattr(shutil, "rmtree", lambda folder: None)
        parts.remove()
    assert assess_file(source, target, work_of(Columns())).resumed == 0
    assert len(read_jsonl(target)) == 3


def test_a_part_without_its_lines_is_judged_again(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "out.jsonl")
    parts.take_up("job", today())
    parts.keep(0, Part(b"line\n", Summary(1)))
    assert parts.kept(0) is not None
    parts.paths()[0].unlink()
    assert parts.kept(0) is None


def test_a_run_that_cannot_go_on_says_so_in_one_line_and_leaves_nobody(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 3000)
    command = [sys.executable, "-m", "classifier", "batch", str(tmp_path / "in.jsonl"), "-", "--workers", "2"]
    with Path("/dev/full").open("w") as full:
        run = subprocess.Popen(command, stdout=full, stderr=subprocess.PIPE, text=True, start_new_session=True)
        _, said = run.communicate(timeout=120)
    assert run.returncode == 1
    assert said == "scam-notice: standard output: cannot be written (No space left on device); make room\n"
    until(lambda: not session_runs(run.pid), "a process is left behind", 10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_its_parts(number: signal.Signals, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 6000)
    command = [sys.executable, "-m", "classifier", "batch", "in.jsonl", "out.jsonl", "--workers", "2"]
    run = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    parts = Parts(tmp_path / "out.jsonl")
    until(lambda: any(parts.folder.glob("*.json")), "no part was finished", 120)
    os.killpg(run.pid, number) if number == signal.SIGINT else os.kill(run.pid, number)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert said.strip().splitlines()[-1] == "scam-notice: interrupted; the same command goes on from here"
    assert "Traceback" not in said
    assert parts.paths()
    until(lambda: not session_runs(run.pid), "a process is left behind", 10)
