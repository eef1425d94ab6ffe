"""Other cases of the same kind for the case page: what was decided then helps now."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.cases import Case

_SHOWN: Final = 5


def similar_cases(session: Session, case: Case) -> Sequence[Case]:
    """The newest of its campaign; without one, the newest decided cases of the same scheme and kind."""
    asked = select(Case).where(Case.id != case.id).order_by(Case.id.desc()).limit(_SHOWN)
    if case.campaign_id is not None:
        return session.scalars(asked.where(Case.campaign_id == case.campaign_id)).all()
    # The index over dispositions bounds this: only decided cases teach, and the newest come first.
    recent = (
        select(Case.id).where(Case.disposition.is_not(None), Case.id != case.id).order_by(Case.id.desc()).limit(500)
    )
    same = asked.where(Case.id.in_(recent), Case.document_kind == case.document_kind)
    if case.scheme is not None:
        same = same.where(Case.scheme == case.scheme)
    return session.scalars(same).all()
