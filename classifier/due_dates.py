"""Until when a notice wants something: the words, and the day they mean.

A day is computed from the words and, where they need it, from the day of receipt: 令和8年11月24日まで is a day by
itself; 11月24日まで, 本日中, 3日以内 are days only where the day of receipt is known.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import jpholiday

from classifier.beginnings import Beginning

_ERAS: Final = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
_TIME: Final = (
    r"(?:\s?(?:\([^)\n]{1,6}\)|[月火水木金土日]曜日?))?"
    r"(?:\s?の?(?:(?:午前|午後)?\d{1,2}(?:[:時]\d{0,2}分?)|正午))?"
)
_DAY: Final = (
    r"(?:(?:(?P<era>令和|平成|昭和|[rhs](?=\d))\s?(?P<era_year>元|\d{1,2})|(?P<year>20\d{2}))\s?[年./]\s?)?"
    r"(?P<month>1[0-2]|0?[1-9])\s?[月./]\s?(?P<day>3[01]|[12]\d|0?[1-9])(?:\s?日|(?![\d月.,/円]))"
)
_UNTIL: Final = r"[^\S\n]?(?:まで|迄|必着|[をが]?(?:お?支払い?)?(?:期限|期日|納期限|限り|最終)|消印)"
_LIMIT: Final = (
    r"(?:期限|期日|締め?切り?日?|納期限|支払日|振替日|引落日|引き落とし日|停止(?:予定)?日)(?:は|が|:|\s|・|\(|日){0,3}"
)
_DATED: Final = Beginning(rf"(?P<limit>{_LIMIT})?{_DAY}{_TIME}(?P<until>{_UNTIL})?")
_RELATIVE: Final = Beginning(
    r"(?<![\d月/.年時:])(?P<count>\d{1,3})\s?(?P<unit>分|時間|h|日間?|週間|[かヶケカ]月|営業日)\s?(?:以内|内に|までに|後まで|を(?:過ぎ|経過))"
    r"|(?<![\d月/.年])(?P<hours>\d{1,2})時間後"
    r"|(?<![\d十])(?P<of_month>1[0-2]|[1-9]|十[12一二]?)月末日?(?:まで|迄|限り|必着)?"
    r"|(?P<word>本日|今日|当日|明後日|明日|翌日|翌営業日)(?:\d{1,2}[:時]\d{0,2}分?)?(?:中に?|まで|迄|限り|いっぱい|正午)"
    r"|(?P<of>今|来|翌)月(?P<day_of>3[01]|[12]\d|0?[1-9])日(?:まで|迄|限り|必着)"
    r"|(?P<next_end>(?:翌|来)月末日?)(?:まで|迄|中)?"
    r"|(?P<end>今週末|週末|今月末|月末|今月中)(?:まで|迄|中)?"
)
# 「発した日から起算して10日以内」, 「支払期限日から50日を経過」: not counted from receipt.
_FROM_ELSEWHERE: Final = re.compile(
    r"(?:発|作成|期限|期日|納期|締切|支払(?!督促)日?|契約|申込|利用|購入)[^。\n]{0,8}から(?:起算して)?\s?\Z"
)
_NEXT_WORKING_DAY: Final = "翌営業日"
_MONTHS: Final = {"十": 10, "十1": 11, "十2": 12, "十一": 11, "十二": 12}
_WORDS: Final = {"本日": 0, "今日": 0, "当日": 0, "明日": 1, "翌日": 1, "明後日": 2}
# A date without a year is the next one, or one that has lately gone by (a reminder names it).
_LATELY: Final = dt.timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Due:
    """A limit at `[start:end]` of the folded text; `day` is None where the words alone do not tell."""

    start: int
    end: int
    day: dt.date | None


def find_due_dates(text: str, received_on: dt.date | None) -> list[Due]:
    """The limits that a folded text states, in order. A date counts where a word of limit stands beside it."""
    found = [*_dated(text, received_on), *_relative(text, received_on)]
    return sorted(found, key=lambda due: (due.start, due.end))


def _dated(text: str, received_on: dt.date | None) -> Iterator[Due]:
    for match in _DATED.finditer(text):
        if match["limit"] or match["until"]:
            yield Due(*match.span(), _day(match, received_on))


def _day(match: re.Match[str], received_on: dt.date | None) -> dt.date | None:
    month, day = int(match["month"]), int(match["day"])
    if match["year"]:
        return _date(int(match["year"]), month, day)
    if match["era"]:
        number = 1 if match["era_year"] == "元" else int(match["era_year"])
        return _date(_ERAS[match["era"]] + number, month, day)
    if received_on is None:
        return None
    near = (_date(received_on.year + step, month, day) for step in (-1, 0, 1))
    return next((date for date in near if date and date >= received_on - _LATELY), None)


def _relative(text: str, received_on: dt.date | None) -> Iterator[Due]:
    for match in _RELATIVE.finditer(text):
        elsewhere = _FROM_ELSEWHERE.search(text, max(0, match.start() - 20), match.start())
        yield Due(*match.span(), None if received_on is None or elsewhere else _after(match, received_on))


def _after(match: re.Match[str], received_on: dt.date) -> dt.date | None:
    if match["word"] == _NEXT_WORKING_DAY:
        return _working_day_after(received_on)
    if match["word"]:
        days = _WORDS.get(match["word"])
        return None if days is None else received_on + dt.timedelta(days=days)
    if match["hours"]:
        return received_on + dt.timedelta(days=-(-int(match["hours"]) // 24))
    if match["of"]:
        start = received_on.replace(day=1) if match["of"] == "今" else _month_end(received_on) + dt.timedelta(days=1)
        return _date(start.year, start.month, int(match["day_of"]))
    if match["next_end"]:
        return _month_end(_month_end(received_on) + dt.timedelta(days=1))
    if match["of_month"]:
        return _next_end(_MONTHS.get(match["of_month"]) or int(match["of_month"]), received_on)
    if match["end"]:
        return _month_end(received_on) if "月" in match["end"] else None
    count, unit = int(match["count"]), match["unit"]
    if unit == "分":
        return received_on
    if unit in {"時間", "h"}:
        return received_on + dt.timedelta(days=-(-count // 24))
    if unit.startswith("日"):
        return received_on + dt.timedelta(days=count)
    return received_on + dt.timedelta(weeks=count) if unit == "週間" else None


def _working_day_after(day: dt.date) -> dt.date:
    """Monday to Friday, no public holiday: what 営業日 means where nothing else is said."""
    following = day + dt.timedelta(days=1)
    while following.weekday() >= 5 or jpholiday.is_holiday(following):
        following += dt.timedelta(days=1)
    return following


def _next_end(month: int, received_on: dt.date) -> dt.date:
    """The last day of a month: the next, or one that has lately gone by."""
    ends = (_month_end(dt.date(received_on.year + step, month, 1)) for step in (-1, 0, 1))
    return next(end for end in ends if end >= received_on - _LATELY)


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
