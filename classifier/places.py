"""Where a flag is shown: on whole words.

Expressions and clauses know no words: 「被疑者として告訴さ」 ends within one.
"""

import re
from typing import Final

from classifier.tokenise import word_end

# 「停止いたします h」: what is left of a link
_LATIN_SCRAP: Final = re.compile(r"(?<=[ぁ-んァ-ヶ一-鿿。])\s[A-Za-z]{1,3}\Z")
_SPOKEN: Final = re.compile(r"[ぁ-んァ-ヶ一-鿿々ー]")
# As far as a verb's endings go: 「申し立てさせていただきます」
_FURTHEST: Final = 8
_LOOKED_BACK: Final = 24


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch with its last word completed, without what is left of a link; never empty."""
    if scrap := _LATIN_SCRAP.search(text, start, end):
        end = scrap.start()
    return start, _completed(text, start, end)


def _completed(text: str, start: int, end: int) -> int:
    """The end of the word that `end` cuts, with what inflects it."""
    if end >= len(text) or not (_SPOKEN.match(text[end - 1]) and _SPOKEN.match(text[end])):
        return end
    begin = max(start, end - _LOOKED_BACK, text.rfind("\n", start, end) + 1)
    line = text[begin : end + _FURTHEST].partition("\n")[0]
    return begin + word_end(line, end - begin)
