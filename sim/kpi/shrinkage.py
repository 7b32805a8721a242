"""Figures drawn towards what is common, by as much as they are luck: fewer people stand out by chance."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri

Floats = NDArray[np.float64]

MIN_PEOPLE = 4
"""Below it nothing can be learned from the others (Stein 1956 needs three means beside the common one)."""


class Shrunken(NamedTuple):
    """Figures after shrinkage.

    Attributes
    ----------
    value
        Drawn towards the centre.
    kept
        Share of the distance from the centre that is kept: the person's own reliability, 0 to 1.
    error
        Standard error of `value` about the person's true figure.
    centre
        What is drawn to: the mean weighted by precision, or the pooled share.
    """

    value: Floats
    kept: Floats
    error: Floats
    centre: float


def shrunken(value: NDArray[Any], error: NDArray[Any]) -> Shrunken:
    """Return figures by empirical Bayes, for errors that are about normal.

    Whose harm: people with few tickets, whose crude figures are the best and the worst by luck alone. Shrinkage does
    not see whether what it keeps is merit or seat.

    Parameters
    ----------
    value
        Figures of 4 or more people.
    error
        Their standard errors, above 0.

    Returns
    -------
    Shrunken
        With equal errors the order of people stays; with unequal ones it may change.

    Raises
    ------
    ValueError
        If there are fewer than 4 people, or an error is not above 0.

    Notes
    -----
    Variance between people by Paule and Mandel (1982); the share given up is multiplied by (k - 3) / (k - 1), since
    the variance is estimated (Morris 1983, eq. 1.17): with equal errors this is the estimator of James and Stein as
    Efron and Morris (1977) use it.
    """
    y, e = np.asarray(value, np.float64), np.asarray(error, np.float64)
    if len(y) < MIN_PEOPLE:
        raise ValueError(f"shrinkage needs {MIN_PEOPLE} people or more, got {len(y)}")
    if not (e > 0).all():
        raise ValueError(f"errors must be above 0, got {float(e.min())}")
    between = variance_between(y, e)
    weight = 1 / (e**2 + between)
    centre = float((weight * y).sum() / weight.sum())
    given_up = (len(y) - 3) / (len(y) - 1) * e**2 * weight
    drawn = centre + (1 - given_up) * (y - centre)
    spread = e**2 * (1 - given_up) + 2 / (len(y) - 3) * given_up**2 * (y - centre) ** 2
    return Shrunken(drawn, 1 - given_up, np.sqrt(spread + given_up * e**2 / len(y)), centre)


def variance_between(value: NDArray[Any], error: NDArray[Any]) -> float:
    """Return the variance between true figures: where the weighted squares equal their freedom; 0 if they are below it.

    Parameters
    ----------
    value, error
        Figures and standard errors above 0, of two or more people.
    """
    y, e = np.asarray(value, np.float64), np.asarray(error, np.float64)

    def excess(between: float) -> float:
        weight = 1 / (e**2 + between)
        centre = (weight * y).sum() / weight.sum()
        return float((weight * (y - centre) ** 2).sum()) - (len(y) - 1)

    if excess(0.0) <= 0:
        return 0.0
    most = float(((y - y.mean()) ** 2).sum()) + 1e-300
    return float(brentq(excess, 0.0, most, xtol=1e-14 * most, rtol=1e-12))


def interval(made: Shrunken, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the ends within which the true figures lie with this probability, if the normal model holds."""
    margin = float(ndtri(0.5 + level / 2)) * made.error
    return made.value - margin, made.value + margin
