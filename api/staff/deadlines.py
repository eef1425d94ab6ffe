"""When something must be done: the phrases an assessment extracts, as days.

A notice says 「11月24日まで」 or 「本日中」; the day it means depends on when it was received.
"""

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

JAPAN: Final = dt.timezone(dt.timedelta(hours=9), "JST")

_DATE: Final = re.compile(
    r"(?:(?P<era>令和|平成)\s?(?P<era_year>元|[0-9]{1,2})\s?年|(?P<year>[0-9]{4})\s?年)?\s?"
    r"(?P<month>[0-9]{1,2})\s?月\s?(?P<day>[0-9]{1,2})\s?日"
)
_WITHIN: Final = re.compile(r"([0-9]{1,3})\s?(時間|日|週間)以内")
_ERA_START: Final = {"令和": 2018, "平成": 1988}
# 「明日」 before 「日」 alone could be read; the first that is found decides.
_WORDS: Final = (("本日", 0), ("翌営業日", 1), ("明日", 1))


def today_in_japan() -> dt.date:
    """The day that the counsellor's calendar shows."""
    return dt.datetime.now(JAPAN).date()


def deadline_of(phrases: Iterable[str], received_on: dt.date) -> dt.date | None:
    """The first day that counts: the earliest not before the receipt, else the latest of those before it.

    `deadline_of(["令和8年11月24日まで", "11月30日必着"], date(2026, 11, 20))` → 2026-11-24
    """
    days = [day for phrase in phrases if (day := _day(phrase, received_on)) is not None]
    ahead = [day for day in days if day >= received_on]
    if ahead:
        return min(ahead)
    return max(days, default=None)


def _day(phrase: str, received_on: dt.date) -> dt.date | None:
    text = unicodedata.normalize("NFKC", phrase)
    match = _DATE.search(text)
    if match:
        return _dated(match, received_on)
    within = _WITHIN.search(text)
    if within:
        days = {"時間": -(-int(within[1]) // 24), "日": int(within[1]), "週間": 7 * int(within[1])}[within[2]]
        return received_on + dt.timedelta(days=days)
    for word, days in _WORDS:
        if word in text:
            return received_on + dt.timedelta(days=days)
    if "月末" in text:
        return received_on.replace(day=calendar.monthrange(received_on.year, received_on.month)[1])
    return None


def _dated(match: re.Match[str], received_on: dt.date) -> dt.date | None:
    month, day = int(match["month"]), int(match["day"])
    if match["era"]:
        years = [_ERA_START[match["era"]] + (1 if match["era_year"] == "元" else int(match["era_year"]))]
    elif match["year"]:
        years = [int(match["year"])]
    else:  # 「1月10日まで」 received in December is next year's
        years = [received_on.year - 1, received_on.year, received_on.year + 1]
    found = []
    for year in years:
        try:
            found.append(dt.date(year, month, day))
        except ValueError:  # 13月, 2月30日: no day
            continue
    return min(found, key=lambda date: abs(date - received_on), default=None)
