"""Local days of statistics, their periods, and the groups that figures are told by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from sim.calendar import Timeline
from sim.kpi.backlog import day_starts
from sim.kpi.kernels import Ints

Windows = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Days:
    """The local days of a figure, in order.

    Attributes
    ----------
    ordinal
        As `date.toordinal` counts.
    seconds
        How much of each was looked at.
    code
        Period: the number of its label for each day.
    label
        Period: its labels, sorted.
    """

    ordinal: Ints
    seconds: Ints
    code: dict[str, Ints]
    label: dict[str, tuple[str, ...]]

    def place(self, ordinal: Ints) -> Ints:
        """Return where some of the days stand."""
        return np.searchsorted(self.ordinal, ordinal)


def looked_at(timeline: Timeline, windows: Windows, periods: Sequence[str]) -> Days:
    """Return the local days of some windows."""
    return _looked_at(timeline, windows, tuple(periods))


@lru_cache(maxsize=16)
def _looked_at(timeline: Timeline, windows: Windows, periods: tuple[str, ...]) -> Days:
    seconds: dict[int, int] = {}
    for begin_s, end_s in windows:
        first, last = (timeline.day(at_s) for at_s in (begin_s, end_s - 1))
        starts = np.clip(day_starts(timeline, first, last), begin_s, end_s)
        for day, length in zip(range(first, last + 1), np.diff(starts).tolist(), strict=True):
            seconds[day] = seconds.get(day, 0) + length
    return _days(seconds, periods)


def with_days(days: Days, ordinal: Ints) -> Days:
    """Return the days and others, of which nothing was looked at: the last second of a log may be one's first."""
    others = np.setdiff1d(ordinal, days.ordinal)
    if not len(others):
        return days
    seconds = dict(zip(days.ordinal.tolist(), days.seconds.tolist(), strict=True))
    return _days(seconds | dict.fromkeys(others.tolist(), 0), tuple(days.label))


def _days(seconds: dict[int, int], periods: tuple[str, ...]) -> Days:
    days = sorted(seconds)
    names = {period: [_label(period, day) for day in days] for period in periods}
    labels = {period: tuple(sorted(set(found))) for period, found in names.items()}
    places = {period: {name: number for number, name in enumerate(labels[period])} for period in periods}
    return Days(
        ordinal=np.array(days, dtype=np.int64),
        seconds=np.array([seconds[day] for day in days], dtype=np.int64),
        code={
            period: np.array([places[period][name] for name in found], np.int64) for period, found in names.items()
        },
        label=labels,
    )  # fmt: skip


def _label(period: str, ordinal: int) -> str:
    day = date.fromordinal(ordinal)
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat() if period == "day" else f"{day.year}-{day.month:02d}"
