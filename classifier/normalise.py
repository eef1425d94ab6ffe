"""Folding a text for reading while keeping the way back to what the user pasted.

`normalise(text).text` is what rules and model read; `.span(a, b)` gives the half-open code-point
range of the original that `text[a:b]` came from. Steps, each with an example:

1. NFKC by cluster: ﾊﾟ -> パ, ㈱ -> (株), １２ -> 12, Latin letters to lower case
2. invisible characters go: 未<ZWSP>納 -> 未納 (zero-width, soft hyphen, bidi marks, variation selectors)
3. foreign and old glyphs: 稅金 -> 税金; look-alike letters beside Latin ones: аmazon -> amazon
4. one-character lines are joined: 差⏎押⏎え⏎通 -> 差押え通
5. symbols between kanji go: 未.納 -> 未納, 差+押 -> 差押; spaced single letters join: 支 払 督 促 -> 支払督促

`squeeze` further drops the white space inside Japanese phrases, so that a pattern matches across a line break.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from classifier.knowledge import read_toml

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# NFKC sorts the marks of a cluster: unbounded, a page of accents would take minutes.
_LONGEST_CLUSTER: Final = 16
_CJK: Final = "々〆ヶぁ-ゖァ-ヺー一-鿿"
_KANJI: Final = "々一-鿿"
_PLAIN: Final = re.compile(f"[\n!-~ {_CJK}、。「」『』【】・…※→■□●○◆◇〒〜]*")
_ONE_CHARACTER_LINES: Final = re.compile(r"(?:(?<=\n)|^)(?:[^\s]\n){4,}[^\s]?(?=\n|$)")
_SYMBOL_INSIDE: Final = re.compile(f"(?<=[{_KANJI}])[.*+_|^~`'’=\\\\#]{{1,2}}(?=[{_KANJI}])")
_SPACED: Final = re.compile(f"(?:(?<=[^{_CJK}])|^)[{_CJK}](?:([ ・/-])[{_CJK}](?:\\1[{_CJK}])+)(?![{_CJK}])")
_SPACE_INSIDE: Final = re.compile(
    f"(?<=[{_CJK}、,。(「【])[ \t]+(?=[{_CJK}(「【])|(?<=[{_CJK}、,])[ \t]*\n[ \t]*(?=[{_CJK}])"
)


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
            [s for a, b in keep for s in self.starts[a:b]],
            [e for a, b in keep for e in self.ends[a:b]],
        )


def normalise(text: str) -> Normalised:
    """The folded text with its map back to `text`. Linear time; any string is accepted."""
    folded = _fold(text)
    joined = folded.without(_newlines_in_columns(folded.text))
    cuts = [m.span() for m in _SYMBOL_INSIDE.finditer(joined.text)]
    cuts += [
        (m.start() + 1 + 2 * i, m.start() + 2 + 2 * i)
        for m in _SPACED.finditer(joined.text)
        for i in range((m.end() - m.start()) // 2)
    ]
    return joined.without(sorted(set(cuts)))


def squeeze(normalised: Normalised) -> Normalised:
    """Without the white space inside Japanese phrases: 訴訟最終⏎告知 -> 訴訟最終告知. Blank lines stay."""
    return normalised.without([m.span() for m in _SPACE_INSIDE.finditer(normalised.text)])


def _fold(text: str) -> Normalised:
    table = _table()
    if _PLAIN.fullmatch(text) and table.keys().isdisjoint(map(ord, set(text))):
        return Normalised(text.lower(), range(len(text)), range(1, len(text) + 1))
    characters = set(text)
    if "\r" not in characters and not any(map(_joins_the_last, characters)):
        return _fold_lookalikes(_fold_singly(text, characters))
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
    return _fold_lookalikes(Normalised("".join(pieces), starts, ends))


def _fold_singly(text: str, characters: set[str]) -> Normalised:
    """The same where no character joins the one before: each is folded once, however often it stands there."""
    folded = {character: _folded(character) for character in characters}
    whole = "".join([folded[character] for character in text])
    if len(whole) == len(text) and all(len(piece) == 1 for piece in folded.values()):
        return Normalised(whole, range(len(text)), range(1, len(text) + 1))
    starts = [place for place, character in enumerate(text) for _ in folded[character]]
    return Normalised(whole, starts, [start + 1 for start in starts])


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


def _newlines_in_columns(text: str) -> list[tuple[int, int]]:
    return [
        (position, position + 1)
        for match in _ONE_CHARACTER_LINES.finditer(text)
        for position in range(match.start(), match.end())
        if text[position] == "\n"
    ]


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
