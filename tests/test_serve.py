"""The real process: workers that share one model, a worker that dies, an end that finishes what was accepted."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from api_process import free_port, running
from click.testing import Result
from service_bars import kill
from typer.testing import CliRunner
from waiting import until

from api import commands, server
from api.settings import Settings
from api.store.api_keys import BadKeyRequest

CANARY = "カナリア7c1fCANARY"


def _inside(address: str) -> int:
    """Notices that wait or are being judged, in all workers."""
    found = re.search(r"^scam_notice_queue_depth (\S+)$", httpx2.get(f"{address}/metrics", timeout=30).text, re.M)
    assert found
    return int(float(found[1]))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _proportional_megabytes(pid: int) -> float:
    found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    assert found
    return int(found[1]) / 1024


def test_two_workers(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log.jsonl"
    address = f"http://127.0.0.1:{port}"
    with running(port, log, "--workers", "2", rate_per_address="0", max_waiting="50") as process:
        until(lambda: len(_children(process.pid)) == 2, "the second worker did not start")
        workers = _children(process.pid)
        for _ in range(12):  # a connection each, so that both workers get some
            assert httpx2.post(f"{address}/v1/assessments", json={"text": f"本日中に {CANARY}"}).status_code == 200
        everyone = [_proportional_megabytes(pid) for pid in (process.pid, *workers)]
        alone = sum(everyone) / 3
        assert max(everyone[1:]) < 0.75 * _resident_megabytes(workers[0]), "the model's pages are shared"
        assert alone > 20
        counts = [httpx2.get(f"{address}/metrics").text for _ in range(4)]
        verdicts = [sum(map(float, re.findall(r"^scam_notice_verdicts_total\S+ (\S+)", text, re.M))) for text in counts]
        assert verdicts == [12.0] * 4, "whichever worker answers, it answers for all"

        os.kill(workers[0], signal.SIGKILL)
        until(lambda: len(set(_children(process.pid)) - {workers[0]}) == 2, "the dead worker was not replaced")
        assert httpx2.post(f"{address}/v1/assessments", json={"text": "x"}).status_code == 200

        # What was accepted before SIGTERM is answered after it: long letters, half a second of work each.
        answers: list[int] = []

        def send() -> None:
            answers.append(
                httpx2.post(f"{address}/v1/assessments", json={"text": "本日中に。" * 15_000}, timeout=30).status_code
            )

        threads = [threading.Thread(target=send) for _ in range(3)]
        for thread in threads:
            thread.start()
        until(lambda: len(answers) + _inside(address) >= 3, "not all three were accepted")
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert answers == [200] * 3
        assert process.wait(15) == 0
    lines = log.read_text(encoding="utf-8").splitlines()
    logged = [json.loads(line) for line in lines]  # every line is JSON
    assert CANARY not in "\n".join(lines)
    requests = [line for line in logged if line["event"] == "request"]
    assert all(re.fullmatch("[0-9a-f]{32}", line["request_id"]) for line in requests)
    assert {"time", "level", "logger", "method", "route", "status", "ms"} <= requests[0].keys()


def _resident_megabytes(pid: int) -> float:
    found = re.search(r"^Rss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    assert found
    return int(found[1]) / 1024


def test_killed_during_load_nothing_accepted_is_lost(tmp_path: Path) -> None:
    """One round of the fifty of `make service-bars`."""
    accepted, stored = kill(tmp_path, rounds=1)
    assert 0 < accepted <= stored


def test_unit_and_container_file_name_what_exists() -> None:
    deploy = Path(server.__file__).parent / "deploy"
    unit = (deploy / "scam-notice.service").read_text(encoding="utf-8")
    container = (deploy / "Containerfile").read_text(encoding="utf-8")
    for name in re.findall(r"SCAM_NOTICE_([A-Z_]+)=", unit + container):
        assert name.lower() in Settings.model_fields, name
    line = re.search(r"^ExecStart=\S+/scam-notice (.+)$", unit, re.M)
    assert line
    server.parser().parse_args(line[1].split()[1:])
    for source in re.findall(r"^COPY ((?!--).+) \S+$", container, re.M):
        assert all((deploy.parent.parent / name).exists() for name in source.split()), source


# settings, what the line says
REFUSED = [
    ({"PRODUCTION": "1"}, "openssl rand"),
    ({"PRODUCTION": "1", "SECRET": "s" * 40, "HOST": "0.0.0.0"}, "scam-notice keys add"),
    ({"DATABASE": "mysql://x", "PRODUCTION": "1", "SECRET": "s" * 40}, "only sqlite and postgresql"),
    ({"PORT": "seventy"}, "SCAM_NOTICE_PORT"),
]


@pytest.mark.parametrize(("settings", "words"), REFUSED)
def test_does_not_start(
    settings: dict[str, str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCAM_NOTICE_DATABASE", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    for name, value in settings.items():
        monkeypatch.setenv(f"SCAM_NOTICE_{name}", value)
    with pytest.raises(SystemExit) as stopped:
        server.main([], run=lambda *_, **__: pytest.fail("it started"))
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1
    assert "s" * 40 not in said


def test_settings_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SCAM_NOTICE_MAX_WAITING=9\n")
    monkeypatch.chdir(tmp_path)
    assert Settings().max_waiting == 9


def test_keys_on_the_command_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'k.sqlite3'}"

    def keys(*words: str) -> Result:
        return CliRunner().invoke(commands.app, ["keys", *words, "--database", url])

    # Once as an operator runs it, through the hand-over from the library's command line.
    command = [sys.executable, "-m", "classifier", "keys", "add", "市役所", "--scope", "batch", "--scope", "assess"]
    made = subprocess.run([*command, "--database", url], capture_output=True, text=True, timeout=120)
    assert made.returncode == 0
    key = made.stdout.strip()
    assert re.fullmatch(r"sn_[0-9a-f]{12}_[\w-]{43}", key)
    shown = keys("list").stdout
    assert "市役所" in shown
    assert "assess,batch" in shown
    assert key not in shown
    assert keys("revoke", "市役所").exit_code == 0
    assert "revoked" in keys("list").stdout
    assert isinstance(keys("add", "x", "--scope", "root").exception, BadKeyRequest)
