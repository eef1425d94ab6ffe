"""Changing a case, seeing what was changed, and taking it back. A change made on an old version is refused."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from api.staff.audit import Action, Actor, record
from api.staff.choices import GENUINE_DISPOSITIONS, SCAM_DISPOSITIONS
from api.staff.errors import CaseNotFound, NothingToUndo, StaleVersion
from api.staff.intake import Assess, notice_of
from api.staff.masking import without_my_number
from api.staff.placing import place, place_of, set_place, suggestion_of
from api.store.cases import Case, CaseChange, CaseText

_DATES: Final = frozenset({"received_on", "pay_on"})
# A change of these makes another assessment of the same text.
_JUDGED_BY: Final = frozenset({"channel", "received_on", "answers"})
# A suggestion this sure, or a paper this grave, asks for a second pair of eyes when people decide otherwise.
_SURE: Final = 0.9


def open_case(session: Session, case_id: int) -> Case:
    """The case. Raises CaseNotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseNotFound(f"案件{case_id}はありません。番号を確かめてください。")
    return case


def change_case(
    session: Session, actor: Actor, case_id: int, version: int, wanted: Mapping[str, Any], assess: Assess
) -> Case:
    """Sets the fields of `wanted` that differ. Raises CaseNotFound or StaleVersion.

    A disposition with a result closes the case unless `wanted` names a status; taking both away opens it.
    """
    case = _locked(session, case_id, version)
    wanted = dict(wanted)
    if "note" in wanted:
        wanted["note"] = without_my_number(wanted["note"])
    _close_when_decided(case, wanted)
    return _apply(session, actor, case, wanted, assess, undoes=None)


def undo_change(session: Session, actor: Actor, case_id: int, version: int, change_id: int, assess: Assess) -> Case:
    """Puts back what the change replaced. Raises NothingToUndo where a later change touched the same fields."""
    case = _locked(session, case_id, version)
    change = session.get(CaseChange, change_id)
    if change is None or change.case_id != case_id:
        raise NothingToUndo("その変更は、この案件にはありません。履歴を見直してください。")
    now = _current(session, case, change.fields)
    if any(now[name] != after for name, (_, after) in change.fields.items()):
        raise NothingToUndo("そのあとに同じ項目が変わっています。新しい変更から先に取り消してください。")
    before = {name: _parsed(name, values[0]) for name, values in change.fields.items()}
    return _apply(session, actor, case, before, assess, undoes=change_id)


def history(session: Session, case_id: int) -> Sequence[CaseChange]:
    """Every change, newest first."""
    return session.scalars(select(CaseChange).where(CaseChange.case_id == case_id).order_by(CaseChange.id.desc())).all()


def review_case(session: Session, actor: Actor, case_id: int, version: int, agrees: bool) -> Case:
    """The second pair of eyes. Raises NothingToUndo where it is the first pair, or nothing awaits it."""
    case = _locked(session, case_id, version)
    if case.review != "wanted":
        raise NothingToUndo("この案件は、二重確認を待っていません。")
    if case.decided_by == actor.name:
        raise NothingToUndo("判断した人とは別の人が、確認してください。")
    wanted = {"review": "agreed" if agrees else "disagreed", "reviewed_by": actor.name}
    if not agrees:
        wanted["status"] = "in_progress"
    record(session, actor, "case_reviewed", case_id=case_id, agrees=agrees)
    return _apply(session, actor, case, wanted, _never, undoes=None)


def leave_blind_sample(session: Session, actor: Actor, case: Case) -> None:
    """Somebody looked at the hidden suggestion before deciding: the case no longer measures agreement."""
    session.execute(update(Case).where(Case.id == case.id).values(blind=False))
    record(session, actor, "score_opened", case_id=case.id)


def _locked(session: Session, case_id: int, version: int) -> Case:
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise CaseNotFound(f"案件{case_id}はありません。番号を確かめてください。")
    if case.version != version:
        raise StaleVersion(case.version)
    return case


def _apply(
    session: Session, actor: Actor, case: Case, wanted: Mapping[str, Any], assess: Assess, undoes: int | None
) -> Case:
    before = _current(session, case, wanted)
    changed = {name: [before[name], _plain(value)] for name, value in wanted.items() if before[name] != _plain(value)}
    if not changed:
        return case
    now = dt.datetime.now(dt.UTC)
    if ("disposition" in changed or "result" in changed) and undoes is None:
        for name, value in (("decided_by", actor.name), ("decided_at", now)):
            wanted = {**wanted, name: value}
            if name == "decided_by" and case.decided_by != actor.name:
                changed[name] = [case.decided_by, actor.name]
        if _surprising(case, wanted.get("disposition", case.disposition)) and case.review == "none":
            wanted, changed["review"] = {**wanted, "review": "wanted"}, [case.review, "wanted"]
    for name, value in wanted.items():
        if name != "answers":
            setattr(case, name, value)
    if changed.keys() & _JUDGED_BY:
        _judge_again(session, case, wanted.get("answers"), assess)
    case.updated_at = now
    place(case)
    try:
        session.flush()
    except StaleDataError as error:
        raise StaleVersion(case.version) from error
    set_place(session, case.id, place_of(case))
    session.add(
        CaseChange(case_id=case.id, version=case.version, at=now, actor=actor.name, fields=changed, undoes=undoes)
    )
    action: Action = "case_changed" if undoes is None else "case_undone"
    record(session, actor, action, case_id=case.id, version=case.version, fields=sorted(changed))
    session.flush()
    return case


def _close_when_decided(case: Case, wanted: dict[str, Any]) -> None:
    if "status" in wanted or not wanted.keys() & {"disposition", "result"}:
        return
    disposition = wanted.get("disposition", case.disposition)
    result = wanted.get("result", case.result)
    if disposition and result:
        wanted["status"] = "closed"
    elif case.status == "closed":
        wanted["status"] = "open"


def _surprising(case: Case, disposition: str | None) -> bool:
    """Somebody decides against a sure suggestion, or waves away what may be a court's paper."""
    if disposition in GENUINE_DISPOSITIONS:
        return case.score >= _SURE
    if disposition in SCAM_DISPOSITIONS:
        return case.score < 1 - _SURE or (case.court and case.stance != "do_not_respond")
    return False


def _judge_again(session: Session, case: Case, answers: Mapping[str, str] | None, assess: Assess) -> None:
    stored = session.get_one(CaseText, case.id)
    if answers is not None:
        stored.answers = dict(answers)
        session.flush()
    assessment = assess(notice_of(session, case))
    stored.assessment = assessment.to_dict()
    for name, value in suggestion_of(assessment, case.created_at).items():
        setattr(case, name, value)


def _current(session: Session, case: Case, names: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: _plain(getattr(case, name)) for name in names if name != "answers"}
    if "answers" in names:
        found["answers"] = dict(session.get_one(CaseText, case.id).answers)
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _parsed(name: str, value: Any) -> Any:
    return dt.date.fromisoformat(value) if name in _DATES and value is not None else value


def _never(*_: Any) -> Any:
    raise AssertionError("a review changes nothing that is assessed")
