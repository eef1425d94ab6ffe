"""The load over HTTP: every body is sent whole, a refusal is no speed, and what is missing has a name.

Needs wrk, which `make test` installs; without it these tests fail.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from classifier import http_speed

BODIES = [b'{"text": "a\nb"}', "3\n料金".encode(), b"x" * 5000]


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[tuple[str, str | None, bytes]]]]:
    seen: list[tuple[str, str | None, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["Content-Type"], body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port, seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def load(folder: Path, port: int) -> dict[str, float]:
    (folder / "wrk.lua").write_text(http_speed._SCRIPT)
    bodies = http_speed._bodies(folder / "bodies", BODIES)
    return http_speed._wrk(folder, [port, bodies, "/here", "text/x"], 1, 1, http_speed._processors()[1])


def test_every_body_arrives_whole_and_in_turn(tmp_path: Path) -> None:
    with answering(200) as (port, seen):
        found = load(tmp_path, port)
    assert found["requests"] >= 10
    assert found["requests_a_second"] == pytest.approx(found["requests"], rel=0.3)
    assert 0 < found["p50_ms"] <= found["p99_ms"]
    # wrk asks for one before it begins, and does not send it.
    assert seen[:4] == [("/here", "text/x", BODIES[number]) for number in (1, 2, 0, 1)]


def test_a_refusal_is_no_speed(tmp_path: Path) -> None:
    with answering(503) as (port, _), pytest.raises(RuntimeError, match="requests failed"):
        load(tmp_path, port)


def test_a_reading() -> None:
    own = {"requests": 50, "microseconds": 2_000_000, "failed": 0, "p50": 1500, "p99": 9000}
    printed = f"Running 2s test\n{json.dumps(own)}\n"
    assert http_speed.reading_of(printed) == {
        "requests": 50, "requests_a_second": 25.0, "p50_ms": 1.5, "p99_ms": 9.0
    }  # fmt: skip
    with pytest.raises(RuntimeError, match="0 were answered"):
        http_speed.reading_of(json.dumps(own | {"requests": 0}))


def test_what_is_missing_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "wrk" else program)
    assert http_speed.measure_http(["本文"])["problem"] == "wrk not installed"


def test_a_server_that_does_not_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None if program in ("setpriv", "taskset") else program)
    monkeypatch.setattr(http_speed.rspamd, "free_ports", lambda count: [0, 0, 0])
    monkeypatch.setenv("PATH", "/nonexistent")
    problem = http_speed.measure_http(["本文"])["problem"]
    assert problem.startswith("failed: ")
    assert "redis-server" in problem
