"""Funnel plots: who lies farther out than luck explains, once everybody differs by more than luck."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, ndtri

Floats = NDArray[np.float64]

LEVELS = (0.95, 0.998)
"""Coverage of the warning and of the action limits."""

WINSORISED = 0.1
"""Share at either end that is drawn in before the over-dispersion is estimated."""


class Funnel(NamedTuple):
    """Who lies where in a funnel.

    Attributes
    ----------
    target
        Figure that all would have if they were alike.
    z
        Distance from the target in standard errors of luck alone.
    dispersion
        phi: mean of the squared winsorised z, 1 if there is nothing but luck.
    between
        tau^2: variance between people beyond luck, in the figure's unit squared, 0 if phi is not above 1.
    inner, outer
        Half-widths of the limits of each person at `LEVELS`, over-dispersion included.
    outside
        0 within the inner limits, 1 or 2 beyond the inner or the outer; negative below the target.
    """

    target: float
    z: Floats
    dispersion: float
    between: float
    inner: Floats
    outer: Floats
    outside: NDArray[np.int64]


def funnel(value: NDArray[Any], error: NDArray[Any], target: float) -> Funnel:
    """Return the funnel of figures of people.

    Whose harm: somebody who is called an outlier because all desks' people differ a little for reasons that nobody
    has measured. The limits cannot say whether it is the person or the seat.

    Parameters
    ----------
    value
        Figures of two or more people.
    error
        Standard errors that luck alone would give to somebody at the target, above 0.
    target
        The figure of all together.

    Raises
    ------
    ValueError
        If there are fewer than 2 people, or an error is not above 0.

    Notes
    -----
    Additive random effects (Spiegelhalter 2005; Spiegelhalter and others 2012): z winsorised at 10 and 90 %,
    phi = mean z_w^2, and if k phi > k - 1, tau^2 = (k phi - (k - 1)) / (sum w - sum w^2 / sum w) with w = 1 / error^2.
    """
    y, e = np.asarray(value, np.float64), np.asarray(error, np.float64)
    if len(y) < 2 or not (e > 0).all():
        raise ValueError(f"a funnel needs 2 people or more with errors above 0, got {len(y)}")
    z = (y - target) / e
    drawn_in = np.clip(z, *np.quantile(z, (WINSORISED, 1 - WINSORISED)))
    k, phi, w = len(y), float((drawn_in**2).mean()), 1 / e**2
    below = float(w.sum() - (w**2).sum() / w.sum())
    between = max(0.0, (k * phi - (k - 1)) / below) if below > 0 else 0.0
    inner, outer = (float(ndtri(0.5 + level / 2)) * np.sqrt(e**2 + between) for level in LEVELS)
    far = np.abs(y - target)
    beyond = (far > inner).astype(np.int64) + (far > outer)
    return Funnel(target, z, phi, between, inner, outer, np.sign(y - target).astype(np.int64) * beyond)


def binomial_limits(share: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the limits of a share of n tickets, within 0 and 1: p -+ z sqrt(p (1 - p) / n).

    Examples
    --------
    >>> [round(limit, 4) for limit in binomial_limits(0.75, 100)]
    [0.6651, 0.8349]
    """
    margin = float(ndtri(0.5 + level / 2)) * float(np.sqrt(share * (1 - share) / n))
    return max(share - margin, 0.0), min(share + margin, 1.0)


def false_alarm(share: float, n: int, level: float = 0.95) -> float:
    """Return the exact probability that somebody at the target lies outside the limits of a share of n tickets.

    Examples
    --------
    >>> round(false_alarm(0.9, 100), 4)
    0.0636
    """
    low, high = binomial_limits(share, n, level)
    counts = np.arange(n + 1) / n
    most_low, least_high = int((counts < low).sum()) - 1, int((counts <= high).sum())
    below = float(bdtr(most_low, n, share)) if most_low >= 0 else 0.0
    above = 1 - float(bdtr(least_high - 1, n, share)) if least_high <= n else 0.0
    return below + above


def any_false_alarm(people: int, level: float = 0.95) -> float:
    """Return the probability that at least one of so many people who are alike lies outside limits of this coverage.

    Examples
    --------
    >>> round(any_false_alarm(20), 3)
    0.642
    """
    return float(-np.expm1(people * np.log(level)))
