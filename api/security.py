"""Three small ASGI layers: headers that keep a browser careful, a limit on what is read, HEAD."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# The reference of the API draws itself with the interface that FastAPI knows: it asks us for the description
# and styles its own elements. Nothing that a stranger wrote is ever on that page.
_DOCS_POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The staff's own script asks for the suggestion while a case is typed in.
_STAFF_POLICY: Final = f"{HEADERS['Content-Security-Policy']}; connect-src 'self'"


class SecurityHeaders:
    """Adds the headers to every answer. Only our own static files may be kept by the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if scope["path"].startswith("/staff"):
                    headers["Content-Security-Policy"] = _STAFF_POLICY
                    # Without any referrer a browser calls the origin of a form "null", and the gate could not tell it.
                    headers["Referrer-Policy"] = "same-origin"
                if scope["path"] == "/docs":
                    headers["Content-Security-Policy"] = _DOCS_POLICY
                headers.setdefault("Cache-Control", "no-cache" if static else "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Head:
    """Answers HEAD as GET without its body: FastAPI's routes know it only where they name it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self.app(asked, receive, send_without_body)
        finally:
            if "route" in asked:  # what the request log outside goes by
                scope["route"] = asked["route"]


class BodyLimit:
    """Stops reading a body at the limit of its path, whether its length was declared or it comes in chunks.

    The limit is raised from `receive`, that is inside the route that reads, so the page can show it
    beside the field and the API can answer with a problem; nothing was parsed by then. A path in
    `endless` is a stream, which its route holds line by line.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, by_path: Mapping[str, int], endless: frozenset[str]) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.by_path = by_path
        self.endless = endless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] in self.endless:
            await self.app(scope, receive, send)
            return
        limit = self.by_path.get(scope["path"], self.max_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        seen = int(declared) if declared.isdigit() else 0
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            if seen > limit:
                raise Problem("body_too_large", headers={"Connection": "close"})
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise Problem("body_too_large", headers={"Connection": "close"})
            return message

        await self.app(scope, receive_within_limit, send)
