"""Keeping a notice where its sender agreed and the operator offers it, and deleting it when its time is over."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Final

from anyio import to_thread
from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from api import metrics
from api.problems import Problem
from api.settings import Settings
from api.store import Store
from api.store.opted_in import delete_older
from api.store.opted_in import keep as keep_notice
from classifier.result import Assessment

LOG: Final = logging.getLogger("scam_notice.opt_in")
_EVERY_SECONDS: Final = 3600.0


class OptIn:
    """What a route needs to keep a notice."""

    def __init__(self, settings: Settings, store: Store | None) -> None:
        self.offered = settings.opt_in and store is not None
        self._store = store

    def keep(self, assessment: Assessment) -> bool:
        """Whether the notice is in the database now, committed. Blocks; call it off the event loop.

        False where the operator does not offer it. Raises Problem `database_not_ready` where it should be
        kept and cannot: who agreed to it must not be told that it was done.
        """
        if not self.offered or self._store is None:
            return False
        try:
            keep_notice(self._store, assessment)
        except SQLAlchemyError as error:
            # The statement's parameters, and so the text, stand in the exception's message.
            LOG.error("%s while keeping a notice", type(error).__name__)
            raise Problem("database_not_ready", headers={"Retry-After": "10"}) from None
        metrics.STORED.inc()
        return True


@contextlib.asynccontextmanager
async def retention(store: Store | None, days: int, every: float = _EVERY_SECONDS) -> AsyncIterator[None]:
    """Deletes what is too old, at once and then every hour, while the block runs.

    A deletion that has begun is waited for: its thread holds a connection of a store that is closed next.
    """
    if store is None:
        yield
        return
    over = asyncio.Event()

    async def schedule() -> None:
        while not over.is_set():
            try:
                gone = await to_thread.run_sync(delete_older, store, days)
            except SQLAlchemyError as error:
                LOG.error("%s while deleting old notices; tried again in an hour", type(error).__name__)
            else:
                if gone:
                    LOG.info("%d opted-in notices older than %d days deleted", gone, days)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), every)

    task = asyncio.create_task(schedule())
    try:
        yield
    finally:
        over.set()
        await task


async def _opt_in(request: Request) -> OptIn:
    return OptIn(request.app.state.settings, request.app.state.store)


OptInDependency = Annotated[OptIn, Depends(_opt_in)]
