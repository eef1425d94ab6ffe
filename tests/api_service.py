"""An application with a database and keys, for the tests of the service."""

import time
from typing import Any

from api_double import JudgeDouble
from fastapi import FastAPI

from api import Settings, create_app
from api.store import Store
from api.store.api_keys import add_key

CANARY = "カナリア7c1fCANARY"


class Service:
    """An application with a database, and a key of each scope."""

    def __init__(self, url: str, judge: JudgeDouble | None = None, **settings: Any) -> None:
        self.judge = judge or JudgeDouble(explode_on="explode")
        self.store = Store.open(url)
        self.keys = {
            scope: add_key(self.store, f"{scope} {time.monotonic_ns()}", [scope])
            for scope in ("assess", "batch", "staff")
        }
        self.app: FastAPI = create_app(Settings(_env_file=None, database=url, **settings), self.judge)

    def auth(self, scope: str, **headers: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[scope]}", **headers}
