"""Where the tiers of a rubric would be cut at the least wrong-tier money, and what that comes to in unseen worlds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimize.thresholds import cuts_by_cost, cuts_by_share, expected_cost, ranks_of, shares_of
from scenarios.lab.verdicts import Scores
from sim.kpi.rubric import Rubric, Tier

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cut:
    """Tiers as one way of cutting gives them, in worlds that played no part before.

    Attributes
    ----------
    borders
        Least total of each tier but the last, the best first, in points of what the log decides; None as written, where
        holes and rounding rule.
    money
        Expected wrong-tier money, in parts of a month's performance pay.
    wrong
        Share of months in another tier than the deserved one.
    pay
        Mean pay factor.
    shares
        Share of each tier, the best first.
    """

    borders: tuple[float, ...] | None
    money: float
    wrong: float
    pay: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Tiers:
    """Three ways of cutting tiers, on all desks of a calibration together.

    Attributes
    ----------
    written
        As the rubric states them.
    kept
        So that as many months get each tier as under the rubric whose shares are kept, desk by desk: what verdicts rest
        on. Its borders are those of the first desk.
    cheapest
        With the least wrong-tier money where the decision fell.
    """

    written: Cut
    kept: Cut
    cheapest: Cut


@dataclass(frozen=True, eq=False)
class Totals:
    """Totals of one desk under one rubric, in the worlds of the decision and of the judgement.

    Attributes
    ----------
    deciding, judged
        The scores.
    written
        Ranks of tiers in the worlds of the judgement as the rubric states them, by world, seating and person.
    """

    deciding: Scores
    judged: Scores
    written: Ints


def tiers_of_desks(desks: Sequence[Totals], shares: Sequence[Sequence[float]], pay: Floats) -> Tiers:
    """Return the tiers as written, as shares have them, and as the least wrong-tier money has them.

    Parameters
    ----------
    desks
        The totals, desk by desk; every desk counts by its months.
    shares
        Shares of tiers that are kept, the best first, desk by desk; so many deserve each tier, too.
    pay
        Pay factor of each tier, the best first.

    Notes
    -----
    Whole points are the grid of the cheapest cuts, found by `optimize.thresholds.cuts_by_cost` in the worlds of the
    decision. The deserved tier is that of the score on pooled statistics, as in every verdict.
    """
    costs: Floats = np.abs(pay[:, None] - pay[None])
    known = [(each.deciding.unseen, _deserved(each.deciding, own)) for each, own in zip(desks, shares, strict=True)]
    totals, true = (np.concatenate([part.ravel() for part in side]) for side in zip(*known, strict=True))
    grid = [float(each) for each in range(math.floor(np.nanmin(totals)), math.ceil(np.nanmax(totals)) + 1)]
    borders = cuts_by_cost(totals, true, costs, grid).borders
    kept = [cuts_by_share(each.judged.fitted, own) for each, own in zip(desks, shares, strict=True)]
    deserved = [_deserved(each.judged, own) for each, own in zip(desks, shares, strict=True)]

    def cut(given: Sequence[Ints], borders: tuple[float, ...] | None) -> Cut:
        true, ranks = (np.concatenate([part.ravel() for part in side]) for side in (deserved, given))
        wrong: Floats = 1.0 - np.eye(len(pay))
        return Cut(
            borders, expected_cost(true, ranks, costs), expected_cost(true, ranks, wrong),
            float(pay[ranks[ranks >= 0]].mean()), shares_of(ranks, len(pay)),
        )  # fmt: skip

    return Tiers(
        written=cut([each.written for each in desks], None),
        kept=cut([ranks_of(each.judged.unseen, own) for each, own in zip(desks, kept, strict=True)], kept[0]),
        cheapest=cut([ranks_of(each.judged.unseen, borders) for each in desks], borders),
    )


def _deserved(scores: Scores, shares: Sequence[float]) -> Ints:
    """Return the tier that everybody deserves in every month, in the shape of the totals."""
    return np.broadcast_to(ranks_of(scores.pooled, cuts_by_share(scores.pooled, shares)), scores.unseen.shape)


def with_cuts(rubric: Rubric, borders: Sequence[float]) -> Rubric | None:
    """Return a rubric with other borders of its tiers and no holes between them; None where two borders are one.

    Parameters
    ----------
    rubric
        The rubric.
    borders
        Least total of each tier but the last, the best first.
    """
    if any(a <= b for a, b in pairwise(borders)):
        return None
    lower: list[float | None] = [*borders, None]
    upper: list[float | None] = [None, *borders]
    tiers = []
    for tier, low, high in zip(rubric.tiers, lower, upper, strict=True):
        changed = tier.changed(lower=low, upper=high, closed="lower")
        assert isinstance(changed, Tier)
        tiers.append(changed)
    made = rubric.changed(tiers=tuple(tiers))
    assert isinstance(made, Rubric)
    return made
