"""The gate of every staff page: who comes, whether they may, and whether the form is one that we gave them."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from anyio import to_thread
from fastapi import Request

from api.database import store_of
from api.problems import Problem
from api.staff.accounts import Person, person_of
from api.staff.audit import Actor
from api.staff.permissions import Permission
from api.store import Store
from api.uploads import read_parts

COOKIE: Final = "scam_notice_session"
LOGIN: Final = "/staff/login"
_MAX_FIELDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Fields:
    """A submitted form; a field that was not sent is empty."""

    values: Mapping[str, list[str]]

    def get(self, name: str) -> str:
        """The last value; line breaks as they were typed, since browsers send CRLF."""
        return self.values.get(name, [""])[-1].replace("\r\n", "\n")

    def all(self, name: str) -> list[str]:
        """Every value of a group of boxes."""
        return self.values.get(name, [])


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who may make it. `fields` and `file` are empty unless it is a POST that has them."""

    request: Request
    store: Store
    person: Person
    token: str
    fields: Fields
    file: bytes

    @property
    def actor(self) -> Actor:
        """The name that the audit keeps."""
        return Actor(f"user:{self.person.name}", self.request.state.request_id)


class Gate:
    """A dependency: the Visit, or 401/303 without a session, 403 without the permission or the form's token."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Visit:
        """Raises Problem."""
        store = store_of(request)
        token = request.cookies.get(COOKIE, "")
        person = await to_thread.run_sync(partial(_person, store, token)) if token else None
        if person is None:
            raise _login_needed(request)
        fields, file = Fields({}), b""
        if request.method == "POST":
            from_our_page(request)
            if _media_type(request) == "multipart/form-data":
                file, single = await read_parts(request)
                fields = Fields({name: [value] for name, value in single.items()})
            else:
                fields = await read_fields(request)
            if not hmac.compare_digest(fields.get("csrf").encode(), person.csrf.encode()):
                raise Problem("csrf_refused")
        if not person.may(self.permission):
            raise Problem("forbidden")
        return Visit(request, store, person, token, fields, file)


def _person(store: Store, token: str) -> Person | None:
    with store.read() as session:
        return person_of(session, token)


def _login_needed(request: Request) -> Problem:
    """A page leads to the login and back; everything else is told 401."""
    problem = Problem("login_needed")
    if request.method in ("GET", "HEAD"):
        problem.status_code = 303
        query = f"?{request.url.query}" if request.url.query else ""
        problem.headers = {"Location": f"{LOGIN}?next={quote((request.url.path + query)[:500], safe='')}"}
    return problem


def safe_next(path: str) -> str:
    """Only a page of ours: `//evil.example`, `https://…` and `/\\evil` all lead to the queue."""
    parts = urlsplit(path)
    plain = not parts.scheme and not parts.netloc and path.startswith("/staff") and "\\" not in path
    return path if plain and path.isprintable() and not path.startswith("//") else "/staff"


def from_our_page(request: Request) -> None:
    """Refuses a form that another site's page sends. Raises Problem `csrf_refused`."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Problem("csrf_refused")
        return
    origin = request.headers.get("origin")  # browsers leave the header above out where there is no TLS
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem("csrf_refused")


async def read_fields(request: Request) -> Fields:
    """The fields of an urlencoded form. Strict UTF-8: a guess would store other words."""
    if _media_type(request) != "application/x-www-form-urlencoded":
        raise Problem("unsupported_media_type")
    body = await request.body()
    try:
        values = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Problem("unreadable_body") from error
    return Fields(values)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()
