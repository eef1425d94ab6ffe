"""The container file and the systemd unit: what they name exists. `make container` builds the image and tries it."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from api_process import free_port, running
from installed_service import ask_everything

from api.store import Store
from api.store.api_keys import add_key

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "api" / "deploy"
FILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+)$", FILE, re.M) for name in line.split()[:-1]]
    assert {"requirements-service.lock", "classifier", "api"} <= set(copied)
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    assert set(copied) == kept
    for name in copied:
        assert (ROOT / name).exists(), name


def _pinned(name: str) -> dict[str, set[str]]:
    """`package==version` → its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.split(r"^(?=[a-z])", text, flags=re.M)[1:]
    assert not re.search(r"://|^-|^ *--(?!hash=sha256:)| /|file:", text, re.M), f"{name} names a place of some machine"
    return {re.split(r"[ ;]", pin, maxsplit=1)[0]: set(re.findall(r"--hash=(\S+)", pin)) for pin in pins}


def test_the_image_holds_what_was_tested_and_only_what_the_service_needs() -> None:
    """`make environment-proof` tries that nothing is missing."""
    tested, served = _pinned("requirements.lock"), _pinned("requirements-service.lock")
    assert all(tested.values())
    assert served == {pin: tested.get(pin, set()) for pin in served}, "run `make lock`"
    names = {pin.partition("==")[0] for pin in served}
    assert {"fastapi", "psycopg-binary", "pypdfium2", "unidic-lite", "hatchling"} <= names
    assert not names & {"pytest", "mypy", "playwright", "pandas", "polars", "matplotlib", "distributed", "nbclient"}


def test_what_is_asked_of_the_image_is_answered_here(url: str, tmp_path: Path) -> None:
    """The same questions as `make environment-proof` and `make container`, to the environment of the tests."""
    store = Store.open(url)
    key = add_key(store, "proof", ["batch", "staff"])
    store.close()
    port = free_port()
    with running(port, tmp_path / "log.jsonl", database=url):
        ask_everything(f"http://127.0.0.1:{port}", key)


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is missing: apt-get install systemd", pytrace=False)
    unit = (DEPLOY / "scam-notice.service").read_text(encoding="utf-8")
    # The program that it starts is installed on no machine that only tests.
    (tmp_path / "scam-notice.service").write_text(
        unit.replace("/opt/scam-notice/bin/scam-notice", shutil.which("true") or "/bin/true"), encoding="utf-8"
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "./scam-notice.service"], cwd=tmp_path, capture_output=True, text=True
    )
    complaints = [line for line in done.stderr.splitlines() if "scam-notice" in line]
    assert (done.returncode, complaints) == (0, [])
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "./scam-notice.service"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", rated.stdout)
    assert exposure, rated.stderr
    assert float(exposure[1]) <= 2.0


def test_the_unit_starts_what_the_command_line_knows() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(DEPLOY / "scam-notice.service", encoding="utf-8")
    words = unit["Service"]["ExecStart"].split()
    shown = subprocess.run(
        [sys.executable, "-m", "classifier", "serve", "--help"], capture_output=True, text=True
    ).stdout
    assert words[1] == "serve"
    assert all(word in shown for word in words if word.startswith("--"))
