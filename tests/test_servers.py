"""Servers that we start: they end with the block, with an error, and with us."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

from classifier import servers
from classifier.servers import ServerNotStarted, free_ports, listens, server

LISTEN = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('ready', 'w'); time.sleep(60)"
PARENT = """
import sys, time
from pathlib import Path
from classifier.servers import server
with server(["sleep", "60"], Path(sys.argv[1]), lambda: True) as started:
    print(started, flush=True)
    time.sleep(60)
"""


def alive(process: int) -> bool:
    """A process that has ended and waits to be collected is not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def test_it_is_up_in_the_block_alone(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with server([*LISTEN, str(port)], tmp_path, lambda: listens(port)):
        assert listens(port)
    assert not listens(port)


def test_one_that_does_not_obey_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_STOP_SECONDS", 0.5)
    with server([sys.executable, "-c", DEAF], tmp_path, (tmp_path / "ready").exists) as process:
        assert alive(process)
    assert not alive(process)


def test_one_that_ends_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerNotStarted, match=r"did not start: no port for me"),
        server([sys.executable, "-c", "raise SystemExit('no port for me')"], tmp_path, lambda: False),
    ):
        pytest.fail("never up")


def test_one_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_START_SECONDS", 0.2)
    with pytest.raises(ServerNotStarted, match="sleep did not start"), server(["sleep", "60"], tmp_path, lambda: False):
        pytest.fail("never up")


def test_it_ends_when_we_are_killed(tmp_path: Path) -> None:
    """By setpriv of util-linux, which every Debian has; without it this fails."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout
        started = int(parent.stdout.readline())
        assert alive(started)
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not alive(started), "it lives on")


def test_ports_differ() -> None:
    assert len(set(free_ports(5))) == 5
