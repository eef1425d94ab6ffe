"""`/staff/campaigns`: near-copies, named, merged and split by people; the draft of a public warning."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import select
from starlette.responses import Response

from api.staff import campaign_changes, campaigns
from api.staff.accounts import display_names
from api.staff.audit import record_list
from api.staff.case_view import campaign_words
from api.staff.drafts import public_warning
from api.staff.errors import CampaignNotFound, NothingToUndo
from api.staff.gate import Gate, Visit
from api.staff.pages.rendering import go, render
from api.store.cases import Case

router: Final = APIRouter(prefix="/staff/campaigns", include_in_schema=False)
Reader = Annotated[Visit, Depends(Gate("case_read"))]
Writer = Annotated[Visit, Depends(Gate("campaign_write"))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_PAGE: Final = 50
_MEMBERS: Final = 200


@router.get("")
def listed(visit: Reader, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None) -> Response:
    """Newest first."""
    with visit.store.write() as session:
        lines = campaigns.campaigns(session, before=before, limit=_PAGE + 1)
        record_list(session, visit.actor, "cases_listed", {"list": "campaigns"}, len(lines[:_PAGE]))
    more, lines = len(lines) > _PAGE, lines[:_PAGE]
    return render(visit, "campaigns.html", lines=lines, following=lines[-1].campaign.id if more else None)


@router.get("/{campaign_id}")
def show(visit: Reader, campaign_id: Number) -> Response:
    """Its newest cases; a merged one leads to where it went."""
    return _page(visit, campaign_id)


@router.post("/{campaign_id}/name")
def name(visit: Writer, campaign_id: Number) -> Response:
    """Also ends the alert."""
    with visit.store.write() as session:
        campaign_changes.rename(session, visit.actor, campaign_id, visit.fields.get("name").strip())
    return go(f"/staff/campaigns/{campaign_id}?done=changed")


@router.post("/{campaign_id}/known")
def known(visit: Writer, campaign_id: Number) -> Response:
    """Ends the alert."""
    with visit.store.write() as session:
        campaign_changes.mark_known(session, visit.actor, campaign_id)
    return go(f"/staff/campaigns/{campaign_id}?done=changed")


@router.post("/{campaign_id}/merge")
def merge(visit: Writer, campaign_id: Number) -> Response:
    """Into another, whose number is typed."""
    into = _number(visit.fields.get("into"))
    with visit.store.write() as session:
        campaign_changes.merge(session, visit.actor, campaign_id, into)
    return go(f"/staff/campaigns/{into}?done=changed")


@router.post("/{campaign_id}/split")
def split(visit: Writer, campaign_id: Number) -> Response:
    """The ticked cases leave."""
    chosen = [
        int(value) for value in visit.fields.all("case") if value.isascii() and value.isdigit() and len(value) < 10
    ]
    with visit.store.write() as session:
        founded = campaign_changes.split(session, visit.actor, campaign_id, chosen)
    return go(f"/staff/campaigns/{founded or campaign_id}?done=changed")


@router.post("/{campaign_id}/undo")
def undo(visit: Writer, campaign_id: Number) -> Response:
    """Takes one change back: a name, a merge, a split."""
    typed = visit.fields.get("change")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    try:
        with visit.store.write() as session:
            shown = campaign_changes.undo(session, visit.actor, campaign_id, number)
    except NothingToUndo as error:
        return _page(visit, campaign_id, 409, str(error))
    return go(f"/staff/campaigns/{shown}?done=undone")


def _page(visit: Visit, campaign_id: int, status: int = 200, error: str = "") -> Response:
    with visit.store.write() as session:
        line = campaigns.campaign_line(session, campaign_id)
        if line.campaign.id != campaign_id:
            return go(f"/staff/campaigns/{line.campaign.id}")
        members = session.scalars(
            select(Case).where(Case.campaign_id == campaign_id).order_by(Case.id.desc()).limit(_MEMBERS)
        ).all()
        steps = campaign_changes.changes_of(session, campaign_id)
        others = [other for other in campaigns.campaigns(session) if other.campaign.id != campaign_id]
        names = display_names(session)
        record_list(session, visit.actor, "cases_listed", {"campaign": str(campaign_id)}, len(members))
    undone = {step.undoes for step in steps if step.undoes}
    return render(
        visit,
        "campaign.html",
        status,
        line=line,
        members=members,
        warning=public_warning(line, members) if members else "",
        steps=[(step, campaign_words(step, campaign_id), step.id in undone) for step in steps],
        others=others,
        names=names,
        error=error,
    )


def _number(typed: str) -> int:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise CampaignNotFound("まとまりの番号は、数字で入れてください。")
    return int(digits)
