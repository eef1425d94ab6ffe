"""What HTTP lets a caller expect of any service: HEAD, a slash too many, compressed bodies, old versions."""

import gzip
import json
import socket

import httpx2
import pytest
from api_browser import served
from api_service import Service
from starlette.testclient import TestClient

BODY = json.dumps({"text": "未納料金があります。本日中にご連絡ください。"}).encode()


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/guidance", "/livez", "/readyz", "/metrics", "/v1/red-flags", "/v1/model", "/openapi.json",
             "/static/page.css", "/problems/busy"],
)  # fmt: skip
def test_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "cache-control", "content-security-policy"):
        assert head.headers[name] == whole.headers[name]


def test_a_probe_by_head_costs_no_connection(service: Service) -> None:
    """A balancer asks /readyz so, again and again over one connection."""
    with served(service.app) as url, httpx2.Client(base_url=url) as caller:
        for _ in range(3):
            answer = caller.head("/readyz")
            assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "15", b"")
        assert caller.get("/readyz").json() == {"status": "ok"}
        assert 'route="/readyz"' in caller.get("/metrics").text


@pytest.mark.parametrize(
    ("asked", "leads"),
    [("/guidance/", "/guidance"), ("/guidance/?q=%E7%9D%A3%E4%BF%83", "/guidance?q=%E7%9D%A3%E4%BF%83"),
     ("/docs/", "/docs"), ("/livez/", "/livez"), ("/staff/login/", "/staff/login")],
)  # fmt: skip
def test_a_slash_too_many_leads_to_the_page(client: TestClient, asked: str, leads: str) -> None:
    answer = client.get(asked, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, leads)


@pytest.mark.parametrize("path", ["/v1/assessments", "/v1/assessments/batch", "/v1/assessments/stream"])
def test_a_compressed_body_is_named(client: TestClient, service: Service, path: str) -> None:
    media_type = "application/jsonl" if path.endswith("stream") else "application/json"
    headers = {**service.auth("batch"), "content-type": media_type, "content-encoding": "gzip"}
    answer = client.post(path, content=gzip.compress(BODY), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "圧縮" in answer.json()["detail"]
    plain = {**headers, "content-encoding": "identity"}
    good = BODY if media_type.endswith("l") or not path.endswith("batch") else b'{"notices": [%s]}' % BODY
    assert client.post(path, content=good, headers=plain).status_code == 200


@pytest.mark.parametrize("head", [b"HTTP/1.0\r\n", b"HTTP/1.0\r\nConnection: keep-alive\r\n"])
def test_http_of_1996(service: Service, head: bytes) -> None:
    """Some monitors and old appliances speak no newer one, and send no Host."""
    with served(service.app) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            length = b"Content-Length: %d\r\n" % len(BODY)
            connection.sendall(b"POST /v1/assessments " + head + b"Content-Type: application/json\r\n" + length)
            connection.sendall(b"\r\n" + BODY)
            answer = connection.recv(65536)
    assert answer.split(b"\r\n")[0].endswith(b" 200 OK")
