"""How late a ticket is expected to be, and with what chance, when only the mean of the time to it is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def lateness_min(mean_min: Floats, slack_min: Floats) -> Floats:
    """Return the expected lateness in minutes.

    Parameters
    ----------
    mean_min
        Mean time to the instant that the promise is about, in minutes, at least 0.
    slack_min
        Minutes to the due instant, below 0 when overdue.

    Notes
    -----
    The time X to the instant is taken as exponential with mean m, the law of largest entropy among those of that mean
    on [0, inf). Then E max(0, X - d) = m exp(-d / m) for d > 0, and m - d for d <= 0.

    Examples
    --------
    >>> lateness_min(np.array([30.0, 30.0]), np.array([0.0, -10.0])).tolist()
    [30.0, 40.0]
    """
    late: Floats = np.where(slack_min <= 0, mean_min - slack_min, mean_min * breach_chance(mean_min, slack_min))
    return late


def breach_chance(mean_min: Floats, slack_min: Floats) -> Floats:
    """Return the chance of being late, exp(-d / m) for d > 0 and else 1; see `lateness_min`.

    Examples
    --------
    >>> breach_chance(np.array([30.0, 30.0]), np.array([0.0, 30 * np.log(2.0)])).round(9).tolist()
    [1.0, 0.5]
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ahead = np.exp(-np.maximum(slack_min, 0.0) / np.maximum(mean_min, 1e-9))
    chance: Floats = np.where(slack_min <= 0, 1.0, ahead)
    return chance
