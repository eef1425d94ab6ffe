"""Folding a text for reading while keeping the way back to what the user pasted.

`normalise(text).text` is what rules and model read; `.span(a, b)` gives the half-open code-point
range of the original that `text[a:b]` came from. Steps, each with an example:

1. NFKC by cluster: ﾊﾟ -> パ, ㈱ -> (株), １２ -> 12, Latin letters to lower case
2. invisible characters go: 未<ZWSP>納 -> 未納 (zero-width, soft hyphen, bidi marks, variation selectors)
3. foreign and old glyphs: 稅金 -> 税金; look-alike letters beside Latin ones: аmazon -> amazon
   words written in kana: さしおさえ -> 差し押さえ
   > before each line goes
4. one-character lines are joined: 差⏎押⏎え⏎通 -> 差押え通
   lines that a mail program cut at one width are joined: https://a.exam⏎ple/x -> https://a.example/x
   a host broken at the end of a line is joined: https://smbc-car⏎d.example -> https://smbc-card.example
5. symbols between kanji go: 未.納 -> 未納, 差+押 -> 差押; spaced single letters join: 支 払 督 促 -> 支払督促
6. digits in kanji where a number stands: 三万円 -> 3万円, 〇三-一二三四 -> 03-1234, 十二月二十四日 -> 12月24日

`squeeze` further drops the white space inside Japanese phrases, so that a pattern matches across a line break.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, chain, pairwise
from typing import Final

import ahocorasick_rs

from classifier.knowledge import read_toml

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# NFKC sorts the marks of a cluster: unbounded, a page of accents would take minutes.
_LONGEST_CLUSTER: Final = 16
# No text holds it: noncharacters are for internal use.
_JOINING: Final = "\U0010ffff"
_CJK: Final = "々〆ヶぁ-ゖァ-ヺー一-鿿"
_KANJI: Final = "々一-鿿"
_PLAIN: Final = re.compile(f"[\n!-~ {_CJK}、。「」『』【】・…※→■□●○◆◇〒〜]*")
_ONE_CHARACTER_LINES: Final = re.compile(r"(?:(?<=\n)|^)(?:[^\s]\n){4,}[^\s]?(?=\n|$)")
_QUOTE: Final = re.compile(r"^(?:> ?)+", re.MULTILINE)
_LINE: Final = re.compile(r"^.*\S", re.MULTILINE)
_NARROWEST: Final = 12
_LAST_NARROW: Final = "\u2e7f"
_GOES_ON: Final = re.compile(f"[{_CJK}a-z0-9、。]")
# A list of sums or dates ends its lines itself: 会費 3,000円
_LABELLED: Final = re.compile(r"\S{1,10}[ :]+\S{1,16}$")
_BREAKS_OFF: Final = re.compile(f"(?![円日号様])[{_CJK}a-z0-9、]$")
_SYMBOL_INSIDE: Final = re.compile(f"(?<=[{_KANJI}])[.*+_|^~`'’=\\\\#]{{1,2}}(?=[{_KANJI}])")
_SPACED: Final = re.compile(f"(?:(?<=[^{_CJK}])|^)[{_CJK}](?:([ ・/-])[{_CJK}](?:\\1[{_CJK}])+)(?![{_CJK}])")
_SPACE_INSIDE: Final = re.compile(
    f"(?<=[{_CJK}、,。(「【])[ \t]+(?=[{_CJK}(「【])|(?<=[{_CJK}、,」])[ \t]*\n[ \t]*(?=[{_CJK}a-z0-9」])"
    f"|(?<=[a-z0-9])\n(?=[{_CJK}a-z0-9,」])"
)
# https://smbc-car⏎d.login-jp.top, https://matsui.co⏎.jp.mduie.com, https://smbc-card.l⏎ogin-jp.top: no host can end
# before the break, or none can begin after it
_BROKEN_HOST: Final = re.compile(
    r"(?:://|@)(?:[a-z0-9-]*(\n)(?=[a-z0-9-]{1,40}\.[a-z])"
    r"|[a-z0-9.-]*(?:[.-](\n)(?=[a-z0-9])|(\n)(?=\.[a-z]|-[a-z0-9])|\.[a-z0-9](\n)(?=[a-z0-9])"
    r"|\.(?!(?:com|net|org|jp|cn|top|xyz|shop|icu|info|cc|club|vip|biz|online|site|link|live|app|dev|example)\n)"
    r"[a-z0-9-]{2,20}(\n)(?=[a-z0-9-]{1,40}\.[a-z])))"
)
# 三万円, 一二桁, 二五一号: digits where numbers stand; 第三者, 一部 and 二十 stay.
_KANJI_DIGITS: Final = re.compile(
    r"[〇一二三四五六七八九]{2,}|〇(?=\.[〇一二三四五六七八九])|[一二三四五六七八九](?=[年月日円号時分秒万千百名人回通件歳桁枚%、,]|$)"
)
# 十二月二十四日, of which the digits before 月 and 日 are Arabic by then; not 十日町, 数十日
_TENS: Final = re.compile(r"(?<![数何百])(?P<tens>[一二三1-3])?十(?P<ones>[1-9])?(?=月|日(?!町))")
_ARABIC: Final = str.maketrans("〇一二三四五六七八九", "0123456789")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A folded text; `starts[i]` and `ends[i]` bound, in the original, what character i came from."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's half-open range behind `text[start:end]`; start < end."""
        return self.starts[start], self.ends[end - 1]

    def without(self, cuts: Sequence[tuple[int, int]]) -> "Normalised":
        """The same text with the given ranges taken out (sorted, disjoint)."""
        if not cuts:
            return self
        edges = [0, *(edge for cut in cuts for edge in cut), len(self.text)]
        keep = [(a, b) for a, b in list(pairwise(edges))[::2] if a < b]
        return Normalised(
            "".join(self.text[a:b] for a, b in keep),
            # Tuples: the garbage collector does not look through numbers in them.
            tuple(chain.from_iterable([self.starts[a:b] for a, b in keep])),
            tuple(chain.from_iterable([self.ends[a:b] for a, b in keep])),
        )


def normalise(text: str) -> Normalised:
    """The folded text with its map back to `text`. Linear time; any string is accepted."""
    folded = _fold(text)
    folded = folded.without(_quoting(folded.text))
    joined = folded.without(_newlines_in_columns(folded.text) or _newlines_at_one_width(folded.text))
    cuts = [m.span() for m in _SYMBOL_INSIDE.finditer(joined.text)]
    cuts += [
        (m.start() + 1 + 2 * i, m.start() + 2 + 2 * i)
        for m in _SPACED.finditer(joined.text)
        for i in range((m.end() - m.start()) // 2)
    ]
    cuts += [match.span(match.lastindex or 0) for match in _BROKEN_HOST.finditer(joined.text)]
    whole = joined.without(sorted(set(cuts)))
    arabic = _KANJI_DIGITS.sub(lambda match: match[0].translate(_ARABIC), whole.text)
    return _tens(Normalised(arabic, whole.starts, whole.ends))


def squeeze(normalised: Normalised) -> Normalised:
    """Without the white space inside Japanese phrases: 訴訟最終⏎告知 -> 訴訟最終告知. Blank lines stay."""
    return normalised.without([m.span() for m in _SPACE_INSIDE.finditer(normalised.text)])


def _fold(text: str) -> Normalised:
    if _PLAIN.fullmatch(text) and not _variants().search(text):
        return _respell(Normalised(text.lower(), range(len(text)), range(1, len(text) + 1)))
    # Each character alone is looked up; where one joins its neighbour, clusters are folded.
    alone = list(map(_ALONE.__getitem__, text))
    if _JOINING not in (whole := "".join(alone)):
        return _respell(_fold_lookalikes(_fold_singly(whole, alone)))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position, length = 0, len(text)
    while position < length:
        end = position + 1
        while end < length and end - position < _LONGEST_CLUSTER and _joins_the_last(text[end]):
            end += 1
        cluster = text[position:end]
        line_end = "" if text[end : end + 1] == "\n" else "\n"
        piece = line_end if cluster == "\r" else _folded(cluster)
        if piece:
            pieces.append(piece)
            starts.extend([position] * len(piece))
            ends.extend([end] * len(piece))
        position = end
    return _respell(_fold_lookalikes(Normalised("".join(pieces), starts, ends)))


def _fold_singly(whole: str, alone: Sequence[str]) -> Normalised:
    """The same where no character joins the one before; `alone` are the folded characters, `whole` all of them."""
    if len(whole) == len(alone) and max(map(len, alone), default=1) == 1:
        return Normalised(whole, range(len(whole)), range(1, len(whole) + 1))
    starts = tuple([place for place, piece in enumerate(alone) for _ in piece])
    return Normalised(whole, starts, tuple([start + 1 for start in starts]))


class _Alone(dict[str, str]):
    """A character folded by itself, or `_JOINING` where it does not stand by itself; each is worked out once."""

    def __missing__(self, character: str) -> str:
        joins = character == "\r" or _joins_the_last(character)
        self[character] = folded = _JOINING if joins else _folded(character)
        return folded


_ALONE: Final = _Alone()


@lru_cache(maxsize=1 << 16)
def _folded(cluster: str) -> str:
    if len(cluster) == 1 and _INVISIBLE.match(cluster):
        return ""
    return unicodedata.normalize("NFKC", cluster).lower().translate(_table())


@lru_cache(maxsize=1 << 16)
def _joins_the_last(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, and the half-width marks of ﾊﾟ."""
    return character in "\uff9e\uff9f" or bool(unicodedata.combining(character))


def _fold_lookalikes(folded: Normalised) -> Normalised:
    letters, pattern = _lookalikes()
    if not pattern.search(folded.text):
        return folded
    text = pattern.sub(lambda match: match[0].translate(letters), folded.text)
    return Normalised(text, folded.starts, folded.ends)


def _respell(folded: Normalised) -> Normalised:
    """さしおさえ -> 差し押さえ; each new character came from the whole word."""
    words, pattern, forms = _spellings()
    # Most texts hold none of the words: that is cheaper to see than where one is spelt.
    if not forms.find_matches_as_indexes(folded.text) or not (matches := list(pattern.finditer(folded.text))):
        return folded
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for start, end in [*(match.span() for match in matches), (len(folded.text), len(folded.text))]:
        text.append(folded.text[position:start])
        starts += folded.starts[position:start]
        ends += folded.ends[position:start]
        if start < end:
            word = words[_hiragana(folded.text[start:end])]
            text.append(word)
            starts += [folded.starts[start]] * len(word)
            ends += [folded.ends[end - 1]] * len(word)
        position = end
    return Normalised("".join(text), starts, ends)


def _hiragana(text: str) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in text)


def _katakana(text: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


@cache
def _spellings() -> tuple[dict[str, str], re.Pattern[str], ahocorasick_rs.AhoCorasick]:
    """Kana in hiragana -> usual spelling, what finds it in either script, and all forms that it finds.

    Not what is spelt so anyway.
    """
    table = read_toml("glyphs.toml")["spellings"]
    forms = {name: [form for kana, _ in table[name] for form in (kana, _katakana(kana))] for name in ("long", "short")}
    usual = {word for name in ("long", "short") for _, word in table[name]}
    long, short = ("|".join(sorted(set(forms[name]) - usual, key=len, reverse=True)) for name in ("long", "short"))
    pattern = re.compile(f"{long}|(?:(?<![ぁ-ゖァ-ヺー])|(?<=[はがをにのでとおご]))(?:{short})(?![ァ-ヺー])")
    words = {kana: word for name in ("long", "short") for kana, word in table[name]}
    return words, pattern, ahocorasick_rs.AhoCorasick(sorted({form for own in forms.values() for form in own}))


def _tens(folded: Normalised) -> Normalised:
    """Days and months over ten in digits: 十2月2十4日 -> 12月24日."""
    if "十" not in folded.text or not (matches := list(_TENS.finditer(folded.text))):
        return folded
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match in matches:
        start, end = match.span()
        number = f"{(match['tens'] or '1').translate(_ARABIC)}{match['ones'] or '0'}"
        text += [folded.text[position:start], number]
        starts += [*folded.starts[position:start], *[folded.starts[start]] * len(number)]
        ends += [*folded.ends[position:start], *[folded.ends[end - 1]] * len(number)]
        position = end
    text.append(folded.text[position:])
    return Normalised("".join(text), (*starts, *folded.starts[position:]), (*ends, *folded.ends[position:]))


def _newlines_in_columns(text: str) -> list[tuple[int, int]]:
    return [
        (position, position + 1)
        for match in _ONE_CHARACTER_LINES.finditer(text)
        for position in range(match.start(), match.end())
        if text[position] == "\n"
    ]


def _quoting(text: str) -> list[tuple[int, int]]:
    """The > that a mail program puts before each line of what is answered or forwarded."""
    marks = [match.span() for match in _QUOTE.finditer(text)]
    return marks if 2 * len(marks) > len(_LINE.findall(text)) else []


def _newlines_at_one_width(text: str) -> list[tuple[int, int]]:
    """Where lines end because they are full: several fill the widest one and break off in the middle of a phrase.

    A mail program counts columns, a kanji as two; who counts characters cuts at equal lengths.
    """
    lines = text.split("\n")
    following = [*lines[1:], ""]
    breaks = [_breaks_off(line, after) for line, after in zip(lines, following, strict=True)]
    if sum(breaks) < 2:
        return []
    for measure, slack in ((len, 0), (_columns, 1)):
        widths = [measure(line) for line in lines]
        full = max(widths)
        filled = [full - width <= slack for width in widths]
        broken = sum(is_full and off for is_full, off in zip(filled, breaks, strict=True))
        if full >= _NARROWEST and broken >= max(2, sum(filled) // 2):
            ends = accumulate(len(line) + 1 for line in lines)
            continues = zip(ends, filled, following, strict=True)
            return [(end - 1, end) for end, is_full, after in continues if is_full and after.strip()]
    return []


def _breaks_off(line: str, following: str) -> bool:
    """Whether a phrase seems to go on from a line to the following."""
    return (
        _BREAKS_OFF.match(line, len(line) - 1) is not None
        and _GOES_ON.match(following) is not None
        and _LABELLED.match(line) is None
    )


def _columns(line: str) -> int:
    return len(line) + sum(map(_LAST_NARROW.__lt__, line))


@cache
def _variants() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(map(chr, _table())))}]")


@cache
def _table() -> dict[int, str | int | None]:
    variants = read_toml("glyphs.toml")["variants"]
    table: dict[int, str | int | None] = dict(str.maketrans(variants["from"], variants["to"]))
    table.update(
        {
            ord("‐"): "-",
            ord("‑"): "-",
            ord("–"): "-",
            ord("—"): "-",
            ord("−"): "-",
            ord("⁻"): "-",
            ord("\u3000"): " ",
            ord("\t"): " ",
            ord("〇"): "〇",
        }
    )
    return table


@cache
def _lookalikes() -> tuple[dict[int, int], re.Pattern[str]]:
    glyphs = read_toml("glyphs.toml")["lookalikes"]
    source = glyphs["from"]
    letters = str.maketrans(source, glyphs["to"] + glyphs["greek_to"])
    letters |= str.maketrans(source.lower(), "".join(chr(letters[ord(c)]) for c in source))
    inside = "".join(map(re.escape, {chr(code) for code in letters}))
    return letters, re.compile(f"(?<=[a-z0-9.@/-])[{inside}]+|[{inside}]+(?=[a-z0-9])")
