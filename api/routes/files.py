"""`POST /v1/assessments/file`: a text, mail, PDF or picture in, the notice in it and its assessment out."""

from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import Response

from api.access import may_assess
from api.answers import fields_of, to_json
from api.error_handlers import from_validation
from api.files import ReadFile
from api.opt_in import OptInDependency
from api.problems import responses
from api.routes.assessments import SERVICE_PROBLEMS
from api.schemas import AssessmentRequest, FileBody
from api.scoring import ScoringDependency
from api.uploads import upload
from classifier.result import Assessment
from classifier.vocabulary import CHANNELS

router: Final = APIRouter(prefix="/v1", tags=["assessments"])
EXAMPLE_MAIL: Final = (
    "From: =?utf-8?b?5pyq5omV6YeR5Zue5Y+O44K744Oz44K/44O8?= <info@mail.example>\r\n"
    "To: you@mail.example\r\nSubject: =?utf-8?b?5pyq5omV6YeR44Gu44GK55+l44KJ44Gb?=\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "未納料金があります。本日中にご連絡がない場合、法的手続きに移ります。\r\nhttp://miharai.example/pay\r\n"
)
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "文章(.txt)、メール(.eml)、PDF、写真(JPEG・PNG・HEICなど)",
                        },
                        "channel": {"type": "string", "enum": list(CHANNELS), "description": "省くとファイルから"},
                        "received_on": {"type": "string", "format": "date", "description": "受け取った日"},
                    },
                },
                "example": {"file": EXAMPLE_MAIL},
            }
        },
    }
}


@router.post(
    "/assessments/file",
    summary="ファイルを1つ確かめる",
    dependencies=[Depends(may_assess)],
    response_model=FileBody,
    responses=responses(
        "unreadable_body",
        "text_empty",
        "text_not_unicode",
        "text_too_long",
        "subject_too_long",
        "sender_too_long",
        "unknown_channel",
        "received_on_not_date",
        "file_missing",
        "file_kind_unknown",
        "file_unreadable",
        "file_protected",
        "file_without_text",
        "file_too_complex",
        "pictures_not_read",
        *SERVICE_PROBLEMS,
    ),
    openapi_extra=_FORM,
)
async def assess_file(request: Request, scoring: ScoringDependency, opt_in: OptInDependency) -> Response:
    """Spans refer to `text`. What was recognised in a picture is not judged: compare `text` with the paper, correct it,
    and send it to `/v1/assessments`. Remarks say what the text does not show; they never move the score."""
    _ = scoring.judge
    async with upload(request) as sent:
        file = await sent.read()
    asked = _asked(file, sent.fields)
    if file.to_be_corrected:
        return Response(to_json(body_of_file(file, None)), media_type="application/json")

    def answer(assessment: Assessment) -> Response:
        fields = fields_of(assessment, scoring.judge, asked, opt_in.keep)
        return Response(to_json(body_of_file(file, fields)), media_type="application/json")

    return await scoring.assess(asked.notice(), answer)


def _asked(file: ReadFile, fields: dict[str, str]) -> AssessmentRequest:
    given: dict[str, Any] = {
        "text": file.text,
        "channel": fields.get("channel") or file.channel,
        "subject": file.subject,
        "sender": file.sender,
        "received_on": fields.get("received_on") or None,
    }
    try:
        return AssessmentRequest.model_validate(given)
    except ValidationError as error:
        raise from_validation(error.errors(), at=0) from error


def body_of_file(file: ReadFile, assessment: dict[str, Any] | None) -> dict[str, Any]:
    """The fields of FileBody."""
    return {
        "kind": file.kind,
        "text": file.text,
        "channel": file.channel,
        "subject": file.subject,
        "sender": file.sender,
        "remarks": file.remarks,
        "to_be_corrected": file.to_be_corrected,
        "assessment": assessment,
    }
