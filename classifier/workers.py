"""Executors that assess chunks: none, processes of this machine, or a Dask cluster."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import Final

from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from classifier.errors import ClusterUnreachable, WorkerLost

# One thread a process: the processes are the parallelism, and more threads would only take turns.
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_WATCH_SECONDS: Final = 0.05
_RETRIES: Final = 3
_CONNECT_SECONDS: Final = 10


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """`count` processes of this machine, which end with it: also where it is killed. Raises WorkerLost."""
    pool = ProcessPoolExecutor(count, initializer=_end_with, initargs=(os.getpid(),), env=_ONE_THREAD)
    try:
        yield pool
    except TerminatedWorkerError as error:
        raise WorkerLost(
            "a worker process was ended from outside, most often for want of memory; "
            "call the same command again with fewer --workers: finished work is kept"
        ) from error
    finally:
        with _no_word_of_dropped_work():
            pool.shutdown(wait=True, kill_workers=True)


@contextmanager
def _no_word_of_dropped_work() -> Iterator[None]:
    """Where a run ends early, loky forgets the work that waits and then misses it: a traceback that helps nobody."""
    hook = threading.excepthook

    def quieter(problem: threading.ExceptHookArgs) -> None:
        name = problem.thread.name if problem.thread else ""
        if not (issubclass(problem.exc_type, KeyError) and name.startswith("ExecutorManagerThread")):
            hook(problem)

    threading.excepthook = quieter
    try:
        yield
    finally:
        threading.excepthook = hook


def _end_with(parent: int) -> None:
    """A worker whose parent was killed is told nothing; it looks."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def dask(address: str) -> Iterator[Executor]:
    """The workers behind a Dask scheduler (`tcp://host:8786`); what a lost worker was doing goes to another.

    Where all workers go, it waits for new ones. Raises ClusterUnreachable where there is no scheduler or no worker at
    the start, WorkerLost where the scheduler goes or chunks end their workers again and again.
    """
    try:
        from distributed import Client, KilledWorker
    except ModuleNotFoundError as error:
        raise ClusterUnreachable("Dask is not installed; pip install 'scam-notice[cluster]'") from error
    try:
        client = Client(address, timeout=_CONNECT_SECONDS)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ClusterUnreachable(
            f"{address}: no Dask scheduler answers ({error}); check address and network"
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ClusterUnreachable(f"{address}: the scheduler has no workers; start some: dask worker {address}")
        try:
            yield client.get_executor(retries=_RETRIES, pure=False)  # type: ignore[no-untyped-call]
        except KilledWorker as error:
            raise WorkerLost(
                f"{address}: the cluster lost its workers again and again; look at their memory and logs, "
                "then call the same command again: finished work is kept"
            ) from error
        except CancelledError as error:
            raise WorkerLost(
                f"{address}: the scheduler has gone or was started anew; see that it runs and has workers, "
                "then call the same command again: finished work is kept"
            ) from error
