"""Several workers that share the memory of one model: it is loaded before they are forked (gunicorn).

gunicorn starts a worker again that died, and on SIGTERM lets each finish what it accepted. Counts for
`/metrics` go through files that `api.server` names before anything is imported.
"""

import logging
import os
import shutil
from typing import Any

from fastapi import FastAPI
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from prometheus_client.multiprocess import mark_process_dead
from uvicorn_worker import UvicornWorker

from api import metrics
from api.settings import GRACE_SECONDS, Settings


class Worker(UvicornWorker):  # type: ignore[misc]
    """uvicorn as `api.server` runs it alone."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 - as the base class declares it
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }


class Logs(Logger):  # type: ignore[misc]
    """Leaves gunicorn's lines to the handlers of the process."""

    def setup(self, cfg: Any) -> None:
        """No handlers of its own."""
        self.error_log.propagate = True
        self.error_log.setLevel(logging.INFO)


class Workers(BaseApplication):  # type: ignore[misc]
    """The arbiter's configuration."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options = {
            "bind": f"{host}:{self._settings.port}",
            "workers": self._settings.workers,
            "worker_class": "api.prefork.Worker",
            "logger_class": Logs,
            "preload_app": True,
            "graceful_timeout": GRACE_SECONDS,
            "timeout": 120,
            "keepalive": 5,
            "forwarded_allow_ips": self._settings.trusted_proxies,
            "control_socket_disable": True,
            "child_exit": lambda _, worker: mark_process_dead(worker.pid),  # type: ignore[no-untyped-call]
            "on_exit": lambda _: shutil.rmtree(os.environ[metrics.FOLDER], ignore_errors=True),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> FastAPI:
        """Called by gunicorn, before the workers are forked."""
        return self._app


def run_workers(app: FastAPI, settings: Settings) -> None:
    """Blocks until stopped. `app` must have its model loaded."""
    Workers(app, settings).run()
