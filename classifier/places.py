"""Where a flag is shown: on whole words, and on no more of a link than shows it.

Expressions and clauses know no words: 「被疑者として告訴さ」 ends within one.
"""

import re
from typing import Final

from classifier.normalise import normalise
from classifier.tokenise import word_end

# 「停止いたします h」: what is left of a link
_LATIN_SCRAP: Final = re.compile(r"(?<=[ぁ-んァ-ヶ一-鿿。])\s[A-Za-z]{1,3}\Z")
_SPOKEN: Final = re.compile(r"[ぁ-んァ-ヶ一-鿿々ー]")
_KATAKANA: Final = re.compile(r"[ァ-ヶー]")
_KATAKANA_BEFORE: Final = re.compile(r"[ァ-ヶー]+\Z")
# 保証金として5万|円, 98,0|00円
_OF_A_SUM: Final = re.compile(r"[\d,，万千億]")
_REST_OF_A_SUM: Final = re.compile(r"(?:[\d,，万千億]+円?|円)")
# As far as a verb's endings go: 「申し立てさせていただきます」
_FURTHEST: Final = 8
_LOOKED_BACK: Final = 24
_SCHEME: Final = r"(?:h[tx]{2}ps?[:;]//?)?"
# What of a place is shown (`shows` in the catalogue): a look-alike is its host, not its path; asked to pay by a link is
# who reads 「お支払いはこちら」, wherever it leads.
_SHOWN: Final = {
    # 「差出人: みどり銀行 <info@mail.example>」, 「入力はこちら https://…」
    "host": re.compile(
        r"(?:.*?h[tx]{2}ps?[:;]//?|.*?[<: ](?=[\w.%+-]+@[\w-]))?(?P<m>[^/:?#<>]*[^/:?#<>\s])", re.DOTALL
    ),
    "address": re.compile(rf"{_SCHEME}(?P<m>.*\S)", re.DOTALL),
    "number": re.compile(r".*?(?P<m>\+?\(?\d[\d() .・-]{6,18}\d)", re.DOTALL),
    "words": re.compile(r"(?P<m>.*?\S)\s*[→:▼▶⇒(\[]*\s*(?:h[tx]{2}ps?[:;]//?|www\.).*", re.DOTALL),
}


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch with its last word completed, without what is left of a link; never empty."""
    if scrap := _LATIN_SCRAP.search(text, start, end):
        end = scrap.start()
    return _begun(text, start), _completed(text, start, end)


def shortened(text: str, start: int, end: int, shows: str) -> tuple[int, int]:
    """The part of a place that `shows` names; all of it where it has none."""
    part = normalise(text[start:end])
    found = _SHOWN[shows].match(part.text)
    if found is None:
        return start, end
    first, last = part.span(*found.span("m"))
    return start + first, start + last


def _begun(text: str, start: int) -> int:
    """The beginning of the word in katakana that `start` cuts: ブ|ロックされました."""
    if not (start and _KATAKANA.match(text[start])):
        return start
    before = _KATAKANA_BEFORE.search(text, max(0, start - _LOOKED_BACK), start)
    return before.start() if before else start


def _completed(text: str, start: int, end: int) -> int:
    """The end of the sum or of the word that `end` cuts, with what inflects it."""
    if end < len(text) and _OF_A_SUM.match(text[end - 1]) and (rest := _REST_OF_A_SUM.match(text, end)):
        return rest.end()
    if end >= len(text) or not (_SPOKEN.match(text[end - 1]) and _SPOKEN.match(text[end])):
        return end
    begin = max(start, end - _LOOKED_BACK, text.rfind("\n", start, end) + 1)
    line = text[begin : end + _FURTHEST].partition("\n")[0]
    return begin + word_end(line, end - begin)
