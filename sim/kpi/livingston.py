"""How often a person of one tier is put into another, from the figures of one log alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv

Floats = NDArray[np.float64]

_NODES = 64


class Tiers(NamedTuple):
    """What becomes of people by their true and their observed tier.

    Attributes
    ----------
    joint
        Probabilities of shape (true tiers, observed tiers), lowest first; they sum to 1.
    wrong
        Probability that the observed tier is not the true one.
    length
        Effective number of yes-or-no tickets that carry as much information as the figure.
    """

    joint: Floats
    wrong: float
    length: float


def wrong_tier(
    mean: float, variance: float, reliability: float, shares: Sequence[float], *, least: float = 0.0, most: float = 1.0,
) -> Tiers:  # fmt: skip
    """Return how people of true tiers are spread over observed tiers, by Livingston and Lewis.

    Whose harm: people whose pay hangs on a tier that another month's luck would have changed.

    Parameters
    ----------
    mean, variance
        Of the figures of people, on the scale from `least` to `most`.
    reliability
        Of these figures, in (0, 1).
    shares
        Shares of people in each tier, lowest first, above 0, with sum 1; true and observed tiers have these shares.
    least, most
        Ends of the scale.

    Raises
    ------
    ValueError
        If the reliability is not in (0, 1), the shares do not sum to 1, or the variance is not that of a figure between
        the ends.

    Notes
    -----
    Livingston and Lewis (1995): effective length n = ((mean - least)(most - mean) - r v) / (v (1 - r)); true figures
    follow a beta distribution with the mean and the variance r v, observed ones a binomial of n tickets given the true
    one, made smooth between whole tickets. Two moments are matched where they match four: those of 20 people are
    unknown. What the figure is about, and whether a tier is deserved, is not seen.
    """
    if not 0 < reliability < 1:
        raise ValueError(f"the reliability must lie in (0, 1), got {reliability}")
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares of tiers must be above 0 and sum to 1, got {list(shares)}")
    m, v = (mean - least) / (most - least), variance / (most - least) ** 2
    length = (m * (1 - m) - reliability * v) / (v * (1 - reliability)) if v > 0 else 0.0
    if not 0 < m < 1 or length <= 1:
        raise ValueError(f"mean {mean} and variance {variance} are not those of figures from {least} to {most}")
    weight = m * (1 - m) / (reliability * v) - 1
    ends = np.concatenate([[0.0], np.cumsum(shares)])
    nodes, mass = leggauss(_NODES)
    ranks = np.concatenate([low + (high - low) * (nodes + 1) / 2 for low, high in pairwise(ends)])
    weights = np.concatenate([(high - low) * mass / 2 for low, high in pairwise(ends)])
    true = betaincinv(m * weight, (1 - m) * weight, ranks)
    below = [np.zeros(len(true)), *(_below(length, true, weights, end) for end in ends[1:-1]), np.ones(len(true))]
    spread = np.array([weights * (upper - lower) for lower, upper in pairwise(below)])
    joint = spread.reshape(len(shares), len(shares), _NODES).sum(axis=2).T
    return Tiers(joint, 1.0 - float(np.trace(joint)), float(length))


def _below(length: float, true: Floats, weights: Floats, share: float) -> Floats:
    """Return the probability of each true figure to be seen below the cut under which this share of all is seen."""

    def at(cut: float) -> Floats:
        # The binomial distribution function, which is smooth in the count.
        made: Floats = betainc(length - cut, cut + 1, 1 - true)
        return made

    return at(float(brentq(lambda cut: float(weights @ at(cut)) - share, -1 + 1e-9, length - 1e-9, xtol=1e-10)))
