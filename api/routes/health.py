"""For the machinery around the service: does it run, can it answer."""

from typing import Final

from fastapi import APIRouter

from api.problems import responses
from api.schemas import Health
from api.scoring import ScoringDependency

router: Final = APIRouter(tags=["health"])


@router.get("/livez", summary="動いているか", responses=responses())
async def livez() -> Health:
    """Says that the process answers, nothing more."""
    return Health()


@router.get("/readyz", summary="判定できるか", responses=responses("model_not_ready"))
async def readyz(scoring: ScoringDependency) -> Health:
    """503 until the trained bundle is loaded."""
    assert scoring.judge
    return Health()
