"""A target for a weak item: a number with unit and date, whether it can be told from chance, how often it is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from sim.kpi.control import how_of
from sim.kpi.detect import detectable_figure, detectable_mean, detectable_share, reached
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.following import length_of
from sim.kpi.rubric.items import Item
from sim.kpi.rubric.periods import period_of
from sim.kpi.rubric.tally import FIRST, Tally
from sim.kpi.rubric.times import SCALE
from sim.log.periods import days_of

RARE = 0.1
"""A band that fewer comparable people-periods reach is too far: the best quarter of them is proposed instead."""

LEAST_PERIODS = 8
"""Comparable people-periods that are needed to say how often a value is reached."""

MEANS = ("mean", "share_weighted")

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """What somebody might reach on an item, and by when.

    Attributes
    ----------
    item
        Its name.
    value, target, unit
        As it is, as it might be, and in what unit.
    why
        `band`: where the next better band begins; `quarter`: what the best quarter of comparable people reach.
    by
        Last day of the period after the one that is looked at.
    n
        Tickets behind the value; the next period is taken to have as many.
    detectable
        The smallest change for the better that so many tickets show (80 % power, 5 %); None if no change would.
    told
        Whether the target differs by that much.
    reached, of, low, high
        In how many of so many people-periods the target was met, and the interval of the share; None where there are
        too few.
    """

    item: str
    value: float
    target: float
    unit: str
    why: str
    by: date
    n: int
    detectable: float | None
    told: bool
    reached: int | None
    of: int
    low: float | None
    high: float | None


def targets(
    rubric: Rubric, scores: Sequence[Row], counted: Tally, person: str, period: str, *,
    reference: Sequence[Row] | None = None, most: int = 3,
) -> list[Target]:  # fmt: skip
    """Return targets for somebody's weakest items, the weakest first.

    Parameters
    ----------
    rubric
        The rubric.
    scores
        Rows as of `score`.
    counted
        Sums of the log, for the spread of times.
    person, period
        Whose, and for which period.
    reference
        Rows that say how often a value is reached, such as those of a simulated log; `scores` by default, without the
        person's own.
    most
        Of so many items at most.

    Notes
    -----
    Proposed is the border of the next better band; where less than a tenth of comparable people-periods (same role,
    same length of period) reach it, what their best quarter reaches, if that is better than the value. An item in its
    best band needs none. The smallest change that shows is that of two proportions for shares, of a t-test for means
    of times, and goes by the interval for everything else.
    """
    own = next(row for row in scores if row["person"] == person and row["period"] == period)
    others = [row for row in scores if row["person"] != person] if reference is None else reference
    mates = [row for row in others if row["role"] == own["role"] and length_of(row["period"]) == length_of(period)]
    weak = sorted(
        (found for found in own["items"] if found["log_points"] is not None and found["value"] is not None),
        key=lambda found: (found["log_points"] / found["max_points"], found["name"]),
    )
    made: list[Target] = []
    for found in weak:
        item = rubric.item(found["name"])
        values = [v for row in mates for each in row["items"]
                  if each["name"] == item.name and (v := each["value"]) is not None]  # fmt: skip
        target = _target(rubric, item, found, values, _spread(counted, item, person, period), period)
        if target is not None and len(made) < most:
            made.append(target)
    return made


def after(period: str) -> date:
    """Return the last day of the period that follows one of a known length.

    Raises
    ------
    ValueError
        If it is no such period.

    Examples
    --------
    >>> after("2026-12"), after("2026-Q1")
    (datetime.date(2027, 1, 31), datetime.date(2026, 6, 30))
    """
    days, length = days_of(period), length_of(period)
    if days is None or length not in ("week", "month", "quarter", "half_year", "year"):
        raise ValueError(f"{period!r} is no week, month, quarter, half-year or year")
    frame = pl.DataFrame({"day": [days[1].toordinal()]})
    found = days_of(frame.select(period_of("day", length)).item())  # type: ignore[arg-type]
    assert found is not None
    return found[1] - timedelta(days=1)


def _target(
    rubric: Rubric, item: Item, found: Row, values: Sequence[float], spread: float | None, period: str
) -> Target | None:
    up, value = item.higher_is_better(), float(found["value"])
    if item.ideal is not None or item.statistic == "relative":
        return None  # too much is as bad as too little, or a colleague's loss is the gain
    better = [cut for cut in item.cuts() if (cut > value if up else cut < value)]
    if not better:
        return None
    goal, why = (min(better) if up else max(better)), "band"
    enough = len(values) >= LEAST_PERIODS
    if enough and reached(values, goal, up=up)[0] < RARE * len(values):
        quarter = float(np.percentile(values, 75 if up else 25))
        if quarter > value if up else quarter < value:
            goal, why = quarter, "quarter"
    shown = _detectable(item, found, spread, of_tickets=how_of(rubric.book().kpis[str(item.kpi)]) == "p")
    met = reached(values, goal, up=up) if enough else (None, None, None)
    told = shown is not None and abs(goal - value) >= shown - 1e-9
    return Target(
        item.name, value, goal, item.unit, why, after(period), found["n"], shown, told, met[0], len(values), *met[1:]
    )  # fmt: skip


def _detectable(item: Item, found: Row, spread: float | None, *, of_tickets: bool) -> float | None:
    n = int(found["n"])
    if item.statistic == "ratio" and of_tickets:
        share = min(max(float(found["value"]) / 100, 0.0), 1.0)
        shown = detectable_share(share, n, n, up=item.higher_is_better())
        return None if shown is None else 100 * shown
    if item.statistic in MEANS:
        return None if spread is None else detectable_mean(spread, n, n)
    return None if found["low"] is None else detectable_figure(found["low"], found["high"])


def _spread(counted: Tally, item: Item, person: str, period: str) -> float | None:
    """Return the standard deviation of somebody's times in the unit of the item; None for other items."""
    days = days_of(period)
    if item.statistic not in MEANS or days is None:
        return None
    rows = counted.facts.filter(
        pl.col("person") == person, pl.col("item") == item.name, pl.col("part") == FIRST,
        pl.col("day").is_between(days[0].toordinal(), days[1].toordinal() - 1),
    )  # fmt: skip
    value, n = rows["value"].to_numpy().astype(np.float64), rows["n"].to_numpy()
    if n.sum() < 2:
        return None
    mean = (value * n).sum() / n.sum()
    up, down = SCALE[item.unit]
    return float(np.sqrt((n * (value - mean) ** 2).sum() / (n.sum() - 1))) * up / down
