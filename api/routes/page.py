"""`/`: the page for people. A plain form, a rendered answer, no script."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api import metrics
from api.files.opening import reads_pictures
from api.furigana import with_furigana
from api.opt_in import OptIn, OptInDependency
from api.page_form import CHANNEL_LABELS, NO_FILE, TOO_LONG, PageForm
from api.page_view import ResultView
from api.problems import Problem
from api.scoring import ScoringDependency
from api.templating import TEMPLATES
from api.uploads import upload
from classifier.result import Assessment

router: Final = APIRouter(include_in_schema=False)
# Readings over the kanji, and the facts beside the short steps; each is switched here and kept for the next time.
_SWITCHES: Final = ("furigana", "fuller")
_YEAR: Final = 365 * 24 * 3600


@router.api_route("/", methods=["GET", "HEAD"])
async def form_page(request: Request, opt_in: OptInDependency) -> Response:
    """The empty form."""
    return _form(request, PageForm(), opt_in, request.query_params)


@router.post("/")
async def result_page(request: Request, scoring: ScoringDependency, opt_in: OptInDependency) -> Response:
    """The answer, or the form again with what was typed and the message beside its field."""
    fields: dict[str, str] = {}
    try:
        fields = await _fields(request)
        form = PageForm.of(fields)
    except Problem as problem:
        if problem.code != "body_too_large":
            raise
        return _form(request, PageForm(errors={"text": TOO_LONG}, status=413), opt_in, fields)
    notice = form.notice()
    if notice is None:
        return _form(request, form, opt_in, fields)

    def render(assessment: Assessment) -> Response:
        metrics.judged(assessment)
        why = scoring.judge.why(notice) if form.why else None
        view = ResultView(assessment, why, stored=form.store and opt_in.keep(assessment))
        return _page(request, "result.html", form, opt_in, fields, view=view)

    try:
        return await scoring.assess(notice, render, slow=form.why or form.store, patient=True)
    except Problem as problem:  # not ready or busy: what was typed stays, to be sent again
        form.errors["text"], form.status = problem.kind.detail, problem.status_code
        return _form(request, form, opt_in, fields, problem.headers)


@router.post("/file")
async def file_page(request: Request, opt_in: OptInDependency) -> Response:
    """The form filled with what the file says, below what was typed before, to be looked through and corrected."""
    fields: dict[str, str] = {}
    try:
        async with upload(request) as sent:
            fields = sent.fields
            file = await sent.read()
    except Problem as problem:
        form = PageForm.of(fields)
        form.errors["file"] = NO_FILE if problem.code == "file_missing" else problem.kind.detail
        form.status = problem.status_code
        return _form(request, form, opt_in, fields, problem.headers)
    return _form(request, PageForm.of(fields).with_file(file), opt_in, fields)


def _form(request: Request, form: PageForm, opt_in: OptIn, fields: Mapping[str, str], headers: Any = None) -> Response:
    response = _page(request, "form.html", form, opt_in, fields)
    response.status_code = form.status
    response.headers.update(headers or {})
    return response


def _page(
    request: Request, template: str, form: PageForm, opt_in: OptIn, fields: Mapping[str, str], **context: Any
) -> Response:
    """Renders, with furigana and the fuller form for those who switched them on, here or on an earlier page."""
    asked = {name: fields[name] for name in _SWITCHES if fields.get(name) in ("on", "off")}
    switched = {name: asked.get(name, request.cookies.get(name)) == "on" for name in _SWITCHES}
    page = TEMPLATES.get_template(template).render(
        form=form,
        channels=CHANNEL_LABELS,
        **switched,
        offers_storing=opt_in.offered,
        reads_pictures=reads_pictures(),
        **context,
    )
    response = HTMLResponse(with_furigana(page) if switched["furigana"] else page)
    for name, value in asked.items():
        response.set_cookie(name, value, max_age=_YEAR, httponly=True, samesite="strict")
    return response


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
