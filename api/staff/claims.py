"""Who is at work on a case. A claim tells the others, keeps nobody out, and ends by itself."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.store.cases import CaseClaim
from api.store.people import User

LASTS: Final = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's claim, as long as it lasts."""

    user_id: int
    display_name: str
    until: dt.datetime


def claim(session: Session, case_id: int, user_id: int) -> Claim | None:
    """Takes or renews the claim; returns another person's where one stands."""
    now = dt.datetime.now(dt.UTC)
    held = session.get(CaseClaim, case_id, with_for_update=True)
    if held is not None and held.user_id != user_id and held.until > now:
        return claims_on(session, [case_id]).get(case_id)
    session.merge(CaseClaim(case_id=case_id, user_id=user_id, until=now + LASTS))
    return None


def release(session: Session, case_id: int, user_id: int) -> None:
    """Gives one's own claim back."""
    session.execute(delete(CaseClaim).where(CaseClaim.case_id == case_id, CaseClaim.user_id == user_id))


def claims_on(session: Session, case_ids: Sequence[int]) -> dict[int, Claim]:
    """The claims that hold now, by case."""
    rows = session.execute(
        select(CaseClaim.case_id, User.id, User.display_name, CaseClaim.until)
        .join(User, User.id == CaseClaim.user_id)
        .where(CaseClaim.case_id.in_(case_ids), CaseClaim.until > dt.datetime.now(dt.UTC))
    )
    return {case_id: Claim(user_id, name, until) for case_id, user_id, name, until in rows}
