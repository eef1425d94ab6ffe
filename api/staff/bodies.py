"""What `/v1/cases` and `/v1/campaigns` answer with, as OpenAPI sees it."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, Field

from api.schemas import AssessmentBody
from classifier.vocabulary import Channel, DocumentKind, Stance, Verdict


class PriorityBody(BaseModel):
    """`rank` 1 comes first; 9 is closed."""

    rank: int = Field(ge=1, le=9)
    reason: str


class CampaignStanding(BaseModel):
    """The campaign of a case: it is the `nth` of `count`."""

    id: int
    name: str
    count: int
    nth: int
    first_on: dt.datetime
    reason: str


class CaseLine(BaseModel):
    """A case in a list; `summary` is the masked beginning of the text."""

    id: int
    version: int
    status: str
    created_at: dt.datetime
    updated_at: dt.datetime
    created_by: str
    channel: Channel
    received_on: dt.date | None
    reached_by: str | None
    relation: str | None
    age_band: str | None
    municipality: str | None
    happened: list[str]
    amount_claimed: int | None
    amount_paid: int | None
    pay_on: dt.date | None
    vulnerable: bool
    summary: str
    score: float
    verdict: Verdict
    stance: Stance
    document_kind: DocumentKind
    scheme: str | None
    deadline: dt.date | None
    disposition: str | None
    result: str | None
    decided_by: str | None
    decided_at: dt.datetime | None
    review: str
    reviewed_by: str | None
    campaign_id: int | None
    verdict_label: str
    priority: PriorityBody


class CaseBody(CaseLine):
    """The whole case. Personal data in the texts is masked where `masked` is true."""

    opt_out: bool
    note: str
    text: str
    subject: str | None
    sender: str | None
    masked: bool
    answers: dict[str, str]
    assessment: AssessmentBody
    campaign: CampaignStanding | None


class CasePage(BaseModel):
    """`next` goes into `cursor`; null at the end."""

    items: list[CaseLine]
    next: str | None


class ChangeLine(BaseModel):
    """One change: `{field: [before, after]}`; `undoes` names the change that it took back."""

    id: int
    version: int
    at: dt.datetime
    actor: str
    fields: dict[str, list[Any]]
    undoes: int | None


class HistoryBody(BaseModel):
    """Newest first."""

    items: list[ChangeLine]


class CampaignBody(BaseModel):
    """`recent` counts the cases of the last seven days."""

    id: int
    name: str
    known: bool
    count: int
    recent: int
    first_at: dt.datetime
    last_at: dt.datetime
    alert: bool


class CampaignPage(BaseModel):
    """Newest first; `next` goes into `cursor`."""

    items: list[CampaignBody]
    next: str | None
