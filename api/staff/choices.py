"""The choices of a case's fields, with their Japanese words."""

import tomllib
from pathlib import Path
from typing import Final

from api.page_form import CHANNEL_LABELS

CHOICES: Final[dict[str, dict[str, str]]] = tomllib.loads(
    (Path(__file__).resolve().parent / "choices.toml").read_text(encoding="utf-8")
)
# The table counts people over this line as easily hurt; age alone, whatever else is known.
OLD_AGE_BANDS: Final = frozenset({"70s", "80s"})
SCAM_DISPOSITIONS: Final = frozenset({"fictitious_billing", "other_scam"})
GENUINE_DISPOSITIONS: Final = frozenset({"genuine_claim"})


def label(field: str, value: str | None) -> str:
    """`label("status", "open")` → "受付"; a value that is no longer listed stands for itself."""
    return "" if value is None else CHOICES[field].get(value, value)


def channel_label(channel: str) -> str:
    """`channel_label("sms")` → "SMS"."""
    return dict[str, str](CHANNEL_LABELS.items()).get(channel, channel)
