"""What the red-flag rules cost: per character of short and long texts, with more rules, beside the tokenizer.

Warm figures of one core: automata are built by the first texts they read. The tokenizer's time is fugashi's
parse and split of the same texts.
"""

import re
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from classifier.knowledge import read_toml
from classifier.notice import Notice
from classifier.patterns import Encoded, PatternSet
from classifier.reading import Reading
from classifier.red_flags import Context, find_red_flags
from classifier.tokenise import words

_SHORT: Final = 1_000
_LONG: Final = 100_000
_TIMES: Final = 8
_REPEATS: Final = 3


def flag_scale(texts: Sequence[str]) -> dict[str, Any]:
    """Ratios over the given texts: cost per character at 100,000 to that at 1,000, cost of eight times the rules, and
    rules alone and all flags in units of the tokenizer's time."""
    joined = "\n".join(texts) * (1 + _LONG // max(1, sum(map(len, texts))))
    short, long = ([Reading(Notice(joined[n : n + size])) for n in range(0, _LONG, size)] for size in (_SHORT, _LONG))
    encoded = [Encoded(Reading(Notice(text)).squeezed.text) for text in texts]
    readings = [Reading(Notice(text)) for text in texts]
    expressions = _expressions()
    rules = PatternSet(expressions)
    more = PatternSet([_shifted(expression, n) for n in range(_TIMES) for expression in expressions])
    tokenizer = _cost(lambda: [words(reading.squeezed.text) for reading in readings])
    once = _cost(lambda: [rules.spans(text) for text in encoded])
    return {
        "texts": len(texts),
        "rules": len(expressions),
        "long_per_short_character": round(_cost(lambda: _flags(long)) / _cost(lambda: _flags(short)), 2),
        "eight_times_the_rules": round(_cost(lambda: [more.spans(text) for text in encoded]) / once, 2),
        "rules_per_tokenizer": round(once / tokenizer, 2),
        "all_flags_per_tokenizer": round(_cost(lambda: _flags(readings)) / tokenizer, 2),
    }


def _flags(readings: Sequence[Reading]) -> None:
    for reading in readings:
        # What was found before is kept there.
        reading.memo.clear()
        find_red_flags(reading, Context("other", suspicious=True))


def _cost(work: Callable[[], object]) -> float:
    """Seconds of CPU, the best of several warm runs."""
    work()
    found = []
    for _ in range(_REPEATS):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def _expressions() -> list[str]:
    entries = [entry for entry in read_toml("red_flags.toml")["flag"] if not entry.get("whole_text")]
    found = [pattern for entry in entries for name in ("patterns", "in_doubt") for pattern in entry.get(name, ())]
    return found + [p for entry in entries for patterns in entry.get("in_doubt_of", {}).values() for p in patterns]


def _shifted(expression: str, by: int) -> str:
    """A rule of the same shape about other kanji; classes such as [一-鿿] stay."""
    parts = re.split(r"(\[[^\]]*\])", expression)
    return "".join(
        part if part.startswith("[") else "".join(chr(ord(c) + by) if "一" <= c <= "鿀" else c for c in part)
        for part in parts
    )
