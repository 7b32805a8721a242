"""Arrivals by kind and hour of week, and how much days differ beyond chance."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.desk import Curve, Surge
from sim.fit.facts import Facts, hours_watched

Floats = NDArray[np.float64]
THIN = 150
"""Tickets below which a kind shares the curve of all kinds."""
COMMON = "all"
SURGE_DAYS = 7
SEEN = 30
"""Tickets of a kind after which a priority that never came is taken never to come."""


def counts_of(facts: Facts, created_s: NDArray[np.int64]) -> Floats:
    """Return tickets by hour of week, shape (168,)."""
    created_s = created_s[created_s < facts.arrivals_s]
    return np.bincount(facts.log.timeline.hour_of_week(created_s), minlength=168).astype(float)


def smoothed(counts: Floats, watched: Floats, prior: Floats) -> Floats:
    """Return rates per week and hour, drawn toward a prior shape as far as the counts allow.

    Notes
    -----
    Gamma-Poisson empirical Bayes: with prior mean m and counts n over w weeks, the rate is m (n + a) / (w m
    + a); the shape a is fitted by moments from the scatter of n about w m.
    """
    total = counts.sum()
    if total == 0:
        return np.zeros(168)
    mean = prior * total / max((prior * watched).sum(), 1e-12)
    expected = watched * mean
    beyond = ((counts - expected) ** 2 - expected).sum()
    shape = (expected**2).sum() / beyond if beyond > 0 else np.inf
    rate = mean if not np.isfinite(shape) else mean * (counts + shape) / np.maximum(expected + shape, 1e-12)
    return np.asarray(rate * total / max((rate * watched).sum(), 1e-12))


def product_shape(counts: Floats, watched: Floats) -> Floats:
    """Return days x hours: the shape that the margins give, with half a ticket added to each hour of day."""
    rates = (counts / np.maximum(watched, 1e-12)).reshape(7, 24)
    hours = rates.sum(axis=0) + 0.5 / max(watched.sum() / 168, 1)
    days = rates.sum(axis=1) + 0.5 / max(watched.sum() / 168, 1)
    return np.outer(days / days.sum(), hours / hours.sum()).ravel()


def arrivals_of(
    facts: Facts, variants: pl.DataFrame, surge: Surge | None = None
) -> tuple[dict[str, tuple[float, str]], dict[str, Curve]]:
    """Return kind -> (tickets per week, name of its curve), and the curves.

    Parameters
    ----------
    facts
        What was read.
    variants
        `ticket` and `variant`, the name of the fitted kind.
    surge
        Of the first days of a month: rates are those of the other days.
    """
    tickets = facts.tickets.select("ticket", "created_s").join(variants, on="ticket")
    watched = hours_watched(facts, lambda days: factors_of(days, surge))
    counts = counts_of(facts, tickets["created_s"].to_numpy())
    common = smoothed(counts, watched, product_shape(counts, watched))
    curves = {COMMON: _curve(common)}
    rates: dict[str, tuple[float, str]] = {}
    for (name,), group in sorted(tickets.group_by("variant")):
        own = counts_of(facts, group["created_s"].to_numpy())
        if own.sum() >= THIN:
            rate, curve = smoothed(own, watched, common), str(name)
            curves[curve] = _curve(rate)
        else:
            rate, curve = common * own.sum() / max((common * watched).sum(), 1e-12), COMMON
        rates[str(name)] = (float(np.round(rate.sum(), 4)), curve)
    facts.assume("fit.curves", tickets=THIN)
    return rates, curves


def _curve(rate: Floats) -> Curve:
    mean = max(rate.mean(), 1e-12)
    return Curve(week=tuple(float(np.round(value / mean, 4)) for value in rate))


def factors_of(days: NDArray[np.int64], surge: Surge | None) -> Floats:
    """Return the factor of each day, given as an ordinal of a date."""
    if surge is None:
        return np.ones(len(days))
    names, place = np.unique(days, return_inverse=True)
    inside = [surge.first_day <= date.fromordinal(int(day)).day <= surge.last_day for day in names]
    return np.where(np.array(inside, dtype=bool)[place], surge.factor, 1.0)


def _by_day(facts: Facts) -> tuple[NDArray[np.int64], Floats]:
    """Return the days that were watched, as ordinals of dates, and the tickets of each."""
    timeline, end_s = facts.log.timeline, facts.arrivals_s
    created = facts.tickets["created_s"].to_numpy()
    first, last = timeline.day(0), timeline.day(end_s - 1)
    counts = np.bincount(timeline.day(created[created < end_s]) - first, minlength=last - first + 1)
    return np.arange(first, last + 1), counts.astype(float)


def _weekday_means(days: NDArray[np.int64], counts: Floats, weights: Floats) -> Floats:
    """Return the mean of each day's weekday, tickets over weights; 0 where none was seen."""
    weekday = days % 7
    tickets = np.bincount(weekday, counts, 7)
    return np.asarray((tickets / np.maximum(np.bincount(weekday, weights, 7), 1e-12))[weekday])


def surge_of(facts: Facts) -> Surge | None:
    """Return the surge of the first seven days of a month; None unless clearly seen in two months.

    Notes
    -----
    Tickets of these days over what the other days' means by weekday make one expect. Clear is a factor of at
    least 1.1, more than three standard errors above 1 if days vary as much as the other days do.
    """
    days, counts = _by_day(facts)
    dates = [date.fromordinal(int(day)) for day in days]
    early = np.array([day.day <= SURGE_DAYS for day in dates])
    months = {day.month for day in dates if day.day <= SURGE_DAYS}
    if len(months) < 2 or early.sum() < 10 or (~early).sum() < 28:
        facts.assume("fit.no_surge")
        return None
    means = _weekday_means(days[~early], counts[~early], np.ones(int((~early).sum())))
    by_weekday = np.zeros(7)
    by_weekday[days[~early] % 7] = means
    expected = by_weekday[days % 7]
    scatter = ((counts - expected)[~early] ** 2).sum() / max(expected[~early].sum(), 1e-12)
    factor = counts[early].sum() / max(expected[early].sum(), 1e-12)
    error = np.sqrt(max(scatter, 1.0) / max(expected[early].sum(), 1e-12))
    if factor < 1.1 or factor - 1 < 3 * error:
        return None
    return Surge(first_day=1, last_day=SURGE_DAYS, factor=float(np.round(factor, 3)))


def busyness_shape(facts: Facts, surge: Surge | None = None) -> float | None:
    """Return the shape of the gamma busyness of days, by moments; None if they vary no more than Poisson.

    Notes
    -----
    With N the tickets of a day and m its mean by weekday and surge, var N = m + m^2 / shape. The squared
    residuals are scaled by D / (D - 7) for the seven fitted means of D days.
    """
    days, counts = _by_day(facts)
    if len(days) < 14:
        facts.assume("fit.no_busyness")
        return None
    weights = factors_of(days, surge)
    mean = _weekday_means(days, counts, weights) * weights
    beyond = ((counts - mean) ** 2).sum() * len(days) / (len(days) - 7) - mean.sum()
    if beyond <= 0 or mean.sum() == 0:
        return None
    return float(np.round(np.clip((mean**2).sum() / beyond, 0.3, 1000), 3))


def priorities_of(facts: Facts, variants: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Return the shares of priorities by kind, drawn a little (five tickets' worth) toward those of all."""
    order = facts.log.priorities
    tickets = facts.tickets.select("ticket", "priority").join(variants, on="ticket")
    overall = np.array([(tickets["priority"] == p).sum() for p in order], float)
    overall /= overall.sum()
    out = {}
    for (name,), group in sorted(tickets.group_by("variant")):
        own = np.array([(group["priority"] == p).sum() for p in order], float)
        prior = overall if own.sum() < SEEN else overall * (own > 0)
        share = own + 5 * prior
        share = np.round(share / share.sum(), 6)
        share[int(share.argmax())] += 1 - share.sum()
        out[str(name)] = {p: float(np.round(s, 6)) for p, s in zip(order, share, strict=True) if s > 0}
    return out
