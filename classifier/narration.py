"""What people write around a notice when they paste it: 「母に届きました。本物でしょうか。」

The demand takes its own label whatever stands around it (labelling conventions), so the model reads the
pasted stretch alone. A text that is all story keeps nearly all of it: only short lines at either end that
introduce a paste or ask about it are left out, and never more than the smaller part.
"""

import re
from typing import Final

# Characters: an introduction is short, and what was pasted must be more than it.
_LONGEST_LINE: Final = 60
_LEAST_LEFT: Final = 30
_MOST_LINES: Final = 4
# What the reader did, left undone, fears or asks: 「入力してしまいました」, 「家族には言えません」, 「逮捕されますか」
_OWN: Final = (
    r"(?:買っ|払っ|電話し|連絡し|押し|入力し|入れ|開い|読み取っ|登録し|契約し|注文し|返信し|クリックし|教え|送っ|振り込ん|頼ん)"
    r"[てで](?:しまいました|い?ません|おりません)[。!]*$"
    r"|(?:言えません|内緒です|秘密です|(?:怖|こわ)いです|不安です|困っています|つもりです)[。!]*$|覚えは?(?:ない|ありません)"
    r"|(?:載り|載せられ|逮捕され|差し押さえられ|訴えられ|(?:電話|人)が来|かかってき)(?:ます|るの?でしょう|るん(?:です|でしょう))か"
    r"|(?:返事|返信|電話|連絡)(?:が|は)(?:必要|要り)(?:ます|です|でしょう)か"
)
_BEFORE: Final = re.compile(
    r"(?:届(?:きまし|い)|来(?:まし)?|きまし|入ってい(?:まし)?)た(?:の(?:です|で|を)|もの|紙|ハガキ|はがき|メール|sms|内容)?"
    r"(?:です|コピーします|コピペします|貼ります)?(?:\([^)]{1,20}\))?[。↓:)]*$"
    r"|転送され(?:てきまし)?た|コピ(?:ペ|ーし)|貼り(?:付け)?ます|^fwd?:\s*$|下の内容|以下の(?:内容|文|メール)"
    r"|本物(?:でしょうか|ですか|かな)|詐欺(?:でしょうか|ですか|かな)|どう思(?:い|う)|払わないと(?:だめ|いけ)"
    r"|^(?:これって|こんな(?:の|もの|メール|はがき|sms))|^[-=─ー_]{3,}$|" + _OWN
)
_AFTER: Final = re.compile(
    r"(?:どうしたら|どうすれば)(?:いい|よい|良い)|(?:ほう|方)が(?:いい|よい)です?か|以上が?全文|^以上です|身に覚えが?(?:な|ありま)"
    r"|心当たりが?(?:な|あり|ある)|まだ連絡|まだ払|無視して(?:いい|よい)|本物(?:でしょうか|ですか|かな)|詐欺(?:でしょうか|ですか|かな)"
    r"|教えて(?:ください|下さい)。?$|^よろしくお願いします。?$|^[-=─ー_]{3,}$|" + _OWN
)
# 「お心当たりのない方はご連絡ください」 is the sender's own.
_SENDERS_OWN: Final = re.compile(
    r"^(?:件名|subject|re|q|差出人|from)[:. ]|お(?:心当たり|客)|ご(?:連絡|確認|不明|了承)|場合|方[はへ]|破棄|弊社|当社"
    r"|本日|受け取|ありがとう|https?:|円|\d{3}"
)


def pasted(text: str) -> tuple[int, int]:
    """The half-open stretch of a folded text that was pasted; the whole of it where nothing stands around it.

    `pasted("こんなのが届きました。\\n未納料金があります。…")` begins after the first line.
    """
    lines = _lines(text)
    first, last = 0, len(lines)
    while first < min(_MOST_LINES, last - 1) and _says(_BEFORE, text, lines[first]):
        first += 1
    while last > max(first + 1, len(lines) - _MOST_LINES) and _says(_AFTER, text, lines[last - 1]):
        last -= 1
    if (first, last) == (0, len(lines)):
        return 0, len(text)
    start, end = lines[first][0], lines[last - 1][1]
    enough = end - start >= _LEAST_LEFT and (end - start) * 2 >= len(text)
    return (start, end) if enough else (0, len(text))


def _lines(text: str) -> list[tuple[int, int]]:
    """The lines that hold something, without the white space around them."""
    return [match.span() for match in re.finditer(r"[^\s](?:[^\n]*[^\s])?", text)]


def _says(words: re.Pattern[str], text: str, line: tuple[int, int]) -> bool:
    start, end = line
    said = text[start:end]
    return len(said) <= _LONGEST_LINE and words.search(said) is not None and _SENDERS_OWN.search(said) is None
