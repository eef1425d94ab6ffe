"""Which columns of a row a notice is made of.

Files, frames, clusters and Spark name them alike: text, channel, subject, sender, received_on, answers.
"""

import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from classifier.deadlines import JAPAN
from classifier.errors import InvalidNotice
from classifier.notice import Notice
from classifier.vocabulary import CHANNELS

_WORDS: Final = ("subject", "sender")
_PARTS: Final = (*_WORDS, "answers")
# 2026/11/16 9:30, 2026-11-16T09:30:00+09:00
_CLOCK: Final = re.compile(r"(?<=\d)(?:\s+|T)(?=\d{1,2}:\d\d)")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a row holds its notice. A part that is given no column is read from the column of its own name, if any.

    `channel` is a column or one channel for all rows.
    """

    text: str = "text"
    channel: str | None = None
    subject: str | None = None
    sender: str | None = None
    received_on: str | None = None
    answers: str | None = None

    def notice(self, row: Mapping[str, Any]) -> Notice:
        """The notice of one row; without its day where `unread_day` says why. Raises InvalidNotice."""
        if self.text not in row:
            raise InvalidNotice("no_text_field", f"列{self.text!r}がありません。--textで本文の列を指定してください。")
        channel = row.get("channel")
        if self.channel is not None:
            channel = row.get(self.channel, self.channel)
        known = {part: self._value(part, row) for part in _PARTS}
        try:
            known["received_on"] = self._day(row)
        except InvalidNotice:
            known["received_on"] = None
        text = row[self.text]
        return Notice.from_mapping({**known, "text": "" if text is None else text, "channel": channel or None})

    def unread_day(self, row: Mapping[str, Any]) -> str | None:
        """Why the day of receipt could not be read; None where it could, or where there is none."""
        try:
            self._day(row)
        except InvalidNotice as problem:
            return f"{problem.code}: {problem}"
        return None

    def used(self, names: Iterable[str]) -> list[str]:
        """Those of a table's columns that a notice is made of."""
        wanted = {self._name(part.name) for part in fields(self)}
        return [name for name in names if name in wanted]

    def missing(self, names: Iterable[str]) -> tuple[str, str] | None:
        """The first part that is asked for in a column that is not there, and that column; None: all are there."""
        there = set(names)
        for part in fields(self):
            name = getattr(self, part.name)
            if name is not None and name not in there and not (part.name == "channel" and name in CHANNELS):
                return part.name, name
        return None

    def _name(self, part: str) -> str:
        """A data frame may call a column 0."""
        name: str | None = getattr(self, part)
        return part if name is None else name

    def _value(self, part: str, row: Mapping[str, Any]) -> Any:
        value = row.get(self._name(part))
        if part in _WORDS and isinstance(value, (int, float)) and not isinstance(value, bool):
            # A column of telephone numbers that a table took for numbers: 9012345678, 9012345678.0
            return f"{value:.0f}" if math.isfinite(value) else None
        if not isinstance(value, str):
            return value
        # A table has its objects as text.
        return _object(value) if part == "answers" else value or None

    def _day(self, row: Mapping[str, Any]) -> dt.date | None:
        """The day in Japan. Raises InvalidNotice for what is no date."""
        found = self._value("received_on", row)
        if isinstance(found, dt.datetime):
            return (found.astimezone(JAPAN) if found.tzinfo else found).date()
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)  # 20261116
        if isinstance(found, str):
            if not (written := found.strip()):
                return None
            day, *clock = _CLOCK.split(written)
            if clock and (moment := _moment(written)) is not None and moment.tzinfo:
                return moment.astimezone(JAPAN).date()
            found = day
        return Notice.from_mapping({"text": "-", "received_on": found}).received_on


def _object(written: str) -> Any:
    if not written.strip():
        return None
    try:
        return json.loads(written)
    except ValueError:
        return written


def _moment(written: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(written)
    except ValueError:
        return None
