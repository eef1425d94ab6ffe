"""A new case: assessed and fingerprinted outside the transaction, then written whole, with its audit."""

import datetime as dt
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.staff.audit import Actor, record
from api.staff.campaigns import join_campaign
from api.staff.errors import IdempotencyConflict
from api.staff.fields import Details, NewCase
from api.staff.likeness import Fingerprint, fingerprint
from api.staff.masking import without_my_number
from api.staff.placing import place, suggestion_of
from api.staff.search import index_words
from api.store.cases import Case, CaseBand, CaseContact, CaseText, CaseWord, IdempotencyKey
from classifier.mask import mask
from classifier.notice import Notice
from classifier.reading import Reading
from classifier.result import Assessment

Assess = Callable[[Notice], Assessment]
_SUMMARY: Final = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that costs time, made before any lock is taken."""

    fields: NewCase
    assessment: Assessment
    words: frozenset[str]
    fingerprint: Fingerprint
    summary: str


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key with the hash of the body it came with."""

    key: str
    body_hash: str

    @classmethod
    def of(cls, key: str, body: bytes) -> "Once":
        """The same key with another body is a mistake of the client, told by the hash."""
        return cls(key, hashlib.sha256(body).hexdigest())


def storable(fields: NewCase) -> Notice:
    """The notice that is assessed and stored, without a My Number. Raises InvalidNotice."""
    notice = fields.notice()
    return replace(
        notice,
        text=without_my_number(notice.text),
        subject=notice.subject and without_my_number(notice.subject),
        sender=notice.sender and without_my_number(notice.sender),
    )


def prepare(fields: NewCase, assessment: Assessment) -> Prepared:
    """From the assessment of `storable(fields)`."""
    notice = assessment.notice
    searched = "\n".join(part for part in (notice.subject, notice.sender, notice.text) if part)
    return Prepared(fields, assessment, index_words(searched), fingerprint(Reading(notice)), _summary(notice.text))


def earlier_answer(session: Session, actor: Actor, once: Once) -> int | None:
    """The case that this key has made already. Raises IdempotencyConflict where the body was another."""
    found = session.get(IdempotencyKey, (actor.name, once.key))
    if found is None:
        return None
    if found.body_hash != once.body_hash:
        raise IdempotencyConflict("このIdempotency-Keyは、別の内容で使われています。新しいキーで送ってください。")
    return found.case_id


def add_case(
    session: Session, actor: Actor, prepared: Prepared, *, once: Once | None = None, blind_share: float = 0.0
) -> Case:
    """Writes the case, its words, its likenesses, its campaign and the audit event."""
    now = dt.datetime.now(dt.UTC)
    fields, assessment = prepared.fields, prepared.assessment
    notice = assessment.notice
    case = Case(
        status="open",
        created_at=now,
        updated_at=now,
        created_by=actor.name,
        channel=notice.channel,
        summary=prepared.summary,
        note=without_my_number(fields.note),
        review="none",
        blind=random.random() < blind_share,
        campaign_reason="",
        harm_key=0,
        **{name: getattr(fields, name) for name in Details.model_fields},
        **suggestion_of(assessment, now),
    )
    place(case)
    session.add(case)
    session.flush()
    session.add(
        CaseText(
            case_id=case.id,
            text=notice.text,
            subject=notice.subject,
            sender=notice.sender,
            answers=dict(notice.answers),
            assessment=assessment.to_dict(),
            signature=prepared.fingerprint.signature,
        )
    )
    if prepared.words:
        rows = [{"word": word, "case_id": case.id, "harm_key": case.harm_key} for word in sorted(prepared.words)]
        session.execute(CaseWord.__table__.insert(), rows)  # type: ignore[attr-defined]
    join_campaign(session, case, prepared.fingerprint, now)
    session.add_all(CaseBand(band=band, digest=digest, case_id=case.id) for band, digest in prepared.fingerprint.bands)
    session.add_all(CaseContact(value=value, case_id=case.id) for value in sorted(prepared.fingerprint.contacts))
    if once is not None:
        session.add(IdempotencyKey(actor=actor.name, key=once.key, body_hash=once.body_hash, case_id=case.id, at=now))
    record(session, actor, "case_created", case_id=case.id, characters=len(notice.text))
    session.flush()
    return case


def notice_of(session: Session, case: Case) -> Notice:
    """The notice of a stored case, as it would be assessed now."""
    stored = session.scalars(select(CaseText).where(CaseText.case_id == case.id)).one()
    return Notice(stored.text, case.channel, stored.subject, stored.sender, case.received_on, dict(stored.answers))  # type: ignore[arg-type]


def _summary(text: str) -> str:
    return mask(" ".join(text[: 4 * _SUMMARY].split())).text[:_SUMMARY]
