"""For the machinery around the service: does it run, can it answer."""

from typing import Final

from anyio import to_thread
from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError

from api.problems import Problem, responses
from api.schemas import Health
from api.scoring import ScoringDependency
from api.store import Store, at_head

router: Final = APIRouter(tags=["health"])


@router.get("/livez", summary="動いているか", responses=responses())
async def livez() -> Health:
    """Says that the process answers, nothing more."""
    return Health()


@router.get("/readyz", summary="判定できるか", responses=responses("model_not_ready", "database_not_ready"))
async def readyz(request: Request, scoring: ScoringDependency) -> Health:
    """503 until the trained bundle is loaded and the database answers with the schema of this program."""
    assert scoring.judge
    store: Store | None = request.app.state.store
    try:
        ready = store is not None and await to_thread.run_sync(at_head, store.engine)
    except SQLAlchemyError:
        ready = False
    if not ready:
        raise Problem("database_not_ready", headers={"Retry-After": "10"})
    return Health()
