"""The flag catalogue: every flag's own examples, exact places, linear time."""

import re
import time
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classifier.assessment import Assessor
from classifier.counter_evidence import cancel
from classifier.detectors import DETECTORS
from classifier.green_flags import find_green_flags
from classifier.knowledge import read_toml
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.red_flags import MAX_SPANS, Context, find_red_flags
from classifier.result import RedFlag

CATALOGUE: list[dict[str, Any]] = read_toml("red_flags.toml")["flag"]
GREEN: list[dict[str, Any]] = read_toml("green_flags.toml")["flag"]
SUMMONS = (
    "東京簡易裁判所 民事第3室 書記官 佐藤\n令和8年(ロ)第20418号 支払督促\n債権者 青葉信販株式会社\n"
    "債務者 山田 太郎 様\n請求金額 386,240円\n受け取った日の翌日から二週間以内に異議を申し立てないときは、"
    "強制執行を受けることがあります。督促異議申立書を同封します。\n"
)
POSTCARD = (
    "訴訟最終告知のお知らせ\nこの度、契約会社より民事訴訟が提起されました。管理番号（わ）317\n"
    "裁判取り下げ最終期日 本日中\nご連絡なき場合は給料を差し押さえます。必ずご本人様からご連絡ください。\n"
    "国民訴訟通達センター 03-1234-5678 詳細 https://bit.ly/3abc\n"
)


def flags_of(example: str | dict[str, Any]) -> tuple[RedFlag, ...]:
    table = {"text": example} if isinstance(example, str) else example
    notice = Notice(table["text"], table.get("channel", "unknown"))
    context = Context(table.get("kind", "unpaid_fee_claim"), suspicious=table.get("suspicious", True))
    return find_red_flags(Reading(notice), context)


def named(examples: str, *, read_whole: bool = False) -> list[Any]:
    return [
        pytest.param(flag["id"], example, id=f"{flag['id']}-{number}")
        for flag in CATALOGUE
        if (flag.get("read_by") == "notice") == read_whole
        for number, example in enumerate(flag[examples])
    ]


def missing_of(example: dict[str, Any], assessor: Assessor) -> set[str]:
    """What a notice leaves out, as far as the whole of it tells."""
    return {found.id for found in assessor.assess(example["text"], channel=example["channel"]).red_flags}


@pytest.mark.parametrize(("flag", "example"), named("match", read_whole=True))
def test_a_notice_that_leaves_it_out_shows_it(flag: str, example: dict[str, Any], assessor: Assessor) -> None:
    assert flag in missing_of(example, assessor)


@pytest.mark.parametrize(("flag", "example"), named("no_match", read_whole=True))
def test_a_notice_that_says_it_does_not(flag: str, example: dict[str, Any], assessor: Assessor) -> None:
    assert flag not in missing_of(example, assessor)


@pytest.mark.parametrize(("flag", "example"), named("match"))
def test_examples_show_the_flag(flag: str, example: str | dict[str, Any]) -> None:
    assert flag in {found.id for found in flags_of(example)}


@pytest.mark.parametrize(("flag", "example"), named("no_match"))
def test_counterexamples_do_not(flag: str, example: str | dict[str, Any]) -> None:
    assert flag not in {found.id for found in flags_of(example)}


@pytest.mark.parametrize("flag", CATALOGUE, ids=lambda flag: flag["id"])
def test_every_flag_brings_examples_and_a_way_to_find_it(flag: dict[str, Any]) -> None:
    assert len(flag["match"]) >= 3
    assert len(flag["no_match"]) >= 3
    assert bool(flag.get("computed")) == (flag["id"] in DETECTORS)
    assert flag.get("computed") or flag.get("patterns") or flag.get("in_doubt") or flag.get("read_by") == "notice"
    assert flag["severity"] in ("strong", "medium", "weak")


@pytest.mark.parametrize("flag", GREEN, ids=lambda flag: flag["id"])
def test_green_flags_have_examples_too(flag: dict[str, Any]) -> None:
    shown = [{found.id for found in find_green_flags(Reading(Notice(text)))} for text in flag["match"]]
    hidden = [{found.id for found in find_green_flags(Reading(Notice(text)))} for text in flag["no_match"]]
    assert len(shown) >= 2
    assert len(hidden) >= 2
    assert all(flag["id"] in found for found in shown)
    assert not any(flag["id"] in found for found in hidden)


ALPHABET = st.sampled_from(
    [
        *"訴訟最終告知差押本日中支払番号電話様。\n  、・.＊12３４０９（）わァガ",
        "が",
        "é",
        "👨‍👩‍👧",
        "🇯🇵",
        "​",
        "­",
        "️",
        "ﾎﾟ",
        "㈱",
        "\r\n",
    ]
)
PIECES = st.sampled_from(
    [POSTCARD, SUMMONS, "差.押え", "未​納", "https://bit.ly/a", "０９０－１２３４－５６７８", "訴\n訟\n最\n終\n告\n知\n"]
)


@given(st.lists(ALPHABET | PIECES | st.characters(), max_size=60).map("".join), st.booleans())
def test_every_place_holds_exactly_its_text(text: str, suspicious: bool) -> None:
    assume(re.search(r"\w", text))
    reading = Reading(Notice(text, "email"))
    flags = find_red_flags(reading, Context("unpaid_fee_claim", suspicious))
    for flag in (*flags, *find_green_flags(reading)):
        assert len(flag.spans) <= MAX_SPANS
        for span in flag.spans:
            assert 0 <= span.start < span.end <= len(text)
            assert span.text == text[span.start : span.end]
        assert all(one.end <= other.start for one, other in zip(flag.spans, flag.spans[1:], strict=False))


def test_the_old_postcard_shows_its_signs() -> None:
    flags = {flag.id for flag in find_red_flags(Reading(Notice(POSTCARD, "postcard")), Context("court_paper", True))}
    assert flags >= {
        "pseudo_legal_term", "bad_case_number", "fake_agency_name", "short_deadline", "court_wrong_channel",
        "no_amount", "no_sender_address", "redirect_link", "secrecy_demand",
    }  # fmt: skip


def test_a_genuine_summons_keeps_no_red_flag() -> None:
    reading = Reading(Notice(SUMMONS, "letter"))
    found = find_red_flags(reading, Context("court_paper", False))
    kept, cancelled = cancel(found, find_green_flags(reading), reading, "court_paper", "low")
    assert kept == ()
    assert {flag.id for flag in cancelled} <= {"seizure_threat", "short_deadline"}
    assert all(flag.reason for flag in cancelled)


@pytest.mark.parametrize("kind", ["warning_article", "consultation"])
def test_who_speaks_about_a_scam_shows_no_flags(kind: Any) -> None:
    text = "「訴訟最終告知のお知らせ」というはがきが届いたという相談が増えています。連絡しないでください。" + POSTCARD
    assert find_red_flags(Reading(Notice(text)), Context(kind, False)) == ()


@pytest.mark.parametrize(
    "written", ["差押え", "差し押さえ", "さしおさえ", "差 押", "差.押え", "差​押え", "差\n押\nえ\nを\n執\n行"]
)
def test_evasive_spellings_of_seizure(written: str) -> None:
    assert "seizure_threat" in {flag.id for flag in flags_of(f"給料の{written}")}


def test_seizure_and_instant_enforcement_share_no_place() -> None:
    flags = {flag.id: flag for flag in flags_of("本日中に財産を差し押さえます。後日、預金も差押えの対象です。")}
    assert "instant_enforcement" in flags
    assert [span.text for span in flags["seizure_threat"].spans] != []
    first = flags["instant_enforcement"].spans[0]
    assert all(span.start >= first.end for span in flags["seizure_threat"].spans)


@pytest.mark.parametrize(
    "filler",
    [
        POSTCARD,
        "差し" * 40,
        "第1回 令和8年11月10日(火) 合計 3,000円 ",
        "あ" * 80,
        "a." * 40,
        "「送る」" * 20,
        "1-" * 40,
        "株式会社",
    ],
    ids=["postcard", "half_words", "numbers", "one_letter", "dots", "quotes", "dashes", "companies"],
)
def test_time_grows_with_length_only(filler: str) -> None:
    def seconds_per_character(length: int) -> float:
        text = (filler * (length // len(filler) + 1))[:length]
        best = 1.0
        for _ in range(3):
            reading = Reading(Notice(text, "email"))
            _ = reading.squeezed, reading.contacts
            begin = time.thread_time()
            find_red_flags(reading, Context("court_paper", True))
            find_green_flags(reading)
            best = min(best, (time.thread_time() - begin) / length)
        return best

    seconds_per_character(1_000)
    assert seconds_per_character(100_000) <= 1.3 * seconds_per_character(1_000) + 2e-6


def test_expressions_do_not_repeat_repeats() -> None:
    for flag in CATALOGUE:
        for expression in (*flag.get("patterns", ()), *flag.get("in_doubt", ())):
            assert not re.search(r"[+*]\)[+*]", expression), f"{flag['id']}: {expression}"


@pytest.mark.parametrize(
    ("text", "flag", "shown"),
    [
        ("担当 佐野\n民事訴訟管理センター", "fake_agency_name", "民事訴訟管理センター"),
        ("消費料金訴訟最終通知\n山田花子", "pseudo_legal_term", "消費料金訴訟最終通知"),
        ("訴訟最終\n告知", "pseudo_legal_term", "訴訟最終\n告知"),
        ("訴訟番号 わ第251号\n取り下げ最終期日 令和8年11月26日", "bad_case_number", "わ第251号"),
        ("「送る」を押してください!!画面共有をオンに", "app_send_payment", "「送る」を押してください"),
        ("電子マネーでお支払いください https://a.example/x", "prepaid_code", "電子マネーでお支払いください"),
    ],
)
def test_a_place_ends_where_its_phrase_ends(text: str, flag: str, shown: str) -> None:
    found = find_red_flags(Reading(Notice(text)), Context("unpaid_fee_claim", suspicious=True))
    assert [span.text for own in found if own.id == flag for span in own.spans] == [shown]


def test_what_the_reader_wrote_around_a_demand_is_no_sign() -> None:
    demand = "未納料金があります。本日中にご連絡ください。法的手続きに移行します。"
    text = f"{demand}\n逮捕されますか?\n家族には内緒です。"
    found = find_red_flags(Reading(Notice(text)), Context("unpaid_fee_claim", suspicious=True))
    assert all(span.end <= len(demand) for flag in found for span in flag.spans)
