"""Counting: the tables of a log become whole-number sums by group and local day; finished, they are figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from sim.kpi.catalogue import KPIS, find
from sim.kpi.counter import Counter
from sim.kpi.credit import POLICIES
from sim.kpi.facts import AXES, FACTS, PEOPLE, seen, why_not
from sim.kpi.finishers import finish
from sim.kpi.statistics import PERIODS, PPM, Statistics
from sim.log import Log


@dataclass(frozen=True)
class Window:
    """The seconds [begin_s, end_s) of a log: warm-up and cool-down are cut off by one, never by a reset.

    Raises
    ------
    ValueError
        If it does not end after it begins.
    """

    begin_s: int
    end_s: int

    def __post_init__(self) -> None:
        """Refuse a window without a second."""
        if self.end_s <= self.begin_s:
            raise ValueError(f"a window must end after it begins, got {self.begin_s} s to {self.end_s} s")


def count(
    log: Log, kpis: Sequence[str] | None = None, *, by: Sequence[str] | str = (),
    window: Window | None = None, attribution: str = "last_resolver",
) -> Statistics:  # fmt: skip
    """Return the statistics of KPIs, which can be merged with those of other parts.

    Parameters
    ----------
    log
        A log, real or simulated.
    kpis
        Names; all of the catalogue by default.
    by
        What to split by: `person`, `seat`, `team`, `department`, `role`, `kind`, `category`, `priority`,
        `channel`, and the local `day`, `week` or `month` of the instant that each KPI goes by.
    window
        The seconds to look at; by default [0, `until_s`], what the log is about. Tickets that were open before second 0
        belong to the backlog, and to whatever happens to them later.
    attribution
        Who answers for a ticket that several people touched: `last_resolver`, `first_owner` or `time_share`.
        Replies are the first replier's, touches and shifts those of who did them.

    Raises
    ------
    ValueError
        If a KPI, a split or a policy is unknown (the message names the nearest or all), a split has too many groups,
        or a number of the log is too large to be summed exactly.
    """
    return _counted(log, kpis, by, window, attribution, products=True)


def measure(
    log: Log, kpis: Sequence[str] | None = None, *, by: Sequence[str] | str = (),
    window: Window | None = None,
    attribution: str = "last_resolver", level: float = 0.95,
) -> pl.DataFrame:  # fmt: skip
    """Return KPIs of a log with intervals: `finish(count(...), level)`, which see."""
    return finish(_counted(log, kpis, by, window, attribution, products=False), level)


def _counted(
    log: Log, kpis: Sequence[str] | None, by: Sequence[str] | str, window: Window | None, attribution: str, *,
    products: bool,
) -> Statistics:  # fmt: skip
    by = _splits(by)
    if attribution not in POLICIES:
        raise ValueError(f"no attribution policy {attribution!r}; known are {', '.join(POLICIES)}")
    names = tuple(KPIS) if kpis is None else tuple(find(name).name for name in kpis)
    looked = window or Window(0, max(log.until_s, 1))
    axes = tuple(name for name in by if name not in PERIODS)
    scale = PPM if attribution == "time_share" and set(axes) & set(PEOPLE) else 1
    counter = Counter(log, axes, looked.begin_s, looked.end_s, attribution, scale, products)
    counted = counter.count(KPIS[name] for name in dict.fromkeys(names) if why_not(KPIS[name], FACTS, axes) is None)
    return Statistics(
        names=names, by=by, attribution=attribution, timeline=log.timeline,
        windows=((looked.begin_s, looked.end_s),), seen=seen(log, (KPIS[name] for name in names)),
        labels=counted.labels, found=counted.sums, histograms=counted.bins, scale=scale,
    )  # fmt: skip


def _splits(by: Sequence[str] | str) -> tuple[str, ...]:
    by = (by,) if isinstance(by, str) else tuple(by)
    known = sorted({axis for axes in AXES.values() for axis in axes} | set(PERIODS))
    for name in by:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise ValueError(f"cannot split by {name!r}; " + (f"did you mean {near[0]!r}?" if near else str(known)))
    return by
