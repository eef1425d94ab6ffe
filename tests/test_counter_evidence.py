"""A flag that something in the text explains is shown as cancelled, with the reason; in a scam nothing is."""

from typing import Any

import pytest

from classifier.counter_evidence import cancel
from classifier.green_flags import find_green_flags
from classifier.knowledge import flag_ids, read_toml
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.red_flags import Context, find_red_flags
from classifier.vocabulary import CHANNELS, DOCUMENT_KINDS

ENTRIES: list[dict[str, Any]] = read_toml("counter_evidence.toml")["flag"]
TAX = (
    "督促状\n令和8年度 固定資産税 第2期 通知書番号 1234567\n山田 太郎 様\n"
    "納付がないときは、財産を差し押さえることがあります。"
)
SHORTENED = "山田 太郎 様 お客様番号 12-3456 お支払いはこちら https://bit.ly/3abc"
CARD = "東京簡易裁判所 令和8年(ロ)第20418号 特別送達で送ります。訴訟が提起されました"


def split(text: str, kind: Any, band: Any, channel: Any = "letter") -> tuple[set[str], dict[str, str]]:
    reading = Reading(Notice(text, channel))
    flags = find_red_flags(reading, Context(kind, suspicious=True))
    kept, cancelled = cancel(flags, find_green_flags(reading), reading, kind, band)
    assert {flag.id for flag in kept} | {flag.id for flag in cancelled} == {flag.id for flag in flags}
    return {flag.id for flag in kept}, {flag.id: flag.reason for flag in cancelled}


def test_every_flag_says_what_speaks_against_it() -> None:
    assert [entry["id"] for entry in ENTRIES] == [flag["id"] for flag in read_toml("red_flags.toml")["flag"]]
    assert {entry["id"] for entry in ENTRIES} == flag_ids()
    greens = {flag["id"] for flag in read_toml("green_flags.toml")["flag"]}
    for entry in ENTRIES:
        assert entry["against"].endswith("。")
        for row in entry.get("cancel", ()):
            assert row["reason"].endswith("。")
            assert set(row) - {"reason"}, entry["id"]
            assert set(row.get("kinds", ())) <= set(DOCUMENT_KINDS)
            assert set(row.get("channels", ())) <= set(CHANNELS)
            assert set(row.get("green", ())) <= greens


@pytest.mark.parametrize(
    ("flag", "text", "kind", "band", "channel"),
    [
        ("seizure_threat", TAX, "tax_notice", "low", "letter"),
        ("odd_sender_number", "送信者 0005123456\n市税の件です。090-1234-5678", "tax_notice", "middle", "sms"),
        ("redirect_link", SHORTENED, "utility_bill", "middle", "sms"),
        ("pay_by_link", SHORTENED, "utility_bill", "low", "sms"),
        ("court_wrong_channel", CARD, "court_paper", "middle", "postcard"),
        ("instant_enforcement", "滞納処分として本日差押えを執行します。", "pension_notice", "low", "letter"),
    ],
)
def test_cancelled_with_its_reason(flag: str, text: str, kind: str, band: str, channel: str) -> None:
    kept, cancelled = split(text, kind, band, channel)
    assert flag in cancelled, kept
    assert flag in split(text, kind, "high", channel)[0]


def test_kinds_alone_cancel_only_where_no_scam_is_seen() -> None:
    assert "seizure_threat" in split(TAX, "tax_notice", "low")[1]
    assert "seizure_threat" in split("財産を差し押さえます。", "tax_notice", "middle")[0]
