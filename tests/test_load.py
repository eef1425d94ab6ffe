"""A full service: what waits is judged together, the rest is told to come back."""

import asyncio
import re
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from api_browser import served
from api_double import JudgeDouble
from api_service import Service
from staff_pages import PASSWORD, add_people
from starlette.testclient import TestClient
from waiting import until


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'service.sqlite3'}"


class Slow(JudgeDouble):
    """Waits in every call until it is let go; counts how many were judged together."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.sizes: list[int] = []

    def assess_many(self, notices: Any, *, prior: float | None = None) -> Any:
        self.begun.set()
        self.gate.wait(60)
        self.sizes.append(len(notices))
        return super().assess_many(notices, prior=prior)


def _inside(address: str) -> int:
    """Notices that wait or are being judged."""
    shown = re.search(r"^scam_notice_queue_depth (\S+)$", httpx2.get(f"{address}/metrics", timeout=20).text, re.M)
    assert shown
    return int(float(shown[1]))


def test_a_full_service_says_so_and_what_waits_is_judged_together(url: str) -> None:
    judge = Slow()
    service = Service(url, judge, max_waiting=4)
    answers: list[Any] = []
    with served(service.app) as address:
        before = _inside(address)

        def send(number: int) -> None:
            answers.append(httpx2.post(f"{address}/v1/assessments", json={"text": f"本日中 {number}"}, timeout=20))

        threads = [threading.Thread(target=send, args=(number,)) for number in range(10)]
        threads[0].start()
        assert judge.begun.wait(10)
        for thread in threads[1:]:
            thread.start()
        until(lambda: len(answers) == 5 and _inside(address) == before + 5, "five are not inside")
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(refused) == 5
        assert all(answer.json()["code"] == "busy" and int(answer.headers["retry-after"]) > 0 for answer in refused)
        page = threading.Thread(target=lambda: httpx2.post(f"{address}/", data={"text": "page"}, timeout=20))
        page.start()
        until(lambda: _inside(address) == before + 6, "the sixth does not wait")
        judge.gate.set()
        for thread in [*threads, page]:
            thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [503] * 5
    assert judge.sizes == [1, 5], "the first alone, then all that waited, the page's too"


def test_people_wait_where_programs_are_turned_away(url: str) -> None:
    """With the default settings four counsellors get their suggestions, and the public its page, in a full house."""
    judge = Slow()
    service = Service(url, judge, rate_per_address=0)
    add_people(service.store)
    programs: list[int] = []
    people: list[int] = []
    with served(service.app) as address, httpx2.Client(base_url=address, timeout=20) as client:
        assert client.post("/staff/login", data={"name": "sato", "password": PASSWORD}).status_code == 303
        csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get("/staff/cases/new").text)[0]

        def program() -> None:
            programs.append(httpx2.post(f"{address}/v1/assessments", json={"text": "本日中"}, timeout=20).status_code)

        def counsellor(place: str) -> None:
            people.append(client.post(f"/staff/cases/{place}", data={"csrf": csrf, "text": "本日中に払え"}).status_code)

        def public() -> None:
            people.append(httpx2.post(address, data={"text": "本日中"}, timeout=20).status_code)

        threads = [threading.Thread(target=program) for _ in range(6)]
        threads += [threading.Thread(target=counsellor, args=(place,)) for place in ["preview"] * 4 + ["new"] * 2]
        threads += [threading.Thread(target=public) for _ in range(3)]
        for thread in threads:
            thread.start()
            time.sleep(0.03)
        until(lambda: programs.count(503) >= 2, "no program is turned away")
        time.sleep(0.3)
        judge.gate.set()
        for thread in threads:
            thread.join()
    assert programs.count(503) >= 2, "one is judged and three wait, or three wait before the first is taken"
    assert sorted(people) == [200] * 7 + [303] * 2


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
