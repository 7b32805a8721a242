"""A desk in the worlds of many seeds, as results come, and its KPIs over them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from sim.desk import Desk
from sim.experiment.engines import DEFAULT_ENGINE, ENGINES, Run
from sim.experiment.identity import identity
from sim.experiment.intervals import paired, summary
from sim.experiment.kept import Kept, kept
from sim.experiment.pools import Pool
from sim.experiment.work import spread
from sim.kpi import Book, Window, measure
from sim.log import Log
from sim.notes import Note
from sim.truth import Truth
from sim.world import sample

_TOGETHER = 256
"""Replications whose small frames are made one, as each frame costs more than what is in it."""


def replicate[T](
    desk: Desk,
    seeds: Sequence[int],
    then: Callable[[Log, Truth], T],
    *,
    run: Run | None = None,
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
        The engine; that of `DEFAULT_ENGINE` if none is given.
    executor
        Makes a pool, see `threads`, `processes` and `cluster`; None runs here. Which it is changes no result. What
        was lost with a worker is run again.

    Yields
    ------
    tuple of int and T
        Position in `seeds`, and the result.

    Raises
    ------
    PoolError
        If workers died again and again, or a cluster cannot be used.
    """
    task = partial(_replication, desk, run or ENGINES[DEFAULT_ENGINE], then)
    if executor is None:
        for index, seed in enumerate(seeds):
            yield index, task(seed)
    else:
        yield from spread(task, enumerate(seeds), executor)


def _replication[T](desk: Desk, run: Run, then: Callable[[Log, Truth], T], seed: int) -> T:
    return then(*run(desk, sample(desk, seed)))


def _measured(
    names: tuple[str, ...] | None, by: tuple[str, ...], window: Window | None, book: Book, log: Log, _: Truth
) -> pl.DataFrame:
    """Return the finished KPIs of one world, some kilobytes.

    A world is one observation: the interval over worlds needs its means, not the sums by day behind them, which are
    hundreds of times larger. Sums are for the parts of one log.
    """
    frame = measure(log, names, by=by, window=window, book=book)
    return frame.select("name", "unit", *by, "mean").with_columns(pl.col(column).cast(pl.String) for column in by)


def measured(
    desk: Desk,
    seeds: Sequence[int],
    names: Sequence[str] | None = None,
    *,
    by: Sequence[str] = (),
    window: Window | None = None,
    run: Run | None = None,
    executor: Pool | None = None,
    folder: Path | None = None,
    on_done: Callable[[int], None] | None = None,
    on_note: Callable[[Note], None] | None = None,
    book: Book | None = None,
) -> pl.DataFrame:
    """Return KPIs of every replication: columns seed, name, unit, `by` ..., mean; in the order of the seeds.

    Parameters
    ----------
    desk, seeds, run, executor
        As in `replicate`.
    names, by, window
        As in `sim.kpi.measure`.
    folder
        Keeps each replication as it comes; a run that was interrupted goes on where it stopped, and runs nothing
        again that is there. One run at a time has it.
    on_done
        Called after each replication that was run with the number that are there, kept ones included.
    book
        What the KPIs are, as in `sim.kpi.measure`.
    on_note
        Told if the folder was left locked by a run that is dead.

    Raises
    ------
    ValueError
        If the folder holds results of other inputs or damaged files, or another run is at work in it.
    OSError
        If the folder cannot be read or written; what was kept before stays.
    PoolError
        As in `replicate`.
    """
    then = partial(_measured, None if names is None else tuple(names), tuple(by), window, book or Book())
    engine = run or ENGINES[DEFAULT_ENGINE]
    rows = _Rows()
    with ExitStack() as stack:
        store: Kept | None = None
        if folder is not None:
            texts = {column: pl.String() for column in ("name", "unit", *by)}
            says = _says(desk, engine, then)
            store = stack.enter_context(kept(folder, says, {**texts, "mean": pl.Float64()}, on_note))
        missing = rows.add_kept(store, seeds)
        for position, frame in replicate(desk, [seeds[i] for i in missing], then, run=engine, executor=executor):
            index = missing[position]
            rows.add(index, frame)
            if store is not None:
                store.write(seeds[index], frame)
            if on_done is not None:
                on_done(rows.count)
    return rows.of(seeds)


class _Rows:
    """Frames that come in any order and are one in the end."""

    def __init__(self) -> None:
        self.count = 0
        self._parts: list[pl.DataFrame] = []
        self._last: list[pl.DataFrame] = []

    def add(self, index: int, frame: pl.DataFrame) -> None:
        self.count += 1
        self._last.append(frame.select(pl.lit(index, pl.Int64).alias("index"), pl.all()))
        if len(self._last) == _TOGETHER:
            self._close()

    def add_kept(self, store: Kept | None, seeds: Sequence[int]) -> list[int]:
        """Add what is kept, and return the positions of the others."""
        missing = []
        for index, seed in enumerate(seeds):
            frame = None if store is None else store.read(seed)
            if frame is None:
                missing.append(index)
            else:
                self.add(index, frame)
        return missing

    def of(self, seeds: Sequence[int]) -> pl.DataFrame:
        """Return all rows in the order of the seeds, each with its seed in the place of its position."""
        self._close()
        whole = pl.concat(self._parts).sort("index", maintain_order=True)
        seed = pl.Series("seed", seeds, dtype=pl.UInt64).gather(whole["index"])
        return whole.select(seed, pl.exclude("index"))

    def _close(self) -> None:
        if self._last:
            self._parts.append(pl.concat(self._last, rechunk=True))
            self._last = []


def _says(desk: Desk, run: Run, then: partial[pl.DataFrame]) -> dict[str, object]:
    """Return what kept replications depend on, their seeds apart."""
    return {
        "desk": hashlib.sha256(desk.model_dump_json().encode()).hexdigest(),
        "engine": f"{run.__module__}.{run.__qualname__}",
        "measure": repr(then.args),
        **identity(),
    }


def kpis(
    desk: Desk, seeds: Sequence[int], names: Sequence[str] | None = None, *, level: float = 0.95, **how: Any
) -> pl.DataFrame:
    """Return KPIs over replications with their t intervals: `summary` of `measured`."""
    return summary(measured(desk, seeds, names, **how), level)


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
