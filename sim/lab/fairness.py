"""Merit, conduct, seat, fit and luck in one month's objective score, by reseating a role in every world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.desk import Desk
from sim.experiment import Pool, Run, simulate, spread
from sim.kpi.rubric import Policies, Rubric, Tally, score_tally, tiers_of
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.seating import Month, Seated, by_person, month_of_desk, one_world, role_of
from sim.lab.split import Shares, split
from sim.notes import Note

type Floats = NDArray[np.float64]

LARGEST_FULL = 12
"""Roles up to this size are seated in every seat; larger ones in as many random seatings per world."""
WIDEST = 0.05
"""Half-width of the longest interval of a share at which no more worlds are added."""
BATCH = 20
"""Worlds are added by so many at a time, whatever the number of workers."""

NO_CONDUCT, SAME_WORLDS = Note.of("fairness.no_conduct"), Note.of("fairness.same_worlds")


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
        Probability that a person's month earns another tier than the true one: the rubric on statistics
        pooled over all seats and worlds.
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
    notes: tuple[Note, ...]


def fairness(
    desk: Desk, rubric: Rubric, role: str, worlds: int = 60, *, run: Run = simulate,
    executor: Pool | None = None, seed: int = 1, seatings: int | None = None, widest: float = WIDEST,
    level: float = 0.95, on_progress: Callable[[int, int], None] | None = None,
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
        Most worlds, 3 or more. Worlds are added 20 at a time until every share's interval is at most +-
        `widest`.
    run
        The engine.
    executor
        Makes a pool, see `sim.experiment.processes`; the result does not depend on it.
    seed
        The worlds are `seed`, `seed` + 1, ...; the seatings are drawn from it too.
    seatings
        Seatings per world; all of a Latin square up to 12 people, else 12. Fewer are quicker and less
        precise.
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
    It is about people whose pay hangs on the score. It cannot see conduct, which this desk does
    not model, nor the items that people judge: their luck comes on top.
    """
    people, _ = role_of(desk, role)
    if worlds < 3:
        raise ValueError(f"an interval needs 3 worlds or more, got {worlds}")
    rows = min(len(people), LARGEST_FULL) if seatings is None else min(seatings, len(people))
    moved, month = month_of_desk(desk)
    task = partial(one_world, moved, rubric, role, month, run, seed, rows)
    found: list[Seated] = []
    while len(found) < worlds:
        for result in _each(task, range(len(found), min(len(found) + BATCH, worlds)), executor):
            found.append(result)
            if on_progress is not None:
                on_progress(len(found), worlds)
        shares = _split(found, level)
        if shares.half_width() <= widest or shares.variance.mean == 0:
            break
    return _concluded(found, shares, rubric, role, people, month, widest, level)


def _each(task: Callable[[int], Seated], batch: range, executor: Pool | None) -> Iterator[Seated]:
    """Yield the worlds of a batch in their order, however they come."""
    if executor is None:
        yield from map(task, batch)
        return
    waiting: dict[int, Seated] = {}
    for index, result in spread(task, [(index, index) for index in batch], executor):
        waiting[index] = result
        while batch and batch[0] in waiting:
            yield waiting.pop(batch[0])
            batch = batch[1:]


def _split(found: list[Seated], level: float) -> Shares:
    scores, seats = np.stack([each.scores for each in found]), np.stack([each.seats for each in found])
    return split(scores, seats, level=level)


def _named(shares: Shares) -> dict[str, Estimate]:
    zero = 0.0 if shares.person.mean is not None else None
    return {
        "merit": shares.person, "conduct": Estimate(zero, zero, zero), "seat": shares.seat, "fit": shares.fit,
        "luck": shares.luck,
    }  # fmt: skip


def _concluded(
    found: list[Seated], shares: Shares, rubric: Rubric, role: str, people: list[str], month: Month,
    widest: float, level: float,
) -> Fairness:  # fmt: skip
    """Return the study: the shares, and what rests on pooled statistics: true tiers and validity."""
    scores, values = np.stack([each.scores for each in found]), np.stack([each.values for each in found])
    pooled = score_tally(rubric, Tally.merged([each.sums for each in found]), level=None)
    _, true, _ = by_person(pooled, people, rubric)
    tiers = np.stack([each.tiers for each in found])
    return Fairness(
        role=role, people=len(people), month=month, shares=_named(shares), variance=shares.variance,
        swing=shares.swing, validity=_validity(scores, values, level), reliability=shares.reliability,
        wrong_tier=_wrong(tiers, true, level), objective_share=float(np.mean([each.share for each in found])),
        persons=_persons(rubric, people, scores, values, true), worlds=len(found), seatings=shares.seatings,
        precise=shares.half_width() <= widest, level=level, notes=(NO_CONDUCT, SAME_WORLDS),
    )  # fmt: skip


def _wrong(tiers: NDArray[np.int64], true: NDArray[np.int64], level: float) -> Estimate:
    """Return the share of person-months in another tier than the true one."""
    known = (tiers >= 0) & (true >= 0)
    counts = known.sum(axis=(1, 2))
    wrong = ((tiers != true) & known).sum(axis=(1, 2))
    rates = np.divide(wrong, counts, out=np.full(len(tiers), np.nan), where=counts > 0)
    return mean_t(rates, level).within(0, 1)


def _persons(
    rubric: Rubric, people: list[str], scores: Floats, values: Floats, true: NDArray[np.int64]
) -> pl.DataFrame:
    names: list[str | None] = [*(tier.name for tier in rubric.tiers), None]
    counts = (~np.isnan(scores)).sum(axis=(0, 1))
    expected = np.full(len(people), np.nan)
    np.divide(np.nansum(scores, axis=(0, 1)), counts, out=expected, where=counts > 0)
    return pl.DataFrame({
        "person": people, "expected": pl.Series(expected).fill_nan(None),
        "tier": [names[rank] for rank in true],
        "tier_expected": [names[rank] for rank in _tiers_of_totals(rubric, expected)],
        "value": values.mean(axis=(0, 1)),
    })  # fmt: skip


def _tiers_of_totals(rubric: Rubric, totals: Floats) -> NDArray[np.int64]:
    """Return the rank of the tier of each total, -1 where there is none; holes are half open here."""
    ranks = np.full(len(totals), -1, dtype=np.int64)
    known = ~np.isnan(totals)
    ranks[known] = tiers_of(rubric.tiers, totals[known], Policies(border="half_open"))
    return ranks


def _validity(scores: Floats, values: Floats, level: float) -> Estimate:
    """Return the rank correlation of expected score and value, with a jackknife over worlds."""
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
    return jackknife_t(whole, without, level).within(-1, 1)
