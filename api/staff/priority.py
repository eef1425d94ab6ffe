"""Whose turn it is: harm first, with the reason in words.

1  a possible court paper whose deadline is near, passed or unknown: whatever the score, whatever the signs.
   Telling somebody too late about a real 支払督促 cannot be made good, reading a postcard too early can.
2  another paper that must be answered, and soon
3  money is about to move
4  money or data has gone: banks and card companies can still stop some of it
5  somebody who is easily hurt
6  a possible court paper with time left: above everything that only a score orders
7  the rest, by score, then by age
9  closed

Within a place the earlier day comes first, then the higher score, then the older case.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from api.page_view import percent
from api.staff.choices import OLD_AGE_BANDS

COURT_NEAR: Final = 7
NEAR: Final = 3
CLOSED: Final = 9
# Received on a day nobody noted: it may have lain for days, so it waits behind the known near ones only.
_UNKNOWN: Final = 3
_OLD: Final = 14
_SCORES: Final = 10_000
_DAYS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What the place of a case depends on. `deadline` is the day of the paper, `came_on` that of the intake."""

    came_on: dt.date
    score: float
    closed: bool = False
    court: bool = False
    stance: str = "verify_independently"
    deadline: dt.date | None = None
    happened: Collection[str] = ()
    pay_on: dt.date | None = None
    age_band: str | None = None
    vulnerable: bool = False


@dataclass(frozen=True, slots=True)
class Priority:
    """`rank` 1 comes first. `key` sorts ascending; it is right until `until`, when a day makes a difference."""

    rank: int
    reason: str
    key: int
    until: dt.date | None


def priority(facts: Facts, today: dt.date) -> Priority:
    """The place of a case in the queue of `today`."""
    if facts.closed:
        return Priority(CLOSED, "完了しました", _key(CLOSED, None, facts.score), None)
    found = [*_court(facts, today), *_soon(facts, today), *_money(facts, today), *_easily_hurt(facts)]
    if not found:
        found = [(7, f"詐欺の見込み {percent(facts.score)}" if facts.score >= 0.5 else "急ぐしるしはありません", None)]
    rank, _, day = min(found, key=lambda place: (place[0], place[2] or dt.date.max))
    words = [reason for _, reason, _ in sorted(found, key=lambda place: place[0])]
    return Priority(rank, "。".join(dict.fromkeys(words)), _key(rank, day, facts.score), _changes(facts, today))


_Place = tuple[int, str, dt.date | None]


def _court(facts: Facts, today: dt.date) -> list[_Place]:
    if not facts.court:
        return []
    if facts.deadline is None or _long_gone(facts.deadline, facts):
        day = facts.came_on + dt.timedelta(days=_UNKNOWN)
        return [(1, "裁判所の書類かもしれません。届いた日を聞いて、期限を確かめます", day)]
    left = (facts.deadline - today).days
    rank = 1 if left <= COURT_NEAR else 6
    return [(rank, f"裁判所の書類かもしれません。期限{_left(left, facts.deadline)}", facts.deadline)]


def _soon(facts: Facts, today: dt.date) -> list[_Place]:
    # A scam's 「本日中」 is a threat and no duty; it moves nothing unless money is about to.
    if facts.court or facts.deadline is None or facts.stance == "do_not_respond":
        return []
    if _long_gone(facts.deadline, facts):
        return []
    left = (facts.deadline - today).days
    return [(2, f"書類の期限{_left(left, facts.deadline)}", facts.deadline)] if left <= NEAR else []


def _money(facts: Facts, today: dt.date) -> list[_Place]:
    places: list[_Place] = []
    if facts.pay_on is not None and (facts.pay_on - today).days <= NEAR:
        left = (facts.pay_on - today).days
        places.append((3, f"お金が動く予定{_left(left, facts.pay_on)}", facts.pay_on))
    elif "about_to_pay" in facts.happened:
        places.append((3, "これから払う予定です", facts.pay_on or facts.came_on))
    if "paid" in facts.happened:
        places.append((4, "もう払いました", facts.came_on))
    if "entered_data" in facts.happened:
        places.append((4, "情報を入力しました", facts.came_on))
    return places


def _easily_hurt(facts: Facts) -> list[_Place]:
    places: list[_Place] = []
    if facts.vulnerable:
        places.append((5, "見守りが要ります", None))
    if facts.age_band in OLD_AGE_BANDS:
        places.append((5, "70歳以上です", None))
    return places


def _long_gone(day: dt.date, facts: Facts) -> bool:
    """An old letter, or a date that means something else: it was over long before anybody came with it."""
    return day < facts.came_on - dt.timedelta(days=_OLD)


def _left(days: int, day: dt.date) -> str:
    """3 → "まであと3日(11月25日)", 0 → "は今日(11月22日)", -2 → "を2日すぎています(11月20日)"."""
    date = f"({day.month}月{day.day}日)"
    if days > 0:
        return f"まであと{days}日{date}"
    return f"は今日{date}" if days == 0 else f"を{-days}日すぎています{date}"


def _key(rank: int, day: dt.date | None, score: float) -> int:
    ordinal = day.toordinal() if day else 0
    return (rank * _DAYS + ordinal) * _SCORES + (_SCORES - 1 - min(round(score * (_SCORES - 1)), _SCORES - 1))


def _changes(facts: Facts, today: dt.date) -> dt.date | None:
    """The next day on which this case moves up by itself."""
    days = []
    if facts.deadline is not None:
        days.append(facts.deadline - dt.timedelta(days=COURT_NEAR if facts.court else NEAR))
    if facts.pay_on is not None:
        days.append(facts.pay_on - dt.timedelta(days=NEAR))
    return min((day for day in days if day > today), default=None)
