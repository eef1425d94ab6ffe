"""The answers that the description shows: what our own code answers to the requests beside them, typed by nobody.

Cases are made, changed and listed in a database in memory that is thrown away. A test asks the real routes the same.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from api.answers import bad_item, checked_item, to_json
from api.files import read_file
from api.metrics import exposition
from api.problems import Problem
from api.routes.files import EXAMPLE_MAIL, body_of_file
from api.routes.guidance import found_guidance
from api.routes.knowledge import catalogue
from api.schemas import AssessmentRequest, BatchRequest, Health
from api.scoring import Judge
from api.staff import changes, listing
from api.staff.audit import Actor
from api.staff.bodies import CampaignPage, CaseBody, CasePage, HistoryBody
from api.staff.campaigns import campaigns
from api.staff.export import as_csv
from api.staff.fields import CasePatch, NewCase
from api.staff.intake import add_case, prepare, storable
from api.staff.shown import campaign_fields, case_line, case_whole, change_line
from api.store.base import Base
from classifier.notice import Notice

# Lists are shown by their first entries: the whole catalogue would bury the rest of the page.
SHOWN: Final = 2
QUESTION: Final = "支払督促が届いた"
ACTOR: Final = Actor("key:reception", "0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Example:
    """One answer: where it belongs in the description, and its value."""

    method: str
    path: str
    status: str
    media_type: str
    value: Any


def true_answers(judge: Judge) -> list[Example]:
    """One for each operation, from this judge."""
    json_type = "application/json"
    asked = example_of(AssessmentRequest)
    lines = to_json(_result(judge, asked)).decode() + "\n"
    guided = found_guidance(QUESTION)
    health = Health().model_dump()
    return [
        Example("post", "/v1/assessments", "200", json_type, _result(judge, asked)),
        Example("post", "/v1/assessments/batch", "200", json_type,
                {"results": [_result(judge, item) for item in example_of(BatchRequest)["notices"]]}),
        Example("post", "/v1/assessments/stream", "200", "application/jsonl", lines),
        Example("post", "/v1/assessments/file", "200", json_type, _file(judge)),
        Example("get", "/v1/red-flags", "200", json_type,
                {"red_flags": [flag.model_dump() for flag in catalogue().red_flags[:SHOWN]]}),
        Example("get", "/v1/guidance", "200", json_type,
                {**guided.model_dump(mode="json"), "guidance": [guided.guidance[0].model_dump(mode="json")]}),
        Example("get", "/v1/model", "200", json_type, judge.card),
        Example("get", "/livez", "200", json_type, health),
        Example("get", "/readyz", "200", json_type, health),
        Example("get", "/metrics", "200", "text/plain", _counts()),
        *_cases(judge),
    ]  # fmt: skip


def example_of(model: type[BaseModel]) -> Any:
    """The request that the description shows for a body."""
    return model.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index]


def _result(judge: Judge, item: Any) -> dict[str, Any]:
    try:
        _, notice = checked_item(item)
    except Problem as problem:
        return bad_item(problem)
    return judge.assess_many([notice])[0].to_dict()


def _file(judge: Judge) -> dict[str, Any]:
    file = read_file(EXAMPLE_MAIL.encode())
    notice = Notice(file.text, file.channel, file.subject, file.sender)
    body: dict[str, Any] = orjson.loads(to_json(body_of_file(file, judge.assess_many([notice])[0].to_dict())))
    return body


def _counts() -> str:
    """The first lines that are ours."""
    lines = [line for line in exposition().decode().splitlines() if line.startswith(("# HELP scam_", "# TYPE scam_"))]
    return "\n".join(lines[:4]) + "\n"


def _cases(judge: Judge) -> list[Example]:
    """Two copies of one notice arrive, the second is decided, and everything that can be asked of them is asked."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    fields = NewCase.model_validate(example_of(NewCase))
    patch = CasePatch.model_validate(example_of(CasePatch))
    wanted = listing.Filter()
    with Session(engine, expire_on_commit=False) as session, session.begin():
        for _ in range(2):
            prepared = prepare(fields, judge.assess_many([storable(fields)])[0])
            case = add_case(session, ACTOR, prepared)
        created = _shown(CaseBody, case_whole(session, case, unmasked=True))
        page = listing.page(session, wanted, None, 1)
        listed = _shown(CasePage, {"items": [case_line(found) for found in page.cases], "next": page.next})
        read = _shown(CaseBody, case_whole(session, case))
        change = changes.change_case(
            session, ACTOR, case.id, 1, patch.sent(), lambda notice: judge.assess_many([notice])[0]
        )
        changed = _shown(CaseBody, case_whole(session, change))
        history = {"items": [change_line(found) for found in changes.history(session, case.id)]}
        together = {"items": [campaign_fields(line) for line in campaigns(session, limit=1)], "next": None}
        table = b"".join(as_csv([change])).decode()
        answers = {
            ("post", "/v1/cases", "201"): created,
            ("get", "/v1/cases", "200"): listed,
            ("get", "/v1/cases/{case_id}", "200"): read,
            ("patch", "/v1/cases/{case_id}", "200"): changed,
            ("get", "/v1/cases/{case_id}/history", "200"): _shown(HistoryBody, history),
            ("get", "/v1/campaigns", "200"): _shown(CampaignPage, together),
        }
    engine.dispose()
    return [
        *(Example(method, path, status, "application/json", value)
          for (method, path, status), value in answers.items()),
        Example("get", "/v1/cases/export", "200", "text/csv; charset=utf-8", table),
    ]  # fmt: skip


def _shown(model: type[BaseModel], fields: dict[str, Any]) -> Any:
    return model.model_validate(fields).model_dump(mode="json")
