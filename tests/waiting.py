"""Waiting for what another process or thread does, however busy the machine is."""

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
    """Returns as soon as `holds`. Raises AssertionError with `otherwise` when it never comes to that."""
    late = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < late, otherwise
        time.sleep(0.02)
