"""Reasons: exact places, the strongest first, and what the model itself says of the text without them."""

import math

import pytest

from classifier import Assessor, Notice
from classifier.why import MAX_CHARACTERS, STRETCHES

NOTICE = Notice(
    "いつもお世話になっております。\n総合消費料金の未納について訴訟を開始します。本日中にお電話ください。\n国民訴訟通達センター",
    "postcard",
)


def log_odds(score: float) -> float:
    return math.log(score / (1 - score))


def test_a_reason_is_what_the_score_loses_without_it(assessor: Assessor) -> None:
    reasons = assessor.why(NOTICE)
    assert [abs(r.effect) for r in reasons] == sorted((abs(r.effect) for r in reasons), reverse=True)
    full = log_odds(assessor.judge([NOTICE]).scores[0])
    for reason in reasons:
        start, end = reason.span.start, reason.span.end
        assert NOTICE.text[start:end] == reason.span.text
        rest = Notice(NOTICE.text[:start] + NOTICE.text[end:], "postcard")
        assert reason.effect == pytest.approx(full - log_odds(assessor.judge([rest]).scores[0]), abs=2e-3)


def test_the_demand_speaks_for_a_scam_more_than_the_greeting(assessor: Assessor) -> None:
    effects = {r.span.text.strip(): r.effect for r in assessor.why(NOTICE, count=10)}
    assert effects["総合消費料金の未納について訴訟を開始します。"] > effects.get("いつもお世話になっております。", 0.0)


@pytest.mark.parametrize("text", ["未納です", "?", "。。。"])
def test_one_stretch_has_no_reasons(text: str, assessor: Assessor) -> None:
    assert assessor.why(Notice(text)) == ()


def test_long_texts_are_asked_about_in_few_pieces(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    odds = assessor.model.log_odds
    monkeypatch.setattr(assessor.model, "log_odds", lambda readings: asked.append(len(readings)) or odds(readings))
    sentence = "本日中にご連絡なき場合は法的措置に移行します。\n"
    assessor.why(Notice(sentence * 100))
    assert asked == [STRETCHES + 1]
    longest = (sentence * 1_000)[:MAX_CHARACTERS]
    assessor.why(Notice(longest))
    assert asked[1:] == [9], "what is read stays the same, however long the text is"
    assert assessor.why(Notice(longest + "。")) == ()
    assert len(asked) == 2, "the model is not even asked"
