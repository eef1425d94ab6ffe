"""`POST /v1/assessments`: one notice in, one assessment out."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import JSONResponse

from api.problems import Problem, responses
from api.schemas import AssessmentBody, AssessmentRequest
from api.scoring import ScoringDependency
from classifier.result import Assessment


def json_only(request: Request) -> None:
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
    dependencies=[Depends(json_only)],
    response_model=AssessmentBody,
    responses=responses(
        "invalid_json",
        "unreadable_body",
        "body_too_large",
        "text_too_long",
        "unsupported_media_type",
        "body_missing",
        "body_not_object",
        "invalid_field",
        "text_missing",
        "text_empty",
        "text_not_string",
        "text_not_unicode",
        "unknown_channel",
        "subject_not_string",
        "subject_not_unicode",
        "sender_not_string",
        "sender_not_unicode",
        "received_on_not_date",
        "answers_not_object",
        "bad_answer",
        "prior_out_of_range",
        "model_not_ready",
    ),
)
async def assess(request: Annotated[AssessmentRequest, Body()], scoring: ScoringDependency) -> JSONResponse:
    """The text is neither stored nor logged. Spans are half-open code-point offsets into `text`."""
    return await scoring.assess(request.notice(), _answer, request.prior)


def _answer(assessment: Assessment) -> JSONResponse:
    # A ready Response: the fields come checked from the library, a second check costs more than scoring.
    return JSONResponse(assessment.to_dict())
