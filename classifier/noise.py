"""Seeded transformations of authored texts: evasion by fraudsters, and honest noise.

They multiply training texts; no test text is ever altered except to measure robustness. Each takes a
text and a generator and returns the altered text. Domain briefing §7 lists what was seen in reality.
"""

import random
import re
from collections.abc import Callable
from typing import Final

Transformation = Callable[[str, random.Random], str]

_KANJI_RUN: Final = re.compile(r"[一-鿿]{2,}")
_OCR: Final = str.maketrans(
    {"未": "末", "土": "士", "力": "カ", "口": "ロ", "ー": "一", "0": "O", "日": "曰", "八": "ハ", "二": "ニ"}
)
_CHINESE: Final = str.maketrans(
    "税滞確帳員務責権証戸請問題額険転異売動発関開門", "稅滯确账员务责权证户请问题额险转异卖动发关开门"
)
_KANJI_DIGITS: Final = str.maketrans("0123456789", "〇一二三四五六七八九")
_WIDE: Final = str.maketrans("0123456789-:", "０１２３４５６７８９－：")
_BEFORE: Final = (
    "こんなのが届きました。\n\n",
    "母の家に届いたものです。本物でしょうか。\n",
    "下の内容、どう思いますか?\n----\n",
    "昨日ポストに入っていました↓\n\n",
    "Fwd: \n",
    "さっき来たSMSです。\n",
    "詐欺ですか?\n",
    "以下コピペします。\n",
    "知り合いから転送されてきました。\n\n",
    "これって払わないとだめですか。\n",
)
_AFTER: Final = (
    "\n\nどうしたらいいでしょうか。",
    "\n以上が全文です。",
    "\n----\n身に覚えがありません。",
    "\n\n電話したほうがいいですか?",
    "\nよろしくお願いします。",
    "\n\nまだ連絡はしていません。",
    "\n心当たりがあるような、ないような…。",
)


def zero_width(text: str, rng: random.Random) -> str:
    """未納 -> 未<ZWSP>納, in some words."""
    mark = rng.choice(["\u200b", "\u200c", "\u00ad", "\u2060"])
    return _KANJI_RUN.sub(lambda m: mark.join(m[0]) if rng.random() < 0.4 else m[0], text)


def split_words(text: str, rng: random.Random) -> str:
    """未納 -> 未.納, in some words."""
    mark = rng.choice([".", "+", "_", "*", "|", " "])
    return _KANJI_RUN.sub(lambda m: mark.join(m[0]) if rng.random() < 0.25 else m[0], text)


def full_width(text: str, rng: random.Random) -> str:
    """03-1234 -> ０３－１２３４"""
    return text.translate(_WIDE)


def kanji_digits(text: str, rng: random.Random) -> str:
    """12 -> 一二, outside links."""
    return re.sub(r"(?<![a-zA-Z0-9./])\d+(?![a-zA-Z0-9./])", lambda m: m[0].translate(_KANJI_DIGITS), text)


def ocr(text: str, rng: random.Random) -> str:
    """Characters that scanners confuse, a few of them; some lost."""
    return "".join(("" if rng.random() < 0.15 else c.translate(_OCR)) if rng.random() < 0.06 else c for c in text)


def chinese_glyphs(text: str, rng: random.Random) -> str:
    """税 -> 稅, as in mails written with Chinese fonts."""
    return "".join(c.translate(_CHINESE) if rng.random() < 0.7 else c for c in text)


def wrapped(text: str, rng: random.Random) -> str:
    """Hard line breaks every 15 to 38 characters."""
    width = rng.randint(15, 38)
    return "\n".join(line[i : i + width] for line in text.split("\n") for i in range(0, max(1, len(line)), width))


def unwrapped(text: str, rng: random.Random) -> str:
    """All on one line."""
    return re.sub(r"\s*\n\s*", rng.choice(["", " ", "　"]), text)


def vertical(text: str, rng: random.Random) -> str:
    """One character a line, as vertical writing comes out of a scanner; short texts only."""
    return "\n".join(text.replace("\n", "")) if len(text) < 160 else text


def quoted(text: str, rng: random.Random) -> str:
    """> before each line."""
    return "\n".join(f"> {line}" for line in text.split("\n"))


def narrated(text: str, rng: random.Random) -> str:
    """What people write before or after what they paste."""
    before = rng.choice(_BEFORE) if rng.random() < 0.8 else ""
    return f"{before}{text}{rng.choice(_AFTER) if rng.random() < 0.5 or not before else ''}"


def cut_short(text: str, rng: random.Random) -> str:
    """The beginning or the end is missing; at least sixty characters stay."""
    if len(text) < 100:
        return text
    keep = max(60, int(len(text) * rng.uniform(0.5, 0.85)))
    return text[:keep] if rng.random() < 0.6 else text[-keep:]


def typing_errors(text: str, rng: random.Random) -> str:
    """Characters dropped, doubled or swapped, about one in sixty."""
    out: list[str] = []
    for character in text:
        ticket = rng.random()
        if ticket < 0.006:
            continue
        out.append(character * 2 if ticket < 0.012 else character)
    return "".join(out)


def repunctuated(text: str, rng: random.Random) -> str:
    """Brackets dropped, full stops at line ends dropped or lines broken after them: habits of typing."""
    if rng.random() < 0.6:
        text = re.sub(r"[()()「」『』【】]", "", text)
    if rng.random() < 0.5:
        text = re.sub(r"。(?=\n|$)", "", text)
    elif rng.random() < 0.5:
        text = re.sub(r"。(?=[^\n])", "。\n", text)
    return text


TRANSFORMATIONS: Final[dict[str, Transformation]] = {
    t.__name__: t
    for t in (
        zero_width,
        split_words,
        full_width,
        kanji_digits,
        ocr,
        chinese_glyphs,
        wrapped,
        unwrapped,
        vertical,
        quoted,
        narrated,
        cut_short,
        typing_errors,
        repunctuated,
    )
}
# How often each is used in training: honest noise befalls every text, evasion too is used for both
# labels, so that it teaches the model to read through it and never marks a label by itself.
_WEIGHTS: Final = {
    "narrated": 3,
    "cut_short": 3,
    "wrapped": 2,
    "unwrapped": 3,
    "ocr": 2,
    "typing_errors": 2,
    "repunctuated": 4,
}


def disturb(text: str, rng: random.Random) -> str:
    """One or two transformations drawn at random."""
    names = list(TRANSFORMATIONS)
    weights = [_WEIGHTS.get(name, 1) for name in names]
    for name in rng.choices(names, weights, k=rng.choice([1, 1, 2])):
        text = TRANSFORMATIONS[name](text, rng)
    return text if text.strip() else "。"
