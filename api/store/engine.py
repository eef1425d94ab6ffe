"""One URL to an engine, and sessions that either read or write.

SQLite: WAL, so that readers never wait for the writer; foreign keys on; a busy writer is waited for. A
transaction that means to write says so when it begins (`BEGIN IMMEDIATE`): one that starts by reading and
writes later cannot be made to wait, SQLite fails it at once with "database is locked".
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from api.store import migrate
from api.store.errors import DatabaseAhead, DatabaseError, DatabaseNotAtHead, DatabaseUnreachable

BUSY_SECONDS: Final = 30
_WRITES: Final = "scam_notice_writes"


class Store:
    """The engine and its sessions. Threads may share it; a session belongs to one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Connects, and brings an embedded SQLite database to head by itself.

        A server's database is changed only by `scam-notice database upgrade`, so that several workers do
        not do it at once and an operator makes the backup first. Raises DatabaseUnreachable,
        DatabaseNotAtHead or DatabaseAhead.
        """
        engine = new_engine(url)
        try:
            if engine.dialect.name == "sqlite":
                migrate.upgrade(engine)
            else:
                _require_head(engine)
        except (OperationalError, DatabaseError) as error:
            engine.dispose()
            if isinstance(error, DatabaseError):
                raise
            raise DatabaseUnreachable(
                f"{_shown(url)}: cannot be opened; check SCAM_NOTICE_DATABASE and that the server runs"
            ) from error
        return cls(engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session whose changes, if any, are thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when the block ends and keeps nothing when it raises."""
        connection_options = self.engine.execution_options(**{_WRITES: True})
        with Session(connection_options, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Gives the connections back."""
        self.engine.dispose()


def new_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL. Raises DatabaseUnreachable for any other URL."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseUnreachable(f"{_shown(url)}: is no database URL; write sqlite:///notices.sqlite3") from error
    if backend == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_folder(Path(parsed.database), url)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend == "postgresql":
        try:
            # SQLAlchemy's own name for version 3 of psycopg, whatever the URL says after the plus.
            return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise DatabaseUnreachable(
                "PostgreSQL needs the extra `postgres`: pip install 'scam-notice[postgres]'"
            ) from error
    raise DatabaseUnreachable(f"{_shown(url)}: only sqlite and postgresql are known")


def _make_folder(file: Path, url: str) -> None:
    try:
        file.resolve().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnreachable(f"{_shown(url)}: cannot be opened; its folder cannot be made") from error


def _require_head(engine: Engine) -> None:
    state = migrate.state(engine)
    if state == "behind":
        raise DatabaseNotAtHead("the database is older than the program; run `scam-notice database upgrade`")
    if state == "ahead":
        raise DatabaseAhead("a newer scam-notice has written this database; run that version or restore a backup")


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    # None: pysqlite leaves BEGIN to us, see `_begin_sqlite`.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL, NORMAL survives a killed process; FULL also survives the power going.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten: a text whose time is over must not stay in the file's free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _shown(url: str) -> str:
    """The URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "SCAM_NOTICE_DATABASE"
