"""What the service promises to programs: many notices, limits, keys, counts, and that nothing of a text stays."""

import asyncio
import datetime as dt
import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_browser import chromium, served
from api_double import POSTCARD, JudgeDouble
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from api import Settings, create_app
from api.logs import JsonLines
from api.opt_in import retention
from api.rate_limit import RateLimit
from api.settings import UnsafeSettings
from api.store import Store
from api.store.api_keys import BadKeyRequest, add_key, find_key, list_keys, revoke_key
from api.store.opted_in import OptedInNotice, delete_older, keep
from api.streaming import lines_of
from classifier import Notice

CANARY = "カナリア7c1fCANARY"


class Service:
    """An application with a database, and a key of each scope."""

    def __init__(self, url: str, judge: JudgeDouble | None = None, **settings: Any) -> None:
        self.judge = judge or JudgeDouble(explode_on="explode")
        self.store = Store.open(url)
        self.keys = {
            scope: add_key(self.store, f"{scope} {time.monotonic_ns()}", [scope])
            for scope in ("assess", "batch", "staff")
        }
        self.app: FastAPI = create_app(Settings(_env_file=None, database=url, **settings), self.judge)

    def auth(self, scope: str, **headers: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[scope]}", **headers}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'service.sqlite3'}"


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    made = Service(url)
    yield made
    made.store.close()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(service.app) as started:
        yield started


MIXED: list[tuple[Any, str | None]] = [
    ({"text": POSTCARD, "channel": "postcard"}, None),
    ({"text": ""}, "text_empty"),
    (3, "body_not_object"),
    ({"text": "x", "channel": "fax"}, "unknown_channel"),
    ({"text": "explode"}, "internal_error"),
    ({"text": "本日中", "prior": 0.2}, None),
    ({"channel": CANARY, "prior": 7}, "invalid_field"),
    ({"text": "x", "why": "yes"}, "flag_not_boolean"),
    ({"text": "y", "why": True}, None),
]


def _codes(results: list[dict[str, Any]]) -> list[str | None]:
    return [result["error"]["code"] if "error" in result else None for result in results]


def test_batch_keeps_order_and_a_bad_one_fails_alone(client: TestClient, service: Service) -> None:
    notices = [item for item, _ in MIXED] * 40
    answer = client.post("/v1/assessments/batch", json={"notices": notices}, headers=service.auth("batch"))
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert _codes(results) == [code for _, code in MIXED] * 40
    single = client.post("/v1/assessments", json=MIXED[0][0]).json()
    assert results[0] == results[9] == single
    assert results[8]["why"] == [{"span": {"start": 0, "end": 1, "text": "y"}, "effect": 0.5}]
    assert "why" not in single
    assert CANARY not in answer.text
    assert 0.2 in service.judge.priors


# body, status, code
BAD_BATCHES = [
    (b"{", 400, "invalid_json"),
    (b"\xff", 400, "unreadable_body"),
    (b"[" * 100_000, 400, "unreadable_body"),
    (b"[]", 422, "body_not_object"),
    (b"{}", 422, "notices_missing"),
    (b'{"notices": {}}', 422, "notices_missing"),
    (json.dumps({"notices": [{"text": "x"}] * 1001}).encode(), 413, "too_many_notices"),
    (b" " * (16 * 1024 * 1024 + 1), 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BATCHES, ids=[row[2] for row in BAD_BATCHES])
def test_bad_batches(client: TestClient, service: Service, body: bytes, status: int, code: str) -> None:
    headers = service.auth("batch", **{"content-type": "application/json"})
    answer = client.post("/v1/assessments/batch", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_empty_batch_is_empty(client: TestClient, service: Service) -> None:
    answer = client.post("/v1/assessments/batch", json={"notices": []}, headers=service.auth("batch"))
    assert answer.json() == {"results": []}


def test_stream_answers_line_by_line(client: TestClient, service: Service) -> None:
    lines = [json.dumps(item, ensure_ascii=False) for item, _ in MIXED] + [
        "",
        "{",
        "\ufeff" + json.dumps({"text": "z"}),
    ]
    headers = service.auth("batch", **{"content-type": "application/x-ndjson"})
    answer = client.post("/v1/assessments/stream", content="\n".join(lines).encode(), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jsonl"
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert _codes(results) == [code for _, code in MIXED] + ["invalid_json", None]
    assert client.post("/v1/assessments/stream", content=b"", headers=headers).text == ""
    refused = client.post("/v1/assessments/stream", json={}, headers=service.auth("batch"))
    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_media_type")


def test_stream_runs_while_it_is_written(service: Service) -> None:
    """One line in, its answer out, before the next line is sent; and it is read no faster than it is taken."""

    async def talk(address: str) -> tuple[list[str], int]:
        reader, writer = await asyncio.open_connection(*address.removeprefix("http://").split(":"), limit=1 << 24)
        writer.write(
            f"POST /v1/assessments/stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            f"Authorization: Bearer {service.keys['batch']}\r\nContent-Type: application/jsonl\r\n"
            f"Expect: 100-continue\r\n\r\n".encode()
        )
        assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
        seen = []
        for text in ("本日中", "二つ目"):
            _chunk(writer, json.dumps({"text": text}).encode() + b"\n")
            if not seen:
                assert b" 200 OK" in await reader.readuntil(b"\r\n\r\n")
            size = int(await asyncio.wait_for(reader.readuntil(b"\r\n"), 10), 16)
            seen.append(json.loads((await reader.readexactly(size + 2)).decode())["verdict"])
        # Nobody takes the answers any more: soon the server stops taking lines, far below what we would send.
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        sent, line = 0, json.dumps({"text": "本日中に" * 200}).encode() + b"\n"
        while sent < 200_000_000:
            _chunk(writer, line * 50)
            try:
                await asyncio.wait_for(writer.drain(), 3)
            except TimeoutError:
                break
            sent += len(line) * 50
        writer.transport.abort()
        return seen, sent

    with served(service.app) as address:
        seen, sent = asyncio.run(talk(address))
        assert seen == ["scam_likely", "scam_likely"]
        assert sent < 60_000_000
        assert httpx2.get(f"{address}/livez").status_code == 200


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n" % len(data) + data + b"\r\n")


def test_lines_are_held_one_at_a_time() -> None:
    async def chunks() -> Any:
        yield b"a\nb"
        yield b"b\n\n \r\nc\nd\ne\n"
        for _ in range(100):
            yield b"x" * 10  # a line without end
        yield b"x\nafter\nlast"

    async def collect() -> list[list[bytes | None]]:
        return [lines async for lines in lines_of(chunks(), 2, line_bytes=50)]

    assert asyncio.run(collect()) == [[b"a"], [b"bb", b"c"], [b"d", b"e"], [None], [b"after"], [b"last"]]


# method, path, scope of the key, status, code
ACCESS = [
    ("POST", "/v1/assessments", None, 200, None),
    ("POST", "/v1/assessments", "assess", 200, None),
    ("POST", "/v1/assessments/batch", None, 401, "key_missing"),
    ("POST", "/v1/assessments/batch", "assess", 403, "scope_missing"),
    ("POST", "/v1/assessments/batch", "batch", 200, None),
    ("POST", "/v1/assessments/stream", None, 401, "key_missing"),
    ("POST", "/v1/assessments/stream", "staff", 403, "scope_missing"),
    ("GET", "/metrics", None, 200, None),
]


@pytest.mark.parametrize(("method", "path", "scope", "status", "code"), ACCESS)
def test_who_may_do_what(
    client: TestClient, service: Service, method: str, path: str, scope: str | None, status: int, code: str | None
) -> None:
    headers = service.auth(scope) if scope else {}
    body = {"notices": []} if path.endswith("batch") else {"text": "x"}
    answer = client.request(method, path, json=body, headers=headers)
    assert answer.status_code == status
    if code:
        assert answer.json()["code"] == code
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


def test_closed_assess_and_metrics(url: str) -> None:
    service = Service(url, open_assess=False, production=True, secret="s" * 32)
    with TestClient(service.app) as client:
        refused = client.post("/v1/assessments", json={"text": "x"})
        assert (refused.status_code, refused.json()["code"]) == (401, "key_missing")
        for scope, status in (("assess", 200), ("batch", 200), ("staff", 403)):
            assert client.post("/v1/assessments", json={"text": "x"}, headers=service.auth(scope)).status_code == status
        assert client.post("/", data={"text": "x"}).status_code == 200, "people always get in"
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers=service.auth("staff")).status_code == 200
    service.store.close()


@pytest.mark.parametrize("presented", ["", "x", "sn_000000000000_" + "a" * 43, "sn_" + "é" * 20, "\x00"])
def test_wrong_keys_are_refused_everywhere(client: TestClient, service: Service, presented: str) -> None:
    header = {"Authorization": f"Bearer {presented}".encode()}
    for path in ("/v1/red-flags", "/v1/assessments"):
        answer = client.request("POST" if path.endswith("ts") else "GET", path, json={"text": "x"}, headers=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")


def test_keys_are_kept_as_hashes_and_end_when_revoked(store: Store) -> None:
    """On SQLite and on PostgreSQL."""
    key = add_key(store, "市役所 batch", ["batch", "assess"])
    found = find_key(store, key)
    assert found is not None
    assert found.scopes == {"assess", "batch"}
    with store.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM api_keys").all())
    assert key not in rows
    assert key.rsplit("_", 1)[1] not in rows
    assert find_key(store, key[:-1] + ("A" if key[-1] != "A" else "B")) is None
    for name, scopes in (
        ("市役所 batch", ["batch"]),
        ("new", ["admin"]),
        ("new", []),
        ("a\nb", ["batch"]),
        ("", ["batch"]),
    ):
        with pytest.raises(BadKeyRequest):
            add_key(store, name, scopes)
    revoke_key(store, "市役所 batch")
    assert find_key(store, key) is None
    with pytest.raises(BadKeyRequest):
        revoke_key(store, "市役所 batch")
    assert [shown.name for shown in list_keys(store)] == ["市役所 batch"]


def test_revoked_key_is_refused_by_a_running_service(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access.KEY_SECONDS", 0.0)
    body = {"notices": []}
    assert client.post("/v1/assessments/batch", json=body, headers=service.auth("batch")).status_code == 200
    revoke_key(service.store, service.keys["batch"].split("_")[1])
    assert client.post("/v1/assessments/batch", json=body, headers=service.auth("batch")).status_code == 401


def test_rate_limits_with_retry_after(url: str) -> None:
    service = Service(url, rate_per_address=3, rate_per_key=5)
    with TestClient(service.app) as client:
        codes = [client.post("/v1/assessments", json={"text": "x"}).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        refused = client.get("/v1/red-flags")
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        guessed = client.get("/v1/model", headers={"Authorization": "Bearer sn_000000000000_" + "a" * 43})
        assert guessed.status_code == 429, "guessing keys counts for the address"
        keyed = [client.get("/v1/model", headers=service.auth("assess")).status_code for _ in range(6)]
        assert keyed == [200] * 5 + [429]
        assert client.get("/livez").status_code == 200
    service.store.close()


def test_allowance_comes_back_with_time() -> None:
    rates = RateLimit()
    assert [rates.wait("a", 60, 100.0) for _ in range(61)] == [0] * 60 + [1]
    assert rates.wait("a", 60, 101.0) == 0
    assert rates.wait("a", 60, 101.0) == 1
    assert rates.wait("b", 60, 101.0) == 0
    assert rates.wait("a", 0, 101.0) == 0
    assert sum(rates.wait("a", 60, 1000.0) == 0 for _ in range(100)) == 60


class Slow(JudgeDouble):
    """Waits in every call until it is let go; counts how many were judged together."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.sizes: list[int] = []

    def assess_many(self, notices: Any, *, prior: float | None = None) -> Any:
        self.gate.wait(10)
        self.sizes.append(len(notices))
        return super().assess_many(notices, prior=prior)


def test_a_full_service_says_so_and_what_waits_is_judged_together(url: str) -> None:
    judge = Slow()
    service = Service(url, judge, max_waiting=4)
    answers: list[Any] = []
    with served(service.app) as address:

        def send(number: int) -> None:
            answers.append(httpx2.post(f"{address}/v1/assessments", json={"text": f"本日中 {number}"}, timeout=20))

        threads = [threading.Thread(target=send, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        time.sleep(0.3)
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(refused) == 5
        assert all(answer.json()["code"] == "busy" and int(answer.headers["retry-after"]) > 0 for answer in refused)
        page = threading.Thread(target=lambda: httpx2.post(f"{address}/", data={"text": "page"}, timeout=20))
        page.start()
        time.sleep(0.2)
        judge.gate.set()
        for thread in [*threads, page]:
            thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [503] * 5
    assert judge.sizes == [1, 5], "the first alone, then all that waited, the page's too"


def test_what_takes_too_long_is_given_up(url: str) -> None:
    judge = Slow()
    service = Service(url, judge, max_seconds=0.2)
    with TestClient(service.app) as client:
        answer = client.post("/v1/assessments", json={"text": "x"})
        assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")
        judge.gate.set()
    service.store.close()


def test_one_that_fails_among_many_that_wait_fails_alone(url: str) -> None:
    service = Service(url, max_waiting=50)

    async def together() -> list[int]:
        transport = httpx2.ASGITransport(service.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
            texts = ["本日中"] * 5 + ["explode"] + ["本日中"] * 5
            sent = [client.post("/v1/assessments", json={"text": text}) for text in texts]
            return [answer.status_code for answer in await asyncio.gather(*sent)]

    assert asyncio.run(together()) == [200] * 5 + [500] + [200] * 5
    service.store.close()


def test_long_requests_have_few_places(url: str) -> None:
    service = Service(url, max_streams=1)
    with TestClient(service.app) as client:
        service.app.state.streams.free = 0
        for path, sent in (
            ("/v1/assessments/batch", {"json": {"notices": []}}),
            ("/v1/assessments/stream", {"content": b"", "headers": {"content-type": "application/jsonl"}}),
            ("/v1/assessments/file", {"files": {"file": ("a.txt", b"x")}}),
        ):
            headers = {**service.auth("batch"), **sent.pop("headers", {})}  # type: ignore[dict-item]
            answer = client.post(path, headers=headers, **sent)  # type: ignore[arg-type]
            assert (answer.status_code, answer.json()["code"]) == (503, "busy"), path
    service.store.close()


def test_metrics_count_without_a_word_of_the_text(client: TestClient, service: Service) -> None:
    def value(line: str) -> float:
        found = re.search(rf"^{re.escape(line)} (\S+)$", client.get("/metrics").text, re.M)
        return float(found[1]) if found else 0.0

    verdicts = 'scam_notice_verdicts_total{channel="sms",verdict="scam_likely"}'
    requests = 'scam_notice_requests_total{method="POST",route="/v1/assessments",status="200"}'
    before = value(verdicts), value(requests)
    client.post("/v1/assessments", json={"text": CANARY, "channel": "sms"})
    client.post("/", data={"text": CANARY, "channel": "sms"})
    client.post(
        "/v1/assessments/batch", json={"notices": [{"text": CANARY, "channel": "sms"}]}, headers=service.auth("batch")
    )
    assert value(verdicts) - before[0] == 3
    assert value(requests) - before[1] == 1
    assert value("scam_notice_queue_depth") == 0
    assert CANARY not in client.get("/metrics").text


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


# settings, keys, what the refusal names
UNSAFE: list[tuple[dict[str, Any], int, str | None]] = [
    ({}, 0, None),
    ({"host": "0.0.0.0"}, 0, None),
    ({"production": True}, 1, "SCAM_NOTICE_SECRET"),
    ({"production": True, "secret": "short"}, 1, "SCAM_NOTICE_SECRET"),
    ({"production": True, "secret": "s" * 32}, 0, None),
    ({"production": True, "secret": "s" * 32, "host": "0.0.0.0"}, 0, "keys add"),
    ({"production": True, "secret": "s" * 32, "host": "::"}, 0, "keys add"),
    ({"production": True, "secret": "s" * 32, "host": "notice.example"}, 0, "keys add"),
    ({"production": True, "secret": "s" * 32, "host": "0.0.0.0"}, 1, None),
    ({"production": True, "secret": "s" * 32, "host": "::1"}, 0, None),
]


@pytest.mark.parametrize(("given", "keys", "named"), UNSAFE)
def test_production_refuses_what_is_unsafe(given: dict[str, Any], keys: int, named: str | None) -> None:
    settings = Settings(_env_file=None, **given)
    if named is None:
        settings.check(keys)
        return
    with pytest.raises(UnsafeSettings, match=named):
        settings.check(keys)


def test_ready_only_with_a_database_at_head(url: str) -> None:
    service = Service(url)
    with TestClient(service.app) as client:
        assert client.get("/readyz").status_code == 200
        with service.store.write() as session:
            session.connection().exec_driver_sql("DELETE FROM alembic_version")
        behind = client.get("/readyz")
        assert (behind.status_code, behind.json()["code"]) == (503, "database_not_ready")
        assert client.get("/livez").status_code == 200
        assert client.post("/v1/assessments", json={"text": "x"}).status_code == 200, "assessing needs no database"
    service.store.close()


def test_docs_draw_themselves_without_the_network(service: Service) -> None:
    with served(service.app) as address, chromium() as browser:
        page = browser.new_page()
        elsewhere: list[str] = []
        errors: list[str] = []
        page.on("request", lambda r: None if r.url.startswith((address, "data:")) else elsewhere.append(r.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}/docs")
        page.get_by_text("/v1/assessments/batch").wait_for()
        page.get_by_text("/v1/assessments/stream").wait_for()
        assert (elsewhere, errors) == ([], [])


def test_examples_of_the_description_are_true(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    single = document["paths"]["/v1/assessments"]["post"]
    request = document["components"]["schemas"]["AssessmentRequest"]["examples"][0]
    shown = single["responses"]["200"]["content"]["application/json"]["example"]
    assert client.post("/v1/assessments", json=request).json() == shown
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert "500" in operation["responses"], path
            assert operation["summary"]
