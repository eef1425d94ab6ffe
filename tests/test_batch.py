"""Many rows: in order, nothing lost, resumable, the same however many workers."""

import csv
import datetime as dt
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kill_proof import prove, session_runs, write_rows
from waiting import until

from classifier import batch
from classifier.batch import assess_file, work_of
from classifier.chunks import Part
from classifier.columns import Columns
from classifier.csv_rows import csv_encoding
from classifier.deadlines import today
from classifier.errors import UnreadableInput
from classifier.parts import Parts, alone
from classifier.records import Summary, added_schema
from classifier.rows import count_rows, read_rows
from classifier.workers import processes

TEXTS = [
    "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。",
    "市役所収税課です。納付のことでお伝えしたいことがあります。",
    "明日の会議は10時からに変わりました。よろしくお願いします。",
    "お荷物のお届けにあがりましたが不在の為持ち帰りました。",
]


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_jsonl(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            record = {"no": number, "text": f"{TEXTS[number % len(TEXTS)]}({number})", "channel": "sms"}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def scam_notice(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "classifier", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **options)


def test_fields_are_kept_and_order_too(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    write_jsonl(source, 7)
    summary = assess_file(source, target, work_of(Columns()))
    records = read_jsonl(target)
    assert [r["no"] for r in records] == list(range(7))
    assert all(r["verdict"] and r["text"] and "guidance" in r for r in records)
    assert (summary.rows, summary.errors) == (7, 0)
    assert not (tmp_path / "out.jsonl.partial").exists()


def test_a_bad_row_costs_only_itself(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(
        b'{"text": "' + TEXTS[0].encode() + b'", "id": 1}\n'
        b"not json\n"
        b"\n"
        b"[1, 2]\n"
        b'{"x": ' + b"9" * 5000 + b"}\n"
        b'{"id": 3}\n'
        b'{"text": 5}\n'
        b'{"text": "  "}\n'
        b'{"text": "\\ud800"}\n'
        b"\xff\xfe broken\n"
        b'{"text": "x", "channel": "fax"}\n'
        b'{"text": "' + TEXTS[1].encode() + b'", "id": 9}\n'
    )
    summary = assess_file(source, target, work_of(Columns()))
    records = read_jsonl(target)
    assert len(records) == 11
    assert [bool(r.get("error")) for r in records] == [False] + [True] * 9 + [False]
    assert records[0]["id"], records[-1]["id"] == (1, 9)
    assert summary.errors == 9


def test_a_field_of_the_row_is_never_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"text": TEXTS[0], "score": "mine"}), encoding="utf-8")
    assess_file(source, target, work_of(Columns()))
    record = read_jsonl(target)[0]
    assert record["score"] == "mine"
    assert 0 <= record["assessed_score"] <= 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_of_japanese_spreadsheets(encoding: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f'番号,本文,経路\r\n1,"{TEXTS[0]}\n二行目",sms\r\n2,{TEXTS[1]},letter\r\n', encoding=encoding)
    assert csv_encoding(source) == encoding
    assess_file(source, target, work_of(Columns("本文", "経路")))
    with target.open(encoding="utf-8-sig" if encoding != "utf-8" else "utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))
    assert [r["番号"] for r in records] == ["1", "2"]
    assert records[0]["本文"].endswith("二行目")
    assert json.loads(records[0]["red_flags"]) is not None
    assert target.read_bytes().startswith(b"\xef\xbb\xbf") is (encoding != "utf-8")


def test_no_column_of_a_csv_is_lost(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f"text,番号,番号,,番号_2\n{TEXTS[0]},1,2,3,4\n{TEXTS[1]},5\n", encoding="utf-8")
    assess_file(source, target, work_of(Columns(), shape="flat"))
    with target.open(encoding="utf-8", newline="") as stream:
        first, second = csv.DictReader(stream)
    assert [first[name] for name in ("番号", "番号_3", "column_4", "番号_2")] == ["1", "2", "3", "4"]
    assert [second[name] for name in ("番号", "番号_3", "error")] == ["5", "", ""]
    assert "short_deadline" in first["red_flags"].split(",")


def test_the_first_japanese_letter_may_come_late(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("no,text\n" + "1,plain\n" * 200_000 + f"2,{TEXTS[0]}\n", encoding="cp932")
    assert csv_encoding(source) == "cp932"
    *_, last = read_rows(source)
    assert last.fields["text"] == TEXTS[0]
    assert count_rows(source) == 200_001


def test_a_broken_byte_of_a_csv_costs_its_row(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.jsonl"
    lines = [f"{number},{TEXTS[0]}\n".encode("cp932") for number in range(20)]
    lines[7] = b"7,\x81\xff" + lines[7][2:]
    source.write_bytes(b"no,text\n" + b"".join(lines))
    summary = assess_file(source, target, work_of(Columns(channel="sms")))
    records = read_jsonl(target)
    assert [r["no"] for r in records if "error" in r] == ["7"]
    assert summary.verdicts == {"scam_likely": 19}


def test_parquet_in_and_out(tmp_path: Path) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    kinds = pa.schema(
        [
            ("text", pa.string()),
            ("score", pa.decimal128(9, 2)),
            ("received_on", pa.date32()),
            ("at", pa.timestamp("ms", tz="Asia/Tokyo")),
            ("where", pa.struct([("市", pa.string()), ("tags", pa.list_(pa.int8()))])),
            ("raw", pa.binary()),
        ]
    )
    own = [
        {
            "text": text,
            "score": Decimal(f"{number}.25"),
            "received_on": dt.date(2026, 11, number + 1),
            "at": dt.datetime(2026, 11, 2, 3, number, tzinfo=dt.UTC),
            "where": {"市": "川口", "tags": [number]},
            "raw": b"\xff",
        }
        for number, text in enumerate([*TEXTS, None])
    ]
    table = pa.Table.from_pylist(own, schema=kinds)
    pq.write_table(table, source, row_group_size=2)
    assess_file(source, target, work_of(Columns(channel="sms")))
    out = pq.read_table(target)
    assert out.select(kinds.names).equals(table), "dates, structs and numbers are as they were"
    records = out.to_pylist()
    assert records[4]["error"].startswith("text_empty")
    assert records[0]["error"] is None
    assert 0 <= records[0]["assessed_score"] <= 1
    assert out.schema.field("red_flags").type == added_schema().field("red_flags").type
    assert "しめきりが短い" in [flag["label"] for flag in records[0]["red_flags"]]

    assess_file(source, tmp_path / "out.jsonl", work_of(Columns(channel="sms")))
    line = read_jsonl(tmp_path / "out.jsonl")[0]
    assert (line["received_on"], line["score"], line["where"]) == ("2026-11-01", "0.25", own[0]["where"])


def test_json_lines_to_parquet(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.parquet"
    rows: list[dict[str, Any]] = [
        {"text": TEXTS[0], "n": 1, "x": 1, "tags": ["a"], "score": "mine"},
        {"text": TEXTS[1], "n": 2, "x": 0.5, "huge": 10**30, "ok": True},
        {"n": 3, "x": float("nan")},
    ]
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    assess_file(source, target, work_of(Columns()))
    out = pq.read_table(target)
    kinds = {name: str(out.schema.field(name).type) for name in ("n", "x", "tags", "score", "assessed_score", "ok")}
    assert kinds == {
        "n": "int64", "x": "double", "tags": "string", "score": "string", "assessed_score": "double", "ok": "bool"
    }  # fmt: skip
    records = out.to_pylist()
    assert [r["x"] for r in records] == [1.0, 0.5, None]
    assert records[0]["tags"] == '["a"]'
    assert [r["score"] for r in records] == ["mine", None, None]
    assert [r["error"] is None for r in records] == [True, True, False]


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


def test_streams(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": i, "text": t}, ensure_ascii=False) + "\n" for i, t in enumerate(TEXTS))
    done = scam_notice("batch", "-", "-", input=lines + "oops\n")
    assert done.returncode == 0
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r.get("id") for r in records] == [0, 1, 2, 3, None]
    assert records[4]["error"]
    assert "errors:      1\n" in done.stderr
    assert "undecidable: 0 (0.0%)" in done.stderr


def test_a_pipe_into_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    lines = "".join(json.dumps({"id": i, "text": t}, ensure_ascii=False) + "\n" for i, t in enumerate(TEXTS))
    done = scam_notice("batch", "-", target, "--flat", "--prior", "0.05", input=lines)
    assert done.returncode == 0, done.stderr
    with target.open(encoding="utf-8", newline="") as stream:
        assert [r["id"] for r in csv.DictReader(stream)] == ["0", "1", "2", "3"]


def test_progress_says_rate_and_time_left(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 1200)
    done = scam_notice("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "/1200" in done.stderr
    assert "rows/s" in done.stderr
    assert re.search(r"^1,200 rows$", done.stderr, re.M)
    assert re.search(r"^verdicts: +(?:\w+ \d+(?:, )?)+$", done.stderr, re.M)
    assert re.search(r"^schemes: .*unpaid_content 300", done.stderr, re.M)


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("nowhere.jsonl", "out.jsonl", "no such file"),
        ("in.txt", "out.jsonl", "unknown kind of file"),
        ("in.jsonl", "out.docx", "unknown kind of file"),
        ("in.jsonl", "in.jsonl", "is the input itself"),
        ("in.jsonl", "nowhere/out.jsonl", "no such directory"),
    ],
)
def test_files_that_cannot_be_used(source: str, target: str, says: str, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 1)
    (tmp_path / "in.txt").write_text("x")
    with pytest.raises(UnreadableInput, match=says):
        assess_file(tmp_path / source, tmp_path / target, work_of(Columns()))


def test_two_runs_never_write_one_output(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 1)
    with (
        alone(tmp_path / "out.jsonl"),
        pytest.raises(UnreadableInput, match="another run"),
    ):
        assess_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", work_of(Columns()))


def test_nothing_assessed_is_a_failure_of_input(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 2)
    done = scam_notice("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--text", "本文")
    assert done.returncode == 2
    assert "--text" in done.stderr
    assert len(read_jsonl(tmp_path / "out.jsonl")) == 2


def test_not_a_parquet_file(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"\0" * 100)
    with pytest.raises(UnreadableInput, match="not a Parquet file"):
        assess_file(tmp_path / "in.parquet", tmp_path / "out.jsonl", work_of(Columns()))


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


def test_a_column_that_no_line_has(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 2)
    done = scam_notice("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--received-on", "受信日")
    assert done.returncode == 2
    assert "no row of" in done.stderr
    assert "look at --received-on" in done.stderr
    (tmp_path / "in.csv").write_text(f"本文,受信日\n{TEXTS[0]},きのう\n{TEXTS[2]},2026/11/2 9:30\n", encoding="cp932")
    done = scam_notice(
        "batch", tmp_path / "in.csv", tmp_path / "out.csv", "--text", "本文", "--received-on", "受信日", "--flat",
        "--read-on", "2026-11-20",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "undated:     1" in done.stderr
