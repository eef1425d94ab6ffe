"""Near-copies grouped as they arrive, with the reason in words. `campaign_changes` holds what people do to them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, or_, select, text, update
from sqlalchemy import case as when
from sqlalchemy.orm import Session

from api.staff.errors import CampaignNotFound
from api.staff.likeness import Fingerprint, likeness
from api.store.cases import Campaign, Case, CaseBand, CaseContact, CaseText

# Of 1,194 pairs drawn from one authored text 99.6 % are at least this alike; of 44,850 pairs of different texts
# none reaches 0.3 (datasets/notices, 2026-11).
ALIKE: Final = 0.5
ALERT_COUNT: Final = 3
ALERT_DAYS: Final = 7
_CANDIDATES: Final = 100
_LOCK: Final = text("SELECT pg_advisory_xact_lock(7318832)")
_CONTACT_WORDS: Final = {"phone": "同じ電話番号", "url": "同じURL", "mail": "同じメールアドレス"}


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign with what its list shows; `recent` counts the cases of the last week."""

    campaign: Campaign
    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    recent: int

    @property
    def alert(self) -> bool:
        """A text that nobody has looked at comes for the third time in a week."""
        return not self.campaign.known and self.recent >= ALERT_COUNT


def lock(session: Session) -> None:
    """Until the end of the transaction nobody else moves cases between campaigns; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK)


def join_campaign(session: Session, case: Case, found: Fingerprint, now: dt.datetime) -> None:
    """Puts a new case beside the case it is most like; two make a campaign."""
    lock(session)  # two copies that arrive at once must not found two campaigns
    other_id, reason = _most_alike(session, case, found)
    if other_id is None:
        return
    other = session.get_one(Case, other_id)
    campaign_id = other.campaign_id
    if campaign_id is None:
        campaign = Campaign(name="", known=False, created_at=now, merged_into=None)
        session.add(campaign)
        session.flush()
        campaign_id = campaign.id
        assign(session, [other_id], campaign_id, "最初の1件")
    assign(session, [case.id], campaign_id, reason)


def _most_alike(session: Session, case: Case, found: Fingerprint) -> tuple[int | None, str]:
    best, share = None, 0.0
    if found.bands:
        wanted = or_(*(and_(CaseBand.band == band, CaseBand.digest == digest) for band, digest in found.bands))
        newest = (
            select(CaseBand.case_id).where(wanted, CaseBand.case_id != case.id).distinct()
            .order_by(CaseBand.case_id.desc()).limit(_CANDIDATES)
        )  # fmt: skip
        signatures = session.execute(
            select(CaseText.case_id, CaseText.signature).where(CaseText.case_id.in_(newest)).order_by(CaseText.case_id)
        )
        for case_id, signature in signatures:
            alike = likeness(found.signature, signature)
            if alike >= ALIKE and alike >= share:
                best, share = case_id, alike
    if best is not None:
        return best, f"本文{share:.0%}一致"
    for value in sorted(found.contacts):
        same = session.scalar(
            select(func.max(CaseContact.case_id)).where(CaseContact.value == value, CaseContact.case_id != case.id)
        )
        if same is not None:
            return same, _CONTACT_WORDS[value.partition(":")[0]]
    return None, ""


def assign(session: Session, case_ids: Sequence[int], campaign_id: int | None, reason: str) -> None:
    """Puts the cases into the campaign, or into none."""
    # By hand and not through the objects: belonging is no decision on the case, its version stays.
    for start in range(0, len(case_ids), 500):  # SQLite takes no endless list of parameters
        session.execute(
            update(Case)
            .where(Case.id.in_(case_ids[start : start + 500]))
            .values(campaign_id=campaign_id, campaign_reason=reason)
            .execution_options(synchronize_session=False)
        )
    moved = set(case_ids)
    for case in session.identity_map.values():
        if isinstance(case, Case) and case.id in moved:
            session.refresh(case, ["campaign_id", "campaign_reason"])


def standing(session: Session, case: Case) -> dict[str, Any] | None:
    """`{"id", "name", "count", "nth", "first_on", "reason"}` of the case's campaign; None without one."""
    if case.campaign_id is None:
        return None
    line = campaign_line(session, case.campaign_id)
    nth = session.scalar(select(func.count()).where(Case.campaign_id == case.campaign_id, Case.id <= case.id))
    return {
        "id": line.campaign.id,
        "name": line.campaign.name,
        "count": line.count,
        "nth": nth or 1,
        "first_on": line.first_at,
        "reason": case.campaign_reason,
    }


def campaign_line(session: Session, campaign_id: int) -> CampaignLine:
    """One campaign; a merged one leads to the one it went into. Raises CampaignNotFound."""
    campaign = session.get(Campaign, campaign_id)
    for _ in range(50):
        if campaign is None or campaign.merged_into is None:
            break
        campaign = session.get(Campaign, campaign.merged_into)
    if campaign is None:
        raise CampaignNotFound(f"キャンペーン{campaign_id}はありません。一覧から選んでください。")
    lines = _lines(session, [campaign])
    return lines[0]


def campaigns(session: Session, *, before: int | None = None, limit: int = 50) -> list[CampaignLine]:
    """Newest first; `before` is the id of the last one seen."""
    asked = select(Campaign).where(Campaign.merged_into.is_(None)).order_by(Campaign.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(Campaign.id < before)
    return _lines(session, session.scalars(asked).all())


def alerts(session: Session) -> list[CampaignLine]:
    """Campaigns that nobody has looked at and that came three times within a week."""
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=ALERT_DAYS)
    busy = (
        select(Case.campaign_id).join(Campaign, Campaign.id == Case.campaign_id)
        .where(Case.created_at >= since, Campaign.known.is_(False))
        .group_by(Case.campaign_id).having(func.count() >= ALERT_COUNT)
        .order_by(func.count().desc()).limit(10)
    )  # fmt: skip
    found = session.scalars(select(Campaign).where(Campaign.id.in_(busy))).all()
    return sorted(_lines(session, found), key=lambda line: -line.recent)


def _lines(session: Session, found: Sequence[Campaign]) -> list[CampaignLine]:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=ALERT_DAYS)
    recent = func.sum(when((Case.created_at >= since, 1), else_=0))
    rows = session.execute(
        select(Case.campaign_id, func.count(), func.min(Case.created_at), func.max(Case.created_at), recent)
        .where(Case.campaign_id.in_([campaign.id for campaign in found]))
        .group_by(Case.campaign_id)
    )
    counted = {row[0]: row for row in rows}
    lines = []
    for campaign in found:
        _, count, first, last, late = counted.get(
            campaign.id, (campaign.id, 0, campaign.created_at, campaign.created_at, 0)
        )
        lines.append(CampaignLine(campaign, count, first, last, int(late or 0)))
    return lines
