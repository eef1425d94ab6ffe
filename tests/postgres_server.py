"""A private PostgreSQL for the tests: its own cluster in a temporary directory, heard on a Unix socket only."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of the cluster's own database, ending in `{database}`; the test fails where no server is installed."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="scam-notice-postgres-", dir="/tmp"))
    # PostgreSQL refuses to run as root; the package's own user, else nobody, owns the cluster then.
    user = _unprivileged()
    if user:
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"

    def run(*command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, user=user, cwd=folder)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"

    try:
        run(str(binaries / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        # A killed process loses nothing by fsync=off, only a crashed machine would.
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=60"
        run(str(binaries / "pg_ctl"), "-D", str(data), "-l", str(log), "-o", options, "-w", "start")
        try:
            yield f"postgresql://tests@/{{database}}?host={folder}"
        finally:
            run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("pg_ctl")
    if not debian and on_path is None:
        pytest.fail("PostgreSQL is missing: make postgres, or install Debian's package postgresql", pytrace=False)
    return debian[-1] if debian else Path(str(on_path)).resolve().parent


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
