"""Exact, mergeable statistics: whole-number sums by KPI, group and local day, and counts on a grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import Any, Final

import numpy as np
import polars as pl

from sim.calendar import Seconds, Timeline
from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.cells import Labels, checked, renamed
from sim.kpi.facts import facts_of, why_not
from sim.kpi.segments import SEGMENTS
from sim.kpi.sums import Bins, Packed, Sums, added, bins_frame, gathered, packed, sums_frame, unpacked

PERIODS: Final = ("day", "week", "month")
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
    seen
        What the log was seen to hold (keys of `sim.kpi.facts.SIGHTS`), as far as the KPIs ask for it.
    labels
        The labels of each axis, sorted: cells count by them.
    found, histograms
        Sums and bins by KPI, as columns of whole numbers.
    scale
        What a whole ticket weighs: by people and where it is shared out, y and x are in millionths of a ticket.
    book
        What the KPIs are.
    asked
        What figures are wanted, formulas over finished KPIs among them; `names` when empty.
    """

    names: tuple[str, ...]
    by: tuple[str, ...]
    attribution: str
    timeline: Timeline
    windows: tuple[tuple[int, int], ...]
    seen: frozenset[str]
    labels: Labels
    found: dict[str, Sums]
    histograms: dict[str, Bins]
    scale: int = 1
    book: Book = STANDARD_BOOK
    asked: tuple[str, ...] = ()

    @property
    def axes(self) -> tuple[str, ...]:
        """What is split by, periods apart."""
        return tuple(name for name in self.by if name not in PERIODS)

    @property
    def facts(self) -> frozenset[str]:
        """What the log holds (keys of `sim.kpi.facts.FACTS`), as far as the KPIs require it."""
        required = {fact for name in self.names for fact in self.book.kpis[name].requires}
        return facts_of(self.seen) & (required | {SEGMENTS[axis] for axis in self.axes if axis in SEGMENTS})

    @property
    def nulls(self) -> dict[str, str]:
        """KPIs that cannot be computed, and why."""
        facts, axes = self.facts, self.axes
        reasons = {name: why_not(self.book.kpis[name], facts, axes) for name in self.names}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    @property
    def sums(self) -> pl.DataFrame:
        """The sums as a frame.

        `name`, the columns of `by` that are no periods, `day` (as `date.toordinal` counts), `n` and `censored` tickets,
        and the sums `y`, `x`, `yy`, `xx`, `xy`, all in 128 bits; y and x in the scale, products in its square.
        """
        return sums_frame(self.found, self.labels)

    @property
    def bins(self) -> pl.DataFrame:
        """The counts on the grid as a frame: `name`, axes, `day`, `bin` (index into `GRID`), `count` in the scale."""
        return bins_frame(self.histograms, self.labels)

    def merge(self, other: Statistics) -> Statistics:
        """Return the statistics of both parts together (see `merge`)."""
        return merge([self, other])

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel light: the columns are packed."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        sums, bins = plain.pop("found"), plain.pop("histograms")
        arrays = [array for part in (*sums.values(), *bins.values()) for array in part]
        return _arrived, (plain, tuple(sums), tuple(bins), packed(arrays))


def _arrived(plain: dict[str, Any], sums: tuple[str, ...], bins: tuple[str, ...], columns: Packed) -> Statistics:
    arrays = iter(unpacked(columns))
    found = {name: Sums(next(arrays), next(arrays)) for name in sums}
    return Statistics(
        **plain, found=found, histograms={name: Bins(*(next(arrays) for _ in Bins._fields)) for name in bins}
    )


def merge(parts: Iterable[Statistics]) -> Statistics:
    """Return the statistics of all parts together; neither order nor grouping of the parts plays a part.

    Parameters
    ----------
    parts
        At least one; they are added as they come, so a generator needs the room of two. Parts of the same window must
        hold different tickets and shifts: by learner, or by time.

    Raises
    ------
    ValueError
        If there is no part, or they differ in KPIs, split, attribution, switches or timeline.
    """
    every = iter(parts)
    first = next(every, None)
    if first is None:
        raise ValueError("there are no statistics to merge")
    return reduce(_both, every, first)


def _both(one: Statistics, two: Statistics) -> Statistics:
    for field in ("names", "by", "attribution", "timeline", "scale", "book", "asked"):
        if getattr(one, field) != getattr(two, field):
            raise ValueError(f"parts with different {field} cannot be merged")
    labels = checked({axis: tuple(sorted({*one.labels[axis], *two.labels[axis]})) for axis in one.labels})
    sums = {name: _each(name, "found", one, two, labels) for name in {**one.found, **two.found}}
    bins = {name: _each(name, "histograms", one, two, labels) for name in {**one.histograms, **two.histograms}}
    return replace(
        one, windows=_union((*one.windows, *two.windows)), seen=one.seen | two.seen, labels=labels,
        found={name: added(columns) for name, columns in sums.items()},
        histograms={name: gathered(columns) for name, columns in bins.items()},
    )  # fmt: skip


def _each(name: str, field: str, one: Statistics, two: Statistics, labels: Labels) -> list[Any]:
    """Return the columns of a KPI in either part, under labels that both share."""
    return [
        columns._replace(cell=renamed(columns.cell, part.labels, labels))
        for part in (one, two)
        if (columns := getattr(part, field).get(name)) is not None
    ]


def _union(windows: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    made: list[tuple[int, int]] = []
    for begin_s, end_s in sorted(windows):
        if made and begin_s <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end_s))
        else:
            made.append((begin_s, end_s))
    return tuple(made)
