"""Tasks spread over a pool: a window of work in flight, and nothing lost with a worker that dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from itertools import chain, islice
from typing import Final

from sim.experiment.pools import Pool, PoolError, Renewable, Watched, slots

AHEAD: Final = 2
"""Tasks in flight per worker: one that runs, and one that waits for it to end."""

_DEATHS: Final = 4
_LOOK_S: Final = 5.0


def spread[A, T](task: Callable[[A], T], items: Iterable[tuple[int, A]], make: Pool) -> Iterator[tuple[int, T]]:
    """Yield (index, result) of a task for every (index, argument), as results come.

    No more than two tasks per worker are in flight, and no argument is read before its turn: memory does not grow
    with the number of tasks.

    Parameters
    ----------
    task
        A function that a worker can import.
    items
        Different indices, each with its argument.
    make
        Makes the pool. One whose worker died is made anew, and what was in flight is run again.

    Raises
    ------
    PoolError
        If a task was in flight at four deaths of workers, or a cluster has no worker any more.
    """
    waiting, taken, deaths = iter(items), dict[int, A](), Counter[int]()
    pool = make()
    try:
        while True:
            try:
                yield from _through(pool, task, waiting, taken)
                return
            except BrokenExecutor:
                deaths.update(taken.keys())
                if deaths and max(deaths.values()) >= _DEATHS:
                    raise PoolError(_died(min(i for i in deaths if deaths[i] >= _DEATHS))) from None
                pool = _anew(pool, make)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _died(index: int) -> str:
    return (
        f"task {index}: {_DEATHS} workers were killed while it was under way, perhaps for want of memory; "
        "fewer workers need less"
    )


def _anew(pool: Executor, make: Pool) -> Executor:
    if isinstance(pool, Renewable):
        pool.renew()
        return pool
    pool.shutdown(wait=True, cancel_futures=True)
    return make()


def _through[A, T](
    pool: Executor, task: Callable[[A], T], waiting: Iterator[tuple[int, A]], taken: dict[int, A]
) -> Iterator[tuple[int, T]]:
    """Yield results; `taken` holds what was begun and has not been delivered, and is begun again first."""
    order = chain(sorted(taken), _taking(waiting, taken))
    flying: dict[Future[T], int] = {}
    try:
        while True:
            for index in islice(order, max(AHEAD * slots(pool) - len(flying), 0)):
                flying[pool.submit(task, taken[index])] = index
            if not flying:
                return
            done, _ = wait(flying, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            if not done and isinstance(pool, Watched):
                pool.look()
            # What came whole is delivered before what failed is told.
            for future in sorted(done, key=lambda f: (f.exception() is not None, flying[f])):
                index, result = flying.pop(future), future.result()
                del taken[index]
                yield index, result
    finally:
        for future in flying:
            future.cancel()


def _taking[A](waiting: Iterator[tuple[int, A]], taken: dict[int, A]) -> Iterator[int]:
    for index, argument in waiting:
        taken[index] = argument
        yield index
