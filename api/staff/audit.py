"""Writing to the audit. The event is written in the transaction of the act: neither stands without the other."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal

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
    "campaign_changed",
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
    "audit_exported": "操作の記録を書き出した",
    "labels_exported": "学習の材料を書き出した",
}


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
