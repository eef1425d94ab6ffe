"""`/docs`: the reference of the API to read and try, and `/metrics`. Neither asks anything of another machine."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api import metrics
from api.access import may_measure
from api.problems import responses
from api.templating import TEMPLATES

router: Final = APIRouter()


def swagger_files() -> StaticFiles:
    """Swagger UI as its package carries it."""
    return StaticFiles(directory=Path(str(files("fastapi_swagger") / "resources")))


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """Draws `/openapi.json`."""
    return TEMPLATES.TemplateResponse(request, "docs.html")


@router.get(
    "/metrics",
    tags=["health"],
    summary="数と時間 (Prometheus)",
    dependencies=[Depends(may_measure)],
    response_class=Response,
    responses={
        200: {"description": "Prometheusの形の数", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **responses("key_missing", "key_unknown", "scope_missing", "too_many_requests", "database_not_ready"),
    },
)
async def prometheus() -> Response:
    """Counts and times by route, verdict and channel. Never a text. In production a key of scope `staff` is needed."""
    return Response(metrics.exposition(), media_type=metrics.MEDIA_TYPE)
