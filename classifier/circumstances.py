"""What the policy table may ask of a text beside its score, kind and flags: its circumstances, by name.

Each is read from the text and its flags alone, but `deadline_passed`, which needs the day of receipt and the
day of reading (`classifier.deadlines`).
"""

import re
from collections.abc import Collection, Sequence
from typing import Final

from classifier import stories
from classifier.knowledge import read_toml
from classifier.reading import Reading
from classifier.red_flags import proposed_flags
from classifier.result import GreenFlag, RedFlag

CIRCUMSTANCES: Final = (
    "court_document",
    "court_reply",
    "printed_deadline",
    "other_procedure",
    "provisional_execution",
    "deadline_passed",
    "fake_court_sign",
    "has_link",
    "well_formed",
    "thin",
    "not_japanese",
    "contact_only",
    "asks_nothing",
    "reader_tells",
    "tells_of_demand",
    "about_to_pay",
    "has_acted",
    "despair",
    "reply_period",
    "hounds",
    "cannot_pay",
    "speaks_of_codes",
    "court_form",
    "on_paper",
    "strong_sign",
    "clear_sign",
    "demands_money",
    "particulars",
    "old_debt",
    "old_paper",
)
# Billing and delivery services of genuine senders have hosts unlike the name; an imitation is verified by `contacts`.
# An execution officer who is late writes a short message too.
_GENUINE_TOO: Final = ("sender_mismatch", "lookalike_domain", "court_wrong_channel")
# 「暗証番号を入力」; shorter stretches may be a sender's name
_A_PHRASE: Final = 7
_COURT: Final = re.compile(r"裁判所|[簡地家高]裁")
_PROCEDURE: Final = re.compile(
    r"支払い?督促|訴状|呼出状|口頭弁論|仮執行|答弁書|督促異議|調停期日|期日呼出|差押命令|競売|判決|少額訴訟|審判|裁判員|送達"
)
_CASE_NUMBER: Final = re.compile(
    r"(?:令和|平成|昭和)(?:元|[\d*●〇]{1,2})年\s?\([ァ-ヶ少家労わろはい]{1,3}\)\s?第?\s?[\d*●〇]{1,7}号"
)
# What a court encloses with its paper: 「同封の異議申立書を出してください」
_ENCLOSED: Final = re.compile(r"(?:同封|添付)(?:の|した|いたしました)?(?:督促)?(?:異議(?:申立書)?|答弁書)")
# 支払督促 in so many words is enough, however it is told; 訴状 only where nothing of the fictitious postcard stands by.
_PAYMENT_ORDER: Final = re.compile(r"(?:支払い?|しはらい)(?:督促|とくそく)|仮執行(?:の)?宣言|督促異議")
_SUMMONS: Final = re.compile(r"訴状|呼出状|口頭弁論|答弁書")
_ARRIVED: Final = re.compile(r"裁判所|(?:簡|地|家)裁|届|送られ|来た|きました|特別送達")
# Who announces one sends none: 支払督促の申立てを検討いたします, 市が支払督促をしています
_ANNOUNCED: Final = re.compile(
    r"支払督促(?!異議)(?:(?!。|異議|受け取|受領|送達).){0,26}?(?:申し?立て(?!られ)|申立(?!人|て)|手続|裁判手|出す|出し(?:ます|て)|提出|使う|考え|検討|準備"
    r"|移行|移り|移ら|進み|進む|進め|対象|名簿|をと[るりら]|訴訟によ|請求することが|予告|のお願い|をしています|差押え等)[^。]{0,16}"
    r"|(?:訴訟|少額訴訟|調停|以降は?|ないときは|場合は)(?:又は|または|[・、か])?支払督促"
    r"|訴状(?:[^。\n]{0,12}(?:提出|準備|作成)|[をはの][^。]{0,8}(?:出し|出す|でき|案))[^。]{0,12}"
    r"|(?:支払督促|訴状|呼出状)[^。]{0,24}(?:届きます|届くため|送達されるため|お届けします)"
)
# Summonses whose period is not the two weeks and whose answer is no 督促異議: 労働審判手続期日呼出状及び答弁書催告状
_OTHER_PROCEDURE: Final = re.compile(
    r"労働審判|調停|家事(?:審判|事件)|離婚|遺産分割|破産|民事再生|免責|競売|少年(?:審判|事件)|事件記録に係る通知|準備書面"
)
_CIVIL_SUIT: Final = re.compile(r"支払督促|督促異議|訴状|口頭弁論|少額訴訟|仮執行")
_FICTITIOUS: Final = re.compile(
    r"最終告知|取り?下げ(?:最終)?期日|通達|はがき|ハガキ|葉書|取り?下げ(?:費用|の?相談)|sms|ショートメール"
)
_NOT_ADDRESSED: Final = re.compile(r"第三債務者|証人|裁判員|債権者(?:各位|の皆|である)|申立人代理人|陳述書")
# 「申立人 ○○株式会社 様」: the court writes to the one who applied, and nothing runs against them.
_TO_THE_CLAIMANT: Final = re.compile(r"^[ 　]*(?:申立人|債権者|原告)[^\n。、]{1,40}(?:様|殿|御中)[ 　]*$", re.M)
_TO_THE_DEBTOR: Final = re.compile(r"(?:債務者|被告|相手方)[^\n。、]{0,40}(?:様|殿)")
_DEMAND_STORY: Final = re.compile(r"督促|借|ローン|契約した|カード会社|家賃|保証会社|債権回収|滞納")
# 「支払督促に対し異議があったため、訴訟に移りました」
_AFTER_OBJECTION: Final = re.compile(r"支払い?督促[^。\n]{0,20}異議[^。\n]{0,20}(?:訴訟|通常|移行|第一審)")
# To tell employers or family is forbidden to lawful lenders (貸金業法21条); a guarantor may be written to.
_HOUNDING: Final = ("third_party_threat", "shame_exposure")
_KIN: Final = re.compile(
    r"^(?!.*保証人).*(?:職場|勤務先|勤め先|会社|家族|親|実家|近所|近隣|嫁|奥さん|妻|主人|夫|子|学校|知り合い|友)"
)
# 「弁明の機会」, 「返還決定」, 「意見照会」: what has a period of its own to answer
_REPLY_PERIOD: Final = re.compile(r"弁明(?:の機会|書)|返還(?:決定|命令)|徴収(?:金)?決定|意見照会|回答書")
# 「年収、お取引銀行をお知らせください」
_PRIVATE: Final = re.compile(r"年収|取引銀行|口座|暗証|預貯金|貯金|資産|キャッシュカード|現金は")
_LINK_WORDS: Final = re.compile(
    r"https?:/|リンク|url|qr|ボタン|タップ|クリック|アクセス|\[[^\]]{2,14}\]|こちらから|▼|▶|➡"
)
_JAPANESE: Final = re.compile(r"[ぁ-んァ-ヶ一-鿿々]+")
_DEMAND: Final = re.compile(
    r"未納|滞納|未払|未入金|督促|催告|差押|延滞|遅延損害|請求(?:書|額|金額|申し上げ|いたし|致し)|お支払い?(?:期|が確認|の確認|がな|をお願|ください)"
    r"|納付(?:し(?:てくだ|なけれ|ない)|が確認|期限|願)|納めてくだ|納めないと|入金(?:が|の確認)|振り?込んで?くだ|お振り?込み(?:くだ|をお|願)|引き?落とし(?:が|でき)|振替(?:が|でき)"
)
# What an office wants back, or will decide unless it hears: 「返還金」, 「弁明の機会の付与」
_OFFICE_DEMAND: Final = re.compile(r"返還(?:して|金|を求|決定|請求|額)|返納|弁明|徴収(?:金|し|決定)|過払|不正受給")
_AMOUNT: Final = re.compile(r"\d円|\d万円|¥ ?\d|\d円")
# Flags of something asked for: money in one of its ways, codes, data, a program
_ASKING: Final = frozenset(
    (
        "agency_odd_payment", "pay_to_receive", "refund_needs_operation", "bail_or_audit_transfer", "prepaid_code",
        "crypto_demand", "personal_account", "cash_parcel", "app_send_payment", "convenience_code", "pay_by_link",
        "credential_request", "mynumber_request", "otp_request", "install_or_remote", "move_channel", "arrest_threat",
        "seizure_threat", "cutoff_threat", "secrecy_demand", "short_deadline",
    )
)  # fmt: skip
# A year at least this far behind the newest year in the text is an old debt.
_OLD_YEARS: Final = 5
# A text that names no later year is an old paper whenever it is read: these rules are of 2026.
_LONG_PAST: Final = 2016
_YEAR: Final = re.compile(r"(昭和|平成|令和)(元|\d{1,2})年|(?<!\d)((?:19|20)\d\d)[年/.-]")
# 「ご契約日 2018年」 in a card's reminder of 2026
_MADE: Final = re.compile(r"契約|入会|申込|加入|登録|開設|設定")
_LONG_CONTRACT: Final = 15
_YEARS_AGO: Final = re.compile(
    r"(?:[5-9]|[1-9]\d|[五六七八九]|[二三四五]?十[一二三四五六七八九]?|何|数十)年(?:以上|も|くらい|ほど|ぐらい)?(?:前|まえ|昔|経)"
)
_LIMITATION: Final = re.compile(r"時効(?!の期間が近)")
_DEBT: Final = re.compile(
    r"借|貸付|融資|ローン|債権|債務|元金|立替|残高|利用代金|カード|料金|請求|滞納|未払|未納|返済|家賃|契約日|最終(?:取引|返済|入金)"
)
_ERA: Final = {"昭和": 1925, "平成": 1988, "令和": 2018}


def circumstances(reading: Reading, red: Sequence[RedFlag], green: Sequence[GreenFlag]) -> frozenset[str]:
    """The names of those that hold, `deadline_passed` never among them."""
    text = reading.squeezed.text
    visible = "".join(text.split())
    form = bool(_CASE_NUMBER.search(text) or _ENCLOSED.search(text)) and bool(_COURT.search(text))
    # A paper with a case number or with an answer form is no announcement, whatever words stand in it.
    told = text if form else _ANNOUNCED.sub("", text)
    other = bool(_OTHER_PROCEDURE.search(text)) and not _CIVIL_SUIT.search(text)
    order = bool(_PAYMENT_ORDER.search(told))
    summons = bool(_SUMMONS.search(told) and _ARRIVED.search(text) and (form or not _FICTITIOUS.search(text)))
    court_document = form or order or summons or bool(_COURT.search(text) and _PROCEDURE.search(text))
    reply = (order or summons) and not other and not _to_somebody_else(reading)
    contacts = reading.contacts
    on_paper = reading.notice.channel in ("letter", "postcard", "unknown")
    strong = any(flag.severity == "strong" for flag in red)
    debt, years = bool(_DEBT.search(text)), _years(reading, text)
    found = {
        "court_document": court_document,
        "court_form": form,
        "court_reply": reply,
        "printed_deadline": reply and is_summons(reading),
        "other_procedure": court_document and other,
        "provisional_execution": "仮執行" in text and court_document,
        "fake_court_sign": any(flag.id in _fake_court_flags() for flag in red),
        "has_link": bool(contacts.links or contacts.mails or _LINK_WORDS.search(text)),
        "on_paper": on_paper,
        "strong_sign": strong,
        "clear_sign": _clear(reading, red)
        or "imitation" in {*(c.kind for c in contacts.links), *(c.kind for c in contacts.mails)},
        "well_formed": on_paper and not strong and len(green) >= 4 and not contacts.links,
        "thin": len(visible) < 12,
        "not_japanese": sum(map(len, _JAPANESE.findall(visible))) < 0.15 * len(visible),
        "contact_only": len(visible) < 60 and bool(contacts.phones) and not re.search(r"[\d,]+円", text),
        "asks_nothing": not (contacts.links or contacts.mails or contacts.phones)
        and not (_DEMAND.search(text) or _AMOUNT.search(text) or _PRIVATE.search(text))
        and not any(flag.id in _ASKING for flag in red),
        "reader_tells": stories.reader_tells(reading),
        "tells_of_demand": bool(_DEMAND_STORY.search(text)),
        "about_to_pay": stories.about_to_pay(reading),
        "has_acted": stories.has_acted(reading),
        "hounds": any(_KIN.search(s.text) for f in red if f.id in _HOUNDING for s in f.spans),
        "cannot_pay": stories.cannot_pay(reading),
        "speaks_of_codes": "prepaid_code" in proposed_flags(reading),
        "despair": stories.despairs(reading),
        "reply_period": bool(_REPLY_PERIOD.search(text)),
        "demands_money": bool(_DEMAND.search(text) or _OFFICE_DEMAND.search(text)),
        "particulars": len(green) >= 2 or (len(visible) >= 100 and (on_paper or bool(_AMOUNT.search(text)))),
        "old_debt": debt and _long_ago(text, years),
        "old_paper": debt and bool(years) and max(years) <= _LONG_PAST,
    }
    return frozenset(name for name, holds in found.items() if holds)


def _clear(reading: Reading, red: Sequence[RedFlag]) -> bool:
    """A strong sign in so many words, or two: a few characters that clauses alone read as one may be a name."""
    strong = [flag for flag in red if flag.severity == "strong" and flag.spans and flag.id not in _GENUINE_TOO]
    proposed = proposed_flags(reading)
    spoken = (flag for flag in strong if flag.id in proposed or any(s.end - s.start >= _A_PHRASE for s in flag.spans))
    return len(strong) > 1 or any(spoken)


def is_summons(reading: Reading) -> bool:
    """Whether a court's paper calls to a hearing or for an answer by the day that is printed on it.

    The two weeks of a payment order (民事訴訟法391条) do not run for it, nor once an objection has led to a suit.
    """
    text = reading.squeezed.text
    return bool(_SUMMONS.search(text)) and not _PAYMENT_ORDER.search(_AFTER_OBJECTION.sub("", text))


def _to_somebody_else(reading: Reading) -> bool:
    """Whether a court's paper speaks to another than the debtor or defendant, by its line of address."""
    if _NOT_ADDRESSED.search(reading.squeezed.text):
        return True
    text = reading.normalised.text
    return bool(_TO_THE_CLAIMANT.search(text)) and not _TO_THE_DEBTOR.search(text)


def _fake_court_flags() -> Collection[str]:
    flags: list[str] = read_toml("policy.toml")["fake_court_flags"]
    return flags


def _long_ago(text: str, years: Sequence[int]) -> bool:
    """「契約日 平成12年」 in a letter of 令和8年, 「十五年前に借りた」, 「時効」."""
    if _YEARS_AGO.search(text) or _LIMITATION.search(text):
        return True
    return bool(years) and max(years) - min(years) >= _OLD_YEARS


def _years(reading: Reading, text: str) -> list[int]:
    """The years that the text names, and that of its receipt; not those in which a running contract was made."""
    named = [(_year(match), text[max(0, match.start() - 10) : match.start()]) for match in _YEAR.finditer(text)]
    newest = max((year for year, _ in named), default=0)
    found = [
        year
        for year, before in named
        if 1970 <= year <= 2100 and not (_MADE.search(before) and newest - year < _LONG_CONTRACT)
    ]
    received = reading.notice.received_on
    return found if received is None else [*found, received.year]


def _year(match: re.Match[str]) -> int:
    """令和元年 -> 2019, 平成30年 -> 2018, 2026年 -> 2026"""
    if match[3]:
        return int(match[3])
    return _ERA[match[1]] + (1 if match[2] == "元" else int(match[2]))
