"""Many notices: order, one that fails alone, streams that hold little and wait for their reader."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from api_browser import served
from api_double import POSTCARD
from api_service import CANARY, Service
from starlette.testclient import TestClient

from api.streaming import lines_of

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
