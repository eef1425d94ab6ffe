"""`/`: the page for people. A plain form, a rendered answer, no script."""

from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.page_form import CHANNEL_LABELS, TOO_LONG, PageForm
from api.page_view import ResultView
from api.problems import Problem
from api.scoring import ScoringDependency
from api.templating import TEMPLATES
from classifier.result import Assessment

router: Final = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def form_page(request: Request) -> Response:
    """The empty form."""
    return _render_form(request, PageForm())


@router.post("/")
async def result_page(request: Request, scoring: ScoringDependency) -> Response:
    """The answer, or the form again with what was typed and the message beside its field."""
    try:
        form = PageForm.of(await _fields(request))
    except Problem as problem:
        if problem.code != "body_too_large":
            raise
        return _render_form(request, PageForm(errors={"text": TOO_LONG}, status=413))
    notice = form.notice()
    if notice is None:
        return _render_form(request, form)

    def render(assessment: Assessment) -> Response:
        context = {"form": form, "channels": CHANNEL_LABELS, "view": ResultView(assessment)}
        return TEMPLATES.TemplateResponse(request, "result.html", context)

    try:
        return await scoring.assess(notice, render)
    except Problem as problem:  # not ready yet: what was typed stays, to be sent again
        form.errors["text"], form.status = problem.kind.detail, problem.status_code
        return _render_form(request, form)


def _render_form(request: Request, form: PageForm) -> Response:
    return TEMPLATES.TemplateResponse(
        request, "form.html", {"form": form, "channels": CHANNEL_LABELS}, status_code=form.status
    )


async def _fields(request: Request) -> dict[str, str]:
    """The urlencoded fields, the last of each name. Strict UTF-8: a guess would show other words."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise Problem("unsupported_media_type")
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200))
    except ValueError as error:
        raise Problem("unreadable_body") from error
