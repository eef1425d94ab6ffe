"""One code path for pandas, polars and pyarrow: the same kind back, index kept, nothing changed."""

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from classifier import Assessor, Notice
from classifier.errors import UnusableFrame
from classifier.records import added_schema, flat

TEXTS = [
    "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。",
    None,
    "🐡明日の会議は10時からに変わりました。",
    " \n",
]
CHANNELS = ["sms", "sms", None, "email"]
MAKERS = {
    "pandas": lambda columns: pd.DataFrame(columns, index=pd.Index(["b", "b", "a", "c"], name="受付")),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
}


def rows_of(frame: Any) -> list[dict[str, Any]]:
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return frame.to_pylist() if isinstance(frame, pa.Table) else frame.to_dicts()


@pytest.fixture(params=MAKERS)
def frame(request: pytest.FixtureRequest) -> Any:
    return MAKERS[request.param]({"本文": TEXTS, "経路": CHANNELS, "score": [1, 2, 3, 4]})


def test_the_same_kind_with_the_assessment_beside(frame: Any, assessor: Assessor) -> None:
    before = rows_of(frame)
    out = assessor.assess_frame(frame, text="本文", channel="経路")
    assert type(out) is type(frame)
    assert rows_of(frame) == before, "the frame that came in is as it was"
    rows = rows_of(out)
    assert [{name: row[name] for name in before[0]} for row in rows] == before
    if isinstance(frame, pd.DataFrame):
        pd.testing.assert_index_equal(out.index, frame.index)
    for row, text, channel in zip(rows, TEXTS, CHANNELS, strict=True):
        if text is None or not text.strip():
            assert row["error"].startswith("text_empty")
            assert row["verdict"] is row["red_flags"] is row["assessed_score"] is None
            continue
        expected = assessor.assess(text, channel=channel or "unknown").to_dict()  # type: ignore[arg-type]
        assert row["error"] is None
        assert row["assessed_score"] == expected.pop("score")
        assert {name: row[name] for name in expected} == expected


def test_flat_columns_hold_one_value_each(frame: Any, assessor: Assessor) -> None:
    rows = rows_of(assessor.assess_frame(frame, "本文", channel="sms", shape="flat"))
    expected = flat(assessor.assess(str(TEXTS[0]), channel="sms"))
    assert rows[0]["assessed_score"] == expected.pop("score")
    assert {name: rows[0][name] for name in expected} == expected
    assert "short_deadline" in rows[0]["red_flags"].split(",")
    assert not any(isinstance(value, (list, dict)) for row in rows for value in row.values())


def test_the_schema_is_what_an_assessment_holds(assessor: Assessor) -> None:
    a = assessor.assess(str(TEXTS[0]), received_on=dt.date(2026, 11, 1))
    assert set(added_schema().names) == {*a.to_dict(), "error"}
    assert added_schema("flat").names == [*flat(a), "error"]
    assert pa.Table.from_pylist([a.to_dict()], schema=added_schema()).to_pylist() == [a.to_dict() | {"error": None}]


def test_headers_and_dates_are_read(assessor: Assessor) -> None:
    text = "支払督促が東京簡易裁判所から特別送達で届きました。仮執行宣言の前に督促異議を申し立てられます。"
    day = pd.Timestamp(2026, 11, 2, 9, 30)
    frame = pd.DataFrame({"text": [text, text], "received_on": [day, pd.NaT], "sender": ["東京簡易裁判所", None]})
    rows = rows_of(assessor.assess_frame(frame))
    whole = assessor.assess_many([Notice(text, sender="東京簡易裁判所", received_on=dt.date(2026, 11, 2))])[0]
    assert rows[0]["cautions"] == list(whole.cautions)
    assert rows[0]["extracted"]["sender"] == "東京簡易裁判所"
    assert any("11月16日" in caution for caution in rows[0]["cautions"])
    assert not any("11月16日" in caution for caution in rows[1]["cautions"])


def test_an_assessed_frame_can_be_assessed_again(assessor: Assessor) -> None:
    once = assessor.assess_frame(pl.DataFrame({"text": [TEXTS[0]]}), shape="flat")
    twice = assessor.assess_frame(once, shape="flat", prior=0.01)
    assert twice["assessed_score"][0] < twice["score"][0] == once["score"][0]


def test_an_empty_frame_gets_the_columns_too(assessor: Assessor) -> None:
    out = assessor.assess_frame(pa.table({"text": pa.array([], pa.string())}))
    assert out.num_rows == 0
    assert out.schema.names == ["text", *added_schema().names]


def test_a_long_frame_shows_its_progress(assessor: Assessor, capsys: pytest.CaptureFixture[str]) -> None:
    assessor.assess_frame(pl.DataFrame({"text": [TEXTS[0]] * 3}))
    assert capsys.readouterr().err == ""
    assessor.assess_frame(pl.DataFrame({"text": [TEXTS[0]] * 3}), progress=True)
    assert "3/3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (pd.DataFrame({"本文": ["a"]}), "no column 'text' among 本文"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "a name of its own"),
        (pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"]), "a name of its own"),
        (pl.DataFrame({"text": ["a"]}).lazy(), "collect a lazy frame"),
        (["a"], "list is no table"),
    ],
)
def test_what_cannot_be_assessed(given: Any, says: str, assessor: Assessor) -> None:
    with pytest.raises(UnusableFrame, match=says):
        assessor.assess_frame(given)
