"""Writing to the audit. The event is written in the transaction of the act: neither stands without the other."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from api.store.cases import AuditEvent

Action = Literal[
    "login",
    "login_failed",
    "logout",
    "user_added",
    "user_changed",
    "case_created",
    "case_viewed",
    "case_changed",
    "case_undone",
    "case_unmasked",
    "case_reviewed",
    "score_opened",
    "cases_exported",
    "cases_listed",
    "campaign_changed",
    "audit_exported",
    "labels_exported",
    "record_copied",
]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `user:tanaka`, `key:reception`, or `command` for the command line."""

    name: str
    request_id: str = "-"


COMMAND_LINE = Actor("command")


def record(session: Session, actor: Actor, action: Action, *, case_id: int | None = None, **detail: Any) -> None:
    """One event. `detail` holds names of fields, numbers and counts; never the text of a notice or a note."""
    session.add(
        AuditEvent(
            at=dt.datetime.now(dt.UTC),
            actor=actor.name,
            action=action,
            case_id=case_id,
            detail=detail,
            request_id=actor.request_id,
        )
    )
