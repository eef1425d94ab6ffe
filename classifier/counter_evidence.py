"""What speaks against a red flag (`knowledge/counter_evidence.toml`): a cancelled flag is shown with the reason.

Words of pressure stand in genuine notices too, and green flags explain some red ones. Where the model sees
a scam nothing is cancelled, because every green flag can be forged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import re2

from classifier.errors import KnowledgeError
from classifier.knowledge import flag_ids, read_toml
from classifier.reading import Reading
from classifier.result import CancelledFlag, GreenFlag, RedFlag
from classifier.vocabulary import Band, Channel, DocumentKind

# So many green flags speak for the whole notice, where the model sees no scam.
_ENOUGH_GREEN: Final = 2


@dataclass(frozen=True, slots=True)
class _Condition:
    kinds: frozenset[DocumentKind]
    channels: frozenset[Channel]
    green: frozenset[str]
    text: Any | None
    reason: str

    def holds(self, reading: Reading, kind: DocumentKind, green: frozenset[str], band: Band) -> bool:
        if band == "middle" and not self.green and self.text is None:
            return False
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.channels or reading.notice.channel in self.channels)
            and (not self.green or not self.green.isdisjoint(green))
            and (self.text is None or self.text.search(reading.normalised.text) is not None)
        )


def cancel(
    flags: Sequence[RedFlag], green: Sequence[GreenFlag], reading: Reading, kind: DocumentKind, band: Band
) -> tuple[tuple[RedFlag, ...], tuple[CancelledFlag, ...]]:
    """Splits flags into those that count and those that their counter-evidence cancels.

    `band` is where the score lies: low (no scam), middle (in doubt), high (a scam).
    """
    if band == "high":
        return tuple(flags), ()
    names = frozenset(flag.id for flag in green)
    kept: list[RedFlag] = []
    cancelled: list[CancelledFlag] = []
    for flag in flags:
        conditions = _conditions().get(flag.id, ())
        reason = next((c.reason for c in conditions if c.holds(reading, kind, names, band)), None)
        if reason is None and band == "low" and len(green) >= _ENOUGH_GREEN:
            reason = f"ほかに本物らしい点があります({green[0].label}など)。"
        if reason is None:
            kept.append(flag)
        else:
            cancelled.append(CancelledFlag(flag.id, flag.label, reason, flag.spans))
    return tuple(kept), tuple(cancelled)


@cache
def _conditions() -> dict[str, tuple[_Condition, ...]]:
    table = {}
    for entry in read_toml("counter_evidence.toml")["flag"]:
        if entry["id"] not in flag_ids():
            raise KnowledgeError(f"counter_evidence.toml: {entry['id']} is no red flag; use an id of red_flags.toml")
        table[entry["id"]] = tuple(
            _Condition(
                frozenset(row.get("kinds", ())),
                frozenset(row.get("channels", ())),
                frozenset(row.get("green", ())),
                re2.compile(row["text"]) if "text" in row else None,
                row["reason"],
            )
            for row in entry.get("cancel", ())
        )
    return table
