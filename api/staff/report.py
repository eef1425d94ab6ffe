"""The month in numbers: by disposition, scheme, channel, way, age, amount, campaign; and how people and model agree."""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.staff.campaigns import campaign_line
from api.staff.choices import CHOICES, GENUINE_DISPOSITIONS, SCAM_DISPOSITIONS, channel_label, label
from api.store.cases import Case
from classifier.deadlines import JAPAN
from classifier.vocabulary import SCHEME_LABELS

_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_NOTHING: Final = "未記入"
_AMOUNTS: Final = ((10_000, "1万円未満"), (100_000, "10万円未満"), (1_000_000, "100万円未満"))
_CAMPAIGNS: Final = 10


@dataclass(frozen=True, slots=True)
class Table:
    """One table of counts, greatest first; `share` of the greatest draws the bar."""

    title: str
    rows: tuple[tuple[str, int], ...]

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((count for _, count in self.rows), default=0) or 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the model's verdict and the person's disposition say the same; `blind` had not seen the score."""

    blind: bool
    decided: int
    same: int


@dataclass(frozen=True, slots=True)
class Report:
    """One month in Japan's time."""

    month: str
    total: int
    closed: int
    claimed: int
    paid: int
    tables: tuple[Table, ...]
    agreement: tuple[Agreement, ...]


def this_month() -> str:
    """ "2026-11"."""
    return f"{dt.datetime.now(JAPAN):%Y-%m}"


def bounds(month: str) -> tuple[dt.datetime, dt.datetime] | None:
    """The first moment of the month and of the next; None for no month."""
    match = _MONTH.fullmatch(month)
    if match is None or int(match[1]) < 1900:
        return None
    first = dt.datetime(int(match[1]), int(match[2]), 1, tzinfo=JAPAN)
    return first, (first + dt.timedelta(days=32)).replace(day=1)


def report(session: Session, month: str) -> Report | None:
    """Counts over the cases that came in the month; None for no month."""
    span = bounds(month)
    if span is None:
        return None
    within = (Case.created_at >= span[0], Case.created_at < span[1])

    def counted(column: Any) -> list[tuple[Any, int]]:
        rows = session.execute(select(column, func.count()).where(*within).group_by(column))
        return sorted(((row[0], row[1]) for row in rows), key=lambda row: -row[1])

    def chosen(title: str, name: str) -> Table:
        return Table(title, tuple((label(name, key) or _NOTHING, n) for key, n in counted(getattr(Case, name))))

    totals = session.execute(
        select(func.count(), func.sum(Case.amount_claimed), func.sum(Case.amount_paid)).where(*within)
    ).one()
    closed = session.scalar(select(func.count()).where(*within, Case.status == "closed")) or 0
    return Report(
        month=month,
        total=totals[0],
        closed=closed,
        claimed=int(totals[1] or 0),
        paid=int(totals[2] or 0),
        tables=(
            chosen("判断", "disposition"),
            chosen("処理結果", "result"),
            Table("似ている手口", tuple((SCHEME_LABELS.get(k, "手口なし"), n) for k, n in counted(Case.scheme))),
            Table("届き方", tuple((channel_label(k), n) for k, n in counted(Case.channel))),
            chosen("経路", "reached_by"),
            _ages(dict(counted(Case.age_band))),
            _amounts(session, within),
            _largest_campaigns(session, within),
        ),
        agreement=_agreement(session, within),
    )


def _ages(found: dict[str | None, int]) -> Table:
    keys = [key for key in (*CHOICES["age_band"], None) if key in found]
    return Table("年代", tuple((label("age_band", key) or _NOTHING, found[key]) for key in keys))


def _amounts(session: Session, within: tuple[Any, ...]) -> Table:
    found: Counter[str] = Counter()
    for (yen,) in session.execute(select(Case.amount_claimed).where(*within)):
        found[_NOTHING if yen is None else next((w for top, w in _AMOUNTS if yen < top), "100万円以上")] += 1
    order = [*(words for _, words in _AMOUNTS), "100万円以上", _NOTHING]
    return Table("請求された額", tuple((words, found[words]) for words in order if found[words]))


def _largest_campaigns(session: Session, within: tuple[Any, ...]) -> Table:
    rows = session.execute(
        select(Case.campaign_id, func.count())
        .where(*within, Case.campaign_id.is_not(None))
        .group_by(Case.campaign_id)
        .order_by(func.count().desc(), Case.campaign_id)
        .limit(_CAMPAIGNS)
    ).all()
    return Table("多いまとまり", tuple((_campaign_words(session, found), count) for found, count in rows if found))


def _campaign_words(session: Session, campaign_id: int) -> str:
    campaign = campaign_line(session, campaign_id).campaign
    return campaign.name or f"まとまり{campaign.id}"


def _agreement(session: Session, within: tuple[Any, ...]) -> tuple[Agreement, ...]:
    rows = session.execute(
        select(Case.blind, Case.verdict, Case.disposition)
        .where(*within, Case.disposition.in_(SCAM_DISPOSITIONS | GENUINE_DISPOSITIONS))
        .where(Case.verdict != "undecidable")
    ).all()
    found = []
    for blind in (True, False):
        pairs = [
            (verdict == "scam_likely", decided in SCAM_DISPOSITIONS) for held, verdict, decided in rows if held == blind
        ]
        found.append(Agreement(blind, len(pairs), sum(model == person for model, person in pairs)))
    return tuple(found)
