"""The few places for long requests: batches, streams, files."""

from typing import Final, Self

from anyio import CapacityLimiter, WouldBlock

from api import metrics
from api.problems import Problem

_RETRY: Final = {"Retry-After": "10"}


class Turn:
    """One place, held while the block runs; Problem `busy` where all are taken."""

    def __init__(self, limiter: CapacityLimiter) -> None:
        self._limiter = limiter
        self._held = False

    def taken(self) -> Self:
        """Takes the place before the block is entered: a stream must be refused while it still has a status."""
        try:
            self._limiter.acquire_on_behalf_of_nowait(self)
        except WouldBlock as error:
            metrics.REFUSED.labels("busy").inc()
            raise Problem("busy", headers=_RETRY) from error
        self._held = True
        return self

    def __enter__(self) -> None:
        if not self._held:
            self.taken()

    def __exit__(self, *_: object) -> None:
        self._limiter.release_on_behalf_of(self)
