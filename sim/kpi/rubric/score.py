"""The score of people: items, categories, total and tier, with an interval over days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.kpi.rubric.data import Item, Rubric, maximum
from sim.kpi.rubric.points import points_of, tiers_of
from sim.kpi.rubric.tally import Tally, month_of, tally, weight_of
from sim.log import Log

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

NO_SOURCE = "no source in this log: people judge it"
NO_DATA = "no ticket of the person counts for it in the period"

_SCALE = {"%": (100, 1), "min": (1, 60), "h": (1, 3600)}
_ITEM = {
    "name": pl.String, "value": pl.Float64, "unit": pl.String, "points": pl.Float64, "max_points": pl.Float64,
    "n": pl.Int64, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class _Facts:
    """Facts of one item: what row belongs to which cell and day, its value and how often it occurred."""

    cell: Ints
    day: Ints
    value: Ints
    n: Ints

    def without(self, day: int | None) -> _Facts:
        if day is None:
            return self
        kept = self.day != day
        return _Facts(self.cell[kept], self.day[kept], self.value[kept], self.n[kept])


@dataclass(frozen=True)
class _Cells:
    """People by period, with the facts of every item. `team` numbers role and period."""

    frame: pl.DataFrame
    team: Ints
    facts: dict[str, _Facts]
    duty: _Facts

    def __len__(self) -> int:
        return self.frame.height


@dataclass(frozen=True)
class Earned:
    """What every cell earned, one column per item of the rubric, null as NaN.

    Attributes
    ----------
    points, value
        Points and the value behind them in the item's unit, shape (cells, items).
    n
        Tickets behind them, to the nearest whole one where they are shared out, shape (cells, items).
    """

    points: Floats
    value: Floats
    n: Ints


def score(log: Log, rubric: Rubric, *, level: float | None = 0.95) -> pl.DataFrame:
    """Return the score of everybody in every month of a log, by the items that a log can decide.

    Parameters
    ----------
    log
        A log, real or simulated.
    rubric
        The rubric.
    level
        Level of the intervals; None leaves them null, which is quicker.

    Returns
    -------
    DataFrame
        One row per person and period (local month of the item's own instant): person, role, period, total,
        low, high, tier, objective_share, items. See `score_tally`.

    Notes
    -----
    It is about people, and cannot see what no ticket shows: help given to colleagues, hard
    tickets that the kinds do not tell apart, and everything that the rubric has people judge.
    """
    return score_tally(rubric, tally(log, rubric), level=level)


def score_tally(rubric: Rubric, counted: Tally, *, level: float | None = 0.95) -> pl.DataFrame:
    """Return the score from finished sums.

    Parameters
    ----------
    rubric
        The rubric.
    counted
        Sums of one log, or of many merged.
    level
        Level of the intervals; None leaves them null.

    Returns
    -------
    DataFrame
        `total` in points out of `maximum(rubric)`: what was earned on the items that could be computed, over
        what they can give. `objective_share` is what they can give over all points: the rest is judged by
        people, or had no data; below `policy.least_share` there is no tier. `low` and `high` are a
        jackknife-t interval over days, null with less than two. `items` lists name, value, unit, points,
        max_points, n (tickets) and the reason where there are no points.

    Notes
    -----
    Jackknife: Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5. A day is the
    unit, so a bad Monday counts once. Near a border of a band the points jump, and the interval is only a
    guide.
    """
    cells = _cells(rubric, counted)
    earned = _earned(rubric, cells, counted, None)
    total, share = totals(rubric, earned.points, cells.team, counted)
    low, high = _interval(rubric, cells, counted, total, level)
    known = ~np.isnan(total)
    tier = np.full(len(cells), None, dtype=object)
    known &= share >= rubric.policy.least_share - 1e-9
    ranks = tiers_of(rubric.tiers, total[known], rubric.policy)
    tier[known] = [rubric.tiers[rank].name for rank in ranks]
    return cells.frame.with_columns(
        total=_series(total), low=_series(low), high=_series(high),
        tier=pl.Series(tier.tolist(), dtype=pl.Enum([t.name for t in rubric.tiers])),
        objective_share=_series(share), items=_listed(rubric, earned, counted),
    ).sort("period", "role", "person")  # fmt: skip


def _series(values: Floats) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def _cells(rubric: Rubric, counted: Tally) -> _Cells:
    """Return everybody in every period in which they were on duty or have facts."""
    duty = counted.duty.with_columns(period=month_of("day"))
    facts = counted.facts.with_columns(period=month_of("day"))
    keys = pl.concat([duty.select("person", "period"), facts.select("person", "period")]).unique()
    frame = (
        keys.join(counted.people, on="person", how="left", maintain_order="left")
        .select("person", "role", "period")
        .sort("period", "role", "person")
    )
    team = frame.select(pl.struct("period", "role").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    numbered = frame.with_row_index("cell")
    split = {
        item.name: _arrays(facts.filter(pl.col("item") == item.name), numbered) for item in rubric.items if item.kpi
    }
    on_duty = duty.select("person", "period", "day", value="rostered_s", n=pl.lit(1, pl.Int64))
    return _Cells(frame, team, split, _arrays(on_duty, numbered))


def _arrays(facts: pl.DataFrame, numbered: pl.DataFrame) -> _Facts:
    rows = facts.join(numbered, on=["person", "period"]).sort("cell", "day", "value")
    return _Facts(*(rows[name].cast(pl.Int64).to_numpy() for name in ("cell", "day", "value", "n")))


def _earned(rubric: Rubric, cells: _Cells, counted: Tally, without: int | None) -> Earned:
    """Return what every cell earned on every item, a day left out where one is named."""
    shape = (len(cells), len(rubric.items))
    earned = Earned(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64))
    for column, item in enumerate(rubric.items):
        if item.kpi is None or item.name in counted.reasons:
            continue
        facts = cells.facts[item.name].without(without)
        value, n, late = _value(item, facts, cells, without)
        known, weight = ~np.isnan(value), weight_of(rubric, item)
        earned.value[:, column], earned.n[:, column] = value, np.rint(n / weight)
        if item.statistic == "share_weighted":
            each = points_of(item, facts.value * _SCALE[item.unit][0] / _SCALE[item.unit][1], rubric.policy)
            summed = np.bincount(facts.cell, weights=each * facts.n, minlength=len(cells))
            earned.points[known, column] = summed[known] / n[known]
        else:
            earned.points[known, column] = points_of(item, value[known], rubric.policy, late[known] // weight)
    return earned


def _value(item: Item, facts: _Facts, cells: _Cells, without: int | None) -> tuple[Floats, Ints, Ints]:
    """Return the value of an item in its unit, the tickets behind it and the late ones, by cell."""
    n = _summed(facts.cell, facts.n, len(cells))
    up, down = _SCALE[item.unit]
    if item.statistic == "relative":
        return _relative(item, n, cells, without), n, n
    total = _summed(facts.cell, facts.value * facts.n, len(cells))
    if item.statistic in ("median", "p90"):
        return _quantile(facts, n, 0.5 if item.statistic == "median" else 0.9) * up / down, n, total
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 0, up * total / (down * n), np.nan), n, total


def _summed(cell: Ints, values: Ints, size: int) -> Ints:
    out = np.zeros(size, dtype=np.int64)
    np.add.at(out, cell, values)
    return out


def _relative(item: Item, n: Ints, cells: _Cells, without: int | None) -> Floats:
    """Return the volume in percent of the role's mean in the period: a second stage over finished sums."""
    duty = cells.duty.without(without)
    base = np.ones_like(n)
    if item.per == "rostered_hour":
        base = _summed(duty.cell, duty.value, len(cells))
    teams = int(cells.team.max(initial=-1)) + 1
    volume, bases = _summed(cells.team, n, teams)[cells.team], _summed(cells.team, base, teams)[cells.team]
    if not item.include_self:
        volume, bases = volume - n, bases - base
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((base > 0) & (volume > 0), (100 * n * bases) / (base * volume), np.nan)


def _quantile(facts: _Facts, n: Ints, share: float) -> Floats:
    """Return the smallest value that at least the share of the tickets reaches, by cell."""
    out = np.full(len(n), np.nan)
    order = np.lexsort((facts.value, facts.cell))
    cell, value, counts = facts.cell[order], facts.value[order], facts.n[order]
    for mine in np.unique(cell):
        here = cell == mine
        reached = np.cumsum(counts[here])
        out[mine] = value[here][np.searchsorted(reached, share * reached[-1] - 1e-9)]
    return out


def totals(rubric: Rubric, points: Floats, team: Ints, counted: Tally) -> tuple[Floats, Floats]:
    """Return the total of every cell and the share of all points that could be computed.

    Parameters
    ----------
    rubric
        Its weights apply to the share of a category's points that was earned (A-10).
    points
        Points by cell and item, NaN where there are none, shape (cells, items).
    team
        Number of role and period, shape (cells,).
    counted
        Says which items the log cannot decide at all: they are out for everybody.

    Returns
    -------
    tuple of NDArray
        Totals in [0, `maximum(rubric)`], NaN where nothing could be computed, and shares in [0, 1].
    """
    in_log = np.array([i.kpi is not None and i.name not in counted.reasons for i in rubric.items])
    most = np.array([i.max_points for i in rubric.items])
    points = _filled(rubric, points, team, in_log, most)
    whole = rubric.category_points()
    earned, possible, share = (np.zeros(len(points)) for _ in range(3))
    for name, category in rubric.categories.items():
        mine = np.array([i.category == name for i in rubric.items]) & in_log
        there = ~np.isnan(points[:, mine])
        open_to_all, available = most[mine].sum(), (there * most[mine]).sum(axis=1)
        worth = category.weight * open_to_all / (1.0 if rubric.policy.double_weighting else whole[name])
        some = available > 0
        rate = np.divide(np.nansum(points[:, mine], axis=1), available, out=np.zeros(len(points)), where=some)
        earned += worth * rate
        possible += worth * some
        share += category.weight * available / whole[name]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(possible > 0, maximum(rubric) * earned / possible, np.nan), share


def _filled(rubric: Rubric, points: Floats, team: Ints, in_log: NDArray[np.bool_], most: Floats) -> Floats:
    """Return the points with gaps treated as the policy says (A-29)."""
    policy = rubric.policy.missing
    if policy == "renormalise" or not points.size:
        return points
    gaps = np.isnan(points) & in_log
    if policy == "team_mean":
        sums, counts = np.zeros((2, int(team.max()) + 1, points.shape[1]))
        np.add.at(sums, team, np.nan_to_num(points))
        np.add.at(counts, team, ~np.isnan(points))
        fill = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)[team]
    else:
        fill = np.broadcast_to(most if policy == "full" else 0.0, points.shape)
    return np.where(gaps, fill, points)


def _interval(
    rubric: Rubric, cells: _Cells, counted: Tally, total: Floats, level: float | None
) -> tuple[Floats, Floats]:
    """Return the jackknife-t interval over days with facts of the cell, clipped to what can be scored."""
    nothing = np.full(len(cells), np.nan)
    days = np.unique(np.concatenate([f.day for f in (*cells.facts.values(), cells.duty)]))
    if level is None or not len(days):
        return nothing, nothing
    counts, sums, squares = np.zeros((3, len(cells)))
    for day in days.tolist():
        hit = np.unique(np.concatenate([f.cell[f.day == day] for f in cells.facts.values()]))
        left = totals(rubric, _earned(rubric, cells, counted, day).points, cells.team, counted)[0][hit] - total[hit]
        seen = ~np.isnan(left)
        counts[hit[seen]] += 1
        sums[hit[seen]] += left[seen]
        squares[hit[seen]] += left[seen] ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.maximum(squares - sums**2 / counts, 0.0)
        half = stats.t.ppf((1 + level) / 2, counts - 1) * np.sqrt((counts - 1) / counts * spread)
    half[counts < 2] = np.nan
    return np.maximum(total - half, 0.0), np.minimum(total + half, maximum(rubric))


def _listed(rubric: Rubric, earned: Earned, counted: Tally) -> pl.Series:
    """Return one list of items per cell."""

    def known(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    def one(row: int, column: int, item: Item) -> dict[str, object]:
        points = known(earned.points[row, column])
        reason = NO_SOURCE if item.kpi is None else counted.reasons.get(item.name, NO_DATA)
        return {
            "name": item.name, "value": known(earned.value[row, column]),
            "unit": item.unit if item.kpi else None, "points": points, "max_points": item.max_points,
            "n": int(earned.n[row, column]),
            "reason": None if points is not None else reason,
        }  # fmt: skip

    rows = [[one(r, c, i) for c, i in enumerate(rubric.items)] for r in range(len(earned.points))]
    return pl.Series("items", rows, dtype=pl.List(pl.Struct(_ITEM)))
