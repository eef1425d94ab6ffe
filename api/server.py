"""Runs the application: `python -m api`, which `scam-notice serve` hands over to."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

import uvicorn
from pydantic import ValidationError

from api import metrics
from api.app import create_app
from api.logs import configure_logs
from api.settings import GRACE_SECONDS, Settings, UnsafeSettings
from api.store import Store
from api.store.api_keys import count_keys
from api.store.errors import DatabaseError

# The event loop waits this long at most for a thread that scores to let go of the interpreter, not 5 ms: refusing
# a request that finds the service full took 2.1 ms with it and 1.6 ms without.
_SWITCH_SECONDS: Final = 0.0005
_OPTIONS: Final = {
    "host": "address to listen on (SCAM_NOTICE_HOST, else 127.0.0.1)",
    "port": "port to listen on (SCAM_NOTICE_PORT, else 8000)",
    "workers": "processes that answer and share one model's memory (SCAM_NOTICE_WORKERS, else 1)",
    "database": "URL of the database (SCAM_NOTICE_DATABASE)",
}


def main(arguments: Sequence[str] | None = None, run: Callable[..., Any] = uvicorn.run) -> None:
    """Reads a few options, the rest from the settings; blocks until interrupted. Exits 2 where it must not start."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    given = {name: value for name, value in vars(parser().parse_args(words)).items() if value is not None}
    try:
        settings = Settings(**given)
        serve(settings, words, run)
    except ValidationError as error:
        wrong = ", ".join(f"SCAM_NOTICE_{str(item['loc'][0]).upper()} ({item['msg']})" for item in error.errors())
        _refuse(f"settings cannot be used: {wrong}")
    except (UnsafeSettings, DatabaseError) as error:
        _refuse(error)


def parser() -> argparse.ArgumentParser:
    """What `scam-notice serve` takes."""
    options = argparse.ArgumentParser(prog="scam-notice serve", description="Serves page and API.")
    for name, words in _OPTIONS.items():
        options.add_argument(f"--{name}", help=words)
    return options


def _refuse(why: object) -> NoReturn:
    print(f"scam-notice: {why}", file=sys.stderr)
    sys.exit(2)


def serve(settings: Settings, words: Sequence[str], run: Callable[..., Any] = uvicorn.run) -> None:
    """`words` are those of the command line. Raises UnsafeSettings or DatabaseError before anything listens."""
    if settings.production:
        store = Store.open(settings.database)
        try:
            settings.check(count_keys(store))
        finally:
            store.close()
    if settings.workers > 1 and metrics.FOLDER not in os.environ:
        # The metrics choose where they count when they are imported, which has happened here already.
        os.environ[metrics.FOLDER] = tempfile.mkdtemp(prefix="scam-notice-metrics-")
        os.execv(sys.executable, [sys.executable, "-m", "api", *words])
    configure_logs()
    sys.setswitchinterval(_SWITCH_SECONDS)
    app = create_app(settings)
    if settings.workers > 1:
        from api.prefork import run_workers  # gunicorn is not made for Windows

        app.state.scoring.load(settings.bundle)
        run_workers(app, settings)
        return
    # Our own request line replaces uvicorn's access log, which prints paths.
    run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
