"""The consequences of scores, period by period: grades, pay, states of ladders, awards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.rubric.consequences import Award, Consequences, Grade, Ladder, Pool, Step
from sim.kpi.rubric.data import Rubric
from sim.log.periods import days_of

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Following:
    """What follows from scores.

    Attributes
    ----------
    people
        person, role, profile, period, total, tier, grades, pay (factor on performance pay, null without a tier or a
        score).
    states
        person, period, ladder, state at the end of the period, moved (whether it was entered in it).
    awards
        award, role, period, person, value, expected (of an improvement: what regression to the mean alone would bring).
    """

    people: pl.DataFrame
    states: pl.DataFrame
    awards: pl.DataFrame


def following(scores: pl.DataFrame, rubric: Rubric | Sequence[Rubric], *, reliability: float = 0.7) -> Following:
    """Return what follows from scores under a rubric's consequences.

    Parameters
    ----------
    scores
        As `sim.kpi.rubric.score` returns them, of one or more periods of one length; with a column `valid_from` where
        the rubric has versions.
    rubric
        Its tiers, grades, pool, ladders and awards. Of versions, each says what is paid and graded in its periods;
        ladders and awards are those of the last.
    reliability
        Reliability of a period's total, 0 to 1, by which an improvement is told from regression to the mean; 0.7 is
        the least on which anything should rest.

    Raises
    ------
    ValueError
        If periods of different lengths stand in the scores: months and quarters have ladders of their own.
    """
    versions = (rubric,) if isinstance(rubric, Rubric) else tuple(rubric)
    kinds = {length_of(period) for period in scores["period"].unique()}
    if len(kinds) > 1:
        raise ValueError(f"consequences follow from periods of one length, got {', '.join(sorted(kinds))}")
    order = pl.col("period").map_elements(_first_day, pl.Int64)
    rows = scores.with_columns(pl.col("tier").cast(pl.String)).sort(order, "role", "person")
    parts = [_graded(rows if len(versions) == 1 else _of_version(rows, each), each) for each in versions]
    people = pl.concat(parts).sort(order, "role", "person")
    what, length = versions[-1].consequences, next(iter(kinds), None)
    ladders = {name: each for name, each in what.ladders.items() if each.cadence in (None, length)}
    return Following(people, _states(people, ladders), _awards(rows, what.awards, reliability))


def _of_version(rows: pl.DataFrame, version: Rubric) -> pl.DataFrame:
    return rows.filter(pl.col("valid_from").eq_missing(pl.lit(version.valid_from, dtype=pl.Date)))


def _graded(rows: pl.DataFrame, rubric: Rubric) -> pl.DataFrame:
    """Return rows with their grades and their pay."""
    grades = [sorted(each) for each in _grades(rows, rubric.consequences)]
    pay = pl.Series(_pay(rows, rubric), dtype=pl.Float64).fill_nan(None)
    return rows.select(
        "person",
        "role",
        "profile",
        "period",
        "total",
        "tier",
        grades=pl.Series(grades, dtype=pl.List(pl.String)),
        pay=pay,
    )


def _first_day(period: str) -> int:
    days = days_of(period)
    return days[0].toordinal() if days else 0


def length_of(period: str) -> str:
    """Return what kind of period a name is of: `2026-03` a month, `2026-Q1` a quarter."""
    days = days_of(period)
    span = (days[1] - days[0]).days if days else 0
    names = ((7, "week"), (31, "month"), (92, "quarter"), (184, "half_year"), (366, "year"))
    return next((name for most, name in names if span <= most), "other")


# --- grades --------------------------------------------------------------------------------------------


def _grades(rows: pl.DataFrame, what: Consequences) -> list[set[str]]:
    """Return the grades of each row; of one without a score there are none."""
    total = rows["total"].to_list()
    found: list[set[str]] = [
        {name for name, grade in what.grades.items() if score is not None and _fits(score, grade)} for score in total
    ]
    for name, grade in what.grades.items():
        if grade.top_share is None:
            continue
        for mine in _teams(rows):
            scored = sorted((total[row] for row in mine if total[row] is not None), reverse=True)
            if scored:
                least = scored[max(1, math.ceil(grade.top_share * len(scored) - 1e-9)) - 1]
                for row in mine:
                    if total[row] is not None and total[row] >= least:
                        found[row].add(name)
    return found


def _fits(score: float, grade: Grade) -> bool:
    if grade.at_least is None and grade.below is None:
        return False
    return (grade.at_least is None or score >= grade.at_least) and (grade.below is None or score < grade.below)


def _teams(rows: pl.DataFrame) -> list[list[int]]:
    """Return the rows of each role and period."""
    keys = rows.select("period", "role").rows()
    found: dict[tuple[object, ...], list[int]] = {}
    for number, key in enumerate(keys):
        found.setdefault(key, []).append(number)
    return list(found.values())


# --- pay -----------------------------------------------------------------------------------------------


def _pay(rows: pl.DataFrame, rubric: Rubric) -> Floats:
    if rubric.consequences.pay == "coefficient":
        paid = {tier.name: tier.coefficient for tier in rubric.tiers}
        return np.array([paid.get(str(tier), np.nan) for tier in rows["tier"]], dtype=np.float64)
    made = np.full(rows.height, np.nan)
    total = rows["total"].fill_null(np.nan).to_numpy()
    for mine in _teams(rows):
        scored = [row for row in mine if not np.isnan(total[row])]
        made[scored] = from_pool(total[scored], rubric.consequences.pool)
    return made


def from_pool(totals: Floats, pool: Pool) -> Floats:
    """Return what each of a role gets from its pool, in parts of an equal share.

    Parameters
    ----------
    totals
        Scores of everybody who shares it, finite, shape (people,).
    pool
        Who gets how much.

    Returns
    -------
    NDArray
        Factors that average 1. People with equal totals share what their places bring; where no place is among the
        best, or all are, everybody gets 1.

    Examples
    --------
    >>> from_pool(np.array([90.0, 80, 70, 60, 50, 40, 30, 20, 10, 0]), Pool()).tolist()
    [2.0, 2.0, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75]
    """
    people = len(totals)
    exact = pool.best * people
    places = {"ceil": math.ceil(exact - 1e-9), "floor": math.floor(exact + 1e-9), "fractional": exact}[pool.rounding]
    if not 1e-9 < places < people - 1e-9:
        return np.ones(people)
    among = np.clip(places - np.arange(people), 0.0, 1.0)
    paid = among * pool.get * people / places + (1 - among) * (1 - pool.get) * people / (people - places)
    order = np.argsort(-totals, kind="stable")
    made = np.empty(people)
    for _, tied in groupby(range(people), key=lambda place: totals[order[place]]):
        mine = list(tied)
        made[order[mine]] = paid[mine].mean()
    return made


# --- ladders -------------------------------------------------------------------------------------------


def _states(people: pl.DataFrame, ladders: Mapping[str, Ladder]) -> pl.DataFrame:
    schema = {"person": pl.String, "period": pl.String, "ladder": pl.String, "state": pl.String, "moved": pl.Boolean}
    rows = []
    for person in people["person"].unique(maintain_order=True).sort():
        mine = people.filter(pl.col("person") == person)
        scores = [
            (str(role), None if total is None else frozenset(grades))
            for role, total, grades in mine.select("role", "total", "grades").iter_rows()
        ]
        profiles = set(mine["profile"])
        for name, ladder in ladders.items():
            if ladder.profiles and profiles.isdisjoint(ladder.profiles):
                continue
            walked = walk(ladder, scores)
            rows += [
                (str(person), period, name, state, moved)
                for period, (state, moved) in zip(mine["period"], walked, strict=True)
            ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def walk(ladder: Ladder, scores: Sequence[tuple[str, frozenset[str] | None]]) -> list[tuple[str, bool]]:
    """Return the state of a person at the end of each period, and whether it was entered in it.

    Parameters
    ----------
    ladder
        The ladder.
    scores
        Role and grades of each period in order of time; None for the grades of a period without a score.

    Examples
    --------
    >>> steps = (Step(start="fine", to="warned", grade="fail", in_a_row=2),)
    >>> fail, leave = ("a", frozenset({"fail"})), ("a", None)
    >>> walk(Ladder(begins="fine", steps=steps), [fail, leave, fail])
    [('fine', False), ('fine', False), ('warned', True)]
    """
    state, lasted, past, role = ladder.begins, 0, list[frozenset[str] | None](), None
    found = []
    for own_role, grades in scores:
        if role is not None and own_role != role and ladder.transfer == "restarts":
            state, lasted, past = ladder.begins, 0, []
        role = own_role
        if grades is None:
            if ladder.gap == "breaks":
                past.append(None)
            found.append((state, False))
            continue
        past.append(grades)
        lasted += 1
        step = next((step for step in ladder.steps if step.start == state and _taken(step, past, lasted)), None)
        if step is not None:
            state, lasted = step.to, 0
        found.append((state, step is not None))
    return found


def _taken(step: Step, past: Sequence[frozenset[str] | None], lasted: int) -> bool:
    """Say whether the last periods ask for a step."""
    if lasted < step.after or len(past) < step.in_a_row:
        return False
    row = past[-step.in_a_row :]
    return all(grades is not None and _fitting(step, grades) for grades in row)


def _fitting(step: Step, grades: frozenset[str]) -> bool:
    return step.grade is None or ((step.grade in grades) != step.without)


# --- awards --------------------------------------------------------------------------------------------


def _awards(rows: pl.DataFrame, awards: Mapping[str, Award], reliability: float) -> pl.DataFrame:
    schema = {
        "award": pl.String, "role": pl.String, "period": pl.String, "person": pl.String, "value": pl.Float64,
        "expected": pl.Float64,
    }  # fmt: skip
    made = []
    for name, award in awards.items():
        value, expected = _compared(rows, award, reliability)
        for mine in _teams(rows):
            known = sorted((value[row] for row in mine if not np.isnan(value[row])), reverse=True)
            if not known:
                continue
            least = known[min(award.winners, len(known)) - 1]
            for row in mine:
                if value[row] >= least:
                    person, role, period = rows.select("person", "role", "period").row(row)
                    made.append((name, role, period, person, float(value[row]), _known(expected[row])))
    return pl.DataFrame(made, schema=schema, orient="row")


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _compared(rows: pl.DataFrame, award: Award, reliability: float) -> tuple[Floats, Floats]:
    """Return by row what an award compares, and what regression to the mean alone would bring.

    Notes
    -----
    Who was d points above the role's mean in the period before is expected to lose (1 - r) d of it, r being the
    reliability of a period's score (Galton 1886; Kelley's formula). What is compared is the gain beyond that.
    """
    none = np.full(rows.height, np.nan)
    if award.by == "total":
        return rows["total"].fill_null(np.nan).to_numpy(), none
    if award.by == "item":
        return np.array([_share_of_item(items, award) for items in rows["items"].to_list()]), none
    keys = rows.select("person", "role", "period").rows()
    total = rows["total"].fill_null(np.nan).to_numpy()
    before: dict[tuple[object, object], tuple[float, float]] = {}
    value, expected = none.copy(), none.copy()
    for mine in _teams(rows):
        scores = total[mine]
        mean = float(np.nanmean(scores)) if not np.isnan(scores).all() else np.nan
        for row in mine:
            person, role, _ = keys[row]
            if (person, role) in before:
                score, role_mean = before[person, role]
                expected[row] = -(1 - reliability) * (score - role_mean)
                value[row] = total[row] - score - expected[row]
        for row in mine:
            person, role, _ = keys[row]
            if not np.isnan(total[row]):
                before[person, role] = total[row], mean
    return value, expected


def _share_of_item(items: Sequence[Mapping[str, float | str | None]], award: Award) -> float:
    item = next((each for each in items if each["name"] == award.item), None)
    if item is None or item["points"] is None or float(item["n"] or 0) < award.least_n:
        return float("nan")
    return float(item["points"]) / float(item["max_points"] or 1)
