"""What scores bring people, period by period: grades, states of ladders, awards, ranks and pay, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.rubric import Following, Item, Rubric, following, length_of
from sim.lab.intervals import Estimate, mean_t
from sim.lab.marks import OBJECTIVE, Marks

type Floats = NDArray[np.float64]
type Truths = NDArray[np.bool_]

TOP, BOTTOM = 0.2, 0.1
"""Shares of a role that a forced ranking calls its best and its last."""


def given(
    rubric: Rubric, role: str, marks: Marks, periods: Sequence[str], *, reliability: float = 0.7
) -> dict[str, Floats]:
    """Return who is given what in each period.

    Parameters
    ----------
    rubric
        Its grades, ladders, awards and pay.
    role
        Role of the people.
    marks
        What they got; each run is judged for itself.
    periods
        Names of the periods, as `2026-Q2` or `2026-05`, shape (periods,).
    reliability
        Of a period's total, by which an improvement is told from regression to the mean.

    Returns
    -------
    dict
        `grade.<name>`, `ladder.<name>.<state>` (the state at the end of the period; not the one in which everybody
        begins), `award.<name>`, `rank.top` and `rank.bottom` (among the best fifth and the last tenth by the total:
        forced ranking): 1 or 0. `pay`: the factor, NaN where there is none. Each of shape (runs, periods, people).
    """
    runs, _, people = marks.tiers.shape
    shape = (runs, len(periods), people)
    made: dict[str, Floats] = {name: np.zeros(shape) for name in names_of(rubric, length_of(periods[0]))}
    made["pay"] = np.full(shape, np.nan)
    for run in range(runs):
        found = following(_frame(rubric, role, marks, run, periods), rubric, reliability=reliability)
        _fill(made, run, found, rubric, periods)
    total = marks.of(OBJECTIVE)
    return made | {"rank.top": among(total, TOP), "rank.bottom": among(-total, BOTTOM)}


def names_of(rubric: Rubric, length: str) -> list[str]:
    """Return what a rubric may give for periods of a length: grades, states of ladders and awards, by their names."""
    what = rubric.consequences
    states = [
        f"ladder.{name}.{state}"
        for name, ladder in what.ladders.items()
        if ladder.cadence in (None, length)
        for state in dict.fromkeys(step.to for step in ladder.steps)
        if state != ladder.begins
    ]
    return [*(f"grade.{name}" for name in what.grades), *states, *(f"award.{name}" for name in what.awards)]


def among(values: Floats, share: float) -> Floats:
    """Return who is among so many of the best, at least one and all ties, by the last axis: 1 or 0.

    Parameters
    ----------
    values
        The more the better; NaN is nobody's.
    share
        Of those who have a value; a part of a person is rounded up.

    Examples
    --------
    >>> among(np.array([[3.0, 1.0, 2.0, 2.0]]), 0.5).tolist()
    [[1.0, 0.0, 1.0, 1.0]]
    """
    ordered = -np.sort(-values, axis=-1)
    counts = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    places = np.clip(np.ceil(share * counts - 1e-9).astype(np.int64) - 1, 0, None)
    least = np.take_along_axis(ordered, places, axis=-1)
    made: Floats = (values >= least).astype(np.float64)
    return made


def _frame(rubric: Rubric, role: str, marks: Marks, run: int, periods: Sequence[str]) -> pl.DataFrame:
    """Return the scores of one run as a table; people are told by their positions."""
    _, _, people = marks.tiers.shape
    tiers, total = marks.tiers[run].ravel(), marks.of(OBJECTIVE)[run].ravel()
    names = [None, *(tier.name for tier in rubric.tiers)]
    shown = {award.item for award in rubric.consequences.awards.values()}
    judged = [item for item in rubric.items if item.name in shown and item.name in marks.n]
    told = {item: (marks.of(f"item.{item.name}")[run].ravel(), marks.n[item.name][run].ravel()) for item in judged}
    items = [
        [_item(item, float(points[row]), int(n[row])) for item, (points, n) in told.items()]
        for row in range(len(total))
    ]
    return pl.DataFrame({
        "person": [str(person) for _ in periods for person in range(people)], "role": [role] * len(total),
        "period": [period for period in periods for _ in range(people)],
        "profile": pl.Series([rubric.profile_of(role)] * len(total), dtype=pl.String),
        "total": pl.Series(total).fill_nan(None),
        "tier": pl.Series([names[rank + 1] for rank in tiers], dtype=pl.String),
        "items": pl.Series(items, dtype=pl.List(pl.Struct(_ITEM))),
    })  # fmt: skip


_ITEM = {"name": pl.String, "points": pl.Float64, "max_points": pl.Float64, "n": pl.Int64}


def _item(item: Item, points: float, n: int) -> dict[str, str | float | None]:
    known = None if np.isnan(points) else points
    return {"name": item.name, "points": known, "max_points": item.max_points, "n": n}


def _fill(made: dict[str, Floats], run: int, found: Following, rubric: Rubric, periods: Sequence[str]) -> None:
    place = {period: number for number, period in enumerate(periods)}
    for person, period, grades, pay in found.people.select("person", "period", "grades", "pay").iter_rows():
        made["pay"][run, place[period], int(person)] = np.nan if pay is None else pay
        for grade in grades:
            made[f"grade.{grade}"][run, place[period], int(person)] = 1.0
    for person, period, ladder, state in found.states.select("person", "period", "ladder", "state").iter_rows():
        if state != rubric.consequences.ladders[ladder].begins:
            made[f"ladder.{ladder}.{state}"][run, place[period], int(person)] = 1.0
    for award, period, person in found.awards.select("award", "period", "person").iter_rows():
        made[f"award.{award}"][run, place[period], int(person)] = 1.0


_BROUGHT = {
    "length": pl.String, "what": pl.String, "due": pl.Float64, "given": pl.Float64,
    "wrongful": pl.Float64, "wrongful_low": pl.Float64, "wrongful_high": pl.Float64,
    "missed": pl.Float64, "missed_low": pl.Float64, "missed_high": pl.Float64,
}  # fmt: skip


def beside(length: str, got: Mapping[str, Floats], due: Mapping[str, Floats], level: float) -> pl.DataFrame:
    """Return how often something is given, and due.

    Parameters
    ----------
    length
        Length of the periods.
    got
        What `given` returns for every world, each of shape (worlds, runs, periods, people).
    due
        What it returns for the true scores, each of shape (1, periods, people).
    level
        Level of the intervals over worlds; what is due is taken as known.

    Returns
    -------
    DataFrame
        length, what, due, given, wrongful and missed with `_low` and `_high`: shares of person-periods; of a ladder, of
        people in the whole span, in which the state was ever reached. Pay, which is no yes or no, is left out.
    """
    rows = [_row(length, name, got[name] > 0, due[name] > 0, level) for name in due if name != "pay"]
    return pl.DataFrame(rows, schema=_BROUGHT, orient="row")


def _row(length: str, name: str, got: Truths, due: Truths, level: float) -> tuple[str | float | None, ...]:
    if name.startswith("ladder."):
        got, due = got.any(axis=2, keepdims=True), due.any(axis=1, keepdims=True)
    told = [mean_t(each.mean(axis=(1, 2, 3)), level).within(0, 1) for each in (got & ~due, ~got & due)]
    ends = [end for each in told for end in (each.mean, each.low, each.high)]
    return (length, name, float(due.mean()), float(got.mean()), *ends)


def pay_off(got: Floats, due: Floats, level: float) -> Estimate:
    """Return the mean distance between pay and the pay that is due, in parts of a whole performance pay.

    Parameters
    ----------
    got, due
        Factors, NaN where there is none, shapes (worlds, runs, periods, people) and (1, periods, people).
    level
        Level of the interval over worlds.
    """
    gap = np.abs(got - due)
    counts = (~np.isnan(gap)).sum(axis=(1, 2, 3))
    sums = np.nansum(gap, axis=(1, 2, 3))
    mean = mean_t(np.divide(sums, counts, out=np.full(len(gap), np.nan), where=counts > 0), level)
    return mean.within(0, np.inf)
