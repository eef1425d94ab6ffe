"""A flag is shown on whole words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places import tidy


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
    ],
)
def test_words_are_whole(text: str, found: str, shown: str) -> None:
    start = text.index(found)
    begin, end = tidy(text, start, start + len(found))
    assert text[begin:end] == shown


@given(st.text(alphabet="告訴されます。\n aあ、第1号", min_size=1, max_size=40), st.data())
def test_never_empty_never_outside(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    begin, stop = tidy(text, start, end)
    assert 0 <= begin < stop <= len(text)
    assert stop > start
    assert begin < end
