"""Counting: the tables of a log become whole-number sums by group and local day; finished, they are figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import polars as pl

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.catalogue import find
from sim.kpi.counter import Counter
from sim.kpi.credit import POLICIES, SHARED
from sim.kpi.facts import AXES, PEOPLE, seen, unsplit
from sim.kpi.finishers import finish
from sim.kpi.kinds import expected_by_kind
from sim.kpi.segments import segmented
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
    window: Window | None = None, attribution: str = "last_resolver", book: Book = STANDARD_BOOK,
) -> Statistics:  # fmt: skip
    """Return the statistics of KPIs, which can be merged with those of other parts.

    Parameters
    ----------
    log
        A log, real or simulated.
    kpis
        Names; the standard ones of the catalogue by default.
    by
        What to split by: `person`, `seat`, `team`, `department`, `role`, `kind`, `category`, `priority`,
        `channel`, of the learner the `course`, the `life_stage` and the `tenure` (`new`, `longer` or `not_yet` at the
        ticket's creation), and the local `day`, `week` or `month` of the instant that each KPI goes by.
    window
        The seconds to look at; by default [0, `until_s`], what the log is about. Tickets that were open before second 0
        belong to the backlog, and to whatever happens to them later.
    attribution
        Who answers for a ticket that several people touched: `last_resolver`, `first_owner`, `closer`, `time_share`,
        `equal_split` or `plurality` (see `credit`). Replies are the first replier's, touches and shifts those of who
        did them.
    book
        What the KPIs are: how open questions are switched.

    Raises
    ------
    ValueError
        If a KPI, a split or a policy is unknown (the message names the nearest or all), a split has too many groups,
        or a number of the log is too large to be summed exactly.
    """
    return _counted(log, kpis, by, window, attribution, book, products=True)


def measure(
    log: Log, kpis: Sequence[str] | None = None, *, by: Sequence[str] | str = (),
    window: Window | None = None,
    attribution: str = "last_resolver", level: float = 0.95, book: Book = STANDARD_BOOK,
) -> pl.DataFrame:  # fmt: skip
    """Return KPIs of a log with intervals: `finish(count(...), level)`, which see."""
    return finish(_counted(log, kpis, by, window, attribution, book, products=False), level)


def _counted(
    log: Log, kpis: Sequence[str] | None, by: Sequence[str] | str, window: Window | None, attribution: str, book: Book,
    *, products: bool,
) -> Statistics:  # fmt: skip
    by = _splits(by)
    if attribution not in POLICIES:
        raise ValueError(f"no attribution policy {attribution!r}; known are {', '.join(POLICIES)}")
    asked = book.standard if kpis is None else tuple(kpis)
    names = book.counted(asked) if book.formulas else tuple(find(name, book.kpis).name for name in asked)
    if columns := book.lacks(names):
        book = replace(book, expected=expected_by_kind(log, columns, book.switches))
    looked = window or Window(0, max(log.until_s, 1))
    axes = tuple(name for name in by if name not in PERIODS)
    scale = PPM if attribution in SHARED and set(axes) & set(PEOPLE) else 1
    counter = Counter(
        segmented(log, axes, book.switches), axes, looked.begin_s, looked.end_s, attribution, scale, book, products
    )
    known = [book.kpis[name] for name in dict.fromkeys(names)]
    counted = counter.count(kpi for kpi in known if unsplit(kpi, axes) is None)
    return Statistics(
        names=names, by=by, attribution=attribution, timeline=log.timeline,
        windows=((looked.begin_s, looked.end_s),), seen=seen(log, known, axes),
        labels=counted.labels, found=counted.sums, histograms=counted.bins, scale=scale, book=book,
        asked=asked if book.formulas else (),
    )  # fmt: skip


def _splits(by: Sequence[str] | str) -> tuple[str, ...]:
    by = (by,) if isinstance(by, str) else tuple(by)
    known = sorted({axis for axes in AXES.values() for axis in axes} | set(PERIODS))
    for name in by:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise ValueError(f"cannot split by {name!r}; " + (f"did you mean {near[0]!r}?" if near else str(known)))
    return by
