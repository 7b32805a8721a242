"""Many cells looked at once: which of them differ from the rest, at a stated share of false alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.catalogue import find
from sim.kpi.control import how_of
from sim.kpi.kernels import Floats
from sim.kpi.measure import Window, count
from sim.log import Log

FALSE_ALARMS = 0.05
"""Of the cells that are pointed at, so large a share is allowed to be no different (false discovery rate)."""

LEAST = 10
"""A cell of fewer tickets is not judged."""

LEAST_DAYS = 5
"""Nor is one with tickets on fewer days."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    row, column
        Its labels.
    n
        What is below the line: tickets.
    mean
        Its figure; None where it has too few tickets or days to be judged.
    difference, low, high
        From all other cells together, with its interval for this cell alone.
    q
        The smallest share of false alarms at which the cell would be pointed at, over all cells that are judged.
    stands_out
        1 above the rest, -1 below, else 0.
    """

    row: str | None
    column: str | None
    n: int
    mean: float | None
    difference: float | None
    low: float | None
    high: float | None
    q: float | None
    stands_out: int


def scan(
    log: Log, name: str, rows: str = "team", columns: str = "kind", *, least: int = LEAST,
    false_alarms: float = FALSE_ALARMS, window: Window | None = None, book: Book = STANDARD_BOOK,
) -> list[Cell]:  # fmt: skip
    """Return the cells of a KPI, and which of them stand out from all others together.

    Parameters
    ----------
    log
        A log.
    name
        A KPI that is a ratio of sums.
    rows, columns
        What the table is split by.
    least
        A cell of fewer tickets is not judged.
    false_alarms
        Share of the cells pointed at that may be no different, in (0, 1).
    window, book
        As of `sim.kpi.measure`.

    Raises
    ------
    ValueError
        If the KPI is no ratio of sums, or as of `stand_out`.
    """
    kpi = find(name, book.kpis)
    if kpi.finish.how != "ratio" or name in book.formulas:
        raise ValueError(f"{name}: only a ratio of sums can be compared cell by cell, it is a {kpi.finish.how}")
    counted = count(log, [name], by=(rows, columns), window=window, book=book)
    unit = kpi.finish.times / kpi.finish.divide
    sums = counted.sums.rename({rows: "row", columns: "column"})
    return stand_out(sums, unit=unit, binary=how_of(kpi) == "p", least=least, false_alarms=false_alarms)


def stand_out(
    sums: pl.DataFrame, *, unit: float = 1.0, binary: bool = False, least: int = LEAST,
    false_alarms: float = FALSE_ALARMS, level: float = 0.95,
) -> list[Cell]:  # fmt: skip
    """Return the cells of whole-number sums, and which of them stand out.

    Parameters
    ----------
    sums
        `row`, `column`, `day`, `y`, `x`, and `yy` (sums of squares) where `x` counts tickets.
    unit
        Figures are multiplied by it.
    binary
        Whether a ticket adds 0 or 1 to `y`.
    least, false_alarms
        As of `scan`.
    level
        Of the intervals of single cells.

    Raises
    ------
    ValueError
        If `least` is below 1, or the false alarms do not lie in (0, 1).

    Notes
    -----
    A cell is compared with the rest of the table, days being left out one by one for both (jackknife-t with the days of
    the cell less one) and, by the normal distribution, with tickets drawn from one common lot; the larger p-value
    counts, so that a cell without a single case is no wonder where cases are rare. Over all judged cells the procedure
    of Benjamini and Hochberg (1995) keeps the share of false alarms among those pointed at; where no cell differs,
    it points at any in no more than that share of tables.
    """
    if least < 1:
        raise ValueError(f"least must be at least 1 ticket, got {least}")
    if not 0 < false_alarms < 1:
        raise ValueError(f"the share of false alarms must lie in (0, 1), got {false_alarms}")
    known = sums.filter(pl.col("x") > 0).select(
        pl.col("row", "column").cast(pl.String), pl.col("day").cast(pl.Int64), pl.col("y", "x").cast(pl.Int64),
        yy=pl.col("yy").cast(pl.Float64) if "yy" in sums.columns else pl.lit(None, pl.Float64),
    )  # fmt: skip
    names = known.select("row", "column").unique().sort("row", "column", nulls_last=True).rows()
    if not names:
        return []
    y, x, squares = _by_day(known, names)
    n = x.sum(axis=1)
    judged = (n >= least) & ((x > 0).sum(axis=1) >= LEAST_DAYS) & (n < n.sum())
    tested = {at: _test(y, x, squares, at, binary) for at in np.flatnonzero(judged).tolist()}
    q = _discoveries({at: test.p() for at, test in tested.items() if max(test.error, test.least) > 0})
    made = []
    for at, (row, column) in enumerate(names):
        mean = float(y[at].sum() / n[at]) * unit
        if at not in q:
            made.append(Cell(row, column, int(n[at]), mean if judged[at] else None, None, None, None, None, 0))
            continue
        d, half = tested[at].difference, tested[at].half(level)
        out = int(np.sign(d)) if q[at] <= false_alarms else 0
        made.append(Cell(row, column, int(n[at]), mean, d * unit, (d - half) * unit, (d + half) * unit, q[at], out))
    return made


def _discoveries(p: dict[int, float]) -> dict[int, float]:
    """Return the adjusted p-values of some cells."""
    if not p:
        return {}
    adjusted = stats.false_discovery_control(list(p.values()), method="bh")
    return {at: float(each) for at, each in zip(p, adjusted, strict=True)}


def _by_day(known: pl.DataFrame, names: list[tuple[str | None, str | None]]) -> tuple[Floats, Floats, Floats]:
    """Return y and x by cell and day, shape (cells, days), and the sums of squares by cell."""
    days = {day: at for at, day in enumerate(known["day"].unique().sort().to_list())}
    place = {name: at for at, name in enumerate(names)}
    y, x, squares = np.zeros((len(names), len(days))), np.zeros((len(names), len(days))), np.zeros(len(names))
    for row, column, day, above, below, yy in known.select("row", "column", "day", "y", "x", "yy").iter_rows():
        at = place[row, column]
        y[at, days[day]] += above
        x[at, days[day]] += below
        squares[at] += np.nan if yy is None else yy
    return y, x, squares


class _Test(NamedTuple):
    """A cell's difference from the rest, its error over days with the degrees of freedom, and that of one lot."""

    difference: float
    error: float
    freedom: int
    least: float

    def p(self) -> float:
        """Return the larger of the two p-values."""
        far = abs(self.difference)
        over_days = 2 * stats.t.sf(far / self.error, self.freedom) if self.error > 0 else 0.0
        return float(max(over_days, 2 * stats.norm.sf(far / self.least) if self.least > 0 else 0.0))

    def half(self, level: float) -> float:
        """Return the larger of the two halves of intervals."""
        share = (1 + level) / 2
        return float(max(stats.t.ppf(share, self.freedom) * self.error, stats.norm.ppf(share) * self.least))


def _test(y: Floats, x: Floats, squares: Floats, at: int, binary: bool) -> _Test:
    """Return the comparison of a cell with the rest."""
    own = np.stack([y[at], x[at]])
    rest = np.stack([y.sum(axis=0), x.sum(axis=0)]) - own
    whole, others = own.sum(axis=1), rest.sum(axis=1)
    difference = whole[0] / whole[1] - others[0] / others[1]
    left, right = whole[:, None] - own, others[:, None] - rest
    fine = (left[1] > 0) & (right[1] > 0)
    without = left[0][fine] / left[1][fine] - right[0][fine] / right[1][fine]
    m = len(without)
    error = np.sqrt((m - 1) / m * ((without - without.mean()) ** 2).sum()) if m > 1 else 0.0
    least = _of_one_lot(y.sum(), x.sum(), squares.sum(), binary) * np.sqrt(1 / whole[1] + 1 / others[1])
    return _Test(float(difference), float(error), int((own[1] > 0).sum()) - 1, float(least))


def _of_one_lot(y: float, x: float, squares: float, binary: bool) -> float:
    """Return the standard deviation of single tickets; 0 where it is not known."""
    mean = y / x
    variance = mean * (1 - mean) if binary else squares / x - mean**2
    return float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else 0.0
