"""Facts in a notice that a counsellor writes down: who claims, how much, until when, how to reach them."""

import re
from collections.abc import Iterable
from typing import Final

from classifier.contacts import Link, Mail, Phone, defang
from classifier.reading import Reading
from classifier.result import Amount, Extracted

_AMOUNT: Final = re.compile(r"(?<!\d)(\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(万)?(?:(\d{1,4}))?\s?円")
_DEADLINE: Final = re.compile(
    r"(?:(?:令和|平成)(?:元|\d{1,2})年|\d{4}年)?\s?\d{1,2}月\s?\d{1,2}日\s?(?:\([月火水木金土日]\))?\s?(?:\d{1,2}[:時]\d{0,2}分?)?\s?(?:まで|必着|期限|迄)|(?:本日|明日|翌営業日|今月末|月末)(?:中|[^。\n、]{0,5}まで)|\d{1,3}(?:時間|日|週間)以内|(?:期限|期日|締切)[::は\s]{0,3}(?:(?:令和|平成)(?:元|\d{1,2})年|\d{4}年)?\d{1,2}月\d{1,2}日"
)
_REFERENCE: Final = re.compile(
    r"(?:(?:令和|平成|昭和)(?:元|\d{1,2})年\s?\([ァ-ヶ少家わろは]{1,3}\)\s?第?\s?\d{1,7}号)|(?:お?[一-鿿]{1,6}(?:番号|no\.?))[::\s]{1,3}([a-z0-9*●-]{3,24})"
)
_SENDER: Final = re.compile(
    r"[一-鿿ァ-ヶーa-z0-9・ ]{0,24}(?:株式会社|有限会社|合同会社|弁護士法人"
    r"|司法書士法人|銀行|裁判所|税務署|年金事務所|市役所|区役所|町役場|法律事務所"
    r"|センター|機構|管理局|協会|サービサー|債権回収|カード|電力|ガス|水道局)"
    r"[一-鿿ァ-ヶーa-z・]{0,20}"
)
_CREDITOR: Final = re.compile(
    r"(?:債権者|原債権者|譲渡人|委託元|ご?請求元|加盟店|ご利用店)[::\s]{1,3}([^\n。、]{2,40})"
)
_HEADER: Final = re.compile(r"(?:差出人|from|送信者)[::]\s*([^\n]{2,60})")


def extract(reading: Reading) -> Extracted:
    """What can be read off the text; a field that is not there stays empty."""
    normalised = reading.normalised
    text = normalised.text
    amounts = []
    for match in _AMOUNT.finditer(text):
        yen = int(match[1].replace(",", ""))
        if match[2]:
            yen = yen * 10_000 + int(match[3] or 0)
        elif match[3]:
            continue
        amounts.append(Amount(yen, normalised.span(*match.span())))
    contacts = reading.contacts
    every: list[Link | Mail | Phone] = [*contacts.links, *contacts.mails, *contacts.phones]
    points = [(c.start, c.end) for c in every]
    original = reading.notice.text
    creditor = _CREDITOR.search(text)
    return Extracted(
        sender=_sender(reading),
        creditor=original[slice(*normalised.span(*creditor.span(1)))].strip() if creditor else None,
        amounts=tuple(amounts[:20]),
        deadlines=_unique(original[slice(*normalised.span(*m.span()))] for m in _DEADLINE.finditer(text)),
        contacts=_unique(defang(text[start:end]) for start, end in sorted(points)),
        references=_unique(original[slice(*normalised.span(*m.span()))] for m in _REFERENCE.finditer(text)),
    )


def _sender(reading: Reading) -> str | None:
    """The header if there is one, else the last name of an organisation: letters are signed at the end."""
    if reading.notice.sender:
        return reading.notice.sender
    normalised = reading.normalised
    match = _HEADER.search(normalised.text)
    if match:
        return reading.notice.text[slice(*normalised.span(*match.span(1)))].strip()
    names = list(_SENDER.finditer(normalised.text))
    if not names:
        return None
    return reading.notice.text[slice(*normalised.span(*names[-1].span()))].strip()[:60]


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values))[:20]
