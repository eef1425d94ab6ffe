"""What firms print on what they send, drawn for both labels alike: desks, hours, dates, numbers, links, accounts.

A genuine notice that ends with a desk's name, its hours or a word of reassurance scored a unit of log odds higher, one
with a bank account too; a date above a scam took almost two units from it, and
「暗証番号をおたずねすることはありません」 three (datasets/TRIALS.md). Any sender can print these; so a training text
gets them or loses its date by a draw that does not know its label. Offsets do not survive.
"""

import random
import re
from typing import Final

_DESKS: Final = ("お客様", "ご契約者様", "会員様", "料金", "お支払い", "総合", "ご案内", "お問い合わせ", "事務", "管理")
_DESK_ENDINGS: Final = (*["センター"] * 3, "窓口", "係", "課", "デスク", "サポート", "相談室", "事務局")
_SURNAMES: Final = ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤")
_HOURS: Final = ("平日9:00〜17:00", "9時〜18時(土日祝を除く)", "10:00-19:00 年中無休", "平日 午前9時から午後5時まで")
_NOTES: Final = (
    "※本メールは送信専用のため、ご返信いただけません。",
    "※お手続きがお済みの場合は、本状を破棄してください。",
    "すでにお済みの方には、あしからずご了承ください。",
    "ご安心してご利用いただけるよう努めてまいります。",
    "ご心配なことがあれば、遠慮なくお申し出ください。",
    "なお、本状と行き違いにお手続きいただいた節はお許しください。",
    "お支払いの方法はご相談に応じます。",
    "お時間のあるときにご覧ください。",
    "どうぞご安心ください。",
    "手続きは数分で終わりますので、ご安心ください。",
)
_FORMS: Final = ("株式会社", "有限会社", "合同会社", "一般社団法人", "")
_FIRMS: Final = ("みどり", "あおぞら", "ひかり", "三栄", "東和", "北斗", "ミライ", "サンライズ", "大和田", "さくら")
_TRADES: Final = ("サービス", "商事", "ネット", "ライフ", "管理", "ファイナンス", "通信", "企画", "システム", "")
_NUMBERS: Final = ("お客様番号", "管理番号", "受付番号", "契約番号", "整理番号", "お問い合わせ番号")
_PREFIXES: Final = ("0120", "0800", "0570", "03", "06", "052", "050")
_STEMS: Final = ("midori", "aozora", "hikari", "sanei", "towa", "hokuto", "mirai", "sakura", "service", "support")
_STEM_ENDINGS: Final = ("-service", "-net", "life", "kanri", "")
_SUFFIXES: Final = (".co.jp", ".co.jp", ".or.jp", ".jp", ".com", ".net")
_BANKS: Final = ("みどり銀行", "中央信用金庫", "ゆうちょ銀行", "三菱UFJ銀行", "第一銀行")
_BRANCHES: Final = ("本店", "中央支店", "駅前支店", "東支店")
# 「当行がお電話で暗証番号をおたずねすることはございません。」
_WE: Final = ("当社が", "当行が", "弊社より", "私どもが", "市の職員が", "当センターが", "係の者が", "")
_ROUTES: Final = ("お電話で", "メールで", "SMSで", "電話やメールで", "この件で", "")
_SECRETS: Final = (
    *("暗証番号", "パスワード", "カード番号", "暗証番号やパスワード", "認証番号"),
    *("手数料", "現金", "ATMの操作", "口座の情報"),
)
_ASKING: Final = ("をおたずねする", "をうかがう", "をお聞きする", "をお願いする", "を求める")
_NEVER: Final = ("ことはありません。", "ことはございません。", "ことは一切ございません。", "ことはいたしません。")
_BEWARE: Final = (
    "詐欺にご注意ください。",
    "不審な電話やメールが増えております。",
    "当社の名をかたる連絡にご注意ください。",
    "ご不審の際は警察にご相談ください。",
)
_ASKS_FOR_MONEY: Final = re.compile(r"支払|払い|振込|振り込|入金|納付|納め|請求|料金|代金|返済|未納")
# 「令和6年5月1日」 on a line of its own.
_DATE_LINE: Final = re.compile(
    r"^[ 　]*(?:(?:発行|発信|作成|送付|通知)日?[ 　:：]*)?"
    r"(?:令和|平成|20\d\d|[RH])[ 　]*[\d０-９元一二三四五六七八九十]*"
    r"[年./-][ 　\d０-９]+[月./-][ 　\d０-９]+日?(?:付)?[ 　]*$\n?",
    re.MULTILINE,
)
# Shorter texts are messages: what is added to them stands on their line.
_SHORT: Final = 60
_FURNISHED_SHARE: Final = 0.35
_PRINTED_SHARE: Final = 0.3
_UNDATED_SHARE: Final = 0.15
_VOUCHED_SHARE: Final = 0.15


def drawn(text: str, rng: random.Random) -> str:
    """The text furnished, vouched for, printed upon, without its date, or as it stands, whatever its label."""
    if rng.random() < _FURNISHED_SHARE:
        text = furnished(text, rng)
    if rng.random() < _VOUCHED_SHARE:
        text = vouched(text, rng)
    ticket = rng.random()
    if ticket < _PRINTED_SHARE:
        return printed(text, rng)
    return undated(text) if ticket < _PRINTED_SHARE + _UNDATED_SHARE else text


def furnished(text: str, rng: random.Random) -> str:
    """One to three of what stands at the end of business letters: a desk, who is in charge, hours, a note."""
    lines = [
        rng.choice(_DESKS) + rng.choice(_DESK_ENDINGS),
        f"担当{rng.choice(['', ' ', ':'])}{rng.choice(_SURNAMES)}",
        f"{rng.choice(['', '受付時間 ', '営業時間:'])}{rng.choice(_HOURS)}",
        rng.choice(_NOTES),
    ]
    between = rng.choice(["\n", " "]) if len(text) < _SHORT else "\n"
    return between.join([text, *rng.sample(lines, rng.randint(1, 3))])


def printed(text: str, rng: random.Random) -> str:
    """One to three of what firms print on what they send: a date, their name, a number, a telephone, a link; with a
    demand an account or the sum."""
    above = _date(rng)
    below = [
        rng.choice(_FORMS) + rng.choice(_FIRMS) + rng.choice(_TRADES),
        f"{rng.choice(_NUMBERS)}{rng.choice([' ', ':', '：'])}{rng.randint(1000, 9_999_999)}",
        f"{rng.choice(['', 'TEL ', '電話 '])}{rng.choice(_PREFIXES)}-{rng.randint(100, 999)}-{rng.randint(1000, 9999)}",
        f"https://www.{rng.choice(_STEMS)}{rng.choice(_STEM_ENDINGS)}{rng.choice(_SUFFIXES)}/",
    ]
    if _ASKS_FOR_MONEY.search(text):
        account = f"{rng.choice(_BANKS)} {rng.choice(_BRANCHES)} 普通 {rng.randint(1_000_000, 9_999_999)}"
        below += [
            f"{rng.choice(['振込先 ', 'お振込先：', ''])}{account}",
            f"{rng.choice(['ご請求金額 ', '合計 ', 'お支払額：'])}{rng.randint(1, 400) * 180:,}円",
        ]
    lines = rng.sample([above, *below], rng.randint(1, 3))
    top = [line for line in lines if line == above]
    return "\n".join([*top, text, *(line for line in lines if line != above)])


def vouched(text: str, rng: random.Random) -> str:
    """With a word against fraud, which a fraud writes too."""
    never = "".join(rng.choice(words) for words in (_WE, _ROUTES, _SECRETS, _ASKING, _NEVER))
    word = rng.choice(["", "※", "なお、"]) + (never if rng.random() < 0.75 else rng.choice(_BEWARE))
    return f"{text}{'' if len(text) < _SHORT else chr(10)}{word}"


def undated(text: str) -> str:
    """Without the lines that hold a date alone."""
    return _DATE_LINE.sub("", text)


def _date(rng: random.Random) -> str:
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(
        (
            f"令和{rng.randint(2, 8)}年{month}月{day}日",
            f"平成{rng.randint(14, 30)}年{month}月{day}日",
            f"{rng.randint(2010, 2026)}年{month}月{day}日",
            f"{rng.randint(2010, 2026)}/{month:02}/{day:02}",
        )
    )
