"""The day by which a 支払督促 must be answered, and what to say when it has passed.

民事訴訟法391条 gives two weeks; 民法140条 leaves out the day of receipt; 民事訴訟法95条3項 moves a last day that
is a Saturday, Sunday, public holiday or 29 December to 3 January to the next working day.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import jpholiday

OBJECTION_PERIOD: Final = dt.timedelta(weeks=2)
JAPAN: Final = dt.timezone(dt.timedelta(hours=9), "JST")
_WEEKDAYS: Final = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of an objection; `moved` where it was a day on which courts rest, `passed` on the day of reading."""

    day: dt.date
    moved: bool
    passed: bool

    @property
    def sentence(self) -> str:
        """「支払督促なら、異議のしめきりは2026年11月24日(火)です…」, with the rule it rests on."""
        written = f"{self.day.year}年{self.day.month}月{self.day.day}日({_WEEKDAYS[self.day.weekday()]})"
        moved = "最後の日が休みなので、次の平日になります(民事訴訟法95条3項)。" if self.moved else ""
        rule = "受け取った日の翌日から2週間で数えます(民事訴訟法391条、民法140条)。"
        if self.passed:
            return (
                f"支払督促なら、異議のしめきりは{written}でした。{rule}{moved}"
                "過ぎていても、できることがあります。今日、裁判所に電話してください。"
            )
        return f"支払督促なら、異議のしめきりは{written}です。{rule}{moved}"


def today() -> dt.date:
    """The day in Japan."""
    return dt.datetime.now(JAPAN).date()


def objection_deadline(received_on: dt.date) -> dt.date:
    """The last day to answer a 支払督促 received on that day.

    Received on 2026-12-15, the period would end on 2026-12-29, so the last day is 2027-01-04.
    """
    last = received_on + OBJECTION_PERIOD
    while _courts_rest(last):
        last += dt.timedelta(days=1)
    return last


def deadline_for(received_on: dt.date, read_on: dt.date) -> Deadline:
    """The deadline of a 支払督促 received on one day and read about on another."""
    day = objection_deadline(received_on)
    return Deadline(day, moved=day != received_on + OBJECTION_PERIOD, passed=read_on > day)


def _courts_rest(day: dt.date) -> bool:
    new_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return new_year or day.weekday() >= 5 or bool(jpholiday.is_holiday(day))
