"""Exact figures of the ways in which tickets come to people: inboxes, picking, and what is forgotten.

The unit of time is the mean work, which is exponential.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.exact import balance, moved


def shortest(rate: float, people: int, longest: int) -> tuple[float, float]:
    """Return mean wait and share that waits if each ticket goes at once to the person with fewest tickets.

    Parameters
    ----------
    rate
        Arrivals per mean work, all people together.
    people
        How many there are, each with a queue of their own.
    longest
        Length at which a queue is cut off; what lies beyond must be negligible.
    """

    def steps(state: tuple[int, ...]) -> list[tuple[float, tuple[int, ...]]]:
        out = []
        if state[0] < longest:
            out.append((rate, tuple(sorted(moved(state, 0, 1)))))
        out += [(1.0, tuple(sorted(moved(state, person, -1)))) for person in range(people) if state[person]]
        return out

    states, share = balance(people, steps)
    fewest = states.min(axis=1)
    return float(share @ fewest), float(share @ (fewest > 0))


def looking(rate: float, people: int, look: float, passes: float, longest: int) -> tuple[float, float]:
    """Return mean wait and share of time at work if idle people look around before they take a ticket.

    Parameters
    ----------
    rate
        Arrivals per mean work, all people together.
    people
        How many there are.
    look
        Mean of the exponential time of a look around, in mean works.
    passes
        Chance that somebody who looks around takes nothing, and looks again.
    longest
        Length at which the queue is cut off; what lies beyond must be negligible.

    Notes
    -----
    While something waits each idle person takes one at the rate (1 - passes) / look. With one person this is M/G/1 with
    look and work as the service, and a look before the work begins.
    """

    def steps(state: tuple[int, ...]) -> list[tuple[float, tuple[int, ...]]]:
        busy, waiting = state
        out = [(float(busy), (busy - 1, waiting))] if busy else []
        if waiting < longest:
            out.append((rate, (busy, waiting + 1)))
        if waiting and busy < people:
            out.append(((people - busy) * (1 - passes) / look, (busy + 1, waiting - 1)))
        return out

    states, share = balance(2, steps)
    return float(share @ states[:, 1]) / rate, float(share @ states[:, 0]) / people


def in_turn(rate: float, people: int) -> tuple[float, float]:
    """Return mean wait and share that waits if tickets go to the people in turn, each with a queue of their own.

    Notes
    -----
    Each person is an E_c/M/1 queue (Kendall 1953): an arrival finds j tickets with probability (1 - s) s^j, where s is
    the root below 1 of s = (rate / (rate + 1 - s))^c.
    """
    s = 0.0
    for _ in range(10_000):
        s = (rate / (rate + 1 - s)) ** people
    return s / (1 - s), s


@dataclass(frozen=True)
class Inattention:
    """Tickets in an inbox: a pick-up delay, a chance to be forgotten for an exponential time, and reminders.

    Attributes
    ----------
    pickup, forgotten, remind
        Constant delay, mean time forgotten, and time from a reminder to the next, which exceeds the delay.
    share, heeds
        Chance that a ticket is forgotten, and that a reminder is heeded.
    """

    pickup: float
    forgotten: float
    remind: float
    share: float
    heeds: float

    def delay(self) -> float:
        """Return the mean time from the assignment to the acceptance.

        Notes
        -----
        The integral of the chance that a forgotten ticket still is: until the k-th reminder none was heeded.
        """
        first, turn = (np.exp(-t / self.forgotten) for t in (self.remind - self.pickup, self.remind))
        unheeded = 1 - self.heeds
        beyond = self.forgotten * (1 - first + unheeded * first * (1 - turn) / (1 - unheeded * turn))
        return float(self.pickup + self.share * beyond)

    def reminders(self) -> float:
        """Return the mean number of reminders of a ticket, the heeded one included."""
        first, turn = (np.exp(-t / self.forgotten) for t in (self.remind - self.pickup, self.remind))
        return float(self.share * first / (1 - (1 - self.heeds) * turn))
