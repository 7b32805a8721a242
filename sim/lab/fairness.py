"""Merit, conduct, seat, fit and luck in one month's objective score, by reseating a role in every world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.desk import Desk, people_of, seats_of
from sim.experiment import Pool, Run
from sim.experiment import _spread as spread
from sim.kpi.rubric import Rubric, Tally, score_tally, tally, tiers_of
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.latin import square
from sim.lab.split import Shares, split
from sim.lab.value import value_of
from sim.model import run as simulate
from sim.world import sample

type Floats = NDArray[np.float64]

LARGEST_FULL = 12
"""Roles up to this size are seated in every seat; larger ones in as many random seatings per world."""
WIDEST = 0.05
"""Half-width of the longest interval of a share at which no more worlds are added."""
BATCH = 20
"""Worlds are added by so many at a time, whatever the number of workers."""
WARM_UP_DAYS, VERIFY_DAYS = 7, 4

NO_CONDUCT = "no conduct is modelled in this desk, so conduct is 0 by definition and merit is the whole person effect"
SAME_WORLDS = "the true tier comes from the sums of these same worlds, not from unseen ones"


@dataclass(frozen=True)
class Month:
    """The month that is scored.

    Attributes
    ----------
    begin, end
        First day, and the day after the last.
    """

    begin: date
    end: date


@dataclass(frozen=True)
class Seated:
    """What one world gave: the scores of its seatings.

    Attributes
    ----------
    seats
        Seat by seating and person, shape (seatings, people).
    scores
        Total in points, NaN where there is none, same shape.
    tiers
        Rank of the tier, -1 where there is none, same shape.
    values
        Declared value in minutes of reference work, same shape.
    share
        Mean share of the points that could be computed.
    sums
        Statistics of all seatings together, days dropped.
    """

    seats: NDArray[np.int64]
    scores: Floats
    tiers: NDArray[np.int64]
    values: Floats
    share: float
    sums: Tally


@dataclass(frozen=True)
class Fairness:
    """What a rubric's score is made of in a role.

    Attributes
    ----------
    role, people, month
        Who was scored, and when.
    shares
        Merit, conduct, seat, fit and luck as shares of `variance`; they sum to one and are not clipped.
    variance, swing
        Variance between people in one world and seating, and between worlds of what all have in common, in
        squared points.
    validity
        Rank correlation of expected score and declared value (`sim.lab.value`); null if either never differs.
    reliability
        Correlation of two months of the same people in the same seats: person, seat and fit together.
    wrong_tier
        Probability that a person's month earns another tier than the true one: the rubric on statistics pooled
        over all seats and worlds.
    objective_share
        Share of the rubric's points that a log can decide.
    persons
        Per person: person, expected (mean total), tier (true), tier_expected (of the mean total), value.
    worlds, seatings, precise
        Size of the study, and whether it reached the precision that was asked for.
    level
        Level of all intervals.
    notes
        What a reader must know.
    """

    role: str
    people: int
    month: Month
    shares: dict[str, Estimate]
    variance: Estimate
    swing: float
    validity: Estimate
    reliability: Estimate
    wrong_tier: Estimate
    objective_share: float
    persons: pl.DataFrame
    worlds: int
    seatings: int
    precise: bool
    level: float
    notes: tuple[str, ...]


def month_of_desk(desk: Desk, warm_up_days: int = WARM_UP_DAYS) -> tuple[Desk, Month]:
    """Return the desk moved to its first full calendar month, and that month.

    It begins `warm_up_days` earlier, and ends when a resolution of the last day is verified (R003-26).
    """
    begin = desk.start
    if begin.day > 1:
        begin = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
    end = (begin + timedelta(days=32)).replace(day=1)
    start = begin - timedelta(days=warm_up_days)
    weeks = -(-((end - start).days + VERIFY_DAYS) // 7)
    return desk.changed(start=start, weeks=weeks), Month(begin, end)


def role_of(desk: Desk, role: str) -> tuple[list[str], list[str]]:
    """Return the persons and the seats of a role, each sorted by name, so that the order of a file plays no part.

    Raises
    ------
    ValueError
        If the desk has no such role, or fewer than two people in it.
    """
    if role not in desk.staff.roles:
        raise ValueError(f"unknown role {role!r}; known: {', '.join(sorted(desk.staff.roles))}")
    roles = {seat.name: seat.seat.role for seat in seats_of(desk)}
    where = {person: seat for person, seat in people_of(desk).items() if roles[seat] == role}
    if len(where) < 2:
        raise ValueError(f"role {role!r} has {len(where)} people; at least 2 are needed to tell person from seat")
    return sorted(where), sorted(where.values())


def fairness(
    desk: Desk, rubric: Rubric, role: str, worlds: int = 60, *, run: Run = simulate, executor: Pool | None = None,
    seed: int = 1, seatings: int | None = None, widest: float = WIDEST, level: float = 0.95,
    on_progress: Callable[[int, int], None] | None = None,
) -> Fairness:  # fmt: skip
    """Return what one month's objective score of a role is made of.

    Parameters
    ----------
    desk
        The desk; its first full calendar month is scored.
    rubric
        The rubric; the items that a log can decide count.
    role
        Whose people are reseated. Everybody else stays.
    worlds
        Most worlds, 3 or more. Worlds are added 20 at a time until every share's interval is at most +- `widest`.
    run
        The engine.
    executor
        Makes a pool, see `sim.experiment.processes`; the result does not depend on it.
    seed
        The worlds are `seed`, `seed` + 1, ...; the seatings are drawn from it too.
    seatings
        Seatings per world; all of a Latin square up to 12 people, else 12. Fewer are quicker and less precise.
    widest
        Half-width to reach, as a share.
    level
        Level of the intervals.
    on_progress
        Called with the worlds done and the most there can be.

    Raises
    ------
    ValueError
        If the role is unknown or has fewer than two people, or there are fewer than 3 worlds.

    Notes
    -----
    It is about people whose pay hangs on the score. It cannot see conduct, which this desk does not model, nor
    the items that people judge: their luck comes on top.
    """
    people, _ = role_of(desk, role)
    if worlds < 3:
        raise ValueError(f"an interval needs 3 worlds or more, got {worlds}")
    rows = min(len(people), LARGEST_FULL) if seatings is None else min(seatings, len(people))
    moved, month = month_of_desk(desk)
    task = partial(one_world, moved, rubric, role, month, run, seed, rows)
    found: dict[int, Seated] = {}
    while len(found) < worlds:
        batch = range(len(found), min(len(found) + BATCH, worlds))
        for index, result in _each(task, batch, executor):
            found[index] = result
            if on_progress is not None:
                on_progress(len(found), worlds)
        shares = split(*_stacked(found), level=level)
        if shares.half_width() <= widest or shares.variance.mean == 0:
            break
    return _concluded([found[i] for i in sorted(found)], shares, rubric, people, Fairness(
        role=role, people=len(people), month=month, shares=_named(shares), variance=shares.variance,
        swing=shares.swing, validity=Estimate(None, None, None), reliability=shares.reliability,
        wrong_tier=Estimate(None, None, None), objective_share=float(np.mean([f.share for f in found.values()])),
        persons=pl.DataFrame(), worlds=len(found), seatings=rows, precise=shares.half_width() <= widest, level=level,
        notes=(NO_CONDUCT, SAME_WORLDS),
    ))  # fmt: skip


def _each(task: Callable[[int], Seated], batch: range, executor: Pool | None) -> list[tuple[int, Seated]]:
    if executor is None:
        return [(index, task(index)) for index in batch]
    return list(spread(task, [(index, index) for index in batch], executor))


def _stacked(found: dict[int, Seated]) -> tuple[Floats, NDArray[np.int64]]:
    ordered = [found[index] for index in sorted(found)]
    return np.stack([s.scores for s in ordered]), np.stack([s.seats for s in ordered])


def _named(shares: Shares) -> dict[str, Estimate]:
    zero = 0.0 if shares.person.mean is not None else None
    return {
        "merit": shares.person, "conduct": Estimate(zero, zero, zero), "seat": shares.seat, "fit": shares.fit,
        "luck": shares.luck,
    }  # fmt: skip


def one_world(
    desk: Desk, rubric: Rubric, role: str, month: Month, run: Run, seed: int, seatings: int, index: int
) -> Seated:
    """Return the scores of one world under its fresh seatings; parameters as in `fairness`."""
    people, chairs = role_of(desk, role)
    world = sample(desk, seed + index)
    rows = square(len(people), seed, index, seatings)
    scored = []
    for row in rows:
        seating = desk.seating | {person: chairs[seat] for person, seat in zip(people, row.tolist(), strict=True)}
        log, truth = run(desk.changed(seating=seating), world)
        counted = tally(log, rubric, begin=month.begin, end=month.end, role=role)
        frame = score_tally(rubric, counted, level=None)
        values = value_of(log, truth, desk, month.begin, month.end)
        scored.append((_by_person(frame, people, rubric), [values.get(person, 0) / 60_000 for person in people], counted))
    return Seated(
        seats=rows,
        scores=np.stack([totals for (totals, _, _), _, _ in scored]),
        tiers=np.stack([tiers for (_, tiers, _), _, _ in scored]),
        values=np.array([values for _, values, _ in scored]),
        share=float(np.mean([share for (_, _, share), _, _ in scored])),
        sums=Tally.merged([counted.in_one(month.begin) for _, _, counted in scored]),
    )


def _by_person(frame: pl.DataFrame, people: list[str], rubric: Rubric) -> tuple[Floats, NDArray[np.int64], float]:
    """Return totals, tiers and the mean objective share in the order of the people."""
    order = pl.DataFrame({"person": people})
    mine = order.join(frame.with_columns(pl.col("person").cast(pl.String)), on="person", how="left", maintain_order="left")
    ranks = {tier.name: rank for rank, tier in enumerate(rubric.tiers)}
    tiers = np.array([-1 if tier is None else ranks[tier] for tier in mine["tier"].to_list()], dtype=np.int64)
    shares = mine["objective_share"].fill_null(0.0).to_numpy()
    return mine["total"].fill_null(np.nan).to_numpy(), tiers, float(shares.mean())


def _concluded(found: list[Seated], shares: Shares, rubric: Rubric, people: list[str], so_far: Fairness) -> Fairness:
    """Return the study with what rests on pooled statistics: the true tiers, and validity."""
    pooled = score_tally(rubric, Tally.merged([s.sums for s in found]), level=None)
    _, true, _ = _by_person(pooled, people, rubric)
    scores = np.stack([s.scores for s in found])
    tiers = np.stack([s.tiers for s in found])
    values = np.stack([s.values for s in found])
    with np.errstate(invalid="ignore"):
        wrong = np.where((tiers < 0) | (true < 0), np.nan, tiers != true)
        wrong_rate = np.nanmean(wrong, axis=(1, 2))
        expected = np.nanmean(scores, axis=(0, 1))
    names = [tier.name for tier in rubric.tiers]
    from_mean = _tiers_of_totals(rubric, expected)
    persons = pl.DataFrame({
        "person": people, "expected": expected, "tier": [names[t] if t >= 0 else None for t in true],
        "tier_expected": [names[t] if t >= 0 else None for t in from_mean], "value": values.mean(axis=(0, 1)),
    }).with_columns(pl.col("expected").fill_nan(None))  # fmt: skip
    return replace(
        so_far, wrong_tier=mean_t(wrong_rate, so_far.level), validity=_validity(scores, values, so_far.level),
        persons=persons,
    )  # fmt: skip


def _tiers_of_totals(rubric: Rubric, totals: Floats) -> NDArray[np.int64]:
    """Return the rank of the tier of each total, -1 where there is none; holes are half open here."""
    ranks = np.full(len(totals), -1, dtype=np.int64)
    known = ~np.isnan(totals)
    ranks[known] = tiers_of(rubric.tiers, totals[known], rubric.policy.changed(border="half_open"))
    return ranks


def _validity(scores: Floats, values: Floats, level: float) -> Estimate:
    """Return the rank correlation of expected score and expected value over people, with a jackknife over worlds."""
    with np.errstate(invalid="ignore"):
        by_world = np.nan_to_num(np.nanmean(scores, axis=1))
    worth = values.mean(axis=1)
    worlds = len(scores)

    def ranked(score: Floats, value: Floats) -> float:
        if np.ptp(score) == 0 or np.ptp(value) == 0:
            return np.nan
        return float(stats.spearmanr(score, value).statistic)

    whole = ranked(by_world.sum(axis=0), worth.sum(axis=0))
    without = np.array([
        ranked(by_world.sum(axis=0) - by_world[w], worth.sum(axis=0) - worth[w]) for w in range(worlds)
    ])  # fmt: skip
    return jackknife_t(whole, without, level)
