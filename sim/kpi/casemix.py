"""What a ticket lets expect by its kind, or by its cell of like cases: so that hard and easy can be compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.log import Log

PPM = 1_000_000
Sums = Mapping[tuple[str, str], tuple[int, int]]
"""By measure and kind, the sum over tickets and their number."""
Expected = tuple[tuple[str, str, int], ...]
"""Measure, kind and mean in parts per million, sorted; the kind named "" stands for all of them."""

LEAST_CELL = 10
"""Cases of other folds that a cell must have before its own rate is what is expected."""

WORK = "work"
"""The measure of the seconds of work on a resolved ticket."""

WORK_COLUMNS = ("mix_ppm", "work_off_ppm")
"""Columns of `relative` that stand on the expected work."""

OUTCOMES = {
    "solved_off_ppm": "fcr_verified_72h", "result_off_ppm": "csat_mean", "process_off_ppm": "process_csat_mean",
    "overdue_off_ppm": "resolution_overdue_rate",
}  # fmt: skip
"""Columns of `relative` that stand on the mean of a KPI by kind, and the KPI, which is the name of the measure."""

COLUMNS = (*WORK_COLUMNS, *OUTCOMES)
"""Columns that `relative` makes."""

_c = pl.col


def work_by_kind(log: Log, window: tuple[int, int] | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """Return seconds of work and the number of tickets of each kind; sums over parts of a log are those of the whole.

    Parameters
    ----------
    log
        A log.
    window
        The seconds [begin, end) in which the tickets must have been resolved; any by default.
    """
    begin_s, end_s = window or (-(2**62), 2**62)
    done = log.tickets.filter(_c("resolved_s").is_between(begin_s, end_s - 1))
    told = done.select("ticket", _c("kind").cast(pl.String)).join(_work(log), on="ticket").filter(_c("work_s") > 0)
    sums = told.group_by("kind").agg(work_s=_c("work_s").sum(), n=pl.len()).sort("kind")
    return {(WORK, kind): (int(work_s), int(n)) for kind, work_s, n in sums.rows()}


def _work(log: Log) -> pl.DataFrame:
    return log.touches.filter(_c("person").is_not_null()).group_by("ticket").agg(_c("work_s").sum())


def expected_of(parts: Iterable[Sums]) -> Expected:
    """Return the expected values from the sums of all parts of a log (`work_by_kind`, `sim.kpi.kinds`)."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for part in parts:
        for (measure, kind), (amount, n) in part.items():
            for name in ((measure, ""), (measure, kind)):
                known = sums.get(name, (0, 0))
                sums[name] = (known[0] + amount, known[1] + n)
    return tuple((*name, (amount * PPM + n // 2) // n) for name, (amount, n) in sorted(sums.items()))


def relative(log: Log, expected: Expected, wanted: Collection[str] = COLUMNS) -> list[pl.Series]:
    """Return what each ticket weighs by its kind, and how far it, or its kind, lies off what is expected.

    Parameters
    ----------
    log
        A log.
    expected
        As of `expected_of`.
    wanted
        Names of `COLUMNS`.

    Returns
    -------
    list of Series
        `mix_ppm`: the expected work of the kind over that of all tickets; `work_off_ppm`: the square of the difference
        between the work and that expected of the kind, over the square of the latter; the other columns: the mean of a
        KPI over the tickets of the kind less that over all tickets, in the KPI's unit. In parts per million, rounded
        down; null where either is unknown.
    """
    found = {name: _means(expected, measure) for name, measure in OUTCOMES.items() if name in wanted}
    made = [_by_kind(log, means).alias(name) for name, means in found.items()]
    return [*(_of_work(log, expected) if not {*WORK_COLUMNS}.isdisjoint(wanted) else ()), *made]


def _means(expected: Expected, measure: str) -> dict[str, int]:
    """Return the mean of each kind less that of all, by kind."""
    known = {kind: mean for name, kind, mean in expected if name == measure}
    return {kind: mean - known[""] for kind, mean in known.items() if kind}


def _by_kind(log: Log, by: Mapping[str, int]) -> pl.Series:
    return log.tickets["kind"].cast(pl.String).replace_strict(by, default=None, return_dtype=pl.Int64)


def _of_work(log: Log, expected: Expected) -> list[pl.Series]:
    means = {kind: mean for measure, kind, mean in expected if measure == WORK}
    told = log.tickets.select("ticket", own=_by_kind(log, means)).join(
        _work(log), on="ticket", how="left", maintain_order="left"
    )
    off = _c("work_s").replace(0, None).cast(pl.Float64) * PPM / _c("own") - 1
    mix = _c("own").cast(pl.Float64) * PPM / max(means.get("", 1), 1)
    made = told.select(mix_ppm=mix.floor().cast(pl.Int64), work_off_ppm=(off * off * PPM).floor().cast(pl.Int64))
    return list(made.iter_columns())


def cross_fitted(
    nested: Sequence[NDArray[np.int64]], fold: NDArray[np.int64], y: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what each row's y would be at the rate of its cell, fitted on the rows of other folds.

    Parameters
    ----------
    nested
        Numbers of cells by row, from the coarsest to the finest; of these the finest is taken in which other folds have
        `LEAST_CELL` rows, and the rate of all rows where none has.
    fold
        Number of the fold of each row; rows that hang together share one.
    y, x
        What a row adds above and below the line of a ratio.

    Returns
    -------
    array
        Scaled so that the sum is that of y. People play no part: who has an easier mix has higher expected values, and
        who alone makes a cell is compared with themselves (see `compared_with_nobody`).

    Notes
    -----
    Cross-fitting as in Chernozhukov et al. (2018): no row is expected from itself or its own learner's other rows.
    """
    made = np.full(len(y), np.nan)
    for cell in (np.zeros(len(y), dtype=np.int64), *nested):
        n, above, below = (_of_others(cell, fold, each) for each in (np.ones(len(y)), y, x))
        taken = (n >= (LEAST_CELL if made.size and not np.isnan(made).all() else 1)) & (below > 0)
        made[taken] = above[taken] / below[taken]
    made = np.nan_to_num(made, nan=y.sum() / max(x.sum(), 1.0)) * x
    scale = float(y.sum() / made.sum()) if made.sum() > 0 else 1.0
    scaled: NDArray[np.float64] = made * scale
    return scaled


def _of_others(cell: NDArray[np.int64], fold: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by row the sum over the rows of its cell in other folds."""
    if not len(cell):
        return np.zeros(0)
    pair = cell * (int(fold.max()) + 1) + fold
    made: NDArray[np.float64] = np.bincount(cell, value)[cell] - np.bincount(pair, value)[pair]
    return made


def compared_with_nobody(cell: NDArray[np.int64], person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return by row whether other people have fewer than `LEAST_CELL` rows in its cell."""
    return _of_others(cell, person, np.ones(len(cell))) < LEAST_CELL
