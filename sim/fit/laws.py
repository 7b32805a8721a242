"""Laws of times from samples, some of which were cut off by the end of the log."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from sim.desk import Law

Floats = NDArray[np.float64]

FEWEST = 8
"""Samples below which the law of a wider group is taken."""
MOST_SCV = 400.0
_CUT_OFF_SHARE = 0.02


def law_of(seconds: Floats, running: Floats | None = None) -> Law | None:
    """Return the law of times by maximum likelihood; None without any finished sample.

    Parameters
    ----------
    seconds
        Finished times, at least 0.
    running
        Times that still ran at the end of the log: right-censored.

    Notes
    -----
    Lognormal and gamma are compared by their likelihood; a gamma law of shape near 1 is called exponential,
    and times that hardly vary constant. The mean is the sample's own where fewer than 2 % of the times are
    cut off (a wrong family then leaves the mean right), else that of the fitted law.
    """
    done = np.maximum(np.asarray(seconds, float), 0.5)
    cut = np.maximum(np.asarray([] if running is None else running, float), 0.5)
    if not len(done):
        return None
    mean = done.mean()
    if len(done) < 2 or done.std() < 0.02 * mean:
        return Law(law="constant", mean_min=_minutes(mean))
    (mu, s), lognormal = _lognormal(done, cut)
    (shape, scale), gamma = _gamma(done, cut)
    fitted = np.exp(mu + s * s / 2) if lognormal >= gamma else shape * scale
    mean = fitted if len(cut) > _CUT_OFF_SHARE * len(done) else mean
    if lognormal >= gamma:
        return Law(law="lognormal", mean_min=_minutes(mean), scv=_scv(np.expm1(min(s * s, 20.0))))
    if abs(np.log(shape)) < 3 / np.sqrt(len(done)) and abs(np.log(shape)) < 0.2:
        return Law(law="exponential", mean_min=_minutes(mean))
    return Law(law="gamma", mean_min=_minutes(mean), scv=_scv(1 / shape))


def heavy_law_of(seconds: Floats) -> Law | None:
    """Return the lognormal law with the samples' mean and median: for delays of minutes to weeks.

    Notes
    -----
    Mean over median of a lognormal law is exp(s^2 / 2). By moments or likelihood one of the two would be
    missed.
    """
    done = np.maximum(np.asarray(seconds, float), 1.0)
    if not len(done):
        return None
    mean, median = done.mean(), max(float(np.median(done)), 30.0)
    if mean <= 1.02 * median:
        return Law(law="exponential", mean_min=_minutes(mean))
    return Law(law="lognormal", mean_min=_minutes(mean), scv=_scv((mean / median) ** 2 - 1))


def _minutes(seconds: float) -> float:
    return float(np.format_float_positional(seconds / 60, 5, unique=False, fractional=False))


def _scv(scv: float) -> float:
    return float(np.format_float_positional(min(max(scv, 1e-3), MOST_SCV), 4, unique=False, fractional=False))


def _lognormal(done: Floats, cut: Floats) -> tuple[tuple[float, float], float]:
    """Return (mu, sigma) of log seconds and the log likelihood."""
    log, log_cut = np.log(done), np.log(cut)

    def likelihood(mu: float, s: float) -> float:
        z = (log - mu) / s
        tail = special.log_ndtr(-(log_cut - mu) / s).sum()
        return float((-0.5 * z * z - log).sum() - len(log) * (np.log(s) + 0.5 * np.log(2 * np.pi)) + tail)

    best = (float(log.mean()), max(float(log.std()), 1e-6))
    if len(cut):
        found = _best(lambda p: -likelihood(float(p[0]), float(np.exp(p[1]))), best[0], np.log(best[1]))
        best = (found[0], float(np.exp(found[1])))
    return best, likelihood(*best)


def _best(loss: Callable[[Floats], float], *first: float) -> tuple[float, float]:
    """Return the two numbers that make a loss least, from a first guess (Nelder-Mead)."""
    found = optimize.minimize(loss, np.array(first, dtype=np.float64), method="Nelder-Mead")
    return float(found.x[0]), float(found.x[1])


def _gamma(done: Floats, cut: Floats) -> tuple[tuple[float, float], float]:
    """Return (shape, scale) and the log likelihood; the first guess is Minka's (2002)."""
    log = np.log(done)
    gap = max(np.log(done.mean()) - log.mean(), 1e-9)
    shape = (3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)

    def likelihood(shape: float, scale: float) -> float:
        terms = (shape - 1) * log - done / scale
        tail = np.log(np.maximum(special.gammaincc(shape, cut / scale), 1e-300)).sum()
        return float(terms.sum() - len(log) * (special.gammaln(shape) + shape * np.log(scale)) + tail)

    for _ in range(6):
        step = (np.log(shape) - special.digamma(shape) - gap) / (1 / shape - special.polygamma(1, shape))
        shape = max(float(shape - step), 1e-3)
    best = (float(shape), float(done.mean() / shape))
    if len(cut):
        found = _best(lambda p: -likelihood(*(float(np.exp(x)) for x in p)), *np.log(np.array(best)))
        best = (float(np.exp(found[0])), float(np.exp(found[1])))
    return best, likelihood(*best)


def waits_rate(waited_s: Floats, left: NDArray[np.bool_]) -> float | None:
    """Return the mean patience in seconds by censored exponential likelihood: all waits over who left."""
    leavers = int(left.sum())
    return float(waited_s.sum() / leavers) if leavers else None
