"""Signs that something is missing which a notice of its kind would say: to whom, how much, from where.

Each takes a reading, the document kind and whether the model leaves doubt, and returns an empty list where
the thing is missing (an absence has no place) or None. All speak only where the model leaves doubt: genuine
notices lack things too.
"""

import re
from typing import Final

from classifier.names import ADDRESSEE, NAMELESS, NOBODY
from classifier.reading import Reading
from classifier.vocabulary import DocumentKind

Places = list[tuple[int, int]] | None

_LEGAL: Final = frozenset({"court_paper", "collector_letter", "lawyer_letter", "unpaid_fee_claim"})
_DEMANDS: Final[frozenset[DocumentKind]] = frozenset(
    {"court_paper", "tax_notice", "utility_bill", "collector_letter", "lawyer_letter", "unpaid_fee_claim"}
)
# A postcard bears the name on its other side.
_ADDRESSED: Final = frozenset({"letter", "email"})
_TO_ANYBODY: Final = re.compile(r"(?:客様|客さま|者様|会員様|各位|皆様|オーナー様|貴殿|貴方|貴社)")

_AMOUNT: Final = re.compile(
    r"\d[\d,.]*\s?(?:円|万|千円|ドル|btc|usd|usdt|ポイント)|[¥\\$]\s?\d|金[\d,壱弐参]{3,}|"
    r"[一二三四五六七八九十百千万壱弐参拾]{1,8}円"
)
_ADDRESS: Final = re.compile(
    r"[都道府県][一-鿿ぁ-んァ-ヶ]{1,8}[市区町村郡]|[市区町村][一-鿿ぁ-んァ-ヶ]{1,10}\d|〒|[一-鿿]{1,3}区[一-鿿]{1,6}"
    r"|\d{1,4}-\d{1,3}-\d{1,3}(?![\d-])"
)
_RECEIVER: Final = re.compile(r"[^\n]{0,30}\n? ?[一-鿿]{1,4} ?[一-鿿ぁ-んァ-ヶ]{1,5} ?(?:様|殿|さま|御中)")


def no_addressee(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A mail that speaks to nobody by name, a letter to お客様各位 or 貴殿, a message that sends anybody to a link
    (labelling conventions: not where it only asks to be called, genuine ones lack a name there too)."""
    channel = reading.notice.channel
    if not suspicious or kind in ("personal", "advertisement", "business_mail"):
        return None
    if channel not in _ADDRESSED and not (channel == "sms" and reading.contacts.links):
        return None
    text = reading.normalised.text
    if any(not NOBODY.search(m["name"]) and m["name"].strip() not in NAMELESS for m in ADDRESSEE.finditer(text)):
        return None
    if channel == "letter" and not _TO_ANYBODY.search(text, 0, 150):
        return None
    return []


def no_amount(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A demand without a sum."""
    if not suspicious or kind not in _DEMANDS:
        return None
    return None if _AMOUNT.search(reading.normalised.text) else []


def _own_address(text: str) -> bool:
    """Whether an address stands in the text that is not the receiver's."""
    return any(not _RECEIVER.match(text, match.end()) for match in _ADDRESS.finditer(text))


def no_sender_address(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A letter, postcard or claim by mail that does not say where its sender is."""
    channel = reading.notice.channel
    if not suspicious or not (channel in ("postcard", "letter") or (channel == "email" and kind in _LEGAL | {"other"})):
        return None
    if kind in ("personal", "business_mail", "account_notice", "delivery_notice"):
        return None
    return None if _own_address(reading.normalised.text) else []


ABSENCES: Final = (no_addressee, no_amount, no_sender_address)
