"""`/problems/<code>`: where the `type` of every problem leads."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.problems import KINDS, Problem
from api.templating import TEMPLATES

router: Final = APIRouter(include_in_schema=False)


@router.get("/problems/{code}")
async def problem_page(request: Request, code: str) -> Response:
    """Explains one kind of problem."""
    if code not in KINDS:
        raise Problem("not_found")
    body = Problem(code).body(request.state.request_id)
    return TEMPLATES.TemplateResponse(request, "problem.html", {"problem": body})
