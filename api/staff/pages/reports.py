"""`/staff/report`, the month in numbers, and `/staff/audit`, who did what."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Select, select
from starlette.responses import Response, StreamingResponse

from api.problems import Problem
from api.staff.audit import ACTION_LABELS, record, record_list
from api.staff.case_view import FIELD_LABELS
from api.staff.gate import Gate, Visit
from api.staff.pages.rendering import render
from api.staff.permissions import ROLE_LABELS
from api.staff.report import report, this_month
from api.store import Store
from api.store.cases import AuditEvent
from classifier.deadlines import JAPAN
from classifier.notice import read_date

router: Final = APIRouter(prefix="/staff", include_in_schema=False)
_PAGE: Final = 100
_DETAIL_LABELS: Final = {
    **FIELD_LABELS,
    "q": "探した言葉",
    "sort": "並べ方",
    "campaign": "まとまり",
    "other": "ほかのまとまり",
    "rank": "順位",
    "scheme": "手口",
    "shown": "出した件数",
    "list": "一覧",
    "version": "版",
    "fields": "項目",
    "change": "変えたこと",
    "cases": "件数",
    "characters": "文字数",
    "format": "形式",
    "agrees": "同じ判断",
    "user": "名前",
    "role": "役割",
    "active": "使える",
    "password": "パスワード",
    "code": "符号",
    "sign_on": "共通ログイン",
}
# What stands in the place of a value: names of fields, of changes of a campaign, of roles.
_VALUE_LABELS: Final[dict[str, str]] = {
    **FIELD_LABELS,
    **{str(role): words for role, words in ROLE_LABELS.items()},
    "decided_by": "判断した人",
    "reviewed_by": "確認した人",
    "named": "名前をつけた",
    "known": "確認ずみにした",
    "merged": "まとめた",
    "split": "分けた",
    "campaigns": "まとまり",
    "active": "完了以外",
}


@router.get("/report")
def monthly(
    visit: Annotated[Visit, Depends(Gate("report_read"))], month: Annotated[str, Query(max_length=7)] = ""
) -> Response:
    """This month where none is named."""
    with visit.store.read() as session:
        found = report(session, month or this_month())
    if found is None:
        raise Problem("not_found")
    return render(visit, "report.html", report=found)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the audit is searched for."""

    actor: str = ""
    action: str = ""
    case: int | None = None
    since: dt.date | None = None

    @property
    def query(self) -> dict[str, str]:
        """As in the address."""
        named = {"actor": self.actor, "action": self.action, "case": self.case, "since": self.since}
        return {name: str(value) for name, value in named.items() if value}


async def _asked(
    actor: Annotated[str, Query(max_length=96)] = "",
    action: Annotated[str, Query(max_length=32)] = "",
    case: Annotated[str, Query(max_length=9)] = "",
    since: Annotated[str, Query(max_length=20)] = "",
) -> Asked:
    number = int(case) if case.isascii() and case.isdigit() else None
    return Asked(actor.replace("\x00", ""), action.replace("\x00", ""), number, read_date(since) if since else None)


AuditReader = Annotated[Visit, Depends(Gate("audit_read"))]


@router.get("/audit")
def audit(
    visit: AuditReader,
    asked: Annotated[Asked, Depends(_asked)],
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Newest first; read only."""
    wanted = _events(asked).order_by(AuditEvent.id.desc()).limit(_PAGE + 1)
    if before is not None:
        wanted = wanted.where(AuditEvent.id < before)
    with visit.store.write() as session:
        events = session.scalars(wanted).all()
        record_list(session, visit.actor, "audit_viewed", asked.query, len(events[:_PAGE]))
    more, events = len(events) > _PAGE, events[:_PAGE]
    following = urlencode({**asked.query, "before": events[-1].id}) if more else ""
    return render(
        visit,
        "audit.html",
        events=events,
        asked=asked,
        actions=ACTION_LABELS,
        detail_words=_detail_words,
        following=following,
        here=urlencode(asked.query),
    )


@router.get("/audit/export")
def audit_export(visit: AuditReader, asked: Annotated[Asked, Depends(_asked)]) -> Response:
    """The same as CSV for Excel; the export is an event itself."""
    with visit.store.write() as session:
        record(session, visit.actor, "audit_exported", asked=asked.query)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_csv(visit.store, asked), headers=headers, media_type="text/csv; charset=utf-8")


def _csv(store: Store, asked: Asked) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(("番号", "日時", "だれ", "したこと", "案件", "内容", "要求の番号"))
    with store.read() as session:
        for event in session.scalars(_events(asked).order_by(AuditEvent.id)).yield_per(500):
            detail = json.dumps(event.detail, ensure_ascii=False)
            at = event.at.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")
            action = ACTION_LABELS.get(event.action, event.action)
            writer.writerow((event.id, at, event.actor, action, event.case_id or "", detail, event.request_id))
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _detail_words(detail: dict[str, Any]) -> str:
    """`{"asked": {"q": "未納"}, "shown": 3}` → "探した言葉: 未納、出した件数: 3"."""
    flat = {**detail.get("asked", {}), **{name: value for name, value in detail.items() if name != "asked"}}
    return "、".join(f"{_DETAIL_LABELS.get(name, name)}: {_value_words(value)}" for name, value in flat.items())


def _value_words(value: Any) -> str:
    if isinstance(value, list):
        return "・".join(_value_words(item) for item in value)
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    return _VALUE_LABELS.get(value, str(value)) if isinstance(value, str) else str(value)


def _events(asked: Asked) -> Select[AuditEvent]:
    wanted = select(AuditEvent)
    if asked.actor:
        wanted = wanted.where(AuditEvent.actor == asked.actor)
    if asked.action:
        wanted = wanted.where(AuditEvent.action == asked.action)
    if asked.case is not None:
        wanted = wanted.where(AuditEvent.case_id == asked.case)
    if asked.since is not None:
        wanted = wanted.where(AuditEvent.at >= dt.datetime.combine(asked.since, dt.time(), JAPAN))
    return wanted
