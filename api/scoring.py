"""The bridge from the event loop to the assessor: loads it once, runs it in a few threads, never queues without end.

Single notices that wait are judged together: the model's fixed cost per call is more than the cost of a
notice, so a busy service does less work for each. What waits is bounded in number and time; the rest is
told to come back, and those who were let in keep their latency.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, TypeVar

from fastapi import Depends, Request

from api import metrics
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
TOGETHER_CHARACTERS: Final = 12_000
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


@dataclass(slots=True, eq=False)
class _Job:
    """One notice that waits, or work that is run alone (`notice` is None)."""

    work: Callable[[Any], Any]
    answer: asyncio.Future[Any]
    notice: Notice | None = None
    prior: float | None = None
    outcome: Any = field(default=None, init=False)
    failure: Exception | None = field(default=None, init=False)


class Scoring:
    """Holds the judge. Ready from the start when one is given, else after `load`."""

    def __init__(self, judge: Judge | None, threads: int = 2, waiting: int = 32, seconds: float = 10.0) -> None:
        self._judge = judge
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scoring")
        self._free = threads
        self._limit = waiting
        self._seconds = seconds
        self._queue: deque[_Job] = deque()

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

    async def assess(self, notice: Notice, then: Callable[[Assessment], T], prior: float | None = None) -> T:
        """Judges one notice and renders it with `then`, both off the event loop: a long text has thousands of spans.

        Raises Problem `busy` where too many wait already, `took_too_long` where the answer would come too late.
        """
        _ = self.judge
        if len(self._queue) >= self._limit:
            metrics.REFUSED.labels("busy").inc()
            raise Problem("busy", headers=_BUSY)
        answer: T = await self._submit(_Job(then, asyncio.get_running_loop().create_future(), notice, prior))
        return answer

    async def run(self, work: Callable[[Judge], T]) -> T:
        """Runs `work` alone in a scoring thread: a piece of a batch or stream, whose number is capped elsewhere."""
        _ = self.judge
        answer: T = await self._submit(_Job(work, asyncio.get_running_loop().create_future()))
        return answer

    def close(self) -> None:
        """Waits for what runs and gives the threads back."""
        self._pool.shutdown(wait=True)

    async def _submit(self, job: _Job) -> Any:
        self._queue.append(job)
        self._start()
        metrics.QUEUE.set(len(self._queue))
        try:
            async with asyncio.timeout(self._seconds if job.notice else None):
                return await job.answer
        except TimeoutError as error:
            metrics.REFUSED.labels("took_too_long").inc()
            raise Problem("took_too_long", headers=_BUSY) from error
        finally:
            if job in self._queue:  # left while waiting
                self._queue.remove(job)
            metrics.QUEUE.set(len(self._queue))

    def _start(self) -> None:
        """Gives a free thread what waits longest, and beside a notice all that can be judged with it."""
        while self._free and self._queue:
            jobs = self._take()
            self._free -= 1
            running = asyncio.get_running_loop().run_in_executor(self._pool, self._judged, jobs)
            running.add_done_callback(partial(self._finish, jobs))

    def _take(self) -> list[_Job]:
        first = self._queue.popleft()
        jobs = [first]
        if first.notice is None:
            return jobs
        room = TOGETHER_CHARACTERS - len(first.notice.text)
        while self._queue and len(jobs) < TOGETHER:
            job = self._queue[0]
            if job.notice is None or job.prior != first.prior or len(job.notice.text) > room:
                break
            room -= len(job.notice.text)
            jobs.append(self._queue.popleft())
        return jobs

    def _judged(self, jobs: list[_Job]) -> None:
        """In a scoring thread. A notice that fails is judged again by itself, so that it fails alone."""
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

    def _subject(self, judge: Judge, job: _Job) -> Assessment | Judge:
        return judge.assess_many([job.notice], prior=job.prior)[0] if job.notice else judge

    def _finish(self, jobs: list[_Job], done: asyncio.Future[None]) -> None:
        self._free += 1
        for job in jobs:
            if job.answer.done():  # gave up waiting
                continue
            failure = job.failure or done.exception()
            if failure:
                job.answer.set_exception(failure)
            else:
                job.answer.set_result(job.outcome)
        self._start()


def _scoring(request: Request) -> Scoring:
    scoring = request.app.state.scoring
    assert isinstance(scoring, Scoring)
    return scoring


ScoringDependency = Annotated[Scoring, Depends(_scoring)]
