"""What people do to campaigns: name, look at, merge, split; and taking any of it back.

Every change is kept as what stood before and after, like the changes of a case. It can be undone as long as nothing
newer rests on it; cases that have joined since stay where they are. An undo is a change itself and can be undone.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.staff.audit import Action, Actor, record
from api.staff.campaigns import assign, campaign_line, lock
from api.staff.errors import NothingToUndo
from api.store.cases import Campaign, CampaignChange, Case

MAX_NAME: Final = 80
_SHOWN: Final = 20
_MERGED: Final = "手でまとめた"
_SPLIT: Final = "手で分けた"
_Place = tuple[int | None, str]


def rename(session: Session, actor: Actor, campaign_id: int, name: str) -> None:
    """A name, which also says that somebody has looked at it."""
    campaign = _locked(session, campaign_id)
    wanted = {campaign.id: {"name": name[:MAX_NAME], "known": True}}
    _apply(session, actor, "named", campaign.id, None, wanted, {})


def mark_known(session: Session, actor: Actor, campaign_id: int) -> None:
    """Ends the alert."""
    campaign = _locked(session, campaign_id)
    _apply(session, actor, "known", campaign.id, None, {campaign.id: {"known": True}}, {})


def merge(session: Session, actor: Actor, campaign_id: int, into: int) -> None:
    """All cases of one move to the other; its number leads there from now on."""
    gone, stays = _locked(session, campaign_id), _locked(session, into)
    if gone.id == stays.id:
        return
    wanted: dict[int, dict[str, Any]] = {
        gone.id: {"merged_into": stays.id},
        stays.id: {"name": stays.name or gone.name, "known": stays.known or gone.known},
    }
    cases = dict.fromkeys(_members(session, gone.id), (stays.id, _MERGED))
    _apply(session, actor, "merged", stays.id, gone.id, wanted, cases)


def split(session: Session, actor: Actor, campaign_id: int, case_ids: Sequence[int]) -> int | None:
    """The chosen cases leave: one stands alone again (None), several found a campaign of their own."""
    campaign = _locked(session, campaign_id)
    members = [case for case in _members(session, campaign.id) if case in set(case_ids)]
    if not members:
        return None
    if len(members) == 1:
        _apply(session, actor, "split", campaign.id, None, {}, {members[0]: (None, "")})
        return None
    # Founded as if it had been part of the other until now, which is what undoing makes of it.
    founded = Campaign(name="", known=True, created_at=dt.datetime.now(dt.UTC), merged_into=campaign.id)
    session.add(founded)
    session.flush()
    cases: dict[int, _Place] = dict.fromkeys(members, (founded.id, _SPLIT))
    _apply(session, actor, "split", campaign.id, founded.id, {founded.id: {"merged_into": None}}, cases)
    return founded.id


def undo(session: Session, actor: Actor, campaign_id: int, change_id: int) -> int:
    """Puts back what the change replaced; returns the campaign to show. Raises NothingToUndo.

    It is refused where the same name, number or case has changed again since.
    """
    lock(session)
    change = session.get(CampaignChange, change_id)
    if change is None or campaign_id not in (change.campaign_id, change.other_id):
        raise NothingToUndo("その変更は、このまとまりにはありません。履歴を見直してください。")
    wanted: dict[int, dict[str, Any]] = {}
    for number, fields in change.campaigns.items():
        campaign = session.get_one(Campaign, int(number))
        if any(getattr(campaign, name) != after for name, (_, after) in fields.items()):
            raise _newer()
        wanted[campaign.id] = {name: before for name, (before, _) in fields.items()}
    cases = {int(case): _Moved(before, after) for case, (before, after) in change.cases.items()}
    now = _places(session, list(cases))
    if any(now[case] != moved.after for case, moved in cases.items()):
        raise _newer()
    places = {case: moved.before for case, moved in cases.items()}
    if any(_is_merged(session, place[0], wanted) for place in places.values()):
        raise _newer()
    _apply(session, actor, change.kind, change.campaign_id, change.other_id, wanted, places, undoes=change)
    return campaign_line(session, campaign_id).campaign.id


def changes_of(session: Session, campaign_id: int) -> Sequence[CampaignChange]:
    """The latest changes that touched the campaign, newest first."""
    touched = or_(CampaignChange.campaign_id == campaign_id, CampaignChange.other_id == campaign_id)
    asked = select(CampaignChange).where(touched).order_by(CampaignChange.id.desc()).limit(_SHOWN)
    return session.scalars(asked).all()


class _Moved:
    """Where a case stood before a change and after it; JSON has made lists of the pairs."""

    def __init__(self, before: list[Any], after: list[Any]) -> None:
        self.before: _Place = (before[0], before[1])
        self.after: _Place = (after[0], after[1])


def _newer() -> NothingToUndo:
    return NothingToUndo("そのあとに同じところが変わっています。新しい変更から先に取り消してください。")


def _locked(session: Session, campaign_id: int) -> Campaign:
    lock(session)
    return campaign_line(session, campaign_id).campaign


def _members(session: Session, campaign_id: int) -> Sequence[int]:
    return session.scalars(select(Case.id).where(Case.campaign_id == campaign_id).order_by(Case.id)).all()


def _places(session: Session, case_ids: Sequence[int]) -> dict[int, _Place]:
    found: dict[int, _Place] = {}
    for start in range(0, len(case_ids), 500):  # SQLite takes no endless list of parameters
        some = case_ids[start : start + 500]
        rows = session.execute(select(Case.id, Case.campaign_id, Case.campaign_reason).where(Case.id.in_(some)))
        found.update((case, (campaign, reason)) for case, campaign, reason in rows)
    return found


def _is_merged(session: Session, campaign_id: int | None, wanted: Mapping[int, Mapping[str, Any]]) -> bool:
    """Whether the campaign will have gone into another when the undo is done: no case may be put back there."""
    if campaign_id is None:
        return False
    fields = wanted.get(campaign_id, {})
    now = session.get_one(Campaign, campaign_id).merged_into
    return fields.get("merged_into", now) is not None


def _apply(
    session: Session,
    actor: Actor,
    kind: str,
    campaign_id: int,
    other_id: int | None,
    wanted: Mapping[int, Mapping[str, Any]],
    cases: Mapping[int, _Place],
    *,
    undoes: CampaignChange | None = None,
) -> None:
    changed: dict[str, dict[str, list[Any]]] = {}
    moves = dict(cases)
    for number, fields in wanted.items():
        campaign = session.get_one(Campaign, number)
        differing = {name: [getattr(campaign, name), value] for name, value in fields.items()}
        differing = {name: pair for name, pair in differing.items() if pair[0] != pair[1]}
        for name, (_, value) in differing.items():
            setattr(campaign, name, value)
        if differing:
            changed[str(number)] = differing
        if campaign.merged_into is not None:  # what has joined since goes along
            late = (case for case in _members(session, number) if case not in moves)
            moves.update((case, (campaign.merged_into, _MERGED)) for case in late)
    before = _places(session, list(moves))
    moved = {str(case): [list(before[case]), list(place)] for case, place in moves.items() if before[case] != place}
    if not changed and not moved:
        return
    for place in sorted(set(moves.values()), key=str):
        assign(session, [case for case, where in moves.items() if where == place], *place)
    session.add(
        CampaignChange(
            at=dt.datetime.now(dt.UTC), actor=actor.name, kind=kind, campaign_id=campaign_id, other_id=other_id,
            campaigns=changed, cases=moved, undoes=undoes.id if undoes else None,
        )
    )  # fmt: skip
    action: Action = "campaign_undone" if undoes else "campaign_changed"
    more = {"other": other_id} if other_id is not None else {}
    record(session, actor, action, campaign=campaign_id, change=kind, cases=len(moved), **more)
    session.flush()
