"""What `/v1` takes and gives, as OpenAPI sees it.

The parts of an assessment are the library's own dataclasses, so there is nothing to keep in step
but the names of `AssessmentBody`; a test compares them with `Assessment.to_dict`.
"""

import datetime as dt
import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from api.files.reading import FileKind
from api.files.remark import Remark
from api.problems import FieldError
from classifier.notice import MAX_CHARACTERS, Notice
from classifier.result import (
    AnswerBy,
    CancelledFlag,
    Contact,
    Extracted,
    GreenFlag,
    Guidance,
    Question,
    RedFlag,
    SchemeGuess,
    Source,
    Versions,
)
from classifier.vocabulary import Channel, DocumentKind, Severity, Stance, Verdict
from classifier.why import Reason

MAX_BATCH: Final = 1_000
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def iso_date(value: Any) -> dt.date | None:
    """Only "2026-11-22": pydantic alone would also take 1795305600 and "20261122"."""
    if value is None:
        return None
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise ValueError
    return dt.date.fromisoformat(value)


def _unicode(value: str) -> str:
    """JSON can say "\\ud800", half a character that no answer could repeat."""
    value.encode("utf-8")  # UnicodeEncodeError is a ValueError, which pydantic turns into a field error
    return value


Unicode = Annotated[str, AfterValidator(_unicode)]


IsoDate = Annotated[dt.date | None, BeforeValidator(iso_date)]


class NoticeRequest(BaseModel):
    """One received text and what is known about how it came."""

    text: str = Field(description=f"届いた文章。{MAX_CHARACTERS:,}文字まで")
    channel: Channel | None = Field(default=None, description="どうやって届いたか。省くとunknown")
    subject: Unicode | None = Field(default=None, description="件名")
    sender: Unicode | None = Field(default=None, description="差出人として表示された名前、番号、アドレス")
    received_on: IsoDate = Field(default=None, description="受け取った日")
    answers: dict[Unicode, Literal["yes", "no", "unknown"]] | None = Field(
        default=None, description="questionsのidごとの答え"
    )

    def notice(self) -> Notice:
        """Raises InvalidNotice."""
        return Notice(
            text=self.text,
            channel=self.channel or "unknown",
            subject=self.subject,
            sender=self.sender,
            received_on=self.received_on,
            answers=dict(self.answers or {}),
        )


class AssessmentRequest(NoticeRequest):
    """A notice to be judged, and how. Unknown fields are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "【重要】未納料金があります。本日中にご連絡がない場合、法的手続きに移ります。",
                    "channel": "sms",
                    "received_on": "2026-11-22",
                    "answers": {"special_delivery": "no"},
                }
            ]
        }
    )

    prior: Annotated[float, Field(gt=0, lt=1, strict=True)] | None = Field(
        default=None, description="届く文章のうち詐欺の割合。省くとモデルカードの値"
    )
    why: Annotated[bool, Field(strict=True)] | None = Field(
        default=None, description="trueなら、点数を動かしたところ(why)も返す。20,000文字より長い文章では空"
    )
    store: Annotated[bool, Field(strict=True)] | None = Field(
        default=None, description="trueなら、個人の番号や名前をかくして保存することに同意する。結果はstored"
    )


class AssessmentBody(BaseModel):
    """`Assessment.to_dict()`: everything about the notice except its text."""

    score: float = Field(ge=0, le=1, description="calibrated probability that the notice is a scam")
    verdict: Verdict
    verdict_label: str
    stance: Stance
    document_kind: DocumentKind
    document_kind_probability: float
    scheme: SchemeGuess | None
    red_flags: list[RedFlag]
    green_flags: list[GreenFlag]
    cancelled_flags: list[CancelledFlag]
    extracted: Extracted
    guidance: list[Guidance]
    questions: list[Question]
    cautions: list[str]
    answer_by: AnswerBy | None
    policy: str
    versions: Versions
    why: list[Reason] = Field(default=[], description="only where `why` was asked for; effect in log odds")
    stored: bool = Field(default=False, description="only where `store` was sent: whether the masked text is kept")


class BatchRequest(BaseModel):
    """Up to 1,000 notices; a bad one costs itself alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "notices": [
                        {"text": "未納料金があります。本日中にご連絡ください。", "channel": "sms"},
                        {"text": "明日の会議は10時からです。"},
                        {"text": " ", "channel": "email"},
                    ]
                }
            ]
        }
    )

    notices: list[AssessmentRequest] = Field(max_length=MAX_BATCH)


class ItemProblem(BaseModel):
    """Why one notice of many was not judged."""

    code: str = Field(examples=["text_empty"])
    detail: str
    errors: list[FieldError] = []


class BadItem(BaseModel):
    """Stands in the place of an assessment."""

    error: ItemProblem


class BatchBody(BaseModel):
    """One result a notice, in order."""

    results: list[AssessmentBody | BadItem]


class StreamLine(RootModel[AssessmentBody | BadItem]):
    """One line of the stream's answer."""


class FileBody(BaseModel):
    """`POST /v1/assessments/file`: what the file holds, and what we think of it."""

    kind: FileKind
    text: str = Field(description="the notice as read; spans of the assessment are places in it")
    channel: Channel
    subject: str | None
    sender: str | None
    remarks: list[Remark] = Field(description="what the text does not show: real targets of links, other senders")
    to_be_corrected: bool = Field(description="recognised in a picture: correct it, then send it as text")
    assessment: AssessmentBody | None = Field(description="null where the text is to be corrected first")


class CatalogueFlag(BaseModel):
    """One red flag of the catalogue."""

    id: str
    label: str
    severity: Severity
    explanation: str


class Catalogue(BaseModel):
    """`GET /v1/red-flags`."""

    red_flags: list[CatalogueFlag]


class GuidanceFact(BaseModel):
    """A statement that a unit rests on; `replaces` are the outdated ones in whose place it stands."""

    id: str
    document: str
    section: str
    fact: str
    as_of: str
    replaces: list["GuidanceFact"] = []


class GuidanceUnitBody(BaseModel):
    """One unit of advice as in an assessment, with what only counsellors need."""

    id: str
    topic: str
    title: str
    steps: list[str]
    contacts: list[Contact]
    because: list[str]
    sources: list[Source]
    staff: str = Field(description="相談員向けの説明")
    applies: str = Field(description="出すとき")
    never: str = Field(description="出さないとき")
    beyond: bool = Field(description="2つの資料によらず、公の情報による")
    facts: list[GuidanceFact]


class GuidanceBody(BaseModel):
    """`GET /v1/guidance`."""

    guidance: list[GuidanceUnitBody]
    version: str


class Health(BaseModel):
    """`/livez` and `/readyz`."""

    status: Literal["ok"] = "ok"
