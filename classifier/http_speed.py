"""Our service beside rspamd's Bayes filter over HTTP: the same notices, one processor each, in turns, from wrk.

rspamd with its redis shares one processor, our service of one worker has the same one, and wrk has another where
there is one. rspamd does nothing but Bayes here, which is its fastest, and has learnt authored training texts. It
closes every connection after its answer; so we are asked for the same, and neither gains by connections kept open.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from classifier import corpus, rspamd
from classifier.servers import free_ports, processor_seconds, resident_mebibytes, server

CONNECTIONS: Final = (16, 1)
_PROGRAMS: Final = (*rspamd.PROGRAMS, "wrk")
_TURNS: Final = 3
_LEARN_EVERY: Final = 4
_SETTLE_SECONDS: Final = 0.3
_SPARE_SECONDS: Final = 60
# wrk sends the bodies of a file, each after its length on a line of its own, one after the other.
_SCRIPT: Final = """\
local requests, at = {}, 0
function init(args)
  local file = assert(io.open(args[1], "rb"))
  local headers = {["Content-Type"] = args[3], ["Connection"] = "close"}
  for length in function() return file:read("*l") end do
    requests[#requests + 1] = wrk.format("POST", args[2], headers, file:read(tonumber(length)))
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local lost = summary.errors
  io.write(string.format('\\n{"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p99": %d}\\n',
    summary.requests, summary.duration, lost.connect + lost.read + lost.write + lost.status + lost.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


def measure_http(texts: Sequence[str], seconds: int = 4) -> dict[str, Any]:
    """Requests a second, processor time, waiting and memory of both, ready for JSON; `problem` where it cannot be.

    `seconds` is the time of one turn; there are three turns for each server and number of connections.
    """
    report: dict[str, Any] = {"problem": None, "texts": len(texts), "seconds_a_turn": seconds}
    missing = [program for program in _PROGRAMS if not shutil.which(program)]
    if missing:
        return report | {"problem": f"{', '.join(missing)} not installed"}
    if not Path("/proc/self/stat").exists():
        return report | {"problem": "the processor time of a server is measured on Linux alone"}
    with tempfile.TemporaryDirectory(prefix="scam-notice-") as folder:
        try:
            return report | _compare(Path(folder), texts, seconds)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            return report | {"problem": f"failed: {' '.join(str(error).split())}"}


def _compare(folder: Path, texts: Sequence[str], seconds: int) -> dict[str, Any]:
    first, last = _processors()
    (folder / "wrk.lua").write_text(_SCRIPT, encoding="ascii")
    mails = _bodies(folder / "mails", [rspamd.mail_of(text) for text in texts])
    posts = _bodies(folder / "posts", [json.dumps({"text": text}, ensure_ascii=False).encode() for text in texts])
    port = free_ports(1)[0]
    with ExitStack() as stack:
        theirs = stack.enter_context(rspamd.running(folder, first))
        learnt = _teach(theirs)
        ours = stack.enter_context(_service(folder, port, first))
        sides = {
            "rspamd": (theirs.processes, [theirs.scan_port, mails, "/checkv2", "message/rfc822"]),
            "ours": ((ours,), [port, posts, "/v1/assessments", "application/json"]),
        }
        turns: dict[tuple[int, str], list[dict[str, float]]] = {}
        for turn in range(-1, _TURNS):
            for connections in CONNECTIONS:
                for name, (leaders, target) in sides.items():
                    # The turn before the first warms up and does not count.
                    before = processor_seconds(leaders)
                    found = _wrk(folder, target, connections, seconds if turn >= 0 else 1, last)
                    # What wrk no longer waited for must not burden the other side.
                    time.sleep(_SETTLE_SECONDS)
                    found["processor_ms"] = 1000 * (processor_seconds(leaders) - before) / found.pop("requests")
                    if turn >= 0:
                        turns.setdefault((connections, name), []).append(found)
        memory = {name: round(resident_mebibytes(leaders), 1) for name, (leaders, _) in sides.items()}
    by_connections = {}
    for connections in CONNECTIONS:
        own = {name: _medians(turns[connections, name]) for name in sides}
        rate, spent = (own["ours"][key] / own["rspamd"][key] for key in ("requests_a_second", "processor_ms"))
        ratios = {"times_rspamd": round(rate, 3), "processor_time_to_rspamd": round(spent, 3)}
        by_connections[str(connections)] = own | ratios
    return {"learnt": learnt, "processors": [first, last], "connections": by_connections, "mebibytes": memory}


def _processors() -> tuple[int, int]:
    """The one that serves and the one that asks; the same one where there is no other."""
    own = sorted(os.sched_getaffinity(0))
    return own[0], own[-1]


def _bodies(path: Path, bodies: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(b"%d\n%s" % (len(body), body) for body in bodies))
    return path


def _teach(filter_: rspamd.Rspamd) -> dict[str, int]:
    """How many authored training texts of each label rspamd has learnt. Raises RuntimeError where it cannot judge."""
    authored = [record for record in corpus.read_authored() if corpus.split_of(record.group) == "train"]
    examples = [e for e in corpus.build(authored) if e.origin == "authored"][::_LEARN_EVERY]
    learnt = {"scam": 0, "genuine": 0}
    for example in examples:
        learnt[example.label] += filter_.learn(rspamd.mail_of(example.text), scam=example.label == "scam")
    found = [filter_.probability(rspamd.mail_of(e.text)) for e in examples if e.label == "scam"]
    if statistics.median(found) <= 0.5:
        raise RuntimeError("rspamd does not recognise the scams that it has just learnt")
    return learnt


def _service(folder: Path, port: int, processor: int) -> Any:
    """`scam-notice serve` with one worker, and room for as many as wait here, so that it refuses none."""
    command = [sys.executable, "-m", "classifier", "serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--database", f"sqlite:///{folder}/service.sqlite3"]
    unlimited = {"SCAM_NOTICE_RATE_PER_ADDRESS": "0", "SCAM_NOTICE_MAX_WAITING": str(4 * max(CONNECTIONS))}
    own = {name: value for name, value in os.environ.items() if not name.startswith("SCAM_NOTICE_")}

    def ready() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    return server(command, folder, ready, processor=processor, environment=own | unlimited)


def _wrk(folder: Path, target: Sequence[object], connections: int, seconds: int, processor: int) -> dict[str, float]:
    """What wrk found. Raises RuntimeError where an answer failed: a refusal would pass for speed."""
    port, *arguments = target
    command = ["taskset", "-c", str(processor)] if shutil.which("taskset") else []
    command += ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", "wrk.lua", f"http://127.0.0.1:{port}", "--"]
    done = subprocess.run(
        [*command, *map(str, arguments)], cwd=folder, check=True, capture_output=True, timeout=seconds + _SPARE_SECONDS
    )
    return reading_of(done.stdout.decode())


def reading_of(printed: str) -> dict[str, float]:
    """The last line that our script lets wrk print. Raises RuntimeError where requests failed or none was answered."""
    found = json.loads(printed.strip().splitlines()[-1])
    if found["failed"] or not found["requests"]:
        raise RuntimeError(f"wrk: {found['failed']} requests failed, {found['requests']} were answered")
    return {
        "requests": found["requests"],
        "requests_a_second": 1e6 * found["requests"] / found["microseconds"],
        "p50_ms": found["p50"] / 1000,
        "p99_ms": found["p99"] / 1000,
    }


def _medians(turns: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(turn[key] for turn in turns), 3) for key in turns[0]}
