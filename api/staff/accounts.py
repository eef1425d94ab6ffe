"""Accounts and sessions: argon2id passwords, a random cookie of which only a hash is kept.

Logging in always makes a new session, whatever cookie came along, so nobody can be handed one beforehand.
"""

import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.staff.audit import Actor, record
from api.staff.errors import BadPassword, UnknownUser, UserExists
from api.staff.permissions import ROLES, Permission, allowed
from api.store.people import LoginSession, User

SESSION_LASTS: Final = dt.timedelta(hours=10)
_LOCK_AFTER: Final = 10
_LOCK_LASTS: Final = dt.timedelta(minutes=10)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PASSWORD: Final = range(10, 201)
_hasher: Final = PasswordHasher()
# Verified against when there is no such name, so that both answers take the same time.
_NOBODY: Final = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a live session."""

    id: int
    name: str
    display_name: str
    role: str
    csrf: str

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return allowed(self.role, permission)


def add_user(session: Session, actor: Actor, name: str, role: str, password: str, display_name: str = "") -> User:
    """A new account. Raises UserExists, BadPassword, or UnknownUser for a name or role that cannot be."""
    name = name.casefold()
    if not _NAME.fullmatch(name):
        raise UnknownUser(f"{name!r} cannot be a name: use a-z, 0-9, dot, dash, at most 64 characters")
    if role not in ROLES:
        raise UnknownUser(f"{role!r} is no role: use {', '.join(ROLES)}")
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise UserExists(f"{name}: there is an account of that name; choose another")
    user = User(
        name=name,
        display_name=display_name or name,
        role=role,
        password_hash=hash_password(password),
        active=True,
        failed_logins=0,
        created_at=dt.datetime.now(dt.UTC),
    )
    session.add(user)
    session.flush()
    record(session, actor, "user_added", user=name, role=role)
    return user


def hash_password(password: str) -> str:
    """argon2id in its own text form. Raises BadPassword outside 10 to 200 characters."""
    if len(password) not in _PASSWORD:
        raise BadPassword(f"a password has {_PASSWORD.start} to {_PASSWORD.stop - 1} characters; choose another")
    return _hasher.hash(password)


def close_account(session: Session, actor: Actor, name: str) -> None:
    """Nobody logs in by it any more, and its sessions end now. Raises UnknownUser."""
    user = session.scalar(select(User).where(User.name == name.casefold()))
    if user is None:
        raise UnknownUser(f"{name}: there is no such account")
    user.active = False
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    record(session, actor, "user_changed", user=user.name, active=False)


def login(session: Session, name: str, password: str, request_id: str) -> str | None:
    """The value of the new session's cookie, or None where the login failed (which the audit records).

    Ten failures in a row lock the account for ten minutes.
    """
    now = dt.datetime.now(dt.UTC)
    user = session.scalar(select(User).where(User.name == name.casefold()[:64]).with_for_update())
    locked = user is not None and user.locked_until is not None and user.locked_until > now
    good = _verified(user.password_hash if user and user.password_hash else _NOBODY, password)
    if user is None or not user.active or not user.password_hash or locked or not good:
        if user is not None and not locked:
            user.failed_logins += 1
            if user.failed_logins >= _LOCK_AFTER:
                user.locked_until, user.failed_logins = now + _LOCK_LASTS, 0
        # The name as typed may be a password in the wrong field; only a known one is recorded.
        record(session, Actor(f"user:{user.name}" if user else "user:?", request_id), "login_failed")
        return None
    user.failed_logins, user.locked_until = 0, None
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=_hashed(token),
            user_id=user.id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    record(session, Actor(f"user:{user.name}", request_id), "login")
    return token


def person_of(session: Session, token: str) -> Person | None:
    """Who holds this cookie; None where the session is over, unknown, or the account closed."""
    row = session.execute(
        select(User, LoginSession)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(LoginSession.token_hash == _hashed(token), LoginSession.expires_at > dt.datetime.now(dt.UTC))
        .where(User.active)
    ).one_or_none()
    if row is None:
        return None
    user, held = row
    return Person(user.id, user.name, user.display_name, user.role, held.csrf)


def logout(session: Session, person: Person, token: str, request_id: str) -> None:
    """Ends this session only."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == _hashed(token)))
    record(session, Actor(f"user:{person.name}", request_id), "logout")


def set_password(session: Session, actor: Actor, name: str, password: str) -> None:
    """A new password; every session of the account ends. Raises UnknownUser or BadPassword."""
    found = session.scalar(select(User).where(User.name == name.casefold()))
    if found is None:
        raise UnknownUser(f"{name}: there is no such account")
    session.execute(update(User).where(User.id == found.id).values(password_hash=hash_password(password)))
    session.execute(delete(LoginSession).where(LoginSession.user_id == found.id))
    record(session, actor, "user_changed", user=found.name, password=True)


def _verified(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[: _PASSWORD.stop])
    except (VerificationError, InvalidHashError):
        return False


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
