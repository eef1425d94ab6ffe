"""The few places for long requests: batches, streams, files."""

from typing import Final, Self

from api import metrics
from api.problems import Problem

_RETRY: Final = {"Retry-After": "10"}


class Places:
    """How many there are and how many are taken. Belongs to the event loop's thread, so it needs no lock."""

    def __init__(self, number: int) -> None:
        self.free = number


class Turn:
    """One place, held while the block runs; Problem `busy` where all are taken."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._held = False

    def taken(self) -> Self:
        """Takes the place before the block is entered: a stream must be refused while it still has a status."""
        if not self._places.free:
            metrics.REFUSED.labels("busy").inc()
            raise Problem("busy", headers=_RETRY)
        self._places.free -= 1
        self._held = True
        return self

    def __enter__(self) -> None:
        if not self._held:
            self.taken()

    def __exit__(self, *_: object) -> None:
        self._places.free += 1
