"""Reliability of a KPI of people by several estimators, and how many tickets it would take to act upon it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import betaln, stdtrit

from sim.kpi.observed import Floats, Ints, Observed, daily, figures

MIN_PEOPLE = 3
TARGETS = (0.7, 0.8, 0.9)
"""Reliabilities that are asked for: fit to act upon, good, fit for high stakes."""

TOO_FEW = "fewer than 3 people have figures with errors"
ALIKE = "all people are alike"
NOT_BINARY = "rows are not yes or no"
NOT_ALIKE = "rows do not weigh alike"
ONE_PERIOD = "fewer than two whole weeks are seen"
NO_HALVES = "fewer than 3 people have figures of both halves"
_WEEK = 7
_NOTHING = 1e-6
_MOST_M = 16.0
"""Of the logarithm of a beta distribution's weight in tickets: people are taken for alike beyond."""


@dataclass(frozen=True)
class Reliability:
    """How much of the spread of a figure between people would be there again.

    Attributes
    ----------
    estimator
        `signal_noise`, `split_half`, `beta_binomial`, `anova` or `periods`.
    value, low, high
        Not cut off below 0; None with a reason. No ends either where the estimate is at the end of its range whoever is
        left out: an interval of no width would pretend to be sure.
    people
        How many it rests on.
    tickets
        Harmonic mean of their rows: what the reliability is one of.
    tickets_for
        Rows a person needs for each target; None where no difference between people shows.
    reason
        Why there is no value.
    """

    estimator: str
    value: float | None
    low: float | None
    high: float | None
    people: int
    tickets: float | None
    tickets_for: tuple[float | None, ...]
    reason: str | None = None


def reliabilities(rows: Observed, *, targets: Sequence[float] = TARGETS, level: float = 0.95) -> list[Reliability]:
    """Return the reliability of a figure of people over the length of a log, by each estimator that can be used.

    Whose harm: whoever is rewarded or sanctioned for a difference that would not be there again. People in different
    seats differ for that, too, so a reliable figure may still be one of the seat.

    Parameters
    ----------
    rows
        As of `sim.kpi.shown`, raw or adjusted.
    targets
        Reliabilities, in (0, 1), for which the needed rows are told.
    level
        Coverage of the intervals, in (0, 1).

    Raises
    ------
    ValueError
        If a target or the level is not in (0, 1).

    Notes
    -----
    `signal_noise`: variance between people less the mean square of their errors (jackknife over days), over the former
    (Adams 2009). `split_half`: correlation of odd and even days, stepped up unless below 0
    (Spearman 1910, Brown 1910).
    `beta_binomial`: shares by maximum likelihood with the mean at the pooled share. `anova`: one-way, 1 - MSW/MSB
    (Shrout and Fleiss 1979, ICC(1,k)), at the harmonic mean of the rows. `periods`: covariance of different weeks over
    the variance within a week, stepped up to all weeks. Intervals: delete-one-person jackknife of log(1 - reliability)
    with Student's t, so they speak of people like these.
    """
    for target in targets:
        tickets_for(0.5, 1.0, target)
    if not 0 < level < 1:
        raise ValueError(f"the level of the intervals must lie in (0, 1), got {level}")
    return [_one(name, rows, estimate, tuple(targets), level) for name, estimate in _ESTIMATORS.items()]


def tickets_for(reliability: float, tickets: float, target: float) -> float | None:
    """Return the rows that somebody needs for a reliability, by Spearman and Brown; None if none shows at all.

    Parameters
    ----------
    reliability, tickets
        Reliability of figures of so many rows.
    target
        Reliability that is wanted, in (0, 1).

    Raises
    ------
    ValueError
        If the target is not in (0, 1): no number of tickets makes a figure free of error.

    Examples
    --------
    >>> round(tickets_for(0.61, 100.0, 0.758), 1)
    200.3
    """
    if not 0 < target < 1:
        raise ValueError(f"a target reliability must lie in (0, 1), got {target}: no number of tickets reaches 1")
    if reliability <= 0:
        return None
    return tickets * target / (1 - target) * max(1 - reliability, 0.0) / reliability


type _Parts = tuple[NDArray[Any], ...]
type _Estimate = Callable[[_Parts], float | None]
"""An estimator takes arrays whose first axis is people."""


def _one(
    name: str, rows: Observed, prepared: Callable[[Observed], tuple[_Parts, _Estimate] | str],
    targets: tuple[float, ...], level: float,
) -> Reliability:  # fmt: skip
    nothing = (None,) * len(targets)
    made = prepared(rows)
    if isinstance(made, str):
        return Reliability(name, None, None, None, 0, None, nothing, made)
    parts, estimate = made
    people, n = len(parts[0]), parts[-1]
    value = estimate(parts) if people >= MIN_PEOPLE else None
    if value is None:
        return Reliability(name, None, None, None, people, None, nothing, ALIKE if people >= MIN_PEOPLE else TOO_FEW)
    tickets = people / float((1 / n).sum())
    low, high = _interval(parts, estimate, value, level)
    needed = tuple(tickets_for(value, tickets, target) for target in targets)
    return Reliability(name, value, low, high, people, tickets, needed)


def _interval(parts: _Parts, estimate: _Estimate, value: float, level: float) -> tuple[float | None, float | None]:
    """Return the jackknife interval over people; None where leaving one out leaves nothing to estimate."""
    people = len(parts[0])
    if people <= MIN_PEOPLE or value >= 1:
        return None, None
    without = [estimate(tuple(np.delete(part, at, axis=0) for part in parts)) for at in range(people)]
    if any(each is None or each >= 1 for each in without):
        return None, None
    logs = np.log1p(-np.array(without, dtype=np.float64))
    error = float(np.sqrt((people - 1) / people * ((logs - logs.mean()) ** 2).sum()))
    if error < _NOTHING:
        return None, None  # The estimate stands at the end of its range: whoever is left out, it stays there.
    margin = float(stdtrit(people - 1, 0.5 + level / 2)) * error
    centre = float(np.log1p(-value))
    low, high = (float(-np.expm1(np.clip(centre + sign * margin, -50, 50))) for sign in (1, -1))
    return low, high


def _signal_noise(rows: Observed) -> tuple[_Parts, _Estimate] | str:
    own = figures(rows)
    known = ~np.isnan(own.error)

    def estimate(parts: _Parts) -> float | None:
        value, error, _ = parts
        spread = float(value.var(ddof=1))
        return (spread - float((error**2).mean())) / spread if spread > 0 else None

    return (own.value[known], own.error[known], own.n[known].astype(np.float64)), estimate


def _split_half(rows: Observed) -> tuple[_Parts, _Estimate] | str:
    halves, n = _by_period(rows, daily(rows).day % 2)
    if halves.shape[1] < 2 or (both := ~np.isnan(halves).any(axis=1)).sum() < MIN_PEOPLE:
        return NO_HALVES

    def estimate(parts: _Parts) -> float | None:
        odd, even = parts[0].T
        if odd.std() == 0 or even.std() == 0:
            return None
        r = float(np.corrcoef(odd, even)[0, 1])
        return 2 * r / (1 + r) if r > 0 else r

    return (halves[both], n[both]), estimate


def _beta_binomial(rows: Observed) -> tuple[_Parts, _Estimate] | str:
    if not rows.binary:
        return NOT_BINARY
    size = len(rows.people)
    events, n = np.bincount(rows.person, rows.y, size), np.bincount(rows.person, minlength=size).astype(np.float64)

    def estimate(parts: _Parts) -> float | None:
        weight = beta_weight(*parts)
        if weight is None:
            return None
        tickets = len(parts[1]) / float((1 / parts[1]).sum())
        return tickets / (tickets + weight)

    return (events, n), estimate


def beta_weight(events: NDArray[Any], n: NDArray[Any]) -> float | None:
    """Return the weight in tickets of the beta distribution of people's shares; None if all events are alike.

    Parameters
    ----------
    events, n
        Events and tickets by person.

    Returns
    -------
    float or None
        a + b of the beta distribution whose mean is the pooled share, by maximum likelihood; a person's reliability is
        n / (n + a + b). It is very large where people do not differ by more than luck.
    """
    share = float(events.sum() / n.sum())
    if not 0 < share < 1:
        return None

    def unlikely(log_weight: float) -> float:
        a, b = share * np.exp(log_weight), (1 - share) * np.exp(log_weight)
        return -float((betaln(events + a, n - events + b) - betaln(a, b)).sum())

    return float(np.exp(minimize_scalar(unlikely, bounds=(-3.0, _MOST_M), method="bounded").x))


def _anova(rows: Observed) -> tuple[_Parts, _Estimate] | str:
    if not (rows.x == 1).all():
        return NOT_ALIKE
    size = len(rows.people)
    y = rows.y - rows.overall
    sums, squares, n = (np.bincount(rows.person, each, size) for each in (y, y * y, np.ones(len(y))))

    def estimate(parts: _Parts) -> float | None:
        sums, squares, n = parts
        between = float((sums**2 / n).sum() - sums.sum() ** 2 / n.sum()) / (len(n) - 1)
        within = float((squares - sums**2 / n).sum()) / float(n.sum() - len(n))
        # With unequal n the mean square between is one of means of n0 rows, not of the harmonic mean.
        n0 = float(n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)
        person = (between - within) / n0
        noise = within * float((1 / n).mean())
        return person / (person + noise) if person + noise > 0 else None

    return (sums, squares, n), estimate


def _periods(rows: Observed) -> tuple[_Parts, _Estimate] | str:
    each = daily(rows)
    if not len(each.day):
        return ONE_PERIOD
    first = int(each.day.min())
    whole = (int(each.day.max()) - first + 1) // _WEEK
    if whole < 2:
        return ONE_PERIOD
    values, n = _by_period(rows, np.minimum((each.day - first) // _WEEK, whole - 1))
    seen = (~np.isnan(values)).sum(axis=1) >= 2

    def estimate(parts: _Parts) -> float | None:
        week = _of_a_week(parts[0])
        many = parts[0].shape[1]
        if week is None or week <= 0:
            return week
        stepped: float = many * week / (1 + (many - 1) * week)
        return stepped

    return (values[seen], n[seen]), estimate


def _of_a_week(values: Floats) -> float | None:
    """Return the covariance of different weeks over the variance within a week, each over the people seen in both."""
    known = ~np.isnan(values)
    means = np.divide(
        np.nansum(values, axis=0), known.sum(axis=0), where=known.any(axis=0), out=np.zeros(len(known[0]))
    )
    off = np.where(known, values - means, 0.0)
    shared = known.T.astype(np.float64) @ known.astype(np.float64)
    products = off.T @ off
    # Each pair loses a degree of freedom, as the weeks' means are estimated.
    weights = np.maximum(shared - 1, 0)
    own = np.eye(len(products), dtype=np.bool_)
    freedom = float(weights[own].sum()), float(weights[~own].sum())
    if min(freedom) <= 0 or products[own].sum() <= 0:
        return None
    return float(products[~own].sum()) / freedom[1] / (float(products[own].sum()) / freedom[0])


def _by_period(rows: Observed, period: Ints) -> tuple[Floats, Floats]:
    """Return figures by person and period of their days, NaN where there are none, and the rows of each person."""
    each = daily(rows)
    size, many = len(rows.people), int(period.max()) + 1 if len(period) else 0
    place = each.person * many + period
    above, below = (np.bincount(place, part, size * many).reshape(size, many) for part in (each.y, each.x))
    values = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return values, np.bincount(each.person, each.n, size)


_ESTIMATORS = {
    "signal_noise": _signal_noise, "split_half": _split_half, "beta_binomial": _beta_binomial, "anova": _anova,
    "periods": _periods,
}  # fmt: skip
