"""The shipped bundle, loaded once; databases of both kinds, fresh for every test."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_browser import SCREENSHOTS, chromium
from api_service import Service
from playwright.sync_api import Browser
from postgres_server import postgres_server
from sqlalchemy import create_engine, text
from staff_pages import staffed
from starlette.testclient import TestClient

from api.store import Store, upgrade
from api.store.engine import new_engine
from api.store.tables import METADATA
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
        create_database(url, "template", "template1")
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
    return create_database(request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex}", "template1")


@pytest.fixture(scope="session")
def shared_postgres(postgres: str) -> str:
    """One database at head that tests use in turn; each finds it without rows."""
    return create_database(postgres, "shared", "template")


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database at head without rows; each test runs on both kinds. The schema must stay as it is."""
    if database_kind == "sqlite":
        place = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), place)
        return f"sqlite:///{place}"
    url = str(request.getfixturevalue("shared_postgres"))
    _empty(url)
    return url


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = Store.open(database)
    yield opened
    opened.close()


def _empty(url: str) -> None:
    """Much quicker than a new database. The audit refuses to be emptied, so its triggers are put to sleep."""
    engine = new_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        names = ", ".join(f'"{table.name}"' for table in METADATA.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()


def create_database(url: str, name: str, template: str) -> str:
    """A new database on the server at `url`, copied from a template."""
    engine = create_engine(url.format(database="postgres").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return url.format(database=name)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An embedded database that the service makes at its start."""
    return f"sqlite:///{tmp_path / 'service.sqlite3'}"


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    """The service with its keys; modules that need another make their own."""
    made = Service(url)
    yield made
    made.store.close()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(service.app) as started:
        yield started


@pytest.fixture
def staff_client(database: str) -> Iterator[TestClient]:
    """The staff queue with people in it, on each kind of database."""
    with staffed(database) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module: two of playwright's loops cannot run in one thread."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with chromium() as launched:
        yield launched
