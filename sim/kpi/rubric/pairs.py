"""Cells with one day left out, and amounts of facts by cell, by role and without a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.kpi.rubric.cells import Cells, Facts, Ints


@dataclass(frozen=True)
class Pairs:
    """Cells without one day: each day on which anything of the cell counts, left out in turn.

    Attributes
    ----------
    cell, day
        Number of the cell, and the local day that is left out, shape (pairs,), by cell and day.
    """

    cell: Ints
    day: Ints

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.cell)

    def at(self, facts: Facts) -> Ints:
        """Return the pair that each row of facts belongs to; every row belongs to one."""
        return _at(self.cell, self.day, facts.cell, facts.day)


def pairs_of(cells: Cells) -> Pairs:
    """Return every cell with every day on which an item of it counts something."""
    none = np.zeros(0, dtype=np.int64)
    every = list(cells.facts.values())
    return Pairs(*_unique(*(np.concatenate([none, *(getattr(f, name) for f in every)]) for name in ("cell", "day"))))


def amounts(cells: Cells, facts: Facts, pairs: Pairs | None) -> Ints:
    """Return the amounts of all facts by cell, or by pair without its day."""
    whole = np.zeros(len(cells), dtype=np.int64)
    np.add.at(whole, facts.cell, facts.n)
    return (
        whole if pairs is None else whole[pairs.cell] - _on_day(facts.cell, facts.day, facts.n, pairs.cell, pairs.day)
    )


def amounts_of_team(cells: Cells, facts: Facts, pairs: Pairs | None) -> Ints:
    """Return the amounts of all facts of the role in the period, by cell, or by pair without its day."""
    whole, team = np.zeros(cells.teams, dtype=np.int64), cells.team[facts.cell]
    np.add.at(whole, team, facts.n)
    if pairs is None:
        return whole[cells.team]
    own = cells.team[pairs.cell]
    return whole[own] - _on_day(team, facts.day, facts.n, own, pairs.day)


def _on_day(group: Ints, day: Ints, n: Ints, of_group: Ints, of_day: Ints) -> Ints:
    """Return the amounts of a group on a day, for pairs of group and day; 0 where there are none."""
    groups, days = _unique(of_group, of_day)
    sums = np.zeros(len(groups) + 1, dtype=np.int64)
    np.add.at(sums, _at(groups, days, group, day), n)
    return sums[_at(groups, days, of_group, of_day)]


def _unique(group: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Return every pair of group and day once, by group and day; one number for both sorts quicker than two."""
    first, last = int(day.min(initial=0)), int(day.max(initial=0))
    made, rest = np.divmod(np.unique(group * (last - first + 1) + (day - first)), last - first + 1)
    return made, rest + first


def _at(group: Ints, day: Ints, of_group: Ints, of_day: Ints) -> Ints:
    """Return the place of (group, day) among sorted pairs, or their number where it is none of them."""
    first = int(min(day.min(initial=0), of_day.min(initial=0)))
    width = int(max(day.max(initial=0), of_day.max(initial=0))) - first + 1
    known, asked = group * width + (day - first), of_group * width + (of_day - first)
    place = np.searchsorted(known, asked)
    found = place < len(known)
    found[found] = known[place[found]] == asked[found]
    return np.where(found, place, len(known))
