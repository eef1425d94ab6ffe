"""A staff application with people in it, and a client that submits forms as a browser does."""

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from api_double import JudgeDouble
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api import Settings, create_app
from api.store import Store
from api.store.people import User

PASSWORD: Final = "correct horse battery"
PEOPLE: Final = {"sato": "counsellor", "tanaka": "counsellor", "suzuki": "supervisor", "kanri": "admin"}


@cache
def _hash() -> str:
    """argon2 as cheap as it goes: the tests log in a hundred times."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def add_people(store: Store) -> None:
    """One of each role, two counsellors."""
    with store.write() as session:
        for name, role in PEOPLE.items():
            session.add(
                User(
                    name=name,
                    display_name=f"{name}さん",
                    role=role,
                    password_hash=_hash(),
                    active=True,
                    failed_logins=0,
                    created_at=dt.datetime.now(dt.UTC),
                )
            )


def staff_app(database: str, judge: Any = None, **settings: Any) -> FastAPI:
    """An application on that database, without rate limits."""
    options = {"database": database, "rate_per_address": 0, "rate_per_key": 0, **settings}
    return create_app(Settings(_env_file=None, **options), judge or JudgeDouble())


class Browserless:
    """Somebody who is logged in; `post` sends the page's own token."""

    def __init__(self, client: TestClient, name: str) -> None:
        self.client = client
        answer = client.post("/staff/login", data={"name": name, "password": PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.cookies = {"scam_notice_session": answer.cookies["scam_notice_session"]}
        client.cookies.clear()
        self.csrf = re.findall(r'name="csrf" value="([^"]+)"', self.get("/staff/help").text)[0]

    def get(self, path: str, **more: Any) -> Response:
        return self._send("GET", path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Response:
        return self._send("POST", path, data={"csrf": self.csrf, **(data or {})}, **more)

    def new_case(self, text: str, **fields: Any) -> int:
        answer = self.post("/staff/cases/new", {"text": text, **fields})
        assert answer.status_code == 303, answer.text
        return int(answer.headers["location"].partition("?")[0].rpartition("/")[2])

    def version(self, case_id: int) -> str:
        return str(re.findall(r'name="version" value="(\d+)"', self.get(f"/staff/cases/{case_id}").text)[0])

    def _send(self, method: str, path: str, **more: Any) -> Response:
        header = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"cookie": header, "accept": "text/html", **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, follow_redirects=False, **more)  # type: ignore[no-any-return]


@contextlib.contextmanager
def staffed(database: str, **settings: Any) -> Iterator[TestClient]:
    """A started application with its people."""
    with TestClient(staff_app(database, **settings)) as client:
        add_people(client.app.state.store)  # type: ignore[attr-defined]
        yield client
