"""`/v1/cases` and `/v1/campaigns`: the staff queue for machines that hold a key of scope `staff`."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, Final, Literal, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.responses import StreamingResponse

from api import metrics
from api.access import require
from api.database import StoreDependency
from api.problems import Problem, responses
from api.routes.assessments import NOTICE_PROBLEMS, json_only
from api.scoring import Scoring, ScoringDependency
from api.staff import changes, listing
from api.staff.audit import Actor, record, record_list
from api.staff.bodies import CampaignPage, CaseBody, CasePage, HistoryBody
from api.staff.campaigns import campaigns
from api.staff.choices import CHOICES
from api.staff.errors import InvalidCase
from api.staff.export import MEDIA_TYPES, as_csv, as_xlsx
from api.staff.fields import CasePatch, NewCase
from api.staff.intake import Once, add_case, earlier_answer, prepare, storable
from api.staff.masking import masked
from api.staff.placing import renew_places
from api.staff.shown import campaign_fields, case_line, case_whole, change_line
from api.store import Store
from classifier.notice import Notice
from classifier.result import Assessment

T = TypeVar("T")
_KEY: Final = ("key_missing", "key_unknown", "scope_missing", "too_many_requests", "database_not_ready")
_BODY: Final = ("invalid_json", "unreadable_body", "unsupported_media_type", "body_missing", "body_too_large")
_ETAG: Final = re.compile(r'(?:W/)?"([0-9]{1,18})"')
_MOST: Final = 200
CaseId = Annotated[int, Path(ge=1, le=2**31 - 1, description="案件の番号", examples=[2])]

router: Final = APIRouter(prefix="/v1", tags=["cases"])


async def _caller(request: Request) -> Actor:
    return Actor(f"key:{require(request, 'staff').name}", request.state.request_id)


Caller = Annotated[Actor, Depends(_caller)]


def _etag(version: int) -> str:
    return f'"{version}"'


async def wanted_filter(
    status: Annotated[str, Query(max_length=16, description="状態。activeは完了以外")] = "",
    sort: Annotated[listing.Sort, Query(description="harmは害の大きい順")] = "harm",
    q: Annotated[str, Query(max_length=200, description="本文の言葉")] = "",
    disposition: Annotated[str, Query(max_length=32)] = "",
    result: Annotated[str, Query(max_length=32)] = "",
    channel: Annotated[str, Query(max_length=16)] = "",
    scheme: Annotated[str, Query(max_length=40)] = "",
    review: Annotated[str, Query(max_length=16)] = "",
    reached_by: Annotated[str, Query(max_length=16)] = "",
    age_band: Annotated[str, Query(max_length=16)] = "",
    municipality: Annotated[str, Query(max_length=40)] = "",
    campaign: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    rank: Annotated[int | None, Query(ge=1, le=9)] = None,
) -> listing.Filter:
    """The filter of a list. Raises InvalidCase for a status that is none."""
    if status and status != "active" and status not in CHOICES["status"]:
        known = "・".join(["active", *CHOICES["status"]])
        raise InvalidCase("status", f"statusは{known}のどれかにしてください。")
    if "\x00" in "".join((q, disposition, result, channel, scheme, review, reached_by, age_band, municipality)):
        raise InvalidCase("q", "読めない文字があります。入れ直してください。")
    columns = (disposition, result, channel, scheme, review, reached_by, age_band, municipality)
    return listing.Filter(status, q, *columns, campaign, rank, sort)


FilterDependency = Annotated[listing.Filter, Depends(wanted_filter)]
Cursor = Annotated[str | None, Query(max_length=200, description="前の答えのnext")]


@router.post(
    "/cases",
    summary="案件を1件つくる",
    status_code=201,
    response_model=CaseBody,
    dependencies=[Depends(json_only)],
    responses=responses(
        *_KEY,
        *_BODY,
        *NOTICE_PROBLEMS,
        "unknown_field",
        "received_on_to_come",
        "idempotency_key_reused",
        "model_not_ready",
        "busy",
        "took_too_long",
    ),
)
async def create(
    request: Request,
    caller: Caller,
    fields: Annotated[NewCase, Body()],
    scoring: ScoringDependency,
    store: StoreDependency,
    response: Response,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255, examples=["7c1f"])] = None,
) -> dict[str, Any]:
    """The same Idempotency-Key with the same body gives the same case, however often it is sent."""
    once = Once.of(idempotency_key, await request.body()) if idempotency_key else None
    if once is not None:
        held = await to_thread.run_sync(partial(_held, store, caller, once))
        if held is not None:
            return _created(held, response, replayed=True)
    prepared = await scoring.assess(storable(fields), partial(prepare, fields))
    share = request.app.state.settings.blind_share

    def add(session: Session) -> dict[str, Any]:
        held = earlier_answer(session, caller, once) if once else None
        if held is not None:
            return case_whole(session, changes.open_case(session, held))
        case = add_case(session, caller, prepared, once=once, blind_share=share)
        return case_whole(session, case, unmasked=True)

    try:
        answer = await _write(store, add)
    except IntegrityError:
        # PostgreSQL let a twin of this request in at the same time; the twin has written the case.
        held = await to_thread.run_sync(partial(_held, store, caller, once)) if once else None
        if held is None:
            raise
        return _created(held, response, replayed=True)
    metrics.judged(prepared.assessment)
    return _created(answer, response, replayed=False)


def _created(answer: dict[str, Any], response: Response, *, replayed: bool) -> dict[str, Any]:
    response.headers["Location"] = f"/v1/cases/{answer['id']}"
    response.headers["ETag"] = _etag(answer["version"])
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return answer


def _held(store: Store, caller: Actor, once: Once) -> dict[str, Any] | None:
    with store.read() as session:
        case_id = earlier_answer(session, caller, once)
        return None if case_id is None else case_whole(session, changes.open_case(session, case_id))


async def _write(store: Store, work: Callable[[Session], T]) -> T:
    def run() -> T:
        with store.write() as session:
            return work(session)

    return await to_thread.run_sync(run)


@router.get("/cases", summary="案件の一覧", response_model=CasePage, responses=responses(*_KEY, "invalid_field"))
def find(
    caller: Caller,
    wanted: FilterDependency,
    store: StoreDependency,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = listing.PAGE,
) -> dict[str, Any]:
    """Keyset pages: what arrives between two pages moves no line onto both or neither."""
    with store.write() as session:
        renew_places(session)
        found = listing.page(session, wanted, cursor, limit)
        record_list(session, caller, "cases_listed", listing.query_string(wanted), len(found.cases))
        return {"items": [case_line(case) for case in found.cases], "next": found.next}


@router.get(
    "/cases/export",
    summary="一覧をファイルで受け取る",
    response_class=Response,
    responses={
        200: {
            "description": "個人の番号や名前をかくした一覧",
            "content": {media: {} for media in MEDIA_TYPES.values()},
        },
        **responses(*_KEY, "invalid_field"),
    },
)
def export(
    caller: Caller,
    wanted: FilterDependency,
    store: StoreDependency,
    format: Annotated[Literal["csv", "xlsx"], Query()] = "csv",
) -> Response:
    """The whole view in its order, masked; the export is in the audit."""
    return exported(store, caller, wanted, format)


def exported(store: Store, actor: Actor, wanted: listing.Filter, form: Literal["csv", "xlsx"]) -> Response:
    """Writes the audit first: an export that nobody finished reading was one all the same."""
    with store.write() as session:
        terms = {name: masked(value) for name, value in listing.query_string(wanted).items()}
        record(session, actor, "cases_exported", format=form, asked=terms)
    headers = {"Content-Disposition": f'attachment; filename="cases.{form}"'}
    if form == "csv":
        return StreamingResponse(_csv(store, wanted), headers=headers, media_type=MEDIA_TYPES["csv"])
    with store.read() as session:
        body = as_xlsx(session.scalars(listing.everything(wanted)).yield_per(500))
    return Response(body, headers=headers, media_type=MEDIA_TYPES["xlsx"])


def _csv(store: Store, wanted: listing.Filter) -> Iterator[bytes]:
    with store.read() as session:
        yield from as_csv(session.scalars(listing.everything(wanted)).yield_per(500))


@router.get(
    "/cases/{case_id}",
    summary="案件を1件見る",
    response_model=CaseBody,
    responses=responses(*_KEY, "case_not_found", "invalid_field"),
)
def show(
    case_id: CaseId,
    caller: Caller,
    store: StoreDependency,
    response: Response,
    unmask: Annotated[bool, Query(description="かくさずに返す。だれが見たかを記録する")] = False,
) -> dict[str, Any]:
    """Every look is in the audit; an unmasked one under its own name."""
    with store.write() as session:
        case = changes.open_case(session, case_id)
        record(session, caller, "case_unmasked" if unmask else "case_viewed", case_id=case_id)
        response.headers["ETag"] = _etag(case.version)
        return case_whole(session, case, unmasked=unmask)


@router.patch(
    "/cases/{case_id}",
    summary="案件を変える",
    response_model=CaseBody,
    dependencies=[Depends(json_only)],
    responses=responses(
        *_KEY,
        *_BODY,
        "body_not_object",
        "invalid_field",
        "unknown_field",
        "unknown_channel",
        "received_on_not_date",
        "received_on_to_come",
        "case_not_found",
        "stale_version",
        "version_missing",
        "model_not_ready",
    ),
)
def change(
    case_id: CaseId,
    caller: Caller,
    fields: Annotated[CasePatch, Body()],
    scoring: ScoringDependency,
    store: StoreDependency,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=200, examples=['"1"'])] = None,
) -> dict[str, Any]:
    """Only the fields that are sent change. Without the ETag that was read nothing does."""
    version = _version(if_match)
    with store.write() as session:
        case = changes.change_case(session, caller, case_id, version, fields.sent(), assess_with(scoring))
        response.headers["ETag"] = _etag(case.version)
        return case_whole(session, case)


def assess_with(scoring: Scoring) -> Callable[[Notice], Assessment]:
    """Judges in the thread that asks: a change of channel or date, once in a while."""

    def assess(notice: Notice) -> Assessment:
        return scoring.judge.assess_many([notice])[0]

    return assess


def _version(if_match: str | None) -> int:
    if if_match is None:
        raise Problem("version_missing")
    match = _ETAG.fullmatch(if_match.strip())
    return int(match[1]) if match else -1  # another's ETag matches nothing: 412


@router.get(
    "/cases/{case_id}/history",
    summary="案件の履歴",
    response_model=HistoryBody,
    responses=responses(*_KEY, "case_not_found", "invalid_field"),
)
def case_history(case_id: CaseId, caller: Caller, store: StoreDependency) -> dict[str, Any]:
    """Every change with what stood there before, masked, newest first. The look is in the audit."""
    with store.write() as session:
        changes.open_case(session, case_id)
        record(session, caller, "case_viewed", case_id=case_id)
        return {"items": [change_line(found) for found in changes.history(session, case_id)]}


@router.get(
    "/campaigns", summary="同じ文章のまとまり", response_model=CampaignPage, responses=responses(*_KEY, "invalid_field")
)
def show_campaigns(
    caller: Caller,
    store: StoreDependency,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="前の答えのnext")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
) -> dict[str, Any]:
    """Newest first, with the count of the last week and whether somebody must look."""
    with store.write() as session:
        found = campaigns(session, before=cursor, limit=limit + 1)
        record_list(session, caller, "cases_listed", {"list": "campaigns"}, len(found[:limit]))
    more, found = len(found) > limit, found[:limit]
    return {
        "items": [campaign_fields(line) for line in found],
        "next": str(found[-1].campaign.id) if more else None,
    }
