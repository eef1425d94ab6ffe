"""The base of the store on both databases: sessions, migrations, what is refused."""

import datetime as dt
import shutil
import threading
import uuid
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import create_database
from sqlalchemy import inspect, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapped, mapped_column

from api.store import Base, DatabaseAhead, DatabaseNotAtHead, DatabaseUnreachable, Store, UtcDateTime, at_head, upgrade
from api.store.engine import new_engine
from api.store.migrate import config
from api.store.tables import METADATA


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """One of its own: these tests change schemas."""
    if database_kind == "sqlite":
        place = tmp_path / "own.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), place)
        return f"sqlite:///{place}"
    return create_database(request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex}", "template")


def test_the_migrations_make_what_the_classes_say(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_upgrade_twice_is_upgrade_once(empty_database: str) -> None:
    engine = new_engine(empty_database)
    assert not at_head(engine)
    upgrade(engine)
    assert at_head(engine)
    tables = inspect(engine).get_table_names()
    upgrade(engine)
    assert inspect(engine).get_table_names() == tables
    engine.dispose()


def test_every_migration_can_be_taken_back(empty_database: str) -> None:
    engine = new_engine(empty_database)
    upgrade(engine)
    with engine.execution_options(scam_notice_writes=True).begin() as connection:
        command.downgrade(config(connection), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()


def test_workers_that_start_together_upgrade_once(empty_database: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        engine = new_engine(empty_database)
        try:
            upgrade(engine)
        except Exception as error:
            failures.append(error)
        finally:
            engine.dispose()

    workers = [threading.Thread(target=start) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    engine = new_engine(empty_database)
    assert at_head(engine)
    engine.dispose()


def test_an_embedded_database_upgrades_itself_and_a_server_does_not(empty_database: str, database_kind: str) -> None:
    if database_kind == "sqlite":
        store = Store.open(empty_database)
        assert at_head(store.engine)
        store.close()
    else:
        with pytest.raises(DatabaseNotAtHead, match="database upgrade"):
            Store.open(empty_database)


def test_a_database_of_a_newer_program_is_left_alone(database: str) -> None:
    engine = new_engine(database)
    with engine.execution_options(scam_notice_writes=True).begin() as connection:
        connection.execute(text("INSERT INTO alembic_version VALUES ('future')"))
    with pytest.raises(DatabaseAhead, match="newer"):
        Store.open(database)
    with pytest.raises(DatabaseAhead):
        upgrade(engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("scam-notice.sqlite3", "is no database URL"),
        ("mysql://user:geheim@localhost/db", "only sqlite and postgresql|is no database URL"),
        ("oracle+nothing://user:geheim@localhost/db", "only sqlite and postgresql|is no database URL"),
        ("postgresql://user:geheim@/db?host=/nowhere", "cannot be opened"),
        ("sqlite:////proc/nowhere/x.sqlite3", "cannot be opened"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, says: str) -> None:
    with pytest.raises(DatabaseUnreachable, match=says) as caught:
        Store.open(url)
    assert "geheim" not in str(caught.value)


def test_a_write_is_whole_or_not_at_all(store: Store) -> None:
    with store.write() as session:
        session.execute(text("CREATE TABLE probe (n INTEGER PRIMARY KEY)"))

    def fail_half_way() -> None:
        with store.write() as session:
            session.execute(text("INSERT INTO probe VALUES (1)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with store.read() as session:
        assert session.execute(text("SELECT count(*) FROM probe")).scalar_one() == 0


def test_reads_keep_nothing(store: Store) -> None:
    with store.write() as session:
        session.execute(text("CREATE TABLE probe (n INTEGER PRIMARY KEY)"))
    with store.read() as session:
        session.execute(text("INSERT INTO probe VALUES (1)"))
    with store.read() as session:
        assert session.execute(text("SELECT count(*) FROM probe")).scalar_one() == 0


def test_writers_wait_for_each_other(store: Store) -> None:
    """Read, add one, write: eight at a time lose no addition and meet no "database is locked"."""
    with store.write() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))

    def add() -> None:
        for _ in range(10):
            with store.write() as session:
                if session.get_bind().dialect.name == "postgresql":
                    n = session.execute(text("SELECT n FROM counter FOR UPDATE")).scalar_one()
                else:
                    n = session.execute(text("SELECT n FROM counter")).scalar_one()
                session.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar_one() == 80


def test_sqlite_waits_forgets_nothing_and_checks_references(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'new folder' / 'x.sqlite3'}")
    with store.read() as session:
        found = {name: session.execute(text(f"PRAGMA {name}")).scalar_one() for name in
                 ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    store.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


class _Moment(Base):
    __tablename__ = "moment_of_a_test"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


Base.metadata.remove(Base.metadata.tables["moment_of_a_test"])


def test_a_point_in_time_comes_back_as_the_same_point(store: Store) -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    at = dt.datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=tokyo)
    with store.write() as session:
        session.execute(text("CREATE TABLE moment_of_a_test (id INTEGER PRIMARY KEY, at TIMESTAMP NULL)") if
                        store.engine.dialect.name == "sqlite" else
                        text("CREATE TABLE moment_of_a_test (id SERIAL PRIMARY KEY, at TIMESTAMPTZ NULL)"))  # fmt: skip
        session.add_all([_Moment(id=1, at=at), _Moment(id=2, at=None)])
    with store.read() as session:
        found = session.get(_Moment, 1)
        nothing = session.get(_Moment, 2)
    assert found is not None
    assert found.at == at
    assert found.at.tzinfo is dt.UTC
    assert nothing is not None
    assert nothing.at is None
    with pytest.raises(StatementError, match="needs its zone"), store.write() as session:
        session.add(_Moment(id=3, at=dt.datetime(2026, 11, 22)))
