"""From a case's row to its place in the queue, and the daily pass over those that a new day moves."""

import datetime as dt
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.staff.priority import Facts, Priority, priority
from api.store.cases import Case, CaseWord
from classifier.deadlines import JAPAN, objection_deadline, today
from classifier.due_dates import find_due_dates
from classifier.normalise import normalise
from classifier.result import Assessment

# The policy speaks of a court in one of these topics wherever the paper may be a real one.
_COURT_TOPICS: Final = frozenset({"court_paper_check", "court_real_objection"})
_AT_ONCE: Final = 500


def suggestion_of(assessment: Assessment, came_at: dt.datetime) -> dict[str, Any]:
    """The columns that repeat the assessment for lists and for the queue."""
    notice = assessment.notice
    court = assessment.document_kind == "court_paper" or any(
        unit.topic in _COURT_TOPICS for unit in assessment.guidance
    )
    came_on = came_at.astimezone(JAPAN).date()
    deadline = deadline_of(notice.text, notice.received_on or came_on)
    if court:
        # The two weeks count from a receipt that somebody noted; a date in the text may be the scam's own.
        objection = objection_deadline(notice.received_on) if notice.received_on else None
        deadline = min((day for day in (objection, deadline) if day), default=None)
    return {
        "score": assessment.score,
        "verdict": assessment.verdict,
        "stance": assessment.stance,
        "document_kind": assessment.document_kind,
        "scheme": assessment.scheme.id if assessment.scheme else None,
        "court": court,
        "deadline": deadline,
    }


def deadline_of(text: str, received_on: dt.date) -> dt.date | None:
    """The first day that counts: the earliest limit not before the receipt, else the latest of those before it.

    `deadline_of("令和8年11月24日まで。11月30日必着", date(2026, 11, 20))` → 2026-11-24. What the assessment extracted
    knows no day for 「3日以内」 where nobody noted the receipt; here the day counts on which the centre heard of it.
    """
    days = [due.day for due in find_due_dates(normalise(text).text, received_on) if due.day]
    ahead = [day for day in days if day >= received_on]
    return min(ahead) if ahead else max(days, default=None)


def facts_of(case: Case) -> Facts:
    """What `priority` asks of a row."""
    return Facts(
        came_on=case.created_at.astimezone(JAPAN).date(),
        score=case.score,
        closed=case.status == "closed",
        court=case.court,
        stance=case.stance,
        deadline=case.deadline,
        happened=case.happened,
        pay_on=case.pay_on,
        age_band=case.age_band,
        vulnerable=case.vulnerable,
    )


def place_of(case: Case) -> Priority:
    """Rank and reason as of today."""
    return priority(facts_of(case), today())


def place(case: Case) -> None:
    """Writes the place into the row."""
    found = place_of(case)
    case.harm_key, case.recalculate_on = found.key, found.until


def renew_places(session: Session) -> int:
    """Moves up the cases whose day has come; the number of them. No version changes: nobody decided anything."""
    due = select(Case).where(Case.recalculate_on <= today()).limit(_AT_ONCE).with_for_update(skip_locked=True)
    cases = session.scalars(due).all()
    for case in cases:
        found = place_of(case)
        set_place(session, case.id, found)
        session.expire(case)
    return len(cases)


def replace_all(session: Session) -> int:
    """Every open case placed anew by the rules of now; the number of those that moved."""
    moved = 0
    for case in session.scalars(select(Case).where(Case.status != "closed").order_by(Case.id)).all():
        found = place_of(case)
        if (found.key, found.until) != (case.harm_key, case.recalculate_on):
            set_place(session, case.id, found)
            moved += 1
    return moved


def set_place(session: Session, case_id: int, found: Priority) -> None:
    """The row and its words together: a search reads the queue's order off the words."""
    session.execute(
        update(Case).where(Case.id == case_id).values(harm_key=found.key, recalculate_on=found.until)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.execute(update(CaseWord).where(CaseWord.case_id == case_id).values(harm_key=found.key))
