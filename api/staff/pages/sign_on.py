"""`/staff/sign-on`: to the provider and back. What is refused leads to the login page, and is in the audit."""

import logging
from functools import partial
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.database import StoreDependency
from api.problems import Problem
from api.staff import accounts
from api.staff.audit import Actor, record
from api.staff.gate import safe_next
from api.staff.pages.login import with_session
from api.staff.pages.rendering import go
from api.staff.sign_on import COOKIE_LASTS, ProviderUnreachable, SignOn, SignOnRefused
from api.staff.sign_on_accounts import user_signed_on
from api.store import Store

LOG: Final = logging.getLogger("scam_notice.sign_on")
router: Final = APIRouter(prefix="/staff/sign-on", include_in_schema=False)
_COOKIE: Final = "scam_notice_sign_on"
_PATH: Final = "/staff/sign-on"


@router.get("")
async def begin(request: Request, next: Annotated[str, Query(max_length=600)] = "/staff") -> Response:
    """To the provider."""
    sign_on = _sign_on(request)
    try:
        address, cookie = await to_thread.run_sync(partial(sign_on.begin, _back(request), safe_next(next)))
    except ProviderUnreachable as error:
        return _unreachable(error)
    answer = RedirectResponse(address, 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        _COOKIE, cookie, max_age=COOKIE_LASTS, path=_PATH, httponly=True, samesite="lax", secure=secure
    )  # fmt: skip
    return answer


@router.get("/done")
async def finish(
    request: Request,
    store: StoreDependency,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4_000)] = "",
) -> Response:
    """Back from the provider: a session of our own, or the login page with the reason."""
    work = partial(_finish, _sign_on(request), store, request, state, code)
    try:
        token, place = await to_thread.run_sync(work)
    except ProviderUnreachable as error:
        return _unreachable(error)
    except SignOnRefused as error:
        await to_thread.run_sync(partial(_refused, store, str(error), request.state.request_id))
        answer = go(f"/staff/login?done={'no_role' if str(error) == 'role' else 'refused'}")
    else:
        answer = with_session(request, token, place)
    answer.delete_cookie(_COOKIE, path=_PATH)
    return answer


def _finish(sign_on: SignOn, store: Store, request: Request, state: str, code: str) -> tuple[str, str]:
    signed_on = sign_on.finish(request.cookies.get(_COOKIE, ""), state, code, _back(request))
    request_id = request.state.request_id
    with store.write() as session:
        user = user_signed_on(session, request_id, signed_on)
        if user is None:
            raise SignOnRefused("closed")
        return accounts.begin_session(session, user, request_id), safe_next(signed_on.next)


def _refused(store: Store, reason: str, request_id: str) -> None:
    with store.write() as session:
        record(session, Actor("user:?", request_id), "login_failed", sign_on=reason)


def _unreachable(error: ProviderUnreachable) -> Response:
    LOG.error("single sign-on: %s", error)
    return go("/staff/login?done=unreachable")


def _sign_on(request: Request) -> SignOn:
    found = request.app.state.sign_on
    if found is None:
        raise Problem("not_found")
    assert isinstance(found, SignOn)
    return found


def _back(request: Request) -> str:
    """The address that the provider sends the browser back to; it must be the one that was registered there."""
    public = str(request.app.state.settings.public_url).rstrip("/")
    return f"{public or str(request.base_url).rstrip('/')}{_PATH}/done"
