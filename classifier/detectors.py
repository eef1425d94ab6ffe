"""Signs that a pattern alone cannot decide: parsed numbers, computed weekdays, what is missing.

Each detector takes a reading, the document kind and whether the model leaves doubt, and returns the
places in the original text, an empty list for something that is missing, or None where there is nothing.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final

from classifier.contacts import Link, Mail
from classifier.reading import Reading
from classifier.vocabulary import DocumentKind

Places = list[tuple[int, int]] | None
Detector = Callable[[Reading, DocumentKind, bool], Places]

DEMANDS: Final[frozenset[DocumentKind]] = frozenset(
    {
        "court_paper",
        "tax_notice",
        "pension_notice",
        "utility_bill",
        "lender_demand",
        "collector_letter",
        "lawyer_letter",
        "invoice",
        "unpaid_fee_claim",
        "police_claim",
    }
)
_CREDITORLESS: Final = frozenset({"court_paper", "collector_letter", "lawyer_letter", "unpaid_fee_claim"})
_PROPER_CASE: Final = re.compile(
    r"(?:令和|平成|昭和)(?:元|\d{1,2})年\s?\((?:[ァ-ヶ]{1,2}|少[コエ]|家[ァ-ヶ]{0,2})\)\s?第?\s?[\d*●〇]{1,7}号?"
)
_CASE_LIKE: Final = re.compile(
    r"\((?:わ|ろ|は|い|し|ワ|ロ|ハ|れ)\)\s?第?\s?[\d-]{2,8}号?|(?<![ぁ-んァ-ヶ])[わワろロ]第?\s?\d{2,6}号?(?!室|室|棟)|(?:訴訟|裁判|執行|告訴)(?:管理|整理|通知|受理|登録)?番号[^。\n]{0,3}[:(第]?\s?[(わワa-z0-9-][^。\n]{1,18}"
)
_ADDRESSEE: Final = re.compile(
    r"([一-鿿々ぁ-んァ-ヶー●*〇○a-z]{1,12})[ ]?(?:[一-鿿々ぁ-んァ-ヶー●*〇○]{1,6})?[ ]?"
    r"(?:様|殿|さま|御中|さん|くん|ちゃん|先生)"
)
_NOBODY: Final = re.compile(
    r"^(?:お客|客|お得意|会員|利用者|ご利用者|ご契約者|契約者|皆|みな|みなさ|各|本人|ご本人|ユーザー|貴|お取引先|世帯主|保護者|関係者|加入者|ご家族|家族|所有者|お[一-鿿]+|ご[一-鿿]+)$"
)
_COMPANY: Final = re.compile(r"(?:株式|有限|合同|合資)会社|\((?:株|有)\)|(?<!この)債権者[::\s]|原債権者|譲渡人|委託者")
_CONTRACT: Final = re.compile(
    r"(?:お客様|会員|契約|請求書|顧客|使用者|申込|受付)番号|契約(?:年月)?日|利用(?:年月)?日|\d{1,2}月(?:分|ご利用)|\d{4}年\d{1,2}月|ご利用期間|商品名"
)
_AMOUNT: Final = re.compile(
    r"\d[\d,.]*\s?(?:円|万円|ドル|btc|usd|usdt)|[¥\\$]\s?\d[\d,]*|金[\d,]{3,}|[一二三四五六七八九十百千万]{1,8}円"
)
_ADDRESS: Final = re.compile(r"[都道府県][一-鿿ぁ-んァ-ヶ]{1,8}[市区町村郡]|[市区町村][一-鿿ぁ-んァ-ヶ]{1,10}\d|〒")
_PAYING: Final = re.compile(
    r"(?:お?支払い?|納付|納税|決済|清算|精算|ご?入金|お振り?込み?)[^。\n]{0,14}?(?:こちら|下記|以下|url|リンク|から|ページ|サイト|ボタン|より)"
)
_CALLING: Final = re.compile(r"連絡|電話|お問い?合わ?せ|tel|窓口|ダイヤル")
_WEEKDAY: Final = re.compile(
    r"(?:(\d{4})年|(令和|平成)(元|\d{1,2})年)\s?(\d{1,2})月\s?(\d{1,2})日\s?\(?([月火水木金土日])(?:\)|曜)"
)
_FOREIGN: Final = re.compile(
    "[稅滯确账务责权证码帐导问题额险转异买卖动发关开门对际话时间车电东书记录验单扣们您这该请户员积]"
)
_INVISIBLE_INSIDE: Final = re.compile(r"(?<=[一-鿿ぁ-ヶ])[\u200b-\u200d\u00ad\u2060\ufeff]+(?=[一-鿿ぁ-ヶ])")
_SYMBOL_INSIDE: Final = re.compile(r"[一-鿿][.*+_|^~`=＋＊．]{1,2}[一-鿿]")
_ACCOUNT_HOLDER: Final = re.compile(r"名義(?:人)?[::\s]{0,3}(?P<m>[ァ-ヶー]{2,6}[ 　]?[ァ-ヶー]{2,6})(?![ァ-ヶー(])")
_CORPORATE: Final = re.compile(r"カ\)|ド\)|\(カ|シヤ|カブ|セイ|キヨク|キョク|ホウ")
_BRANDS: Final = re.compile(
    r"国税|e-tax|税務署|年金機構|nhk|総務省|警察|裁判所|マイナ|デジタル庁|三井住友|三菱ufj|みずほ|ゆうちょ|りそな|楽天|paypay|イオン|jcb|visa|docomo|ドコモ|au(?![a-z])|kddi|ソフトバンク|softbank|ntt"
    r"|ヤマト|佐川|日本郵便|郵便局|amazon|アマゾン|apple|アップル|google|microsoft|netflix|sbi|野村|大和証券|マネックス|etc|えきねっと|電力|ガス|水道局|銀行|証券|カード"
)


def _original(reading: Reading, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [reading.normalised.span(start, end) for start, end in spans]


def _or_none(places: list[tuple[int, int]]) -> Places:
    return places or None


def bad_case_number(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """わ第317号, 訴訟番号 A-12: courts write 令和8年(ロ)第20418号."""
    text = reading.normalised.text
    proper = [match.span() for match in _PROPER_CASE.finditer(text)]
    if not suspicious:
        return None
    found = [
        match.span()
        for match in _CASE_LIKE.finditer(text)
        if not any(start <= match.start() < end or match.start() <= start < match.end() for start, end in proper)
    ]
    return _or_none(_original(reading, found))


def date_conflict(reading: Reading, _kind: DocumentKind, _suspicious: bool) -> Places:
    """2026年11月10日(月): that day is a Tuesday; or a day that does not exist."""
    found = []
    for match in _WEEKDAY.finditer(reading.normalised.text):
        western, era, era_year, month, day, weekday = match.groups()
        number = 1 if era_year == "元" else int(era_year or 0)
        year = int(western) if western else number + (2018 if era == "令和" else 1988)
        try:
            right = "月火水木金土日"[dt.date(year, int(month), int(day)).weekday()]
        except ValueError:
            right = ""
        if weekday != right:
            found.append(match.span())
    return _or_none(_original(reading, found))


def odd_sender_number(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A mobile or foreign number as the desk of a firm or office."""
    if not suspicious or kind == "personal":
        return None
    found = [(p.start, p.end) for p in reading.contacts.phones if p.kind in ("mobile", "foreign")]
    return _or_none(_original(reading, found))


def call_printed_number(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """A number, and nothing else to do than to call it."""
    text = reading.normalised.text
    if not suspicious or reading.contacts.links or not _CALLING.search(text) or _PAYING.search(text):
        return None
    found = [(p.start, p.end) for p in reading.contacts.phones if p.kind not in ("public_desk",)]
    return _or_none(_original(reading, found[:1]))


def pay_by_link(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """A link, and words that ask to pay through it."""
    if not suspicious or not reading.contacts.links:
        return None
    return _or_none(_original(reading, [m.span() for m in _PAYING.finditer(reading.normalised.text)][:1]))


def lookalike_domain(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """smbc-card.login-jp.top: a name inside somebody else's host."""
    hosts: list[Link | Mail] = [*reading.contacts.links, *reading.contacts.mails]
    found = [
        (c.start + reading.normalised.text[c.start : c.end].find(c.host), c.end) for c in hosts if c.kind == "imitation"
    ]
    return _or_none(_original(reading, found)) if suspicious else None


def redirect_link(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """bit.ly/…: nobody can see where it leads."""
    found = [(c.start, c.end) for c in reading.contacts.links if c.kind in ("shortener", "relay")]
    return _or_none(_original(reading, found)) if suspicious else None


def sender_mismatch(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """A bank or an office that writes from a free address or links to an unrelated host."""
    if not suspicious or not _BRANDS.search(reading.normalised.text):
        return None
    found = [(c.start, c.end) for c in reading.contacts.links if c.kind == "other"]
    found += [(c.start, c.end) for c in reading.contacts.mails if c.kind in ("free_mail", "other")]
    return _or_none(_original(reading, found))


def foreign_glyph(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """稅金, 确认: glyphs that are not written in Japan."""
    text = reading.notice.text
    return _or_none([match.span() for match in _FOREIGN.finditer(text)]) if suspicious else None


def split_characters(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """未.納, 差+押, or characters that cannot be seen."""
    if not suspicious:
        return None
    text = reading.notice.text
    found = [(max(0, m.start() - 1), m.end() + 1) for m in _INVISIBLE_INSIDE.finditer(text)]
    return _or_none(found + [m.span() for m in _SYMBOL_INSIDE.finditer(text)])


def personal_account(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """名義 タナカ イチロウ for a firm or an office."""
    if not suspicious or kind == "personal":
        return None
    matches = [m for m in _ACCOUNT_HOLDER.finditer(reading.normalised.text) if not _CORPORATE.search(m["m"])]
    return _or_none(_original(reading, [m.span("m") for m in matches]))


def no_addressee(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A letter or mail that speaks to nobody by name."""
    notice = reading.notice
    if not suspicious or notice.channel not in ("postcard", "letter", "email") or kind == "personal":
        return None
    named = any(not _NOBODY.match(match[1]) for match in _ADDRESSEE.finditer(reading.normalised.text))
    return None if named else []


def no_creditor(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A demand that names nobody to whom the money is owed."""
    text = reading.normalised.text
    missing = suspicious and kind in _CREDITORLESS and not _COMPANY.search(text) and not _BRANDS.search(text)
    return [] if missing else None


def no_contract_detail(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A demand without service, date or number of a contract."""
    missing = suspicious and kind in _CREDITORLESS and not _CONTRACT.search(reading.normalised.text)
    return [] if missing else None


def no_amount(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A demand without a sum."""
    missing = suspicious and kind in DEMANDS and not _AMOUNT.search(reading.normalised.text)
    return [] if missing else None


def no_sender_address(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A letter or postcard that does not say where its sender is."""
    on_paper = reading.notice.channel in ("postcard", "letter")
    missing = suspicious and on_paper and kind in DEMANDS and not _ADDRESS.search(reading.normalised.text)
    return [] if missing else None


DETECTORS: Final[dict[str, Detector]] = {
    detector.__name__: detector
    for detector in (
        bad_case_number,
        date_conflict,
        odd_sender_number,
        call_printed_number,
        pay_by_link,
        lookalike_domain,
        redirect_link,
        sender_mismatch,
        foreign_glyph,
        split_characters,
        personal_account,
        no_addressee,
        no_creditor,
        no_contract_detail,
        no_amount,
        no_sender_address,
    )
}
