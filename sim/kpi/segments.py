"""Segments of learners as axes: their course, the stage of their life cycle, and whether they are new."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from sim.kpi.switches import STANDARD_SWITCHES, Switches
from sim.log import Log

TENURES = ("longer", "new", "not_yet")
"""Of the axis `tenure`: a learner for longer, new, and not yet a learner when the ticket was created."""

SEGMENTS = {"course": "courses", "life_stage": "life stages", "tenure": "tenure"}
"""By axis, the fact that the log must hold."""

_c = pl.col


def segments(log: Log, wanted: Collection[str], switches: Switches = STANDARD_SWITCHES) -> list[pl.Series]:
    """Return the wanted columns of `SEGMENTS` for the tickets of a log, as enums; null where nothing is known.

    Parameters
    ----------
    log
        A log.
    wanted
        Names of columns; others are passed over.
    switches
        For how many days a learner is new.
    """
    if SEGMENTS.keys().isdisjoint(wanted):
        return []
    learners, tickets = log.learners, log.sheet("tickets").some(["learner", "created_s"])
    if learners.is_empty():
        return [pl.Series(name, [None] * tickets.height, pl.Enum([])) for name in SEGMENTS if name in wanted]
    since_s = _c("created_s") - _c("joined_s")
    tenure = (
        pl.when(since_s < 0).then(pl.lit("not_yet"))
        .when(since_s <= switches.new_days * 86_400).then(pl.lit("new"))
        .when(since_s.is_not_null()).then(pl.lit("longer"))
        .cast(pl.Enum(TENURES))
    )  # fmt: skip
    joined = tickets.join(learners, on="learner", how="left", maintain_order="left")
    made = joined.select(course="course", life_stage="stage", tenure=tenure)
    return [made[name] for name in SEGMENTS if name in wanted]


def segmented(log: Log, axes: Collection[str], switches: Switches = STANDARD_SWITCHES) -> Log:
    """Return a log whose tickets have those axes that are segments of learners; the same log where none is."""
    if SEGMENTS.keys().isdisjoint(axes):
        return log
    return log.beside(segments(log, axes, switches))
