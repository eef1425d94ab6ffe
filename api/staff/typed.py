"""What somebody typed into the staff's forms, as the fields of a case; what cannot be read is named beside it."""

import re
import unicodedata
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from api.staff.choices import CHOICES
from api.staff.fields import CasePatch, NewCase
from api.staff.gate import Fields
from classifier.deadlines import today
from classifier.notice import read_date
from classifier.vocabulary import CHANNELS

M = TypeVar("M", bound=BaseModel)
_YEN: Final = re.compile(r"([0-9]{1,12})円?")
_MAN: Final = re.compile(r"([0-9]{1,8})万([0-9]{1,4})?円?")
_CHOSEN: Final = ("reached_by", "relation", "age_band")
_DATES: Final = {"received_on": "受け取った日", "pay_on": "払う予定の日"}
_AMOUNTS: Final = {"amount_claimed": "請求された額", "amount_paid": "払った額"}


def typed_details(fields: Fields, errors: dict[str, str]) -> dict[str, Any]:
    """The intake's fields as JSON would hold them."""
    found: dict[str, Any] = {
        "municipality": fields.get("municipality").strip()[:40] or None,
        "happened": [value for value in fields.all("happened") if value in CHOICES["happened"]],
        "vulnerable": bool(fields.get("vulnerable")),
        "opt_out": bool(fields.get("opt_out")),
    }
    for name in _CHOSEN:
        value = fields.get(name)
        found[name] = value if value in CHOICES[name] else None
    for name, words in _DATES.items():
        typed = fields.get(name).strip()
        day = read_date(typed) if typed else None
        if typed and day is None:
            errors[name] = f"{words}を読めません。例のように書いてください。例: 2026-11-22"
        if name == "received_on" and day is not None and day > today():
            errors[name] = f"{words}が、これから来る日です。日付を確かめてください。"
        found[name] = day.isoformat() if day else None
    for name, words in _AMOUNTS.items():
        typed = fields.get(name).strip()
        found[name] = read_yen(typed) if typed else None
        if typed and found[name] is None:
            errors[name] = f"{words}を読めません。例のように書いてください。例: 298,000円、30万円"
    return found


def typed_case(fields: Fields, errors: dict[str, str]) -> NewCase | None:
    """A new case, or None after naming what is wrong."""
    channel = fields.get("channel")
    raw = {
        **typed_details(fields, errors),
        "text": fields.get("text"),
        "channel": channel if channel in CHANNELS else "unknown",
        "subject": fields.get("subject").strip() or None,
        "sender": fields.get("sender").strip() or None,
        "note": fields.get("note").strip(),
    }
    return _model(NewCase, raw, errors)


def typed_decision(fields: Fields, errors: dict[str, str]) -> CasePatch | None:
    """Disposition, result, note, status and second review of the case page."""
    raw: dict[str, Any] = {
        "disposition": fields.get("disposition") or None,
        "result": fields.get("result") or None,
    }
    if "note" in fields.values:  # a page that hides the note's names offers to add to it only
        raw["note"] = fields.get("note").strip()
    if fields.get("status") in CHOICES["status"]:
        raw["status"] = fields.get("status")
    if fields.get("review"):
        raw["review"] = "wanted"
    return _model(CasePatch, raw, errors)


def read_yen(typed: str) -> int | None:
    """`"２９８，０００円"` → 298000, `"30万5000"` → 305000."""
    text = re.sub(r"[\s,¥\\]", "", unicodedata.normalize("NFKC", typed))
    if match := _YEN.fullmatch(text):
        return int(match[1])
    if match := _MAN.fullmatch(text):
        return int(match[1]) * 10_000 + int(match[2] or 0)
    return None


def _model(kind: type[M], raw: dict[str, Any], errors: dict[str, str]) -> M | None:
    if errors:
        return None
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        for item in error.errors():
            errors[str(item["loc"][0])] = "この値は使えません。入れ直してください。"
        return None
