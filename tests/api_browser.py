"""A real server on a loopback port and a real browser, for the page's tests."""

import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Error, Page, sync_playwright

SCREENSHOTS = Path(__file__).resolve().parent.parent / "build" / "screenshots"
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of `app`, served by uvicorn in a thread until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, access_log=False, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server stopped while starting"
        assert time.monotonic() < deadline, "the server did not start within 20 seconds"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium, driven by playwright; the test fails where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("chromium is missing: apt-get install chromium fonts-noto-cjk", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


def screenshot(page: Page, name: str, *, whole: bool = True) -> None:
    """Into build/screenshots. Chromium under load sometimes answers "Unable to capture screenshot"."""
    bar = "document.querySelector('.desks').style.position = "
    if whole:  # in one long picture the bar would lie across the middle
        page.evaluate(bar + "'static'")
    for attempt in range(5):
        try:
            page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)
        except Error:
            if attempt == 4:
                raise
            time.sleep(0.2)
        else:
            break
    page.evaluate(bar + "''")
