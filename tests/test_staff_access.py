"""Who gets in: accounts, sessions, forged forms, and every route for every role."""

import datetime as dt

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from staff_pages import PASSWORD, PEOPLE, Browserless
from starlette.testclient import TestClient

from api.staff.gate import COOKIE, Gate, safe_next
from api.staff.permissions import ALLOWED
from api.store.cases import AuditEvent
from api.store.people import LoginSession, User

# What somebody without a session may ask for; every other route has a gate.
OPEN = {"/staff/login", "/staff/password", "/staff/sign-on", "/staff/sign-on/done"}
SMS = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。"


def _log_in(staff_client: TestClient, name: str, password: str, cookie: str = "") -> str | None:
    headers = {"cookie": f"{COOKIE}={cookie}"} if cookie else {}
    data = {"name": name, "password": password}
    answer = staff_client.post("/staff/login", data=data, headers=headers, follow_redirects=False)
    staff_client.cookies.clear()
    assert answer.status_code in (303, 401)
    return answer.cookies.get(COOKIE)


def _opens(staff_client: TestClient, cookie: str) -> bool:
    answer = staff_client.get("/staff", headers={"cookie": f"{COOKIE}={cookie}"}, follow_redirects=False)
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def test_sessions_begin_and_end(staff_client: TestClient) -> None:
    assert _log_in(staff_client, "sato", "wrong password") is None
    assert _log_in(staff_client, "nobody", PASSWORD) is None
    planted = "planted-by-somebody-else"
    cookie = _log_in(staff_client, "sato", PASSWORD, planted)
    other = _log_in(staff_client, "sato", PASSWORD)
    assert cookie
    assert other
    assert cookie not in (planted, other), "a session that was handed over is never taken up"
    assert not _opens(staff_client, planted)
    assert _opens(staff_client, cookie)
    store = staff_client.app.state.store  # type: ignore[attr-defined]
    with store.read() as session:
        assert cookie not in str(session.execute(select(LoginSession.token_hash, LoginSession.csrf)).all())
    person = Browserless(staff_client, "sato")
    assert person.post("/staff/logout").status_code == 303
    assert person.get("/staff").status_code == 303
    assert _opens(staff_client, cookie), "the other browser stays"
    with store.write() as session:
        session.execute(update(LoginSession).values(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))
    assert not _opens(staff_client, cookie)
    cookie = _log_in(staff_client, "sato", PASSWORD)
    assert cookie
    with store.write() as session:
        session.execute(update(User).where(User.name == "sato").values(active=False))
    assert not _opens(staff_client, cookie)
    assert _log_in(staff_client, "sato", PASSWORD) is None


def test_guessing_locks_the_account_for_a_while(staff_client: TestClient) -> None:
    for _ in range(10):
        assert _log_in(staff_client, "tanaka", "wrong password") is None
    assert _log_in(staff_client, "tanaka", PASSWORD) is None
    store = staff_client.app.state.store  # type: ignore[attr-defined]
    with store.write() as session:
        session.execute(update(User).values(locked_until=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))
    assert _log_in(staff_client, "tanaka", PASSWORD)
    with store.read() as session:
        events = session.scalars(select(AuditEvent.action).where(AuditEvent.actor == "user:tanaka")).all()
    assert events.count("login_failed") == 11


def test_every_route_for_every_role(staff_client: TestClient) -> None:
    """Generated from the routes themselves: none without a gate, none open to a role that its permission leaves out."""
    people = {name: Browserless(staff_client, name) for name in PEOPLE}
    admin = people["kanri"]
    for _ in range(2):
        admin.new_case(SMS + "03-0000-5518 このたびは、まことにありがとうございます。")
    gone = Browserless(staff_client, "sato")
    gone.post("/staff/logout")
    seen = 0
    routes = [context.original_route for context in iter_route_contexts(staff_client.app.routes)]  # type: ignore[attr-defined]
    for route in routes:
        if not isinstance(route, APIRoute) or not route.path.startswith("/staff") or route.path in OPEN:
            continue
        gates = [part.call for part in route.dependant.dependencies if isinstance(part.call, Gate)]
        assert len(gates) == 1, f"{route.path} has no gate"
        path = route.path.format(case_id=1, campaign_id=1, view_id=1, user_id=999)
        for method in route.methods:
            seen += 1
            if path == "/staff/logout":
                continue
            for stranger in (None, "", "foreign-session", gone.cookies[COOKIE]):
                headers = {"cookie": f"{COOKIE}={stranger}"} if stranger is not None else {}
                answer = staff_client.request(method, path, headers=headers, follow_redirects=False)
                assert answer.status_code == (303 if method == "GET" else 401), (method, path)
                assert answer.headers.get("location", "/staff/login").startswith("/staff/login")
            for name, role in PEOPLE.items():
                person = people[name]
                may = role in ALLOWED[gates[0].permission]
                if method == "GET":
                    assert (person.get(path).status_code == 403) is not may, (path, role)
                    continue
                refused = [
                    person.post(path, {"csrf": ""}),
                    person.post(path, {"csrf": people["tanaka" if name == "sato" else "sato"].csrf}),
                    person.post(path, headers={"sec-fetch-site": "cross-site"}),
                    person.post(path, headers={"origin": "https://evil.example"}),
                ]
                assert [answer.status_code for answer in refused] == [403] * 4, (path, role)
                answer = person.post(path)
                assert (answer.status_code == 403) is not may, (path, role)
                assert answer.status_code < 500, (path, answer.text)
    assert seen >= 25


@pytest.mark.parametrize(
    ("asked", "leads"),
    [("/staff/cases/7?x=1", "/staff/cases/7?x=1"), ("//evil.example", "/staff"), ("https://evil.example", "/staff"),
     ("/staff\\@evil.example", "/staff"), ("/staff\r\nSet-Cookie: x", "/staff"), ("/", "/staff"), ("", "/staff")],
)  # fmt: skip
def test_login_leads_only_to_our_own_pages(asked: str, leads: str) -> None:
    assert safe_next(asked) == leads


@pytest.mark.parametrize("table", ["audit_events", "case_changes"])
def test_the_database_itself_keeps_history(staff_client: TestClient, table: str) -> None:
    person = Browserless(staff_client, "sato")
    case = person.new_case(SMS)
    person.post(f"/staff/cases/{case}/decision", {"version": "1", "disposition": "undecided", "note": "x"})
    store = staff_client.app.state.store  # type: ignore[attr-defined]
    for statement in (f"UPDATE {table} SET actor = 'nobody'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="only grows"), store.write() as session:
            session.execute(text(statement))
    with store.read() as session:
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() >= 1
