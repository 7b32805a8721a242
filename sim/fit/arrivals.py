"""Arrivals by kind and hour of week, and how much days differ beyond chance."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.desk import Curve
from sim.fit.facts import Facts, hours_watched

Floats = NDArray[np.float64]
THIN = 150
"""Tickets below which a kind shares the curve of all kinds."""
COMMON = "all"
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
    facts: Facts, variants: pl.DataFrame
) -> tuple[dict[str, tuple[float, str]], dict[str, Curve]]:
    """Return kind -> (tickets per week, name of its curve), and the curves.

    Parameters
    ----------
    facts
        What was read.
    variants
        `ticket` and `variant`, the name of the fitted kind.
    """
    tickets = facts.tickets.select("ticket", "created_s").join(variants, on="ticket")
    watched = hours_watched(facts)
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
    facts.assume(
        "Arrivals follow the hour of the week, smoothed toward days x hours where tickets are few; kinds "
        "with fewer "
        f"than {THIN} tickets share one curve. No trend, month-start surge or holiday is fitted."
    )
    return rates, curves


def _curve(rate: Floats) -> Curve:
    mean = max(rate.mean(), 1e-12)
    return Curve(week=tuple(float(np.round(value / mean, 4)) for value in rate))


def busyness_shape(facts: Facts) -> float | None:
    """Return the shape of the gamma busyness of days, by moments; None where days vary no more than Poisson.

    Notes
    -----
    With N the tickets of a day and m its mean by weekday, var N = m + m^2 / shape. The squared residuals are
    scaled by D / (D - 7) for the seven fitted means of D days.
    """
    timeline, end_s = facts.log.timeline, facts.arrivals_s
    created = facts.tickets["created_s"].to_numpy()
    first, last = int(timeline.day(0)), int(timeline.day(end_s - 1))
    days = np.arange(first, last + 1)
    counts = np.bincount(timeline.day(created[created < end_s]) - first, minlength=len(days)).astype(float)
    if len(days) < 14:
        facts.assume("Fewer than two weeks were seen: days differ by chance only (no busyness).")
        return None
    weekday = days % 7
    mean = np.array([counts[weekday == day].mean() if (weekday == day).any() else 0.0 for day in range(7)])[
        weekday
    ]
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
