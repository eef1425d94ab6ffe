"""The store, for the routes that cannot answer without it."""

from typing import Annotated

from fastapi import Depends, Request

from api.problems import Problem
from api.store import Store


def store_of(request: Request) -> Store:
    """Raises Problem `database_not_ready`."""
    store = request.app.state.store
    if store is None:
        raise Problem("database_not_ready", headers={"Retry-After": "10"})
    assert isinstance(store, Store)
    return store


async def _store(request: Request) -> Store:
    return store_of(request)


StoreDependency = Annotated[Store, Depends(_store)]
