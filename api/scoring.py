"""The bridge from the event loop to the assessor: loads it once, runs it in a few threads."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.problems import Problem
from classifier.assessment import Assessor
from classifier.errors import ScamNoticeError
from classifier.notice import Notice
from classifier.result import Assessment, Versions

T = TypeVar("T")
LOG: Final = logging.getLogger("scam_notice.model")


class Judge(Protocol):
    """What the API needs of `classifier.assessment.Assessor`; tests pass a small one."""

    @property
    def card(self) -> dict[str, Any]:
        """The model card."""

    @property
    def versions(self) -> Versions:
        """What every assessment of this judge carries."""

    def assess_many(self, notices: Sequence[Notice], *, prior: float | None = None) -> list[Assessment]:
        """One assessment a notice, in order."""


class Scoring:
    """Holds the judge. Ready from the start when one is given, else after `load`."""

    def __init__(self, judge: Judge | None, threads: int) -> None:
        self._judge = judge
        self._limiter = CapacityLimiter(threads)

    @property
    def ready(self) -> bool:
        """Whether there is a judge."""
        return self._judge is not None

    @property
    def judge(self) -> Judge:
        """The judge, or the 503 that says there is none yet."""
        if self._judge is None:
            raise Problem("model_not_ready", headers={"Retry-After": "10"})
        return self._judge

    async def load(self, bundle: Path | None) -> None:
        """Loads the bundle off the event loop.

        A missing or refused bundle leaves us up but not ready: people who open the page still find
        the telephone numbers, and `/readyz` says 503.
        """
        try:
            self._judge = await to_thread.run_sync(partial(Assessor.load, bundle), limiter=self._limiter)
        except ScamNoticeError as error:
            LOG.critical("%s: %s", type(error).__name__, error)

    async def assess(self, notice: Notice, then: Callable[[Assessment], T], prior: float | None = None) -> T:
        """Judges one notice and renders it with `then`, both off the event loop: a long text has thousands of spans."""
        judge = self.judge

        def work() -> T:
            return then(judge.assess_many([notice], prior=prior)[0])

        return await to_thread.run_sync(work, limiter=self._limiter)


def _scoring(request: Request) -> Scoring:
    scoring = request.app.state.scoring
    assert isinstance(scoring, Scoring)
    return scoring


ScoringDependency = Annotated[Scoring, Depends(_scoring)]
