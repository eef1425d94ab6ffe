"""Many rows: in order, nothing lost, in the formats that people have."""

import csv
import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batch_rows import TEXTS, read_jsonl, scam_notice, write_jsonl

from classifier.batch import assess_file, work_of
from classifier.columns import Columns
from classifier.csv_rows import csv_encoding
from classifier.errors import UnreadableInput
from classifier.records import added_schema
from classifier.rows import count_rows, read_rows


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
