"""The database: one URL, SQLite or PostgreSQL, one schema for both.

    store = Store.open("sqlite:///scam-notice.sqlite3")     # migrates an embedded database by itself
    with store.write() as session: ...                      # commits at the end, or nothing of it
    with store.read() as session: ...

A concern brings its tables as a module of this package (listed in `api.store.tables`) and its own line of
migrations under `migrations/versions/`, all starting at `0001`.
"""

from api.store.base import Base, UtcDateTime
from api.store.engine import Store
from api.store.errors import DatabaseAhead, DatabaseError, DatabaseNotAtHead, DatabaseUnreachable
from api.store.migrate import at_head, upgrade

__all__ = [
    "Base",
    "DatabaseAhead",
    "DatabaseError",
    "DatabaseNotAtHead",
    "DatabaseUnreachable",
    "Store",
    "UtcDateTime",
    "at_head",
    "upgrade",
]
