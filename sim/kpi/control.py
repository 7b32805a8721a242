"""Control charts: whether a figure wanders more from period to period than chance lets it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import gammaln

from sim.kpi.kernels import Bools, Floats
from sim.kpi.mechanism import Kpi

How = Literal["p", "u", "xmr"]
"""Of a share of tickets; of a number of things per ticket; of any other figure, by its own steps (XmR)."""

SIGMAS = 3.0
MOVING = 2.66
"""3 / 1.128: limits of single values lie so many mean moving ranges off (Shewhart; Wheeler 2000)."""

LEAST = 6
"""Periods that limits of single values need at least."""


@dataclass(frozen=True)
class Chart:
    """A figure over periods with its limits.

    Attributes
    ----------
    how
        Which chart.
    periods
        Their names, in the order of time.
    values
        The figures; NaN where nothing counts.
    n
        What is below the line.
    centre
        Figure of the periods that the limits come from.
    low, high
        The limits of each period; NaN where there is no value.
    false_alarm
        Probability that a period outside of the base lies beyond its limits although nothing changed; NaN as above.
    base
        The periods that the limits come from; all False where they come from others.
    out
        1 above, -1 below the limits, else 0.
    widened
        How many times as wide as tickets alone would make them the limits of a p or u chart are.
    """

    how: How
    periods: tuple[str, ...]
    values: Floats
    n: Floats
    centre: float
    low: Floats
    high: Floats
    false_alarm: Floats
    base: Bools
    out: NDArray[np.int64]
    widened: float = 1.0


def how_of(kpi: Kpi) -> How:
    """Return the chart that fits a KPI: p for shares of tickets, u for counts per ticket, XmR for the others."""
    plain = kpi.finish.how == "ratio" and kpi.table == "tickets" and not kpi.finish.root
    if plain and kpi.unit == "1" and all(term.binary for term in kpi.statistics):
        return "p"
    return "u" if plain and kpi.unit == "count" else "xmr"


def any_alarm(chances: Iterable[float]) -> float:
    """Return the probability that at least one of some periods lies beyond its limits by chance alone.

    Parameters
    ----------
    chances
        The false-alarm rate of each, 0 to 1; they are taken as independent.
    """
    return 1 - math.prod(1 - each for each in chances)


def control(
    periods: Sequence[str], y: Sequence[float], x: Sequence[float], how: How, *, base: Sequence[bool] | None = None,
    of: tuple[float, float] | None = None, unit: float = 1.0,
) -> Chart | None:  # fmt: skip
    """Return the chart of a ratio of sums over periods; None where the base is too small for limits.

    Parameters
    ----------
    periods
        Names, in the order of time.
    y, x
        What is above and below the line, by period: things, and tickets, of a p or u chart.
    how
        Which chart.
    base
        The periods that the limits come from; all by default.
    of
        For p and u charts: y and x of others, such as the role, in place of a base of one's own.
    unit
        Figures and limits are multiplied by it.

    Notes
    -----
    p: P +- 3 sqrt(P (1 - P) / n), cut to [0, 1]; u: U +- 3 sqrt(U / n), not below 0; the false-alarm rate is the exact
    binomial or Poisson probability beyond them at this n. XmR: mean +- 2.66 mean moving ranges; for normal values the
    rate is about P(|t| > 3 / (c4 sqrt(1 + 1 / k))) with 0.62 (k - 1) degrees of freedom, k periods in the base (Wheeler
    and Chambers 1992), c4 being what a standard deviation of so few falls short of the true one. Desks vary more from
    week to week than tickets alone would (busy weeks are slow weeks): where the steps of six or more values say so,
    the limits of p and u charts are as much wider (Laney 2002, Qual. Eng. 14, 531-537), and the rate is that of XmR.
    """
    above, below = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    there = below > 0
    mine = there & (np.ones(len(below), dtype=np.bool_) if base is None else np.asarray(base, dtype=np.bool_))
    values = np.divide(above, below, out=np.full(len(below), np.nan), where=there)
    if of is not None and how != "xmr":
        mine = np.zeros(len(below), dtype=np.bool_)
    sums = (above[mine].sum(), below[mine].sum()) if of is None or how == "xmr" else of
    if sums[1] <= 0 or (how == "xmr" and mine.sum() < LEAST):
        return None
    wide = 1.0
    if how == "xmr":
        centre, low, high, alarm = _limits_xmr(values, mine)
    else:
        wide = _widened(how, sums[0] / sums[1], values, below, there if of is not None else mine)
        steps = int((there if of is not None else mine).sum())
        centre, low, high, alarm = _limits(how, sums[0] / sums[1], below, wide, steps)
    for column in (low, high, alarm):
        column[~there] = np.nan
    with np.errstate(invalid="ignore"):
        out = np.where(values > high + 1e-12, 1, np.where(values < low - 1e-12, -1, 0))
    return Chart(
        how, tuple(periods), values * unit, below, centre * unit, low * unit, high * unit, alarm, mine, out,
        wide,
    )  # fmt: skip


def _error(how: How, centre: float, n: Floats) -> Floats:
    """Return the standard error of each value if tickets alone make it vary."""
    return np.sqrt(centre * ((1 - centre) if how == "p" else 1.0) / np.where(n > 0, n, 1.0))


def _widened(how: How, centre: float, values: Floats, n: Floats, base: Bools) -> float:
    """Return how many times as much as tickets alone would the values step from one to the next; at least once."""
    error = _error(how, centre, n)[base]
    if base.sum() < LEAST or not (error > 0).all():
        return 1.0
    steps = np.abs(np.diff((values[base] - centre) / error))
    return max(1.0, float(steps.mean()) * MOVING / SIGMAS)


def _limits(how: How, centre: float, n: Floats, wide: float, steps: int) -> tuple[float, Floats, Floats, Floats]:
    """Return centre, limits and false-alarm rates of counts: exact, unless the limits were widened."""
    n = np.where(n > 0, n, 1.0)
    width = SIGMAS * wide * _error(how, centre, n)
    low = np.maximum(centre - width, 0.0)
    high = np.minimum(centre + width, 1.0) if how == "p" else centre + width
    if wide > 1:
        return centre, low, high, np.full(len(n), _alarm_of_steps(steps))
    fewest, most = np.ceil(n * low - 1e-9) - 1, np.floor(n * high + 1e-9)
    law = stats.binom(n, centre) if how == "p" else stats.poisson(n * centre)
    return centre, low, high, np.asarray(law.cdf(fewest) + law.sf(most), dtype=np.float64)


def _alarm_of_steps(k: int) -> float:
    """Return the false-alarm rate of limits that come from the steps of k values."""
    freedom = 0.62 * (k - 1)
    c4 = np.sqrt(2 / freedom) * np.exp(gammaln((freedom + 1) / 2) - gammaln(freedom / 2))
    return 2 * float(stats.t.sf(SIGMAS / c4 / np.sqrt(1 + 1 / k), freedom))


def _limits_xmr(values: Floats, base: Bools) -> tuple[float, Floats, Floats, Floats]:
    """Return centre, limits and the false-alarm rate of single values."""
    mine = values[base]
    centre, width = float(mine.mean()), MOVING * float(np.abs(np.diff(mine)).mean())
    alarm = _alarm_of_steps(len(mine))
    size = len(values)
    return centre, np.full(size, centre - width), np.full(size, centre + width), np.full(size, alarm)
