"""Who may do what: keys and their scopes, and how often each caller may come."""

import ipaddress
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from anyio import to_thread
from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api import metrics
from api.error_handlers import respond
from api.problems import Problem
from api.rate_limit import RateLimit
from api.scoring import Scoring
from api.settings import Settings
from api.store import Store
from api.store.api_keys import ApiKey, find_key

LOG: Final = logging.getLogger("scam_notice.access")
# A revoked key is refused after so many seconds at the latest, in every worker.
KEY_SECONDS: Final = 5.0
_KEYS_REMEMBERED: Final = 1_000
# What the machinery around us and every page ask for, again and again.
_FREE: Final = ("/static/", "/livez", "/readyz")
_ONE_NOTICE: Final = "/v1/assessments"
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


class Keys:
    """Looks keys up in the database, and remembers the answer for a few seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: OrderedDict[str, tuple[float, ApiKey]] = OrderedDict()

    async def find(self, presented: str) -> ApiKey | None:
        """The valid key, else None."""
        now = time.monotonic()
        until, key = self._seen.get(presented, (0.0, None))
        if key is not None and now < until:
            return key
        self._seen.pop(presented, None)
        key = await to_thread.run_sync(partial(find_key, self._store, presented))
        if key is not None:
            self._seen[presented] = (now + KEY_SECONDS, key)
            if len(self._seen) > _KEYS_REMEMBERED:
                self._seen.popitem(last=False)
        return key


class Admission:
    """Before anything is read: counts the caller, refuses a wrong key, leaves the right one for the route.

    A key that nobody knows counts for its address, so guessing keys gains nothing.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, scoring: Scoring, keys: Callable[[], Keys | None], rates: RateLimit
    ) -> None:
        self.app = app
        self.scoring = scoring
        self.settings = settings
        self.keys = keys
        self.rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self.app(scope, receive, send)
            return
        try:
            key = await self._key(scope)
            self._count(scope, key)
            if scope["path"] == _ONE_NOTICE and self.scoring.ready:
                self.scoring.require_room()
            if key is None and _authorization(scope):
                raise Problem("key_unknown", headers=_CHALLENGE)
            if Headers(scope=scope).get("content-encoding", "").strip().lower() not in ("", "identity"):
                # Read as it is, it would look like broken JSON.
                raise Problem(
                    "unsupported_media_type", "圧縮したデータは受け取れません。そのままの形で送ってください。"
                )
        except Problem as problem:
            await respond(Request(scope), problem)(scope, receive, send)
            return
        scope["state"]["key"] = key
        await self.app(scope, receive, send)

    async def _key(self, scope: Scope) -> ApiKey | None:
        scheme, _, presented = _authorization(scope).partition(" ")
        if scheme.lower() != "bearer":
            return None
        keys = self.keys()
        if keys is None:
            raise Problem("database_not_ready", headers={"Retry-After": "10"})
        return await keys.find(presented.strip())

    def _count(self, scope: Scope, key: ApiKey | None) -> None:
        caller = f"key {key.id}" if key else address_of(scope)
        limit = self.settings.rate_per_key if key else self.settings.rate_per_address
        seconds = self.rates.wait(caller, limit, time.monotonic())
        if seconds:
            metrics.REFUSED.labels("too_many_requests").inc()
            raise Problem("too_many_requests", headers={"Retry-After": str(seconds)})


def address_of(scope: Scope) -> str:
    """The caller's address; for IPv6 its network of 64 bits, since one household has all of it."""
    host = (scope.get("client") or ("unknown", 0))[0]
    if ":" not in host:  # IPv4, which needs no reading
        return str(host)
    try:
        return str(ipaddress.IPv6Network((int(ipaddress.IPv6Address(host)), 64), strict=False))
    except ValueError:
        return str(host)


def require(request: Request, scope: str) -> ApiKey:
    """The caller's key where it has the scope. Raises Problem `key_missing` or `scope_missing`."""
    key: ApiKey | None = request.state.key
    if key is None:
        raise Problem("key_missing", headers=_CHALLENGE)
    if scope not in key.scopes:
        raise Problem("scope_missing")
    return key


async def may_assess(request: Request) -> None:
    """Open, or keyed with scope `assess` where the settings say so. A key with `batch` may assess too."""
    settings: Settings = request.app.state.settings
    if not settings.open_assess and not (request.state.key and "batch" in request.state.key.scopes):
        require(request, "assess")


async def may_batch(request: Request) -> None:
    """Keyed with scope `batch`."""
    require(request, "batch")


async def may_measure(request: Request) -> None:
    """Open on a developer's machine; in production keyed with scope `staff`."""
    if request.app.state.settings.production:
        require(request, "staff")


def _authorization(scope: Scope) -> str:
    return Headers(scope=scope).get("authorization", "")
