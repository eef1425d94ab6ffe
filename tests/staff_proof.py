"""The long proofs of the staff queue; `make staff-proof` runs them in full, the suite a small sample of each.

    python tests/staff_proof.py interleavings|kills|scale [--count N] [--seed N]

Each runs on SQLite and on a PostgreSQL of its own, and fails with the first thing that is not as it must be.
"""

import argparse
import contextlib
import datetime as dt
import multiprocessing
import os
import random
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from api_double import JudgeDouble
from conftest import create_database
from postgres_server import postgres_server
from sqlalchemy import func, insert, select
from staff_pages import Browserless, staff_app, staffed

from api.staff import listing
from api.staff.fields import NewCase
from api.staff.intake import prepare
from api.staff.priority import Facts, priority
from api.staff.search import index_words
from api.store import Store, upgrade
from api.store.api_keys import add_key
from api.store.cases import AuditEvent, Case, CaseChange, CaseText, CaseWord
from api.store.engine import new_engine
from classifier.notice import Notice

SMS = "【重要】未納料金がございます。本日中にご連絡なき場合、法的手続きへ移行致します。受付 {}"


def interleavings(database: str, count: int, seed: int) -> str:
    """Two people on one case, reading and writing in random order: every acknowledged word is in the note."""
    draw = random.Random(seed)
    refused = kept = 0
    with staffed(database) as client:
        people = [Browserless(client, "sato"), Browserless(client, "tanaka")]
        for run in range(count):
            case = people[0].new_case(SMS.format(run))
            place = f"/staff/cases/{case}"
            read = {0: ("1", ""), 1: ("1", "")}
            acknowledged: list[str] = []
            for step in range(draw.randint(6, 12)):
                who = draw.randrange(2)
                if draw.random() < 0.5:
                    read[who] = (people[who].version(case), _note(client, case))
                    continue
                version, note = read[who]
                word = f"{'ab'[who]}{step}"
                answer = people[who].post(f"{place}/decision", {"version": version, "note": f"{note} {word}".strip()})
                assert answer.status_code in (303, 412), answer.status_code
                if answer.status_code == 303:
                    acknowledged.append(word)
                else:
                    refused += 1
            assert _note(client, case).split() == acknowledged, f"run {run}: a word was lost"
            kept += len(acknowledged)
    return f"{count} interleavings, {kept} changes kept, {refused} stale ones refused, none lost"


def _note(client: Any, case: int) -> str:
    with client.app.state.store.read() as session:
        return str(session.scalar(select(Case.note).where(Case.id == case)))


def kills(database: str, count: int, seed: int) -> str:
    """A serving process killed at random moments of mixed writes: what was acknowledged stands, and stands whole."""
    draw = random.Random(seed)
    store = Store.open(database)
    key = add_key(store, f"proof {seed} {time.time_ns()}", ["staff"])
    headers = {"Authorization": f"Bearer {key}"}
    created: set[int] = set()
    changed: Counter[int] = Counter()
    odd: list[str] = []
    prepare(NewCase(text=SMS), JudgeDouble().assess_many([Notice(SMS)])[0])  # the dictionary is read before the fork
    for run in range(count):
        with _child(database) as (process, address):
            stop = threading.Event()
            writers = [
                threading.Thread(
                    target=_write, args=(address, headers, draw.randrange(2**32), run, created, changed, stop, odd)
                )
                for _ in range(3)
            ]
            for writer in writers:
                writer.start()
            time.sleep(draw.uniform(0.05, 1.0))
            os.kill(process, signal.SIGKILL)
            stop.set()
            for writer in writers:
                writer.join(30)
        assert not odd, odd[0]
        _check(store, created, changed)
    store.close()
    return f"{count} kills, {len(created)} cases and {changed.total()} changes acknowledged, all there and whole"


@contextlib.contextmanager
def _child(database: str) -> Iterator[tuple[int, str]]:
    """A forked server: nothing is imported again, so a hundred of them take a minute."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(database, listener), daemon=True)
        process.start()
        assert process.pid is not None
    # Our copy of the socket is closed: what the dead left unanswered is refused and does not hang.
    with httpx2.Client(base_url=address, timeout=20) as client:
        assert client.get("/livez").status_code == 200
    yield process.pid, address
    process.join(30)


def _serve(database: str, listener: socket.socket) -> None:
    config = uvicorn.Config(staff_app(database), access_log=False, log_config=None)
    uvicorn.Server(config).run(sockets=[listener])


def _write(
    address: str,
    headers: dict[str, str],
    seed: int,
    run: int,
    created: set[int],
    changed: Counter[int],
    stop: threading.Event,
    odd: list[str],
) -> None:
    draw = random.Random(seed)
    with contextlib.suppress(httpx2.HTTPError), httpx2.Client(base_url=address, headers=headers, timeout=20) as client:
        while not stop.is_set():
            if draw.random() < 0.4 or not created:
                answer = client.post("/v1/cases", json={"text": SMS.format(f"{run} {draw.random()}")})
                if answer.status_code == 201:
                    created.add(answer.json()["id"])
                elif answer.status_code != 503:  # busy: nothing was promised
                    odd.append(answer.text)
                continue
            place = f"/v1/cases/{draw.choice(sorted(created)[-5:])}"
            read = client.get(place)
            body = {"note": f"{draw.random()}", "disposition": draw.choice(["undecided", "other_scam", None])}
            answer = client.patch(place, json=body, headers={"If-Match": read.headers["etag"]})
            if answer.status_code == 200:
                changed[answer.json()["id"]] += 1
            elif answer.status_code != 412:
                odd.append(answer.text)


def _check(store: Store, created: set[int], changed: Counter[int]) -> None:
    with store.read() as session:
        versions = dict(session.execute(select(Case.id, Case.version)).all())
        texts = set(session.scalars(select(CaseText.case_id)))
        worded = set(session.scalars(select(CaseWord.case_id).distinct()))
        steps = dict(session.execute(select(CaseChange.case_id, func.count()).group_by(CaseChange.case_id)).all())
        rows = session.execute(select(AuditEvent.case_id, AuditEvent.action, func.count())
                               .where(AuditEvent.action.in_(["case_created", "case_changed"]))
                               .group_by(AuditEvent.case_id, AuditEvent.action)).all()  # fmt: skip
    audit = {(case, action): number for case, action, number in rows}
    lost = created - versions.keys()
    assert not lost, f"acknowledged cases are gone: {sorted(lost)[:5]}"
    for case, version in versions.items():
        assert case in texts, f"case {case} has no text"
        assert case in worded, f"case {case} has no words"
        assert steps.get(case, 0) == version - 1, f"case {case}: version {version}, {steps.get(case, 0)} changes"
        assert audit.get((case, "case_created")) == 1, f"case {case}: creation is not in the audit"
        assert audit.get((case, "case_changed"), 0) == version - 1, f"case {case}: the audit lacks a change"
        assert changed[case] <= version - 1, f"case {case}: an acknowledged change is gone"


# Few words on purpose: the commoner a word, the longer the list that a search must not read to its end.
_WORDS = [
    "未納料金", "督促", "訴訟", "最終告知", "裁判所", "給付金", "還付金", "電話番号", "口座", "振込", "期限", "本日中",
    "連絡", "手続き", "請求", "会員登録", "有料動画", "退会", "差し押さえ", "弁護士", "事務所", "法的措置", "荷物",
    "不在", "持ち帰り", "税務署", "年金", "水道料金", "電気料金", "消費者センター",
]  # fmt: skip


def scale(database: str, count: int, seed: int) -> str:
    """The queue's pages and searches over `count` cases cost at most three times what they cost over 1,000.

    Both databases are asked in turn, so that whatever else the machine does weighs on both.
    """
    with small_beside(database) as beside:
        stores = (Store.open(beside), Store.open(database))
        for store, number in zip(stores, (1_000, count), strict=True):
            _fill(store, random.Random(seed), number)
        times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ASKED}
        for _ in range(60):
            for name, work in ASKED.items():
                for held, store in zip(times[name], stores, strict=True):
                    with store.read() as session:
                        started = time.perf_counter()
                        work(session)
                        held.append(time.perf_counter() - started)
        for store in stores:
            store.close()
    medians = {name: [1000 * statistics.median(held) for held in both] for name, both in times.items()}
    lines = [
        f"{name}: {small:.1f} ms → {large:.1f} ms ({large / small:.1f}×)" for name, (small, large) in medians.items()
    ]
    report = f"{count:,} cases against 1,000, medians of 60: " + "; ".join(lines)
    assert all(large <= 3 * small for small, large in medians.values()), f"slower than three times: {report}"
    return report


_VIEW = listing.Filter(status="active")
ASKED: dict[str, Callable[[Any], Any]] = {
    "queue page": lambda session: listing.page(session, _VIEW),
    "newest": lambda session: listing.page(session, listing.Filter(sort="newest")),
    "counts of the views": lambda session: [listing.count(session, each) for each in listing.VIEWS.values()],
    "two pages": lambda session: listing.page(session, _VIEW, listing.page(session, _VIEW).next),
    "common word": lambda session: listing.page(session, listing.Filter(q="未納")),
    "common word, newest": lambda session: listing.page(session, listing.Filter(q="督促", sort="newest")),
    "two words": lambda session: listing.page(session, listing.Filter(q="訴訟 裁判所")),
    "rare word": lambda session: listing.page(session, listing.Filter(q="珍語")),
    "word in a view": lambda session: listing.page(session, listing.Filter(q="口座", status="active")),
}


@contextlib.contextmanager
def small_beside(database: str) -> Iterator[str]:
    """A second empty database at head, of the same kind and on the same server."""
    if database.startswith("sqlite"):
        url = f"{database}-small"
    else:
        url = create_database(database.replace("/proof?", "/{database}?"), "small", "template1")
    engine = new_engine(url)
    upgrade(engine)
    engine.dispose()
    yield url


def _fill(store: Store, draw: random.Random, count: int) -> None:
    """Rows as the intake writes them, thousands at a time."""
    now = dt.datetime.now(dt.UTC)
    with store.read() as session:
        first = (session.scalar(select(func.max(Case.id))) or 0) + 1
    for start in range(first, first + count, 5_000):
        cases, texts, words = [], [], []
        for number in range(start, min(start + 5_000, first + count)):
            chosen = draw.sample(_WORDS, 12)
            text = "、".join(chosen) + (f"珍語{'一' if number % 400 == 0 else '二'}" if number % 40 == 0 else "")
            closed = draw.random() < 0.7
            happened = draw.choice([[], ["paid"], ["about_to_pay"]])
            court, vulnerable = draw.random() < 0.05, draw.random() < 0.2
            facts = Facts(now.date(), draw.random(), closed, court, happened=happened, vulnerable=vulnerable)
            place = priority(facts, now.date())
            cases.append({"id": number, "version": 1, "status": "closed" if closed else "open", "created_at": now,
                          "updated_at": now, "created_by": "proof", "channel": "sms", "happened": list(facts.happened),
                          "vulnerable": facts.vulnerable, "opt_out": False, "summary": text[:100], "score": facts.score,
                          "verdict": "suspicious", "stance": "verify_independently", "document_kind": "other",
                          "court": facts.court, "harm_key": place.key, "note": "", "review": "none", "blind": False,
                          "campaign_reason": "", "disposition": "other_scam" if closed else None})  # fmt: skip
            texts.append({"case_id": number, "text": text, "answers": {}, "assessment": {}, "signature": b""})
            words += [{"word": word, "case_id": number, "harm_key": place.key} for word in _index(text)]
        with store.write() as session:
            session.execute(insert(Case), cases)
            session.execute(insert(CaseText), texts)
            session.execute(insert(CaseWord), words)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _index(text: str) -> frozenset[str]:
    """Piece by piece: fugashi would take minutes for the same thirty words."""
    return frozenset().union(*map(_piece, text.split("、")))


_piece = cache(index_words)


@contextlib.contextmanager
def databases() -> Iterator[dict[str, str]]:
    """An empty SQLite file and an empty PostgreSQL database, both at head."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        urls = {
            "SQLite": f"sqlite:///{Path(folder) / 'proof.sqlite3'}",
            "PostgreSQL": create_database(server, "proof", "template1"),
        }
        for url in urls.values():
            engine = new_engine(url)
            upgrade(engine)
            engine.dispose()
        yield urls


PROOFS: dict[str, tuple[Callable[[str, int, int], str], int]] = {
    "interleavings": (interleavings, 200),
    "kills": (kills, 100),
    "scale": (scale, 100_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("proof", choices=PROOFS)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    proof, count = PROOFS[given.proof]
    with databases() as urls:
        for name, url in urls.items():
            started = time.monotonic()
            print(f"{given.proof} on {name}: {proof(url, given.count or count, given.seed)}", end=" ")
            print(f"[{time.monotonic() - started:.0f} s]", flush=True)


if __name__ == "__main__":
    sys.exit(main())
