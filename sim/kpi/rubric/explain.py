"""Why somebody has a score: the tickets behind each item, the way to the next tier, what one more ticket would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import polars as pl

from sim.kpi.behind import behind
from sim.kpi.measure import Window
from sim.kpi.rubric.cells import Facts, Floats, cells_of
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.figures import figures
from sim.kpi.rubric.forms import Forms, stated_of
from sim.kpi.rubric.items import TIMES, Item
from sim.kpi.rubric.points import rounded, tiers_of
from sim.kpi.rubric.score import earned_of, tiers_given
from sim.kpi.rubric.tally import FIRST, TICKETS, Tally, parts_of, weight_of
from sim.kpi.rubric.totals import totals
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
    return drill_all(log, rubric, item, period).filter(pl.col("person") == person).drop("person")


def drill_all(log: Log, rubric: Rubric, item: Item, period: str) -> pl.DataFrame:
    """Return the rows behind an item for everybody at once: as of `drill`, with `person` first.

    Parameters
    ----------
    log, rubric, item, period
        As of `drill`.

    Raises
    ------
    ValueError
        As of `drill`.
    """
    begin, end = _days(period)
    begin_s, end_s = (log.timeline.second(day, 0) for day in (begin, end))
    first, last = max(begin_s, 0), min(end_s, log.until_s)
    if last <= first:
        raise ValueError(f"{period} lies outside of the log")
    frames = [
        behind(log, name, window=Window(first, last), attribution=rubric.policy.attribution, book=rubric.book())
        .filter(pl.col("person").is_not_null())
        .with_columns(kpi=pl.lit(name))
        for name in parts_of(rubric, item)
    ]
    cases = log.cases.select("ticket", "label", pl.col("kind").cast(pl.String))
    made = pl.concat(frames).join(cases, on="ticket", how="left", maintain_order="left")
    return made.select("person", "kpi", "ticket", "label", "kind", "at_s", "y", "x", "weight")


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

    Raises
    ------
    ValueError
        If the period is no period.

    Notes
    -----
    It is about somebody at a cut: where one ticket moves a tier, the tier says little. Items on volumes, figures and
    formulas are left out, as are those that the log does not decide.
    """
    return one_more_each(rubric, counted, period, forms, (person,)).get(person, [])


def one_more_each(
    rubric: Rubric, counted: Tally, period: str, forms: Forms | None = None, people: Sequence[str] | None = None
) -> dict[str, list[OneMore]]:
    """Return the same for several people, each of whom gets the ticket while all others stay as they are.

    Parameters
    ----------
    rubric, counted, period, forms
        As of `one_more`.
    people
        For whom; everybody who is scored for the period when absent.

    Returns
    -------
    dict
        By person; those without a score for the period are left out.

    Raises
    ------
    ValueError
        If the period is no period.

    Notes
    -----
    Where a rubric lets nobody's points depend on a colleague's value of the same item, the ticket is given to all at
    once, which comes to the same.
    """
    begin, end = _days(period)
    there = pl.col("day").is_between(begin.toordinal(), end.toordinal() - 1)
    near = replace(counted, facts=counted.facts.filter(there), duty=counted.duty.filter(there))
    base = _Scored(rubric, near, forms, period)
    asked = {who: cell for who, cell in base.who.items() if people is None or who in people}
    made: dict[str, list[OneMore]] = {who: [] for who in asked}
    for number, item in enumerate(rubric.items):
        if not base.by_log[number] or item.statistic not in (*TIMES, "ratio"):
            continue
        mine = {who: cell for who, cell in asked.items() if not np.isnan(base.points[cell, number])}
        for batch in [mine] if _apart(rubric, item) else [{who: cell} for who, cell in mine.items()]:
            points, total, tier = base.with_bad(item, number, _bad(rubric, item, begin.toordinal(), batch))
            for who, cell in batch.items():
                made[who].append(OneMore(
                    item.name, _less(points[cell, number], base.points[cell, number]),
                    _less(total[cell], base.total[cell]), tier[cell],
                ))  # fmt: skip
    return made


def _days(period: str) -> tuple[date, date]:
    days = days_of(period)
    if days is None:
        raise ValueError(f"{period!r} is no period, such as 2026, 2026-Q1, 2026-03 or 2026-W10")
    return days


def _apart(rubric: Rubric, item: Item) -> bool:
    """Say whether nobody's points on an item depend on what a colleague did on it."""
    shrunk = rubric.policy.small_n == "shrink" and item.least_n > 0
    return not shrunk and rubric.policy.missing != "team_mean"


class _Scored:
    """Everybody's points in a period, and the same with other facts of one item."""

    def __init__(self, rubric: Rubric, counted: Tally, forms: Forms | None, period: str) -> None:
        self.rubric, self.cells = rubric, cells_of(rubric, counted, None if forms is None else forms.cells())
        self.stated = stated_of(rubric, self.cells, forms)
        self.by_log = np.array([item.kpi is not None and item.name not in counted.reasons for item in rubric.items])
        self.decided = self.by_log | (self.stated.weight > 0).any(axis=0)
        self.earned = earned_of(rubric, self.cells, self.by_log).points
        self.points = self.stated.with_log(self.earned)
        self.total, _ = totals(rubric, self.points, self.cells, self.decided)
        rows = self.cells.frame.select("person", "period").iter_rows()
        self.who = {person: cell for cell, (person, of) in enumerate(rows) if of == period}

    def with_bad(self, item: Item, number: int, bad: Facts) -> tuple[Floats, Floats, list[str | None]]:
        """Return points, totals and tiers with some more facts of an item."""
        before = self.cells.facts[item.name]
        columns = [np.concatenate([getattr(before, f.name), getattr(bad, f.name)]) for f in fields(Facts)]
        order = np.lexsort(columns[3::-1])
        facts = self.cells.facts | {item.name: Facts(*(column[order] for column in columns))}
        earned = self.earned.copy()
        earned[:, number] = figures(self.rubric, item, replace(self.cells, facts=facts)).points
        points = self.stated.with_log(earned)
        total, share = totals(self.rubric, points, self.cells, self.decided)
        return points, total, tiers_given(self.rubric, total, share).to_list()


def _less(other: float, own: float) -> float | None:
    return None if np.isnan(other) or np.isnan(own) else float(other - own)


def _bad(rubric: Rubric, item: Item, day: int, cells: Mapping[str, int]) -> Facts:
    """Return the facts of one bad ticket of an item for each of some cells."""
    weight = weight_of(rubric, item)
    if item.statistic in TIMES:
        scale = {"min": 60, "h": 3600}[item.unit]
        worst = item.worst if item.worst is not None else item.cuts()[-1]
        rows = [(FIRST, round(((item.ideal or 0.0) + LATE_TIMES * worst) * scale), 1)]
    else:
        divide = rubric.book().kpis[str(item.kpi)].finish.divide
        bad = 0 if item.higher_is_better() else weight * divide
        rows = [(TICKETS, 0, 1), (FIRST, 0, bad), (FIRST + 1, 0, weight)]
    each = [(cell, day, part, value, n) for cell in cells.values() for part, value, n in rows if n]
    return Facts(*np.array(each, dtype=np.int64).reshape(-1, 5).T)
