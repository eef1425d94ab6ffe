"""`/staff/keys`: one's own keys, or none; kept with the account, so they are the same on every machine."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.gate import Gate, Visit
from api.staff.pages.rendering import go, render
from api.staff.shortcuts import ALL, SHORTCUTS, BadKey, chosen_keys
from api.store.people import User

router: Final = APIRouter(prefix="/staff/keys", include_in_schema=False)
Anybody = Annotated[Visit, Depends(Gate("case_read"))]


@router.get("")
def show(visit: Anybody) -> Response:
    """Every key with its field."""
    held = visit.person.shortcuts
    return _page(visit, {s.name: held.get(s.name, s.usual) for s in SHORTCUTS}, on=ALL not in held)


@router.post("")
def keep(visit: Anybody) -> Response:
    """The typed keys, or the usual ones again."""
    typed = {shortcut.name: visit.fields.get(shortcut.name) for shortcut in SHORTCUTS}
    on = visit.fields.get("on") == "1"
    if visit.fields.get("usual"):
        _keep(visit, {})
    else:
        try:
            _keep(visit, chosen_keys(typed, on=on))
        except BadKey as error:
            return _page(visit, typed, on=on, status=422, error=error)
    return go("/staff/keys?done=saved")


def _keep(visit: Visit, chosen: dict[str, str]) -> None:
    with visit.store.write() as session:
        session.get_one(User, visit.person.id).shortcuts = chosen


def _page(
    visit: Visit, typed: Mapping[str, str], *, on: bool, status: int = 200, error: BadKey | None = None
) -> Response:
    return render(visit, "keys.html", status, shortcuts=SHORTCUTS, typed=typed, on=on, error=error)
