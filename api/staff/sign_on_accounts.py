"""The account of somebody who came by single sign-on."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.staff.accounts import add_user, hashed, set_role
from api.staff.audit import Actor
from api.staff.sign_on import SignedOn
from api.store.people import User


def user_signed_on(session: Session, request_id: str, found: SignedOn) -> User | None:
    """The account of somebody whom the provider vouches for, made when they first come; None where it is closed.

    An account is known by issuer and subject alone. One of the same name is never taken over: a name is not proof.
    The role is what the provider says today.
    """
    key = hashed(f"{found.issuer} {found.subject}")
    user = session.scalar(select(User).where(User.sign_on == key).with_for_update())
    actor = Actor("sign-on", request_id)
    if user is None:
        user = add_user(session, actor, _free_name(session, found.username), found.role, None, found.display_name[:64])
        user.sign_on = key
    elif user.role != found.role:
        set_role(session, actor, user, found.role)
    return user if user.active else None


def _free_name(session: Session, username: str) -> str:
    """ "Sato@city.example" → "sato", or "sato-2" where there is a sato already."""
    letters = re.sub(r"[^a-z0-9._-]", "-", username.casefold().partition("@")[0]).strip("._-")[:50] or "person"
    taken = set(session.scalars(select(User.name).where(User.name.startswith(letters, autoescape=True))))
    numbered = (f"{letters}-{number}" for number in range(2, len(taken) + 2))
    return next(name for name in (letters, *numbered) if name not in taken)
