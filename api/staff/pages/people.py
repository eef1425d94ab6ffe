"""`/staff/people`: the accounts, for administrators; `/staff/password`: a password of one's own by a one-time code."""

from functools import partial
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.database import StoreDependency
from api.problems import Problem
from api.staff import accounts, password_codes
from api.staff.errors import BadName, BadPassword, StaffError, UnknownRole, UserExists
from api.staff.gate import Fields, Gate, Visit, from_our_page, read_fields
from api.staff.pages.rendering import go, render
from api.staff.permissions import ROLE_LABELS
from api.store import Store
from api.store.people import PasswordCode, User
from api.templating import TEMPLATES

router: Final = APIRouter(prefix="/staff", include_in_schema=False)
Admin = Annotated[Visit, Depends(Gate("user_write"))]
UserId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_TROUBLE: Final[dict[type[StaffError], str]] = {
    BadName: "名前は、小さい英字・数字・「.」「-」「_」で、64文字までにしてください。",
    UserExists: "その名前の人は、もういます。別の名前にしてください。",
    UnknownRole: "役割を選んでください。",
}
_OWN: Final = "自分の役割を変えたり、自分を止めたりはできません。ほかの管理者にたのんでください。"
_WRONG_CODE: Final = (
    "名前か符号が違います。符号は3日のあいだ、1回だけ使えます。10回つづけて違うと、10分のあいだ使えません。"
)
_UNLIKE: Final = "2つのパスワードが違います。もう一度入れてください。"
_BAD_PASSWORD: Final = "パスワードは、10文字から200文字までにしてください。"


@router.get("/people")
def people(visit: Admin) -> Response:
    """Every account."""
    return _page(visit)


@router.post("/people")
def add(visit: Admin) -> Response:
    """A new account and the code by which its owner sets a password."""
    fields = visit.fields
    try:
        with visit.store.write() as session:
            display_name = fields.get("display_name").strip()[:64]
            user = accounts.add_user(
                session, visit.actor, fields.get("name"), fields.get("role"), None, display_name
            )  # fmt: skip
            code = password_codes.new_code(session, visit.actor, user)
    except (BadName, UserExists, UnknownRole) as error:
        return _page(visit, 422, _TROUBLE[type(error)])
    return render(visit, "code.html", user=user, code=code)


@router.post("/people/{user_id}/code")
def give_code(visit: Admin, user_id: UserId) -> Response:
    """A new code, shown this once."""
    with visit.store.write() as session:
        user = _user(session, user_id)
        code = password_codes.new_code(session, visit.actor, user)
    return render(visit, "code.html", user=user, code=code)


@router.post("/people/{user_id}/role")
def role(visit: Admin, user_id: UserId) -> Response:
    """Another role, from the next request on."""
    if user_id == visit.person.id:
        return _page(visit, 409, _OWN)
    try:
        with visit.store.write() as session:
            accounts.set_role(session, visit.actor, _user(session, user_id), visit.fields.get("role"))
    except UnknownRole as error:
        return _page(visit, 422, _TROUBLE[type(error)])
    return go("/staff/people?done=changed")


@router.post("/people/{user_id}/lock")
def lock(visit: Admin, user_id: UserId) -> Response:
    """Closes the account and its sessions."""
    if user_id == visit.person.id:
        return _page(visit, 409, _OWN)
    with visit.store.write() as session:
        accounts.set_active(session, visit.actor, _user(session, user_id), False)
    return go("/staff/people?done=changed")


@router.post("/people/{user_id}/unlock")
def unlock(visit: Admin, user_id: UserId) -> Response:
    """Opens it again, also after too many guesses."""
    with visit.store.write() as session:
        accounts.set_active(session, visit.actor, _user(session, user_id), True)
    return go("/staff/people?done=changed")


@router.get("/password")
async def password_page(request: Request) -> Response:
    """The form for the code."""
    return _form(request, Fields({}))


@router.post("/password")
async def set_password(request: Request, store: StoreDependency) -> Response:
    """The code is good once; afterwards they log in."""
    from_our_page(request)
    fields = await read_fields(request)
    if fields.get("password") != fields.get("again"):
        return _form(request, fields, _UNLIKE)
    try:
        good = await to_thread.run_sync(partial(_use_code, store, fields, request.state.request_id))
    except BadPassword:
        return _form(request, fields, _BAD_PASSWORD)
    return go("/staff/login?done=password") if good else _form(request, fields, _WRONG_CODE)


def _use_code(store: Store, fields: Fields, request_id: str) -> bool:
    with store.write() as session:
        return password_codes.use_code(
            session, fields.get("name").strip(), fields.get("code"), fields.get("password"), request_id
        )


def _form(request: Request, fields: Fields, error: str = "") -> Response:
    context = {"name": fields.get("name"), "code": fields.get("code"), "error": error}
    return TEMPLATES.TemplateResponse(request, "staff/password.html", context, status_code=422 if error else 200)


def _user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise Problem("not_found")
    return user


def _page(visit: Visit, status: int = 200, error: str = "") -> Response:
    with visit.store.read() as session:
        users = session.scalars(select(User).order_by(User.active.desc(), User.name)).all()
        waiting = {code.user_id for code in session.scalars(select(PasswordCode))}
    rows = [(user, user.id in waiting, accounts.is_locked(user)) for user in users]
    return render(visit, "people.html", status, rows=rows, roles=ROLE_LABELS, error=error, typed=visit.fields)
