"""Logging in and out, and the help sheet."""

from functools import partial
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.database import StoreDependency
from api.staff import accounts
from api.staff.gate import COOKIE, Gate, Visit, from_our_page, read_fields, safe_next
from api.staff.pages.rendering import go, render
from api.staff.shortcuts import SHORTCUTS
from api.store import Store
from api.templating import TEMPLATES

router: Final = APIRouter(prefix="/staff", include_in_schema=False)
_WRONG: Final = "名前かパスワードが違います。10回つづけて違うと、10分のあいだ使えません。"
_TROUBLE: Final = {
    "refused": "ログインできませんでした。はじめから、もう一度してください。",
    "no_role": "この名前には、役割がありません。管理者に知らせてください。",
    "unreachable": "いまは、ここからログインできません。しばらくして、もう一度してください。",
}


@router.get("/login")
async def login_page(request: Request, next: str = "/staff") -> Response:
    """The form."""
    return _form(request, next)


@router.post("/login")
async def log_in(request: Request, store: StoreDependency) -> Response:
    """A new session, whatever cookie came along."""
    from_our_page(request)
    fields = await read_fields(request)
    work = partial(_log_in, store, fields.get("name"), fields.get("password"), request.state.request_id)
    token = await to_thread.run_sync(work)
    if token is None:
        return _form(request, fields.get("next"), error=_WRONG)
    return with_session(request, token, safe_next(fields.get("next")))


def with_session(request: Request, token: str, place: str) -> Response:
    """To the place, with the cookie of a new session."""
    answer = go(place)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(accounts.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def log_out(visit: Annotated[Visit, Depends(Gate("case_read"))]) -> Response:
    """Ends this session."""
    with visit.store.write() as session:
        accounts.logout(session, visit.person, visit.token, visit.request.state.request_id)
    answer = go("/staff/login")
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/help")
def help_page(visit: Annotated[Visit, Depends(Gate("case_read"))]) -> Response:
    """Every key, and how the queue sorts."""
    return render(visit, "help.html", shortcuts=SHORTCUTS)


def _log_in(store: Store, name: str, password: str, request_id: str) -> str | None:
    with store.write() as session:
        return accounts.login(session, name, password, request_id)


def _form(request: Request, place: str, error: str = "") -> Response:
    done = request.query_params.get("done", "")
    settings = request.app.state.settings
    context = {
        "next": safe_next(place),
        "error": error or _TROUBLE.get(done, ""),
        "sign_on": settings.oidc_label if settings.has_sign_on else "",
        "done": done,
    }
    return TEMPLATES.TemplateResponse(request, "staff/login.html", context, status_code=401 if error else 200)
