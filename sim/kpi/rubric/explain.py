"""Why somebody has a score: the tickets behind each item, the way to the next tier, what one more ticket would do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from sim.kpi.behind import behind
from sim.kpi.measure import Window
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.forms import Forms
from sim.kpi.rubric.items import TIMES, Item
from sim.kpi.rubric.points import rounded, tiers_of
from sim.kpi.rubric.score import score_tally
from sim.kpi.rubric.tally import FIRST, TICKETS, Tally, parts_of, weight_of
from sim.log import Log
from sim.log.periods import days_of

LATE_TIMES = 2.0
"""One more late ticket took so many times the worst time at which points stop, or else the last border."""


@dataclass(frozen=True)
class OneMore:
    """What one more ticket at the bad end of an item would have changed.

    Attributes
    ----------
    item
        Name of the item.
    points, total
        Change of the item's points and of the total; None where there were none before.
    tier
        The tier that would follow; None for none.
    """

    item: str
    points: float | None
    total: float | None
    tier: str | None


def drill(log: Log, rubric: Rubric, item: Item, person: str, period: str) -> pl.DataFrame:
    """Return the rows of a log that stand behind an item of somebody's score; they add up to it.

    Parameters
    ----------
    log, rubric
        As of `score`.
    item
        An item with a KPI of tickets, touches, next replies or external values.
    person, period
        Whose, and for which period.

    Returns
    -------
    DataFrame
        kpi (the item's, or a part of its formula), ticket, label (what the source calls the ticket), kind, at_s, y, x,
        weight: as of `sim.kpi.behind`. Of times y are seconds.

    Raises
    ------
    ValueError
        If the period is no period, lies outside of the log, or the KPI stands on no such rows.
    """
    days = days_of(period)
    if days is None:
        raise ValueError(f"{period!r} is no period, such as 2026, 2026-Q1, 2026-03 or 2026-W10")
    begin_s, end_s = (log.timeline.second(day, 0) for day in days)
    first, last = max(begin_s, 0), min(end_s, log.until_s)
    if last <= first:
        raise ValueError(f"{period} lies outside of the log")
    frames = []
    for name in parts_of(rubric, item):
        rows = behind(log, name, window=Window(first, last), attribution=rubric.policy.attribution, book=rubric.book())
        frames.append(rows.filter(pl.col("person") == person).with_columns(kpi=pl.lit(name)))
    cases = log.cases.select("ticket", "label", pl.col("kind").cast(pl.String))
    made = pl.concat(frames).join(cases, on="ticket", how="left", maintain_order="left")
    return made.select("kpi", "ticket", "label", "kind", "at_s", "y", "x", "weight")


def to_next_tier(rubric: Rubric, total: float) -> tuple[str, float] | None:
    """Return the next better tier and the points that are lacking for it; None for the best."""
    counted = rounded(np.array([total]), rubric.policy.round_total)
    rank = int(tiers_of(rubric.tiers, counted, rubric.policy)[0])
    if rank <= 0:
        return None
    nearest = rubric.tiers[rank - 1]
    return nearest.name, max((nearest.lower or 0.0) - total, 0.0)


def one_more(rubric: Rubric, counted: Tally, person: str, period: str, forms: Forms | None = None) -> list[OneMore]:
    """Return what one more bad ticket would have changed, item by item: a late one, an unsolved one, a slow one.

    Parameters
    ----------
    rubric, counted, forms
        As of `score_tally`.
    person, period
        Whose, and for which period.

    Notes
    -----
    It is about somebody at a cut: where one ticket moves a tier, the tier says little. Items on volumes, figures and
    formulas are left out, as are those that the log does not decide.
    """
    days = days_of(period)
    if days is None:
        raise ValueError(f"{period!r} is no period, such as 2026, 2026-Q1, 2026-03 or 2026-W10")
    own = _row(rubric, counted, person, period, forms)
    if own is None:
        return []
    made = []
    for number, item in enumerate(rubric.items):
        if item.kpi is None or item.name in counted.reasons or item.statistic not in (*TIMES, "ratio"):
            continue
        if own["items"][number]["points"] is None:
            continue
        facts = pl.concat([counted.facts, _bad(rubric, item, person, days[0].toordinal())])
        other = _row(rubric, replace(counted, facts=facts), person, period, forms)
        assert other is not None
        made.append(OneMore(
            item.name, _less(other["items"][number]["points"], own["items"][number]["points"]),
            _less(other["total"], own["total"]), other["tier"],
        ))  # fmt: skip
    return made


def _row(rubric: Rubric, counted: Tally, person: str, period: str, forms: Forms | None) -> dict[str, Any] | None:
    frame = score_tally(rubric, counted, forms=forms, level=None)
    mine = frame.filter((pl.col("person") == person) & (pl.col("period") == period))
    return None if mine.is_empty() else mine.row(0, named=True)


def _less(other: object, own: object) -> float | None:
    return other - own if isinstance(other, float) and isinstance(own, float) else None


def _bad(rubric: Rubric, item: Item, person: str, day: int) -> pl.DataFrame:
    """Return the facts of one bad ticket of an item."""
    weight = weight_of(rubric, item)
    if item.statistic in TIMES:
        scale = {"min": 60, "h": 3600}[item.unit]
        worst = item.worst if item.worst is not None else item.cuts()[-1]
        rows = [(FIRST, round(((item.ideal or 0.0) + LATE_TIMES * worst) * scale), 1)]
    else:
        divide = rubric.book().kpis[str(item.kpi)].finish.divide
        bad = 0 if item.higher_is_better() else weight * divide
        rows = [(TICKETS, 0, 1), (FIRST, 0, bad), (FIRST + 1, 0, weight)]
    return pl.DataFrame(
        [(person, day, item.name, part, value, n) for part, value, n in rows if n],
        schema={"person": pl.String, "day": pl.Int64, "item": pl.String, "part": pl.Int16, "value": pl.Int64,
                "n": pl.Int64}, orient="row",
    )  # fmt: skip
