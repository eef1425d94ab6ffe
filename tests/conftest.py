"""The shipped bundle, loaded once; databases of both kinds, fresh for every test."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import postgres_server
from sqlalchemy import create_engine, text

from api.store import Store, upgrade
from api.store.engine import new_engine
from classifier import Assessor
from classifier.bundle import DEFAULT_BUNDLE


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    assert DEFAULT_BUNDLE.is_dir(), "no trained bundle: run `make train` first"
    return Assessor.load()


@pytest.fixture(scope="session", autouse=True)
def _no_database_in_the_working_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An application made without a URL of its own writes here, not beside the sources."""
    place = tmp_path_factory.mktemp("database") / "default.sqlite3"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCAM_NOTICE_DATABASE", f"sqlite:///{place}")
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running PostgreSQL with `{database}` to fill; its `template` database is at head."""
    with postgres_server() as url:
        _create(url, "template", "template1")
        engine = new_engine(url.format(database="template"))
        upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at head."""
    place = tmp_path_factory.mktemp("database") / "template.sqlite3"
    engine = new_engine(f"sqlite:///{place}")
    upgrade(engine)
    engine.dispose()
    return place


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    return _create(request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex}", "template1")


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database at head without rows; each test runs on both kinds."""
    if database_kind == "sqlite":
        place = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), place)
        return f"sqlite:///{place}"
    return _create(request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex}", "template")


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = Store.open(database)
    yield opened
    opened.close()


def _create(url: str, name: str, template: str) -> str:
    engine = create_engine(url.format(database="postgres").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return url.format(database=name)
