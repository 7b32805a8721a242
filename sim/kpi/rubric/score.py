"""The score of people: items, categories, total and tier, with an interval over days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.kpi.rubric.cells import Cells, Floats, Ints, cells_of
from sim.kpi.rubric.data import Rubric, maximum
from sim.kpi.rubric.figures import figures
from sim.kpi.rubric.forms import Forms, forms_of, stated_of
from sim.kpi.rubric.pairs import Pairs, pairs_of
from sim.kpi.rubric.points import rounded, tiers_of
from sim.kpi.rubric.tally import Tally, tally
from sim.kpi.rubric.totals import share_of, totals
from sim.log import Log

NO_SOURCE = "no source in this log: people judge it"
NO_DATA = "no ticket of the person counts for it in the period"
FEW = "fewer tickets of the person count for it in the period than the rubric asks for"
NOT_COUNTED = "it does not count for the person's profile"

_ITEM: dict[str, pl.DataType | type[pl.DataType]] = {
    "name": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "unit": pl.String,
    "points": pl.Float64, "log_points": pl.Float64, "max_points": pl.Float64, "n": pl.Int64, "reason": pl.String,
    "stated": pl.List(pl.Struct({"source": pl.String, "points": pl.Float64})),
}  # fmt: skip


@dataclass(frozen=True)
class Earned:
    """What every row earned on every item, NaN where there is nothing.

    Attributes
    ----------
    value, points
        The value in the item's unit and the points that the log gives for it, shape (rows, items).
    n
        Tickets behind it, to the nearest whole one where they are shared out, shape (rows, items).
    """

    value: Floats
    points: Floats
    n: Ints


def score(log: Log, rubric: Rubric, *, level: float | None = 0.95) -> pl.DataFrame:
    """Return the score of everybody in every period of a log, by what the log decides and what people stated.

    Parameters
    ----------
    log
        A log, real or simulated. Points of its table `appraisals` count as the rubric says; see `forms_of` for those
        that it cannot use.
    rubric
        The rubric.
    level
        Level of the intervals; None leaves them null, which is quicker.

    Returns
    -------
    DataFrame
        One row per person and period (of the local day of the item's own instant): person, role, profile, period,
        total, low, high, tier, objective, objective_share, items. See `score_tally`.

    Notes
    -----
    It is about people, and cannot see what no ticket shows: help given to colleagues, hard
    tickets that the kinds do not tell apart, and everything that the rubric has people judge.
    """
    counted = tally(log, rubric)
    return score_tally(rubric, counted, forms=forms_in(log, rubric, counted), level=level)


def forms_in(log: Log, rubric: Rubric, counted: Tally) -> Forms | None:
    """Return the points that people stated in a log's table `appraisals`; None if it has none."""
    if log.appraisals.is_empty():
        return None
    decided = frozenset(item.name for item in rubric.items if item.kpi and item.name not in counted.reasons)
    days = log.timeline.day(np.array([0, max(log.until_s - 1, 0)]))
    within = (date.fromordinal(int(days[0])), date.fromordinal(int(days[1])))
    return forms_of(rubric, log.appraisals, log.people["person"], decided, within=within, counted=counted)


def score_tally(
    rubric: Rubric, counted: Tally, *, forms: Forms | None = None, level: float | None = 0.95
) -> pl.DataFrame:
    """Return the score from finished sums.

    Parameters
    ----------
    rubric
        The rubric.
    counted
        Sums of one log, or of many merged.
    forms
        What people stated, beside or over it.
    level
        Level of the intervals; None leaves them null.

    Returns
    -------
    DataFrame
        `total` in points out of `maximum(rubric)`: what was earned on the items that could be computed, over
        what they can give; `objective` is the same from what the log decides alone. `objective_share` is what the log
        can give over all points: the rest is judged by people, or had no data; where less than `policy.least_share`
        of all points could be given there is no tier. `low` and `high` are a jackknife-t interval of the total over
        days, null with less than two. `items` lists name, value, low, high (its jackknife-t interval), unit, points,
        log_points (before what people stated), max_points, n (tickets), stated (source and points of each form) and
        the reason where there are no points.

    Notes
    -----
    Jackknife: Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5. A day is the
    unit, so a bad Monday counts once. Near a border of a band the points jump, and the interval is only a
    guide. What people stated does not vary with days: it adds nothing to the interval.
    """
    cells = cells_of(rubric, counted, None if forms is None else forms.cells())
    made = _Made(rubric, counted, cells, forms)
    total, share = totals(rubric, made.points, cells, made.decided)
    objective, _ = totals(rubric, made.earned.points, cells, made.by_log)
    left = None if level is None else _Left(made, total, level)
    low, high = (np.full(len(cells), np.nan),) * 2 if left is None else left.of_total()
    return cells.frame.with_columns(
        total=_series(total), low=_series(low), high=_series(high), tier=tiers_given(rubric, total, share),
        objective=_series(objective),
        objective_share=_series(share_of(rubric, made.stated.log_share(made.earned.points), cells)),
        items=_listed(made, left),
    ).sort("period", "role", "person")  # fmt: skip


@dataclass(frozen=True)
class Given:
    """The points of everybody on every item, and what they come to.

    Attributes
    ----------
    cells
        People by period.
    points
        Points of log and people, NaN where there are none, shape (cells, items).
    decided
        Which items the log or somebody decides at all, shape (items,).
    total
        Totals in points, NaN where there is none, shape (cells,).
    tier
        Name of the tier by cell, null where there is none.
    """

    cells: Cells
    points: Floats
    decided: NDArray[np.bool_]
    total: Floats
    tier: pl.Series


def given_points(log: Log, rubric: Rubric) -> Given:
    """Return the points of everybody in every period of a log on every item, as `score` adds them up."""
    counted = tally(log, rubric)
    forms = forms_in(log, rubric, counted)
    cells = cells_of(rubric, counted, None if forms is None else forms.cells())
    made = _Made(rubric, counted, cells, forms)
    total, share = totals(rubric, made.points, cells, made.decided)
    return Given(cells, made.points, made.decided, total, tiers_given(rubric, total, share))


class _Made:
    """What everybody earned: by the log, by what people stated, and both together."""

    def __init__(self, rubric: Rubric, counted: Tally, cells: Cells, forms: Forms | None) -> None:
        self.rubric, self.counted, self.cells, self.forms = rubric, counted, cells, forms
        self.stated = stated_of(rubric, cells, forms)
        self.by_log = np.array([item.kpi is not None and item.name not in counted.reasons for item in rubric.items])
        self.decided = self.by_log | (self.stated.weight > 0).any(axis=0)
        self.earned = earned_of(rubric, cells, self.by_log)
        self.points = self.stated.with_log(self.earned.points)


class _Left:
    """The same with one day left out, and the intervals that follow."""

    def __init__(self, made: _Made, total: Floats, level: float) -> None:
        self.made, self.level, self.total = made, level, total
        self.pairs = pairs_of(made.cells)
        self.earned = earned_of(made.rubric, made.cells, made.by_log, self.pairs)

    def of_total(self) -> tuple[Floats, Floats]:
        """Return the interval of the total, cut to what can be scored."""
        made, pairs = self.made, self.pairs
        points = made.stated.with_log(self.earned.points, pairs.cell)
        without, _ = totals(made.rubric, points, made.cells, made.decided, pairs, made.points)
        half = self._half(without, self.total)
        most = np.zeros(len(made.cells))
        for profile, mine in made.cells.profiles():
            most[mine] = maximum(made.rubric, profile) if profile is not None or not made.rubric.profiles else 0.0
        return np.maximum(self.total - half, 0.0), np.minimum(self.total + half, most)

    def of_value(self, column: int) -> tuple[Floats, Floats]:
        """Return the interval of an item's value."""
        value = self.made.earned.value[:, column]
        half = self._half(self.earned.value[:, column], value)
        return value - half, value + half

    def _half(self, without: Floats, whole: Floats) -> Floats:
        """Return half the jackknife-t interval of each cell; NaN with less than two days."""
        cell, size = self.pairs.cell, len(self.made.cells)
        apart = without - whole[cell]
        seen = ~np.isnan(apart)
        counts = np.bincount(cell[seen], minlength=size).astype(np.float64)
        sums = np.bincount(cell[seen], weights=apart[seen], minlength=size)
        squares = np.bincount(cell[seen], weights=apart[seen] ** 2, minlength=size)
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.maximum(squares - sums**2 / counts, 0.0)
            half = stats.t.ppf((1 + self.level) / 2, counts - 1) * np.sqrt((counts - 1) / counts * spread)
        half[counts < 2] = np.nan
        return np.asarray(half)


def earned_of(rubric: Rubric, cells: Cells, by_log: NDArray[np.bool_], pairs: Pairs | None = None) -> Earned:
    """Return what every cell earned on every item that the log decides, or every cell without the day of a pair."""
    shape = (len(cells) if pairs is None else len(pairs), len(rubric.items))
    earned = Earned(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64))
    for column, item in enumerate(rubric.items):
        if by_log[column]:
            found = figures(rubric, item, cells, pairs)
            earned.value[:, column], earned.points[:, column] = found.value, found.points
            earned.n[:, column] = found.n
    return earned


def _series(values: Floats) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def tiers_given(rubric: Rubric, total: Floats, share: Floats) -> pl.Series:
    """Return the tier of each total; none where too little of the points could be given.

    Parameters
    ----------
    rubric
        Its tiers and policy.
    total, share
        As `totals` returns them.
    """
    known = ~np.isnan(total) & (share >= rubric.policy.least_share - 1e-9)
    tier = np.full(len(total), None, dtype=object)
    counted = rounded(total[known], rubric.policy.round_total)
    tier[known] = [rubric.tiers[rank].name for rank in tiers_of(rubric.tiers, counted, rubric.policy)]
    return pl.Series(tier.tolist(), dtype=pl.Enum([t.name for t in rubric.tiers]))


def _listed(made: _Made, left: _Left | None) -> pl.Series:
    """Return one list of items per cell."""
    items, size = made.rubric.items, len(made.cells)
    nothing = (np.full(size, np.nan),) * 2
    spans = [nothing if left is None else left.of_value(column) for column in range(len(items))]

    def flat(by_item: Floats) -> pl.Series:
        return pl.Series(np.ascontiguousarray(by_item).ravel(), dtype=pl.Float64).fill_nan(None)

    def again(each: Sequence[object], dtype: type[pl.DataType]) -> pl.Series:
        return pl.Series(list(each) * size, dtype=dtype)

    rows = pl.DataFrame(
        {
            "row": np.repeat(np.arange(size), len(items)), "name": again([i.name for i in items], pl.String),
            "value": flat(made.earned.value), "low": flat(np.stack([low for low, _ in spans], axis=1)),
            "high": flat(np.stack([high for _, high in spans], axis=1)),
            "unit": again([item.unit if item.kpi else None for item in items], pl.String),
            "points": flat(made.points), "log_points": flat(made.earned.points),
            "max_points": again([item.max_points for item in items], pl.Float64), "n": made.earned.n.ravel(),
            "reason": pl.Series(_reasons(made).ravel().tolist(), dtype=pl.String), "stated": _told(made),
        }
    )  # fmt: skip
    listed = rows.group_by("row", maintain_order=True).agg(items=pl.struct(*_ITEM))["items"]
    return listed.cast(pl.List(pl.Struct(_ITEM)))


def _told(made: _Made) -> pl.Series:
    """Return what people stated of every cell and item, a list each, in the order of the cells and items."""
    size, items = len(made.cells), [item.name for item in made.rubric.items]
    nothing = pl.Series("stated", [[]], dtype=_ITEM["stated"]).new_from_index(0, size * len(items))
    if made.forms is None or made.forms.rows.is_empty():
        return nothing
    columns = pl.DataFrame({"item": items, "column": range(len(items))})
    places = made.cells.frame.select("person", "period").with_row_index("row")
    rows = made.forms.rows.join(places, on=["person", "period"], maintain_order="left").join(
        columns, on="item", maintain_order="left"
    )
    at = pl.col("row").cast(pl.Int64) * len(items) + pl.col("column")
    told = rows.group_by(at.alias("at"), maintain_order=True).agg(stated=pl.struct("source", "points"))
    every = pl.DataFrame({"at": np.arange(len(nothing)), "nothing": nothing}).join(
        told, on="at", how="left", maintain_order="left"
    )
    return every.select(pl.coalesce("stated", "nothing").alias("stated")).to_series()


def _reasons(made: _Made) -> NDArray[np.object_]:
    """Return why there are no points, None where there are some, shape (cells, items)."""
    rubric, n = made.rubric, made.earned.n
    out = np.full(n.shape, None, dtype=object)
    for column, item in enumerate(rubric.items):
        if item.kpi is None:
            why = np.full(len(n), NO_SOURCE, dtype=object)
        elif (reason := made.counted.reasons.get(item.name)) is not None:
            why = np.full(len(n), reason, dtype=object)
        else:
            few = (rubric.policy.small_n == "missing") & (n[:, column] > 0) & (n[:, column] < item.least_n)
            why = np.where(few, FEW, NO_DATA).astype(object)
        missing = np.isnan(made.points[:, column])
        out[missing, column] = why[missing]
    for profile, mine in made.cells.profiles():
        counted = rubric.items_of(profile)
        others = [column for column, item in enumerate(rubric.items) if item.name not in counted]
        out[np.ix_(mine, others)] = NOT_COUNTED
    return out
