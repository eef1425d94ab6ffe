"""What the judgement rests on: the catalogue of signs, the model's card."""

from functools import cache
from typing import Any, Final

from fastapi import APIRouter

from api.problems import responses
from api.schemas import Catalogue, CatalogueFlag
from api.scoring import ScoringDependency
from classifier.knowledge import read_toml

router: Final = APIRouter(prefix="/v1", tags=["knowledge"])
# No key is asked for here; one that is sent and wrong is refused all the same.
_EVERYWHERE: Final = ("key_unknown", "too_many_requests", "database_not_ready")


@router.get("/red-flags", summary="不審な点の一覧", responses=responses(*_EVERYWHERE))
async def red_flags() -> Catalogue:
    """Every sign an assessment can name, in the catalogue's order."""
    return catalogue()


@router.get("/model", summary="モデルカード", responses=responses("model_not_ready", *_EVERYWHERE))
async def model(scoring: ScoringDependency) -> dict[str, Any]:
    """How the model was made, what it was measured on, and where it must not be used."""
    return scoring.judge.card


@cache
def catalogue() -> Catalogue:
    """What of the catalogue is of use to others, read once."""
    return Catalogue(red_flags=[CatalogueFlag(**_public(flag)) for flag in read_toml("red_flags.toml")["flag"]])


def _public(flag: dict[str, Any]) -> dict[str, Any]:
    return {name: flag[name] for name in CatalogueFlag.model_fields}
