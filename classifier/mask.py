"""Takes out of a text what belongs to a person: numbers, addresses and names, each replaced by what it was.

Holding somebody's My Number is restricted by law (番号法19条, 20条), so it goes before anything is stored.
The pattern proposes and a check digit disposes where there is one; where there is none the mask is generous,
since a reference number too many costs less than a telephone number too few.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from stdnum import luhn
from stdnum.jp import in_ as my_number

from classifier.normalise import Normalised, normalise
from classifier.tokenise import has_personal_name

MaskKind = Literal["my_number", "card", "account", "phone", "mail", "name"]
LABELS: Final[dict[MaskKind, str]] = {
    "my_number": "〔マイナンバー〕",
    "card": "〔カード番号〕",
    "account": "〔口座番号〕",
    "phone": "〔電話番号〕",
    "mail": "〔メールアドレス〕",
    "name": "〔名前〕",
}
# 1234-5678-9012, 1234 5678 9012, one part a line, and the long vowel mark that is typed for a hyphen.
_GAP: Final = r"[\s\-ー―─・.・/_]{0,3}"
_DIGITS: Final = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{9,}}")
_PHONE: Final = re.compile(
    rf"(?<!\d)(?<!〒\d\d\d-)(?:\+?\s?81{_GAP}\(?0?\)?|\(?0)\d{{0,4}}[)\s\-ー―─・./]{{0,3}}(?:\(?\d{{1,4}}\)?{_GAP}){{1,3}}\d{{2,4}}(?!\d)"
)
# 普通 1234567, 口座番号:123-4567, (当)7654321; a place in a list, 1234567, is no account.
_ACCOUNT: Final = re.compile(
    rf"(?:口座|普通|当座|貯蓄|\((?:普|当)\))(?:預金|番号|名義)?[^\d\n]{{0,10}}\n?[^\d\n]{{0,4}}(\d(?:{_GAP}\d){{5,9}})(?!\d)"
)
# ゆうちょ: 記号 12345 番号 12345671
_POST_ACCOUNT: Final = re.compile(
    rf"記号[^\d\n]{{0,6}}(\d{{5}}(?:[^\d\n]{{0,3}}\d)?[^\d]{{0,10}}\d(?:{_GAP}\d){{0,8}})(?!\d)"
)
_MAIL: Final = re.compile(r"[a-z0-9._%+'-]{1,64}\s?(?:@|\[at\]|\(at\))\s?(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}")
# 山田太郎様, 山田 さくら 殿, 山田さくら様, ヤマダ タロウ様, yamada taro様, and after a space やまだ はな様
# A form of address behind a mask begins no name: 〔名前〕様債務者様
_NAME: Final = re.compile(
    r"((?!(?<=〕)[様殿])[一-鿿々〆ヶ]{1,6}(?:[ \n][一-鿿々〆ヶァ-ヺーぁ-ゖa-z]{1,8}|[ァ-ヺーぁ-ゖ]{0,6})"
    r"|[ァ-ヺー]{2,12}[ ・]?[ァ-ヺー]{0,12}|[a-z]{2,20}(?:[ .][a-z]{2,20})?"
    r"|(?:(?<=[\s、。::])|^)[ぁ-ゖ]{2,8}[ ]?[ぁ-ゖ]{0,8}) ?"
    r"(?:様(?![々子式態相])|殿(?![堂下])|さま(?=[\s、。へのはがを]|$))"
)
# お客様, 皆様, 契約者様: nobody's name. 同様, 仕様, 模様, 様々, 宮殿: no form of address at all.
_NOBODY: Final = re.compile(
    r"(?:(?:お|御|ご)?(?:客|客様番号|取引先|得意先|施主|家族|子|相手|世帯主|本人|契約者|利用者|使用者|加入者|会員|購入者|申込者"
    r"|担当者|責任者|代表者|受取人|名義人|債務者|債権者|関係者|該当者|対象者|所有者|納税者|被告|原告|連絡先|宛名|宛先|名前|氏名)"
    r"|皆|皆々|みな|みんな|お客|おきゃく|御中|各位|神|仏|奥|旦那|若|王|姫|何|誰|どなた|なに|同|仕|模|異|多|左|有|文|貴|宮|神|御|本|ユーザー|メンバー"
    r"|オーナー|ご|お|この|その|[様殿]+)"
)
# Who is named so is a person, or a company: 債務者 山田太郎, 氏名:山田 花子, 契約者名 ヤマダ タロウ. Not the account's
# holder, the claimant or whoever signs: those are what the notice is judged by.
_ROLE: Final = (
    r"(?:債務者|被告|相手方|連帯保証人|保証人|納税義務者|納付義務者|被保険者|届出人"
    r"|(?:御|ご)?(?:契約者|利用者|使用者|加入者|申込者|購入者|登録者|納税者|滞納者|世帯主|本人|相談者|会員|名宛人))(?:様|名|氏名|様名|のお名前)?"
)
# What a form asks for: there a family's name alone may stand.
_FORM: Final = r"(?:お|ご|御)?(?:氏名|名前|芳名)|フリガナ|ふりがな|宛名"
_KANJI: Final = "一-鿿々〆ヶ"
# さくら, のぞみ, but neither 以外には nor 様のもとから.
_GIVEN: Final = (
    r"(?!には|では|から|まで|より|など|のみ|のもと|です|ます|した|する|して|され|である|によ|につ|ごと|だけ|への|との|での|にて|ない)"
    r"[ぁ-ゖ]{2,4}"
)
_NAME_AFTER_ROLE: Final = re.compile(
    rf"(?<![{_KANJI}])(?:{_ROLE}|(?P<form>{_FORM}))(?:[ ]{{0,2}}(?P<colon>:)[ ]{{0,2}}|[ ]{{1,3}}|[ ]?\n[ ]{{0,2}})"
    rf"(?P<name>[{_KANJI}]{{1,5}}[ ][{_KANJI}]{{1,4}}|[{_KANJI}]{{1,4}}[ ]?(?:{_GIVEN}|[ァ-ヺー]{{2,6}})"
    rf"|[{_KANJI}]{{2,6}}|[ァ-ヺー]{{2,8}}[ ・][ァ-ヺー]{{2,8}})"
    rf"(?=[ \n、。,.;()「」【】/・0-9]|様|殿|さま|さん|氏|君|[はがをにのとへも][^ぁ-ゖ{_KANJI}]|[はがをにのとへも]$|$)"
)
# 〒100-0000 東京都千代田区1-2-3 山田太郎, and the name in one of the two lines below.
_ADDRESS: Final = re.compile(r"〒(?=([ ]?\d{3}[-ー]?\d{4}[^\n]{0,80}(?:\n[^\n]{0,60}){0,2}))")
_NAME_IN_ADDRESS: Final = re.compile(
    rf"(?:(?<=[0-9号室階f])[ ]{{1,3}}|\n[ ]{{0,8}})"
    rf"(?P<name>[{_KANJI}]{{1,4}}[ ][{_KANJI}]{{1,4}}|[{_KANJI}]{{1,4}}[ ]?{_GIVEN}|[{_KANJI}]{{3,5}})"
    r"[ ]{0,8}(?=\n|\Z)"
)
# 債務者 株式会社…, 氏名 電話番号, 〒… 訴訟管理課: a company, an office, or another heading.
_WORD: Final = re.compile(r"[^ ・]+")
_SOLID: Final = re.compile(rf"[{_KANJI}]+")
_NO_PERSON: Final = re.compile(
    r"会社|法人|組合|銀行|金庫|協会|協議会|連合|機構|財団|社団|センター|サービス|サポート|事務|商会|商店|商事|工業|産業|興業|物産"
    r"|建設|不動産|保険|証券|債権|債務|回収|金融|信販|信託|通信|電力|電気|水道|郵便|裁判|法務|総務|財務|国税|県税|都税|市税|民事|消費"
    r"|訴訟|管理|管轄|通告|通知|最終|重要|緊急|督促|催告|請求|支払|滞納|未納|料金|代金|金額|契約|番号|住所|氏名|名前|名義|宛名|電話|携帯"
    r"|口座|期日|期限|年月日|生年|年齢|性別|職業|勤務|情報|内容|事項|確認|登録|変更|記入|記載|入力|必須|本人|代理|保証|受取|連絡|各位|不明"
    r"|同上|省略|以下|以上|以外|様式|東京|大阪|京都|北海道|厚生|労働|役所|役場|代表|取締|担当|被告|原告|会員|用紙|フリガナ|フォーム"
    r"|カード|ローン|メール|ページ|サイト|ナンバー|コード|^[様殿]|[局署課係室社店欄書票証者府県市区町郡]$|御中$|..村$|(?<![服阿渡織磯])部$"
)
_UP_TO_PARTICLE: Final = re.compile(r"[^ ]*[のはがをにへ](?=.*[^ぁ-ゖ ])")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without what was found, and how often each kind was."""

    text: str
    counts: dict[MaskKind, int]


def mask(text: str) -> Masked:
    """`text` with every find replaced by its label. Masking twice changes nothing more; linear time.

    >>> mask("山田太郎様 090-1234-5678").text
    '〔名前〕様 〔電話番号〕'
    """
    pieces: list[str] = []
    counts: dict[MaskKind, int] = {}
    position = 0
    for start, end, kind in places(text):
        pieces += (text[position:start], LABELS[kind])
        counts[kind] = counts.get(kind, 0) + 1
        position = end
    pieces.append(text[position:])
    return Masked("".join(pieces), counts)


def places(text: str) -> list[tuple[int, int, MaskKind]]:
    """Where `mask` masks: half-open ranges of code points in order, none over another."""
    found: list[tuple[int, int, MaskKind]] = []
    for start, end, kind in sorted(_finds(normalise(text)), key=lambda find: (find[0], -find[1])):
        if found and start < found[-1][1]:  # inside what is gone already, or over its end
            first, last, gone = found[-1]
            found[-1] = (first, max(last, end), gone)
        else:
            found.append((start, end, kind))
    return found


def _finds(folded: Normalised) -> Iterator[tuple[int, int, MaskKind]]:
    """Places in the original."""
    text = folded.text
    for match in _DIGITS.finditer(text):
        yield from ((*folded.span(*place), kind) for *place, kind in _checked(match))
    for kind, pattern, group in _UNCHECKED:
        for match in pattern.finditer(text):
            yield (*folded.span(*match.span(group)), kind)
    for match in _NAME.finditer(text):
        start, end = match.span(1)
        # ご契約の佐藤様: the name begins behind the particle, unless that leaves a syllable of 山田のぞみ様.
        particle = _UP_TO_PARTICLE.match(text, start, end)
        start = particle.end() if particle else start
        words = text[start:end].split()
        while words and _NOBODY.fullmatch(words[-1]):  # 田中 ご本人様
            words.pop()
            end = start + len(" ".join(words))
        if words:
            yield (*folded.span(start, start + len(text[start:end].rstrip())), "name")
    yield from ((*folded.span(*place), "name") for place in _names_by_place(text))


def _names_by_place(text: str) -> Iterator[tuple[int, int]]:
    """Names that no 様 follows but that stand where people are named; in the folded text."""
    for match in _NAME_AFTER_ROLE.finditer(text):
        yield from _person(text, *match.span("name"), sure=bool(match["colon"] or match["form"]))
    for address in _ADDRESS.finditer(text):
        for match in _NAME_IN_ADDRESS.finditer(text, *address.span(1)):
            yield from _person(text, *match.span("name"), sure=False)


def _person(text: str, start: int, end: int, *, sure: bool) -> Iterator[tuple[int, int]]:
    """The name in a stretch of one or two words, without 代表取締役 before it and 住所 behind it.

    A company or a heading is none. Where the place alone does not say that a person is meant, kanji without a gap
    (山田太郎, 損害賠償) are a name only if the dictionary knows one in them, and two of them (佐藤, 住所) never are.
    """
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    people = [place for place in words if not _NO_PERSON.search(text[slice(*place)])]
    if not people or (len(words) == 2 and len(people) == 2 and _NO_PERSON.search(text[start:end])):
        return
    first = text[slice(*people[0])]
    if (
        len(people) == 2
        and len(first) > 2
        and has_personal_name(first)
        and not has_personal_name(text[slice(*people[1])])
    ):
        people.pop()  # 山田太郎 本日中
    start, end = people[0][0], people[-1][1]
    name = text[start:end]
    whole = len(people) == 2 or not _SOLID.fullmatch(name)
    if whole or (sure and len(name) > 1) or (len(name) > 2 and has_personal_name(name)):
        yield start, end


_UNCHECKED: Final[tuple[tuple[MaskKind, re.Pattern[str], int], ...]] = (
    ("phone", _PHONE, 0),
    ("account", _ACCOUNT, 1),
    ("account", _POST_ACCOUNT, 1),
    ("mail", _MAIL, 0),
)


def _checked(match: re.Match[str]) -> Iterator[tuple[int, int, MaskKind]]:
    """The stretches of a run of digits that a check digit confirms.

    A run may hold two numbers with a gap between, so every start is tried, the longest card first.
    """
    places = [place for place in range(match.start(), match.end()) if match.string[place].isdecimal()]
    digits = "".join(match.string[place] for place in places)
    first = 0
    while first < len(digits):
        for length in (19, 18, 17, 16, 15, 14, 13, 12):
            number = digits[first : first + length]
            if len(number) < length or not _stands_alone(match.string, places, first, length):
                continue
            if length == 12 and my_number.is_valid(number):
                kind: MaskKind = "my_number"
            elif length > 12 and number[0] in "23456" and luhn.is_valid(number) and len(set(number)) > 1:
                kind = "card"
            else:
                continue
            yield places[first], places[first + length - 1] + 1, kind
            first += length - 1
            break
        first += 1
    if len(digits) in (10, 11) and digits[0] == "0":  # 0 9 0 1 2 3 …
        yield match.start(), match.end(), "phone"


def _stands_alone(text: str, places: list[int], first: int, length: int) -> bool:
    """Whether no digit touches either end: twelve digits in the middle of twenty are no My Number."""
    last = first + length - 1
    before = first == 0 or places[first] - places[first - 1] > 1
    after = last == len(places) - 1 or places[last + 1] - places[last] > 1
    return before and after
