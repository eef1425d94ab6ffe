"""The service's bars, measured against real processes: `make service-bars`, or one of them:

    python tests/service_bars.py cpu | overload | counsellors [SECONDS] | kill [ROUNDS] | longest | hostile [BODIES]

Everything runs on loopback with the shipped bundle. `cpu` counts the processor time of the server alone; `overload`
shares the machine with its own clients, so its times are on the high side where there are few cores.
"""

import asyncio
import itertools
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
from api_process import JSON, NO_LIMIT, cpu_seconds, end, free_port, running, start, wait_ready
from hostile_bodies import hostile, longest, text_of
from sqlalchemy import select
from waiting import until

from api.staff.accounts import add_user
from api.staff.audit import COMMAND_LINE
from api.store import Store
from api.store.opted_in import OptedInNotice

CONSTANT = """
import sys, uvicorn
from typing import Annotated
from fastapi import Body, FastAPI
from starlette.responses import Response
from api.schemas import AssessmentRequest
ANSWER = open(sys.argv[2], "rb").read()
app = FastAPI()
@app.post("/v1/assessments")
async def constant(request: Annotated[AssessmentRequest, Body()]) -> Response:
    return Response(ANSWER, media_type="application/json")
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="error")
"""


def body_of(number: int) -> bytes:
    return json.dumps({"text": text_of(number), "channel": "sms"}, ensure_ascii=False).encode()


class Client:
    """Keep-alive connections over plain sockets: a client library costs more than the server's answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.times: list[float] = []
        self.codes: dict[int, int] = {}

    async def post(self, body: bytes) -> None:
        started = time.monotonic()
        reader, writer = self.idle.pop() if self.idle else await self._connection()
        if reader.at_eof():  # idle for longer than the server waits
            reader, writer = await self._connection()
        writer.write(
            b"POST /v1/assessments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body) + body
        )  # fmt: skip
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
        code = int(head[9:12])
        self.codes[code] = self.codes.get(code, 0) + 1
        if code == 200:
            self.times.append(time.monotonic() - started)
        if b"connection: close" not in head:
            self.idle.append((reader, writer))

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def share(self, part: float) -> float:
        return sorted(self.times)[int(len(self.times) * part)] * 1000 if self.times else float("nan")


async def closed_loop(port: int, connections: int, seconds: float) -> Client:
    client, until = Client(port), time.monotonic() + seconds

    async def one(number: int) -> None:
        while time.monotonic() < until:
            number += connections
            await client.post(body_of(number))

    await asyncio.gather(*(one(number) for number in range(connections)))
    return client


async def open_loop(port: int, rate: float, seconds: float) -> Client:
    """Requests start at their times whether the earlier ones are answered or not, as strangers do."""
    client, begin = Client(port), time.monotonic()
    tasks = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(client.post(body_of(number))))
    await asyncio.gather(*tasks)
    return client


def cpu(folder: Path) -> None:
    """Processor time of the server for one assessment against a constant answer of the same size."""
    for connections in (1, 4):
        port = free_port()
        with running(port, folder / "log", **NO_LIMIT) as process:
            asyncio.run(closed_loop(port, connections, 2))
            before = cpu_seconds(process.pid)
            client = asyncio.run(closed_loop(port, connections, 10))
            ours = (cpu_seconds(process.pid) - before) / len(client.times)
            answer = httpx2.post(f"http://127.0.0.1:{port}/v1/assessments", content=body_of(1), headers=JSON)
        (folder / "answer").write_bytes(answer.content)
        port = free_port()
        constant = subprocess.Popen([sys.executable, "-c", CONSTANT, str(port), str(folder / "answer")])
        try:
            time.sleep(5)
            asyncio.run(closed_loop(port, connections, 1))
            before = cpu_seconds(constant.pid)
            client = asyncio.run(closed_loop(port, connections, 5))
            floor = (cpu_seconds(constant.pid) - before) / len(client.times)
        finally:
            constant.kill()
        print(f"{connections} connections: {ours * 1e6:,.0f} µs, constant {floor * 1e6:,.0f} µs: {ours / floor:.1f}×")


def overload(folder: Path) -> None:
    """p99 of what is accepted at twice the sustainable load, against p99 at one request at a time."""
    port = free_port()
    with running(port, folder / "log", **NO_LIMIT):
        asyncio.run(closed_loop(port, 2, 3))
        calm = asyncio.run(closed_loop(port, 1, 10))
        full = asyncio.run(closed_loop(port, 4, 10))
        rate = len(full.times) / 10
        flood = asyncio.run(open_loop(port, 2 * rate, 10))
    print(f"one at a time: p50 {calm.share(0.5):.1f} ms, p99 {calm.share(0.99):.1f} ms ({len(calm.times)} requests)")
    print(f"sustainable: {rate:.0f} requests a second")
    print(
        f"at {2 * rate:.0f} a second: {flood.codes}, p50 {flood.share(0.5):.1f} ms, p99 {flood.share(0.99):.1f} ms, "
        f"{flood.share(0.99) / calm.share(0.99):.1f}× the calm one"
    )


def kill(folder: Path, rounds: int = 50) -> tuple[int, int]:
    """kill -9 during load, again and again: every text that was accepted is there, once. (accepted, stored)"""
    port, url = free_port(), f"sqlite:///{folder / 'kill.sqlite3'}"
    accepted: set[str] = set()
    counter = iter(range(10**9))
    for round_ in range(rounds):
        process = start(port, folder / "log", database=url, opt_in="1", **NO_LIMIT)
        stop = threading.Event()
        try:
            wait_ready(port, process)
            senders = [threading.Thread(target=_send, args=(port, counter, accepted, stop)) for _ in range(3)]
            for sender in senders:
                sender.start()
            before = len(accepted)
            until(lambda before=before: len(accepted) > before, "nothing was accepted")  # type: ignore[misc]
            time.sleep(random.Random(round_).uniform(0.0, 1.2))
            process.send_signal(signal.SIGKILL)
            stop.set()
            for sender in senders:
                sender.join()
        finally:
            end(process)
    with closing(Store.open(url)) as store, store.read() as session:
        stored = list(session.scalars(select(OptedInNotice.text)))
    lost, twice = accepted - set(stored), len(stored) - len(set(stored))
    print(f"{rounds} kills: {len(accepted)} texts accepted, {len(stored)} stored, {len(lost)} lost, {twice} twice")
    assert not lost
    assert not twice
    return len(accepted), len(stored)


def _send(port: int, counter: Any, accepted: set[str], stop: threading.Event) -> None:
    """Each text is sent until it is accepted or the service dies; then again, as a careful client would."""
    with httpx2.Client(timeout=10) as client:
        while not stop.is_set():
            text = f"本日中に払え {next(counter)}号"
            for _ in range(2):
                try:
                    answer = client.post(f"http://127.0.0.1:{port}/v1/assessments", json={"text": text, "store": True})
                except httpx2.HTTPError:
                    return
                if answer.status_code == 200 and answer.json()["stored"]:
                    accepted.add(text)


def counsellors(folder: Path, seconds: int = 20) -> None:
    """Four counsellors who type, with a suggestion every second, and the public page, beside programs that ask
    without a pause; all with the default settings. No person is ever turned away.
    """
    port, url = free_port(), f"sqlite:///{folder / 'staff.sqlite3'}"
    with closing(Store.open(url)) as store, store.write() as session:
        for name in range(4):
            add_user(session, COMMAND_LINE, f"person{name}", "counsellor", "correct horse battery")
    people: list[tuple[int, float]] = []
    # The programs ask more often than the limit for one address allows; people must not feel that either.
    with running(port, folder / "log", database=url, rate_per_address="0"):
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=_counsellor, args=(port, n, until, people)) for n in range(4)]
        threads.append(threading.Thread(target=_public, args=(port, until, people)))
        for thread in threads:
            thread.start()
        programs = asyncio.run(closed_loop(port, 8, seconds))
        for thread in threads:
            thread.join()
    codes = Counter(code for code, _ in people)
    times = sorted(took for _, took in people)
    print(f"people: {dict(codes)}, p50 {times[len(times) // 2] * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms")
    print(f"programs: {programs.codes}, p50 {programs.share(0.5):.0f} ms, p99 {programs.share(0.99):.0f} ms")
    assert set(codes) <= {200, 303}, codes


def _counsellor(port: int, number: int, until: float, answers: list[tuple[int, float]]) -> None:
    """Types 15 characters a second; the page asks for a suggestion; the queue now and then; a case at the end."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        client.post("/staff/login", data={"name": f"person{number}", "password": "correct horse battery"})
        token = re.findall(r'name="csrf" value="([^"]+)"', client.get("/staff/cases/new").text)[0]
        for step in itertools.count(1):
            form = {"csrf": token, "channel": "letter", "text": text_of(number, 15 * (step % 60) + 15)}
            _timed(answers, lambda form=form: client.post("/staff/cases/preview", data=form))
            if step % 5 == 0:
                _timed(answers, lambda: client.get("/staff"))
                _timed(answers, lambda form=form: client.post("/staff/cases/new", data=form))
            time.sleep(1)
            if time.monotonic() > until:
                return


def _public(port: int, until: float, answers: list[tuple[int, float]]) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for step in itertools.count():
            _timed(answers, lambda step=step: client.post("/", data={"text": text_of(step), "channel": "sms"}))
            time.sleep(0.5)
            if time.monotonic() > until:
                return


def _timed(answers: list[tuple[int, float]], send: Callable[[], Any]) -> None:
    started = time.monotonic()
    answers.append((send().status_code, time.monotonic() - started))


BARS: dict[str, Any] = {
    "cpu": cpu,
    "overload": overload,
    "counsellors": counsellors,
    "kill": kill,
    "longest": longest,
    "hostile": hostile,
}


def main() -> None:
    names = sys.argv[1:2] or [*BARS]
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            print(f"== {name}", flush=True)
            BARS[name](Path(folder), *map(int, sys.argv[2:3]))


if __name__ == "__main__":
    main()
