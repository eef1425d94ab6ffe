"""ふりがな over the kanji of a page, for those who ask for it.

Off by default: screen readers say base and ruby one after the other. Never on names of buttons, which voice control
listens for, and never in the received text, which stays as it came. Readings are MeCab's, except for the words
in `furigana.toml`, which it gets wrong or cannot know.
"""

import re
import threading
import tomllib
from functools import cache
from html.parser import HTMLParser
from typing import Final

import fugashi

from api.templating import API

_KANJI: Final = re.compile(r"[一-鿿々〆]")
_RUNS: Final = re.compile(r"[一-鿿々〆]+|[^一-鿿々〆]+")
_TO_HIRAGANA: Final = str.maketrans({chr(code): chr(code - 0x60) for code in range(ord("ァ"), ord("ヶ") + 1)})
_LEFT_ALONE: Final = frozenset({"title", "script", "style", "textarea", "button", "option", "ruby", "svg", "q"})
_VOID: Final = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "circle"})
_threads: Final = threading.local()


def with_furigana(page: str) -> str:
    """The same page with `<ruby>` around its kanji."""
    annotator = _Page()
    annotator.feed(page)
    annotator.close()
    return "".join(annotator.pieces)


def readings(text: str) -> list[tuple[str, str]]:
    """`text` in pieces with the reading of each, "" where it needs none: [("払", "はら"), ("う", "")]."""
    pieces: list[tuple[str, str]] = []
    place = 0
    for match in _curated().finditer(text):
        pieces += _by_dictionary(text[place : match.start()])
        pieces += _aligned(match[0], _words()[match[0]])
        place = match.end()
    return pieces + _by_dictionary(text[place:])


class _Page(HTMLParser):
    """Passes everything through as it was written, text apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self._open: list[bool] = []  # for every open element whether it is left alone

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces.append(self.get_starttag_text() or "")
        if tag not in _VOID:
            alone = tag in _LEFT_ALONE or ("class", "notice-text") in attrs or ("lang", "en") in attrs
            self._open.append(alone or bool(self._open and self._open[-1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.pieces.append(f"</{tag}>")
        if self._open and tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        alone = bool(self._open and self._open[-1])
        self.pieces.append(data if alone or not _KANJI.search(data) else _ruby(data))

    def handle_entityref(self, name: str) -> None:
        self.pieces.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.pieces.append(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self.pieces.append(f"<!{decl}>")


def _ruby(text: str) -> str:
    """Text of a page with ruby. Never remembered: a remark on a mail holds hosts of that mail."""
    return "".join(
        f"<ruby>{piece}<rp>(</rp><rt>{reading}</rt><rp>)</rp></ruby>" if reading else piece
        for piece, reading in readings(text)
    )


def _by_dictionary(text: str) -> list[tuple[str, str]]:
    if not hasattr(_threads, "tagger"):
        _threads.tagger = fugashi.Tagger()
    pieces: list[tuple[str, str]] = []
    for word in _threads.tagger(text):
        reading = (word.feature.kana or "").translate(_TO_HIRAGANA)
        pieces.append((word.white_space, ""))
        if word.surface == "日" and text[: sum(len(piece) for piece, _ in pieces)][-1:].isdecimal():
            reading = "にち"  # 22日, which the dictionary reads か as in 三日
        pieces += _aligned(word.surface, reading) if reading and _KANJI.search(word.surface) else [(word.surface, "")]
    rest = len(text) - sum(len(piece) for piece, _ in pieces)
    if rest:
        pieces.append((text[-rest:], ""))
    return [piece for piece in pieces if piece[0]]


def _aligned(surface: str, reading: str) -> list[tuple[str, str]]:
    """申し込み, もうしこみ → [(申, もう), (し, ""), (込, こ), (み, "")]; the whole word where they do not fit."""
    runs = _RUNS.findall(surface)
    pattern = "".join("(.+?)" if _KANJI.match(run) else re.escape(run.translate(_TO_HIRAGANA)) for run in runs)
    match = re.fullmatch(pattern, reading)
    if match is None:
        return [(surface, reading)]
    found = iter(match.groups())
    return [(run, next(found) if _KANJI.match(run) else "") for run in runs]


@cache
def _words() -> dict[str, str]:
    return dict(tomllib.loads((API / "furigana.toml").read_text(encoding="utf-8"))["words"])


@cache
def _curated() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_words(), key=len, reverse=True))))
