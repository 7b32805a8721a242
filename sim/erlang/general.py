"""Queues with other laws of work: M/G/1, constant work, and work in two phases."""

from dataclasses import dataclass
from math import ceil, exp, isfinite, log, sqrt

import numpy as np
from scipy.special import gammainc, gammaln

from sim.erlang.steady import Row, Steady, check, check_scv, check_stable, patient


def mg1(per_min: float, work_min: float, scv: float) -> Steady:
    """Return the steady state of M/G/1 (Pollaczek and Khinchine): one person, any law of work.

    Parameters
    ----------
    per_min, work_min
        Arrivals per minute and mean work in minutes, above 0, with a product below 1.
    scv
        Squared coefficient of variation of the work, at least 0.
    """
    check(per_min=per_min, work_min=work_min)
    load = per_min * work_min
    check_stable(load, 1)
    return patient(per_min, work_min, 1, load, load * work_min * (1 + check_scv(scv)) / (2 * (1 - load)))


def mdc(per_min: float, work_min: float, staff: int) -> Steady:
    """Return the steady state of M/D/c: every ticket takes the same work.

    Notes
    -----
    Crommelin (1932) sees the queue at steps of one work time: it is the maximum of a random walk with steps
    Poisson(load) - c, so Spitzer's (1956) identity gives its mean, the sum over l of
    E[(Poisson(l load) - l c)+] / l, and its law, by the power series of exp(sum over k of h(k) (z^k - 1))
    with h(k) = sum over l of P(Poisson(l load) = l c + k) / l.
    """
    check(per_min=per_min, work_min=work_min)
    load = per_min * work_min
    check_stable(load, staff)
    waiting, p_empty = _spitzer(load, staff)
    queue = [p_empty]
    h = [_step_share(load, staff, k) for k in range(1, staff)]
    for n in range(1, staff):
        queue.append(sum(k * h[k - 1] * queue[n - k] for k in range(1, n + 1)) / n)
    new = np.cumsum(_poisson(np.arange(float(staff)), load))
    p_wait = 1 - float(np.array(queue) @ new[::-1])
    return patient(per_min, work_min, staff, p_wait, waiting / per_min)


def mphc(per_min: float, work_min: float, staff: int, scv: float) -> Steady:
    """Return the steady state of M/E2/c or M/H2/c: work in two phases, less or more spread than exponential.

    Parameters
    ----------
    per_min, work_min
        Arrivals per minute and mean work in minutes, above 0, with a load below the staff.
    staff
        Number of people; the effort grows with its third power, so a few dozen.
    scv
        Squared coefficient of variation of the work: 0.5 for E2 (two exponential halves), at least 1 for H2
        with balanced means: p = (1 + sqrt((scv - 1) / (scv + 1))) / 2, rates 2 p and 2 (1 - p) per mean work.

    Notes
    -----
    The chain of (tickets present, tickets in phase 1), solved level by level: above `staff` tickets the
    shares are geometric in a matrix R (Neuts 1981), below it each level follows from the one above.
    """
    check(per_min=per_min, work_min=work_min)
    check_stable(per_min * work_min, staff)
    chain = _TwoPhases.of(per_min, work_min, staff, scv)
    full = chain.geometric()
    ratios = [full]
    for n in range(staff, 0, -1):
        ratios.append(chain.up(n - 1) @ np.linalg.inv(-(chain.within(n) + ratios[-1] @ chain.down(n + 1))))
    level = np.ones(1)
    below = 0.0
    for ratio in reversed(ratios[1:]):
        below += float(level.sum())
        level = level @ ratio
    sums = np.linalg.inv(np.eye(staff + 1) - full)
    above = float((level @ sums).sum())
    waiting = float((level @ full @ sums @ sums).sum()) / (above + below)
    return patient(per_min, work_min, staff, above / (above + below), waiting / per_min)


@dataclass(frozen=True)
class _TwoPhases:
    """The chain of `mphc`: level n has min(n, staff) tickets in work, state j has j of them in phase 1."""

    per_min: float
    staff: int
    p_first: float
    p_on: float
    rates: tuple[float, float]

    @classmethod
    def of(cls, per_min: float, work_min: float, staff: int, scv: float) -> "_TwoPhases":
        if scv == 0.5:
            return cls(per_min, staff, 1.0, 1.0, (2 / work_min, 2 / work_min))
        if not (isfinite(scv) and scv >= 1):
            raise ValueError(f"scv must be 0.5 (E2) or at least 1 (H2), got {scv}")
        p = (1 + sqrt((scv - 1) / (scv + 1))) / 2
        return cls(per_min, staff, p, 0.0, (2 * p / work_min, 2 * (1 - p) / work_min))

    def up(self, n: int) -> Row:
        if n >= self.staff:
            return self.per_min * np.eye(self.staff + 1)
        return self.per_min * (self.p_first * np.eye(n + 1, n + 2, 1) + (1 - self.p_first) * np.eye(n + 1, n + 2))

    def within(self, n: int) -> Row:
        first, second = self._leaving(n)
        return np.diag(first[1:] * self.p_on, -1) - np.diag(self.per_min + first + second)

    def down(self, n: int) -> Row:
        first, second = self._leaving(n)
        done = first * (1 - self.p_on)
        if n <= self.staff:
            return np.diag(done[1:], -1)[:, :-1] + np.diag(second)[:, :-1]
        p = self.p_first
        return np.diag(p * done + (1 - p) * second) + np.diag((1 - p) * done[1:], -1) + np.diag(p * second[:-1], 1)

    def _leaving(self, n: int) -> tuple[Row, Row]:
        """Return the rates at which phases 1 and 2 end, by state."""
        busy = min(n, self.staff)
        j = np.arange(busy + 1.0)
        return j * self.rates[0], (busy - j) * self.rates[1]

    def geometric(self) -> Row:
        """Return R, the least solution of up + R within + R^2 down = 0 above the staff.

        Notes
        -----
        Latouche and Ramaswami (1993): each turn doubles the number of levels that a first passage may climb.
        """
        n = self.staff + 1
        up, within, down = self.up(n), self.within(n), self.down(n)
        alone = np.eye(self.staff + 1)
        climb, fall = np.linalg.solve(-within, up), np.linalg.solve(-within, down)
        passage, climbed = fall, climb
        while climbed.max() > 1e-17:
            both = alone - climb @ fall - fall @ climb
            climb, fall = np.linalg.solve(both, climb @ climb), np.linalg.solve(both, fall @ fall)
            passage, climbed = passage + climbed @ fall, climbed @ climb
        return np.asarray(up @ np.linalg.inv(-(within + up @ passage)))


def _spitzer(load: float, staff: int) -> tuple[float, float]:
    """Return the mean queue of M/D/c and the share of time in which it is empty."""
    steps = _steps(load, staff)
    mean, least = steps * load, steps * staff
    longer = gammainc(least + 1.0, mean)
    excess = mean * gammainc(least, mean) - least * longer
    return float((excess / steps).sum()), exp(-float((longer / steps).sum()))


def _step_share(load: float, staff: int, k: int) -> float:
    steps = _steps(load, staff)
    return float((_poisson(steps * staff + k, steps * load) / steps).sum())


def _steps(load: float, staff: int) -> Row:
    """Return 1.0, 2.0, ... up to where P(Poisson(l load) > l staff) < exp(-45), by Chernoff's bound."""
    last = ceil(45 / (staff * log(staff / load) - staff + load))
    if last > 1_000_000:
        raise ValueError(f"a load of {load} is too close to the staff of {staff}")
    return np.arange(1.0, last + 1)


def _poisson(n: Row, mean: Row | float) -> Row:
    return np.asarray(np.exp(n * np.log(mean) - mean - gammaln(n + 1.0)))
