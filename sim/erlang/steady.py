"""What all exact queues share: the steady state that they answer with, and the checks of what is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float64]


@dataclass(frozen=True)
class Steady:
    """The steady state of a queue.

    Attributes
    ----------
    p_wait
        Share of tickets that have to wait, of those let in.
    wait_min
        Mean wait in minutes until work begins or the ticket leaves, over all tickets let in.
    waiting
        Mean number of waiting tickets.
    occupancy
        Mean share of the staff that is busy.
    p_left
        Share of tickets let in that leave before work begins.
    p_blocked
        Share of tickets that find no room.
    wait_served_min
        Mean wait in minutes over the tickets that are served.
    """

    p_wait: float
    wait_min: float
    waiting: float
    occupancy: float
    p_left: float
    p_blocked: float
    wait_served_min: float


def patient(per_min: float, work_min: float, staff: int, p_wait: float, wait_min: float) -> Steady:
    """Return the steady state of a queue that nobody leaves and nobody is turned away from."""
    occupancy = per_min * work_min / staff
    return Steady(p_wait, wait_min, per_min * wait_min, occupancy, 0.0, 0.0, wait_min)


def birth_death(per_min: float, leaving: Row) -> Row:
    """Return the shares of time with 0, 1, ... tickets, given the rates at which 1, 2, ... lose one."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(per_min / leaving))])
    shares = np.exp(logs - logs.max())
    return np.asarray(shares / shares.sum())


def check_scv(scv: float) -> float:
    """Return a squared coefficient of variation that is finite and at least 0."""
    if not (isfinite(scv) and scv >= 0):
        raise ValueError(f"scv must be finite and at least 0, got {scv}")
    return scv


def named(name: str, values: Sequence[float]) -> dict[str, float]:
    """Return the figures of the classes under names that a message can show."""
    if not values:
        raise ValueError(f"{name} must hold at least one class")
    return {f"{name}[{i}]": value for i, value in enumerate(values)}


def check(**figures: float) -> None:
    """Raise a ValueError if a figure is not finite and above 0."""
    for name, value in figures.items():
        if not (isfinite(value) and value > 0):
            raise ValueError(f"{name} must be finite and above 0, got {value}")


def check_staff(staff: int) -> None:
    """Raise a ValueError if nobody works."""
    if staff < 1:
        raise ValueError(f"staff must be at least 1, got {staff}")


def check_stable(load: float, staff: int) -> None:
    """Raise a ValueError if the load is not below the staff."""
    check(load=load)
    check_staff(staff)
    if load >= staff:
        raise ValueError(f"the load must be below the staff of {staff}, got {load}: the queue grows without end")


def check_time(minutes: float) -> None:
    """Raise a ValueError if minutes are not finite and at least 0."""
    if not (isfinite(minutes) and minutes >= 0):
        raise ValueError(f"a time must be finite and at least 0 minutes, got {minutes}")
