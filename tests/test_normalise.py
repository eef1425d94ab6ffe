"""Folding, and the way back to what was pasted."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.normalise import normalise, squeeze

JAPANESE = st.text(
    alphabet=st.one_of(
        st.characters(min_codepoint=0x3040, max_codepoint=0x30FF),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x4E80),
        st.sampled_from(
            "差押未納督促ﾊﾟｶﾞ①㈱㌢ﬁ👨‍👩‍👧🏽e\u0301が\u3099\u200b\u00ad\ufe0f\r\n \t　.・+_-０９Ａаmазｏn稅滯"
        ),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=120,
)


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("ﾊﾟｰﾄ㈱", "パート(株)"),
        ("０１２０－１２３", "0120-123"),
        ("未\u200b納\u00ad料", "未納料"),
        ("稅金の滯納", "税金の滞納"),
        ("аmazon", "amazon"),
        ("差\n押\nえ\n通\n知", "差押え通知"),
        ("未.納、差+押", "未納、差押"),
        ("支 払 督 促", "支払督促"),
        ("東京・大阪", "東京・大阪"),
        ("https://smbc-card.l\nogin-jp.top/a", "https://smbc-card.login-jp.top/a"),
        ("https://smbc-card.login\n-jp.top/a", "https://smbc-card.login-jp.top/a"),
        ("https://smbc-card.login-jp.t\nop/a", "https://smbc-card.login-jp.top/a"),
        ("https://aoba.com\nkusa.jp/a", "https://aoba.com\nkusa.jp/a"),
        ("A\r\nB\rC", "a\nb\nc"),
        ("10〜20万円", "10〜20万円"),
        ("ご案内 (重要) お客様", "ご案内 (重要) お客様"),
        ("令和八年十二月二十四日、三十日以内", "令和8年12月24日、30日以内"),
        ("十日町市、数十日、二十人", "十日町市、数十日、二十人"),
    ],
)
def test_folds(raw: str, folded: str) -> None:
    assert normalise(raw).text == folded


@pytest.mark.parametrize(
    ("raw", "phrase", "original"),
    [
        ("訴訟最終\n告知", "訴訟最終告知", "訴訟最終\n告知"),
        ("【差\u200b押え】通知", "差押え", "差\u200b押え"),
        ("はじめに㈱山田", "(株)山", "㈱山"),
        ("😀未.納です", "未納", "未.納"),
        ("ｻﾎﾟｰﾄﾀﾞ", "ポート", "ﾎﾟｰﾄ"),
    ],
)
def test_span_covers_exactly_what_stands_in_the_original(raw: str, phrase: str, original: str) -> None:
    squeezed = squeeze(normalise(raw))
    start = squeezed.text.index(phrase)
    begin, end = squeezed.span(start, start + len(phrase))
    assert raw[begin:end] == original


@given(JAPANESE)
@settings(max_examples=400, deadline=None)
def test_map_is_monotone_and_inside_the_text(raw: str) -> None:
    for view in (normalise(raw), squeeze(normalise(raw))):
        assert len(view.text) == len(view.starts) == len(view.ends)
        assert all(0 <= s < e <= len(raw) for s, e in zip(view.starts, view.ends, strict=True))
        assert list(view.starts) == sorted(view.starts)
        assert list(view.ends) == sorted(view.ends)


@given(JAPANESE)
@settings(max_examples=200, deadline=None)
def test_folding_twice_changes_nothing_about_width_and_glyphs(raw: str) -> None:
    once = normalise(raw).text
    assert "\u200b" not in once
    assert "\r" not in once
    assert not any("０" <= c <= "９" for c in once)


@pytest.mark.parametrize(
    "unit", ["か\u0301\u0323\u0301\u0323", "差\n", "未.", "支 ", "a差 ", "\u200b", "ﾊﾟ", "ー・", "://a.", "a.bc"]
)
def test_time_grows_with_length_only(unit: str) -> None:
    def seconds(count: int) -> float:
        text = unit * count
        best = 10.0
        for _ in range(3):
            start = time.process_time()
            squeeze(normalise(text))
            best = min(best, time.process_time() - start)
        return best

    assert seconds(40_000) < 30 * seconds(4_000) + 0.05


LETTER = (
    "このたび、お客様のご利用口座において第三者による不正な利用が確認されたため、ご利用を一時的に停止いたしました。"
    "再開をご希望の場合は https://mizuhobank.login-jp.example/verify へ接続し、0120-123-456 へお電話ください。"
)


@pytest.mark.parametrize("width", range(14, 40, 3))
def test_lines_cut_at_one_width_are_joined(width: int) -> None:
    cut = "\n".join(LETTER[at : at + width] for at in range(0, len(LETTER), width))
    folded = normalise(cut)
    assert folded.text == normalise(LETTER).text
    start = folded.text.index("https")
    assert cut[slice(*folded.span(start, start + 8))].replace("\n", "") == "https://"


@pytest.mark.parametrize(
    "text",
    [
        "会費 3,000円\n教材 5,000円\n合計 8,000円",
        "拝啓\n時下ますますご清祥のこととお慶び申し上げます。\nさて、先日お送りした請求書の件です。\nご確認をお願いいたします。",
        "■ご利用日 10月3日\n■ご利用店 青葉書店\n■ご利用額 1,200円",
    ],
)
def test_lines_that_end_where_their_writer_ended_them_stay(text: str) -> None:
    assert normalise(text).text.count("\n") == text.count("\n")


def test_quoting_goes_where_most_lines_are_quoted() -> None:
    quoted = "\n".join(f"> {line}" for line in ("未納料金のお知らせ", "本日中にご連絡ください", "", "料金管理課"))
    folded = normalise(quoted)
    assert folded.text.split("\n") == ["未納料金のお知らせ", "本日中にご連絡ください", "", "料金管理課"]
    start = folded.text.index("料金管理課")
    assert quoted[slice(*folded.span(start, start + 5))] == "料金管理課"
    assert "> 20" in normalise("ご連絡ください\n> 20歳以上の方\n料金管理課\nお問い合わせ").text
