"""API keys: shown once when made, kept as a hash, limited to scopes, revocable.

A key is `sn_<id>_<256 random bits>`. So much chance needs no slow hash: nobody can try 2²⁵⁶ of them.
"""

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from api.store.base import Base, UtcDateTime
from api.store.engine import Store
from classifier.errors import ScamNoticeError

Scope = Literal["assess", "batch", "staff"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_FORM: Final = re.compile(r"sn_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME: Final = re.compile(r"[^\s\x00-\x1f](?:[^\x00-\x1f\x7f]{0,78}[^\s\x00-\x1f])?")


class BadKeyRequest(ScamNoticeError):
    """A key cannot be made or revoked as asked."""


class ApiKeyRow(Base):
    """One key. `digest` is the SHA-256 of its secret part in hexadecimal digits."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    scopes: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime())
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: dt.datetime
    revoked_at: dt.datetime | None


def add_key(store: Store, name: str, scopes: Sequence[str]) -> str:
    """Makes a key and returns it, the only time that it is seen. Raises BadKeyRequest."""
    if not _NAME.fullmatch(name):
        raise BadKeyRequest("a key's name has 1 to 80 visible characters; say who will use it")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise BadKeyRequest(f"unknown scope {', '.join(unknown) or '(none)'}; use --scope {'|'.join(SCOPES)}")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with store.write() as session:
        if session.scalar(select(ApiKeyRow.id).where(ApiKeyRow.name == name)):
            raise BadKeyRequest(f"a key named {name!r} exists or existed; choose another name")
        session.add(
            ApiKeyRow(
                id=key_id,
                name=name,
                scopes=",".join(scope for scope in SCOPES if scope in scopes),
                digest=_digest(secret),
                created_at=dt.datetime.now(dt.UTC),
            )
        )
    return f"sn_{key_id}_{secret}"


def find_key(store: Store, presented: str) -> ApiKey | None:
    """The valid key that was presented; None for one that is malformed, unknown or revoked."""
    match = _FORM.fullmatch(presented)
    if match is None:
        return None
    with store.read() as session:
        row = session.get(ApiKeyRow, match[1])
    if row is None or row.revoked_at is not None or not hmac.compare_digest(row.digest, _digest(match[2])):
        return None
    return _shown(row)


def list_keys(store: Store) -> list[ApiKey]:
    """Every key, the oldest first."""
    with store.read() as session:
        return [_shown(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at))]


def count_keys(store: Store) -> int:
    """How many keys are valid."""
    with store.read() as session:
        return session.scalar(select(func.count()).where(ApiKeyRow.revoked_at.is_(None))) or 0


def revoke_key(store: Store, name: str) -> None:
    """Ends a key, named by its name or its id. Raises BadKeyRequest where there is no valid one."""
    with store.write() as session:
        wanted = (ApiKeyRow.name == name) | (ApiKeyRow.id == name)
        row = session.scalar(select(ApiKeyRow).where(wanted, ApiKeyRow.revoked_at.is_(None)))
        if row is None:
            raise BadKeyRequest(f"no valid key is named {name!r}; `scam-notice keys list` shows them")
        row.revoked_at = dt.datetime.now(dt.UTC)


def _shown(row: ApiKeyRow) -> ApiKey:
    return ApiKey(row.id, row.name, frozenset(row.scopes.split(",")), row.created_at, row.revoked_at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
