"""The service as its operator runs it: `scam-notice serve` in a process of its own."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2

JSON = {"content-type": "application/json"}
NO_LIMIT = {"rate_per_address": "0"}
PROGRAM = (sys.executable, "-m", "classifier")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    port: int, log: Path, *options: str, program: Sequence[str] = PROGRAM, **settings: str
) -> subprocess.Popen[bytes]:
    """Started in a group of its own, so that a worker left behind by a killed parent can be ended too."""
    environment = {**os.environ, **{f"SCAM_NOTICE_{name.upper()}": value for name, value in settings.items()}}
    with log.open("ab") as out:
        return subprocess.Popen(
            [*program, "serve", "--port", str(port), *options], env=environment, cwd=log.parent, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip


def wait_ready(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the service ended with {process.returncode} while starting"
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"not ready within {seconds} seconds")


def end(process: subprocess.Popen[bytes]) -> None:
    """Whatever is left of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@contextlib.contextmanager
def running(port: int, log: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    process = start(port, log, *options, **settings)
    try:
        wait_ready(port, process)
        yield process
    finally:
        end(process)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident_megabytes(pid: int) -> float:
    found = re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert found
    return int(found[1]) / 1024
