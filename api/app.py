"""`create_app`: the pieces put together, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from api import error_handlers, problems
from api.database import Database
from api.request_log import RequestLog
from api.routes import assessments, health, knowledge, page, problem_pages
from api.scoring import Judge, Scoring
from api.security import BodyLimit, SecurityHeaders
from api.settings import Settings
from api.templating import STATIC


def create_app(settings: Settings | None = None, assessor: Judge | None = None) -> FastAPI:
    """A new, independent application. Loads the bundle at start unless an assessor is given."""
    settings = settings or Settings()
    scoring = Scoring(assessor, settings.scoring_threads)
    database = Database(settings.database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if not scoring.ready:
            await scoring.load(settings.bundle)
        await to_thread.run_sync(database.open)
        yield
        await to_thread.run_sync(database.close)

    app = FastAPI(
        title="scam-notice",
        version="1",
        description="届いた請求の文章を読み、架空請求の疑い、その理由、いまするべきことを返します。",
        lifespan=lifespan,
        # FastAPI's documentation pages load a CDN; the description itself stays at /openapi.json.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Outermost first: even an answer to a failure carries the headers and the request id.
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(RequestLog),
            Middleware(BodyLimit, max_bytes=settings.max_body_bytes),
        ],
    )
    app.state.scoring = scoring
    app.state.database = database
    error_handlers.install(app)
    for module in (assessments, knowledge, health, page, problem_pages):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _declare_problems(app)
    return app


def _declare_problems(app: FastAPI) -> None:
    """Adds the problem schemas that the routes' `responses` refer to."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        document.setdefault("components", {}).setdefault("schemas", {}).update(problems.schemas())
        return document

    app.openapi = openapi  # type: ignore[method-assign]
