"""What a counsellor writes down of a notice: read from the words, with its place, nothing guessed."""

import datetime as dt
import re
import time
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classifier.due_dates import find_due_dates
from classifier.extract import extract
from classifier.knowledge import read_toml
from classifier.normalise import normalise
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.result import Extracted

RECEIVED = dt.date(2026, 11, 20)
PAPER = (
    "東京簡易裁判所 民事第3室\n令和8年(ロ)第20418号 支払督促\n債権者 青葉信販株式会社\n債務者 山田 太郎 様\n"
    "請求金額 386,240円 納期限 令和8年12月5日\n"
)


def read(text: str, **fields: Any) -> Extracted:
    return extract(Reading(Notice(text, **fields)))


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("【ヤマト運輸】お荷物のお届けにあがりました", "ヤマト運輸"),
        ("【重要なお知らせ】青葉電力株式会社です。停止の予告", "青葉電力株式会社"),
        ("NTTファイナンスです。本日中にご連絡ください", "NTTファイナンス"),
        ("差出人:国税庁 <info@a.example>\n未納の税金があります", "国税庁 <info@a.example>"),
        ("未払料金があります。\n国民訴訟通達センター\nAmazonギフトカードで", "国民訴訟通達センター"),
        (PAPER, "東京簡易裁判所"),
        ("こんにちは。明日10時に集合です。", None),
        (
            "ご返済ください。お返しがない場合お勤め先にご連絡いたします。\nハッピーファイナンス 080-0000-4590",
            "ハッピーファイナンス",
        ),
        ("突然失礼致します。中立の調査機関である(株)リサーチジャパンの早川と申します。", "(株)リサーチジャパン"),
        ("クレジットカード情報を確認できません。お客様センターへ", None),
        ("お届け先 東京都千代田区霞が関〇丁目", None),
        ("カード番号と暗証番号を入力してください", None),
        ("市税のお知らせ\nさいたま市浦和区納税課\n固定資産税・都市計画税", "さいたま市浦和区納税課"),
        ("当裁判所民事部にお越しください。滞納市税 12,000円", None),
        ("家賃のお支払いをお願いします。\n振込先 横浜銀行 本店 普通 1234567", None),
        ("from: 佐藤 <sato@a.example> 未納の料金があります", "佐藤 <sato@a.example>"),
    ],
)
def test_who_writes(text: str, sender: str | None) -> None:
    assert read(text).sender == sender


def test_the_sender_that_the_receiver_saw_comes_first() -> None:
    assert read("【ヤマト運輸】お荷物", sender="+63 912 345 6789").sender == "+63 912 345 6789"


def test_a_payment_order_in_full() -> None:
    found = read(PAPER)
    assert found.creditor == "青葉信販株式会社"
    assert [amount.yen for amount in found.amounts] == [386240]
    assert [due.day for due in found.due_dates] == ["2026-12-05"]
    assert found.references == ("令和8年(ロ)第20418号",)


@pytest.mark.parametrize(
    ("text", "yen"),
    [
        ("３万5000円", [35000]),
        ("298,000円と１万円", [298000, 10000]),
        ("1,2345円", []),
        ("円", []),
        ("20個", []),
        ("ご請求額 ¥298,000(税込)", [298000]),
        ("￥5,500円", [5500]),
        ("先に2万入れといた、来週3万5千円返して", [20000, 35000]),
        ("利息込みで12万、明日まで", [120000]),
        ("再開費8千円です", [8000]),
        ("1.5万円", [15000]),
        ("2万3,400円", [23400]),
        ("利息込みで12万，明日まで", [120000]),
        ("1億2,000万円の相続", [120_000_000]),
        ("3万5千5百円", [35500]),
        ("3万人が利用、1万ポイント、100万件", []),
    ],
)
def test_sums(text: str, yen: list[int]) -> None:
    assert [amount.yen for amount in read(text).amounts] == yen


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和８年１１月２４日(火)までに", "2026-11-24"),
        ("R8.12.1まで", "2026-12-01"),
        ("平成30年4月2日必着", "2018-04-02"),
        ("2026/12/05まで", "2026-12-05"),
        ("納期限 12月5日", "2026-12-05"),
        ("1月10日まで", "2027-01-10"),
        ("支払期限:10月31日", "2026-10-31"),
        ("本日中に", "2026-11-20"),
        ("明日までに", "2026-11-21"),
        ("48時間以内", "2026-11-22"),
        ("3日以内に", "2026-11-23"),
        ("二週間以内に", None),
        ("2週間以内に", "2026-12-04"),
        ("今月末まで", "2026-11-30"),
        ("12月末日まで", "2026-12-31"),
        ("2月末日必着", "2027-02-28"),
        ("2時間後に停止", "2026-11-21"),
        ("3日後まで", "2026-11-23"),
        ("2027年1月末まで", "2027-01-31"),
        ("十二月末日までに", "2026-12-31"),
        ("令和八年十二月二十四日まで", "2026-12-24"),
        ("三十日以内にお支払いください", "2026-12-20"),
        ("11月30日(必着)まで", "2026-11-30"),
        ("11月27日金曜日までに", "2026-11-27"),
        ("11月25日正午までに", "2026-11-25"),
        ("12月10日納期限", "2026-12-10"),
        ("30分以内にご連絡ください", "2026-11-20"),
        ("11月25日17時30分までに", "2026-11-25"),
        ("来月10日まで", "2026-12-10"),
        ("この支払督促送達の日から2週間以内に", "2026-12-04"),
        ("翌月末日まで", "2026-12-31"),
        ("督促状を発した日から起算して10日以内に", None),
        ("支払期限日から50日を経過しました", None),
        ("期限:2026/11/22\n最終通告", "2026-11-22"),
        ("翌営業日正午", "2026-11-24"),  # a weekend and 勤労感謝の日 between
        ("2月30日まで", None),
    ],
)
def test_limits_become_days(text: str, day: str | None) -> None:
    days = [due.day.isoformat() if due.day else None for due in find_due_dates(normalise(text).text, RECEIVED)]
    assert days in ([day], [] if day is None else None)


@pytest.mark.parametrize(
    "text", ["11月24日に届きました", "24時間受付", "第3回 12/5 開催", "3日間の旅行", "本日のご案内"]
)
def test_a_date_alone_is_no_limit(text: str) -> None:
    assert find_due_dates(normalise(text).text, RECEIVED) == []


def test_days_that_need_the_day_of_receipt_stay_open_without_it() -> None:
    found = read("本日中に、または11月24日まで、遅くとも令和8年11月30日までに")
    assert [due.day for due in found.due_dates] == [None, None, "2026-11-30"]
    assert found.deadlines == ("本日中に", "11月24日まで", "令和8年11月30日まで")


METHODS: list[dict[str, Any]] = read_toml("payment_methods.toml")["method"]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method["name"])
def test_ways_to_pay(method: dict[str, Any]) -> None:
    assert all(method["name"] in read(text).payment_methods for text in method["match"])
    assert not any(method["name"] in read(text).payment_methods for text in method["no_match"])


def test_contacts_cannot_be_followed() -> None:
    found = read("https://smbc.login.example/a ０３－１２３４－５６７８ info@a.example")
    assert found.contacts == ("hxxps://smbc[.]login[.]example/a", "03-1234-5678", "info[@]a[.]example")
    assert read("https://bit.ly/3xTaxZ").contacts == ("hxxps://bit[.]ly/3xTaxZ",)


@given(
    st.lists(
        st.sampled_from([*PAPER, PAPER, "１万\u200b円", "本日中", "０３－１２３４－５６７８", "が", "👨‍👩‍👧"]),
        max_size=40,
    )
)
def test_every_fact_stands_where_it_says(pieces: list[str]) -> None:
    text = "".join(pieces)
    assume(re.search(r"\w", text))
    found = read(text)
    for place in found.places:
        assert 0 <= place.start < place.end <= len(text)
    spans = {(place.start, place.end) for place in found.places}
    assert {amount.span for amount in found.amounts} | {due.span for due in found.due_dates} <= spans
    assert all(deadline in text for deadline in found.deadlines)


@pytest.mark.parametrize("piece", ["\n", " \n", "\u3000\n", "\n \n", "。", "差出人:\n", "、 ", "【"])
def test_a_long_text_of_one_piece_costs_no_more_than_another(piece: str) -> None:
    """Once 8,000 empty lines took 8 s, and 100,000 would have taken twenty minutes."""
    started = time.thread_time()
    read((piece * 100_000)[:99_998] + "あ1")
    assert time.thread_time() - started < 2
