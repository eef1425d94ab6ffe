"""`POST /v1/assessments`: one notice in, one assessment out."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import Response

from api.access import may_assess
from api.answers import fields_of, to_json
from api.opt_in import OptInDependency
from api.problems import Problem, responses
from api.schemas import AssessmentBody, AssessmentRequest
from api.scoring import ScoringDependency
from classifier.result import Assessment

# What can be wrong with one notice; the same words stand in a batch for the one that is bad.
NOTICE_PROBLEMS: Final = (
    "text_too_long",
    "body_not_object",
    "invalid_field",
    "text_missing",
    "text_empty",
    "text_not_string",
    "text_not_unicode",
    "unknown_channel",
    "subject_not_string",
    "subject_not_unicode",
    "subject_too_long",
    "sender_not_string",
    "sender_not_unicode",
    "sender_too_long",
    "received_on_not_date",
    "answers_not_object",
    "bad_answer",
    "prior_out_of_range",
    "flag_not_boolean",
)
# What every route that judges can answer besides.
SERVICE_PROBLEMS: Final = (
    "key_missing",
    "key_unknown",
    "scope_missing",
    "body_too_large",
    "unsupported_media_type",
    "too_many_requests",
    "model_not_ready",
    "busy",
    "took_too_long",
    "database_not_ready",
)


async def json_only(request: Request) -> None:
    """Refuses another content type by name; read as bytes it would look like a wrong shape."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise Problem(
            "unsupported_media_type", "この形式は受け取れません。Content-Typeをapplication/jsonにしてください。"
        )


router: Final = APIRouter(prefix="/v1", tags=["assessments"])


@router.post(
    "/assessments",
    summary="届いた文章を1通確かめる",
    dependencies=[Depends(json_only), Depends(may_assess)],
    response_model=AssessmentBody,
    responses=responses("invalid_json", "unreadable_body", "body_missing", *NOTICE_PROBLEMS, *SERVICE_PROBLEMS),
)
async def assess(
    request: Annotated[AssessmentRequest, Body()], scoring: ScoringDependency, opt_in: OptInDependency
) -> Response:
    """The text is neither stored nor logged, unless `store` asks for it. Spans are half-open code-point offsets."""

    def answer(assessment: Assessment) -> Response:
        # A ready Response: the fields come checked from the library, a second check costs more than scoring.
        return Response(
            to_json(fields_of(assessment, scoring.judge, request, opt_in.keep)), media_type="application/json"
        )

    return await scoring.assess(request.notice(), answer, request.prior, slow=bool(request.why or request.store))
