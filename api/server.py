"""Runs the application: `python -m api`, and what `scam-notice serve` calls."""

import logging
from collections.abc import Callable
from typing import Any

import uvicorn

from api.app import create_app
from api.settings import Settings


def serve(settings: Settings | None = None, run: Callable[..., Any] = uvicorn.run) -> None:
    """Blocks until interrupted. Our own request line replaces uvicorn's access log, which prints paths."""
    settings = settings or Settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
    )
