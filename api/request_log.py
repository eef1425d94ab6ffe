"""One line for each request, and the last net under every route. Neither ever holds a notice."""

import logging
import re
import time
import uuid
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics
from api.error_handlers import respond
from api.logs import REQUEST_ID, failure_fields
from api.problems import Problem

LOG: Final = logging.getLogger("scam_notice.request")
# A client may name its request, in letters that cannot break a log line or a header.
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """Gives the request its id, logs method, route, status and time, and answers what nobody caught.

    The route is logged as its template and an unknown path not at all: paths are the client's words.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        token = REQUEST_ID.set(request_id)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            # Where it failed, without the exception's message: a KeyError's message is a piece of the input.
            LOG.error("failure", extra={"fields": {**failure_fields(error), "request_id": request_id}})
            if status == 0:
                await respond(Request(scope), Problem("internal_error"))(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = _route_template(scope)
            metrics.answered(route, method, status, seconds)
            fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            LOG.info("request", extra={"fields": {**fields, "request_id": request_id}})
            REQUEST_ID.reset(token)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex


def _route_template(scope: Scope) -> str:
    if scope["path"].startswith("/static/"):
        return "/static/{file}"
    return getattr(scope.get("route"), "path", None) or "-"
