"""`/staff/cases/new`: a case typed in while somebody tells it; the suggestion comes when the typing stops."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.files import ReadFile, read_file
from api.page_form import CHANNEL_LABELS
from api.problems import Problem
from api.scoring import Scoring, ScoringDependency
from api.staff.bulk import HEADINGS, read_table, unread_words
from api.staff.case_view import CaseView
from api.staff.errors import InvalidCase
from api.staff.gate import Fields, Gate, Visit
from api.staff.intake import add_case, prepare, storable
from api.staff.pages.rendering import go, render
from api.staff.placing import suggestion_of
from api.staff.priority import Facts, priority
from api.staff.typed import typed_case
from api.turns import Turn
from classifier.deadlines import today
from classifier.errors import InvalidNotice
from classifier.result import Assessment

router: Final = APIRouter(prefix="/staff/cases", include_in_schema=False)
Writer = Annotated[Visit, Depends(Gate("case_write"))]
_NO_FILE: Final = "ファイルを選んでください。"
_NO_TEXT: Final = "文章がありません。届いた文章か、聞いた話を書いてください。"


@dataclass(slots=True)
class Read:
    """What became of a table: numbers of new cases; numbers of bad rows with the reason; columns that nothing reads."""

    good: list[int] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    left_out: tuple[str, ...] = ()


@router.get("/new")
def form_page(visit: Writer) -> Response:
    """The empty form."""
    return _form(visit, Fields({}), {})


@router.post("/new")
async def create(visit: Writer, scoring: ScoringDependency) -> Response:
    """The case, or the form again with everything that was typed."""
    errors: dict[str, str] = {}
    fields = typed_case(visit.fields, errors)
    if fields is None:
        return _form(visit, visit.fields, errors)
    try:
        prepared = await scoring.assess(storable(fields), partial(prepare, fields), patient=True)
    except InvalidNotice as error:
        errors["text"] = _NO_TEXT if error.code == "text_empty" else str(error)
        return _form(visit, visit.fields, errors)
    except Problem as problem:  # busy, or not ready yet: what was typed stays
        errors["text"] = problem.kind.detail
        return _form(visit, visit.fields, errors)
    share = visit.request.app.state.settings.blind_share
    case_id = await to_thread.run_sync(
        partial(_write, visit, lambda session: add_case(session, visit.actor, prepared, blind_share=share).id)
    )
    return go(f"/staff/cases/{case_id}?done=created")


@router.post("/preview")
async def preview(visit: Writer, scoring: ScoringDependency) -> Response:
    """The suggestion for what stands in the form now; nothing is stored."""
    errors: dict[str, str] = {}
    fields = typed_case(visit.fields, errors)
    if fields is None:
        return render(visit, "preview.html", view=None, place=None)
    try:
        notice = storable(fields)
    except InvalidNotice:
        return render(visit, "preview.html", view=None, place=None)

    def shown(assessment: Assessment) -> Response:
        found = suggestion_of(assessment, dt.datetime.now(dt.UTC))
        facts = Facts(
            came_on=today(),
            score=found["score"],
            court=found["court"],
            stance=found["stance"],
            deadline=found["deadline"],
            happened=fields.happened,
            pay_on=fields.pay_on,
            age_band=fields.age_band,
            vulnerable=fields.vulnerable,
        )
        place = priority(facts, today())
        return render(visit, "preview.html", view=CaseView(assessment, unmasked=True), place=place)

    return await scoring.assess(notice, shown, patient=True)


@router.post("/read")
async def read(visit: Writer) -> Response:
    """A text, mail, PDF or picture into the form, where somebody compares it with the paper before it is a case."""
    if not visit.file:
        return _form(visit, Fields({}), {"notice_file": _NO_FILE})
    try:
        with Turn(visit.request.app.state.streams):
            found = await to_thread.run_sync(read_file, visit.file)
    except Problem as problem:
        return _form(visit, Fields({}), {"notice_file": problem.kind.detail})
    filled = {"text": found.text, "channel": found.channel, "subject": found.subject, "sender": found.sender}
    fields = Fields({name: [value] for name, value in filled.items() if value})
    return _form(visit, fields, {}, found=found)


@router.post("/bulk")
async def bulk(visit: Writer, scoring: ScoringDependency) -> Response:
    """A table of cases. Every good row becomes a case at once; the bad ones are listed with their reason."""
    if not visit.file:
        return _form(visit, Fields({}), {"file": _NO_FILE})
    read = Read()
    try:
        table = read_table(visit.file)
        for number, row in table.rows:
            await _add_row(visit, scoring, number, row, read)
            read.left_out = tuple(table.left_out)
    except InvalidCase as error:
        return _form(visit, Fields({}), {"file": str(error)}, read)
    return _form(visit, Fields({}), {}, read)


async def _add_row(visit: Visit, scoring: Scoring, number: int, row: Fields, read: Read) -> None:
    errors = unread_words(row)
    fields = typed_case(row, errors)
    if fields is None:
        read.bad.append((number, " ".join(errors.values())))
        return
    try:
        prepared = await scoring.assess(storable(fields), partial(prepare, fields), patient=True)
    except (InvalidNotice, Problem) as error:
        read.bad.append((number, str(error) if isinstance(error, InvalidNotice) else error.kind.detail))
        return
    work = partial(_write, visit, lambda session: add_case(session, visit.actor, prepared).id)
    read.good.append(await to_thread.run_sync(work))


def _write(visit: Visit, work: Callable[[Session], int]) -> int:
    with visit.store.write() as session:
        return work(session)


def _form(
    visit: Visit, fields: Fields, errors: dict[str, str], read: Read | None = None, found: ReadFile | None = None
) -> Response:
    return render(
        visit,
        "new.html",
        422 if errors else 200,
        fields=fields,
        errors=errors,
        channels=CHANNEL_LABELS,
        headings=list(HEADINGS)[1:],
        read=read,
        found=found,
    )
