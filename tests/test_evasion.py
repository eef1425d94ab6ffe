"""Strong flags read through disguises, and their place is exactly what stands in the original."""

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final
from unittest.mock import patch

import pytest

from classifier.knowledge import read_toml
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.red_flags import Context, find_red_flags

CATALOGUE: Final[list[dict[str, Any]]] = read_toml("red_flags.toml")["flag"]
STRONG: Final = [flag for flag in CATALOGUE if flag["severity"] == "strong"]
KANJI: Final = re.compile(r"[一-鿿]{2}")
JAPANESE: Final = re.compile(r"[々ぁ-ゖァ-ヺー一-鿿]{2}")
VARIANTS: Final = read_toml("glyphs.toml")["variants"]
GLYPHS: Final = dict(zip("aeopcxy", "аеорсху", strict=True)) | dict(
    reversed(pair) for pair in zip(VARIANTS["from"], VARIANTS["to"], strict=True)
)
HALF: Final = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF61, 0xFFA0)}


def narrow(character: str) -> str:
    """ガ -> ｶﾞ"""
    return "".join({"\u3099": "ﾞ", "\u309a": "ﾟ"}.get(c, HALF.get(c, c)) for c in unicodedata.normalize("NFD", character))


def between(mark: str, fits: Callable[[str], Any]) -> Callable[[str], str]:
    """`mark` between two neighbours that fit."""
    return lambda words: words[0] + "".join((mark if fits(a + b) else "") + b for a, b in pairwise(words))


def each(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda words: "".join(map(change, words))


DISGUISES: Final[dict[str, Callable[[str], str]]] = {
    "zero width": between("\u200b", bool),
    "soft hyphen": between("\u00ad", bool),
    "symbols": between(".", KANJI.match),
    "spaces": between(" ", JAPANESE.match),
    "look-alike glyphs": each(lambda c: GLYPHS.get(c, c)),
    "full width": each(lambda c: chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c),
    "half width": each(narrow),
    "kanji digits": each(lambda c: "〇一二三四五六七八九"[int(c)] if c in "0123456789" else c),
    "line break": lambda words: words[: len(words) // 2] + "\n" + words[len(words) // 2 :],
}


def places(example: str | dict[str, Any], text: str, flag: str) -> list[tuple[int, int]]:
    table = {} if isinstance(example, str) else example
    context = Context(table.get("kind", "unpaid_fee_claim"), suspicious=table.get("suspicious", True))
    # Where the expressions find it, before the last word is completed (test_places.py).
    with patch("classifier.red_flags.tidy", lambda _, start, end: (start, end)):
        found = find_red_flags(Reading(Notice(text, table.get("channel", "unknown"))), context)
    return [(span.start, span.end) for f in found if f.id == flag for span in f.spans]


def shown() -> list[Any]:
    """Every strong flag's examples that have a place, in every disguise that changes them."""
    cases = []
    for flag in STRONG:
        for number, example in enumerate(flag["match"]):
            text = example if isinstance(example, str) else example["text"]
            for start, end in places(example, text, flag["id"])[:1]:
                for name, disguise in DISGUISES.items():
                    # Hosts hold no kanji digits, and nobody writes them so.
                    changed = disguise(text[start:end])
                    if changed == text[start:end] or (name == "kanji digits" and re.search("[a-z]{3}", changed)):
                        continue
                    cases.append(
                        pytest.param(
                            flag["id"], example, text[:start], changed, text[end:], id=f"{flag['id']}-{number}-{name}"
                        )
                    )
    return cases


@pytest.mark.parametrize(("flag", "example", "before", "words", "after"), shown())
def test_a_disguise_hides_nothing(flag: str, example: Any, before: str, words: str, after: str) -> None:
    found = places(example, before + words + after, flag)
    exact = (len(before), len(before) + len(words))
    assert any(place[0] <= exact[0] and place[1] == exact[1] for place in found), found


def test_every_strong_flag_with_a_place_was_disguised() -> None:
    tried = {case.values[0] for case in shown()}
    assert {flag["id"] for flag in STRONG} - tried == {"no_creditor"}


@pytest.mark.parametrize(
    ("flag", "text", "words"),
    [
        ("seizure_threat", "給料をさしおさえます", "さしおさえ"),
        ("lawsuit_fixer", "とりさげの相談は当方へ。みんじそしょうの取り下げを代行します", "みんじそしょう"),
        ("pseudo_legal_term", "そしょう最終告知", "そしょう最終告知"),
        ("prepaid_code", "ぎふとかーどの番号を送ってください", "ぎふとかーど"),
        ("prepaid_code", "ビットキヤツシユの番号を写真で送って", "ビットキヤツシユ"),
        ("secrecy_demand", "たごんむようでお願いします", "たごんむよう"),
        ("credential_request", "あんしょうばんごうを入力してください", "あんしょうばんごう"),
        ("arrest_threat", "たいほじょうが出ています", "たいほじょう"),
        ("third_party_threat", "きんむさきに連絡します", "きんむさき"),
        ("pay_to_receive", "てすうりょうを先にお支払いください", "てすうりょう"),
        ("bail_or_audit_transfer", "ほしゃくきんをお振込みください", "ほしゃくきん"),
        ("crypto_demand", "びっとこいんで支払え", "びっとこいん"),
        ("fake_agency_name", "みんじそしょう管理センター", "みんじそしょう管理センター"),
        ("wrong_authority", "ほうむしょうの管轄です", "管轄"),
        ("cash_parcel", "げんきんをレターパックで送ってください", "げんきん"),
    ],
)
def test_kana_for_kanji(flag: str, text: str, words: str) -> None:
    found = [text[start:end] for start, end in places({"kind": "unpaid_fee_claim"}, text, flag)]
    assert any(words in place for place in found), found
