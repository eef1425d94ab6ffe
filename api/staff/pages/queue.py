"""`/staff`: the queue with its views, search, saved views and files."""

from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy import delete, select
from starlette.responses import Response

from api.routes.cases import Cursor, exported, wanted_filter
from api.staff import listing
from api.staff.audit import record_list
from api.staff.campaigns import alerts
from api.staff.claims import claims_on
from api.staff.gate import Gate, Visit
from api.staff.pages.rendering import go, render
from api.staff.placing import place_of, renew_places
from api.store.people import SavedView

router: Final = APIRouter(prefix="/staff", include_in_schema=False)
Reader = Annotated[Visit, Depends(Gate("case_read"))]
FilterDependency = Annotated[listing.Filter, Depends(wanted_filter)]
_MOST_VIEWS: Final = 30


@router.get("")
def queue(visit: Reader, wanted: FilterDependency, cursor: Cursor = None) -> Response:
    """One page of one view; without any choice, what is not closed, harm first."""
    if not visit.request.url.query or "done" in visit.request.query_params:
        wanted = next(iter(listing.VIEWS.values()))
    with visit.store.write() as session:
        renew_places(session)
        page = listing.page(session, wanted, cursor)
        record_list(session, visit.actor, "cases_listed", listing.query_string(wanted), len(page.cases))
    with visit.store.read() as session:
        views = [
            (name, _query(view), listing.count(session, view), view == listing.without_search(wanted))
            for name, view in listing.VIEWS.items()
        ]
        saved = session.scalars(
            select(SavedView).where(SavedView.user_id == visit.person.id).order_by(SavedView.name)
        ).all()
        found = alerts(session)
        claims = claims_on(session, [case.id for case in page.cases])
    return render(
        visit,
        "queue.html",
        page=page,
        wanted=wanted,
        here=_query(wanted),
        following=_query(wanted, cursor=page.next) if page.next else "",
        views=views,
        saved=saved,
        alerts=found,
        claims=claims,
        place_of=place_of,
    )


@router.get("/cases/export")
def export(
    visit: Annotated[Visit, Depends(Gate("case_export"))],
    wanted: FilterDependency,
    format: Literal["csv", "xlsx"] = "csv",
) -> Response:
    """The view as a file, masked."""
    return exported(visit.store, visit.actor, wanted, format)


@router.post("/views")
def save_view(visit: Reader) -> Response:
    """Keeps the view under a name of one's own; the same name again replaces it."""
    name, query = visit.fields.get("name").strip()[:64], visit.fields.get("query")[:500]
    with visit.store.write() as session:
        held = session.scalars(select(SavedView).where(SavedView.user_id == visit.person.id)).all()
        same = next((view for view in held if view.name == name), None)
        if same is not None:
            same.query = query
        elif name and len(held) < _MOST_VIEWS:
            session.add(SavedView(user_id=visit.person.id, name=name, query=query))
    return go(f"/staff?{query}")


@router.post("/views/{view_id}/delete")
def delete_view(visit: Reader, view_id: int) -> Response:
    """Only one's own."""
    with visit.store.write() as session:
        session.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.user_id == visit.person.id))
    return go("/staff")


def _query(wanted: listing.Filter, **more: str) -> str:
    return urlencode({**listing.query_string(wanted), **more})
