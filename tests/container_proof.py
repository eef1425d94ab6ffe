"""The built image as an operator starts it: a key, a start on a read-only root, answers, a graceful end.

make container                     # builds, then runs this
python tests/container_proof.py    # podman, or docker; CONTAINER="podman --runtime runc" and RUN_FLAGS="…" change how
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

from api_process import free_port
from installed_service import ask_everything

IMAGE = "scam-notice"
ENGINE = os.environ.get("CONTAINER", "podman" if shutil.which("podman") else "docker").split()
FLAGS = os.environ.get("RUN_FLAGS", "").split()


def left_out() -> str | None:
    """Why there is nothing to try, or None."""
    if shutil.which(ENGINE[0]) is None:
        return "neither podman nor docker is here; `make container` installs podman where apt-get works"
    if subprocess.run([*ENGINE, "image", "inspect", IMAGE], capture_output=True).returncode:
        return f"there is no image {IMAGE} (or no daemon answers): build it with `make container`"
    return None


def prove() -> None:
    """Raises AssertionError or CalledProcessError where the image does not do what its file says."""
    name, volume, port = f"{IMAGE}-{secrets.token_hex(4)}", f"{IMAGE}-{secrets.token_hex(4)}", free_port()
    settings = ["-e", f"SCAM_NOTICE_SECRET={secrets.token_hex(32)}", "-e", f"SCAM_NOTICE_PORT={port}"]
    common = [
        *FLAGS,
        "--network=host",
        "--read-only",
        "--tmpfs",
        "/tmp",
        "-v",
        f"{volume}:/var/lib/scam-notice",
        *settings,
    ]
    refused = subprocess.run([*ENGINE, "run", "--rm", *common, IMAGE], capture_output=True, text=True)
    assert refused.returncode == 2, "without any key a public address is refused"
    assert "no key exists" in refused.stderr, refused.stderr
    scopes = ["--scope", "batch", "--scope", "staff"]
    key = _output("run", "--rm", *common, IMAGE, "keys", "add", "proof", *scopes).split()[-1]
    _output("run", "--detach", "--name", name, *common, IMAGE)
    try:
        place = f"http://127.0.0.1:{port}"
        _wait(f"{place}/readyz", name)
        ask_everything(place, key)
        assert _output("exec", name, "id", "-u").strip() != "0", "not root"
        assert "jpn" in _output("exec", name, "tesseract", "--list-langs")
        started = time.monotonic()
        _output("stop", "--time", "40", name)
        assert _output("inspect", "--format", "{{.State.ExitCode}}", name).strip() == "0"
        print(f"{IMAGE}: key, start, answers, no root; stopped in {time.monotonic() - started:.1f} s with code 0")
    finally:
        subprocess.run([*ENGINE, "rm", "--force", name], capture_output=True)
        subprocess.run([*ENGINE, "volume", "rm", "--force", volume], capture_output=True)


def _output(*words: str) -> str:
    done = subprocess.run([*ENGINE, *words], capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words[:3])}: {done.stderr[-500:]}"
    return done.stdout


def _wait(url: str, name: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > until:
                logs = subprocess.run([*ENGINE, "logs", name], capture_output=True, text=True)
                raise AssertionError(f"not ready within {seconds} seconds: {logs.stderr[-800:]}") from error
        time.sleep(0.3)


if __name__ == "__main__":
    reason = left_out()
    if reason:
        sys.exit(f"left out: {reason}")
    prove()
