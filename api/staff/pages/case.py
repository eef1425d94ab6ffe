"""`/staff/cases/{id}`: one case, what the model suggests, what people decide."""

import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.page_form import CHANNEL_LABELS
from api.routes.cases import assess_with
from api.scoring import Scoring, ScoringDependency
from api.staff import changes, listing
from api.staff.accounts import display_names
from api.staff.audit import Action, record
from api.staff.campaigns import standing
from api.staff.case_view import FIELD_LABELS, CaseView, change_words, stored_assessment, value_words
from api.staff.claims import Claim, claim, claims_on, release
from api.staff.drafts import consultation_record
from api.staff.errors import NothingToUndo, StaleVersion
from api.staff.fields import MAX_NOTE
from api.staff.gate import Fields, Gate, Visit
from api.staff.pages.rendering import go, render
from api.staff.placing import place_of
from api.staff.similar import similar_cases
from api.staff.typed import typed_decision, typed_details
from api.store.cases import Case, CaseText
from classifier.notice import ANSWERS, Notice

router: Final = APIRouter(prefix="/staff/cases", include_in_schema=False)
Reader = Annotated[Visit, Depends(Gate("case_read"))]
Writer = Annotated[Visit, Depends(Gate("case_write"))]
CaseId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_ANSWER: Final = "answer_"


@router.get("/{case_id}")
def show(visit: Reader, case_id: CaseId, scoring: ScoringDependency) -> Response:
    """Everything about the case; the look itself is in the audit, and claims the case softly."""
    return _shown(visit, case_id, scoring, "case_viewed")


@router.post("/{case_id}/unmask")
def unmask(
    visit: Annotated[Visit, Depends(Gate("case_unmask"))], case_id: CaseId, scoring: ScoringDependency
) -> Response:
    """The same page with names and numbers; an act of its own in the audit."""
    return _shown(visit, case_id, scoring, "case_unmasked", unmasked=True)


@router.post("/{case_id}/score")
def open_score(visit: Writer, case_id: CaseId, scoring: ScoringDependency) -> Response:
    """Shows the hidden suggestion of a blind case; it leaves the sample by that."""
    with visit.store.write() as session:
        case = changes.open_case(session, case_id)
        if case.blind:
            changes.leave_blind_sample(session, visit.actor, case)
        session.flush()
    return go(f"/staff/cases/{case_id}")


@router.post("/{case_id}/decision")
def decide(visit: Writer, case_id: CaseId, scoring: ScoringDependency) -> Response:
    """Disposition, result, note, status. On an old version both versions are shown, and what was typed is kept."""
    errors: dict[str, str] = {}
    decision = typed_decision(visit.fields, errors)
    if decision is None:
        return _again(visit, case_id, scoring, 422, errors)
    wanted = decision.sent()
    if visit.fields.get("status_before") == wanted.get("status"):
        wanted.pop("status", None)  # untouched: a disposition with a result closes the case by itself
    try:
        with visit.store.write() as session:
            more = visit.fields.get("note_more").strip()[:5_000]
            if more:
                wanted["note"] = f"{changes.open_case(session, case_id).note}\n{more}"[:MAX_NOTE]
            changes.change_case(session, visit.actor, case_id, _version(visit.fields), wanted, assess_with(scoring))
            release(session, case_id, visit.person.id)
    except StaleVersion:
        return _again(visit, case_id, scoring, 412, errors, mine=wanted)
    if visit.fields.get("then") == "next":
        return go(_next(visit, case_id))
    return go(f"/staff/cases/{case_id}?done=saved")


@router.post("/{case_id}/details")
def edit(visit: Writer, case_id: CaseId, scoring: ScoringDependency) -> Response:
    """The fields of the intake."""
    errors: dict[str, str] = {}
    raw = typed_details(visit.fields, errors)
    if errors:
        return _again(visit, case_id, scoring, 422, errors)
    wanted = {name: _day(value) if name in ("received_on", "pay_on") else value for name, value in raw.items()}
    channel = visit.fields.get("channel")
    if channel in CHANNEL_LABELS:
        wanted["channel"] = channel
    try:
        with visit.store.write() as session:
            changes.change_case(session, visit.actor, case_id, _version(visit.fields), wanted, assess_with(scoring))
    except StaleVersion:
        return _again(visit, case_id, scoring, 412, errors, mine=wanted)
    return go(f"/staff/cases/{case_id}?done=saved")


@router.post("/{case_id}/answers")
def answer(visit: Writer, case_id: CaseId, scoring: ScoringDependency) -> Response:
    """Answers to the follow-up questions; the case is assessed again with them."""
    given = {
        name.removeprefix(_ANSWER): values[-1]
        for name, values in visit.fields.values.items()
        if name.startswith(_ANSWER) and len(name) < 80 and values[-1] in ANSWERS
    }
    try:
        with visit.store.write() as session:
            before = dict(session.get_one(CaseText, changes.open_case(session, case_id).id).answers)
            wanted = {"answers": {**before, **given}}
            changes.change_case(session, visit.actor, case_id, _version(visit.fields), wanted, assess_with(scoring))
    except StaleVersion:
        return _again(visit, case_id, scoring, 412, {}, mine={})
    return go(f"/staff/cases/{case_id}?done=answered#suggestion")


@router.post("/{case_id}/undo")
def undo(visit: Writer, case_id: CaseId, scoring: ScoringDependency) -> Response:
    """Takes one change back."""
    change_id = visit.fields.get("change")
    errors: dict[str, str] = {}
    try:
        with visit.store.write() as session:
            number = int(change_id) if change_id.isascii() and change_id.isdigit() and len(change_id) < 10 else 0
            changes.undo_change(session, visit.actor, case_id, _version(visit.fields), number, assess_with(scoring))
    except NothingToUndo as error:
        errors["undo"] = str(error)
        return _again(visit, case_id, scoring, 409, errors)
    except StaleVersion:
        return _again(visit, case_id, scoring, 412, errors, mine={})
    return go(f"/staff/cases/{case_id}?done=undone")


@router.post("/{case_id}/review")
def review(
    visit: Annotated[Visit, Depends(Gate("review_write"))], case_id: CaseId, scoring: ScoringDependency
) -> Response:
    """The second pair of eyes agrees or does not."""
    errors: dict[str, str] = {}
    try:
        with visit.store.write() as session:
            agrees = visit.fields.get("agrees") == "yes"
            changes.review_case(session, visit.actor, case_id, _version(visit.fields), agrees)
    except NothingToUndo as error:
        errors["review"] = str(error)
        return _again(visit, case_id, scoring, 409, errors)
    except StaleVersion:
        return _again(visit, case_id, scoring, 412, errors, mine={})
    return go(f"/staff/cases/{case_id}?done=reviewed")


@router.post("/{case_id}/claim")
def renew_claim(visit: Writer, case_id: CaseId) -> Response:
    """Sent by the page now and then while it is open."""
    with visit.store.write() as session:
        changes.open_case(session, case_id)
        claim(session, case_id, visit.person.id)
    return Response(status_code=204)


def _again(
    visit: Visit,
    case_id: int,
    scoring: Scoring,
    status: int,
    errors: dict[str, str],
    mine: dict[str, Any] | None = None,
) -> Response:
    return _shown(visit, case_id, scoring, None, status=status, errors=errors, mine=mine, typed=visit.fields)


def _shown(visit: Visit, case_id: int, scoring: Scoring, action: Action | None, **options: Any) -> Response:
    """Writes who looks, then reads: the model takes its time for the page, and nobody waits for the database."""
    with visit.store.write() as session:
        case = changes.open_case(session, case_id)
        if action is not None:
            record(session, visit.actor, action, case_id=case_id)
        claimed = claim(session, case.id, visit.person.id)
    with visit.store.read() as session:
        return _page(visit, session, changes.open_case(session, case_id), scoring, claimed, **options)


def _page(
    visit: Visit,
    session: Session,
    case: Case,
    scoring: Scoring,
    claimed: Claim | None,
    *,
    unmasked: bool = False,
    status: int = 200,
    errors: dict[str, str] | None = None,
    mine: dict[str, Any] | None = None,
    typed: Fields | None = None,
) -> Response:
    stored = session.scalars(select(CaseText).where(CaseText.case_id == case.id)).one()
    assessment = stored_assessment(case, stored)
    view = CaseView(assessment, unmasked=unmasked)
    steps = changes.history(session, case.id)
    undone = {step.undoes for step in steps if step.undoes}
    hidden = case.blind and case.disposition is None
    return render(
        visit,
        "case.html",
        status,
        case=case,
        stored=stored,
        view=view,
        hidden=hidden,
        why=_why(scoring, assessment.notice, view) if not hidden else [],
        place=place_of(case),
        campaign=standing(session, case),
        similar=similar_cases(session, case),
        steps=[(step, change_words(step.fields), step.id in undone) for step in steps],
        claimed=claimed,
        channels=CHANNEL_LABELS,
        errors=errors or {},
        conflict=_conflict(case, mine) if status == 412 and mine is not None else None,
        typed=typed,
        record_draft=consultation_record(case, assessment, view),
        names=display_names(session),
        note_hidden=view.text(case.note) != case.note,
    )


def _why(scoring: Scoring, notice: Notice, view: CaseView) -> list[tuple[str, float]]:
    """What moved the score most, in the notice's words; empty until the model is loaded."""
    if not scoring.ready:
        return []
    return [(view.text(reason.span.text), reason.effect) for reason in scoring.judge.why(notice)]


def _conflict(case: Case, mine: dict[str, Any]) -> list[tuple[str, str, str]]:
    """`[(field, what stands now, what was typed), …]` where they differ."""
    return [
        (FIELD_LABELS.get(name, name), value_words(name, getattr(case, name)), value_words(name, value))
        for name, value in mine.items()
        if getattr(case, name, value) != value
    ]


def _next(visit: Visit, done: int) -> str:
    """The most urgent case that nobody else has open; the queue where there is none."""
    with visit.store.read() as session:
        page = listing.page(session, listing.Filter(status="active"), limit=20)
        taken = claims_on(session, [case.id for case in page.cases])
    mine = visit.person.id
    free = [c.id for c in page.cases if c.id != done and (c.id not in taken or taken[c.id].user_id == mine)]
    return f"/staff/cases/{free[0]}?done=saved" if free else "/staff?done=saved"


def _version(fields: Fields) -> int:
    typed = fields.get("version")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None
