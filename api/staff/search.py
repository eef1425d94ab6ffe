"""Words to find a case by: what fugashi cuts, every pair of kanji, numbers without their hyphens, hosts.

fugashi cuts by context, so a word may be cut otherwise inside a text than in the search field; pairs of kanji do not
depend on it. A trigram index finds no word of two kanji at all (ecosystem notes), so there is none.
"""

import re
from typing import Final

from classifier.normalise import normalise
from classifier.tokenise import words

MAX_WORD: Final = 64
_KANJI_RUN: Final = re.compile(r"[一-鿿々〆]{2,}")
# 03-1234-5678 → 0312345678, and 298,000 → 298000
_NUMBER: Final = re.compile(r"(?<![0-9])[0-9][0-9,()-]{2,20}[0-9](?![0-9])")
_HOST: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,60}\.[a-z]{2,12}")
_SMALL: Final = re.compile(r"[ぁ-ん、。・「」()【】\W]{1,2}")


def index_words(text: str) -> frozenset[str]:
    """Every word that a search for part of `text` may ask for."""
    folded = normalise(text).text
    found = {word for word in words(folded) if not _SMALL.fullmatch(word)}
    return frozenset(word[:MAX_WORD] for word in found | _exact(folded) | _pairs(folded))


def query_words(query: str) -> list[str]:
    """The words that a case must all have: `query_words("支払督促")` → ["支払", "払督", "督促"]."""
    found: dict[str, None] = {}
    for part in normalise(query).text.split():
        exact = _exact(part)
        if exact:
            found.update(dict.fromkeys(sorted(exact)))
            continue
        runs = _KANJI_RUN.findall(part)
        for run in runs:
            found.update(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
        for word in words(part):
            # Pairs say it already; 未 and 納 alone would miss a text in which 未納 was not cut.
            if not _SMALL.fullmatch(word) and not any(word in run for run in runs):
                found[word[:MAX_WORD]] = None
    return list(found)


def _pairs(folded: str) -> set[str]:
    return {run[at : at + 2] for run in _KANJI_RUN.findall(folded) for at in range(len(run) - 1)}


def _exact(folded: str) -> set[str]:
    numbers = {re.sub(r"[^0-9]", "", number) for number in _NUMBER.findall(folded)}
    return numbers | set(_HOST.findall(folded))
