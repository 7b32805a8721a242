"""Exact figures of desks that are in no steady state: they start empty, or rates and staff change by the hour.

The unit of time is the mean work, which is exponential; rates are per unit, and waits are in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, cos, exp, sin

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

Row = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = 1e-25
"""A chance below it is none."""
LARGEST = 400.0
"""Expected number of jumps in one stretch of uniformisation."""


def first_waits(rate: float, staff: int, n: int) -> Row:
    """Return the mean wait of the first, second, ..., n-th ticket that comes to an empty M/M/c, shape (n,).

    Notes
    -----
    Kelton and Law (1985): what a ticket finds is a chain. From one arrival to the next, with j tickets there, an end
    of work comes before the arrival with probability min(j, c) / (min(j, c) + rate). Who finds a tickets waits for
    a - c + 1 ends of work at rate c.
    """
    busy = np.minimum(np.arange(n + 1), staff)
    waits = np.maximum(np.arange(n) - staff + 1, 0) / staff
    found = np.zeros(n)
    found[0] = 1.0
    out = np.zeros(n)
    for ticket in range(n):
        out[ticket] = found @ waits
        coming, following = 0.0, np.zeros(n)
        most = int(np.flatnonzero(found > NEVER)[-1])
        for j in range(min(most + 1, n - 1), -1, -1):
            coming += found[j - 1] if j else 0.0
            following[j] = coming * rate / (rate + busy[j])
            coming -= following[j]
        found = following
    return out


def passed(flow: sparse.csr_array, start: Row, length: float) -> tuple[Row, Row]:
    """Return the expected time in each state over a stretch of time, and the shares of the states at its end.

    Parameters
    ----------
    flow
        Rates from the state of a column to that of a row, the diagonal such that columns sum to 0.
    start
        Shares of the states at the begin.
    length
        Of the stretch, at least 0.

    Notes
    -----
    Uniformisation (Jensen 1953): jumps come at the largest rate, some of them to the same state; the state after k
    jumps has a share of Poisson's weight of k at the end, and of the weight above k, over that rate, of the time.
    """
    rate = float(-flow.diagonal().min())
    parts = max(int(np.ceil(rate * length / LARGEST)), 1)
    mean = rate * length / parts
    k = np.arange(int(mean + 12 * np.sqrt(mean) + 30))
    weight, above = np.exp(special.xlogy(k, mean) - mean - special.gammaln(k + 1)), special.pdtrc(k, mean) / rate
    spent, now = np.zeros(len(start)), start
    for _ in range(parts):
        jumped, end = now, np.zeros(len(start))
        for share, longer in zip(weight, above, strict=True):
            end += share * jumped
            spent += longer * jumped
            jumped = jumped + flow @ jumped / rate
        now = end
    return spent, now


@dataclass(frozen=True)
class Hours:
    """A desk whose rates and staff repeat from period to period; it is M/M/s+M within a step.

    Who goes off duty hands the ticket in hand back to the head of its queue, and a ticket that was begun never
    leaves. A state is the number of tickets there, how many of them were handed back and wait, and how many people
    of the staff have not come yet.

    Attributes
    ----------
    rates, staff
        Arrivals per mean work, and people on shift, by step.
    step
        Mean works of a step.
    leaving
        Rate at which a waiting ticket leaves; 0 for never.
    late, late_by
        Probability that somebody comes late to a shift, and the mean of that exponential time.
    most
        Number of tickets at which the chain is cut off; what lies beyond must be negligible.
    back
        Most tickets that were handed back and wait; with 0 they are like all others, and may leave.
    """

    rates: tuple[float, ...]
    staff: tuple[int, ...]
    step: float
    leaving: float = 0.0
    late: float = 0.0
    late_by: float = 1.0
    most: int = 100
    back: int = 0

    @cached_property
    def states(self) -> tuple[Ints, Ints, Ints]:
        """Tickets there, handed back and waiting, people missing, each of shape (states,)."""
        missing = max(self.staff) if self.late else 0
        n, h, k = np.indices((self.most + 1, self.back + 1, missing + 1)).reshape(3, -1)
        return n, h, k

    def place(self, n: Ints, h: Ints, k: Ints) -> Ints:
        """Return the numbers of states."""
        missing = int(self.states[2].max())
        return np.asarray((n * (self.back + 1) + h) * (missing + 1) + k)

    def on_duty(self, staff: int) -> Ints:
        """Return the people at the desk, by state."""
        return np.maximum(staff - self.states[2], 0)

    def flow(self, rate: float, staff: int) -> sparse.csr_array:
        """Return the rates within a step, as `passed` takes them."""
        n, h, k = self.states
        on = self.on_duty(staff)
        less = np.maximum(h - 1, 0)
        fresh = np.maximum(n - on - h, 0)
        moves = (
            (np.where(n < self.most, rate, 0.0), (np.minimum(n + 1, self.most), h, k)),
            (np.minimum(n, on), (np.maximum(n - 1, 0), less, k)),
            (self.leaving * fresh, (np.maximum(n - 1, 0), h, k)),
            (k / self.late_by * (k <= staff), (n, less, np.maximum(k - 1, 0))),
        )
        here = np.arange(len(n))
        rates = np.concatenate([values for values, _ in moves])
        rows = np.concatenate([self.place(*to) for _, to in moves])
        columns = np.tile(here, len(moves))
        out = np.bincount(columns, rates)
        return sparse.csr_array(
            (np.concatenate([rates, -out]), (np.concatenate([rows, here]), np.concatenate([columns, here])))
        )

    def turned(self, share: Row, before: int, staff: int) -> Row:
        """Return the shares of the states right after an edge at which the staff changes.

        Raises
        ------
        ValueError
            If some of the staff go while others may still be missing.
        """
        if self.late and 0 < staff < before:
            raise ValueError(f"the staff falls from {before} to {staff} while somebody may be missing")
        n, h, k = self.states
        new = max(staff - before, 0)
        out = np.zeros(len(n))
        for missing in range(new + 1 if self.late else 1):
            chance = special.binom(new, missing) * self.late**missing * (1 - self.late) ** (new - missing)
            absent = (k if staff else 0 * k) + missing
            inside = absent <= k.max()
            waiting = h + np.minimum(n, self.on_duty(before)) - np.maximum(staff - absent, 0)
            to = self.place(n, np.clip(waiting, 0, self.back), np.minimum(absent, k.max()))
            np.add.at(out, to[inside], chance * share[inside])
        return out

    def period(self) -> "Period":
        """Return what happens in a period, after so many that it no longer matters how the desk began."""
        steps = list(zip(self.rates, self.staff, strict=True))
        made = {step: self.flow(*step) for step in set(steps)}
        flows = [made[step] for step in steps]
        share = np.zeros(len(self.states[0]))
        share[0] = 1.0
        before = 0
        while True:
            first, spent, ends = share, [], []
            for flow, staff in zip(flows, self.staff, strict=True):
                here, share = passed(flow, self.turned(share, before, staff), self.step)
                before = staff
                spent.append(here)
                ends.append(share)
            if np.abs(share - first).max() < 1e-12:
                return Period(self, np.array(spent), np.array(ends))


@dataclass(frozen=True, eq=False)
class Period:
    """A period of a desk: expected time in each state by step, and the shares of the states at its end.

    Attributes
    ----------
    hours
        Whose period it is.
    spent, ends
        Shape (steps, states).
    """

    hours: Hours
    spent: Row
    ends: Row

    def of_steps(self, figure: str) -> Row:
        """Return the time integral of a figure by step: `present`, `waiting` (never begun), `busy` or `missing`."""
        n, h, k = self.hours.states
        figures = []
        for staff in self.hours.staff:
            on = self.hours.on_duty(staff)
            figures.append(
                {"present": n, "waiting": np.maximum(n - on - h, 0), "busy": np.minimum(n, on), "missing": k}[figure]
            )
        return np.asarray((self.spent * np.array(figures)).sum(axis=1))

    def full(self) -> Row:
        """Return by step the share of time in which a ticket that comes would wait."""
        n = self.hours.states[0]
        waits = np.array([n >= self.hours.on_duty(staff) for staff in self.hours.staff])
        return np.asarray((self.spent * waits).sum(axis=1) / self.hours.step)

    def per_arrival(self, by_step: Row) -> float:
        """Return the mean over tickets of a figure that is known by the step in which they come."""
        return float(np.array(self.hours.rates) @ by_step / sum(self.hours.rates))

    @property
    def wait(self) -> float:
        """Mean wait until work begins for the first time or the ticket leaves (Little)."""
        return float(self.of_steps("waiting").sum() / (sum(self.hours.rates) * self.hours.step))

    @property
    def busy(self) -> float:
        """Share of the time on shift at work."""
        return float(self.of_steps("busy").sum() / (sum(self.hours.staff) * self.hours.step))


def swing(mean: float, by: float, per: float, steps: int, turn: float = 0.0) -> tuple[float, ...]:
    """Return mean + by sin(2 pi x) by step, averaged over it, where x runs through `per` turns, from `turn` on."""
    edges = turn + per * np.arange(steps + 1) / steps
    area = -np.cos(2 * np.pi * edges) / (2 * np.pi)
    return tuple((mean + by * np.diff(area) / np.diff(edges)).tolist())


@dataclass(frozen=True)
class Found:
    """What becomes of tickets by the number that they find at M/M/c(+M): shares served, served in time, waits."""

    served: Row
    in_time: Row
    wait: Row

    @classmethod
    def of(cls, staff: int, leaving: float, within: float, most: int) -> "Found":
        """Return it for 0 to `most` tickets found; `wait` is that until service, times the share served.

        Notes
        -----
        See `sim.erlang.erlang_a`: behind k others a ticket is served after exponential times of rates c + i theta,
        i = 1 .. k + 1, with probability c / (c + (k + 1) theta); without leaving, after k + 1 of rate c.
        """
        found = np.arange(most + 1)
        turns = np.maximum(found - staff + 1, 0)
        gaps = 1 / (staff + leaving * np.arange(1, most + 2))
        mean = np.concatenate([[0.0], np.cumsum(gaps)])[turns]
        served = staff / (staff + turns * leaving)
        later = np.where(turns > 0, _later(staff, leaving, within, np.maximum(turns, 1)), 0.0)
        return cls(served, served * (1 - later), served * mean)


def _later(staff: int, leaving: float, within: float, turns: Ints) -> Row:
    """Return the probability that those who are served wait longer."""
    if leaving == 0:
        return np.asarray(special.gammaincc(turns, staff * within))
    return np.asarray(special.betainc(staff / leaving + 1, turns, np.exp(-within * leaving)))


@dataclass(frozen=True)
class Day:
    """Expected figures of a day of M/M/c(+M) that starts empty; who came is served after its end as before.

    Attributes
    ----------
    arrivals, served, in_time
        Tickets that come, that are served, and that are served in time.
    waited
        Sum of the waits of the served.
    waits
        Tickets that wait.
    busy, busy_at_end
        Person-time at work until the end, and people at work then.
    """

    arrivals: float
    served: float
    in_time: float
    waited: float
    waits: float
    busy: float
    busy_at_end: float


def day(rate: float, staff: int, length: float, within: float, leaving: float = 0.0, most: int = 90) -> Day:
    """Return the figures of a day of some mean works; `within` is what counts as in time."""
    hours = Hours((rate,), (staff,), length, leaving, most=most)
    n = np.arange(most + 1)
    spent, end = passed(hours.flow(rate, staff), np.eye(most + 1)[0], length)
    found, busy = Found.of(staff, leaving, within, most), np.minimum(n, staff)
    return Day(
        arrivals=rate * length, served=float(rate * spent @ found.served),
        in_time=float(rate * spent @ found.in_time), waited=float(rate * spent @ found.wait),
        waits=float(rate * spent[staff:].sum()), busy=float(spent @ busy), busy_at_end=float(end @ busy),
    )  # fmt: skip


def offered(mean: float, by: float, turns: float, at: float) -> float:
    """Return how many are at work at an instant before boundless staff, if mean + by sin(turns t) come.

    Notes
    -----
    Eick, Massey and Whitt (1993), equation 15, with mean work 1.
    """
    return mean + by * (sin(turns * at) - turns * cos(turns * at)) / (1 + turns**2)


def enough(rates: Sequence[float], step: float, share: float) -> tuple[int, ...]:
    """Return the least staff by step with which no more than a share would wait, if who waits leaves as work ends.

    Notes
    -----
    Feldman, Mandelbaum, Massey and Whitt (2008): then the number of tickets is that before boundless staff, Poisson
    with a mean that goes to the rate as m' = rate - m. Within a step it moves one way, so the larger end decides.
    """
    kept, mean = exp(-step), 0.0
    ends: list[float] = []
    for _ in range(2 + ceil(40 / (step * len(rates)))):
        ends = []
        for rate in rates:
            ends.append(mean := rate + (mean - rate) * kept)
    most = np.maximum(ends, np.roll(ends, 1))
    staff = np.arange(2 * int(most.max()) + 50)
    return tuple(int(np.argmax(special.pdtrc(staff - 1, largest) <= share)) for largest in most)
