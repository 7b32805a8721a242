"""Queues with exponential work: Erlang B, C and A, a waiting room of K, and the least staff for a promise."""

from collections.abc import Callable
from math import ceil, exp, log, sqrt

import numpy as np
from scipy.special import betainc

from sim.erlang.steady import (
    Row,
    Steady,
    birth_death,
    check,
    check_stable,
    check_staff,
    check_time,
    patient,
)


def erlang_b(staff: int, load: float) -> float:
    """Return the share of tickets lost where nobody can wait (Erlang's first formula), for any law of work.

    Parameters
    ----------
    staff
        Number of people, at least 0.
    load
        Offered load: arrivals per minute times mean work in minutes; above 0.

    Notes
    -----
    Erlang (1917); B(k) = load B(k-1) / (k + load B(k-1)) from B(0) = 1.
    """
    check(load=load)
    if staff < 0:
        raise ValueError(f"staff must be at least 0, got {staff}")
    lost = 1.0
    for k in range(1, staff + 1):
        lost = load * lost / (k + load * lost)
    return lost


def erlang_c(staff: int, load: float) -> float:
    """Return the share of tickets that wait where all can (Erlang's second formula, M/M/c).

    Raises
    ------
    ValueError
        If the load is not below the staff: then the queue grows without end.
    """
    check_stable(load, staff)
    lost = erlang_b(staff, load)
    return staff * lost / (staff - load * (1 - lost))


def mmc(per_min: float, work_min: float, staff: int) -> Steady:
    """Return the steady state of M/M/c: exponential work, unlimited patience and room."""
    check(per_min=per_min, work_min=work_min)
    p_wait = erlang_c(staff, per_min * work_min)
    wait_min = p_wait / (staff / work_min - per_min)
    return patient(per_min, work_min, staff, p_wait, wait_min)


def mmc_waits_longer(per_min: float, work_min: float, staff: int, than_min: float) -> float:
    """Return the share of tickets of M/M/c that wait longer than some minutes: C exp(-(c mu - lambda) t)."""
    check(per_min=per_min, work_min=work_min)
    check_time(than_min)
    return erlang_c(staff, per_min * work_min) * exp(-(staff / work_min - per_min) * than_min)


def mmck(per_min: float, work_min: float, staff: int, places: int) -> Steady:
    """Return the steady state of M/M/c/K: a ticket that finds `places` tickets waiting or in work is blocked.

    Raises
    ------
    ValueError
        If there are fewer places than staff.
    """
    check(per_min=per_min, work_min=work_min)
    if not 1 <= staff <= places:
        raise ValueError(f"staff must be at least 1 and at most the {places} places, got {staff}")
    n = np.arange(places + 1)
    share = birth_death(per_min, np.minimum(n[1:], staff) / work_min)
    blocked = float(share[-1])
    waiting = float(share @ np.maximum(n - staff, 0))
    wait_min = waiting / (per_min * (1 - blocked))
    return Steady(
        p_wait=float(share[staff:-1].sum()) / (1 - blocked),
        wait_min=wait_min,
        waiting=waiting,
        occupancy=per_min * (1 - blocked) * work_min / staff,
        p_left=0.0,
        p_blocked=blocked,
        wait_served_min=wait_min,
    )


def erlang_a(per_min: float, work_min: float, staff: int, patience_min: float) -> Steady:
    """Return the steady state of M/M/c+M: a waiting ticket leaves after an exponential patience.

    Parameters
    ----------
    per_min
        Arrivals per minute; above 0, and any load is bearable.
    work_min, patience_min
        Means in minutes, above 0.
    staff
        Number of people, at least 1.

    Notes
    -----
    Palm (1957); Mandelbaum and Zeltyn (2007). A ticket behind k others is served with probability
    c mu / (c mu + (k + 1) theta), and then waits the sum over i = 1 .. k + 1 of 1 / (c mu + i theta).
    """
    busy, queued, ahead = _impatient(per_min, work_min, staff, patience_min)
    rate, leaving = staff / work_min, staff / work_min + (ahead + 1) / patience_min
    waiting = float(queued @ ahead)
    p_wait, p_left = float(queued.sum()), waiting / patience_min / per_min
    served_wait_min = float(queued @ (rate / leaving * np.cumsum(1 / leaving)))
    return Steady(
        p_wait=p_wait,
        wait_min=waiting / per_min,
        waiting=waiting,
        occupancy=(float(busy @ np.arange(staff)) + staff * p_wait) / staff,
        p_left=p_left,
        p_blocked=0.0,
        wait_served_min=served_wait_min / (1 - p_left),
    )


def erlang_a_served_within(
    per_min: float, work_min: float, staff: int, patience_min: float, within_min: float
) -> float:
    """Return the share of all tickets of M/M/c+M that are served after at most so many minutes of waiting.

    Notes
    -----
    A ticket that is served behind k others waits V, a sum of exponential times of rates c mu + i theta,
    i = 1 .. k + 1: gaps between order statistics, so exp(-theta V) is Beta(c mu / theta + 1, k + 1).
    """
    check_time(within_min)
    busy, queued, ahead = _impatient(per_min, work_min, staff, patience_min)
    endings = staff * patience_min / work_min
    served = queued * endings / (endings + ahead + 1)
    longer = betainc(endings + 1, ahead + 1, exp(-within_min / patience_min))
    return float(busy.sum() + served @ (1 - longer))


def staff_for(
    per_min: float, work_min: float, share: float, within_min: float, patience_min: float | None = None
) -> int:
    """Return the least staff with which a share of all tickets is served within some minutes of waiting.

    Parameters
    ----------
    per_min, work_min
        Arrivals per minute and mean exponential work in minutes, above 0.
    share
        Share of all tickets, strictly between 0 and 1; a ticket that left was not served.
    within_min
        Minutes of waiting, at least 0.
    patience_min
        Mean exponential patience in minutes; None if nobody leaves.

    Examples
    --------
    80 % within 20 seconds, at 2 arrivals per minute of 5 minutes each:

    >>> staff_for(per_min=2, work_min=5, share=0.8, within_min=1 / 3)
    14
    """
    check(per_min=per_min, work_min=work_min)
    if not 0 < share < 1:
        raise ValueError(f"share must be strictly between 0 and 1, got {share}")
    check_time(within_min)

    def enough(staff: int) -> bool:
        if patience_min is None:
            return 1 - mmc_waits_longer(per_min, work_min, staff, within_min) >= share
        return erlang_a_served_within(per_min, work_min, staff, patience_min, within_min) >= share

    return _least(1 if patience_min is not None else int(per_min * work_min) + 1, enough)


def _least(first: int, enough: Callable[[int], bool]) -> int:
    """Return the least number from `first` up that is enough, if more is never worse."""
    step = 1
    low, high = first - 1, first
    while not enough(high):
        low, high, step = high, high + step, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _impatient(per_min: float, work_min: float, staff: int, patience_min: float) -> tuple[Row, Row, Row]:
    """Return the shares of time with 0 .. staff - 1 tickets, with 0, 1, ... waiting, and those numbers."""
    check(per_min=per_min, work_min=work_min, patience_min=patience_min)
    check_staff(staff)
    rate = staff / work_min
    ahead = np.arange(_longest_queue(per_min, rate, patience_min) + 1.0)
    leaving = np.concatenate([np.arange(1, staff + 1) / work_min, rate + ahead[1:] / patience_min])
    share = birth_death(per_min, leaving)
    return share[:staff], share[staff:], ahead


def _longest_queue(per_min: float, rate: float, patience_min: float) -> int:
    """Return a length beyond which the queue of M/M/c+M lies for less than 1e-16 of the time."""
    # Fewer wait than without service (Poisson), and fewer than with unlimited patience (geometric).
    alone = per_min * patience_min
    longest = alone + 12 * sqrt(alone) + 50
    if per_min < rate:
        longest = min(longest, 50 - 45 / log(per_min / rate))
    if longest > 1e7:
        raise ValueError(f"patience_min is too long for this load: {longest:.0f} may wait at once")
    return ceil(longest)
