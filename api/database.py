"""The application's database: opened once, when it starts or when first asked for."""

import logging
import threading
from typing import Annotated, Final

from fastapi import Depends, Request

from api.problems import Problem
from api.store import DatabaseError, Store

LOG: Final = logging.getLogger("scam_notice.database")


class Database:
    """Holds the store. A database that cannot be opened leaves the public page up and answers 503 here."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._lock = threading.Lock()

    @property
    def store(self) -> Store:
        """The store, or the 503 that says there is none; the next request tries again."""
        with self._lock:
            if self._store is None:
                try:
                    self._store = Store.open(self._url)
                except DatabaseError as error:
                    LOG.critical("%s: %s", type(error).__name__, error)
                    raise Problem("database_not_ready", headers={"Retry-After": "10"}) from error
            return self._store

    def open(self) -> None:
        """Opens it now, so that a fault is logged at the start and not at the first case."""
        try:
            _ = self.store
        except Problem:
            return  # logged; `/readyz` and every route that needs it say so

    def close(self) -> None:
        """Gives the connections back; a later request would open anew."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None


def _store(request: Request) -> Store:
    database = request.app.state.database
    assert isinstance(database, Database)
    return database.store


StoreDependency = Annotated[Store, Depends(_store)]
