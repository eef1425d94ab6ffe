"""A flag is shown on whole words, and on no more of a link than shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places import shortened, tidy


@pytest.mark.parametrize(
    ("text", "found", "shown"),
    [
        ("被疑者として告訴されますので", "被疑者として告訴さ", "被疑者として告訴されます"),
        ("口外することを禁じます。", "口外することを禁じま", "口外することを禁じます"),
        ("和解金のお預けを", "和解金のお預", "和解金のお預け"),
        ("供給を止めさせていただきます", "供給を止めさせて", "供給を止めさせていただきます"),
        ("給水を停止いたします http://a", "給水を停止いたします h", "給水を停止いたします"),
        ("法的手続きへ\n移行致します", "法的手続きへ\n移行致しま", "法的手続きへ\n移行致します"),
        ("本日中にご連絡ください", "本日中に", "本日中に"),
        ("差押えを執行します", "差押え", "差押え"),
        ("保証金として5万円を", "保証金として5万", "保証金として5万円"),
        ("コンテンツ料金98,000円", "コンテンツ料金98,0", "コンテンツ料金98,000円"),
        ("端末はブロックされました", "ロックされました", "ブロックされました"),
    ],
)
def test_words_are_whole(text: str, found: str, shown: str) -> None:
    start = text.index(found)
    begin, end = tidy(text, start, start + len(found))
    assert text[begin:end] == shown


@pytest.mark.parametrize(
    ("found", "shows", "shown"),
    [
        ("https://smbc-card.login-jp.top/a?b=1", "host", "smbc-card.login-jp.top"),
        ("ｈｔｔｐｓ：／／аmazon-help.cn/x", "host", "аmazon-help.cn"),
        ("https://amazon.co.jp@parcel.top/x", "host", "amazon.co.jp@parcel.top"),
        ("noreply@rbwi.vip", "host", "noreply@rbwi.vip"),
        ("差出人: みどり銀行 <info@free-mail.example>", "host", "info@free-mail.example"),
        ("カード番号の入力はこちら https://midori-info.com/x", "host", "midori-info.com"),
        ("https://smbc-card.login-jp.t\nop/a", "host", "smbc-card.login-jp.t\nop"),
        ("https://bit.ly/abc", "address", "bit.ly/abc"),
        ("下の二次元コード", "address", "下の二次元コード"),
        ("お支払いはこちら→https://x.gd/abc", "words", "お支払いはこちら"),
        ("サポートセンター 050-0000-3318 担当", "number", "050-0000-3318"),
        ("海外からの番号", "number", "海外からの番号"),
        ("お支払い\nhttps://x.gd/abc", "words", "お支払い"),
        ("右のQRよりお支払い", "words", "右のQRよりお支払い"),
        ("https://x.gd/abc", "words", "https://x.gd/abc"),
    ],
)
def test_of_a_link_only_what_shows_it(found: str, shows: str, shown: str) -> None:
    text = f"あ{found}い"
    begin, end = shortened(text, 1, 1 + len(found), shows)
    assert text[begin:end] == shown


@given(
    st.text(alphabet="お支払い:/.@ah?#\n→ｈ\u200b", min_size=1, max_size=40),
    st.sampled_from(["host", "address", "words"]),
)
def test_what_is_shown_of_a_link_lies_in_it(text: str, shows: str) -> None:
    begin, end = shortened(text, 0, len(text), shows)
    assert 0 <= begin < end <= len(text)


@given(st.text(alphabet="告訴されます。\n aあ、第1号", min_size=1, max_size=40), st.data())
def test_never_empty_never_outside(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    begin, stop = tidy(text, start, end)
    assert 0 <= begin < stop <= len(text)
    assert stop > start
    assert begin < end
