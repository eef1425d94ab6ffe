"""The bridge from the event loop to the assessor: loads it once, runs it in two threads, never queues without end.

Single notices that wait are judged together: the model's fixed cost per call is more than the cost of a
notice, so a busy service does less work for each. What waits is bounded in number and time; the rest is
told to come back, and those who were let in keep their latency.
"""

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, TypeVar

from fastapi import Depends, Request

from api import metrics
from api.lanes import Job, Lane
from api.problems import Problem
from classifier.assessment import Assessor
from classifier.errors import ScamNoticeError
from classifier.notice import Notice
from classifier.result import Assessment, Versions
from classifier.why import Reason

T = TypeVar("T")
LOG: Final = logging.getLogger("scam_notice.model")
# Judged in one call: a sixteenth notice adds 3 ms to the wait of the first, and saves 4 ms of its own.
TOGETHER: Final = 16
QUICK_CHARACTERS: Final = 12_000
# The page's line is so many times longer than that of programs.
PATIENCE: Final = 8
_BUSY: Final = {"Retry-After": "2"}


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

    def why(self, notice: Notice, count: int = 6) -> tuple[Reason, ...]:
        """The stretches that moved the score, strongest first."""


class Scoring:
    """Holds the judge. Ready from the start when one is given, else after `load`.

    Ordinary notices and slow work (long texts, batches, reasons) have a lane each, so that a letter of
    100,000 characters, half a second of work, does not stand in everybody's way.
    """

    def __init__(self, judge: Judge | None, waiting: int = 3, seconds: float = 10.0) -> None:
        self._judge = judge
        self._limit = waiting
        self._seconds = seconds
        self._quick = Lane("scoring", self._judged, TOGETHER, QUICK_CHARACTERS)
        self._slow = Lane("scoring-slow", self._judged, 1, 0)

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

    def load(self, bundle: Path | None) -> None:
        """Loads the bundle; blocks for about two seconds.

        A missing or refused bundle leaves us up but not ready: people who open the page still find
        the telephone numbers, and `/readyz` says 503.
        """
        try:
            self._judge = Assessor.load(bundle)
        except ScamNoticeError as error:
            LOG.critical("%s: %s", type(error).__name__, error)
        # The model lives as long as the process. Looking through it for garbage held every answer up for 0.1 s,
        # and would take from workers forked later the pages that they share.
        gc.collect()
        gc.freeze()

    def require_room(self) -> None:
        """Raises Problem `busy` where the ordinary line is full; asked before a body is read, refusing costs little."""
        self._require_room(self._quick, self._limit)

    async def assess(
        self,
        notice: Notice,
        then: Callable[[Assessment], T],
        prior: float | None = None,
        *,
        slow: bool = False,
        patient: bool = False,
    ) -> T:
        """Judges one notice and renders it with `then`, both off the event loop: a long text has thousands of spans.

        `slow` says that `then` takes long itself, `patient` that somebody sits before the page and rather waits a
        second than tries again. Raises Problem `busy` where too many wait already, `took_too_long` where the
        answer would come too late.
        """
        _ = self.judge
        lane = self._slow if slow or len(notice.text) > QUICK_CHARACTERS else self._quick
        self._require_room(lane, self._limit * PATIENCE if patient else self._limit)
        try:
            async with asyncio.timeout(self._seconds):
                answer: T = await self._in_line(lane, Job(then, notice, prior))
        except TimeoutError as error:
            metrics.REFUSED.labels("took_too_long").inc()
            raise Problem("took_too_long", headers=_BUSY) from error
        return answer

    async def run(self, work: Callable[[Judge], T]) -> T:
        """Runs `work` in the slow lane: a piece of a batch or stream, whose number is capped elsewhere."""
        _ = self.judge
        answer: T = await self._in_line(self._slow, Job(work))
        return answer

    def close(self) -> None:
        """Waits for what runs and gives the threads back."""
        self._quick.close()
        self._slow.close()

    def _require_room(self, lane: Lane, limit: int) -> None:
        if len(lane) >= limit:
            metrics.REFUSED.labels("busy").inc()
            raise Problem("busy", headers=_BUSY)

    async def _in_line(self, lane: Lane, job: Job) -> Any:
        metrics.QUEUE.inc()
        try:
            return await lane.result(job)
        finally:
            metrics.QUEUE.dec()

    def _judged(self, jobs: list[Job]) -> None:
        """In a lane's thread. A notice that fails is judged again by itself, so that it fails alone."""
        judge = self.judge
        notices = [job.notice for job in jobs if job.notice]
        together: list[Assessment | None] = [None] * len(jobs)
        if len(notices) > 1:
            try:
                together = [*judge.assess_many(notices, prior=jobs[0].prior)]
            except Exception as error:
                LOG.error("%s while judging %d notices together; each is judged again", type(error).__name__, len(jobs))
        for job, assessment in zip(jobs, together, strict=True):
            try:
                job.outcome = job.work(assessment or self._subject(judge, job))
            except Exception as error:
                job.failure = error

    def _subject(self, judge: Judge, job: Job) -> Assessment | Judge:
        return judge.assess_many([job.notice], prior=job.prior)[0] if job.notice else judge


# Async like every dependency: FastAPI hands a plain function to a thread, which costs a request 60 µs and more.
async def _scoring(request: Request) -> Scoring:
    scoring = request.app.state.scoring
    assert isinstance(scoring, Scoring)
    return scoring


ScoringDependency = Annotated[Scoring, Depends(_scoring)]
