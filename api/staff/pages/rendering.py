"""What every staff page is rendered with."""

from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from api.page_view import percent
from api.staff.case_view import japanese_day, japanese_time
from api.staff.choices import CHOICES, channel_label, label
from api.staff.gate import Visit
from api.staff.listing import COUNTED
from api.staff.permissions import ROLE_LABELS
from api.staff.shortcuts import keys_of
from api.templating import TEMPLATES
from classifier.vocabulary import VERDICT_LABELS

# Name of the page, its address, the permission that shows it in the head of every page.
_NAVIGATION: Final = (
    ("案件", "/staff", "case_read"),
    ("新しい案件", "/staff/cases/new", "case_write"),
    ("まとまり", "/staff/campaigns", "case_read"),
    ("月報", "/staff/report", "report_read"),
    ("操作の記録", "/staff/audit", "audit_read"),
    ("使う人", "/staff/people", "user_write"),
)
# After a POST the next page says what was done.
_MESSAGES: Final = {
    "created": "案件をつくりました。",
    "saved": "保存しました。",
    "answered": "答えを入れて、提案を見直しました。",
    "undone": "取り消しました。",
    "reviewed": "二重確認を記録しました。",
    "changed": "変えました。",
}


def render(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """A page with the words and functions that the templates share."""
    shared = {
        "person": visit.person,
        "role": ROLE_LABELS.get(visit.person.role, visit.person.role),  # type: ignore[call-overload]
        "csrf": visit.person.csrf,
        "navigation": [
            (name, place, place == visit.request.url.path)
            for name, place, permission in _NAVIGATION
            if visit.person.may(permission)  # type: ignore[arg-type]
        ],
        "choices": CHOICES,
        "label": label,
        "channel_label": channel_label,
        "day": japanese_day,
        "time": japanese_time,
        "counted": COUNTED,
        "percent": percent,
        "verdicts": VERDICT_LABELS,
        "keys": keys_of(visit.person.shortcuts),
        "messages": _MESSAGES,
        "notice": visit.request.query_params.get("done", ""),
    }
    return TEMPLATES.TemplateResponse(visit.request, f"staff/{template}", shared | context, status_code=status)


def go(place: str) -> Response:
    """After a POST, so that a reload sends nothing twice."""
    return RedirectResponse(place, 303)
