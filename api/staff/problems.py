"""The errors of the staff queue as problems."""

from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.error_handlers import respond
from api.problems import FieldError, Problem
from api.staff import errors

_CODES: Final[dict[type[errors.StaffError], str]] = {
    errors.CaseNotFound: "case_not_found",
    errors.CampaignNotFound: "campaign_not_found",
    errors.StaleVersion: "stale_version",
    errors.NothingToUndo: "nothing_to_undo",
    errors.IdempotencyConflict: "idempotency_key_reused",
}


def install(app: FastAPI) -> None:
    """Every StaffError that a route lets through becomes its problem."""

    async def staff_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, errors.StaffError)
        return respond(request, problem_of(error))

    app.add_exception_handler(errors.StaffError, staff_error)


def problem_of(error: errors.StaffError) -> Problem:
    """Our own words: they hold numbers and names of fields, never a text."""
    if isinstance(error, errors.InvalidCase):
        field = FieldError(field=error.field, code="invalid_field", detail=str(error))
        return Problem("invalid_field", str(error), errors=[field])
    headers = {"ETag": f'"{error.version}"'} if isinstance(error, errors.StaleVersion) else None
    return Problem(_CODES[type(error)], str(error), headers=headers)
