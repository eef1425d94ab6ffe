"""PDFs and pictures, opened by a process of their own: what crashes or swells there harms nobody here."""

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final, Literal

from api.files import limits
from api.files.open_file import BROKEN, LOCKED, TOO_LARGE
from api.problems import Problem

_OPENER: Final = Path(__file__).with_name("open_file.py")
_CODES: Final = {BROKEN: "file_unreadable", LOCKED: "file_protected", TOO_LARGE: "file_too_complex"}
# tesseract puts spaces between Japanese letters: 未 納 料 金 -> 未納料金
_SPACE_BETWEEN: Final = re.compile(r"(?<=[ぁ-ヿ一-鿿々〆ー、。「」()・]) +(?=[ぁ-ヿ一-鿿々〆ー、。「」()・])")


def pdf_text(raw: bytes) -> str:
    """The text of a PDF. Raises Problem; a scan has no text and is `file_without_text`."""
    text = re.sub(r"[ \t]+\n", "\n", _opened("pdf", raw).decode("utf-8").replace("\x00", "")).strip()
    if not text:
        raise Problem("file_without_text")
    return text


def picture_text(raw: bytes) -> str:
    """The characters that tesseract recognises. Raises Problem, `pictures_not_read` where it is not installed."""
    if not reads_pictures():
        raise Problem("pictures_not_read")
    picture = _opened("picture", raw)
    # Finds the page's own layout, with 1 also which side is up: a telephone held sideways does not always say so.
    layout = "1" if "osd" in _languages() else "3"
    command = ["tesseract", "stdin", "stdout", "-l", "jpn", "--psm", layout, "-c", "preserve_interword_spaces=1"]
    try:
        # One thread, since others answer meanwhile.
        done = subprocess.run(
            command, input=picture, capture_output=True, timeout=limits.READ_SECONDS, env={"OMP_THREAD_LIMIT": "1"}
        )
    except subprocess.TimeoutExpired as error:
        raise Problem("file_too_complex") from error
    if done.returncode:
        raise Problem("file_unreadable")
    lines = (_SPACE_BETWEEN.sub("", line).strip() for line in done.stdout.decode("utf-8", "replace").splitlines())
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines).replace("\f", "")).strip()
    if not text:
        raise Problem("file_without_text")
    return text


def reads_pictures() -> bool:
    """Whether tesseract with its Japanese data is installed (Debian: tesseract-ocr-jpn)."""
    return "jpn" in _languages()


@cache
def _languages() -> frozenset[str]:
    if shutil.which("tesseract") is None:
        return frozenset()
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True)
    return frozenset(listed.stdout.split())


def _opened(kind: Literal["pdf", "picture"], raw: bytes) -> bytes:
    numbers = (
        limits.OPEN_MEMORY_BYTES,
        limits.OPEN_SECONDS,
        limits.PDF_PAGES,
        limits.PICTURE_PIXELS,
        limits.PICTURE_SIDE,
    )
    command = [sys.executable, "-I", str(_OPENER), kind, *map(str, numbers)]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=limits.OPEN_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Problem("file_too_complex") from error
    if done.returncode:
        # Killed by a signal or by its memory limit: what it was given is not worth a second look.
        raise Problem(_CODES.get(done.returncode, "file_unreadable"))
    return done.stdout
