"""Who is hurt: tiers, sanctions and pay of a period beside those that people truly deserve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.rubric import Rubric
from sim.lab.intervals import Estimate, by_world, mean_t

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Wrong:
    """How often, and by how much pay, a period's tier is not the true one.

    Attributes
    ----------
    tier
        Probability that a person's period earns another tier than the true one.
    sanction
        Probability that somebody is sanctioned in a period whose true tier is no sanction, of all person-periods.
    missed
        Probability that nobody sanctions somebody in a period whose true tier is one, of all person-periods.
    pay
        Mean distance between the period's factor on performance pay and the true one: what a person gets too much or
        too little, in parts of one period's performance pay.
    lost, won
        The two halves of it: mean pay that is missing, and mean pay that is too much.
    confusion
        `true`, `tier`, `share` of all person-periods; the shares sum to one.
    """

    tier: Estimate
    sanction: Estimate
    missed: Estimate
    pay: Estimate
    lost: Estimate
    won: Estimate
    confusion: pl.DataFrame


def sanctions(rubric: Rubric) -> NDArray[np.bool_]:
    """Return which tiers are sanctions, shape (tiers,).

    A tier is one if it pays less than the whole, or if all its totals have a grade for low scores (such as `fail`, by
    which ladders of warnings go).
    """
    below = [grade.below for grade in rubric.consequences.grades.values() if grade.below is not None]
    return np.array([
        tier.coefficient < 1 or (tier.upper is not None and any(tier.upper <= cut for cut in below))
        for tier in rubric.tiers
    ])  # fmt: skip


def wrong(rubric: Rubric, tiers: Ints, pay: Floats, true_tier: Ints, true_pay: Floats, level: float = 0.95) -> Wrong:
    """Return how a period's tiers differ from the true ones.

    Parameters
    ----------
    rubric
        Its tiers.
    tiers, pay
        Rank of the tier, -1 where there is none, and factor on pay, NaN where there is none, by world, run and person,
        shape (worlds, runs, people).
    true_tier, true_pay
        The same as they should be, shape (people,).
    level
        Level of the intervals: t intervals over worlds; the true ones are taken as known.

    Notes
    -----
    It is about people whose pay goes by a tier. It cannot see the points that people judge.
    """
    known = (tiers >= 0) & (true_tier >= 0)
    bad = sanctions(rubric)
    now, due = bad[tiers], bad[true_tier]
    gap = np.where(known, pay - true_pay, np.nan)

    def rate(event: NDArray[np.bool_]) -> Estimate:
        return _mean(event.astype(np.float64), known, level).within(0, 1)

    def off(amount: Floats) -> Estimate:
        return _mean(amount, known, level).within(0, np.inf)

    return Wrong(
        tier=rate(tiers != true_tier), sanction=rate(now & ~due), missed=rate(~now & due),
        pay=off(np.abs(gap)), lost=off(np.maximum(-gap, 0.0)), won=off(np.maximum(gap, 0.0)),
        confusion=_confusion(rubric, tiers, true_tier, known),
    )  # fmt: skip


def off(tiers: Ints, pay: Floats, true_tier: Ints, true_pay: Floats) -> tuple[Floats, Floats, Floats]:
    """Return wrong tiers, distance of pay and bias of pay of every world, each of shape (worlds,); see `wrong`."""
    known = (tiers >= 0) & (true_tier >= 0)
    gap = pay - true_pay
    wanted = ((tiers != true_tier).astype(np.float64), np.abs(gap), gap)
    one, two, three = (by_world(np.where(known, each, np.nan)) for each in wanted)
    return one, two, three


def _mean(values: Floats, known: NDArray[np.bool_], level: float) -> Estimate:
    """Return the mean over person-periods that are known, with an interval over worlds."""
    counted = known & ~np.isnan(values)
    counts = counted.sum(axis=(1, 2))
    sums = np.where(counted, values, 0.0).sum(axis=(1, 2))
    return mean_t(np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0), level)


def _confusion(rubric: Rubric, tiers: Ints, true_tier: Ints, known: NDArray[np.bool_]) -> pl.DataFrame:
    """Return how often a true tier comes out as which tier."""
    size = len(rubric.tiers)
    pairs = (true_tier * size + np.where(known, tiers, 0))[known]
    counts = np.bincount(pairs, minlength=size * size)
    names = [tier.name for tier in rubric.tiers]
    return pl.DataFrame({
        "true": np.repeat(names, size), "tier": np.tile(names, size), "share": counts / max(int(counts.sum()), 1),
    })  # fmt: skip
