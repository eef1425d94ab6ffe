"""Servers that a comparison starts for itself: loopback alone, in a folder of its own, ended whatever happens."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0


class ServerNotStarted(RuntimeError):
    """A server ended, or did not answer in time; the message says which and how its log ends."""


@contextmanager
def server(
    command: Sequence[str],
    folder: Path,
    ready: Callable[[], bool],
    *,
    processor: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """The process id of a running server that is `ready`, leader of a session that its children share.

    It runs in `folder` and on `processor` alone where one is given and taskset is installed. It is told to end with
    the block, by an error too, and killed with its children where it does not obey. Raises ServerNotStarted.
    """
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*_prefix(processor), *command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out,
            stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                raise ServerNotStarted(f"{command[0]} did not start: {' '.join(last) or 'it says nothing'}")
            time.sleep(0.02)
        yield process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_STOP_SECONDS)


def _prefix(processor: int | None) -> list[str]:
    # The kernel ends the server when we are killed and can end nothing ourselves.
    with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    alone = ["taskset", "-c", str(processor)] if processor is not None and shutil.which("taskset") else []
    return [*with_us, *alone]


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 that nothing listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def processor_seconds(leaders: Sequence[int]) -> float:
    """Processor time so far of all living processes in the sessions of these leaders. Linux only."""
    ticks = 0
    for _, fields in _processes_of(leaders):
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mebibytes(leaders: Sequence[int]) -> float:
    """Memory now of all living processes in these sessions; what they share is counted once. Linux only."""
    total = 0
    for process, _ in _processes_of(leaders):
        with suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _processes_of(leaders: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """Every process of the sessions with the fields of its `stat` after the name, which may hold spaces."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
            if int(fields[3]) in leaders:
                yield int(stat.parent.name), fields
