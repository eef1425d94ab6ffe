"""Accounts kept by an administrator at the page: added, given a role, locked, given a code for a password."""

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select, update
from staff_pages import PASSWORD, Browserless
from starlette.testclient import TestClient

from api.store.cases import AuditEvent
from api.store.people import LoginSession, PasswordCode, User

NEW = "まったく新しいパスワード"
CODE = re.compile(r'class="code"><strong>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})<')


@pytest.fixture
def admin(staff_client: TestClient) -> Browserless:
    return Browserless(staff_client, "kanri")


def _log_in(staff_client: TestClient, name: str, password: str) -> bool:
    answer = staff_client.post("/staff/login", data={"name": name, "password": password}, follow_redirects=False)
    staff_client.cookies.clear()
    return answer.status_code == 303


def _set(staff_client: TestClient, name: str, code: str, password: str = NEW, **more: Any) -> int:
    data = {"name": name, "code": code, "password": password, "again": more.pop("again", password)}
    answer = staff_client.post("/staff/password", data=data, follow_redirects=False, **more)
    assert password not in answer.text
    return answer.status_code


def _user(staff_client: TestClient, name: str) -> User:
    with staff_client.app.state.store.read() as session:  # type: ignore[attr-defined]
        return session.scalars(select(User).where(User.name == name)).one()  # type: ignore[no-any-return]


def _code(text: str) -> str:
    found = CODE.search(text)
    assert found
    return found[1]


def test_a_new_person_sets_a_password_of_their_own(staff_client: TestClient, admin: Browserless) -> None:
    role = "supervisor"
    shown = admin.post("/staff/people", {"name": "Ito", "display_name": "伊藤", "role": role})
    assert "伊藤さんの符号" in shown.text
    code = _code(shown.text)
    assert "伊藤" in admin.get("/staff/people").text
    assert code not in admin.get("/staff/people").text, "it is shown once"
    assert not _log_in(staff_client, "ito", code), "a code is no password"
    assert _set(staff_client, "ito", code, "kurz") == 422
    assert _set(staff_client, "ito", code, NEW, again="anders anders") == 422
    assert _set(staff_client, "ito", code.upper().replace("-", " ")) == 303, "as somebody types it from paper"
    assert _log_in(staff_client, "ito", NEW)
    assert _set(staff_client, "ito", code, "noch ein Versuch") == 422, "a code works once"
    assert _user(staff_client, "ito").role == role
    with staff_client.app.state.store.read() as session:  # type: ignore[attr-defined]
        audit = session.execute(select(AuditEvent.actor, AuditEvent.action, AuditEvent.detail)).all()
        held = session.execute(select(PasswordCode.code_hash)).all()
    assert ("user:kanri", "user_added", {"user": "ito", "role": role}) in [tuple(row) for row in audit]
    assert ("user:ito", "user_changed", {"user": "ito", "password": True}) in [tuple(row) for row in audit]
    assert code.replace("-", "") not in str((audit, held))


@pytest.mark.parametrize(
    ("typed", "says"),
    [({"name": "sato", "role": "counsellor"}, "もういます"), ({"name": "伊藤", "role": "counsellor"}, "小さい英字"),
     ({"name": "", "role": "counsellor"}, "小さい英字"), ({"name": "ito", "role": "boss"}, "役割を選んで")],
)  # fmt: skip
def test_what_cannot_be_an_account(admin: Browserless, typed: dict[str, str], says: str) -> None:
    answer = admin.post("/staff/people", typed)
    assert answer.status_code == 422
    assert says in answer.text


def test_locked_out_and_let_in_again(staff_client: TestClient, admin: Browserless) -> None:
    sato, number = Browserless(staff_client, "sato"), _user(staff_client, "sato").id
    assert admin.post(f"/staff/people/{number}/lock").status_code == 303
    assert sato.get("/staff").status_code == 303, "open sessions end at once"
    assert not _log_in(staff_client, "sato", PASSWORD)
    assert admin.post(f"/staff/people/{number}/unlock").status_code == 303
    assert _log_in(staff_client, "sato", PASSWORD)
    for _ in range(10):
        _log_in(staff_client, "sato", "wrong password")
    assert not _log_in(staff_client, "sato", PASSWORD)
    assert "10分のあいだ使えません" in admin.get("/staff/people").text
    admin.post(f"/staff/people/{number}/unlock")
    assert _log_in(staff_client, "sato", PASSWORD)


def test_a_role_holds_from_the_next_request(staff_client: TestClient, admin: Browserless) -> None:
    sato, number = Browserless(staff_client, "sato"), _user(staff_client, "sato").id
    assert sato.get("/staff/audit").status_code == 403
    assert admin.post(f"/staff/people/{number}/role", {"role": "supervisor"}).status_code == 303
    assert sato.get("/staff/audit").status_code == 200
    assert admin.post(f"/staff/people/{number}/role", {"role": "boss"}).status_code == 422
    assert _user(staff_client, "sato").role == "supervisor"
    assert "役割: 相談員・主任" in admin.get("/staff/audit?action=user_changed").text


def test_nobody_shuts_themselves_out(staff_client: TestClient, admin: Browserless) -> None:
    own = _user(staff_client, "kanri").id
    assert admin.post(f"/staff/people/{own}/lock").status_code == 409
    assert admin.post(f"/staff/people/{own}/role", {"role": "counsellor"}).status_code == 409
    assert admin.get("/staff/people").status_code == 200


def test_a_reset_ends_the_old_password_and_the_older_code(staff_client: TestClient, admin: Browserless) -> None:
    sato, number = Browserless(staff_client, "sato"), _user(staff_client, "sato").id
    first = _code(admin.post(f"/staff/people/{number}/code").text)
    assert sato.get("/staff").status_code == 303
    assert not _log_in(staff_client, "sato", PASSWORD)
    second = _code(admin.post(f"/staff/people/{number}/code").text)
    assert _set(staff_client, "sato", first) == 422
    assert _set(staff_client, "sato", second, headers={"sec-fetch-site": "cross-site"}) == 403
    assert _set(staff_client, "tanaka", second) == 422, "another's code"
    with staff_client.app.state.store.write() as session:  # type: ignore[attr-defined]
        session.execute(update(PasswordCode).values(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))
    assert _set(staff_client, "sato", second) == 422, "three days are over"
    third = _code(admin.post(f"/staff/people/{number}/code").text)
    for _ in range(10):
        _set(staff_client, "sato", "aaaa-aaaa-aaaa-aaaa")
    assert _set(staff_client, "sato", third) == 422, "codes are not guessed"
    with staff_client.app.state.store.read() as session:  # type: ignore[attr-defined]
        names = select(User.name).join(LoginSession, LoginSession.user_id == User.id)
        assert session.scalars(names).all() == ["kanri"]
