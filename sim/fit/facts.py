"""What a fit reads from a log: tickets, spells of work or holding, and how long arrivals were watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.log import Log
from sim.notes import Note, Value

Floats = NDArray[np.float64]
DAY_S = 86_400
ERRANDS = ("call_back", "misrouted", "assist", "supervision")
"""Reasons of touches that are no stage of a route."""
COHORT_S = 7 * DAY_S
"""A log that goes on longer than this after its last new ticket follows a cohort."""


@dataclass(frozen=True)
class Facts:
    """A log as a fit reads it.

    Attributes
    ----------
    log
        The log.
    tickets
        `log.tickets` with `kind`, `category`, `priority` as text.
    spells
        Touches by persons, in order: `ticket`, `order`, `kind`, `place` (department/skill), `department`,
        `skill`, `person`, `team`, `begin_s`, `started_s`, `end_s` (null if still running), `work_s`, `visit`.
    arrivals_s
        Seconds over which new tickets were watched.
    works
        Whether touches state their work; else they are spells of holding.
    assumed
        What the log does not tell; modules of this package add to it.
    """

    log: Log
    tickets: pl.DataFrame
    spells: pl.DataFrame
    arrivals_s: int
    works: bool
    assumed: list[Note] = field(default_factory=list)

    def assume(self, key: str, **values: Value) -> None:
        """Write down an assumption, once."""
        note = Note.of(key, **values)
        if note not in self.assumed:
            self.assumed.append(note)

    @property
    def weeks(self) -> float:
        """Weeks over which new tickets were watched."""
        return self.arrivals_s / (7 * DAY_S)


def facts_of(log: Log) -> Facts:
    """Return what a fit reads.

    Raises
    ------
    ValueError
        If the log has no ticket, or nobody touched one.
    """
    if not log.cases.height:
        raise ValueError("a log without tickets cannot be fitted")
    text = pl.col("kind", "category", "channel", "priority").cast(pl.String)
    tickets = log.tickets.with_columns(text).with_columns(pl.col("category").fill_null(pl.col("kind")))
    errands = pl.col("reason").cast(pl.String).is_in(ERRANDS).fill_null(False)
    spells, beside = _spells(log.touches.filter(~errands), tickets), log.touches.filter(errands).height
    if not spells.height:
        raise ValueError("a log in which nobody touched a ticket cannot be fitted: it has no touches by persons")
    worked = spells["work_s"].drop_nulls().len() > spells.height / 2
    arrivals_s, cohort = _watched(log, tickets)
    facts = Facts(log, tickets, spells, arrivals_s, worked)
    if cohort:
        facts.assume("fit.cohort")
    if beside:
        facts.assume("fit.errands", touches=beside)
    if joint := log.touches.filter(pl.col("branch") > 0).height:
        facts.assume("fit.branches", touches=joint)
    if not worked:
        facts.assume("fit.holding")
    return facts


def _watched(log: Log, tickets: pl.DataFrame) -> tuple[int, bool]:
    """Return the seconds over which arrivals were watched, in whole local days where a cohort ends."""
    last = int(tickets["created_s"].max())  # type: ignore[arg-type]
    if log.until_s - last <= COHORT_S:
        return max(log.until_s, 3600), False
    days = int(log.timeline.day(last)) - int(log.timeline.day(0)) + 1
    return int(log.timeline.second(day_zero(log), 1440 * days)), True


def day_zero(log: Log) -> date:
    """Return the local date of second 0."""
    return date.fromordinal(int(log.timeline.day(0)))


def _spells(touches: pl.DataFrame, tickets: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("person", "team", "department", "skill").cast(pl.String)
    rows = touches.filter(pl.col("person").is_not_null()).with_columns(text)
    rows = rows.with_columns(
        team=pl.coalesce("team", "department", pl.lit("desk")),
        department=pl.coalesce("department", "team", pl.lit("desk")),
        begin_s=pl.coalesce("assigned_s", "queued_s", "started_s"),
    ).with_columns(skill=pl.coalesce("skill", "department"))
    rows = rows.join(tickets.select("ticket", "kind", "created_s", "first_resolved_s"), on="ticket")
    rows = rows.sort("ticket", pl.coalesce("started_s", "begin_s"), "begin_s", "ended_s", "stage", nulls_last=True)
    return rows.select(
        "ticket", "kind", "department", "skill", "person", "team", "queued_s", "begin_s", "started_s",
        "work_s", "stage", "created_s",
        order=pl.int_range(pl.len()).over("ticket"),
        end_s="ended_s",
        ended=pl.col("ended").cast(pl.String),
        place=pl.concat_str("department", "skill", separator="/"),
        again=(pl.coalesce("started_s", "begin_s") > pl.col("first_resolved_s")).fill_null(False),
    )  # fmt: skip


def hours_watched(facts: Facts, factor: Callable[[NDArray[np.int64]], Floats] | None = None) -> Floats:
    """Return how often each hour of the week was watched, shape (168,); hours are whole or nearly so.

    Parameters
    ----------
    facts
        What was read.
    factor
        Weight of each local day, given as ordinals of dates.
    """
    begins = np.arange(0, facts.arrivals_s, 3600, dtype=np.int64)
    parts = np.minimum(facts.arrivals_s - begins, 3600) / 3600
    if factor is not None:
        parts = parts * factor(facts.log.timeline.day(begins))
    return np.bincount(facts.log.timeline.hour_of_week(begins), weights=parts, minlength=168)
