"""What each habit of the judges does to the scores of people: the same months judged with it and without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.desk import Desk
from sim.experiment import Run, simulate
from sim.kpi.rubric import Rubric, forms_of, score_tally, tally
from sim.lab.intervals import Estimate, mean_t
from sim.lab.judges import Judge, Judges, basis_of, check_judged, stated
from sim.lab.seating import month_of_desk, role_of
from sim.world import sample

type Floats = NDArray[np.float64]

WITHOUT: dict[str, dict[str, object]] = {
    "leniency": {"leniency": 0.5},
    "leniency_sd": {"leniency_sd": 0.0},
    "inflation": {"inflation": 0.0},
    "results": {"results": 0.0, "memory": 0.0},
    "memory": {"memory": 0.0},
    "blame": {"blame": 0.0},
    "noise": {"noise": 0.0, "item_noise": 0.0},
    "halo": {"halo": 0.0},
    "ceiling": {"ceiling": 1.0, "levels": 0},
    "drift": {"drift": 0.0},
    "missing": {"missing": 0.0},
}
"""Habits, and what a judge without each would be: leniency of half the points, as that of the judges `ideal`."""


@dataclass(frozen=True)
class Habit:
    """What one habit does, with intervals over worlds.

    Attributes
    ----------
    name
        Key of `WITHOUT`.
    points
        Mean change of the total that it brings, in points.
    between
        SD between people of that change: what it does to some and not to others, in points.
    tiers
        Share of people-months that it puts into another tier.
    merit
        What it takes off the rank correlation of judged points and merit; negative where it adds.
    """

    name: str
    points: Estimate
    between: Estimate
    tiers: Estimate
    merit: Estimate


@dataclass(frozen=True)
class Judged:
    """What the judges' habits do to a role's month.

    Attributes
    ----------
    role, people, worlds, level
        Who, how many, in how many worlds; level of the intervals.
    merit
        Rank correlation of judged points and merit, as judged.
    habits
        Those that the judges have, the one that moves most tiers first.
    """

    role: str
    people: int
    worlds: int
    level: float
    merit: Estimate
    habits: tuple[Habit, ...]


@dataclass(frozen=True)
class _Months:
    """What one world gave under every variant of the judges: as judged, then without each habit.

    Attributes
    ----------
    totals, tiers
        Total in points and rank of the tier by variant and person, NaN where there is none.
    merit
        Rank correlation of judged points and merit by variant.
    """

    totals: Floats
    tiers: Floats
    merit: Floats


def habits(
    desk: Desk, rubric: Rubric, judges: Judges, role: str, worlds: int = 20, *, run: Run = simulate,
    seed: int = 1, level: float = 0.95, on_progress: Callable[[], None] | None = None,
) -> Judged:  # fmt: skip
    """Return what each habit of judges does to a role's scores, by judging the same months with it and without.

    Parameters
    ----------
    desk, rubric, judges
        The desk, whose first full calendar month is scored; the rubric; who judges.
    role
        Whose people are looked at.
    worlds
        Months, 2 or more, each in a world of its own.
    run
        The engine.
    seed
        Worlds and judges are numbered from it.
    level
        Level of the intervals.
    on_progress
        Called after each world.

    Raises
    ------
    ValueError
        If the judges have nothing to judge, the role has fewer than two people, or there are fewer than two worlds.

    Notes
    -----
    It is about those who are judged, and cannot see what simulated merit leaves out. All variants use the same chance,
    so differences are the habit's alone. Habits act together: their effects do not add up.
    """
    if worlds < 2:
        raise ValueError(f"worlds must be at least 2, got {worlds}")
    check_judged(judges, rubric)
    people, _ = role_of(desk, role)
    names = [name for name in WITHOUT if _without(judges, name) != judges]
    variants = [judges, *(_without(judges, name) for name in names)]
    months: list[_Months] = []
    for index in range(worlds):
        months.append(_one_world(desk, rubric, role, people, variants, run, seed, index))
        if on_progress:
            on_progress()
    made = [_habit(name, place, months, level) for place, name in enumerate(names, 1)]
    made.sort(key=lambda each: -(each.tiers.mean or 0.0))
    merit = mean_t(np.array([month.merit[0] for month in months]), level)
    return Judged(role, len(people), worlds, level, merit, tuple(made))


def _without(judges: Judges, name: str) -> Judges:
    """Return the judges without a habit."""
    kept: dict[str, Judge] = {source: each.changed(**WITHOUT[name]) for source, each in judges.sources.items()}
    return judges.changed(sources=kept)


def _one_world(
    desk: Desk, rubric: Rubric, role: str, people: list[str], variants: list[Judges], run: Run, seed: int, index: int
) -> _Months:
    """Return one month, judged under every variant."""
    moved, month = month_of_desk(desk)
    log, truth = run(moved, sample(moved, seed + index))
    counted = tally(log, rubric, begin=month.begin, end=month.end, role=role)
    decided = frozenset(item.name for item in rubric.items if item.kpi and item.name not in counted.reasons)
    ranks = {tier.name: float(rank) for rank, tier in enumerate(rubric.tiers)}
    basis = basis_of(log, truth, moved, rubric, variants[0])
    totals, tiers, merit = [], [], []
    for judges in variants:
        rows = stated(basis, rubric, judges, seed + index)
        forms = forms_of(rubric, rows, log.people["person"], decided) if rows.height else None
        scored = score_tally(rubric, counted, forms=forms, level=None)
        mine = scored.filter(pl.col("period") == f"{month.begin:%Y-%m}").with_columns(pl.col("tier").cast(pl.String))
        found = dict(zip(mine["person"].cast(pl.String), mine.select("total", "tier").rows(), strict=True))
        pairs = [found.get(person, (None, None)) for person in people]
        totals.append([np.nan if total is None else total for total, _ in pairs])
        tiers.append([np.nan if tier is None else ranks[tier] for _, tier in pairs])
        merit.append(_merit_of(basis.merits, rubric, rows, people))
    return _Months(np.array(totals), np.array(tiers), np.array(merit))


def _merit_of(deserved: pl.DataFrame, rubric: Rubric, rows: pl.DataFrame, people: list[str]) -> float:
    """Return the rank correlation of people's judged points and their merit, both weighed by the points of items."""
    most = {item.name: item.max_points for item in rubric.items}
    plain = rows.with_columns(pl.col(pl.Enum).cast(pl.String)).filter(pl.col("person").is_in(people))
    weights = {f"{i.name} {source}": w for i in rubric.items for source, w in rubric.sources_of(i).items()}
    weight = pl.concat_str("item", pl.lit(" "), "source").replace_strict(weights, return_dtype=pl.Float64)
    share = pl.col("points") / pl.col("item").replace_strict(most, return_dtype=pl.Float64)
    of_item = plain.group_by("person", "item", maintain_order=True).agg(share=(share * weight).sum() / weight.sum())
    both = _weighed(of_item, "share", most).join(_weighed(deserved, "merit", most), on="person").sort("person")
    if both.height < 3 or both["share"].n_unique() < 2 or both["merit"].n_unique() < 2:
        return float("nan")
    return float(stats.spearmanr(both["share"].to_numpy(), both["merit"].to_numpy()).statistic)


def _weighed(frame: pl.DataFrame, column: str, most: dict[str, float]) -> pl.DataFrame:
    """Return people's means over items, to nine digits: what is equal has one rank."""
    weight = pl.col("item").replace_strict(most, return_dtype=pl.Float64)
    mean = ((pl.col(column) * weight).sum() / weight.sum()).round(9)
    return frame.sort("person", "item").group_by("person", maintain_order=True).agg(mean)


def _habit(name: str, place: int, months: list[_Months], level: float) -> Habit:
    """Return what one habit does: as judged less without it, world by world."""
    points, between, tiers, merit = [], [], [], []
    for month in months:
        change = month.totals[0] - month.totals[place]
        change = change[~np.isnan(change)]
        points.append(change.mean() if len(change) else np.nan)
        between.append(change.std(ddof=1) if len(change) > 1 else np.nan)
        known = ~np.isnan(month.tiers[0]) & ~np.isnan(month.tiers[place])
        tiers.append((month.tiers[0] != month.tiers[place])[known].mean() if known.any() else np.nan)
        merit.append(month.merit[place] - month.merit[0])
    told = [mean_t(np.array(each), level) for each in (points, between, tiers, merit)]
    return Habit(name, told[0], told[1].within(0.0, np.inf), told[2].within(0.0, 1.0), told[3])
