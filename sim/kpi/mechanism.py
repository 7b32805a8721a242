"""What a KPI is: terms that are summed as whole numbers, and a finisher that turns the sums into a figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from sim.kpi.switches import Switches

Better = Literal["lower", "higher", "target", "none"]
Dimension = Literal["assignment", "quality", "timeliness", "collaboration", "satisfaction", "decision"]
Credit = Literal["policy", "first_replier", "first_owner", "touch", "shift", "none"]
Table = Literal["tickets", "touches", "shifts", "backlog", "next_replies", "open", "externals"]
Strategy = Literal["retention", "cost", "new_learners", "capability"]
"""What an institution may want above all (R000-61, R003-11): learners who stay, a cheaper service, a good start for
those who are new, a team that grows."""

ONE = pl.lit(1, dtype=pl.Int64)
ZERO = pl.lit(0, dtype=pl.Int64)
TRUE = pl.lit(True)
TAKEN = pl.col("blocked_s").is_null() & pl.col("merged_s").is_null()
"""Tickets that the desk took in: neither turned away nor merged into another."""


@dataclass(frozen=True, eq=False)
class Term:
    """One sum over the rows of one table.

    Attributes
    ----------
    table
        The table whose rows are summed.
    when
        Column of the instant, in seconds, that decides in which period a row counts; a null never counts.
    where
        Which rows the KPI is about.
    known
        Which of these rows the log has seen to their end; the others are censored: counted apart, not summed.
    y, x
        Whole numbers that are summed above and below the line; null counts as 0.
    n
        How many tickets (or shifts, or touches) a row puts behind the figure.
    credit
        Who answers for a row: the policy's person, the first replier, the first owner, or the row's own person.
    binned
        Whether `y` is also counted on the grid of quantiles.
    binary
        Whether `y` is 0 or 1, so that it is its own square.
    substantive
        Whether replies without substance count as automatic ones.
    """

    table: Table
    when: str
    where: pl.Expr = TRUE
    known: pl.Expr = TRUE
    y: pl.Expr = ZERO
    x: pl.Expr = ONE
    n: pl.Expr = ONE
    credit: Credit = "policy"
    binned: bool = False
    binary: bool = False
    substantive: bool = False


@dataclass(frozen=True)
class Finish:
    """How sums become a figure.

    Attributes
    ----------
    how
        `ratio`: sum of y over sum of x. `total`: sum of y. `average`: sum of y over the seconds of the
        period. `last`: y of the last day of the period. `quantile`: of y, by the grid.
    divide
        The figure is divided by this whole number: 60 for minutes out of seconds.
    times
        The figure is multiplied by this whole number.
    share
        For quantiles: the share of values at or below, in (0, 1].
    root
        Whether the square root of the figure is taken.
    interval
        Of a ratio: over `days`, by the jackknife, or `wilson`, of a share of few tickets taken at random.
    """

    how: Literal["ratio", "total", "average", "last", "quantile"]
    divide: int = 1
    times: int = 1
    share: float = 0.5
    interval: Literal["days", "wilson"] = "days"
    root: bool = False


REASONS = "reasons of replies"
"""The fact that a log must hold to tell replies without substance from others."""


@dataclass(frozen=True, eq=False)
class Kpi:
    """A key performance indicator: an entry of the catalogue, not a function.

    Attributes
    ----------
    name
        Snake case, the statistic last.
    unit
        Of the finished figure: `1` for fractions of a whole, which lie in [0, 1], and for nothing else; `min`, `h`,
        `tickets`, `count` (of something, per ticket), `1/h`, `currency`; `points` from 1 to 5; `nps` from -100 to 100;
        `ratio` for what may be above 1.
    better
        Which way is good; `target` if too much is as bad as too little.
    dimension
        Of the appraisal (R000-01).
    statistics
        What is summed.
    finish
        How the sums become a figure.
    counts
        One sentence: what is counted, and what is not.
    controllable_by
        Who moves the figure: whoever else is scored by it is scored by luck.
    source
        Ids of the requirements.
    clock
        `elapsed` seconds, `open` hours of a calendar, or `none`.
    outcome_or_process
        Whether it says what was reached or how.
    requires
        Facts that a log must hold (keys of `sim.kpi.facts.FACTS`).
    strategy
        The strategies that it serves.
    switches
        The fields of `sim.kpi.switches.Switches` that change it, beside `period`.
    under
        The statistics under other switches than the standard ones, if these change what is summed.
    """

    name: str
    unit: str
    better: Better
    dimension: Dimension
    statistics: tuple[Term, ...]
    finish: Finish
    counts: str
    controllable_by: Literal["person", "router", "manager", "learner"]
    source: tuple[str, ...]
    clock: Literal["elapsed", "open", "none"] = "none"
    outcome_or_process: Literal["outcome", "process"] = "outcome"
    requires: tuple[str, ...] = ()
    strategy: tuple[Strategy, ...] = ()
    switches: tuple[str, ...] = ()
    under: Callable[[Switches], tuple[Term, ...]] | None = None

    @property
    def possible(self) -> tuple[float, float]:
        """The least and the largest value that the figure can have."""
        return {"1": (0.0, 1.0), "points": (1.0, 5.0), "nps": (-100.0, 100.0)}.get(self.unit, (0.0, math.inf))

    def switched(self, switches: Switches) -> Kpi:
        """Return the entry under some switches: itself, if they do not touch it."""
        better = switches.contacts if "contacts" in self.switches else self.better
        statistics = self.statistics if self.under is None else self.under(switches)
        if when := _PERIODS.get(switches.period):
            statistics = tuple(_moved(term, when) for term in statistics)
        requires = self.requires
        if switches.token_replies == "left_out" and "token_replies" in self.switches:
            statistics = tuple(replace(term, substantive=True) for term in statistics)
            requires = (*requires, REASONS)
        return replace(self, better=better, statistics=statistics, requires=requires)

    @property
    def table(self) -> Table:
        """The table that the figure stands on: that of its first term."""
        return self.statistics[0].table

    @property
    def attribution(self) -> Credit:
        """Who answers for a row of that table."""
        return self.statistics[0].credit


_PERIODS = {"created": "created_s", "resolved": "resolved_s", "closed": "closed_s"}


def _moved(term: Term, when: str) -> Term:
    """Return a term that goes by a resolution with another instant instead; the same tickets count as before."""
    if term.table != "tickets" or term.when not in ("resolved_s", "first_resolved_s", "quality_s", "asked_s"):
        return term
    return replace(term, when=when, where=term.where & pl.col(term.when).is_not_null())


def share(
    part: pl.Expr, *, when: str, whole: pl.Expr = TRUE, known: pl.Expr = TRUE, credit: Credit = "policy",
    table: Table = "tickets",
) -> tuple[Term, ...]:  # fmt: skip
    """Return the sums of a fraction of rows: those of the part (null is no) over those of the whole."""
    y = part.fill_null(False).cast(pl.Int64)
    return (Term(table, when, where=whole, known=known, y=y, credit=credit, binary=True),)


def mean(
    of: pl.Expr, *, when: str, where: pl.Expr = TRUE, table: Table = "tickets", credit: Credit = "policy",
    binned: bool = False,
) -> tuple[Term, ...]:  # fmt: skip
    """Return the sums of a mean over rows; rows without a value are censored."""
    return (Term(table, when, where=where, known=of.is_not_null(), y=of, credit=credit, binned=binned),)


def number(*, when: str, where: pl.Expr = TRUE) -> tuple[Term, ...]:
    """Return the sums of a count of tickets."""
    return (Term("tickets", when, where=where, y=ONE, x=ZERO, binary=True),)
