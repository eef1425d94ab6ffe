"""Signs that a pattern alone cannot decide: kinds of contact, sums, calendars, glyphs.

Each detector takes a reading, the document kind and whether the model leaves doubt, and returns the
places in the original text or None where there is nothing; `DETECTORS` names those of absence too.
All but `date_conflict` speak only where the model leaves doubt: genuine notices lack and err too.
"""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import wraps
from sys import maxsize
from typing import Final

from classifier.absences import ABSENCES
from classifier.beginnings import Beginning
from classifier.contacts import Link, Mail, telling
from classifier.names import BRANDS, NAMED_COMPANY
from classifier.normalise import Normalised
from classifier.reading import Reading
from classifier.vocabulary import DocumentKind

Places = list[tuple[int, int]] | None
Detector = Callable[[Reading, DocumentKind, bool], Places]

# Numbers ----------------------------------------------------------------------------------------
_PROPER_CASE: Final = re.compile(
    r"(?:令和|平成|昭和)(?:元|\d{1,2})年\s?\((?:[ァ-ヶぁ-ん]{1,2}|少[コエ]|家[ァ-ヶ]{0,2})\)\s?第?\s?[\d*●〇,]{1,7}号?"
)
_CASE_LIKE: Final = Beginning(
    r"(?:第\s?)?\((?:わ|ろ|は|い|し|れ|そ|と|の|め|ネ請|[ぁ-ん])\)\s?(?:第|号|け)?\s?[\d-]{1,9}号?"
    r"|\([ワロハ]\)け?\s?[\d-]{2,9}号?"
    r"|(?:(?<![ぁ-んァ-ヶー一-鿿])|(?<=管理|番号|整理|受付|通知))[わワろロそルネ][・ー-]?\s?第?\s?\d{2,7}号?(?:[ノの]\d+)?(?!室|室|棟|円|階|番|日|月)"
    r"|(?<![ぁ-んァ-ヶー一-鿿])(?:訴|調|執|裁)-?\d{3,7}号?(?:\([ぁ-ん]\))?|[わワ]・\d{2,5}(?:・[ぁ-ん])?|"
    r"第[\d-]{4,10}\([^)\n]{1,3}\)号"
    r"|(?:訴訟|裁判|執行|告訴|提訴|訴状)(?:管理|整理|通知|受理|登録|受付)?(?:番号|no\.?|"
    r"コード)[^。\n]{0,3}?[:( 第]?\s?(?P<m>[(わワa-z0-9][^。、\n )]{2,16})"
    r"|(?:事件番号|事件名?)[: ]{0,3}(?P<n>(?!令和|平成|昭和|第)[一-鿿ぁ-んァ-ヶa-z(][^。、\n年]{0,4}\d[\d-]{2,9}号?)"
)
_NUMBER_ON_A_LINE: Final = re.compile(r"[^\n]*\d[^\n]*(?=\n)(?!\n[\d-])")
_YEARLY: Final = re.compile(r"年(?:利|率)?\s?(\d{2,3})(?:\.\d+)?\s?(?:%|パーセント)")
_DAILY: Final = Beginning(
    r"(?:[1一]日(?:につき|に付き?|遅れるごとに|ごとに|当たり|あたり|毎に)|日割りで|"
    r"毎日)[^。\n]{0,8}\d[\d,]*円?(?:の)?[^。\n]{0,6}(?:加算|延滞|遅延|増|追加|損害|上乗せ)"
    r"|日利\s?\d|(?:10|十)日(?:で|ごとに)\s?[1-9一-九]割"
)
_TOTAL: Final = re.compile(r"(?:合計|総額|総計|計|お?支払い?総額|請求(?:総|金)?額)[^\d\n]{0,14}(?P<yen>[\d,]{3,12})円?")
_PART: Final = re.compile(
    r"(?:金|料|費|代|本|息|税|分|課金|違約金|損害金)[^\d\n。、+]{0,12}(?P<yen>\d{1,3}(?:,\d{3})+|\d{3,8})円"
)
_WEEKDAY: Final = Beginning(
    r"(?:(?:(?P<western>\d{4})年|(?P<era>令和|平成)(?P<year>元|"
    r"\d{1,2})年)\s?)?(?P<month>\d{1,2})月\s?(?P<day>\d{1,2})日"
    r"(?:\s?\(?(?P<weekday>[月火水木金土日])(?:\)|曜))?"
)
_DUE: Final = re.compile(r"(?:期限|期日|締切|締め切り|まで|迄)")
_ISSUED: Final = re.compile(r"(?:発行|発送|作成|通知|発信|送付|差出)(?:年月)?日[ :]{0,3}$")

# Money and contact ------------------------------------------------------------------------------
_PAY: Final = (
    r"(?:お?支払い?|納付|納税|決済|清算|精算|入金|お?振り?込み?|お?引き?落とし|送金|課金|滞納金の支払|料金の支払)"
)
_PAY_WORD: Final = re.compile(_PAY)
_PAY_HERE: Final = Beginning(
    rf"(?:下記|以下|こちら|専用|次|下)の?(?:より|から|に|url|リンク|ページ|サイト|フォーム|画面|ボタン|コード|"
    rf"窓口)+[^。\n]{{0,10}}?{_PAY}(?!カード|調書|方法)"
    rf"|(?:ページ|画面|リンク|サイト)内?(?:で|から|より)の?{_PAY}"
    rf"|{_PAY}(?:の)?(?:は|を|に)?(?:こちら|下記|以下|専用|url|リンク|ページ|サイト|ボタン|画面|フォーム|"
    rf"手続き?(?:へ|は|を)|へ進む|で再開)"
    rf"|(?:オンライン|web|ウェブ|クレジットカード|カード)(?:での?|から|で)?(?:ご)?(?:お?支払い?|決済|納付|払い|"
    rf"清算|精算)|{_PAY}先?url"
    rf"|(?:未納|未払い?|滞納|不足)(?:料金|金|分|額)?(?:の|を)[^。\n]{{0,6}}{_PAY}|"
    rf"^[ \[【▶]*{_PAY}(?:する)?[ \]】▶→]*$",
    re.MULTILINE,
)
_CALLING: Final = re.compile(
    r"連絡|電話|お?問い?合わ?せ|tel|窓口|ダイヤル|一報|相談|まで|へ|係|センター|デスク|事務所|担当|課|番号|発信"
)
_ACCOUNT: Final = re.compile(r"振り?込|口座|入金|送金|名義")
_HOLDER: Final = Beginning(
    r"(?:口座)?名義(?:人)?[ :=は(「]{0,3}(?P<a>[ァ-ヶー]{2,7} ?[ァ-ヶー]{1,7}|"
    r"[一-鿿々]{1,3} ?[一-鿿々ぁ-んァ-ヶー]{1,4})(?![一-鿿ァ-ヶーぁ-ん])"
    r"|(?:普通?|普通預金|当座|"
    r"総合)(?:口座)?(?:番号)?[ :]{0,3}\d{5,8}[ /、,\n:(「名義人口座]{1,8}(?P<b>[ァ-ヶー]{2,7} ?[ァ-ヶー]{1,7}|"
    r"[一-鿿々]{1,3} ?[一-鿿々]{1,4})(?![一-鿿ァ-ヶーぁ-ん])"
    r"|(?:普通|当座|個人|担当|責任者|代表) ?(?P<d>[ァ-ヶー]{2,6} [ァ-ヶー]{2,6}|"
    r"[一-鿿]{1,3} [一-鿿ぁ-ん]{1,3})(?= ?(?:名義|普通|$|\n))"
    r"|\d{6,8}\s{1,3}(?P<e>[ァ-ヶー]{2,6} ?[ァ-ヶー]{2,6})(?=\s|$)|(?P<f>[ァ-ヶー]{2,6} [ァ-ヶー]{2,6})(?:の|"
    r"名義の)?(?:口座|paypay)"
    r"|振込先[: ]{1,3}(?P<c>[ァ-ヶー]{2,6}(?: [ァ-ヶー]{2,7}){1,2})"
)
_PERSON_ACCOUNT: Final = Beginning(
    r"個人(?:の|名義の?)?口座|(?:担当者?|代理人|経理|社員|職員|代表者?|部下|親族|知人|私|わたし|俺|自分|妻|委託先|"
    r"受託者)(?:個人)?(?:の|名義の?|が管理する)(?:個人)?口座"
    r"|個人名義|口座(?:名義)?(?:は|が)(?:、)?個人(?:名)?|(?:口座|振込先)[^。\n]{0,8}(?:毎回|月ごと|都度|その都度|"
    r"毎月)[^。\n]{0,4}(?:変わ|変更|異な)"
    r"|(?:本日|今回|その都度|毎回|その日)[^。\n]{0,6}(?:限り|専用|指定)の?口座|(?:指定の?)?受入口座|担当者専用口座|"
    r"(?:預り金|保管人)口座"
    r"|名義は[^。\n]{0,10}(?:海外|別|物流|管理会社|パートナー|代理|担当|個人)[^。\n]{0,8}|(?:担当|責任者|"
    r"代理)者?の?名義"
)
_CORPORATE: Final = re.compile(
    r"(?:^|[ (])(?:カ|ド|ユ)\)|\((?:カ|ド|ユ)|シヤ|シャ$|カブ|セイ|キヨク|キョク|ホウ|センター|サービス|ギンコウ|"
    r"クラブ|カイシャ|会$|社|機構|市|町|県|局|課|協会|組合|会計|管理|出納|学校|病院|事務|振込|番号|口座|変更|なし|"
    r"人$"
)
_FOREIGN: Final = re.compile(
    "[稅滯确账务责权证码帐导问题额险转异买卖动发关开门对际话时间车电东书记录验单扣们您这该请户员积订阅优击链续费货币缴纳处罚违规银储给应为从达]+"
)
_INVISIBLE_INSIDE: Final = re.compile(r"(?<=[一-鿿ぁ-ヶ])[\u200b-\u200d\u00ad\u2060\ufeff\u2010]+(?=[一-鿿ぁ-ヶ])")
_SYMBOL_INSIDE: Final = re.compile(r"[一-鿿](?:[.*|^`=＊．＋+\u2010]{1,2}[一-鿿]){1,6}")
_BUTTON: Final = re.compile(
    r"^[ ]*(?:[▶►≫»⇒👉☞]|→|>>|\[|【)[ ]?(?P<m>[^\n\]】。:]{2,18}(?:する|へ進む|はこちら|を開く|手続き|ログイン|"
    r"受け取る|登録|取消し?|解除|キャンセル|保護|更新|戻して|確認))[ ]?(?:[\]】]|>>|≫|▶|→|$)"
    r"|^(?P<n>[^\n。:、]{2,16}(?:する|へ進む|はこちら|を開く|受け取る|を確認))[ ]*(?:>>|≫|▶|»|→|⇒|\])",
    re.MULTILINE,
)
_RECEIVERS_OWN: Final = re.compile(r"[ >\n]?(?:様|殿|さま|さん|の|所有者|をご利用|宛)")
_QR: Final = re.compile(r"(?:下記|以下|下|添付|同封|記載|こちら)の?[^。\n]{0,6}(?:qrコード|二次元(?:バー)?コード|qr)")


def _whatever_its_kind(detector: Detector) -> Detector:
    """A detector that the kind does not change: asked with the kind that a notice seems to have and, before, with
    that which nothing is known of, it looks once."""

    @wraps(detector)
    def once(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
        key = detector, suspicious
        if key not in reading.memo:
            reading.memo[key] = detector(reading, kind, suspicious)
        places: Places = reading.memo[key]
        return places

    return once


def _original(reading: Reading, spans: Iterable[tuple[int, int]]) -> Places:
    return [reading.normalised.span(start, end) for start, end in spans] or None


def _group(match: re.Match[str]) -> tuple[int, int]:
    """The first named group that took part, else the whole match."""
    return next((match.span(name) for name, value in match.groupdict().items() if value), match.span())


def _forms(reading: Reading) -> tuple[Normalised, ...]:
    """The folded text, and the squeezed one where that is another."""
    same = len(reading.squeezed.text) == len(reading.normalised.text)
    return (reading.normalised,) if same else (reading.normalised, reading.squeezed)


@_whatever_its_kind
def bad_case_number(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """わ第317号, 訴訟番号 A-12: courts write 令和8年(ロ)第20418号."""
    if not suspicious:
        return None
    found: set[tuple[int, int]] = set()
    for read in _forms(reading):
        places = [_group(match) for match in _CASE_LIKE.finditer(read.text)]
        if places:
            proper = {place for match in _PROPER_CASE.finditer(read.text) for place in range(*match.span())}
            own = (read.span(*place) for place in places if proper.isdisjoint(range(*place)))
            found |= {_on_one_line(reading.notice.text, *place) for place in own}
    return sorted(found) or None


def _on_one_line(text: str, start: int, end: int) -> tuple[int, int]:
    """Up to the line end, where a number stands before it: 「わ第251号⏎取り下げ最終期日 令和8年」."""
    number = _NUMBER_ON_A_LINE.match(text, start, end)
    return (start, number.end()) if number else (start, end)


@_whatever_its_kind
def date_conflict(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """2026年11月10日(月): that day is a Tuesday; 2月30日; a deadline before the day of issue."""
    text = reading.normalised.text
    found: list[tuple[int, int]] = []
    issued: dt.date | None = reading.notice.received_on
    dates: list[tuple[re.Match[str], dt.date]] = []
    for match in _WEEKDAY.finditer(text):
        year = _year(match)
        try:
            day = dt.date(year or 2024, int(match["month"]), int(match["day"]))
        except ValueError:
            found.append(match.span())
            continue
        if year is None:
            continue
        if match["weekday"] and match["weekday"] != "月火水木金土日"[day.weekday()]:
            found.append(match.span())
        elif _ISSUED.search(text[max(0, match.start() - 8) : match.start()]):
            issued = day
        else:
            dates.append((match, day))
    if suspicious and issued is not None:
        late = [m for m, day in dates if day < issued and _DUE.search(text[max(0, m.start() - 10) : m.end() + 4])]
        found += [m.span() for m in late]
    return _original(reading, sorted(found))


def _year(match: re.Match[str]) -> int | None:
    if match["western"]:
        return int(match["western"]) or None
    if match["era"]:
        number = 1 if match["year"] == "元" else int(match["year"])
        return number + (2018 if match["era"] == "令和" else 1988)
    return None


@_whatever_its_kind
def sums_dont_fit(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """A total that no choice of the parts before it gives; interest far over the legal rate."""
    if not suspicious:
        return None
    text = reading.normalised.text
    found = [m.span() for m in _YEARLY.finditer(text) if int(m[1]) > 20]
    found += [m.span() for m in _DAILY.finditer(text)]
    parts = [(m.end(), int(m["yen"].replace(",", ""))) for m in _PART.finditer(text)]
    for match in _TOTAL.finditer(text):
        total = int(match["yen"].replace(",", "") or 0)
        last = bisect_right(parts, (match.start(), maxsize))
        before = [value for end, value in parts[max(0, last - 8) : last] if end > match.start() - 160]
        sums = {0}
        for value in before:
            sums |= {value + other for other in sums}
        if len(before) >= 2 and total not in sums:
            found.append(match.span())
    return _original(reading, sorted(found))


def odd_sender_number(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A mobile or foreign number as the desk of a firm or office."""
    if not suspicious or kind == "personal":
        return None
    return _original(reading, ((p.start, p.end) for p in reading.contacts.phones if p.kind in ("mobile", "foreign")))


def call_printed_number(reading: Reading, kind: DocumentKind, suspicious: bool) -> Places:
    """A number, and nothing else to do than to call it."""
    text = reading.normalised.text
    if not suspicious or kind == "personal" or reading.contacts.links:
        return None
    phones = [p for p in reading.contacts.phones if p.kind != "public_desk"]
    near = [p for p in phones if _CALLING.search(text, max(0, p.start - 60), min(len(text), p.end + 30))]
    return _original(reading, [(p.start, p.end) for p in near[-1:]])


@_whatever_its_kind
def pay_by_link(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """A link, and words that ask to pay through it."""
    text = reading.normalised.text
    links = reading.contacts.links
    if not suspicious or not _PAY_WORD.search(text):
        return None
    for link in links:
        word = _PAY_WORD.search(text, max(0, link.start - 16), link.start)
        if word is not None:
            return _original(reading, [(word.start(), link.end)])
    asks = [match.span() for match in _PAY_HERE.finditer(text)]
    if asks and (links or reading.notice.channel in ("email", "popup")):
        return _original(reading, asks[:1])
    near = (link for link in links if _PAY_WORD.search(text, max(0, link.start - 50), link.start))
    return _original(reading, [(link.start, link.end) for link in near][:1])


@_whatever_its_kind
def lookalike_domain(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """smbc-card.login-jp.top: a name inside somebody else's host."""
    return _original(reading, _foreign_hosts(reading)[0]) if suspicious else None


@_whatever_its_kind
def sender_mismatch(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """A bank or an office that writes from a free address or links to an unrelated host."""
    return _original(reading, _foreign_hosts(reading)[1]) if suspicious and claims_a_name(reading) else None


@_whatever_its_kind
def redirect_link(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """bit.ly/…, a button, a code to scan: nobody can see where it leads."""
    if not suspicious:
        return None
    text = reading.normalised.text
    links = reading.contacts.links
    elsewhere = set(_foreign_hosts(reading)[1])
    found = [(c.start, c.end) for c in links if c.kind in ("shortener", "relay") and (c.start, c.end) not in elsewhere]
    if not links:
        found += [_group(match) for match in _BUTTON.finditer(text)]
        found += [match.span() for match in _QR.finditer(text)]
    return _original(reading, sorted(found))


def claims_a_name(reading: Reading) -> bool:
    """Whether the sender says who they are: a host can be unlike a name only where there is one."""
    text = reading.normalised.text
    return BRANDS.search(text) is not None or NAMED_COMPANY.search(text) is not None


def _foreign_hosts(reading: Reading) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The places of hosts that imitate a name, and of those that have nothing to do with the sender."""
    text = reading.normalised.text
    claimed = BRANDS.search(text) is not None
    imitating, unrelated = [], []
    hosts: list[Link | Mail] = [*reading.contacts.links, *reading.contacts.mails]
    for contact in hosts:
        place = (contact.start, contact.end)
        mail = isinstance(contact, Mail)
        if mail and _RECEIVERS_OWN.match(text[contact.end : contact.end + 5]):
            continue
        if contact.kind == "imitation" or (contact.kind == "other" and not mail and telling(contact.host)):
            imitating.append(place)
        elif contact.kind == "other" or (claimed and _free(contact)):
            unrelated.append(place)
    return imitating, unrelated


def _free(contact: Link | Mail) -> bool:
    return contact.kind == "free_mail" or contact.host.endswith(".duckdns.org")


@_whatever_its_kind
def foreign_glyph(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """稅金, 确认: glyphs that are not written in Japan."""
    return [match.span() for match in _FOREIGN.finditer(reading.notice.text)] or None if suspicious else None


@_whatever_its_kind
def split_characters(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """未.納, 差+押, or characters that cannot be seen."""
    if not suspicious:
        return None
    text = reading.notice.text
    found = [(max(0, m.start() - 1), m.end() + 1) for m in _INVISIBLE_INSIDE.finditer(text)]
    return found + [m.span() for m in _SYMBOL_INSIDE.finditer(text)] or None


@_whatever_its_kind
def personal_account(reading: Reading, _kind: DocumentKind, suspicious: bool) -> Places:
    """名義 タナカ イチロウ for a firm or an office."""
    if not suspicious or not _ACCOUNT.search(reading.squeezed.text):
        return None
    found: set[tuple[int, int]] = set()
    # A space may part a number from a name, or the letters of a phrase.
    for read in _forms(reading):
        holders = (_group(match) for match in _HOLDER.finditer(read.text))
        named = [place for place in holders if not _CORPORATE.search(read.text[slice(*place)])]
        found |= {read.span(*place) for place in (*named, *(m.span() for m in _PERSON_ACCOUNT.finditer(read.text)))}
    return sorted(found) or None


DETECTORS: Final[dict[str, Detector]] = {
    detector.__name__: detector
    for detector in (
        bad_case_number,
        date_conflict,
        sums_dont_fit,
        odd_sender_number,
        call_printed_number,
        pay_by_link,
        lookalike_domain,
        redirect_link,
        sender_mismatch,
        foreign_glyph,
        split_characters,
        personal_account,
        *ABSENCES,
    )
}
