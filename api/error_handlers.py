"""Turns every exception into its problem: JSON for programs, a page with the same words for people."""

import re
from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount

from api.problems import KINDS, MEDIA_TYPE, FieldError, Problem
from api.templating import TEMPLATES
from classifier.errors import InvalidNotice

# (field, pydantic's word for the error) → code; "*" stands for any other word.
_FIELD_CODES: Final = {
    ("text", "missing"): "text_missing",
    ("text", "*"): "text_not_string",
    ("channel", "*"): "unknown_channel",
    ("subject", "value_error"): "subject_not_unicode",
    ("subject", "*"): "subject_not_string",
    ("sender", "value_error"): "sender_not_unicode",
    ("sender", "*"): "sender_not_string",
    ("received_on", "date_to_come"): "received_on_to_come",
    ("received_on", "*"): "received_on_not_date",
    ("answers", "dict_type"): "answers_not_object",
    ("answers", "*"): "bad_answer",
    ("prior", "*"): "prior_out_of_range",
    ("why", "*"): "flag_not_boolean",
    ("store", "*"): "flag_not_boolean",
}
_FIELD_NAME: Final = re.compile(r"[a-z][a-z_]{0,39}")


def install(app: FastAPI) -> None:
    """Registers the handlers; what escapes them is caught by `api.request_log`."""

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        problem = Problem.of(error)
        if problem.status_code == 405:
            problem.headers = {"Allow": _allowed(request)}
        if error.status_code == 404 and (path := _without_slash(request)):
            return RedirectResponse(path, 308)
        return respond(request, problem)

    async def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return respond(request, from_validation(error.errors()))

    async def invalid_notice(request: Request, error: Exception) -> Response:
        assert isinstance(error, InvalidNotice)
        return respond(request, from_invalid_notice(error))

    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(InvalidNotice, invalid_notice)


def _without_slash(request: Request) -> str | None:
    """`/guidance/?q=…` → `/guidance?q=…` for people, where that is an address of ours; programs are told 404."""
    path = request.url.path
    shorter = path.rstrip("/")
    if (
        path == shorter
        or path.startswith("/v1")
        or request.method not in ("GET", "HEAD")
        or not any(route.matches({**request.scope, "path": shorter})[0] is not Match.NONE for route in _routes(request))
    ):
        return None
    return f"{shorter}?{request.url.query}" if request.url.query else shorter


def _routes(request: Request) -> list[BaseRoute]:
    return [route for route in request.app.routes if not isinstance(route, Mount)]


def _allowed(request: Request) -> str:
    """Every method of the path. The framework names those of the first route only: on / it forgets POST."""
    found = [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in _routes(request))
    ]
    if "GET" in found:
        found.insert(1, "HEAD")
    return ", ".join(found or ["GET", "HEAD"])  # nothing found: the mounted static files


def respond(request: Request, problem: Problem) -> Response:
    """A browser that asks for HTML outside `/v1` gets a page; everything else gets JSON."""
    body = problem.body(request.state.request_id)
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1"):
        return TEMPLATES.TemplateResponse(
            request, "problem.html", {"problem": body}, status_code=body.status, headers=problem.headers
        )
    return JSONResponse(body.model_dump(), body.status, problem.headers, MEDIA_TYPE)


def from_invalid_notice(error: InvalidNotice) -> Problem:
    """The library's own words: they hold counts and positions, never the text."""
    code = error.code if error.code in KINDS else "invalid_notice"
    return Problem(code, str(error))


def from_validation(found_by_pydantic: Sequence[Any], at: int = 1) -> Problem:
    """What pydantic found, without `input`, `ctx`, or any part of a path that the client named.

    `at` is where in a path the field's name stands: 1 behind FastAPI's "body", 0 for a model by itself.
    """
    found = [_field_error(item, at) for item in found_by_pydantic]
    # One bad `answers` map yields an error a key; saying it once is enough.
    errors = list({(item.field, item.code): item for item in found}.values())
    first = errors[0]
    if first.field == "":
        return Problem(first.code)
    return Problem(first.code if len(errors) == 1 else "invalid_field", errors=errors)


def _field_error(item: dict[str, Any], at: int) -> FieldError:
    """`{"loc": ("body", "answers", "<client's key>"), "type": "literal_error"}` → bad_answer in answers."""
    path = [part for part in item["loc"] if isinstance(part, str)]
    if item["type"] == "json_invalid":
        return _error("", "invalid_json")
    if len(path) <= at:
        return _error("", "body_missing" if item["type"] == "missing" else "body_not_object")
    field = path[at]
    if item["type"] == "extra_forbidden":
        return _error(field if _FIELD_NAME.fullmatch(field) else "?", "unknown_field")
    code = _FIELD_CODES.get((field, item["type"])) or _FIELD_CODES.get((field, "*"), "invalid_field")
    # There stands a declared field's name or, where it is unknown, the client's: of that only what looks like one.
    return _error(field if _FIELD_NAME.fullmatch(field) else "?", code)


def _error(field: str, code: str) -> FieldError:
    return FieldError(field=field, code=code, detail=KINDS[code].detail)
