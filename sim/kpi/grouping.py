"""The groups that figures are told by: a KPI, and axes and periods in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.kpi.calendars import Days
from sim.kpi.cells import Labels, codes_of, days_of
from sim.kpi.kernels import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Split:
    """What groups are told apart by, beside the KPI.

    Attributes
    ----------
    by
        Axes and periods.
    labels
        The labels of the axes.
    days
        Every day that any KPI has, with its periods.
    looked
        Which of them were looked at.
    """

    by: Sequence[str]
    labels: Labels
    days: Days
    looked: Bools

    def names(self, column: str) -> Sequence[str]:
        """Return what may stand in a column, sorted."""
        return self.days.label[column] if column in self.days.label else self.labels[column]

    @cached_property
    def span(self) -> int:
        """How many groups of one KPI can be told apart."""
        return int(np.prod([len(self.names(column)) + 1 for column in self.by], dtype=object))

    def keys(self, cells: Ints) -> Ints:
        """Return the number of the group of each cell, within its KPI."""
        day = self.days.place(days_of(cells))
        periods = {period: code[day] + 1 for period, code in self.days.code.items()}
        return self._keys(codes_of(self.labels, cells) | periods, len(cells))

    def daily(self) -> Ints:
        """Return the number of the group of each day that was looked at, if there is nothing else to split by."""
        periods = {period: code[self.looked] + 1 for period, code in self.days.code.items()}
        return self._keys(periods, int(self.looked.sum()))

    def _keys(self, codes: dict[str, Ints], size: int) -> Ints:
        made = np.zeros(size, dtype=np.int64)
        for column in self.by:
            made = made * (len(self.names(column)) + 1) + codes[column]
        return made

    def codes(self, keys: Ints) -> dict[str, Ints]:
        """Return the numbers of the labels of groups in each column; 0 is nobody or nothing."""
        made, rest = {}, keys % self.span
        for column in reversed(self.by):
            made[column] = rest % (len(self.names(column)) + 1)
            rest = rest // (len(self.names(column)) + 1)
        return made


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of several KPIs, those of a KPI together and sorted by their labels.

    Attributes
    ----------
    split
        What they are told apart by.
    keys
        A number for each, sorted: the KPI's times the span of the split, plus the number within the KPI.
    ends
        Where the groups of each KPI end.
    """

    split: Split
    keys: Ints
    ends: Ints

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.keys)

    @cached_property
    def kpi(self) -> Ints:
        """The KPI of each group, as a position."""
        return self.keys // self.split.span

    @cached_property
    def codes(self) -> dict[str, Ints]:
        """The numbers of the labels of each group."""
        return self.split.codes(self.keys)

    def of(self, kpi: int, cells: Ints) -> Ints:
        """Return the group of each cell of a KPI."""
        return np.searchsorted(self.keys, self.split.keys(cells) + kpi * self.split.span)


def groups_of(split: Split, kpi: Ints, cells: Ints, kpis: int) -> tuple[Groups, Ints]:
    """Return the groups that have a cell, or every period if there is nothing else to split by.

    Parameters
    ----------
    split
        What groups are told apart by.
    kpi, cells
        Of each row of sums: its KPI as a position, and its cell.
    kpis
        How many KPIs there are.

    Returns
    -------
    tuple of Groups and Ints
        The groups, and the group of each row.

    Raises
    ------
    ValueError
        If groups are too many to be numbered.
    """
    if split.span * max(kpis, 1) >= 1 << 62:
        raise ValueError(f"cannot split by {', '.join(split.by)} at once: too many possible groups")
    keys = split.keys(cells) + kpi * split.span
    if split.labels:
        known = np.unique(keys)
    else:
        daily = np.unique(split.daily()) if split.by else np.zeros(1, dtype=np.int64)
        every = (np.arange(kpis) * split.span)[:, None] + daily
        known = np.unique(np.concatenate([keys, every.ravel()]))
    ends = np.searchsorted(known, (np.arange(kpis) + 1) * split.span)
    return Groups(split, known, ends), np.searchsorted(known, keys)


def dense(groups: Groups, group: Ints, day: Ints, y: Floats, own: Ints) -> tuple[Ints, Floats, Floats]:
    """Return a row for every group of some KPIs and every day of its period; what did not happen is 0.

    Parameters
    ----------
    groups
        The groups.
    group, day, y
        Of each row of these KPIs: its group, the place of its day, and its sum.
    own
        The KPIs, as positions.

    Returns
    -------
    tuple of arrays
        Group, y and looked-at seconds of each row, sorted by group and day. The days of a KPI are those that were
        looked at, and those on which it has a row.
    """
    looked = groups.split.looked
    if looked.all():
        return _grid(groups, own, np.flatnonzero(looked), group, day, y)
    days = np.tile(looked, (len(groups.ends), 1))
    days[groups.kpi[group], day] = True
    made = []
    for which in np.unique(days[own], axis=0):
        alike = own[(days[own] == which).all(axis=1)]
        rows = np.isin(groups.kpi[group], alike)
        made.append(_grid(groups, alike, np.flatnonzero(which), group[rows], day[rows], y[rows]))
    found, values, seconds = (np.concatenate(columns) for columns in zip(*made, strict=True))
    return found, values, seconds


def _grid(groups: Groups, own: Ints, places: Ints, group: Ints, day: Ints, y: Floats) -> tuple[Ints, Floats, Floats]:
    """Return the dense rows of the groups of some KPIs, which have the same days, given by place."""
    mine = np.flatnonzero(np.isin(groups.kpi, own))
    daily, period = _periods(groups, mine)
    order = places[np.argsort(daily[places], kind="stable")]
    begins = np.searchsorted(daily[order], period)
    counts = np.searchsorted(daily[order], period, "right") - begins
    offsets = np.cumsum(counts) - counts
    made = np.repeat(np.arange(len(mine)), counts)
    place = order[np.arange(len(made)) - (offsets - begins)[made]]
    rank = np.empty(len(daily), dtype=np.int64)
    rank[order] = np.arange(len(order))
    values = np.zeros(len(made))
    at = np.searchsorted(mine, group)
    values[offsets[at] + rank[day] - begins[at]] = y
    return mine[made], values, groups.split.days.seconds[place].astype(np.float64)


def _periods(groups: Groups, mine: Ints) -> tuple[Ints, Ints]:
    """Return a key of the periods of each day, and of some groups."""
    split = groups.split
    daily, own = np.zeros(len(split.days.ordinal), dtype=np.int64), np.zeros(len(mine), dtype=np.int64)
    for period, code in split.days.code.items():
        size = len(split.names(period)) + 1
        daily = daily * size + code + 1
        own = own * size + groups.codes[period][mine]
    return daily, own
