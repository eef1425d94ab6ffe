"""The queue as a table: filters, search, three orders, pages by key, counts that stop at a thousand.

Every query reads an index in its own order and stops at the page's end; nothing reads the texts.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

from sqlalchemy import Select, and_, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from api.staff.errors import InvalidCase
from api.staff.priority import CLOSED
from api.staff.search import query_words
from api.store.cases import Case, CaseWord

Sort = Literal["harm", "newest", "oldest"]
SORTS: Final[tuple[Sort, ...]] = ("harm", "newest", "oldest")
PAGE: Final = 50
COUNTED: Final = 1_000
# Every closed case has a key from here on.
_CLOSED_KEY: Final = CLOSED * 1_000_000 * 10_000
_NO_WORD: Final = " "  # no word holds one


@dataclass(frozen=True, slots=True)
class Filter:
    """What a view shows. `status` also takes "active": everything that is not closed. Empty means any."""

    status: str = ""
    q: str = ""
    disposition: str = ""
    result: str = ""
    channel: str = ""
    scheme: str = ""
    review: str = ""
    reached_by: str = ""
    age_band: str = ""
    municipality: str = ""
    campaign: int | None = None
    rank: int | None = None
    sort: Sort = "harm"


# The views that everybody has; each name is a filter.
VIEWS: Final[dict[str, Filter]] = {
    "対応するもの": Filter(status="active"),
    "期限が近い": Filter(status="active", rank=1),
    "お金が動く": Filter(status="active", rank=3),
    "二重確認待ち": Filter(review="wanted"),
    "連絡待ち": Filter(status="waiting"),
    "完了": Filter(status="closed", sort="newest"),
    "すべて": Filter(sort="newest"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Cases in order and where the next page starts; None at the end."""

    cases: Sequence[Case]
    next: str | None


def page(session: Session, wanted: Filter, cursor: str | None = None, limit: int = PAGE) -> Page:
    """One page. Raises InvalidCase for a cursor that this list never gave."""
    asked = _ordered(_matching(wanted), wanted, _cursor(cursor, wanted.sort)).limit(limit + 1)
    found = session.scalars(asked).all()
    more, found = len(found) > limit, found[:limit]
    return Page(found, _encoded(found[-1], wanted.sort) if more else None)


def count(session: Session, wanted: Filter) -> int:
    """How many, `COUNTED` at most: "1000" means that many or more."""
    asked = _matching(wanted).with_only_columns(Case.id).limit(COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(asked)) or 0


def everything(wanted: Filter) -> Select[Case]:
    """The whole view in its order, for an export."""
    return _ordered(_matching(wanted), wanted, None)


def neighbour(session: Session, wanted: Filter, case: Case) -> int | None:
    """The number of the case that follows in the view."""
    after = _ordered(_matching(wanted), wanted, _place(case, wanted.sort))
    return session.scalar(after.with_only_columns(Case.id).limit(1))


def query_string(wanted: Filter) -> dict[str, str]:
    """The fields that differ from the empty filter: `Filter(status="open")` → {"status": "open"}."""
    empty = Filter()
    return {
        field.name: str(value)
        for field in fields(wanted)
        if (value := getattr(wanted, field.name)) != getattr(empty, field.name)
    }


def without_search(wanted: Filter) -> Filter:
    """The same view with an empty search field."""
    return replace(wanted, q="")


def _matching(wanted: Filter) -> Select[Case]:
    asked = select(Case)
    for name in ("disposition", "result", "channel", "scheme", "review", "reached_by", "age_band", "municipality"):
        value = getattr(wanted, name)
        if value:
            asked = asked.where(getattr(Case, name) == value)
    if wanted.status == "active":
        asked = asked.where(Case.harm_key < _CLOSED_KEY)
    elif wanted.status:
        asked = asked.where(Case.status == wanted.status)
    if wanted.rank is not None:
        width = 1_000_000 * 10_000
        asked = asked.where(Case.harm_key >= wanted.rank * width, Case.harm_key < (wanted.rank + 1) * width)
    if wanted.campaign is not None:
        asked = asked.where(Case.campaign_id == wanted.campaign)
    if wanted.q.strip():
        # A search field with only 「の」 or 。 in it finds nothing rather than everything.
        first, *others = query_words(wanted.q) or [_NO_WORD]
        asked = asked.join(CaseWord, and_(CaseWord.case_id == Case.id, CaseWord.word == first))
        for word in others:
            other = aliased(CaseWord)
            asked = asked.where(exists().where(other.word == word, other.case_id == CaseWord.case_id))
    return asked


def _ordered(asked: Select[Any], wanted: Filter, after: tuple[int, ...] | None) -> Select[Case]:
    # With a search the order is read off the words' own index, which holds the same key.
    by_word = bool(wanted.q.strip())
    number = CaseWord.case_id if by_word else Case.id
    if wanted.sort == "harm":
        key = CaseWord.harm_key if by_word else Case.harm_key
        if after is not None:
            asked = asked.where(tuple_(key, number) > tuple_(*after))
        return asked.order_by(key, number)
    if wanted.sort == "newest":
        if after is not None:
            asked = asked.where(number < after[0])
        return asked.order_by(number.desc())
    if after is not None:
        asked = asked.where(number > after[0])
    return asked.order_by(number)


def _place(case: Case, sort: Sort) -> tuple[int, ...]:
    return (case.harm_key, case.id) if sort == "harm" else (case.id,)


def _encoded(case: Case, sort: Sort) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, *_place(case, sort)]).encode()).decode().rstrip("=")


def _cursor(cursor: str | None, sort: Sort) -> tuple[int, ...] | None:
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        held, *place = json.loads(raw)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidCase("cursor", "cursorは、前の答えのnextをそのまま送ってください。") from error
    size = 2 if sort == "harm" else 1
    if held != sort or len(place) != size or not all(type(part) is int and abs(part) < 2**62 for part in place):
        raise InvalidCase("cursor", "cursorは、同じ並べ方の答えのnextを送ってください。")
    return tuple(place)
