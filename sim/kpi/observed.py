"""What a log shows of people in one KPI, row by row, with what the mix of their cases lets expect."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.casemix import compared_with_nobody, cross_fitted

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
On = Literal["raw", "adjusted"]

LEAST = 30
"""Rows that somebody must have to be judged, unless another number is asked for."""

FOLDS = 20
MISSING = ""
"""Name of a cell's part that the log does not know."""


@dataclass(frozen=True, eq=False)
class Observed:
    """The rows behind a KPI, as arrays of one length, and what they are about.

    Attributes
    ----------
    name, better, unit
        Of the KPI.
    scale
        A figure is sum of y over sum of x, times this.
    people, cells, places, kinds
        What the numbers of the rows stand for; a cell is named by its axes, a place is a seat (its heads are one), or
        a team where no seat is known.
    person, cell, place, kind, day
        Numbers by row; the day as `date.toordinal` counts.
    y, x
        What a row adds above and below the line.
    expected
        What y would be at the rate of the row's cell, as `sim.kpi.casemix.cross_fitted` gives it.
    alone
        Whether hardly anybody but the row's own person has cases in its cell, so that it is compared with itself.
    left_out
        People with too few rows to be judged, who are not in `people`; their rows still make expected values.
    nobodys
        Rows that nobody answers for.
    """

    name: str
    better: str
    unit: str
    scale: float
    people: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    places: tuple[str, ...]
    kinds: tuple[str, ...]
    person: Ints
    cell: Ints
    place: Ints
    kind: Ints
    day: Ints
    y: Floats
    x: Floats
    expected: Floats
    alone: NDArray[np.bool_]
    left_out: int = 0
    nobodys: int = 0

    @property
    def binary(self) -> bool:
        """Whether every row is a yes or a no."""
        return bool((self.x == 1).all() and np.isin(self.y, (0.0, 1.0)).all())

    @property
    def overall(self) -> float:
        """Sum of y over sum of x; NaN without rows."""
        return float(self.y.sum() / self.x.sum()) if self.x.sum() > 0 else float("nan")

    def on(self, which: On) -> Observed:
        """Return the rows as they are, or with what the mix explains taken away: y less expected, plus the overall."""
        return self if which == "raw" else replace(self, y=self.y - self.expected + self.overall * self.x)

    def of(self, rows: NDArray[np.bool_]) -> Observed:
        """Return some of the rows; people keep their numbers."""
        arrays = ("person", "cell", "place", "kind", "day", "y", "x", "expected", "alone")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})


class Daily(NamedTuple):
    """Sums by person and day, in this order."""

    person: Ints
    day: Ints
    y: Floats
    x: Floats
    n: Ints


class Figures(NamedTuple):
    """Figures of people in the units of the sums: value, its delete-one-day error, rows and days; NaN is unknown."""

    value: Floats
    error: Floats
    n: Ints
    days: Ints


def of_rows(
    rows: pl.DataFrame, name: str, *, better: str = "none", unit: str = "1", scale: float = 1.0,
    mix: tuple[str, ...] = ("kind",), least: int = LEAST,
) -> Observed:  # fmt: skip
    """Return rows of people with what the mix of their cases lets expect.

    Parameters
    ----------
    rows
        Columns ticket, person, day, kind, y, x, those of `mix`, and perhaps learner, seat, team. A row without person
        is nobody's.
    name, better, unit, scale
        See `Observed`.
    mix
        Columns that make cases alike; the last one is given up first where too few are.
    least
        How many rows somebody must have to be judged, at least 2.

    Raises
    ------
    ValueError
        If `least` is below 2.
    """
    if least < 2:
        raise ValueError(f"least must be 2 rows or more, got {least}")
    owned = rows.filter(pl.col("person").is_not_null())
    people, person = _named(owned["person"])
    y, x = (owned[key].cast(pl.Float64).to_numpy() for key in ("y", "x"))
    nested = [_coded(owned, mix[: depth + 1]) for depth in range(len(mix))]
    cells, cell = nested[-1] if nested else ((("",),), np.zeros(len(y), dtype=np.int64))
    places, place = _named(_place(owned))
    kinds, kind = _named(owned["kind"])
    made = Observed(
        name, better, unit, scale, people, cells, places, kinds, person, cell, place, kind,
        owned["day"].cast(pl.Int64).to_numpy(), y, x, cross_fitted([each for _, each in nested], _folds(owned), y, x),
        compared_with_nobody(cell, person), nobodys=rows.height - owned.height,
    )  # fmt: skip
    return _judged(made, least)


def _judged(every: Observed, least: int) -> Observed:
    """Leave out the people who have too few rows."""
    enough = np.bincount(every.person, minlength=len(every.people)) >= least
    numbers = np.cumsum(enough) - 1
    kept = every.of(enough[every.person]) if len(every.person) else every
    people = tuple(name for name, stays in zip(every.people, enough, strict=True) if stays)
    return replace(kept, people=people, person=numbers[kept.person], left_out=int((~enough).sum()))


def _named(column: pl.Series) -> tuple[tuple[str, ...], Ints]:
    """Return the names of a column, sorted, and their numbers by row."""
    told = column.cast(pl.String).fill_null(MISSING)
    names = told.unique().sort().to_list()
    numbers = told.replace_strict(names, list(range(len(names))), return_dtype=pl.Int64) if names else told.cast(int)
    return tuple(names), numbers.to_numpy()


def _coded(rows: pl.DataFrame, axes: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    """Return the combinations of some columns that occur, sorted, and their numbers by row."""
    told = rows.select(pl.col(axes).cast(pl.String).fill_null(MISSING))
    names = told.unique().sort(list(axes))
    numbers = told.join(names.with_row_index("cell"), on=list(axes), how="left", maintain_order="left")["cell"]
    return tuple(names.rows()), numbers.cast(pl.Int64).to_numpy()


def _place(rows: pl.DataFrame) -> pl.Series:
    """Return the seats, whose heads are alike (`front#2` is one of `front`); the teams where no seat is known."""
    known = [name for name in ("seat", "team") if name in rows.columns and rows[name].null_count() < rows.height]
    if not known:
        return pl.Series([None] * rows.height, dtype=pl.String)
    return rows[known[0]].cast(pl.String).str.replace(r"#\d+$", "")


def _folds(rows: pl.DataFrame) -> Ints:
    """Return a fold by row: that of the learner, or of the ticket where the learner is unknown."""
    named = pl.concat_str(pl.lit("ticket "), pl.col("ticket").cast(pl.String))
    who = pl.coalesce(pl.col("learner").cast(pl.String), named) if "learner" in rows.columns else named
    names, numbers = _named(rows.select(who.alias("who"))["who"])
    return np.array([zlib.crc32(name.encode()) % FOLDS for name in names], dtype=np.int64)[numbers]


def daily(rows: Observed) -> Daily:
    """Return the sums by person and day."""
    if not len(rows.person):
        none = np.zeros(0)
        return Daily(none.astype(np.int64), none.astype(np.int64), none, none, none.astype(np.int64))
    first = int(rows.day.min())
    span = int(rows.day.max()) - first + 1
    keys, place = np.unique(rows.person * span + rows.day - first, return_inverse=True)
    y, x, n = (np.bincount(place, each) for each in (rows.y, rows.x, np.ones(len(place))))
    return Daily(keys // span, keys % span + first, y, x, n.astype(np.int64))


def figures(rows: Observed) -> Figures:
    """Return the figures of the people, with their delete-one-day jackknife errors (Efron and Tibshirani 1993, ch. 11).

    The error is unknown of somebody seen on a single day.
    """
    size, each = len(rows.people), daily(rows)

    def total(values: Floats) -> Floats:
        return np.bincount(each.person, values, size)

    above, below, days = total(each.y), total(each.x), total(np.ones(len(each.y)))
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = below[each.person] - each.x
        without = np.where(rest > 0, (above[each.person] - each.y) / rest, np.nan)
        centre = total(without) / days
        spread = total((without - centre[each.person]) ** 2)
        error = np.where(days > 1, np.sqrt(spread * (days - 1) / days), np.nan)
        value = np.where(below > 0, above / below, np.nan)
    return Figures(value, error, total(each.n.astype(np.float64)).astype(np.int64), days.astype(np.int64))
