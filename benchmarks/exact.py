"""Exact steady states of desks with several skills or shared places, which `sim.erlang` does not know.

The unit of time is free: rates are per unit, and waits are in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy import sparse, special
from scipy.sparse.linalg import spsolve

Steps = Callable[[tuple[int, ...]], list[tuple[float, tuple[int, ...]]]]
"""Gives the rates and next states from a state."""


@dataclass(frozen=True)
class Skilled:
    """The steady state of a desk with several classes of tickets.

    Attributes
    ----------
    wait
        Mean wait by class, over all its tickets, until work begins or the ticket leaves.
    p_wait, p_left
        Share of tickets by class that wait, and that leave before work begins.
    busy
        Share of time at work: by pool (mean of its people) or by person.
    taken
        Share of the tickets of a class that a person takes, by class and person; empty for pools.
    """

    wait: tuple[float, ...]
    p_wait: tuple[float, ...]
    p_left: tuple[float, ...]
    busy: tuple[float, ...]
    taken: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Pools:
    """Two or more pools of like people with fixed preferences; all work is exponential with mean 1.

    Attributes
    ----------
    rates
        Arrivals per mean work, by class.
    heads
        People by pool.
    tries
        Pools in the order in which a ticket of a class tries them, by class.
    serves
        Classes in the order in which a freed person of a pool serves them, by pool.
    leaving
        Rate at which a waiting ticket leaves, by class; 0 for never.
    longest
        Length at which a queue is cut off; what lies beyond must be negligible.
    """

    rates: tuple[float, ...]
    heads: tuple[int, ...]
    tries: tuple[tuple[int, ...], ...]
    serves: tuple[tuple[int, ...], ...]
    leaving: tuple[float, ...]
    longest: int = 60

    def steps(self, state: tuple[int, ...]) -> list[tuple[float, tuple[int, ...]]]:
        """Return rates and next states from a state: busy people by pool, then waiting tickets by class."""
        pools = len(self.heads)
        out = []
        for kind, rate in enumerate(self.rates):
            free = [pool for pool in self.tries[kind] if state[pool] < self.heads[pool]]
            if free:
                out.append((rate, moved(state, free[0], 1)))
            elif state[pools + kind] < self.longest:
                out.append((rate, moved(state, pools + kind, 1)))
            if state[pools + kind] and self.leaving[kind]:
                out.append((state[pools + kind] * self.leaving[kind], moved(state, pools + kind, -1)))
        for pool in range(pools):
            if state[pool]:
                waiting = [pools + kind for kind in self.serves[pool] if state[pools + kind]]
                out.append((float(state[pool]), moved(state, waiting[0] if waiting else pool, -1)))
        return out

    def steady(self) -> Skilled:
        """Return the steady state, from the balance equations of the whole chain."""
        states, share = balance(len(self.heads) + len(self.rates), self.steps)
        pools = len(self.heads)
        queue = share @ states[:, pools:]
        full = states[:, :pools] == np.array(self.heads)
        rates, leaving = np.array(self.rates), np.array(self.leaving)
        return Skilled(
            wait=tuple((queue / rates).tolist()),
            p_wait=tuple(float(share @ full[:, list(tries)].all(axis=1)) for tries in self.tries),
            p_left=tuple((leaving * queue / rates).tolist()),
            busy=tuple((share @ states[:, :pools] / np.maximum(self.heads, 1)).tolist()),
        )


def moved(state: tuple[int, ...], place: int, by: int) -> tuple[int, ...]:
    """Return a state with one place changed."""
    return (*state[:place], state[place] + by, *state[place + 1 :])


def balance(places: int, steps: Steps) -> tuple[np.ndarray, np.ndarray]:
    """Return all states that can be reached from the empty desk, whose `places` are all 0, and their shares of time."""
    start = (0,) * places
    number, line = {start: 0}, [start]
    rows, columns, rates = [], [], []
    for state in line:
        for rate, following in steps(state):
            if following not in number:
                number[following] = len(line)
                line.append(following)
            rows += [number[following], number[state]]
            columns += [number[state], number[state]]
            rates += [rate, -rate]
    n = len(line)
    flow = sparse.csc_matrix((rates, (rows, columns)), shape=(n, n)).tolil()
    flow[0, :] = 1.0
    right = np.zeros(n)
    right[0] = 1.0
    return np.array(line), spsolve(flow.tocsc(), right)


def oldest_to_longest_idle(rates: Sequence[float], speeds: Sequence[float], skills: Sequence[Sequence[int]]) -> Skilled:
    """Return the steady state of a desk where the oldest ticket goes first, and to the longest idle person.

    A freed person takes the oldest ticket that they can do, and a ticket that finds several people idle goes
    to the longest idle who can do it; nobody leaves.

    Parameters
    ----------
    rates
        Arrivals by class.
    speeds
        Rate of exponential work by person.
    skills
        Classes that each person can do.

    Notes
    -----
    Adan and Weiss (2014), product form. A state is the line of busy people M1 ... Mi in the order of the
    tickets that they hold, with n1 ... ni tickets waiting behind each, and the idle people, the longest idle
    last. Given the people, each n is geometric, and its tickets belong at random to the classes that only
    M1 ... Mj can do.
    """
    people, found = len(speeds), _Sums(rates, speeds, skills)
    for line in permutations(range(people)):
        for busy in range(people + 1):
            found.add(line, busy)
    return found.steady()


class _Sums:
    """Sums over the states of the product form, unscaled."""

    def __init__(self, rates: Sequence[float], speeds: Sequence[float], skills: Sequence[Sequence[int]]) -> None:
        self.rates, self.speeds = np.array(rates), np.array(speeds)
        self.able = np.array([[kind in own for kind in range(len(rates))] for own in skills])
        self.total = 0.0
        self.queue, self.blocked = np.zeros(len(rates)), np.zeros(len(rates))
        self.busy, self.taken = np.zeros(len(speeds)), np.zeros((len(rates), len(speeds)))

    def add(self, line: tuple[int, ...], busy: int) -> None:
        """Add the states in which the first `busy` people of the line work and the others are idle."""
        only = [~self.able[list(line[j:])].any(axis=0) for j in range(1, busy + 1)]
        load = [float(self.rates[kinds].sum()) for kinds in only]
        speed = np.cumsum(self.speeds[list(line[:busy])])
        ratio = [rate / power for rate, power in zip(load, speed, strict=True)]
        weight = 1.0
        for r, power in zip(ratio, speed, strict=True):
            weight /= power * (1 - r)
        for j in range(busy, len(line)):
            weight /= float(self.rates[self.able[list(line[j:])].any(axis=0)].sum())
        self.total += weight
        self.busy[list(line[:busy])] += weight
        for kinds, rate, r in zip(only, load, ratio, strict=True):
            if rate:
                self.queue += weight * r / (1 - r) * self.rates * kinds / rate
        if busy:
            self.blocked += weight * only[-1]
        self._arrivals(line, busy, weight)
        for place in range(busy):
            self._departures(line[place], only[place:], load[place:], ratio[place:], weight)

    def _arrivals(self, line: tuple[int, ...], busy: int, weight: float) -> None:
        """Add what finds somebody idle: it goes to the longest idle who can do it."""
        for kind, rate in enumerate(self.rates):
            able = [person for person in line[busy:] if self.able[person, kind]]
            if able:
                self.taken[kind, able[-1]] += weight * rate

    def _departures(
        self, person: int, only: list[np.ndarray], load: list[float], ratio: list[float], weight: float
    ) -> None:
        """Add what a freed person takes: the first ticket behind them that they can do."""
        rate = weight * self.speeds[person]
        for kinds, all_rate, r in zip(only, load, ratio, strict=True):
            mine = self.rates * kinds * self.able[person]
            if not mine.sum():
                continue
            none = (1 - r) / (1 - r * (1 - mine.sum() / all_rate))
            self.taken[:, person] += rate * (1 - none) * mine / mine.sum()
            rate *= none

    def steady(self) -> Skilled:
        total = self.total
        taken = self.taken / total / self.rates[:, None]
        return Skilled(
            wait=tuple((self.queue / total / self.rates).tolist()),
            p_wait=tuple((self.blocked / total).tolist()),
            p_left=(0.0,) * len(self.rates),
            busy=tuple((self.busy / total).tolist()),
            taken=tuple(tuple(row) for row in taken.tolist()),
        )


@dataclass(frozen=True)
class Shared:
    """The steady state of like pools, each with a stream of its own, that share the places to wait."""

    blocked: float
    p_wait: float
    wait: float
    longer: float


def sharing(rate: float, heads: int, pools: int, most: int, than: float, *, lines: bool = False) -> Shared:
    """Return the steady state of M/M/c queues that share places; figures are of those let in, but `blocked`.

    Parameters
    ----------
    rate
        Arrivals per mean work before each pool.
    heads, pools
        People in a pool, and number of pools.
    most
        Places to wait; with `lines`, most tickets waiting or in work.
    than
        Mean works that `longer` asks for.

    Notes
    -----
    Birth-death processes that are independent but for a common bound keep their product form (Kelly 1979): a ticket
    that would break the bound is turned away, and one that finds somebody idle breaks none on places to wait.
    """
    n = np.arange(heads + most + 1)
    used = n if lines else np.maximum(n - heads, 0)
    alone = np.exp(n * np.log(rate) - special.gammaln(np.minimum(n, heads) + 1.0))
    alone *= np.exp(-np.maximum(n - heads, 0) * np.log(heads))
    of_one = np.bincount(used, alone)[: most + 1]
    others = np.eye(most + 1)[0]
    for _ in range(pools - 1):
        others = np.convolve(others, of_one / of_one.max())[: most + 1]
    room = np.concatenate([np.cumsum(others), [0.0]])
    share = alone * room[np.maximum(most - used, -1)]
    following = np.append(used[1:], most + 1)
    let_in = np.where(following <= most, alone * room[np.maximum(most - following, -1)], 0.0)
    turns = np.maximum(n - heads + 1, 0)
    later = np.where(turns > 0, special.gammaincc(np.maximum(turns, 1), heads * than), 0.0)
    total, entered = float(share[used <= most].sum()), float(let_in.sum())
    return Shared(
        blocked=1 - entered / total, p_wait=float(let_in @ (turns > 0)) / entered,
        wait=float(let_in @ turns) / heads / entered, longer=float(let_in @ later) / entered,
    )  # fmt: skip
