"""How courteous a text is, drawn for both labels alike.

Authors who were asked to write polite scams and blunt genuine notices taught the model that courtesy speaks for a scam:
the same genuine notices in business courtesy scored a whole unit of log odds higher (datasets/TRIALS.md). Manners are
a habit of senders and times, no sign; so a training text gets more or less of them by a draw that does not know its
label. Offsets do not survive: the flag reader learns from the texts as they were written.
"""

import random
import re
from typing import Final

_END: Final = r"(?=[。!！\n]|$)"
# 「取り消します」「渡します」 take no いたす: two characters before it make a noun.
_NOUN: Final = r"(?:(?<=[一-鿿ァ-ヶ]{2})|(?<=を))"
_RAISED: Final = (
    (
        re.compile(rf"(?<=[てで])(?:ください|下さい){_END}"),
        ("いただきますようお願いいたします", "くださいますようお願い申し上げます"),
    ),
    (
        re.compile(rf"((?:お|ご|御)[一-鿿ぁ-ん]{{1,7}})(?:ください|下さい){_END}"),
        (
            r"\1くださいますようお願い申し上げます",
            r"\1いただきますようお願いいたします",
            r"\1いただければ幸いでございます",
        ),
    ),
    (re.compile(r"お願いします"), ("お願いいたします", "お願い申し上げます")),
    (re.compile(rf"{_NOUN}します{_END}"), ("いたします",)),
    (re.compile(rf"{_NOUN}しました{_END}"), ("いたしました",)),
    (re.compile(rf"{_NOUN}しています{_END}"), ("いたしております",)),
    (re.compile(rf"(?<=[てで])います{_END}"), ("おります",)),
    (re.compile(rf"(?<=[がはもで])あります{_END}"), ("ございます",)),
    (re.compile(rf"(?<=[がはもで])ありません{_END}"), ("ございません",)),
    (re.compile(rf"(?<=[一-鿿ァ-ヶ])です{_END}"), ("でございます", "となっております", "です")),
)
_LOWERED: Final = (
    (
        re.compile(
            r"(?:いただき|頂き|ください|下さい|下され|いただけ)ますよう(?:、?(?:何卒|宜しく|よろしく|重ねて))*"
            r"(?:お願い|御願い)(?:い?たし|致し|申し上げ|申しあげ)?ます"
        ),
        "ください",
    ),
    (re.compile(r"(?:いただければ|いただけますと|いただけましたら)幸い(?:です|でございます|に存じます)"), "ください"),
    (re.compile(r"(?:何卒|宜しく|よろしく)*お願い(?:いたし|致し|申し上げ|申しあげ)ます"), "お願いします"),
    (re.compile(r"(?:いたし|致し)ております"), "しています"),
    (re.compile(r"(?:いたし|致し)ました"), "しました"),
    (re.compile(r"(?:いたし|致し)ます"), "します"),
    (re.compile(r"(?<=[てで])おります"), "います"),
    (re.compile(r"(?<=[てで])おりません"), "いません"),
    (re.compile(r"でございます"), "です"),
    (re.compile(r"(?<!ありがとう)(?<!有難う)(?<!有り難う)ございません"), "ありません"),
    (re.compile(r"(?<=[がはも])ございます"), "あります"),
    (re.compile(r"(?<=[内知願])申し上げます"), "します"),
)
# Sentences of courtesy alone: 「平素は格別のご高配を賜り…」「ご不明な点がございましたら…」.
_COURTESY_ALONE: Final = re.compile(
    r"[^。\n]*(?:平素|拝啓|時下|ますますご|いつも[^。\n]{0,20}ありがとう|お世話になって|今後とも|ご不明な点|"
    r"(?:何卒|今後とも)[^。\n]{0,12}(?:お願い|願い)|ご容赦)[^。\n]*(?:。|\n|$)"
)
_OPENINGS: Final = (
    "いつもご利用いただき、ありがとうございます。",
    "平素は格別のお引き立てを賜り、厚く御礼申し上げます。",
    "日頃より当社をお引き立てくださり、心より感謝いたします。",
    "時下ますますご清祥のこととお喜び申し上げます。",
    "毎度ご愛顧いただきまして、まことにありがとうございます。",
    "突然のご連絡となり申し訳ございません。",
    "お世話になっております。",
    "お忙しいところ恐れ入ります。",
)
_CLOSINGS: Final = (
    "ご不明な点がございましたら、お気軽にお問い合わせください。",
    "お手数をおかけいたしますが、何卒よろしくお願い申し上げます。",
    "今後とも変わらぬお引き立てをお願い申し上げます。",
    "行き違いの場合は、何卒ご容赦くださいませ。",
    "ご迷惑をおかけいたしますが、ご理解のほどお願いいたします。",
    "どうぞよろしくお願いいたします。",
    "末筆ながら、皆様のご健勝をお祈り申し上げます。",
)
# Headers and an addressee stand before what a sender says.
_HEAD: Final = re.compile(
    r"(?:(?:件名|差出人|from|to|subject)[:：][^\n]*\n+|[^\n。]{1,25}(?:様|殿|御中|各位)\s*\n+)*", re.I
)
_SHORT: Final = 60
_RAISED_SHARE: Final = 0.42
_LOWERED_SHARE: Final = 0.35


def drawn(text: str, rng: random.Random) -> str:
    """The text raised, lowered or as it stands, whatever its label."""
    ticket = rng.random()
    if ticket < _RAISED_SHARE:
        return raised(text, rng)
    return lowered(text) if ticket < _RAISED_SHARE + _LOWERED_SHARE else text


def raised(text: str, rng: random.Random) -> str:
    """「ご連絡ください。」 -> 「ご連絡くださいますようお願い申し上げます。」; often with a greeting or farewell."""
    for plain, courteous in _RAISED:
        text = plain.sub(lambda m, words=courteous: m.expand(rng.choice(words)), text)  # type: ignore[misc]
    if len(text) < _SHORT:
        return text
    if rng.random() < 0.5:
        head = _HEAD.match(text)
        place = head.end() if head else 0
        text = f"{text[:place]}{rng.choice(_OPENINGS)}{rng.choice(['', chr(10)])}{text[place:]}"
    if rng.random() < 0.5:
        text = f"{text}{rng.choice(['', chr(10)])}{rng.choice(_CLOSINGS)}"
    return text


def lowered(text: str) -> str:
    """「お支払いくださいますようお願い申し上げます。」 -> 「お支払いください。」; sentences of courtesy alone go."""
    for courteous, plain in _LOWERED:
        text = courteous.sub(plain, text)
    shorter = _COURTESY_ALONE.sub("", text)
    return shorter if len(shorter.strip()) >= _SHORT else text
