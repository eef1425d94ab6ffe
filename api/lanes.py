"""One thread and the line before it. What stands in line and can be done together is done together."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from classifier.notice import Notice


@dataclass(slots=True, eq=False)
class Job:
    """Work that waits for its turn: for one notice, or by itself where `notice` is None."""

    work: Callable[[Any], Any]
    notice: Notice | None = None
    prior: float | None = None
    outcome: Any = field(default=None, init=False)
    failure: Exception | None = field(default=None, init=False)
    answer: asyncio.Future[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.answer = asyncio.get_running_loop().create_future()


class Lane:
    """Runs `judged` on the jobs in line, in one thread, up to `together` of them with `characters` in all at a time.

    A second thread in the same lane would share the interpreter lock with the first and halve what is done together:
    4 clients got 131 answers a second from one thread and 106 from two, 16 clients 200 and 158.
    """

    def __init__(self, name: str, judged: Callable[[list[Job]], None], together: int, characters: int) -> None:
        self._judged = judged
        self._together = together
        self._characters = characters
        self._name = name
        self._pool: ThreadPoolExecutor | None = None
        self._running = False
        self._line: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._line)

    async def result(self, job: Job) -> Any:
        """The job's outcome, or what it raised. Leaves the line where the caller stops waiting."""
        self._line.append(job)
        self._start()
        try:
            return await job.answer
        finally:
            if job in self._line:
                self._line.remove(job)

    def close(self) -> None:
        """Waits for what runs and gives the thread back; work that comes later starts another."""
        if self._pool:
            self._pool.shutdown(wait=True)
        self._pool = None

    def _start(self) -> None:
        if self._running or not self._line:
            return
        # Made when first needed: a thread does not survive the fork of a worker.
        self._pool = self._pool or ThreadPoolExecutor(1, self._name)
        jobs = self._take()
        self._running = True
        running = asyncio.get_running_loop().run_in_executor(self._pool, self._judged, jobs)
        running.add_done_callback(partial(self._finish, jobs))

    def _take(self) -> list[Job]:
        """The first in line, and behind it the notices of the same prior that fit."""
        first = self._line.popleft()
        jobs = [first]
        if first.notice is None:
            return jobs
        room = self._characters - len(first.notice.text)
        while self._line and len(jobs) < self._together:
            job = self._line[0]
            if job.notice is None or job.prior != first.prior or len(job.notice.text) > room:
                break
            room -= len(job.notice.text)
            jobs.append(self._line.popleft())
        return jobs

    def _finish(self, jobs: list[Job], done: asyncio.Future[None]) -> None:
        self._running = False
        for job in jobs:
            if job.answer.done():  # nobody waits any more
                continue
            failure = job.failure or done.exception()
            if failure:
                job.answer.set_exception(failure)
            else:
                job.answer.set_result(job.outcome)
        self._start()
