"""Words by fugashi with the UniDic-lite dictionary.

A Tagger shared by threads gives wrong parses without any error, and cannot be pickled: there is one
per thread, made when first needed and held by nothing else. Its nodes change at the next parse, so
surfaces are copied out at once. Long texts are parsed in pieces: MeCab's cost per character rises
with the length of what it is given (performance notes: 1.8x at 100,000 characters; of full stops alone,
10x at 12,000).
"""

import re
import threading
from typing import Final

import fugashi
import unidic_lite

_PIECE: Final = re.compile(r"[^\n。]{1,400}[\n。]{0,40}|[\n。]{1,400}")
# What may follow a verb or a noun that is used as one: 告訴|さ|れ|ます
_INFLECTING: Final = re.compile(
    r"さ|する?|し|せ|させ|(?:ら)?れる?|ます|ませ|まし|ん|た|な[いく]|なけれ|ば|よ?う|て|ください|下さい|いたし|致し|いただき|頂き|いる?|おり|ず|ぬ"
)
_local = threading.local()


def _tagger() -> fugashi.GenericTagger:
    tagger = getattr(_local, "tagger", None)
    if tagger is None:
        directory = unidic_lite.DICDIR
        tagger = fugashi.GenericTagger(f'-Owakati -r "{directory}/mecabrc" -d "{directory}"')
        _local.tagger = tagger
    return tagger


def words(text: str) -> list[str]:
    """The surfaces of `text` in order; white space separates and is not returned.

    `words("支払督促が届いた")` -> `["支払", "督促", "が", "届い", "た"]`
    """
    tagger = _tagger()
    found: list[str] = []
    for match in _PIECE.finditer(text):
        found.extend(tagger.parse(match[0]).split())
    return found


def has_personal_name(text: str) -> bool:
    """Whether the dictionary knows one of the words as somebody's name.

    `has_personal_name("山田太郎")`, not `has_personal_name("損害賠償")`
    """
    tagger = getattr(_local, "names", None)
    if tagger is None:
        directory = unidic_lite.DICDIR
        tagger = _local.names = fugashi.GenericTagger(f'-r "{directory}/mecabrc" -d "{directory}"')
    return any(node.feature[2] == "人名" for node in tagger(text) if len(node.feature) > 2)


def words_of_whole(text: str) -> list[str]:
    """The same from one parse of the whole text: the yardstick that speed is measured against."""
    split: list[str] = _tagger().parse(text).split()
    return split


def word_end(line: str, at: int) -> int:
    """Where the word ends that `at` cuts in a line, with what inflects it: `word_end("告訴されます", 3)` -> 6."""
    end = place = 0
    for word in words(line):
        start = line.find(word, place)
        place = start + len(word)
        if place <= at:
            end = max(end, place)
        elif start < at or (start == max(end, at) and _INFLECTING.fullmatch(word)):
            end = place
        else:
            break
    return max(end, at)
