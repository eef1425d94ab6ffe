"""Notices whose senders agreed that they be kept: masked, once each, deleted on schedule."""

import datetime as dt
import hashlib
import json
import uuid

from sqlalchemy import CursorResult, Float, String, Text, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from api.store.base import Base, UtcDateTime
from api.store.engine import Store
from classifier.mask import mask
from classifier.result import Assessment


class OptedInNotice(Base):
    """One text with what the service said of it. `digest` is that of the masked content: the same is kept once."""

    __tablename__ = "opted_in_notices"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    stored_at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str | None] = mapped_column(Text())
    sender: Mapped[str | None] = mapped_column(Text())
    text: Mapped[str] = mapped_column(Text())
    verdict: Mapped[str] = mapped_column(String(20))
    score: Mapped[float] = mapped_column(Float())
    document_kind: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(20))


def keep(store: Store, assessment: Assessment) -> None:
    """Commits the masked notice before it returns; one that is there already stays the only one."""
    notice = assessment.notice
    # A NUL is text to Python and SQLite and an error to PostgreSQL.
    text, subject, sender = (
        mask(value).text.replace("\0", "\ufffd") if value else None
        for value in (notice.text, notice.subject, notice.sender)
    )
    content = json.dumps([notice.channel, subject, sender, text], ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    row = OptedInNotice(
        id=uuid.uuid4().hex,
        digest=digest,
        stored_at=dt.datetime.now(dt.UTC),
        channel=notice.channel,
        subject=subject,
        sender=sender,
        text=text,
        verdict=assessment.verdict,
        score=assessment.score,
        document_kind=assessment.document_kind,
        model=assessment.versions.model,
    )
    try:
        with store.write() as session:
            if session.scalar(select(OptedInNotice.id).where(OptedInNotice.digest == digest)) is None:
                session.add(row)
    except IntegrityError:
        # Another worker stored the same text in between; any other fault is met again here.
        with store.read() as session:
            session.scalars(select(OptedInNotice.id).where(OptedInNotice.digest == digest)).one()


def delete_older(store: Store, days: int, now: dt.datetime | None = None) -> int:
    """Deletes what was stored more than `days` days before `now`; how many those were."""
    before = (now or dt.datetime.now(dt.UTC)) - dt.timedelta(days=days)
    with store.write() as session:
        done = session.execute(delete(OptedInNotice).where(OptedInNotice.stored_at < before))
        assert isinstance(done, CursorResult)
        return int(done.rowcount)
