"""Runs the application: `python -m api`, which `scam-notice serve` hands over to."""

import argparse
import logging
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn

from api.app import create_app
from api.settings import Settings


def main(arguments: Sequence[str] | None = None, run: Callable[..., Any] = uvicorn.run) -> None:
    """Reads host and port, everything else from the settings; blocks until interrupted."""
    parser = argparse.ArgumentParser(prog="scam-notice serve", description="Serves page and API.")
    parser.add_argument("--host", help="address to listen on (SCAM_NOTICE_HOST, else 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (SCAM_NOTICE_PORT, else 8000)")
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    serve(Settings(**given), run)


def serve(settings: Settings, run: Callable[..., Any] = uvicorn.run) -> None:
    """Our own request line replaces uvicorn's access log, which prints paths."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
    )
