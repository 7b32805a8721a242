"""The delete-one jackknife-t interval of a figure."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def jackknife_t(whole: float, without: ArrayLike, level: float) -> tuple[float, float] | None:
    """Return the jackknife-t interval of a figure; None if it, or one without somebody, is NaN.

    Parameters
    ----------
    whole
        The figure of everybody, or of every case.
    without
        The figures with one of them left out each, two or more.
    level
        Level of the interval, in (0, 1).

    Notes
    -----
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5, with a t quantile of one degree of freedom
    less than there are cases.

    Examples
    --------
    Of a mean it is the usual t interval: 3 +- 4.303 * 1.

    >>> low, high = jackknife_t(3.0, [4.0, 3.0, 2.0], 0.95)
    >>> round(high, 2)
    7.97
    """
    kept = np.asarray(without, dtype=np.float64)
    if len(kept) < 2 or np.isnan(whole) or np.isnan(kept).any():
        return None
    n = len(kept)
    half = stats.t.ppf((1 + level) / 2, n - 1) * np.sqrt((n - 1) / n * ((kept - kept.mean()) ** 2).sum())
    return float(whole - half), float(whole + half)
