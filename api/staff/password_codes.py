"""One-time codes by which somebody sets a password of their own: nobody else ever knows it.

An administrator prints or reads out the code; it works once, for three days, at /staff/password.
"""

import datetime as dt
import hmac
import secrets
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.staff.accounts import end_sessions, failed, hashed, is_locked, set_password
from api.staff.audit import Actor, record
from api.store.people import PasswordCode, User

LASTS: Final = dt.timedelta(days=3)
# None that is taken for another on paper: no 0/o, 1/i/l. 16 of 31 are 79 bits.
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS: Final = 4


def new_code(session: Session, actor: Actor, user: User) -> str:
    """A code in groups of four, "7k3m-…". The password until now and every session end; an older code does too."""
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_GROUPS))
    user.password_hash = None
    user.failed_logins, user.locked_until = 0, None
    end_sessions(session, user)
    session.merge(
        PasswordCode(user_id=user.id, code_hash=hashed(_folded(code)), expires_at=dt.datetime.now(dt.UTC) + LASTS)
    )
    record(session, actor, "user_changed", user=user.name, code=True)
    return code


def use_code(session: Session, name: str, code: str, password: str, request_id: str) -> bool:
    """Sets the password where the code is right, and whether it was. Wrong ones count like wrong passwords.

    Raises BadPassword, after which the code is still good.
    """
    user = session.scalar(select(User).where(User.name == name.casefold()[:64]).with_for_update())
    held = session.get(PasswordCode, user.id) if user else None
    good = (
        user is not None
        and held is not None
        and user.active
        and not is_locked(user)
        and held.expires_at > dt.datetime.now(dt.UTC)
        and hmac.compare_digest(held.code_hash, hashed(_folded(code)))
    )
    if user is None or not good:
        failed(session, user, request_id)
        return False
    set_password(session, Actor(f"user:{user.name}", request_id), user, password)
    session.execute(delete(PasswordCode).where(PasswordCode.user_id == user.id))
    user.failed_logins = 0
    return True


def _folded(code: str) -> str:
    return "".join(code.casefold().split()).replace("-", "")
