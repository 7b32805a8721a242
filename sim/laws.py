"""Laws as tables: every distribution of a time is sampled by inversion, from one table each."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.chance import quantile_table, step_table
from sim.desk import Law
from sim.desk.law import LONGEST_MIN

Floats = NDArray[np.float64]
MS_PER_MIN = 60_000.0


@lru_cache(maxsize=512)
def table_ms(law: Law) -> Floats:
    """Return the quantiles of a law in milliseconds, 0 to ten years, on the grid of `sim.chance.quantile_table`.

    An empirical law has its values instead, as `sim.chance.step_table` puts them.

    A table is made once for every law and cannot be written to; its shape is (GRID_STEPS + 1,). No quantile exceeds
    ten years, so that no work and no delay leaves 64 bits.

    Notes
    -----
    Lognormal: sigma^2 = log(1 + scv). Gamma: shape 1 / scv. Hyperexponential: two phases with balanced means,
    p = (1 + sqrt((scv - 1) / (scv + 1))) / 2 and rates 2 p / mean and 2 (1 - p) / mean (Whitt 1982).
    """
    if law.values is not None:
        table = step_table(np.array(law.values) * MS_PER_MIN, np.array(law.weights or np.ones(len(law.values))))
    else:
        table = np.minimum(_table(law, law.mean_min * MS_PER_MIN), LONGEST_MIN * MS_PER_MIN)
    table.flags.writeable = False
    return table


def _table(law: Law, mean: float) -> Floats:
    if law.law == "constant":
        return quantile_table(lambda q: np.full_like(q, mean), lambda q: np.full_like(q, mean))
    if law.law == "exponential":
        return quantile_table(lambda q: -mean * np.log(q), lambda q: -mean * np.log1p(-q))
    if law.law == "lognormal":
        sigma = np.sqrt(np.log1p(law.scv or 0.0))
        scale = mean * np.exp(-(sigma**2) / 2)
        return quantile_table(
            lambda q: scale * np.exp(-sigma * special.ndtri(q)),
            lambda q: scale * np.exp(sigma * special.ndtri(q)),
        )
    if law.law in ("gamma", "erlang"):
        shape = float(law.phases) if law.phases is not None else 1.0 / (law.scv or 1.0)
        return quantile_table(
            lambda q: special.gammainccinv(shape, q) * mean / shape,
            lambda q: special.gammaincinv(shape, q) * mean / shape,
        )
    return _hyperexponential(mean, law.scv or 2.0)


def _hyperexponential(mean: float, scv: float) -> Floats:
    p = (1 + np.sqrt((scv - 1) / (scv + 1))) / 2
    rates = 2 * np.array([p, 1 - p]) / mean

    def survival(x: Floats) -> Floats:
        return np.asarray(p * np.exp(-rates[0] * x) + (1 - p) * np.exp(-rates[1] * x), np.float64)

    def chance_below(x: Floats) -> Floats:
        return np.asarray(-p * np.expm1(-rates[0] * x) - (1 - p) * np.expm1(-rates[1] * x), np.float64)

    longest = 40.0 / rates[1]  # Past this the slow phase lasts with a chance below e^-40, off the grid.
    return quantile_table(_inverse(lambda x: -survival(x), longest), _inverse_rising(chance_below, longest))


def _inverse(falling: Callable[[Floats], Floats], longest: float) -> Callable[[Floats], Floats]:
    rising = _inverse_rising(falling, longest)
    return lambda q: rising(-q)


def _inverse_rising(rising: Callable[[Floats], Floats], longest: float) -> Callable[[Floats], Floats]:
    """Return the inverse of a rising function on [0, `longest`] by bisection to the last bit."""

    def inverse(q: Floats) -> Floats:
        low, high = np.zeros_like(q), np.full_like(q, longest)
        for _ in range(120):
            middle = (low + high) / 2
            below = rising(middle) < q
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return high

    return inverse
