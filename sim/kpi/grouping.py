"""The groups that figures are told by: axes and periods in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kpi.calendars import Days
from sim.kpi.cells import Labels, codes_of, days_of
from sim.kpi.kernels import Ints

_Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of one KPI, sorted by their labels.

    Attributes
    ----------
    by
        What is split by.
    labels, days
        What stands in the columns of `by`.
    keys
        A number for each group, sorted.
    """

    by: Sequence[str]
    labels: Labels
    days: Days
    keys: Ints

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.keys)

    @property
    def codes(self) -> Ints:
        """Numbers of labels, shape (columns, groups); 0 is nobody or nothing."""
        made, rest = [], self.keys
        for key in reversed(self.by):
            size = radix(self.labels, self.days, key)
            made.append(rest % size)
            rest = rest // size
        return np.array(made[::-1], dtype=np.int64).reshape(len(self.by), self.size)

    def of(self, cells: Ints) -> Ints:
        """Return the group of each cell."""
        return np.searchsorted(self.keys, keys_of(self.by, self.labels, cells, self.days))


def radix(labels: Labels, days: Days, key: str) -> int:
    """Return how many labels a column has, nobody included."""
    return len(days.label[key] if key in days.label else labels[key]) + 1


def keys_of(by: Sequence[str], labels: Labels, cells: Ints, days: Days) -> Ints:
    """Return the key of the group of each cell."""
    axes = codes_of(labels, cells)
    day = days.place(days_of(cells))
    return _keys(
        by, labels, days, {**axes, **{period: code[day] + 1 for period, code in days.code.items()}}, len(cells)
    )


def _keys(by: Sequence[str], labels: Labels, days: Days, codes: dict[str, Ints], size: int) -> Ints:
    made = np.zeros(size, dtype=np.int64)
    for key in by:
        made = made * radix(labels, days, key) + codes[key]
    return made


def groups_of_sums(
    by: Sequence[str], labels: Labels, cells: Ints, days: Days, base: _Bools
) -> tuple[Groups, Ints, Ints]:  # fmt: skip
    """Return the groups that have a cell, or every period if there is nothing else to split by.

    Parameters
    ----------
    by, labels
        What is split by, and the labels of the axes.
    cells
        Cells of the KPI.
    days, base
        Days that any KPI has, and which of them were looked at.

    Returns
    -------
    tuple of Groups, Ints, Ints
        The groups, the group of each cell and the place of its day.
    """
    keys = keys_of(by, labels, cells, days)
    day = days.place(days_of(cells))
    if labels:
        known, group = np.unique(keys, return_inverse=True)
        return Groups(by, labels, days, known), group, day
    own = base.copy()
    own[day] = True
    every = {period: code[own] + 1 for period, code in days.code.items()}
    known = np.unique(_keys(by, labels, days, every, int(own.sum()))) if by else np.zeros(1, dtype=np.int64)
    return Groups(by, labels, days, known), np.searchsorted(known, keys), day


def dense(
    groups: Groups, group: Ints, day: Ints, y: NDArray[np.float64], days: Days, base: _Bools
) -> tuple[Ints, NDArray[np.float64], NDArray[np.float64]]:
    """Return a row for every group and every day of its period; what did not happen is 0.

    Parameters
    ----------
    groups
        The groups.
    group, day, y
        Of each cell: its group, the place of its day, and its sum.
    days, base
        As in `groups_of_sums`.

    Returns
    -------
    tuple of arrays
        Group, y and looked-at seconds of each row, sorted by group and day.
    """
    own = base.copy()
    own[day] = True
    period = _period(groups, days)
    order = np.flatnonzero(own)
    order = order[np.argsort(period[0][order], kind="stable")]
    begins = np.searchsorted(period[0][order], period[1])
    counts = np.searchsorted(period[0][order], period[1], "right") - begins
    offsets = np.cumsum(counts) - counts
    made = np.repeat(np.arange(groups.size), counts)
    place = order[np.arange(len(made)) - (offsets - begins)[made]]
    rank = np.empty(len(own), dtype=np.int64)
    rank[order] = np.arange(len(order))
    values = np.zeros(len(made))
    values[offsets[group] + rank[day] - begins[group]] = y
    return made, values, days.seconds[place].astype(np.float64)


def _period(groups: Groups, days: Days) -> tuple[Ints, Ints]:
    """Return a key of the periods of each day, and of each group."""
    codes = dict(zip(groups.by, groups.codes, strict=True))
    daily, own = np.zeros(len(days.ordinal), dtype=np.int64), np.zeros(groups.size, dtype=np.int64)
    for period, code in days.code.items():
        size = radix(groups.labels, days, period)
        daily = daily * size + code + 1
        own = own * size + codes[period]
    return daily, own
