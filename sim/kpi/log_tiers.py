"""How often the tiers of a rubric are wrong, from the scores of one log alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri

from sim.kpi.estimators import ALIKE, MIN_PEOPLE, TOO_FEW
from sim.kpi.livingston import wrong_tier

ONE_TIER = "all people are in one tier"
NO_SIGNAL = "no difference between scores shows beyond luck, so tiers are drawn by lot"


@dataclass(frozen=True)
class TierRisk:
    """How sure the tiers of a period are.

    Attributes
    ----------
    period
        That of the most scored people; of several the one with the shortest intervals.
    people
        How many have a total with an interval.
    reliability
        Share of the variance of totals that their intervals do not explain, not cut off below 0.
    tiers, given
        Tiers that occur, the lowest first, and the share of people in each.
    wrong
        Probability that somebody's true tier is another one.
    wrong_by_tier
        The same of those who were given each tier.
    reason
        Why there is no probability.
    """

    period: str | None
    people: int
    reliability: float | None = None
    tiers: tuple[str, ...] = ()
    given: tuple[float, ...] = ()
    wrong: float | None = None
    wrong_by_tier: tuple[float, ...] = ()
    reason: str | None = None


def tier_risk(scores: pl.DataFrame, *, most: float = 100.0, level: float = 0.95) -> TierRisk:
    """Return how often people are given another tier than their true one.

    Whose harm: people whose pay hangs on a tier that another month's luck would have changed. True is what the same
    person in the same seat would get on average; whether that is deserved is not seen.

    Parameters
    ----------
    scores
        As of `sim.kpi.rubric.score`: person, period, total, low, high, tier.
    most
        The most points that a total can have; the least are 0.
    level
        Coverage of the intervals of the totals, in (0, 1).

    Notes
    -----
    Livingston and Lewis (1995), see `sim.kpi.livingston`; the reliability is one less the mean square of the totals'
    errors over their variance, errors being those of the intervals. Points that somebody stated have no interval, so
    their luck is not in it.
    """
    told = scores.filter(pl.col("low").is_not_null() & pl.col("tier").is_not_null())
    width = (pl.col("high") - pl.col("low")).mean()
    counts = told.group_by("period").agg(pl.len(), width=-width.round(9)).sort("len", "width", "period")
    if counts.is_empty():
        return TierRisk(None, 0, reason=TOO_FEW)
    period = str(counts["period"][-1])
    own = told.filter(pl.col("period") == period)
    if own.height < MIN_PEOPLE:
        return TierRisk(period, own.height, reason=TOO_FEW)
    total, low, high = (own[name].cast(pl.Float64).to_numpy() for name in ("total", "low", "high"))
    variance = float(total.var(ddof=1))
    if variance == 0:
        return TierRisk(period, own.height, reason=ALIKE)
    error = (high - low) / (2 * float(ndtri(0.5 + level / 2)))
    reliability = 1 - float((error**2).mean()) / variance
    tiers = own.group_by("tier").agg(pl.col("total").mean(), pl.len()).sort("total")
    names, given = tuple(tiers["tier"].cast(pl.String)), tuple((tiers["len"] / own.height).to_list())
    reason = ONE_TIER if len(names) < 2 else None if reliability > 0 else NO_SIGNAL
    made = TierRisk(period, own.height, reliability, names, given, reason=reason)
    if reason is not None:
        return made
    found = wrong_tier(float(total.mean()), variance, min(reliability, 1 - 1e-9), given, most=most)
    by_tier = 1 - np.diag(found.joint) / found.joint.sum(axis=0)
    return TierRisk(period, own.height, reliability, names, given, found.wrong, tuple(float(each) for each in by_tier))
