"""A text cut into the stretches that people would point at: sentences, and the clauses of long ones."""

import re
from typing import Final

# A ? inside a link ends no sentence: …/pay?id=1
_SENTENCE: Final = re.compile(r"(?:[^。!?！？❗❕♪\n]|[!?](?=[A-Za-z0-9=&%./-]))+[。!?！？❗❕♪]*|[。!?！？❗❕♪]+")
_CLAUSE: Final = re.compile(r"[^、]+、?|、")
_LONG: Final = 60
_SHORT: Final = 6


def clauses(text: str) -> list[tuple[int, int]]:
    """Half-open stretches in order; together they hold all of `text` but line ends and blank lines.

    `clauses("未納です。至急ご連絡を")` -> `[(0, 5), (5, 11)]`. Sentences over 60 characters are cut at 、.
    Very short ones (「※」, 「1.」) go with what stands before them on the same line.
    """
    found: list[tuple[int, int]] = []
    for sentence in _SENTENCE.finditer(text):
        if not sentence[0].strip():
            continue
        pieces = [(sentence.start(), sentence.end())]
        if len(sentence[0]) > _LONG:
            pieces = [(sentence.start() + m.start(), sentence.start() + m.end()) for m in _CLAUSE.finditer(sentence[0])]
        for start, end in pieces:
            if found and end - start < _SHORT and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
    return found
