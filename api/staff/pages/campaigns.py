"""`/staff/campaigns`: near-copies, named, merged and split by people; the draft of a public warning."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import select
from starlette.responses import Response

from api.staff import campaigns
from api.staff.drafts import public_warning
from api.staff.errors import CampaignNotFound
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
    with visit.store.read() as session:
        lines = campaigns.campaigns(session, before=before, limit=_PAGE + 1)
    more, lines = len(lines) > _PAGE, lines[:_PAGE]
    return render(visit, "campaigns.html", lines=lines, following=lines[-1].campaign.id if more else None)


@router.get("/{campaign_id}")
def show(visit: Reader, campaign_id: Number) -> Response:
    """Its newest cases; a merged one leads to where it went."""
    with visit.store.read() as session:
        line = campaigns.campaign_line(session, campaign_id)
        if line.campaign.id != campaign_id:
            return go(f"/staff/campaigns/{line.campaign.id}")
        members = session.scalars(
            select(Case).where(Case.campaign_id == campaign_id).order_by(Case.id.desc()).limit(_MEMBERS)
        ).all()
    warning = public_warning(line, members) if members else ""
    return render(visit, "campaign.html", line=line, members=members, warning=warning)


@router.post("/{campaign_id}/name")
def name(visit: Writer, campaign_id: Number) -> Response:
    """Also ends the alert."""
    with visit.store.write() as session:
        campaigns.rename(session, visit.actor, campaign_id, visit.fields.get("name").strip())
    return go(f"/staff/campaigns/{campaign_id}?done=changed")


@router.post("/{campaign_id}/known")
def known(visit: Writer, campaign_id: Number) -> Response:
    """Ends the alert."""
    with visit.store.write() as session:
        campaigns.mark_known(session, visit.actor, campaign_id)
    return go(f"/staff/campaigns/{campaign_id}?done=changed")


@router.post("/{campaign_id}/merge")
def merge(visit: Writer, campaign_id: Number) -> Response:
    """Into another, whose number is typed."""
    into = _number(visit.fields.get("into"))
    with visit.store.write() as session:
        campaigns.merge(session, visit.actor, campaign_id, into)
    return go(f"/staff/campaigns/{into}?done=changed")


@router.post("/{campaign_id}/split")
def split(visit: Writer, campaign_id: Number) -> Response:
    """The ticked cases leave."""
    chosen = [
        int(value) for value in visit.fields.all("case") if value.isascii() and value.isdigit() and len(value) < 10
    ]
    with visit.store.write() as session:
        founded = campaigns.split(session, visit.actor, campaign_id, chosen)
    return go(f"/staff/campaigns/{founded or campaign_id}?done=changed")


def _number(typed: str) -> int:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise CampaignNotFound("まとまりの番号は、数字で入れてください。")
    return int(digits)
