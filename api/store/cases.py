"""Tables of the cases. What a list shows stands in `cases`; the long text has a table of its own."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.base import Base, UtcDateTime


class Campaign(Base):
    """Cases that are near-copies of one text. `merged_into` keeps old links working."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    known: Mapped[bool] = mapped_column(default=False)
    """Somebody has looked at it; a known campaign raises no alert."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))


class Case(Base):
    """One case: how it came, what the model suggests, what people decided, its place in the queue."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_queue", "harm_key", "id"),
        Index("ix_cases_status", "status", "harm_key", "id"),
        Index("ix_cases_status_newest", "status", "id"),
        Index("ix_cases_disposition", "disposition", "harm_key", "id"),
        Index("ix_cases_review", "review", "harm_key", "id"),
        Index("ix_cases_campaign", "campaign_id", "id"),
        Index("ix_cases_created", "created_at"),
        Index("ix_cases_recalculate", "recalculate_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(96))
    # intake
    channel: Mapped[str] = mapped_column(String(16))
    received_on: Mapped[dt.date | None] = mapped_column(Date)
    reached_by: Mapped[str | None] = mapped_column(String(16))
    relation: Mapped[str | None] = mapped_column(String(16))
    age_band: Mapped[str | None] = mapped_column(String(16))
    municipality: Mapped[str | None] = mapped_column(String(40))
    happened: Mapped[list[str]] = mapped_column(JSON)
    amount_claimed: Mapped[int | None] = mapped_column(BigInteger)
    amount_paid: Mapped[int | None] = mapped_column(BigInteger)
    pay_on: Mapped[dt.date | None] = mapped_column(Date)
    vulnerable: Mapped[bool] = mapped_column(default=False)
    opt_out: Mapped[bool] = mapped_column(default=False)
    summary: Mapped[str] = mapped_column(String(120))
    # the model's suggestion, copied from the assessment for lists
    score: Mapped[float] = mapped_column()
    verdict: Mapped[str] = mapped_column(String(16))
    stance: Mapped[str] = mapped_column(String(24))
    document_kind: Mapped[str] = mapped_column(String(24))
    scheme: Mapped[str | None] = mapped_column(String(40))
    court: Mapped[bool] = mapped_column()
    deadline: Mapped[dt.date | None] = mapped_column(Date)
    # place in the queue (api.staff.priority)
    harm_key: Mapped[int] = mapped_column(BigInteger)
    recalculate_on: Mapped[dt.date | None] = mapped_column(Date)
    # decided by people
    disposition: Mapped[str | None] = mapped_column(String(32))
    result: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(96))
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    review: Mapped[str] = mapped_column(String(16), default="none")
    reviewed_by: Mapped[str | None] = mapped_column(String(96))
    blind: Mapped[bool] = mapped_column(default=False)
    # campaign
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    campaign_reason: Mapped[str] = mapped_column(String(80), default="")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CaseText(Base):
    """What a list never reads: the text, and everything that was found in it."""

    __tablename__ = "case_texts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    sender: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[dict[str, str]] = mapped_column(JSON)
    assessment: Mapped[dict[str, Any]] = mapped_column(JSON)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    """MinHash of the masked text, eight bytes a permutation."""


class CaseWord(Base):
    """A word of a case, beside its place in the queue, so that a search is read off in the queue's order."""

    __tablename__ = "case_words"
    __table_args__ = (
        Index("ix_case_words_queue", "word", "harm_key", "case_id"),
        Index("ix_case_words_case", "case_id"),
    )

    word: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    harm_key: Mapped[int] = mapped_column(BigInteger)


class CaseBand(Base):
    """One band of a signature: cases that share one are looked at as copies of each other."""

    __tablename__ = "case_bands"

    band: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)


class CaseContact(Base):
    """A telephone number, link or address that the notice names; public desks are left out."""

    __tablename__ = "case_contacts"

    value: Mapped[str] = mapped_column(String(120), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)


class CaseChange(Base):
    """One change: `{field: [before, after]}`. Undoing is another change that names this one."""

    __tablename__ = "case_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    version: Mapped[int] = mapped_column()
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(96))
    fields: Mapped[dict[str, list[Any]]] = mapped_column(JSON)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("case_changes.id"))


class CampaignChange(Base):
    """What people did to campaigns: `campaigns` is `{id: {field: [before, after]}}`, `cases` is
    `{id: [[campaign, reason] before, [campaign, reason] after]}`. Undoing is another change that names this one.
    """

    __tablename__ = "campaign_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(96))
    kind: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
    campaigns: Mapped[dict[str, dict[str, list[Any]]]] = mapped_column(JSON)
    cases: Mapped[dict[str, list[list[Any]]]] = mapped_column(JSON)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("campaign_changes.id"))


class CaseClaim(Base):
    """Who is at work on a case. It keeps nobody out and ends by itself."""

    __tablename__ = "case_claims"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    until: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class IdempotencyKey(Base):
    """A `POST /v1/cases` that was answered; the same key gives the same case."""

    __tablename__ = "idempotency_keys"

    actor: Mapped[str] = mapped_column(String(96), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class AuditEvent(Base):
    """Who did what, when. Triggers of the database refuse to change or delete a row."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_at", "at"),
        Index("ix_audit_events_actor", "actor", "id"),
        Index("ix_audit_events_case", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(96))
    action: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[int | None] = mapped_column()
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    request_id: Mapped[str] = mapped_column(String(64))
