"""Files as people have them: every encoding, broken lines, odd Parquet. A bad row never costs the good ones."""

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifier.batch import assess_file, work_of
from classifier.columns import Columns
from classifier.errors import UnreadableInput
from classifier.records import added_schema
from classifier.rows import column_names, count_rows, read_rows

A, B = "未納料金があります", "会議は10時から"
LONG = "あ" * 150_000

# what it is, bytes of the file, texts of its rows, rows with an error
CSV_FILES: list[tuple[str, bytes, list[str | None], list[int]]] = [
    ("utf-8 with BOM", f"﻿no,text\r\n1,{A}\r\n2,{B}\r\n".encode(), [A, B], []),
    ("cp932, Windows' own letters", "no,text\n1,髙橋①㈱\n".encode("cp932"), ["髙橋①㈱"], []),
    ("utf-16 with tabs, Excel's Unicode text", f"no\ttext\r\n1\t{A}\r\n".encode("utf-16"), [A], []),
    ("utf-16, big-endian", b"\xfe\xff" + f"no,text\n1,{A}\n".encode("utf-16-be"), [A], []),
    ("tabs in utf-8", f"no\ttext\n1\t{A},{B}\n".encode(), [f"{A},{B}"], []),
    (
        "line ends in quotes",
        f'no,text\n1,"{A}\r\n「{B}」,""と""\n"\n2,{B}\n'.encode(),
        [f'{A}\r\n「{B}」,"と"\n', B],
        [],
    ),
    ("line ends of old Macintoshes", f"no,text\r1,{A}\r2,{B}\r".encode(), [A, B], []),
    ("no line end at the end", f"no,text\n1,{A}".encode(), [A], []),
    ("a quote at the end that is not closed", f'no,text\n1,{B}\n2,"{A}'.encode(), [B, A], []),
    ("a quote that is never closed", f'no,text\n1,"{A}\n2,{B}\n3,{B}\n'.encode(), [f"{A}\n", B, B], [0]),
    (
        "two of them",
        f'no,text\n1,"{A}\n2,{B}\n3,x"y\n4,"{A}\n5,{B}\n'.encode(),
        [f"{A}\n{2},{B}\n3,xy", f"{A}\n", B],
        [1],
    ),
    ("letters behind a quote", f'no,text\n1,"{A}"です\n2,{B}\n'.encode(), [f"{A}です", B], []),
    ("NUL bytes", f"no,text\n1,{A}\0\n2,{B}\n".encode(), [f"{A}\0", B], []),
    ("a very long cell", f"no,text\n1,{LONG}\n2,{B}\n".encode(), [LONG, B], []),
    ("a cell that is longer than any text", f"no,text\n1,{'い' * 1_000_001}\n2,{B}\n".encode(), [None, B], [0]),
    ("ragged rows", f"no,text,x\n1,{A}\n2,{B},1,2,3\n\n3,{A},1\n".encode(), [A, B, A], [1]),
    ("columns of one name", f"text,no,no\n{A},1,2\n".encode(), [A], []),
    ("a header alone", b"no,text\n", [], []),
    ("empty lines", f"no,text\n\n\n1,{A}\n\n".encode(), [A], []),
]


@pytest.mark.parametrize(("raw", "texts", "bad"), [row[1:] for row in CSV_FILES], ids=[row[0] for row in CSV_FILES])
def test_csv(raw: bytes, texts: list[str | None], bad: list[int], tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(raw)
    rows = list(read_rows(path))
    assert [row.fields.get("text") for row in rows] == texts
    assert [number for number, row in enumerate(rows) if row.error] == bad
    assert count_rows(path) == len(texts)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f'no,text\n1,"{A}\n二行目"\n2,"{A}\n3,{B}\n', encoding="utf-8")
    assert [row.error for row in read_rows(path)] == [None, "line 4 opens a quote that is never closed", None]


def test_bytes_outside_cp932_cost_their_rows(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = [f"{n},{A}\n".encode("cp932") for n in range(40)]
    lines[3] = b"3,\x81\xff" + lines[3][2:]
    lines[11] = lines[11][:-2] + b"\n"
    source.write_bytes(b"no,text\n" + b"".join(lines))
    assess_file(source, target, work_of(Columns()))
    with target.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["no"] for row in rows] == [str(n) for n in range(40)]
    assert [row["no"] for row in rows if row["error"]] == ["3", "11"]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no header line"),
        (b"\n\n", "no header line"),
        (bytes(range(128, 256)) * 10, "neither UTF-8 nor Shift_JIS"),
        (b"x" * 1_000_001, "header line cannot be read"),
    ],
)
def test_no_csv_at_all(raw: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(raw)
    with pytest.raises(UnreadableInput, match=says):
        list(read_rows(tmp_path / "in.csv"))


@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.parquet"])
@pytest.mark.parametrize("out", ["out.csv", "out.tsv", "out.parquet", "out.jsonl"])
def test_a_table_without_rows_keeps_its_columns(name: str, out: str, tmp_path: Path) -> None:
    source, target = tmp_path / name, tmp_path / out
    if name == "in.parquet":
        pq.write_table(pa.table({"no": pa.array([], pa.int64()), "text": pa.array([], pa.string())}), source)
    else:
        source.write_text("no,text\n" if name == "in.csv" else "no\ttext\n", encoding="utf-8")
    summary = assess_file(source, target, work_of(Columns(), shape="flat"))
    assert summary.rows == 0
    if out == "out.jsonl":
        assert target.read_bytes() == b""
    else:
        assert column_names(target) == ["no", "text", *added_schema("flat").names]


def test_tabs_out(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.tsv"
    source.write_text(json.dumps({"text": f"{A}\t{B}"}), encoding="utf-8")
    assess_file(source, target, work_of(Columns(), shape="flat"))
    (row,) = read_rows(target)
    assert row.fields["text"] == f"{A}\t{B}"
    assert row.fields["verdict"]


def test_parquet_of_every_kind(tmp_path: Path) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    broken = pa.Array.from_buffers(
        pa.string(), 4, [None, pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 3, 6, 9, 12))),
                         pa.py_buffer("あい".encode() + b"\xff\xfe\xfd" + "う".encode())],
    )  # fmt: skip
    table = pa.table(
        {
            "text": pa.array([A, B, None, A], pa.large_string()),
            "kind": pa.array(["x", "y", "x", None]).dictionary_encode(),
            "nested": pa.array([{"a": [{"b": 1}]}, None, {"a": []}, {"a": None}]),
            "at": pa.array([1, 2, 1_000_000_001, None], pa.timestamp("ns")),
            "far": pa.array([0, 253402300800 * 10, 2, 3], pa.timestamp("s")),
            "broken": broken,
        }
    )
    pq.write_table(table, source, row_group_size=1)
    assert assess_file(source, target, work_of(Columns())).errors == 1
    own = pq.read_table(target).select(table.column_names)
    assert own.drop_columns(["broken"]).equals(pq.read_table(source).drop_columns(["broken"]))
    assess_file(source, tmp_path / "out.jsonl", work_of(Columns()))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["kind"] for line in lines] == ["x", "y", "x", None]
    assert lines[0]["nested"] == {"a": [{"b": 1}]}
    assert [line["broken"] for line in lines] == ["あ", "い", "???", "う"]
    assert all(line["at"] is None or line["at"].startswith("1970-01-01") for line in lines)
    assert assess_file(source, tmp_path / "again.jsonl", work_of(Columns("broken"))).errors == 1


def test_a_parquet_file_that_is_broken_midway(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": [f"{A}{n}" for n in range(9000)]}), source, row_group_size=1000, compression=None)
    raw = bytearray(source.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 4000] = b"\xff" * 4000
    source.write_bytes(raw)
    with pytest.raises(UnreadableInput, match=r"in\.parquet: broken"):
        list(read_rows(source))


PAPER = "支払督促が東京簡易裁判所から特別送達で届きました。仮執行宣言の前に督促異議を申し立てられます。"
JST = dt.timezone(dt.timedelta(hours=9))
# what stands in the column, the last day to object
DAYS: list[tuple[Any, str | None]] = [
    ("2026-11-02", "2026-11-16"),
    ("2026/11/2", "2026-11-16"),
    (" 2026年11月2日 ", "2026-11-16"),
    ("2026/11/02 9:30", "2026-11-16"),
    ("2026-11-02T09:30:00", "2026-11-16"),
    ("2026-11-01T23:30:00Z", "2026-11-16"),
    ("20261102", "2026-11-16"),
    (20261102, "2026-11-16"),
    (dt.date(2026, 11, 2), "2026-11-16"),
    (dt.datetime(2026, 11, 2, 9), "2026-11-16"),
    (dt.datetime(2026, 11, 1, 23, 30, tzinfo=dt.UTC), "2026-11-16"),
    (dt.datetime(2026, 11, 2, 0, 30, tzinfo=JST), "2026-11-16"),
    (None, None),
    ("", None),
    ("  ", None),
]
NO_DAYS: list[Any] = ["きのう", "2026-13-02", "11/2", 46328, 1.5, True, ["2026-11-02"], "2026/11/31 9:30"]


def row_with(day: Any) -> dict[str, Any]:
    return {"本文": PAPER, "受信日": day}


def test_days_of_receipt() -> None:
    from classifier.chunks import assess_chunk
    from classifier.rows import Row

    columns = Columns("本文", received_on="受信日")
    work = work_of(columns, read_on=dt.date(2026, 11, 5))
    rows = [Row(row_with(day)) for day, _ in DAYS] + [Row(row_with(day)) for day in NO_DAYS]
    part = assess_chunk(work, rows)
    lines = [json.loads(line) for line in part.lines.splitlines()]
    good, bad = lines[: len(DAYS)], lines[len(DAYS) :]
    assert [line["answer_by"] and line["answer_by"]["day"] for line in good] == [last for _, last in DAYS]
    assert all("error" not in line for line in good)
    for line, day in zip(bad, NO_DAYS, strict=True):
        assert line["error"].startswith("received_on_not_date"), day
        assert line["verdict"]
        assert line["answer_by"] is None
        assert line["受信日"] == day
    assert (part.summary.errors, part.summary.undated) == (0, len(NO_DAYS))


def test_passed_is_judged_by_one_day_for_all_rows(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"text": PAPER, "received_on": "2026-11-02"}), encoding="utf-8")
    for read_on, passed in ((dt.date(2026, 11, 16), False), (dt.date(2026, 11, 17), True)):
        target = tmp_path / f"{read_on}.jsonl"
        assess_file(source, target, work_of(Columns(), read_on=read_on))
        assert json.loads(target.read_text(encoding="utf-8"))["answer_by"]["passed"] is passed


def test_columns_by_other_names() -> None:
    row = {
        "件名": "督促",
        "差出人": "a@example.jp",
        "答え": {"recognise": "no"},
        "本文": A,
        "経路": "email",
        "subject": "x",
    }
    columns = Columns("本文", "経路", "件名", "差出人", "受信日", "答え")
    notice = columns.notice(row)
    assert (notice.subject, notice.sender, notice.channel, notice.answers) == (
        "督促", "a@example.jp", "email", {"recognise": "no"},
    )  # fmt: skip
    assert columns.notice(row | {"答え": '{"recognise": "yes"}'}).answers == {"recognise": "yes"}
    assert columns.notice(row | {"答え": " "}).answers == {}
    assert columns.used([*row, "受信日"]) == ["件名", "差出人", "答え", "本文", "経路", "受信日"]
    assert columns.missing(row) == ("received_on", "受信日")
    assert Columns("本文", "sms").missing(row) is None
    assert Columns("本文", "fax").missing(row) == ("channel", "fax")
    assert Columns("本文").notice({"本文": A, "received_on": "2026-11-02"}).received_on == dt.date(2026, 11, 2)


def test_a_column_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"no,本文\n1,{A}\n", encoding="utf-8")
    for columns, says in (
        (Columns(), "no column 'text' among no, 本文; --text"),
        (Columns("本文", received_on="受信日"), "no column '受信日' among no, 本文; --received-on"),
        (Columns("本文", "fax"), "no column 'fax' among no, 本文; --channel"),
    ):
        with pytest.raises(UnreadableInput, match=says):
            assess_file(source, tmp_path / "out.csv", work_of(columns))
