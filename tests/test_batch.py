"""Many rows: in order, nothing lost, resumable, the same however many workers."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifier import batch
from classifier.batch import Columns, assess_file
from classifier.errors import UnreadableInput
from classifier.rows import csv_encoding

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
    summary = assess_file(source, target, Columns())
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
    summary = assess_file(source, target, Columns())
    records = read_jsonl(target)
    assert len(records) == 11
    assert [bool(r.get("error")) for r in records] == [False] + [True] * 9 + [False]
    assert records[0]["id"], records[-1]["id"] == (1, 9)
    assert summary.errors == 9


def test_a_field_of_the_row_is_never_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"text": TEXTS[0], "score": "mine"}), encoding="utf-8")
    assess_file(source, target, Columns())
    record = read_jsonl(target)[0]
    assert record["score"] == "mine"
    assert 0 <= record["assessed_score"] <= 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_of_japanese_spreadsheets(encoding: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f'番号,本文,経路\r\n1,"{TEXTS[0]}\n二行目",sms\r\n2,{TEXTS[1]},letter\r\n', encoding=encoding)
    assert csv_encoding(source) == encoding
    assess_file(source, target, Columns("本文", "経路"))
    with target.open(encoding="utf-8-sig" if encoding != "utf-8" else "utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))
    assert [r["番号"] for r in records] == ["1", "2"]
    assert records[0]["本文"].endswith("二行目")
    assert json.loads(records[0]["red_flags"]) is not None
    assert target.read_bytes().startswith(b"\xef\xbb\xbf") is (encoding != "utf-8")


def test_parquet_in_and_out(tmp_path: Path) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"text": [*TEXTS, None], "n": [1, 2, 3, 4, 5]}), source)
    assess_file(source, target, Columns(channel="sms"))
    records = pq.read_table(target).to_pylist()
    assert [r["n"] for r in records] == [1, 2, 3, 4, 5]
    assert records[4]["error"]
    assert records[0]["error"] is None
    assert 0 <= records[0]["score"] <= 1


def test_output_is_the_same_however_many_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CHUNK", 5)
    source = tmp_path / "in.jsonl"
    write_jsonl(source, 23)
    assess_file(source, tmp_path / "one.jsonl", Columns(), workers=1)
    assess_file(source, tmp_path / "two.jsonl", Columns(), workers=2)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_a_killed_run_resumes_without_doing_work_again(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    write_jsonl(source, 4000)
    command = [sys.executable, "-m", "classifier", "batch", str(source), str(target)]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    partial = tmp_path / "out.jsonl.partial"
    deadline = time.monotonic() + 120
    while len(list(partial.glob("*.jsonl"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
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
    assert [r["no"] for r in records] == list(range(4000))
    assert target.read_bytes().startswith(first_bytes)
    assert not partial.exists()


def test_a_changed_input_is_not_continued(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    partial = tmp_path / "out.jsonl.partial"
    partial.mkdir()
    (partial / "job").write_text("another job")
    (partial / "000000000.jsonl").write_text('{"stale": true}\n')
    write_jsonl(source, 3)
    assess_file(source, target, Columns())
    assert "stale" not in target.read_text()


def test_streams(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": i, "text": t}, ensure_ascii=False) + "\n" for i, t in enumerate(TEXTS))
    done = scam_notice("batch", "-", "-", input=lines + "oops\n")
    assert done.returncode == 0
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r.get("id") for r in records] == [0, 1, 2, 3, None]
    assert records[4]["error"]
    assert "errors 1" in done.stderr


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
        assess_file(tmp_path / source, tmp_path / target, Columns())


def test_two_runs_never_write_one_output(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 1)
    with (
        batch._alone(tmp_path / "out.jsonl"),
        pytest.raises(UnreadableInput, match="another run"),
    ):
        assess_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", Columns())


def test_nothing_assessed_is_a_failure_of_input(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", 2)
    done = scam_notice("batch", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--text", "本文")
    assert done.returncode == 2
    assert "--text" in done.stderr
    assert len(read_jsonl(tmp_path / "out.jsonl")) == 2


def test_not_a_parquet_file(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"\0" * 100)
    with pytest.raises(UnreadableInput, match="not a Parquet file"):
        assess_file(tmp_path / "in.parquet", tmp_path / "out.jsonl", Columns())
