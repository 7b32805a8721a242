"""Pools of threads and processes, made by factories: results never depend on which, nor on how many."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, Protocol, runtime_checkable

type Pool = Callable[[], Executor]
"""Makes a pool."""

ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
"""Variables of the environment that keep a library from starting threads of its own beside ours."""


class PoolError(RuntimeError):
    """A pool that cannot be had, or that lost its workers; the message says which and why."""


@runtime_checkable
class Watched(Protocol):
    """A pool that can tell whether results may still come."""

    def look(self) -> None:
        """Raise PoolError if nobody is left who works."""


@runtime_checkable
class Renewable(Protocol):
    """A pool that can take the place of one that broke, under the same name."""

    def renew(self) -> None:
        """Put a new pool in the place of a broken one."""


def threads(workers: int) -> Pool | None:
    """Return a factory of a pool of threads, for an engine that lets other threads work while it runs.

    Parameters
    ----------
    workers
        At least 1; one needs no pool, and the result is None.

    Raises
    ------
    ValueError
        If `workers` is below 1.
    """
    return partial(_Threads, workers) if _several(workers) else None


def processes(workers: int) -> Pool | None:
    """Return a factory of a pool of processes, for an engine that keeps the interpreter to itself.

    Parameters
    ----------
    workers
        At least 1; one needs no pool, and the result is None.

    Raises
    ------
    ValueError
        If `workers` is below 1.
    """
    return partial(_processes, workers) if _several(workers) else None


def _several(workers: int) -> bool:
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    return workers > 1


def slots(pool: Executor) -> int:
    """Return how many tasks a pool can run at once; that of this machine for a pool that does not say."""
    return int(getattr(pool, "workers", 0)) or os.cpu_count() or 1


class _Threads(ThreadPoolExecutor):
    """Threads that know how many they are."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers, "fairdesk")
        self.workers = workers


def _processes(workers: int) -> Executor:
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    return _Processes(workers)


class _Processes(ProcessPoolExecutor):
    """Processes that Ctrl-C does not reach even while they start: they are born with it blocked.

    It reaches the whole group: the parent decides, its workers go on until it closes them.
    """

    def __init__(self, workers: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        super().__init__(workers, spawn, signal.signal, (signal.SIGINT, signal.SIG_IGN))
        self.workers = workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not hasattr(signal, "pthread_sigmask"):
            return super().submit(fn, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def kept_open(executor: Pool | None) -> Iterator[Pool | None]:
    """Give a factory that hands out one pool again and again, and close it in the end.

    A search asks for replications many times; a new pool for each would cost more than they do.
    """
    if executor is None:
        yield None
        return
    shared = _Shared(executor)
    try:
        yield lambda: shared
    finally:
        shared.close()


class _Shared(Executor):
    """A pool that outlives its users, one after the other."""

    def __init__(self, make: Pool) -> None:
        self._make, self._pool = make, make()

    @property
    def workers(self) -> int:
        return slots(self._pool)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the pool open: its next user is about to come."""

    def look(self) -> None:
        """Pass the question on."""
        if isinstance(self._pool, Watched):
            self._pool.look()

    def renew(self) -> None:
        """Put a new pool in the place of a broken one."""
        self.close()
        self._pool = self._make()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
