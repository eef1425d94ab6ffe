"""A copy of the whole database while it is in use, and the way back.

SQLite copies itself page by page through its own interface; PostgreSQL's own tools do it for a server.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine import make_url

from api.store import migrate
from api.store.engine import new_engine
from api.store.errors import DatabaseAhead, DatabaseError


class BackupFailed(DatabaseError):
    """The copy could not be made or put back; what was there before is untouched."""


def backup(url: str, target: Path) -> None:
    """Writes a copy to `target`, whole or not at all. Raises BackupFailed where that file is there already."""
    if target.exists():
        raise BackupFailed(f"{target}: is there already; choose another name")
    parsed = make_url(url)
    part = target.with_name(f".{target.name}.part")
    try:
        if parsed.get_backend_name() == "sqlite":
            _copy_sqlite(_file(parsed), part)
        else:
            _run("pg_dump", parsed, "--format=custom", f"--file={part}")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, source: Path) -> None:
    """Puts a backup in the place of the database, then brings it up to this program.

    Stop the service first. Raises BackupFailed, or DatabaseAhead where a newer program wrote the backup.
    """
    if not source.is_file():
        raise BackupFailed(f"{source}: there is no such backup; check the name")
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _restore_sqlite(_file(parsed), source)
    else:
        _run("pg_restore", parsed, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source))
    engine = new_engine(url)
    try:
        migrate.upgrade(engine)
    finally:
        engine.dispose()


def _restore_sqlite(target: Path, source: Path) -> None:
    """Checks a copy beside the target first: a broken or newer backup must not cost the database that is there."""
    part = target.with_name(f".{target.name}.restored")
    part.unlink(missing_ok=True)
    try:
        _copy_sqlite(source, part)
        engine = new_engine(f"sqlite:///{part}")
        try:
            if migrate.state(engine) == "ahead":
                raise DatabaseAhead(f"{source}: a newer scam-notice wrote this backup; restore it with that version")
        finally:
            engine.dispose()
        _copy_sqlite(part, target)
    finally:
        for file in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm"))):
            file.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    """Into a target that others may have open: they see the old content until the copy is whole."""
    if not source.is_file():
        raise BackupFailed(f"{source}: there is no such database")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            if original.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise BackupFailed(f"{source}: is damaged; take an earlier backup")
            original.backup(copy)
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{source}: is no database of ours ({error})") from error


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise BackupFailed("a database in memory has no file; give the URL of one")
    return Path(url.database).resolve()


def _run(tool: str, url: URL, *arguments: str) -> None:
    if shutil.which(tool) is None:
        raise BackupFailed(f"{tool} is missing; install PostgreSQL's client tools (Debian: postgresql-client)")
    # The password goes by the environment: every process list shows the arguments.
    password = {"PGPASSWORD": url.password} if url.password else {}
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run(
        [tool, f"--dbname={plain}", *arguments], capture_output=True, text=True, env={**os.environ, **password}
    )
    if done.returncode != 0:
        raise BackupFailed(f"{tool}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
