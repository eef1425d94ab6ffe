"""The fields of a case as clients send them; everything but the text of a new case is optional."""

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from api.schemas import IsoDate, NoticeRequest, Unicode
from api.staff.choices import CHOICES
from classifier.deadlines import today
from classifier.vocabulary import Channel

MAX_NOTE: Final = 10_000
MAX_YEN: Final = 1_000_000_000_000
Yen = Annotated[int, Field(ge=0, le=MAX_YEN, strict=True)]


def _one_of(name: str) -> AfterValidator:
    """A key of the choices, or its Japanese words: "genuine_claim" or "本物の請求"."""

    def check(value: str) -> str:
        keys = {words: key for key, words in CHOICES[name].items()}
        key = keys.get(value, value)
        if key not in CHOICES[name]:
            raise ValueError(name)
        return key

    return AfterValidator(check)


def _not_to_come(value: dt.date | None) -> dt.date | None:
    """What has been received was received by today: another day is a slip that would move the court's deadline."""
    if value is not None and value > today():
        raise PydanticCustomError("date_to_come", "the day is still to come")
    return value


ReceivedOn = Annotated[IsoDate, AfterValidator(_not_to_come)]


def _listed(name: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [*CHOICES[name], *CHOICES[name].values()]})


# The keys come from `choices.toml`, which a centre may change; OpenAPI lists those that stand there.
Status = Annotated[str, _one_of("status"), _listed("status")]
Disposition = Annotated[str, _one_of("disposition"), _listed("disposition")]
Result = Annotated[str, _one_of("result"), _listed("result")]
ReachedBy = Annotated[str, _one_of("reached_by"), _listed("reached_by")]
Relation = Annotated[str, _one_of("relation"), _listed("relation")]
AgeBand = Annotated[str, _one_of("age_band"), _listed("age_band")]
Happened = Annotated[str, _one_of("happened"), _listed("happened")]


class Details(BaseModel):
    """What the centre knows of a case besides the notice itself. Unknown fields are refused: a misspelt one would
    lose what it holds, and nobody would know."""

    model_config = ConfigDict(extra="forbid")

    received_on: ReceivedOn = Field(default=None, description="相談者が受け取った日")
    reached_by: ReachedBy | None = Field(default=None, description="センターに届いた経路")
    relation: Relation | None = Field(default=None, description="相談者の立場")
    age_band: AgeBand | None = Field(default=None, description="契約当事者の年代")
    municipality: Annotated[Unicode, Field(max_length=40)] | None = Field(default=None, description="市区町村")
    happened: list[Happened] = Field(default_factory=list, max_length=5, description="これまでにしたこと")
    amount_claimed: Yen | None = Field(default=None, description="請求された額(円)")
    amount_paid: Yen | None = Field(default=None, description="払った額(円)")
    pay_on: IsoDate = Field(default=None, description="払うつもりの日")
    vulnerable: bool = Field(default=False, strict=True, description="見守りが要る人か")
    opt_out: bool = Field(default=False, strict=True, description="学習の材料にしない")

    @field_validator("happened")
    @classmethod
    def _once_each(cls, value: list[str]) -> list[str]:
        return [key for key in CHOICES["happened"] if key in value]


class NewCase(Details, NoticeRequest):
    """`POST /v1/cases`. Only the text is needed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "山田太郎様\n【最終通告】未納料金298,000円があります。"
                    "本日中に03-0000-5518へご連絡ください。ご連絡がない場合、法的手続きに移ります。",
                    "channel": "postcard",
                    "received_on": "2026-11-20",
                    "reached_by": "電話",
                    "relation": "family",
                    "age_band": "80s",
                    "municipality": "八千代市",
                    "happened": ["called"],
                    "amount_claimed": 298000,
                    "vulnerable": True,
                    "note": "娘さんから電話。お金は払っていない。",
                }
            ]
        }
    )

    note: Annotated[Unicode, Field(max_length=MAX_NOTE)] = Field(default="", description="メモ")


class CasePatch(Details):
    """`PATCH /v1/cases/{id}`: only the fields that are sent are changed; null empties one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"disposition": "架空請求", "result": "助言", "note": "連絡しないように助言した。"}]
        }
    )

    status: Status = Field(default="open", description="状態")
    disposition: Disposition | None = Field(default=None, description="判断")
    result: Result | None = Field(default=None, description="処理結果")
    note: Annotated[Unicode, Field(max_length=MAX_NOTE)] = Field(default="", description="メモ")
    channel: Channel = Field(default="unknown", description="どうやって届いたか")
    review: Literal["none", "wanted"] = Field(default="none", description="二重確認に回す")

    def sent(self) -> dict[str, Any]:
        """Only what the client named."""
        return {name: getattr(self, name) for name in self.model_fields_set}
