"""Writing to the audit. The event is written in the transaction of the act: neither stands without the other."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.staff.masking import masked
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
    "campaign_changed",
    "campaign_undone",
    "cases_listed",
    "audit_viewed",
    "audit_exported",
    "labels_exported",
]
ACTION_LABELS: Final[dict[str, str]] = {
    "login": "ログインした",
    "login_failed": "ログインに失敗した",
    "logout": "ログアウトした",
    "user_added": "人を加えた",
    "user_changed": "人の設定を変えた",
    "case_created": "案件をつくった",
    "case_viewed": "案件を見た",
    "case_changed": "案件を変えた",
    "case_undone": "変更を取り消した",
    "case_unmasked": "名前や番号を出した",
    "case_reviewed": "二重確認をした",
    "score_opened": "かくした提案を見た",
    "cases_exported": "案件を書き出した",
    "campaign_changed": "まとまりを変えた",
    "campaign_undone": "まとまりの変更を取り消した",
    "cases_listed": "案件の一覧を見た",
    "audit_viewed": "操作の記録を見た",
    "audit_exported": "操作の記録を書き出した",
    "labels_exported": "学習の材料を書き出した",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `user:tanaka`, `key:reception`, or `command` for the command line."""

    name: str
    request_id: str = "-"


COMMAND_LINE = Actor("command")
# The same list again within this time is the same look: its next pages, a reload, the way back from a case.
_SAME_LOOK: Final = dt.timedelta(minutes=30)
_LOOKS_COMPARED: Final = 50


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


def record_list(session: Session, actor: Actor, action: Action, asked: Mapping[str, str], shown: int) -> None:
    """One event a list or search, however many of its pages are turned; the terms are masked like any other text.

    Whether it is the same list is asked of what was recorded, not of the page's cursor, which a client makes up.
    """
    terms = {name: masked(value) for name, value in sorted(asked.items())}
    since = dt.datetime.now(dt.UTC) - _SAME_LOOK
    mine = (AuditEvent.actor == actor.name, AuditEvent.action == action, AuditEvent.at >= since)
    seen = select(AuditEvent.detail).where(*mine).order_by(AuditEvent.id.desc()).limit(_LOOKS_COMPARED)
    if any(detail["asked"] == terms for detail in session.scalars(seen)):
        return
    record(session, actor, action, asked=terms, shown=shown)
