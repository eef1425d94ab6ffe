"""Bodies that mean harm, or are as long as may be, against a real process: the bars `hostile` and `longest` of
`service_bars.py`.
"""

import json
import re
import tempfile
import time
from pathlib import Path

import httpx2
from api_process import JSON, NO_LIMIT, cpu_seconds, free_port, resident_megabytes, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.notice import MAX_CHARACTERS

SENTENCE = "【重要】未納料金があります。本日中にご連絡がない場合、法的手続きに移ります。担当 山田 番号{}。"


def text_of(number: int, characters: int = 500) -> str:
    """Never the same twice, always as long."""
    return "".join(SENTENCE.format(number * 7919 + part) for part in range(characters // 40 + 1))[:characters]


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()))
_JSON = st.recursive(_LEAVES, lambda x: st.lists(x, max_size=5) | st.dictionaries(st.text(max_size=9), x, max_size=5))
_FIELDS = ["text", "channel", "subject", "sender", "received_on", "answers", "prior", "why"]
# Texts that make bad patterns explode: one piece, thousands of times, and something that does not fit.
_PIECES = [
    "1", "a.", "http://", "様", "あ", "\u0301", "𠮷", "差し押さえ", "03-", "(", "令和", " ", "\n", "ｶﾞ", "\u200b", "一",
    "。", "http://x.example/\n", "本日中", "㈱", "11/24 ", "1-",
]  # fmt: skip
_LONG = st.builds(
    lambda pieces, times, last: "".join(pieces) * times + last,
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3), st.integers(1, 3000), st.text(max_size=5),
)  # fmt: skip
# As long as is accepted, and a little longer: authored words, and pieces over and over.
_LONGEST = st.builds(
    lambda piece, length: (piece * (length // len(piece) + 1))[: length - 2] + "あ1",
    st.sampled_from(_PIECES) | st.integers(0, 9).map(lambda number: text_of(number, 5_000)),
    st.sampled_from([5_000, 12_000, 20_000, 20_001, 50_000, 99_999, 100_000, 100_001]),
)
_KINDS = {
    "any JSON": _JSON,
    "our fields with any values": st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=8),
    "a repeated text": _LONG.map(lambda text: {"text": text, "channel": "sms"}),
    "a short text with reasons": _LONG.map(lambda text: {"text": text[:2_000], "why": True}),
}
_BYTES = {
    "no JSON": st.binary(max_size=2000),
    "deep JSON": st.builds(
        lambda opening, times: opening * times,
        st.sampled_from([b"[", b'{"text":', b'"\\u', b"9"]),
        st.integers(1, 99_999),
    ),
}


def _named(name: str, bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[tuple[str, bytes]]:
    return bodies.map(lambda body: (name, body))


_QUICK = [
    *(_named(name, found.map(lambda value: json.dumps(value).encode())) for name, found in _KINDS.items()),
    *(_named(name, found) for name, found in _BYTES.items()),
]
# One in twenty or so is a long one: it takes as long as fifty others.
_SLOW = st.builds(
    lambda text, why: (f"{len(text):,} characters{' with reasons' if why else ''}",
                       json.dumps({"text": text, "why": why}).encode()),
    _LONGEST, st.booleans(),
)  # fmt: skip
BODIES = st.integers(0, 19).flatmap(lambda number: st.one_of(_QUICK) if number else _SLOW)
# What the process may hold at the end over what it held after the first tenth.
MOST_GROWTH_MEGABYTES = 48
MOST_SECONDS = 1.0


def longest(folder: Path) -> None:
    """Texts as long as may be, one at a time: none may cost over a second of one processor."""
    repeated = {repr(piece): (piece * MAX_CHARACTERS)[: MAX_CHARACTERS - 2] + "あ1" for piece in _PIECES}
    authored = text_of(1, MAX_CHARACTERS)
    texts = {
        "authored, one line": authored,
        "authored, lines": authored.replace("。", "。\n")[:MAX_CHARACTERS],
        "authored, 20 characters a line": "\n".join(re.findall(".{1,20}", authored))[:MAX_CHARACTERS],
        **repeated,
    }
    port, slow = free_port(), dict[str, float]()
    with running(port, folder / "log", **NO_LIMIT) as process, httpx2.Client(timeout=60) as client:
        for kind, text in texts.items():
            costs, times = list[float](), list[float]()
            for _ in range(3):
                started, before = time.monotonic(), cpu_seconds(process.pid)
                body = {"text": text, "channel": "letter"}
                answer = client.post(f"http://127.0.0.1:{port}/v1/assessments", json=body)
                costs.append(cpu_seconds(process.pid) - before)
                times.append(time.monotonic() - started)
                assert answer.status_code in (200, 422), answer.text
            print(f"{min(times):.2f} s, {min(costs):.2f} s of processor time, {answer.status_code}: {kind}")
            if min(costs) > MOST_SECONDS:
                slow[kind] = min(costs)
    assert not slow, slow


def hostile(folder: Path, bodies: int = 100_000) -> None:
    """Generated bodies to a real process: no 5xx, no answer that costs over a second, memory flat."""
    port = free_port()
    answered: list[tuple[float, float, str]] = []
    codes, memory = dict[int, int](), dict[int, float]()
    marks = {max(1, bodies * share // 100): share for share in (10, 25, 50, 75, 100)}
    with running(port, folder / "log", **NO_LIMIT) as process, httpx2.Client(timeout=60) as client:

        @settings(max_examples=bodies, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(BODIES)
        def send(drawn: tuple[str, bytes]) -> None:
            kind, body = drawn
            started, before = time.monotonic(), cpu_seconds(process.pid)
            answer = client.post(f"http://127.0.0.1:{port}/v1/assessments", content=body, headers=JSON)
            cost = cpu_seconds(process.pid) - before
            answered.append((cost, time.monotonic() - started, kind))
            if cost > MOST_SECONDS:
                kept = Path(tempfile.gettempdir()) / f"hostile-{len(answered)}.json"
                kept.write_bytes(body)
                print(f"{cost:.2f} s of processor time: {kind}, kept as {kept}", flush=True)
            codes[answer.status_code] = codes.get(answer.status_code, 0) + 1
            if len(answered) in marks:
                memory[marks[len(answered)]] = resident_megabytes(process.pid)
            assert answer.status_code < 500, (kind, body[:200])

        send()
        memory[100] = resident_megabytes(process.pid)
    print(f"{len(answered)} bodies: {codes}")
    print("memory: " + ", ".join(f"{megabytes:.0f} MB at {share} %" for share, megabytes in memory.items()))
    for cost, took, kind in sorted(answered, reverse=True)[:3]:
        print(f"dearest: {cost * 1000:.0f} ms of processor time, answered in {took * 1000:.0f} ms: {kind}")
    cost, took, kind = max(answered, key=lambda answer: answer[1])
    print(f"slowest: {took * 1000:.0f} ms, {cost * 1000:.0f} ms of processor time: {kind}")
    growth = memory[100] - memory[10]
    assert growth <= MOST_GROWTH_MEGABYTES, f"memory grew by {growth:.0f} MB; {MOST_GROWTH_MEGABYTES} MB may be"
    # Processor time: the wall clock also counts whoever shares the machine.
    dearest = max(answered)[0]
    assert dearest <= MOST_SECONDS, f"one body cost {dearest:.2f} s of processor time"
