"""What a rubric, or the best composite of its measures, comes to in worlds that it was not made in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from optimize.thresholds import cuts_by_share, expected_cost, ranks_of, shares_of
from sim.kpi.rubric import Rubric
from sim.lab import Estimate, Trials, best_composite, centred, jackknife_t, split
from sim.lab.marks import OBJECTIVE

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Verdict:
    """How well scores tell people apart in unseen worlds.

    Attributes
    ----------
    merit, seat, luck
        Shares of the variance between people in one month, with intervals; luck is the rest, the fit aside.
    validity
        Rank correlation of mean score and declared value; None where either never differs.
    money
        Expected wrong-tier money: mean absolute difference between the pay factors of the given and the deserved tier,
        in parts of a month's performance pay. The deserved tier is that of the score on pooled statistics; as many get
        each tier by merit, and by the month, as under the present rubric.
    wrong
        Share of months in another tier than the deserved one.
    shares
        Share of each tier as given, the best first.
    least_category
        Points of the smallest category; None of a composite.
    """

    merit: Estimate
    seat: Estimate
    luck: Estimate
    validity: float | None
    money: float
    wrong: float
    shares: tuple[float, ...]
    least_category: float | None


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores of a rubric or composite.

    Attributes
    ----------
    fitted
        Totals in the worlds that the tiers are cut in, in any shape.
    unseen
        Totals by world, seating and person.
    pooled
        Score of each person on the statistics of all unseen runs together.
    least_category
        As of `Verdict`.
    """

    fitted: Floats
    unseen: Floats
    pooled: Floats
    least_category: float | None = None


def scores_of(rubric: Rubric, fitted: Trials, unseen: Trials, which: int = 0) -> Scores:
    """Return what the log decides of a rubric's total; `which` as of `Trials.marks`."""
    first, then = fitted.shaped(fitted.marks(rubric, which).of(OBJECTIVE)), unseen.marks(rubric, which).of(OBJECTIVE)
    pooled = unseen.pooled(rubric, which).of(OBJECTIVE)[0, 0]
    least = min(100 * category.weight for category in rubric.categories.values())
    return Scores(first, unseen.shaped(then), pooled, least)


def ceiling_of(rubric: Rubric, fitted: Trials, unseen: Trials, which: int = 0) -> Scores:
    """Return the best linear composite of the figures behind a rubric's items, fitted in one set of worlds."""
    known = fitted.marks(rubric, which)
    names = [name for name in known.names if name.startswith("kpi.") and np.isfinite(known.of(name)).any()]

    def stacked(trials: Trials) -> Floats:
        marks = trials.marks(rubric, which)
        return np.stack([trials.shaped(marks.of(name)) for name in names], axis=-1)

    first, then = centred(stacked(fitted)), centred(stacked(unseen))
    weights = best_composite(first, fitted.seats)
    pooled = unseen.pooled(rubric, which)
    alone = centred(np.stack([pooled.of(name)[0, 0] for name in names], axis=-1))
    fitted_scores, unseen_scores, pooled_scores = (
        np.asarray(each @ weights, np.float64) for each in (first, then, alone)
    )
    return Scores(fitted_scores, unseen_scores, pooled_scores)


def tier_shares(rubric: Rubric, fitted: Trials, which: int = 0) -> tuple[float, ...]:
    """Return how many months fall into each tier of a rubric as written, the best first, by what the log decides."""
    return shares_of(fitted.marks(rubric, which).tiers, len(rubric.tiers))


def pay_costs(rubric: Rubric) -> Floats:
    """Return what it costs to give one tier for another: the difference of the pay factors, by true and given tier."""
    pay = np.array([tier.coefficient for tier in rubric.tiers])
    costs: Floats = np.abs(pay[:, None] - pay[None])
    return costs


def verdict(scores: Scores, unseen: Trials, shares: Sequence[float], costs: Floats, *, level: float = 0.95) -> Verdict:
    """Return how well scores tell people apart in unseen worlds.

    Parameters
    ----------
    scores
        The scores.
    unseen
        The worlds that they are judged in.
    shares
        Share of each tier, the best first, by merit and as given.
    costs
        By true and given tier (`pay_costs`).
    level
        Level of the intervals.
    """
    parts = split(scores.unseen, unseen.seats, level=level)
    given = ranks_of(scores.unseen, cuts_by_share(scores.fitted, shares))
    true = ranks_of(scores.pooled, cuts_by_share(scores.pooled, shares))
    return Verdict(
        merit=parts.person, seat=parts.seat, luck=parts.luck,
        validity=validity(scores.unseen, unseen.values), money=expected_cost(true, given, costs),
        wrong=expected_cost(true, given, (1 - np.eye(len(costs))).astype(np.float64)),
        shares=shares_of(given, len(costs)), least_category=scores.least_category,
    )  # fmt: skip


def validity(scores: Floats, values: Floats) -> float | None:
    """Return the rank correlation of mean score and mean value; None where either never differs."""
    with np.errstate(invalid="ignore"):
        return _rank_correlation(np.nanmean(scores, axis=(0, 1)), values.mean(axis=(0, 1)))


def validity_gap(scores: Floats, others: Floats, values: Floats, *, level: float = 0.95) -> Estimate:
    """Return by how much the validity of scores is above that of others in the same worlds; null if either has none.

    Parameters
    ----------
    scores, others
        By world, seating and person, of the same runs.
    values
        Declared value of everybody's work, same shape.
    level
        Level of the interval.

    Notes
    -----
    Delete-one-world jackknife-t of the paired difference (Efron & Tibshirani 1993, eq. 11.5). Ranks step, so with few
    people the interval is rough; two neighbours who change places in a role of 20 move a validity by 0.0015.
    """
    known = [(np.nansum(each, axis=1), np.isfinite(each).sum(axis=1)) for each in (scores, others, values)]

    def gap(worlds: NDArray[np.bool_]) -> float:
        ours, theirs, worth = (sums[worlds].sum(axis=0) / counts[worlds].sum(axis=0) for sums, counts in known)
        one, other = _rank_correlation(ours, worth), _rank_correlation(theirs, worth)
        return np.nan if one is None or other is None else one - other

    every = np.arange(len(values))
    return jackknife_t(gap(every >= 0), np.array([gap(every != at) for at in every]), level)


def _rank_correlation(scores: Floats, values: Floats) -> float | None:
    if np.ptp(scores) == 0 or np.ptp(values) == 0:
        return None
    return float(stats.spearmanr(scores, values).statistic)


def tickets_per_month(unseen: Trials, rubric: Rubric, which: int = 0) -> float:
    """Return how many tickets stand behind the item with the most of them, per person and month."""
    found = [0.0]
    for item in rubric.items:
        if item.kpi is not None:
            category = rubric.categories[item.category].changed(weight=1.0)
            alone = rubric.changed(items=(item,), categories={item.category: category})
            assert isinstance(alone, Rubric)
            found.append(float(unseen.marks(alone, which).tickets.mean()))
    return max(found)


def needed(share: float, target: float, tickets: float) -> float:
    """Return the tickets per person and month at which a merit share becomes a target.

    Parameters
    ----------
    share
        Merit share at `tickets`, up to 1; at 0 or below no number of tickets is enough.
    target
        Share that is wanted, in (0, 1).
    tickets
        Tickets per person and month now.

    Notes
    -----
    Spearman (1910) and Brown (1910): luck falls as one over the tickets, what stays with the person does not.
    """
    return tickets * target / (1 - target) * (1 - share) / share if share > 0 else math.inf
