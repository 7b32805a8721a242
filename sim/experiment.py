"""Experiments: the same desk in many worlds, desks compared world by world."""

import hashlib
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import special

from sim import model
from sim.desk import Desk
from sim.kpi import Window, measure
from sim.log import Log
from sim.truth import Truth
from sim.world import World, sample

Run = Callable[[Desk, World], tuple[Log, Truth]]
Pool = Callable[[], Executor]

_RETRIES = 3


def processes(workers: int) -> Pool | None:
    """Return a factory of a pool of processes, or None for one worker, which needs no pool.

    Parameters
    ----------
    workers
        At least 1. Results never depend on it.

    Raises
    ------
    ValueError
        If `workers` is below 1.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if workers == 1:
        return None
    return partial(_pool, workers)


def _pool(workers: int) -> Executor:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # Ctrl-C reaches the whole group: the parent decides, its workers go on until it closes them.
    return _Workers(workers, multiprocessing.get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))


class _Workers(ProcessPoolExecutor):
    """Processes that Ctrl-C does not reach even while they start: they are born with it blocked."""

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

    A search asks for replications many times; a new pool of processes for each would cost more than they do.
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
    """A pool that outlives its users, and is made anew when it broke."""

    def __init__(self, make: Pool) -> None:
        self._make, self._pool, self._lock = make, make(), threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._lock:
            try:
                return self._pool.submit(fn, *args, **kwargs)
            except BrokenProcessPool:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = self._make()
                raise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the pool open: its next user is about to come."""

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def replicate[T](
    desk: Desk,
    seeds: Sequence[int],
    then: Callable[[Log, Truth], T],
    *,
    run: Run = model.run,
    executor: Pool | None = None,
) -> Iterator[tuple[int, T]]:
    """Run a desk in the world of each seed and yield what `then` makes of log and truth, as results come.

    Parameters
    ----------
    desk
        The desk.
    seeds
        Seeds of the worlds.
    then
        A function that a worker can import; only what it returns crosses to this process.
    run
        The engine.
    executor
        Makes a pool, see `processes`; None runs here. A pool whose worker was killed is made anew, and what was
        lost is run again.

    Yields
    ------
    tuple of int and T
        Position in `seeds`, and the result.

    Raises
    ------
    BrokenProcessPool
        If workers were killed more than three times.
    """
    task = partial(_replication, desk, run, then)
    if executor is None:
        for index, seed in enumerate(seeds):
            yield index, task(seed)
    else:
        yield from spread(task, enumerate(seeds), executor)


def _replication[T](desk: Desk, run: Run, then: Callable[[Log, Truth], T], seed: int) -> T:
    return then(*run(desk, sample(desk, seed)))


def spread[A, T](task: Callable[[A], T], items: Iterable[tuple[int, A]], make: Pool) -> Iterator[tuple[int, T]]:
    """Yield (index, result) of a task for every (index, argument), as results come, a window of work in flight.

    A pool whose worker died is made anew at most three times; what was lost is run again, and the fourth death is
    raised as BrokenProcessPool.
    """
    left = dict(items)
    for attempt in range(_RETRIES + 1):
        pool = make()
        try:
            for index, result in _through(pool, task, left):
                del left[index]
                yield index, result
            return
        except BrokenProcessPool:
            if attempt == _RETRIES:
                raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _through[A, T](pool: Executor, task: Callable[[A], T], left: dict[int, A]) -> Iterator[tuple[int, T]]:
    waiting = iter(sorted(left.items(), key=lambda item: item[0]))
    flying: dict[Future[T], int] = {}
    while True:
        while len(flying) < 2 * (os.cpu_count() or 1) and (item := next(waiting, None)) is not None:
            flying[pool.submit(task, item[1])] = item[0]
        if not flying:
            return
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: flying[f]):
            yield flying.pop(future), future.result()


def _measured(
    names: tuple[str, ...] | None, by: tuple[str, ...], window: Window | None, log: Log, _: Truth
) -> pl.DataFrame:
    frame = measure(log, names, by=by, window=window)
    return frame.select("name", "unit", *by, "mean").with_columns(pl.col(column).cast(pl.String) for column in by)


def measured(
    desk: Desk,
    seeds: Sequence[int],
    names: Sequence[str] | None = None,
    *,
    by: Sequence[str] = (),
    window: Window | None = None,
    run: Run = model.run,
    executor: Pool | None = None,
    folder: Path | None = None,
    on_done: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Return KPIs of every replication: columns seed, name, unit, `by` ..., mean; in the order of the seeds.

    Parameters
    ----------
    desk, seeds, run, executor
        As in `replicate`.
    names, by, window
        As in `sim.kpi.measure`.
    folder
        Keeps each replication as it comes; a run that was interrupted goes on where it stopped. A folder that
        belongs to other inputs is refused.
    on_done
        Called after each replication that was run with the number that are there, kept ones included.

    Raises
    ------
    ValueError
        If the folder holds results of other inputs.
    """
    then = partial(_measured, None if names is None else tuple(names), tuple(by), window)
    kept = _kept(folder, desk, run, then, seeds)
    found: dict[int, pl.DataFrame] = {}
    missing = []
    for index, path in enumerate(kept):
        if path is not None and path.exists():
            found[index] = pl.read_parquet(path)
        else:
            missing.append(index)
    for position, frame in replicate(desk, [seeds[i] for i in missing], then, run=run, executor=executor):
        index = missing[position]
        found[index] = frame
        if (path := kept[index]) is not None:
            _write(path, frame)
        if on_done is not None:
            on_done(len(found))
    frames = [found[i].select(pl.lit(seed, pl.UInt64).alias("seed"), pl.all()) for i, seed in enumerate(seeds)]
    return pl.concat(frames)


def _kept(folder: Path | None, desk: Desk, run: Run, then: Any, seeds: Sequence[int]) -> list[Path | None]:
    """Return the file of each seed in the folder, after the manifest was written or found to agree."""
    if folder is None:
        return [None] * len(seeds)
    says = {
        "desk": hashlib.sha256(desk.model_dump_json().encode()).hexdigest(),
        "engine": f"{run.__module__}.{run.__qualname__}",
        "measure": repr(then.args),
        "fairdesk": version("fairdesk"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.json"
    if manifest.exists():
        if json.loads(manifest.read_text("utf-8")) != says:
            raise ValueError(f"{folder} holds the results of other inputs; choose another folder or delete it")
    else:
        partly = manifest.with_suffix(".part")
        partly.write_text(json.dumps(says, indent=1) + "\n", "utf-8")
        partly.replace(manifest)
    return [folder / f"seed-{seed}.parquet" for seed in seeds]


def _write(path: Path, frame: pl.DataFrame) -> None:
    partly = path.with_suffix(".part")
    frame.write_parquet(partly)
    partly.replace(path)


def summary(measured: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Return mean and interval over replications: columns name, unit, by ..., mean, low, high, n.

    Parameters
    ----------
    measured
        As `measured` returns it; its null means are left out, and `n` counts the others.
    level
        Confidence level of the t interval, in (0, 1); the interval is null for one replication.
    """
    keys = [column for column in measured.columns if column not in ("seed", "mean")]
    rows = []
    for key, group in measured.group_by(keys, maintain_order=True):
        values = group["mean"].drop_nulls().to_numpy()
        rows.append((*key, *interval(values, level), len(values)))
    schema = {column: measured.schema[column] for column in keys}
    return pl.DataFrame(
        rows,
        schema=schema | {"mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "n": pl.Int64},
        orient="row",
    )


def interval(values: np.ndarray[Any, Any], level: float = 0.95) -> tuple[float | None, float | None, float | None]:
    """Return mean, low and high of the t interval of a sample, shape (n,); None where it is too small."""
    n = len(values)
    if n == 0:
        return None, None, None
    mean = float(np.mean(values))
    if n == 1:
        return mean, None, None
    half = float(special.stdtrit(n - 1, (1 + level) / 2) * np.std(values, ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half


def kpis(
    desk: Desk, seeds: Sequence[int], names: Sequence[str] | None = None, *, level: float = 0.95, **how: Any
) -> pl.DataFrame:
    """Return KPIs over replications with their t intervals: `summary` of `measured`."""
    return summary(measured(desk, seeds, names, **how), level)


def paired(base: pl.DataFrame, other: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Return the differences other - base, paired by seed, of two frames of `measured`; columns as `summary`.

    Only what both have is compared: a seed or a group of one of them alone is left out, a null difference too.
    """
    keys = [column for column in base.columns if column != "mean"]
    both = base.join(other, on=keys, how="inner", nulls_equal=True, maintain_order="left", suffix="_other")
    return summary(both.select(*keys, mean=pl.col("mean_other") - pl.col("mean")), level)


def differences(
    base: Desk,
    other: Desk,
    seeds: Sequence[int],
    names: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    **how: Any,
) -> pl.DataFrame:
    """Return paired differences other - base over the worlds of the same seeds, with their intervals."""
    return paired(measured(base, seeds, names, **how), measured(other, seeds, names, **how), level)
