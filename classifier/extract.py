"""Facts in a notice that a counsellor writes down: who claims, how much, until when, how to pay, how to reach them.

Each with its place in the notice's own text. What is not there stays empty; nothing is guessed.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from classifier.beginnings import Beginning
from classifier.contacts import Link, Mail, Phone, defang
from classifier.due_dates import find_due_dates
from classifier.knowledge import read_toml
from classifier.reading import Reading
from classifier.result import Amount, DueDate, Extracted, ExtractedPlace, Fact

# More of one kind than a person reads.
_MOST: Final = 20
# 「2万入れといた」 is a sum, 「2万人」 none.
_AMOUNT: Final = Beginning(
    r"(?<![\d,.])(?:(?P<oku>\d{1,3})億(?:(?P<of_oku>\d{1,4}|\d,\d{3})万)?円"
    r"|(?P<number>\d{1,3}(?:,\d{3}){1,4}|\d{1,12}(?:\.\d)?(?=万)|\d{1,12})"
    r"(?:(?P<man>万)(?:(?P<sen>\d)千(?:(?P<hyaku>\d)百)?|(?P<rest>\d,\d{3}|\d{1,4}))?"
    r"(?:\s?円|(?=[、。\s!?)」をはがのでにかも入おを払振]|,(?!\d)))|(?P<thousand>千)円|\s?円))"
)
_YEN_SIGN: Final = re.compile(r"¥\s?(?P<number>\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(?![\d,.]*\d)")
_REFERENCE: Final = re.compile(
    r"(?:(?:令和|平成|昭和)\s?(?:元|\d{1,2})年\s?\([ァ-ヶ少家手行わろは]{1,3}\)\s?第?\s?[\d,]{1,7}\s?号)"
    r"|(?:お?[一-鿿ァ-ヶー]{1,8}(?:番号|no\.?|コード|id))(?:\(?下\d桁\)?|末尾)?[:\s]{1,3}(?P<m>[a-z0-9*●-]{3,24})"
    r"|(?:管理|受付|整理|照会|訴訟|事件|通知)番号\s?(?P<n>(?:第|\()?[a-z0-9わワろロ()-]{3,16}号?)"
)
_ORGANISATION: Final = (
    r"(?:\((?:株|有)\)\s?[一-鿿ァ-ヶーa-z0-9・&]{2,20}|(?:さいたま|いわき|さくら|つくば|みどり|うきは|えびの|かほく|みずほ|りそな|ゆうちょ|きらぼし|あおぞら|いよ)?[一-鿿ァ-ヶーa-z0-9・&]{0,24}(?:株式会社|有限会社|合同会社|弁護士法人|司法書士法人|銀行|信用金庫|証券|裁判所|税務署|"
    r"年金事務所|年金機構|市役所|区役所|町役場|村役場|法律事務所|事務所|センター|機構|管理局|協会|財団|サービサー|"
    r"債権回収|カード|電力|ガス|水道局|郵便局|警察署?|警視庁|検察庁|法務省|総務省|国税庁|市|区|県|庁)"
    r"[一-鿿ァ-ヶーa-z・]{0,20})"
)
_NAME: Final = re.compile(_ORGANISATION)
# Blank, but no line break: with those in it every line of a run of empty ones would look through the rest of the run.
_BLANK: Final = r"[^\S\n]*"
_HEADER: Final = re.compile(
    rf"(?:^|\n){_BLANK}(?:差出人|発信者|送信者|from|発行者?|通知者|請求者)\s?:\s*(?P<m>[^\n>]{{2,60}}>?)"
)
_BRACKETED: Final = re.compile(r"^\s*[【\[(<]\s?(?P<m>[^】\])>\n]{2,30}?)(?:より|から)?\s?[】\])>]")
_INTRODUCED: Final = re.compile(
    rf"(?:^|[\n。、「]){_BLANK}(?:こちらは|私ども|弊社|当社)?[、,]?(?P<m>{_ORGANISATION}|[ァ-ヶーa-z一-鿿]{{2,16}})"
    r"(?:です[。、\n]|より(?:お知らせ|ご連絡|重要)|からの?(?:お知らせ|ご連絡|重要|最終)|と申します|でございます)"
)
# 【重要】 and 【最終通知】 say how, not who.
_NO_NAME: Final = re.compile(
    r"重要|緊急|最終|至急|警告|通知|お知らせ|ご案内|確認|注意|必読|再送|督促|請求|本人|限定|当選|未納|未払"
)
# A line of the end: 「ハッピーファイナンス 080-0000-4590」
_SIGNED: Final = re.compile(
    r"\n[^\S\n]*(?!担当|電話|tel|連絡|お?問|受付|窓口|番号|〒)(?P<m>[一-鿿ァ-ヶーa-z・&]{3,20})[^\S\n]+(?:電話|tel)?[:\s]{0,2}\(?[0〇]\d[\d()-]{7,13}[^\n]{0,20}\s*$"
)
# What is no name though it ends like one: 「クレジットカード情報」, 「お客様センター」, 「東京都千代田区霞」
_COMMON: Final = re.compile(
    r"(?:ギフト|クレジット|キャッシュ|プリペイド|プレイ|アップル|通知|ナンバー|ポイント|会員|各種|保険者)カード|カード(?:番号|情報|面|名義)"
    r"|^(?:カード|銀行|取引銀行|電力会社|電力|ガス|警察|警察署|交番|会社|協会|事務所|郵便局|市|区|県|庁|お?客様センター|サポートセンター|センター)$"
    r"|^(?:当|本|貴|各|滞納|客様)|(?:税|料金|番号|代理店|ホームページ)$|^[一-鿿]{2,4}[都道府県][一-鿿]{1,6}[市区郡町村](?![役長])[^署局課庁所社会構部室]*$"
)
_DENIED: Final = re.compile(
    r"[^。\n]{0,30}(?:ことは[^。\n]{0,4}(?:あり|ござい)ません|いたしません|ないで(?:ください|下さい))"
)
# Names of cards, of those for whom the sender speaks, and of the bank to pay into.
_OTHERS: Final = re.compile(
    r"(?:(?:ギフト|クレジット|キャッシュ|プリペイド|ナンバー)カード|(?:債権者|譲渡人|委託元|加盟店|原告|債務者|被告)[名は:\s]{0,3}[^\n。]{0,30}"
    r"|(?:お?振り?込み?先|振込口座|お?支払い?先|入金先|送金先|引き?落と?し?口座|お?支払い?方法)[^\n]{0,12}\n?[^\n。]{0,30})$"
)
_CREDITOR: Final = re.compile(
    r"(?:原?債権者|譲渡人|委託元|委託者|ご?請求元|請求者|加盟店|ご利用店|申立人|原告)"
    r"(?:(?:名|は|である)?[:\s]{1,3}|名|は|である|(?=\(株\)|(?:株式|有限|合同)会社|[ァ-ヶー]{3}))"
    r"(?P<m>(?:\(株\)|(?:株式|有限|合同)会社)?\s?[一-鿿ァ-ヶーa-z][^\s。、は)]{1,30})"
)


def extract(reading: Reading) -> Extracted:
    """What can be read off the text, with its places; `due_dates` need `received_on` where no year is written."""
    text = reading.normalised.text
    amounts = _amounts(text)[:_MOST]
    due = find_due_dates(text, reading.notice.received_on)[:_MOST]
    points: list[Link | Mail | Phone] = [*reading.contacts.links, *reading.contacts.mails, *reading.contacts.phones]
    contacts = sorted((point.start, point.end) for point in points)[:_MOST]
    references = [_own(match) for match in _REFERENCE.finditer(text)][:_MOST]
    payments = {name: place for name, pattern in _payment_methods() if (place := _asked_for(pattern, text))}
    sender, creditor = _sender(text), _CREDITOR.search(text)
    found: list[tuple[Fact, tuple[int, int]]] = [
        *((("sender", sender),) if sender else ()),
        *((("creditor", creditor.span("m")),) if creditor else ()),
        *(("amount", place) for _, place in amounts),
        *(("deadline", (d.start, d.end)) for d in due),
        *(("payment", place) for place in payments.values()),
        *(("contact", place) for place in contacts),
        *(("reference", place) for place in references),
    ]
    return Extracted(
        sender=reading.notice.sender or (_words(reading, sender)[:60] if sender else None),
        creditor=_words(reading, creditor.span("m")) if creditor else None,
        amounts=tuple(Amount(yen, reading.normalised.span(*place)) for yen, place in amounts),
        deadlines=_unique(_words(reading, (d.start, d.end)) for d in due),
        due_dates=tuple(
            DueDate(d.day.isoformat() if d.day else None, reading.normalised.span(d.start, d.end)) for d in due
        ),
        payment_methods=tuple(payments),
        contacts=_unique(defang(_as_written(reading, place)) for place in contacts),
        references=_unique(_words(reading, place) for place in references),
        places=tuple(ExtractedPlace(fact, *reading.normalised.span(*place)) for fact, place in found),
    )


@cache
def _payment_methods() -> list[tuple[str, re.Pattern[str]]]:
    return [(entry["name"], re.compile(entry["pattern"])) for entry in read_toml("payment_methods.toml")["method"]]


def _asked_for(method: re.Pattern[str], text: str) -> tuple[int, int] | None:
    """Where a way to pay is named, but for denials: 「ATMの操作をお願いすることはありません」."""
    places = (match.span() for match in method.finditer(text))
    return next((place for place in places if not _DENIED.match(text, place[1])), None)


def _amounts(text: str) -> list[tuple[int, tuple[int, int]]]:
    """Yen and place, in order: 「3万5千円」, 「298,000円」, 「¥298,000」."""
    found = [(_yen(match), match.span()) for match in _AMOUNT.finditer(text)]
    if "¥" in text:
        taken = {start for _, (start, _) in found}
        signed = (m for m in _YEN_SIGN.finditer(text) if m.start("number") not in taken)
        found += [(int(m["number"].replace(",", "")), m.span()) for m in signed]
        found.sort(key=lambda amount: amount[1])
    return found


def _yen(match: re.Match[str]) -> int:
    if match["oku"]:
        return int(match["oku"]) * 100_000_000 + int((match["of_oku"] or "0").replace(",", "")) * 10_000
    if match["man"]:
        return (
            round(float(match["number"].replace(",", "")) * 10_000)
            + int(match["sen"] or 0) * 1000
            + int(match["hyaku"] or 0) * 100
            + int((match["rest"] or "0").replace(",", ""))
        )
    return int(match["number"].replace(",", "")) * (1000 if match["thousand"] else 1)


def _sender(text: str) -> tuple[int, int] | None:
    """A header, a name in brackets in front, who introduces themselves, else the last organisation: letters are
    signed at the end."""
    if header := _HEADER.search(text):
        return header.span("m")
    if (front := _BRACKETED.search(text)) and not _NO_NAME.search(front["m"]):
        return front.span("m")
    introduced = _INTRODUCED.search(text)
    if introduced and not _NO_NAME.search(introduced["m"]) and not _COMMON.search(introduced["m"]):
        return introduced.span("m")
    names = [
        match.span()
        for match in _NAME.finditer(text)
        if not _OTHERS.search(text, max(0, match.start() - 40), match.end()) and not _COMMON.search(match[0])
    ]
    if names:
        return names[-1]
    signed = _SIGNED.search(text)
    return signed.span("m") if signed and not _COMMON.search(signed["m"]) else None


def _own(match: re.Match[str]) -> tuple[int, int]:
    """The named group that took part, else the whole match: お客様番号 12-3456 gives 12-3456."""
    return next((match.span(name) for name, value in match.groupdict().items() if value), match.span())


def _words(reading: Reading, place: tuple[int, int]) -> str:
    return reading.notice.text[slice(*reading.normalised.span(*place))].strip()


def _as_written(reading: Reading, place: tuple[int, int]) -> str:
    """A contact in the notice's own letters, folded where they are disguised: capitals count in a link's path."""
    own, folded = _words(reading, place), reading.normalised.text[slice(*place)]
    return own if own.lower() == folded else folded


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
