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


THREE = [TEXTS[0], None, TEXTS[2]]
ODD_FRAMES: dict[str, Any] = {
    "pandas, index of two levels": pd.DataFrame(
        {"text": THREE}, index=pd.MultiIndex.from_tuples([("a", 1), ("a", 1), ("b", 2)], names=["課", "番号"])
    ),
    "pandas, rows taken out": pd.DataFrame({"text": [THREE[0], "x", THREE[1], "y", THREE[2]]}).iloc[::2],
    "pandas, months as index": pd.DataFrame({"text": THREE}, index=pd.period_range("2026-01", periods=3, freq="M")),
    "pandas, categories": pd.DataFrame(
        {"text": pd.Categorical(THREE), "channel": pd.Categorical(["sms", None, "sms"])}
    ),
    "pandas, string": pd.DataFrame({"text": pd.array(THREE, dtype="string")}),
    "pandas, Arrow": pd.DataFrame({"text": pd.array(THREE, dtype=pd.ArrowDtype(pa.large_string()))}),
    "pandas, NaN": pd.DataFrame({"text": [THREE[0], float("nan"), THREE[2]]}, dtype=object),
    "pandas, NA": pd.DataFrame({"text": [THREE[0], pd.NA, THREE[2]]}, dtype=object),
    "pandas, columns called 0 and 5": pd.DataFrame([[t, 1, 2] for t in THREE], columns=[0, 5, "x"]),
    "pandas, our names": pd.DataFrame({"text": THREE, "verdict": 1, "error": "mine", "assessed_error": "mine too"}),
    "pandas, senders as numbers": pd.DataFrame({"text": THREE, "sender": [9012345678, None, 110]}),
    "polars, categories": pl.DataFrame({"text": pl.Series(THREE, dtype=pl.Categorical)}),
    "polars, our names": pl.DataFrame({"text": THREE, "verdict": 1, "error": "mine"}),
    "pyarrow, dictionary": pa.table({"text": pa.array(THREE).dictionary_encode()}),
    "pyarrow, chunks": pa.table({"text": pa.chunked_array([THREE[:1], pa.array([], pa.string()), THREE[1:]])}),
    "pyarrow, large strings and a map": pa.table(
        {"text": pa.array(THREE, pa.large_string()), "m": pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int64()))}
    ),
    "pyarrow, views": pa.table({"text": pa.array(THREE, pa.string_view())}),
}


def column(frame: Any, name: str) -> list[Any]:
    values = frame[name]
    values = values.to_pylist() if isinstance(frame, pa.Table) else values.to_list()
    return [None if isinstance(value, float) and value != value else value for value in values]


@pytest.mark.parametrize("given", ODD_FRAMES.values(), ids=ODD_FRAMES)
def test_frames_as_people_have_them(given: Any, assessor: Assessor) -> None:
    before = given.copy(deep=True) if isinstance(given, pd.DataFrame) else given
    names = list(given.schema.names if isinstance(given, pa.Table) else given.columns)
    out = assessor.assess_frame(given, text=names[0], shape="flat")
    assert type(out) is type(given)
    if isinstance(given, pd.DataFrame):
        pd.testing.assert_frame_equal(given, before)
        pd.testing.assert_frame_equal(out[names], before)
    else:
        assert out.select(names).equals(before)
    verdict, error = (
        f"{'assessed_' * (name in names) * (1 + (f'assessed_{name}' in names))}{name}" for name in ("verdict", "error")
    )
    assert [bool(value) for value in column(out, verdict)] == [True, False, True]
    assert [bool(value) for value in column(out, error)] == [False, True, False]


@pytest.mark.parametrize("shape", ["nested", "flat"])
@pytest.mark.parametrize(
    "given",
    [
        pd.DataFrame({"text": []}),
        pd.DataFrame({"text": pd.Series([], dtype="string")}),
        pl.DataFrame({"text": []}),
        pl.DataFrame(schema={"text": pl.String}),
        pa.table({"text": pa.chunked_array([], pa.string())}),
    ],
    ids=["pandas", "pandas string", "polars", "polars string", "pyarrow"],
)
def test_frames_without_rows(given: Any, shape: Any, assessor: Assessor) -> None:
    out = assessor.assess_frame(given, shape=shape)
    assert len(out) == 0
    names = out.schema.names if isinstance(out, pa.Table) else out.columns
    assert list(names) == ["text", *added_schema(shape).names]


def test_columns_by_other_names_and_a_bad_day(assessor: Assessor) -> None:
    paper = "支払督促が東京簡易裁判所から特別送達で届きました。仮執行宣言の前に督促異議を申し立てられます。"
    given = pd.DataFrame({"本文": [paper] * 3, "受信日": ["2026/11/2", "きのう", None], "差出人": "東京簡易裁判所"})
    out = assessor.assess_frame(
        given, "本文", channel="letter", sender="差出人", received_on="受信日", read_on=dt.date(2026, 11, 20)
    )
    assert [day and (day["day"], day["passed"]) for day in (row["answer_by"] for row in rows_of(out))] == [
        ("2026-11-16", True),
        None,
        None,
    ]
    assert [str(error).partition(":")[0] for error in column(out, "error")] == ["None", "received_on_not_date", "None"]
    assert out["verdict"].notna().all()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (pd.DataFrame({"本文": ["a"]}), "no column 'text' among 本文"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "a name of its own"),
        (pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"]), "a name of its own"),
        (pl.DataFrame({"text": ["a"]}).lazy(), "collect a lazy frame"),
        (["a"], "list is no table"),
        (pd.Series(["a"], name="text"), "put a column or batch into a table"),
        (pa.record_batch({"text": ["a"]}), "put a column or batch into a table"),
        (pd.DataFrame([["a", 1]], columns=pd.MultiIndex.from_tuples([("text", ""), ("x", "y")])), "several levels"),
    ],
)
def test_what_cannot_be_assessed(given: Any, says: str, assessor: Assessor) -> None:
    with pytest.raises(UnusableFrame, match=says):
        assessor.assess_frame(given)
