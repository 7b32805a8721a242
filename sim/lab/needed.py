"""How long it takes until a score may be relied upon, by Spearman and Brown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.lab.intervals import Estimate

TARGETS = (0.7, 0.8, 0.9)
"""Reliabilities that are asked for: the least for any consequence, and for one of weight."""


@dataclass(frozen=True)
class Needed:
    """How long it takes until a score may be relied upon.

    Attributes
    ----------
    target
        The reliability.
    months, tickets
        Months of one person in one seat, and tickets behind them, by Spearman and Brown from the reliability of a
        month; None where that is not above 0.
    """

    target: float
    months: Estimate
    tickets: Estimate


def check_targets(targets: Sequence[float]) -> None:
    """Refuse a reliability that nothing reaches, or that everything has.

    Raises
    ------
    ValueError
        If one is not between 0 and 1, both left out.
    """
    for target in targets:
        if not 0 < target < 1:
            raise ValueError(
                f"a target reliability must lie between 0 and 1, both left out, got {target:g}; "
                "no number of tickets makes a score wholly reliable"
            )


def stepped(reliability: float, months: float) -> float:
    """Return the reliability of so many months, Spearman (1910) and Brown (1910).

    Examples
    --------
    >>> round(stepped(0.5, 3), 3)
    0.75
    """
    return months * reliability / (1 + (months - 1) * reliability)


def months_to(reliability: float, target: float) -> float:
    """Return how many months take a month's reliability to a target; infinite where it is not above 0.

    Examples
    --------
    Spearman and Brown turned round: 0.9 x 0.5 / (0.5 x 0.1).

    >>> round(months_to(0.5, 0.9), 9)
    9.0
    """
    return target * (1 - reliability) / (reliability * (1 - target)) if reliability > 0 else np.inf


def needed(reliability: Estimate, target: float, tickets: float) -> Needed:
    """Return the months and tickets to a target, with the ends of the interval from those of the reliability."""
    found = [
        None if r is None else max(months_to(r, target), 0.0)
        for r in (reliability.mean, reliability.high, reliability.low)
    ]
    ends = [None if months is None or np.isinf(months) else months for months in found]
    return Needed(target, Estimate(*ends), Estimate(*(None if months is None else months * tickets for months in ends)))


def lasting(month: Estimate, months: int) -> Estimate:
    """Return the reliability that so many months have by that of one, with its interval."""
    return Estimate(*(None if each is None else stepped(each, months) for each in (month.mean, month.low, month.high)))
