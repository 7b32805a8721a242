"""Priority classes before a shared staff, where work begun is finished: mean waits and their tails."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import comb, exp, pi

from sim.erlang.exponential import erlang_c
from sim.erlang.steady import check, check_scv, check_stable, check_time, named


def cobham(per_min: Sequence[float], work_min: float, staff: int) -> tuple[float, ...]:
    """Return the mean waits in minutes of priority classes that share the staff and the law of work.

    Parameters
    ----------
    per_min
        Arrivals per minute by class, the first being the most urgent; work begun is finished.
    work_min
        Mean of the exponential work of every class.
    staff
        Number of people.

    Notes
    -----
    Cobham (1954); Kella and Yechiali (1985): W0 / ((1 - s(k-1)) (1 - s(k))) with W0 = C / (c mu) and s(k) the
    load per person of the classes up to k.
    """
    check(work_min=work_min, **named("per_min", per_min))
    total = sum(per_min) * work_min
    first_min = erlang_c(staff, total) * work_min / staff
    return _by_class(first_min, [rate * work_min / staff for rate in per_min])


def cobham_mg1(per_min: Sequence[float], work_min: Sequence[float], scv: Sequence[float]) -> tuple[float, ...]:
    """Return the mean waits in minutes of priority classes before one person, each with its own law of work.

    Parameters
    ----------
    per_min, work_min, scv
        Arrivals per minute, mean work in minutes and its squared coefficient of variation by class, the first
        class being the most urgent; work begun is finished.

    Notes
    -----
    Cobham (1954), with W0 = sum of lambda E[S^2] / 2.
    """
    if not len(per_min) == len(work_min) == len(scv):
        raise ValueError(f"each class needs all three figures, got {len(per_min)}, {len(work_min)}, {len(scv)}")
    check(**named("per_min", per_min), **named("work_min", work_min))
    loads = [rate * work for rate, work in zip(per_min, work_min, strict=True)]
    check_stable(sum(loads), 1)
    first_min = sum(
        load * work * (1 + check_scv(spread)) / 2 for load, work, spread in zip(loads, work_min, scv, strict=True)
    )
    return _by_class(first_min, loads)


def cobham_waits_longer(per_min: Sequence[float], work_min: float, staff: int, rank: int, than_min: float) -> float:
    """Return the share of tickets of one priority class that wait longer than some minutes, as in `cobham`.

    Parameters
    ----------
    per_min, work_min, staff
        As in `cobham`.
    rank
        Which class, 0 being the most urgent.
    than_min
        Minutes, at least 0.

    Notes
    -----
    Given that all are busy, the tickets of this class and of those before it in line are geometric with s(k),
    and each holds the place for a busy period of the classes before: with b the transform of that period, the
    wait has the transform (1 - s) b / (1 - s b). Its tail is inverted after Abate and Whitt (1995), to 1e-8.
    """
    check(work_min=work_min, **named("per_min", per_min))
    check_time(than_min)
    if not 0 <= rank < len(per_min):
        raise ValueError(f"rank must be in 0 .. {len(per_min) - 1}, got {rank}")
    p_wait, full = erlang_c(staff, sum(per_min) * work_min), staff / work_min
    before, upto = sum(per_min[:rank]), sum(per_min[: rank + 1])
    if before == 0 or than_min == 0:
        return p_wait * exp(-(full - upto) * than_min)

    def tail(s: complex) -> complex:
        rates = before + full + s
        busy = 2 * full / (rates + (rates * rates - 4 * before * full) ** 0.5)
        share = upto / full
        return (1 - (1 - share) * busy / (1 - share * busy)) / s

    return p_wait * min(1.0, max(0.0, _inverted(tail, than_min)))


def _by_class(first_min: float, loads: Sequence[float]) -> tuple[float, ...]:
    upto = [0.0, *accumulate(loads)]
    return tuple(first_min / ((1 - upto[k]) * (1 - upto[k + 1])) for k in range(len(loads)))


def _inverted(transform: Callable[[complex], complex], at: float) -> float:
    """Return the function whose Laplace transform is given, at a point above 0 (Euler summation)."""
    a, terms, mean_of = 18.4, 38, 11
    series = [transform(complex(a, 2 * k * pi) / (2 * at)).real * (-1) ** k for k in range(terms + mean_of + 1)]
    series[0] /= 2
    sums = list(accumulate(series))
    averaged = sum(comb(mean_of, k) * sums[terms + k] for k in range(mean_of + 1)) / 2**mean_of
    return float(exp(a / 2) / at * averaged)
