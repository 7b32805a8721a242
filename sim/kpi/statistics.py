"""Exact, mergeable statistics: whole-number sums by KPI, group and local day, and counts on a grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from sim.calendar import Seconds, Timeline
from sim.kpi.catalogue import KPIS
from sim.kpi.facts import why_not

PERIODS: Final = ("day", "week", "month")
SUMS: Final = ("n", "censored", "y", "x", "yy", "xx", "xy")
PPM: Final = 1_000_000


def _grid() -> Seconds:
    edges = list(range(3601))
    while edges[-1] < 10**10:
        edges.append(max(edges[-1] + 1, edges[-1] * 101 // 100))
    return np.array(edges, dtype=np.int64)


GRID: Final = _grid()
"""Lower edges of the bins of quantiles, in seconds: every second up to an hour, then 1 % wide."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """What KPIs are made of: two sums over parts of a log give the sum over the whole.

    Attributes
    ----------
    names
        The KPIs, in the order of the catalogue.
    by
        What they are split by.
    attribution
        The policy that says who answers for a ticket.
    timeline
        Of the log: local days are counted on it.
    windows
        The seconds [begin, end) that were looked at, sorted and apart.
    facts
        What the log holds (keys of `sim.kpi.facts.FACTS`).
    sums
        `name`, the columns of `by` that are no periods, `day` (as `date.toordinal` counts), `n` and
        `censored` tickets, and the sums `y`, `x`, `yy`, `xx`, `xy` (128 bit). By people and under
        `time_share`, y and x are in millionths of a ticket (`scale`).
    bins
        `name`, the same columns, `day`, `bin` (index into `GRID`) and `count`, in the same scale.
    """

    names: tuple[str, ...]
    by: tuple[str, ...]
    attribution: str
    timeline: Timeline
    windows: tuple[tuple[int, int], ...]
    facts: frozenset[str]
    sums: pl.DataFrame
    bins: pl.DataFrame
    scale: int = 1

    @property
    def axes(self) -> tuple[str, ...]:
        """What is split by, periods apart."""
        return tuple(name for name in self.by if name not in PERIODS)

    @property
    def nulls(self) -> dict[str, str]:
        """KPIs that cannot be computed, and why."""
        reasons = {name: why_not(KPIS[name], self.facts, self.axes) for name in self.names}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    def merge(self, other: Statistics) -> Statistics:
        """Return the statistics of both parts together (see `merge`)."""
        return merge([self, other])


def merge(parts: Iterable[Statistics]) -> Statistics:
    """Return the statistics of all parts together; neither order nor grouping of the parts plays a part.

    Parameters
    ----------
    parts
        At least one. Parts of the same window must hold different tickets and shifts: by learner, or by time.

    Raises
    ------
    ValueError
        If there is no part, or they differ in KPIs, split, attribution or timeline.
    """
    first, *others = parts
    for field in ("names", "by", "attribution", "timeline", "scale"):
        for other in others:
            if getattr(other, field) != getattr(first, field):
                raise ValueError(f"parts with different {field} cannot be merged")
    every = [first, *others]
    return replace(
        first,
        windows=_union(window for part in every for window in part.windows),
        facts=frozenset().union(*(part.facts for part in every)),
        sums=summed(pl.concat([part.sums for part in every]), SUMS),
        bins=summed(pl.concat([part.bins for part in every]), ("count",)),
    )


def summed(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return the frame summed over equal keys, sorted by them; the keys are all other columns."""
    keys = [name for name in frame.columns if name not in columns]
    return frame.group_by(keys).agg(pl.col(name).sum() for name in columns).sort(keys)


def _union(windows: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    made: list[tuple[int, int]] = []
    for begin_s, end_s in sorted(windows):
        if made and begin_s <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end_s))
        else:
            made.append((begin_s, end_s))
    return tuple(made)
