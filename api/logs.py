"""Log lines as JSON, one object a line. They carry what we say and never what somebody sent.

An exception is logged as its type and the places it passed: the message of a KeyError is a piece of the
input, that of a database error the row that was to be stored.
"""

import datetime as dt
import json
import logging
import traceback
from contextvars import ContextVar
from typing import Any, Final

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
_FRAMES: Final = 12


class JsonLines(logging.Formatter):
    """`{"time": …, "level": …, "logger": …, "event": …}` and the fields given as `extra={"fields": {…}}`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if REQUEST_ID.get():
            line.setdefault("request_id", REQUEST_ID.get())
        if record.exc_info and record.exc_info[1]:
            line.update(failure_fields(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def failure_fields(error: BaseException) -> dict[str, Any]:
    """What may be said of an exception."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"error": type(error).__name__, "frames": frames[-_FRAMES:]}


def configure_logs() -> None:
    """Every logger of the process writes such lines to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # The database's own lines would show statements; the toolkit's are about every migration that is there.
    for noisy in ("sqlalchemy", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
