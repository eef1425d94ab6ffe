"""Tables of the people who work with cases, and of their sessions."""

import datetime as dt

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.store.base import Base, UtcDateTime


class User(Base):
    """One person. Nobody is deleted: the audit names them; `active` closes the account."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_sign_on", "sign_on", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(String(256))
    """argon2id; None where the account only comes through single sign-on."""
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    shortcuts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    """Keys that differ from the usual ones, by the name of the shortcut; "" is switched off."""
    sign_on: Mapped[str | None] = mapped_column(String(255))
    """Issuer and subject of the single sign-on that this account belongs to, hashed."""


class PasswordCode(Base):
    """A code that sets a password once. An account has one at most; only its hash is kept."""

    __tablename__ = "password_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class LoginSession(Base):
    """One browser that is logged in. The cookie's value itself is nowhere in the database."""

    __tablename__ = "login_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class SavedView(Base):
    """A search that somebody comes back to: the queue's query string under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_owner", "user_id", "name", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(64))
    query: Mapped[str] = mapped_column(String(500))
