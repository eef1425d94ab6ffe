"""Manners and furniture are habits of senders, no signs: drawn for both labels alike, they do not lead the model."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Assessor, corpus, furniture
from classifier.courtesy import drawn, lowered, raised
from classifier.notice import Notice
from classifier.reading import Reading

PADDING = (
    "契約番号は一二三四です。先月分の料金一万二千円が入っていません。"
    "今月の二十日までに払わないと、止まる日が早くなることもあります。"
)


@pytest.mark.parametrize(
    ("plain", "courteous"),
    [
        ("明日までに電話してください。", "お願い"),
        ("ご確認ください。", "ご確認"),
        ("連絡をお願いします。", "お願いいたします|お願い申し上げます"),
        ("供給を停止します。", "停止いたします"),
        ("払込票がありません。", "払込票がございません"),
        ("支払いを待っています。", "待っております"),
    ],
)
def test_plain_words_are_raised(plain: str, courteous: str) -> None:
    found = raised(plain, random.Random(0))
    assert found != plain
    assert any(words in found for words in courteous.split("|")), found


def test_a_verb_without_a_noun_takes_no_courtesy() -> None:
    assert raised("申込みを取り消します。", random.Random(0)) == "申込みを取り消します。"


@pytest.mark.parametrize(
    ("courteous", "plain"),
    [
        ("ご確認くださいますようお願い申し上げます。", "ご確認ください。"),
        ("ご連絡いただきますよう、何卒よろしくお願いいたします。", "ご連絡ください。"),
        ("供給を停止いたします。", "供給を停止します。"),
        ("未納分がございます。", "未納分があります。"),
        ("ありがとうございます。", "ありがとうございます。"),
        (f"平素は格別のご愛顧を賜り御礼申し上げます。{PADDING}", PADDING),
    ],
)
def test_courteous_words_are_lowered(courteous: str, plain: str) -> None:
    assert lowered(courteous) == plain


def test_a_greeting_follows_headers_and_addressee() -> None:
    head = "件名: 料金の件\n佐藤 花子 様\n"
    greeted = {raised(head + PADDING, random.Random(seed)) for seed in range(30)}
    assert len(greeted) > 3
    assert all(text.startswith(head) for text in greeted)


@given(st.text(max_size=120), st.integers(0, 10_000))
@settings(max_examples=200, deadline=None)
def test_any_text_survives_and_the_same_seed_draws_the_same(text: str, seed: int) -> None:
    for draw in (drawn, furniture.drawn):
        assert draw(text, random.Random(seed)) == draw(text, random.Random(seed))


@pytest.fixture(scope="module")
def frozen() -> list[corpus.Example]:
    written = [r for r in corpus.read_authored() if corpus.split_of(r.group) == "test"]
    return [e for e in corpus.build(written) if e.channel in ("email", "letter", "postcard")]


@pytest.mark.parametrize("label", ["genuine", "scam"])
@pytest.mark.parametrize(
    ("change", "most"),
    [
        (lambda text: raised(text, random.Random(1)), 0.7),
        (lambda text: f"令和8年11月20日\n{text}", 1.2),
        (lambda text: f"{text}\n振込先 みどり銀行 中央支店 普通 1234567", 1.2),
        (lambda text: f"{text}\nhttps://www.midori-service.co.jp/", 1.2),
        (lambda text: f"{text}\n当行が暗証番号やパスワードをお聞きすることはありません。", 1.6),
    ],
    ids=["courtesy", "date", "account", "link", "word against fraud"],
)
def test_the_model_goes_little_by_what_any_sender_can_add(
    change: Callable[[str], str], most: float, label: str, frozen: list[corpus.Example], assessor: Assessor
) -> None:
    """Before these were drawn, courtesy raised genuine notices by a whole unit of log odds, a date took 1.6 from
    scams, a word against fraud 3.2."""
    pairs = [(e.text, change(e.text), e.channel) for e in frozen if e.label == label]
    pairs = [(plain, changed, channel) for plain, changed, channel in pairs if plain != changed]
    before, after = (
        assessor.model.log_odds([Reading(Notice(pair[side], pair[2])) for pair in pairs]) for side in (0, 1)
    )
    assert len(pairs) > 100
    assert abs(np.mean(after - before)) < most, np.mean(after - before)
