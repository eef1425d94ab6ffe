"""`create_app`: the pieces put together, and nothing else."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from api import error_handlers
from api.access import Admission, Keys
from api.description import install_description
from api.opt_in import retention
from api.rate_limit import RateLimit
from api.request_log import RequestLog
from api.routes import (
    assessments,
    cases,
    documentation,
    files,
    guidance,
    health,
    knowledge,
    many,
    page,
    problem_pages,
)
from api.scoring import Judge, Scoring
from api.security import BodyLimit, Head, SecurityHeaders
from api.settings import Settings
from api.staff import problems as staff_problems
from api.staff.pages import campaigns, case, intake, login, people, queue, reports, shortcuts, sign_on
from api.staff.sign_on import SignOn
from api.store import Store
from api.store.errors import DatabaseError
from api.templating import STATIC
from api.turns import Places

LOG: Final = logging.getLogger("scam_notice.app")
_ENDLESS: Final = frozenset({"/v1/assessments/stream"})


def create_app(settings: Settings | None = None, assessor: Judge | None = None) -> FastAPI:
    """A new, independent application. At start it opens the database, and loads the bundle unless an assessor is given.

    Without either it runs on and says so at `/readyz`: the page with the telephone numbers still answers.
    """
    settings = settings or Settings()
    scoring = Scoring(assessor, settings.max_waiting, settings.max_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if not scoring.ready:
            await to_thread.run_sync(scoring.load, settings.bundle)
        app.state.store = store = await to_thread.run_sync(_open, settings.database)
        app.state.keys = Keys(store) if store else None
        async with retention(store, settings.retention_days):
            yield
        scoring.close()
        if store:
            store.close()

    app: FastAPI = FastAPI(
        title="scam-notice",
        version="1",
        description="届いた請求の文章を読み、架空請求の疑い、その理由、いまするべきことを返します。",
        lifespan=lifespan,
        # FastAPI's documentation pages load a CDN; ours is at /docs.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Nothing leaves the machine, whatever OTEL_… somebody has set for another program.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        # Outermost first: even an answer to a failure carries the headers and the request id.
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(RequestLog),
            Middleware(Admission, settings=settings, scoring=scoring, keys=lambda: app.state.keys, rates=RateLimit()),
            Middleware(
                BodyLimit,
                max_bytes=settings.max_body_bytes,
                by_path={
                    "/v1/assessments/batch": settings.max_batch_bytes,
                    "/staff/cases/bulk": settings.max_batch_bytes,
                    "/v1/assessments/file": settings.max_file_bytes,
                    "/file": settings.max_file_bytes,
                    "/staff/cases/read": settings.max_file_bytes,
                },
                endless=_ENDLESS,
            ),
            Middleware(Head),
        ],
    )
    app.state.settings = settings
    app.state.scoring = scoring
    app.state.sign_on = SignOn(settings) if settings.has_sign_on else None
    app.state.store = None
    app.state.keys = None
    app.state.streams = Places(settings.max_streams)
    error_handlers.install(app)
    staff_problems.install(app)
    for module in (assessments, many, files, cases, knowledge, guidance, health, documentation, page, problem_pages):
        app.include_router(module.router)
    app.include_router(guidance.pages)
    for pages in (login, queue, intake, case, campaigns, reports, people, shortcuts, sign_on):
        app.include_router(pages.router)
    app.mount("/static/swagger", documentation.swagger_files(), name="swagger")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    install_description(app)
    return app


def _open(url: str) -> Store | None:
    try:
        return Store.open(url)
    except DatabaseError as error:
        LOG.critical("%s: %s", type(error).__name__, error)
        return None
