"""The schema's history (Alembic) and where a database stands in it."""

from pathlib import Path
from typing import Final, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from api.store.errors import DatabaseAhead

MIGRATIONS: Final = Path(__file__).resolve().parent / "migrations"
State = Literal["head", "behind", "ahead"]


def upgrade(engine: Engine, revision: str = "heads") -> None:
    """Brings the schema to `revision`; does nothing where it is there. Raises DatabaseAhead.

    One transaction on both databases: a killed upgrade leaves the old schema.
    """
    where = state(engine)
    if where == "ahead":
        raise DatabaseAhead("a newer scam-notice has written this database; run that version or restore a backup")
    if where == "head" and revision == "heads":
        return
    # Workers that start together queue here: the write lock on SQLite, an advisory lock on PostgreSQL.
    with engine.execution_options(scam_notice_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7318831)")
        command.upgrade(config(connection), revision)


def at_head(engine: Engine) -> bool:
    """Whether the schema is the one that this program was written for."""
    return state(engine) == "head"


def state(engine: Engine) -> State:
    """Compares the revisions in the database with those of the program."""
    script = ScriptDirectory.from_config(config())
    with engine.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    known = {revision.revision for revision in script.walk_revisions()}
    if not current <= known:
        return "ahead"
    return "head" if current == set(script.get_heads()) else "behind"


def config(connection: object = None) -> Config:
    """Alembic's configuration; there is no alembic.ini to lose."""
    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings
