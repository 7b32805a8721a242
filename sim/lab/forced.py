"""Forced ranking: the lowest by score leave every year; who they really were, and what the desk gains."""

from __future__ import annotations

from math import sqrt

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from sim import chance

type Floats = NDArray[np.float64]

_ABLE, _SCORED = chance.code("forced ability"), chance.code("forced score")
_LARGEST = 5_000_000


def forced_ranking(
    reliability: float, fired: float, *, people: int = 20, years: int = 10, desks: int = 400, seed: int = 1
) -> pl.DataFrame:
    """Return what comes of letting the lowest by score go every year.

    Parameters
    ----------
    reliability
        Of a year's score among people as they are hired, above 0 and at most 1. Those who stay differ less, so among
        them it falls.
    fired
        Share who leave each year, above 0 and below 1; rounded to whole people, at least one.
    people, years
        People at each desk, 2 or more, and years, 1 or more.
    desks
        Desks simulated: only they are random.
    seed
        Names the draws.

    Returns
    -------
    DataFrame
        By `year`, from 1: `wrong`, the share of those who had to leave without being among the truly lowest (their
        harm); `gain`, mean true ability after the hirings in SDs of the hired, with `gain_low` and `gain_high` (95 %,
        over desks); `more`, the gain of this year over the one before.

    Raises
    ------
    ValueError
        If a number is out of range.

    Notes
    -----
    True ability is normal and does not change; score = truth + normal noise of variance (1 - R) / R; who leaves is
    replaced by somebody drawn like all others. After Scullen, Bergey & Aiman-Smith (2005), Personnel Psychology 58:1:
    most of the gain comes in the first years. For many people the first year's `wrong` is that of
    `sim.kpi.misclassified.misclass_two_tier`. It cannot see what fear does to those who stay, what hiring costs, or
    that the best leave, too.
    """
    _check(reliability, fired, people, years, desks)
    leave = leavers(fired, people)
    noise, rows = sqrt((1 - reliability) / reliability), list[tuple[int, float, float, float, float, float]]()
    able = _normal(seed, _ABLE, 0, (desks, people))
    before = 0.0
    for year in range(1, years + 1):
        score = able + noise * _normal(seed, _SCORED, year, able.shape)
        out, lowest = (np.argsort(each, axis=1, kind="stable")[:, :leave] for each in (score, able))
        truly = np.zeros(able.shape, dtype=np.bool_)
        np.put_along_axis(truly, lowest, True, axis=1)
        wrong = float(1 - np.take_along_axis(truly, out, axis=1).mean())
        able = able.copy()
        np.put_along_axis(able, out, _normal(seed, _ABLE, year, (desks, leave)), axis=1)
        means = able.mean(axis=1)
        gain, half = float(means.mean()), float(1.96 * means.std(ddof=1) / sqrt(desks))
        rows.append((year, wrong, gain, gain - half, gain + half, gain - before))
        before = gain
    return pl.DataFrame(rows, schema=["year", "wrong", "gain", "gain_low", "gain_high", "more"], orient="row")


def leavers(fired: float, people: int) -> int:
    """Return how many of some people leave each year: a share of them in whole people, at least one, never all."""
    return min(max(1, round(fired * people)), people - 1)


def _normal(seed: int, purpose: int, year: int, shape: tuple[int, int]) -> Floats:
    names = np.zeros((shape[0] * shape[1], 3), np.uint32)
    names[:, 0], names[:, 1] = np.arange(len(names)), year
    u = np.minimum(chance.uniforms(seed, purpose, names), 1 - 2.0**-53)
    made: Floats = np.asarray(special.ndtri(u), dtype=np.float64).reshape(shape)
    return made


def _check(reliability: float, fired: float, people: int, years: int, desks: int) -> None:
    if not 0 < reliability <= 1:
        raise ValueError(f"a reliability must be above 0 and at most 1, got {reliability:g}")
    if not 0 < fired < 1:
        raise ValueError(f"the share who leave must lie above 0 and below 1, got {fired:g}")
    for what, value, least in (("people", people, 2), ("years", years, 1), ("desks", desks, 2)):
        if value < least:
            raise ValueError(f"{what} must be {least} or more, got {value}")
    if people * desks > _LARGEST:
        raise ValueError(f"people x desks must be at most {_LARGEST:,}, got {people * desks:,}")
