"""The environment that the image holds, made on this machine: its size, and that nothing the service needs is missing.

make environment-proof              # about two minutes
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from api_process import end, free_port, start, wait_ready
from installed_service import ask_everything

ROOT = Path(__file__).resolve().parents[1]


def install(folder: Path, lock: str) -> Path:
    """A new environment with what `lock` names and the project, as `api/deploy/Containerfile` makes it."""
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for rest in (["--require-hashes", "-r", lock], ["--no-deps", "--no-build-isolation", "."]):
        subprocess.run([*pip, *rest], cwd=ROOT, check=True)
    return folder / "bin" / "scam-notice"


def prove(folder: Path) -> str:
    """One line of what was seen; raises where the service lacks something."""
    program = install(folder, "requirements-service.lock")
    with tempfile.TemporaryDirectory() as place:
        database = f"sqlite:///{place}/service.sqlite3"
        add = [str(program), "keys", "add", "proof", "--scope", "batch", "--scope", "staff", "--database", database]
        key = subprocess.run(add, capture_output=True, text=True, check=True).stdout.split()[-1]
        port, log = free_port(), Path(place) / "log.jsonl"
        process = start(port, log, "--workers", "2", "--database", database, program=[str(program)])
        try:
            wait_ready(port, process)
            ask_everything(f"http://127.0.0.1:{port}", key)
        finally:
            end(process)
    here = megabytes(Path(sys.prefix))
    return f"{megabytes(folder):,.0f} MB with the project against {here:,.0f} MB of .venv without it; every answer came"


def megabytes(folder: Path) -> float:
    """What its files take on the disk, as `du -m` counts."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 2**20


if __name__ == "__main__":
    print(prove(ROOT / "build" / "service-environment"))
