"""Layout drawn when the corpus is built, for both labels alike: as names are, so that no writer's line breaks
mark a label.

A mail program wraps lines, a paste loses them, somebody types a letter off without its brackets. Only white
space and 「」 come and go; words stay, and so do lines that are forms (lists, headings, fields, links).
"""

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

# The share of texts laid out anew; the others stay as written (audit of habits: datasets/README.md).
SHARE: Final = 0.8
CHANNELS: Final = ("email", "letter", "popup")
_FORM: Final = re.compile(r"[\s　]*(?:[・※■●◆▼【(（\[0-9０-９①-⑳━─=＝*＊>＞-]|https?:|\S{1,12}[:：])")
_PROSE_LENGTH: Final = 12


def relaid(text: str, rng: random.Random) -> str:
    """`text` in a layout drawn from `rng`; often as it was."""
    if rng.random() >= SHARE:
        return text
    style = rng.choice(_STYLES)
    if rng.random() < 0.5:
        text = re.sub(r"[「」]", "", text)
    return style(text, rng)


def moved(old: str, new: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where stretches of `old` stand in `new`, its re-laid form."""
    starts, ends = [], []
    at = 0
    for character in old:
        while at < len(new) and new[at] != character and new[at] == "\n":
            at += 1
        starts.append(at)
        at += at < len(new) and new[at] == character
        ends.append(at)
    return [(starts[start], ends[end - 1]) for start, end in spans]


def _prose(line: str) -> bool:
    return len(line.strip()) >= _PROSE_LENGTH and not _FORM.match(line)


def _joined(text: str, _: random.Random) -> str:
    """Neighbouring lines of prose on one line."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and _prose(line) and _prose(lines[-1]):
            lines[-1] = lines[-1].rstrip() + line.lstrip()
        else:
            lines.append(line)
    return "\n".join(lines)


def _a_sentence_a_line(text: str, rng: random.Random) -> str:
    return re.sub(r"。(?=[^\n」』)）])", "。\n", _joined(text, rng))


def _wrapped(text: str, rng: random.Random) -> str:
    """Hard line breaks at a fixed width, as mail programs make them."""
    width = rng.randint(20, 40)
    return "\n".join(
        line[start : start + width]
        for line in _joined(text, rng).split("\n")
        for start in range(0, max(1, len(line)), width)
    )


def _dense(text: str, rng: random.Random) -> str:
    """No blank lines."""
    return re.sub(r"\n{2,}", "\n", _joined(text, rng))


def _airy(text: str, rng: random.Random) -> str:
    """A blank line after every line."""
    return re.sub(r"(?<!\n)\n(?!\n)", "\n\n", _a_sentence_a_line(text, rng))


_STYLES: Final[tuple[Callable[[str, random.Random], str], ...]] = (_joined, _a_sentence_a_line, _wrapped, _dense, _airy)
