"""What so many tickets can show: the smallest change that can be told from chance; how often a value is reached."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats
from scipy.optimize import brentq

POWER = 0.8
ALPHA = 0.05

_NEAR, _FAR = 1e-9, 1e6


def detectable_share(
    share: float, n_before: int, n_after: int, *, up: bool, power: float = POWER, alpha: float = ALPHA
) -> float | None:
    """Return the smallest change of a share that two periods of so many tickets would show; None if none would.

    Parameters
    ----------
    share
        Share of the first period, 0 to 1.
    n_before, n_after
        Tickets of either period.
    up
        Whether the share is to rise; else to fall.
    power, alpha
        Of a two-sided test of two proportions.

    Notes
    -----
    The d > 0 for which d = z(1 - alpha / 2) sqrt(Q (1 - Q) (1/n + 1/m)) + z(power) sqrt(p (1 - p) / n + q (1 - q) / m)
    with q = p + d or p - d and Q the mean share (Fleiss, Levin and Paik 2003, eq. 4.14 without correction). It is for
    tickets that do not share bad days; where they do, more are needed.

    Examples
    --------
    >>> round(detectable_share(0.5, 100, 100, up=True), 3), detectable_share(0.95, 20, 20, up=True)
    (0.193, None)
    """
    if n_before < 1 or n_after < 1:
        return None
    sign, most = (1.0, 1.0 - share) if up else (-1.0, share)
    z, zb = stats.norm.ppf(1 - alpha / 2), stats.norm.ppf(power)

    def lacks(d: float) -> float:
        other = share + sign * d
        mean = (n_before * share + n_after * other) / (n_before + n_after)
        null = max(mean * (1 - mean), 0.0) * (1 / n_before + 1 / n_after)
        real = share * (1 - share) / n_before + max(other * (1 - other), 0.0) / n_after
        return d - float(z * np.sqrt(null) + zb * np.sqrt(real))

    if most <= _NEAR or lacks(most) < 0:
        return None
    return float(brentq(lacks, _NEAR, most))


def detectable_mean(
    spread: float, n_before: int, n_after: int, *, power: float = POWER, alpha: float = ALPHA
) -> float | None:
    """Return the smallest change of a mean that two periods of so many tickets would show.

    Parameters
    ----------
    spread
        Standard deviation of single tickets, in any unit; the answer is in the same.
    n_before, n_after
        Tickets of either period; None is returned where there are fewer than 2 in one.
    power, alpha
        Of a two-sided t-test with equal spreads.

    Notes
    -----
    By the noncentral t distribution (Cohen 1988, ch. 2).

    Examples
    --------
    >>> detectable_mean(1.0, 64, 64) < 0.5 < detectable_mean(1.0, 63, 63)
    True
    """
    if n_before < 2 or n_after < 2:
        return None
    freedom = n_before + n_after - 2
    cut = stats.t.ppf(1 - alpha / 2, freedom)
    scale = np.sqrt(n_before * n_after / (n_before + n_after))

    def lacks(d: float) -> float:
        return float(stats.nct.sf(cut, freedom, d * scale) + stats.nct.cdf(-cut, freedom, d * scale)) - power

    top = 1.0 / scale
    while lacks(top) < 0 and top < _FAR:
        top *= 2
    return float(brentq(lacks, _NEAR, top)) * spread


def detectable_figure(
    low: float, high: float, level: float = 0.95, *, power: float = POWER, alpha: float = ALPHA
) -> float:
    """Return the smallest change that two periods with intervals of one width would show, for any other figure.

    Parameters
    ----------
    low, high
        Ends of the interval of one period.
    level
        Its level.
    power, alpha
        Of a two-sided test.

    Notes
    -----
    (z(1 - alpha / 2) + z(power)) sqrt(2) standard errors, these as wide as a normal interval says.

    Examples
    --------
    >>> round(detectable_figure(-1.959964, 1.959964), 3)
    3.962
    """
    error = (high - low) / 2 / stats.norm.ppf((1 + level) / 2)
    return float((stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)) * np.sqrt(2) * error)


def reached(values: Sequence[float], target: float, *, up: bool, level: float = 0.95) -> tuple[int, float, float]:
    """Return how many values reach a target, and Wilson's (1927) interval of their share.

    Parameters
    ----------
    values
        At least one.
    target
        A value that lies on it reaches it.
    up
        Whether larger values are better.
    level
        Of the interval.

    Examples
    --------
    >>> count, low, high = reached([1.0, 2.0, 3.0, 4.0], 3.0, up=True)
    >>> count, round(low, 3), round(high, 3)
    (2, 0.15, 0.85)
    """
    n = len(values)
    count = sum(value >= target - 1e-9 if up else value <= target + 1e-9 for value in values)
    z = float(stats.norm.ppf((1 + level) / 2))
    middle = (count + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * float(np.sqrt(count * (n - count) / n + z**2 / 4))
    return count, max(middle - half, 0.0), min(middle + half, 1.0)
