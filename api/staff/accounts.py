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
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.staff.audit import Actor, record
from api.staff.errors import BadName, BadPassword, UnknownRole, UnknownUser, UserExists
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
    shortcuts: dict[str, str]

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return allowed(self.role, permission)


def add_user(
    session: Session, actor: Actor, name: str, role: str, password: str | None, display_name: str = ""
) -> User:
    """A new account; without a password it waits for a code or for single sign-on.

    Raises UserExists, BadPassword, BadName, or UnknownRole.
    """
    name = name.strip().casefold()
    if not _NAME.fullmatch(name):
        raise BadName(f"{name!r} cannot be a name: use a-z, 0-9, dot, dash, at most 64 characters")
    _require_role(role)
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise UserExists(f"{name}: there is an account of that name; choose another")
    user = User(
        name=name,
        display_name=display_name or name,
        role=role,
        password_hash=None if password is None else hash_password(password),
        active=True,
        failed_logins=0,
        created_at=dt.datetime.now(dt.UTC),
    )
    session.add(user)
    session.flush()
    record(session, actor, "user_added", user=name, role=role)
    return user


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise UnknownRole(f"{role!r} is no role: use {', '.join(ROLES)}")


def hash_password(password: str) -> str:
    """argon2id in its own text form. Raises BadPassword outside 10 to 200 characters."""
    if len(password) not in _PASSWORD:
        raise BadPassword(f"a password has {_PASSWORD.start} to {_PASSWORD.stop - 1} characters; choose another")
    return _hasher.hash(password)


def user_named(session: Session, name: str) -> User:
    """Raises UnknownUser."""
    user = session.scalar(select(User).where(User.name == name.casefold()))
    if user is None:
        raise UnknownUser(f"{name}: there is no such account")
    return user


def display_names(session: Session) -> dict[str, str]:
    """`{"user:sato": "佐藤"}`: what colleagues read in a history where the audit has the actor."""
    return {f"user:{name}": shown for name, shown in session.execute(select(User.name, User.display_name))}


def set_active(session: Session, actor: Actor, user: User, active: bool) -> None:
    """Closed: nobody logs in by it any more, and its sessions end now. Open: it is as it was."""
    user.active = active
    user.failed_logins, user.locked_until = 0, None
    if not active:
        end_sessions(session, user)
    record(session, actor, "user_changed", user=user.name, active=active)


def set_role(session: Session, actor: Actor, user: User, role: str) -> None:
    """Holds from the next request on. Raises UnknownRole."""
    _require_role(role)
    before, user.role = user.role, role
    record(session, actor, "user_changed", user=user.name, role=[before, role])


def end_sessions(session: Session, user: User) -> None:
    """Every browser that is logged in by the account has to log in again."""
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))


def login(session: Session, name: str, password: str, request_id: str) -> str | None:
    """The value of the new session's cookie, or None where the login failed (which the audit records).

    Ten failures in a row lock the account for ten minutes.
    """
    user = session.scalar(select(User).where(User.name == name.casefold()[:64]).with_for_update())
    locked = user is not None and is_locked(user)
    good = _verified(user.password_hash if user and user.password_hash else _NOBODY, password)
    if user is None or not user.active or not user.password_hash or locked or not good:
        failed(session, user, request_id)
        return None
    return begin_session(session, user, request_id)


def begin_session(session: Session, user: User, request_id: str) -> str:
    """The value of a new session's cookie, for somebody who has shown who they are."""
    now = dt.datetime.now(dt.UTC)
    user.failed_logins, user.locked_until = 0, None
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=hashed(token),
            user_id=user.id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    record(session, Actor(f"user:{user.name}", request_id), "login")
    return token


def is_locked(user: User) -> bool:
    """Whether too many guesses have shut the account for a while."""
    return user.locked_until is not None and user.locked_until > dt.datetime.now(dt.UTC)


def failed(session: Session, user: User | None, request_id: str) -> None:
    """Counts a wrong password or code, and locks the account after the tenth."""
    if user is not None and not is_locked(user):
        user.failed_logins += 1
        if user.failed_logins >= _LOCK_AFTER:
            user.locked_until, user.failed_logins = dt.datetime.now(dt.UTC) + _LOCK_LASTS, 0
    # The name as typed may be a password in the wrong field; only a known one is recorded.
    record(session, Actor(f"user:{user.name}" if user else "user:?", request_id), "login_failed")


def person_of(session: Session, token: str) -> Person | None:
    """Who holds this cookie; None where the session is over, unknown, or the account closed."""
    row = session.execute(
        select(User, LoginSession)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(LoginSession.token_hash == hashed(token), LoginSession.expires_at > dt.datetime.now(dt.UTC))
        .where(User.active)
    ).one_or_none()
    if row is None:
        return None
    user, held = row
    return Person(user.id, user.name, user.display_name, user.role, held.csrf, dict(user.shortcuts))


def logout(session: Session, person: Person, token: str, request_id: str) -> None:
    """Ends this session only."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == hashed(token)))
    record(session, Actor(f"user:{person.name}", request_id), "logout")


def set_password(session: Session, actor: Actor, user: User, password: str) -> None:
    """A new password; every session of the account ends. Raises BadPassword."""
    user.password_hash = hash_password(password)
    end_sessions(session, user)
    record(session, actor, "user_changed", user=user.name, password=True)


def _verified(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[: _PASSWORD.stop])
    except (VerificationError, InvalidHashError):
        return False


def hashed(token: str) -> str:
    """What the database keeps of a secret that is random enough to be looked up by its hash."""
    return hashlib.sha256(token.encode()).hexdigest()
