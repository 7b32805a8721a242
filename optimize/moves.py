"""Cheaper heads next to others: one taken away, one exchanged for a cheaper one, two given for one."""

from __future__ import annotations

from collections.abc import Sequence

from optimize.slopes import Heads, reaching
from sim.desk import Desk


def moved(heads: Heads, *steps: tuple[int, int]) -> Heads:
    """Return heads with so many added at some places.

    Examples
    --------
    >>> moved((3, 0, 2), (0, -1), (1, 1))
    (2, 1, 2)
    """
    made = list(heads)
    for place, by in steps:
        made[place] += by
    return tuple(made)


def links(desk: Desk, groups: Sequence[str]) -> tuple[frozenset[int], ...]:
    """Return, for each seat group, the places of the groups that a chain of shared skills links it to."""
    seats, place = desk.staff.seats, {group: number for number, group in enumerate(groups)}
    return tuple(
        frozenset(place[other] for other in reaching(desk, groups, frozenset(seats[group].takes))) for group in groups
    )


def exchanges(heads: Heads, costs: Sequence[float], linked: Sequence[frozenset[int]]) -> list[Heads]:
    """Return heads with one exchanged for a cheaper linked one, the largest saving first.

    An all-rounder for a specialist is such an exchange.
    """
    pairs = [
        (costs[cheap] - costs[dear], dear, cheap)
        for dear in range(len(heads))
        for cheap in sorted(linked[dear])
        if costs[cheap] < costs[dear] and heads[dear]
    ]
    return [moved(heads, (dear, -1), (cheap, 1)) for _, dear, cheap in sorted(pairs)]


def two_for_one(heads: Heads, costs: Sequence[float], linked: Sequence[frozenset[int]]) -> list[Heads]:
    """Return heads with two given for one of a linked third group that costs less, the least saving first."""
    found = []
    for gained in range(len(heads)):
        near = sorted(linked[gained] - {gained})
        for number, one in enumerate(near):
            for two in near[number:]:
                lost = moved(heads, (one, -1), (two, -1), (gained, 1))
                saving = costs[one] + costs[two] - costs[gained]
                if saving > 0 and min(lost) >= 0:
                    found.append((saving, lost))
    return [lost for _, lost in sorted(found)]
