"""Nothing of a text stays, unless both agree; then it is masked, kept once and deleted on schedule."""

import asyncio
import datetime as dt
import logging
from pathlib import Path
from typing import Any

import pytest
from api_double import JudgeDouble
from api_service import CANARY, Service
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from api.logs import JsonLines
from api.opt_in import retention
from api.store import Store
from api.store.opted_in import OptedInNotice, delete_older, keep
from classifier import Notice


@pytest.mark.parametrize("offered", [True, False])
def test_a_text_is_stored_only_where_both_agree(url: str, offered: bool) -> None:
    service = Service(url, opt_in=offered)
    with TestClient(service.app) as client:
        text = "山田太郎様 本日中に 1234 5678 9018"
        for sent, stored in (
            ({}, None),
            ({"store": False}, False),
            ({"store": True}, offered),
            ({"store": True}, offered),
        ):
            assert client.post("/v1/assessments", json={"text": text, **sent}).json().get("stored") == stored
    with service.store.read() as session:
        kept = list(session.scalars(select(OptedInNotice.text)))
    assert kept == (["〔名前〕様 本日中に 〔マイナンバー〕"] if offered else []), "once, however often it was sent"
    service.store.close()


def test_who_agreed_is_told_when_it_cannot_be_kept(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise OperationalError(f"INSERT {CANARY}", {"text": CANARY}, Exception(CANARY))

    monkeypatch.setattr("api.opt_in.keep_notice", broken)
    service = Service(url, opt_in=True)
    with TestClient(service.app) as client:
        agreed = {"text": CANARY, "store": True}
        refused = client.post("/v1/assessments", json=agreed)
        assert (refused.status_code, refused.json()["code"]) == (503, "database_not_ready")
        body = {"notices": [{"text": "x"}, agreed]}
        results = client.post("/v1/assessments/batch", json=body, headers=service.auth("batch")).json()["results"]
        assert [result.get("error", {}).get("code") for result in results] == [None, "database_not_ready"]
        page = client.post("/", data={"text": CANARY, "store": "1"})
        assert page.status_code == 503
        assert f"{CANARY}</textarea>" in page.text, "what was typed is kept for the next try"
    assert CANARY not in "\n".join(map(JsonLines().format, caplog.records))
    service.store.close()


def test_retention_deletes_on_both_databases(store: Store, tmp_path: Path) -> None:
    (assessment,) = JudgeDouble().assess_many([Notice(f"本日中 {CANARY}\0")])
    keep(store, assessment)
    keep(store, assessment)
    now = dt.datetime.now(dt.UTC)
    assert delete_older(store, 30, now + dt.timedelta(days=29)) == 0
    assert delete_older(store, 30, now + dt.timedelta(days=31)) == 1

    async def run() -> None:
        async with retention(store, days=1, every=0.01):
            await asyncio.sleep(0.05)

    asyncio.run(run())
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        files = b"".join(path.read_bytes() for path in tmp_path.glob("test.sqlite3*"))
        assert b"opted_in_notices" in files
        assert CANARY.encode() not in files, "deleted is gone from the file, not only from the table"


def test_no_canary_anywhere_after_a_full_run(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Logs, metrics, error bodies and the database file, after every route has seen the canary."""
    service = Service(url, opt_in=True)
    texts = []
    with caplog.at_level(logging.DEBUG), TestClient(service.app, raise_server_exceptions=False) as client:
        body: dict[str, Any] = {"text": f"explode {CANARY}", "sender": CANARY, "subject": CANARY, "store": False}
        texts.append(client.post(f"/v1/assessments?{CANARY}", json=body))
        texts.append(client.post("/v1/assessments", json={"text": CANARY, "channel": CANARY, CANARY: CANARY}))
        texts.append(
            client.post("/v1/assessments/batch", json={"notices": [body, CANARY]}, headers=service.auth("batch"))
        )
        stream = {**service.auth("batch"), "content-type": "application/jsonl"}
        texts.append(client.post("/v1/assessments/stream", content=f'{{"{CANARY}'.encode(), headers=stream))
        texts.append(client.post("/v1/assessments/file", files={"file": (CANARY, b"MZ" + CANARY.encode())}))
        texts.append(client.get(f"/{CANARY}", headers={"Authorization": f"Bearer {CANARY}".encode()}))
        client.post(
            "/v1/assessments", json={**body, "text": f"{CANARY} 本日中", "store": True, "subject": "x", "sender": "y"}
        )
        client.post("/file", files={"file": ("x.txt", CANARY.encode())})
        client.post("/", data={"text": f"explode {CANARY}"})
        texts.append(client.get("/metrics"))
    assert CANARY not in "".join(answer.text for answer in texts)
    assert CANARY not in "\n".join(map(JsonLines().format, caplog.records))
    service.store.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("service.sqlite3*"))
    assert stored.count(CANARY.encode()) == 1, "only the one that was opted in"
    caplog.clear()
