"""The library's promises: spans are true, nothing changes, the same text gets the same answer."""

import dataclasses
import threading
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Assessor, InvalidNotice, Notice
from tests.test_normalise import JAPANESE

SCAM = "訴訟最終告知のお知らせ\n裁判取り下げ最終期日 本日\n03-0000-2741 国民訴訟通達センター"
WORDS = st.sampled_from(
    [
        *(
            "訴訟最終告知",
            "差し押\nさえ",
            "本日中に",
            "https://nta-nouzei.example/p",
            "０９０－１２３４－５６７８",
            "未.納",
        ),
        *(
            "保釈金",
            "㈱",
            "😀",
            "暗証番号を入力",
            "。",
            "\n",
            "ﾎﾟｲﾝﾄ",
            "\u200b",
            "令和8年(ロ)第1号",
            "支払督促",
            "簡易裁判所",
        ),
    ]
)


@given(st.lists(st.one_of(WORDS, JAPANESE), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_every_span_is_what_stands_in_the_text(assessor: Assessor, pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        result = assessor.assess(text, channel="email")
    except InvalidNotice:
        return
    assert 0.0 <= result.score <= 1.0
    for flag in (*result.red_flags, *result.green_flags, *result.cancelled_flags):
        for span in flag.spans:
            assert text[span.start : span.end] == span.text != ""
    for amount in result.extracted.amounts:
        assert 0 <= amount.span[0] < amount.span[1] <= len(text)
    assert "".join(piece for piece, _ in result.segments()) == text


def test_one_is_a_batch_of_one(assessor: Assessor) -> None:
    notices = [Notice(SCAM, "postcard"), Notice("明日10時に集合です。", "chat"), Notice(SCAM, "sms")]
    many = assessor.assess_many(notices)
    assert [a.to_dict() for a in many] == [assessor.assess_many([n])[0].to_dict() for n in notices]
    assert assessor.assess_many([]) == []


def test_an_assessment_cannot_be_changed(assessor: Assessor) -> None:
    result = assessor.assess(SCAM)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.score = 0.0  # type: ignore[misc]


def test_representations(assessor: Assessor) -> None:
    result = assessor.assess(SCAM + "<script>alert(1)</script>", channel="postcard")
    assert "詐欺の疑いが強い" in repr(result)
    html = result._repr_html_()
    assert "<mark" in html
    assert "<script>" not in html


def test_threads_get_the_same_answers(assessor: Assessor) -> None:
    texts = [f"{SCAM}{n}" for n in range(12)]
    expected = [assessor.assess(t).score for t in texts]
    found: dict[int, list[float]] = {}

    def work(number: int) -> None:
        found[number] = [assessor.assess(t).score for t in texts]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(scores == expected for scores in found.values())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": ""}, "text_empty"),
        ({"text": "\u3000\n\u200b"}, "text_empty"),
        ({"text": "あ" * 100_001}, "text_too_long"),
        ({"text": "\ud800あ"}, "text_not_unicode"),
        ({"text": None}, "text_not_string"),
        ({"text": "あ", "channel": "fax"}, "unknown_channel"),
        ({"text": "あ", "channel": ["sms"]}, "unknown_channel"),
        ({"text": "あ", "subject": 3}, "subject_not_string"),
        ({"text": "あ", "sender": "\udfff"}, "sender_not_unicode"),
        ({"text": "あ", "received_on": "2026-13-01"}, "received_on_not_date"),
        ({"text": "あ", "answers": ["yes"]}, "answers_not_object"),
        ({"text": "あ", "answers": {"recognise": "maybe"}}, "bad_answer"),
    ],
)
def test_what_cannot_be_assessed_is_said(fields: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidNotice) as caught:
        Notice.from_mapping(fields)
    assert caught.value.code == code
    assert len(str(caught.value)) > 8


@pytest.mark.parametrize("written", ["2026-11-06", "2026/11/06", "2026/11/6"])
def test_received_on_as_a_spreadsheet_writes_it(written: str) -> None:
    assert Notice.from_mapping({"text": "あ", "received_on": written}).received_on == date(2026, 11, 6)


@pytest.mark.parametrize(
    "text",
    [
        "答弁書催告状\n被告 清水春子 様\n答弁書を12月24日までに提出してください。\n川口簡易裁判所 令和8年(少コ)第12号",
        "口頭弁論期日呼出状\n支払督促に対し異議の申立てがあり訴訟に移行。\n川口簡易裁判所 令和8年(ハ)第50号",
    ],
)
def test_two_weeks_run_for_payment_orders_alone(text: str, assessor: Assessor) -> None:
    """A summons has its own day (民事訴訟法391条 speaks of payment orders): it is not called late by ours."""
    found = assessor.assess(text, channel="letter", received_on=date(2026, 11, 2), read_on=date(2026, 11, 22))
    assert (found.stance, found.answer_by) == ("answer_by_deadline", None)


def test_received_on_may_be_a_date(assessor: Assessor) -> None:
    assert assessor.assess(SCAM, received_on=date(2026, 11, 20)).verdict == "scam_likely"


@pytest.mark.parametrize(
    "unit",
    ["差押え本日中に", "03-1234-5678 ", "本日中\n", "https://a.top/", "令和8年(ロ)第1号", "あ", "。", "http://x.example/\n",
     "【重要】未納料金があります。本日中にご連絡がない場合、法的手続きに移ります。担当 山田 番号7。"],
)  # fmt: skip
def test_cost_grows_with_length_only(assessor: Assessor, unit: str) -> None:
    """Ten times the text may cost twelve times the time, not a hundred times."""

    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        best = 99.0
        for _ in range(3):
            start = time.process_time()
            assessor.assess(text)
            best = min(best, time.process_time() - start)
        return best

    seconds(100)
    assert seconds(50_000) < 18 * seconds(5_000) + 0.1
