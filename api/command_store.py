"""The database of a command: its option, and the open store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from api.settings import Settings
from api.store import Store

Url = Annotated[str | None, typer.Option("--database", help="URL; default SCAM_NOTICE_DATABASE.")]


@contextmanager
def open_store(url: str | None) -> Iterator[Store]:
    """The store at the URL, or at the one that the settings name."""
    store = Store.open(url or Settings().database)
    try:
        yield store
    finally:
        store.close()
