"""What people type instead of a notice: when something came, what they did, how they are."""

import datetime as dt

import pytest

from classifier import Assessor
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.stories import despairs, has_acted, reader_tells, told_receipt

READ_ON = dt.date(2026, 11, 22)


def reading(text: str) -> Reading:
    return Reading(Notice(text))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11月10日に支払督促を受け取りました。異議の期限はいつですか", dt.date(2026, 11, 10)),
        ("12月3日に裁判所から紙が届きました", dt.date(2025, 12, 3)),
        ("2024年5月1日に来た支払督促です", dt.date(2024, 5, 1)),
        ("2月30日に届きました", None),
        ("支払督促が届きました", None),
        ("11月10日に商品をお届けいたします", None),
    ],
)
def test_the_day_that_is_told(text: str, day: dt.date | None) -> None:
    assert told_receipt(reading(text), READ_ON) == day


def test_a_told_day_counts_before_the_day_of_asking(assessor: Assessor) -> None:
    text = "11月10日に支払督促を受け取りました。異議の期限はいつですか"
    asked = assessor.assess(text, received_on=dt.date(2026, 11, 16), read_on=READ_ON)
    assert asked.answer_by
    assert asked.answer_by.day == "2026-11-24"


@pytest.mark.parametrize(
    ("text", "acted"),
    [
        ("リンクからログインしてしまいました", True),
        ("もう三回払いました。", True),
        ("知らない株が買われています", True),
        ("お金を払うように言われました", False),
        ("お客様のカードで買ってしまいました、とのお申し出", False),
    ],
)
def test_what_they_did(text: str, acted: bool) -> None:
    assert has_acted(reading(text)) == acted


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("財布を落としました。どうしたらいいですか。", True),
        ("番号を教えてしまいました。", True),
        ("マイナンバーカードの写真を送っていただけますか。", False),
        ("暗証番号を教えていただけますか。", False),
        ("商品を送りました。", True),
    ],
)
def test_who_tells(text: str, tells: bool) -> None:
    assert reader_tells(reading(text)) == tells


def test_who_despairs_is_told_to_talk_to_somebody_now(assessor: Assessor) -> None:
    told = assessor.assess("お金を全部取られて、もう死にたいです。")
    assert despairs(reading(told.notice.text))
    assert any("一人でいないで" in caution for caution in told.cautions)
    assert not despairs(reading("死にたくなければ払え"))
