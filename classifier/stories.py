"""What somebody tells who asks for advice: that they ask at all, what they did, what they are about to do.

Not notices, but what people type instead of them. Set phrases, names and requests rule it out: those are words of
others. Read from the text alone.
"""

import re
from contextlib import suppress
from datetime import date
from typing import Final

from classifier.reading import Reading

# A few plain sentences of somebody who asks: 「財布を落としました。心配です。」 The model knows long stories;
# a short question about a card or a number it takes for an office's letter. Names and set phrases rule it out.
_ASKS: Final = re.compile(
    r"(?:(?:です|でしょう|ます|ません|いい|だめ|大丈夫|べき)[かの][ねな]?|でしょう|どうすれば[いよ]?い?|どうしたら[いよ]?い?"
    r"|(?:言|聞|頼|求め)(?:わ|か|ま)?れました|答えていません|教えてください|心配です|不安です|困っています|[怖こ]わ?いです|たいです|なあ|かな)(?:[。?!…]|\n|$)"
)
_LIVED: Final = re.compile(
    r"(?:言われ|聞かれ|頼まれ|られ|され|来|届い|かかってき|なくし|落とし|盗ま|払ってしま|入れてしま|教えてしま|押してしま"
    r"|見られ|取られ)(?:まし|てい|た|て|ちゃ)|調べたい|変えたい|聞きたい|と思い(?:ます|まし)|[父母妻](?:が|に|の|は)|息子|娘|祖母"
    r"|おばあ|夫(?:が|に|の|は)|主人|私(?:は|が|の)|自分の|マイナンバー"
)
_WRITTEN_BY_OTHERS: Final = re.compile(
    r"(?<!教えて)(?:いただけ|頂け|もらえ)(?:ます|ません)|番号を教えて(?!しま|ちゃ)|様|殿|御中|お客|拝啓|敬具|弊社|当社|当行|当職|各位|貴|下記|いたし|致し|くださいます|(?<!教えて)ください[。!\n]|下さい"
    r"|お願い|【|「|もしもし|申します|ございま|担当|\[|件名|さん[、,へ]|あなた"
)
_LONGEST_QUESTION: Final = 500
# Somebody was told to, and is on the way: 「送れと言われて、明日振り込みます」, 「いま銀行に向かっています」
_TOLD_TO: Final = re.compile(
    r"(?:言|頼|求め|すすめ|勧め|誘|せか|指示さ)(?:わ|ま|ら)?れ|(?:電話|連絡|メール|通知)(?:が|を|も)[^。\n]{0,12}(?:あ[っり]|来|き[たま]|かか|もら)"
)
_ON_THE_WAY: Final = re.compile(
    r"(?:振り?込|送金|払|渡|(?<![郵発配転輸])送|入金|課金|買|下ろ|おろ|引き出|立て替え|用意)[いしみりっむうすえおも]{0,2}(?:に行|ます(?!か)|つもり|予定|ところ|ようと|うと思|てあげ)"
    r"|(?:もう|あと|さらに)[^。\n]{0,4}\d万|\d万円?[^。\n]{0,6}追加|追加(?:で|の|を|と言)"
    r"|(?:銀行|郵便局|atm|コンビニ|買い)[^。\n]{0,10}(?:向か|行(?:く|き|こ)|来てい|着い|前に?(?:い|です))|持って(?:行|いく|いき)"
)
# 「ログインしてしまいました」: somebody tells what has happened to them, without a question
_DONE: Final = re.compile(
    r"(?:ログイン|入力|入れ|教え|伝え|払|振り込|送|送金|渡|買|押|開|クリック|電話)[^。\n]{0,6}(?:てしま|でしま|ちゃ|じゃ[いっ])"
    r"|(?:知らない|覚えのない|身に覚えのない)[^。\n]{0,14}(?:買われ|引き落と|引かれ|使われ|請求され|売られ)|振り?込みました|送りました|払いました"
)
_CAME_ON: Final = re.compile(
    r"(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日(?:に|、|頃|ごろ)?[^。\n]{0,20}(?:受け取|受領|届[きい]|来(?:ま|た)|もら)"
)
_QUOTED: Final = re.compile(r"「[^」]*」|『[^』]*』")
_MONEY: Final = re.compile(r"暗証|パスワード|お金|円|払|振り?込|カード番号|口座")
_CANNOT_PAY: Final = re.compile(r"(?:払え|返せ)(?:な[いくか]|ません|ず)|自己破産|任意整理|債務整理|個人再生")
_DESPAIR: Final = re.compile(r"死にた(?!く)|死のう|自殺|消えて(?:しまい)?たい|生きていけ|生きているのが")


def reader_tells(reading: Reading) -> bool:
    """Whether a few plain sentences tell and ask, without names, set phrases or contacts."""
    text, contacts = reading.normalised.text, reading.contacts
    if len(text) > _LONGEST_QUESTION or contacts.links or contacts.phones:
        return False
    told = _DONE.search(text) or (_ASKS.search(text) and _LIVED.search(text))
    return bool(told and not _WRITTEN_BY_OTHERS.search(text))


def about_to_pay(reading: Reading) -> bool:
    """Whether somebody was told to pay or hand over, and is about to."""
    text = _QUOTED.sub("", reading.normalised.text)
    if len(text) > _LONGEST_QUESTION or reading.contacts.links or _WRITTEN_BY_OTHERS.search(text):
        return False
    return bool(_TOLD_TO.search(text) and _ON_THE_WAY.search(text))


def has_acted(reading: Reading) -> bool:
    """Whether somebody says that they have paid, sent, entered or called: 「ログインしてしまいました」.

    Who has told their My Number has nothing that a bank could stop.
    """
    text = reading.squeezed.text
    told = bool(_DONE.search(text)) and not _others_wrote(reading)
    return told and not ("マイナンバー" in text and not _MONEY.search(text))


def cannot_pay(reading: Reading) -> bool:
    """Whether somebody cannot pay, or speaks of bankruptcy."""
    return bool(_CANNOT_PAY.search(reading.squeezed.text))


def despairs(reading: Reading) -> bool:
    """Whether there are words of not wanting to live."""
    return bool(_DESPAIR.search(reading.squeezed.text))


def told_receipt(reading: Reading, read_on: date) -> date | None:
    """The day on which somebody says that a paper came: 「11月10日に支払督促を受け取りました」, the last such day."""
    text = reading.normalised.text
    if len(text) > _LONGEST_QUESTION or _others_wrote(reading):
        return None
    told = _CAME_ON.search(text)
    if told is None:
        return None
    years = [int(told["year"])] if told["year"] else [read_on.year, read_on.year - 1]
    for year in years:
        with suppress(ValueError):
            day = date(year, int(told["month"]), int(told["day"]))
            if day <= read_on:
                return day
    return None


def _others_wrote(reading: Reading) -> bool:
    return _WRITTEN_BY_OTHERS.search(_QUOTED.sub("", reading.normalised.text)) is not None
