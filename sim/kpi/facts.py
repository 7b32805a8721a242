"""What a log must hold before a KPI can be computed from it, and what to say if it does not."""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from sim.kpi.mechanism import Kpi
from sim.log import Log


def _any(table: str, column: str) -> Callable[[Log], bool]:
    def test(log: Log) -> bool:
        frame: pl.DataFrame = getattr(log, table)
        return frame[column].null_count() < frame.height

    return test


def _happened(*what: str) -> Callable[[Log], bool]:
    return lambda log: not log.moments.filter(pl.col("what").is_in(what)).is_empty()


def _promised(word: str) -> Callable[[Log], bool]:
    return lambda log: log.sla is not None and any(place.endswith(word) for place, _ in log.sla.clauses())


def _replies(log: Log) -> bool:
    """Take a log without replies for one of a desk that never answered only if nothing was resolved."""
    return _happened("reply")(log) or not _happened("resolved")(log)


FACTS: dict[str, tuple[Callable[[Log], bool], str]] = {
    "replies": (_replies, "the log does not say when people replied"),
    "resolutions": (
        lambda log: _happened("resolved")(log) or not _happened("closed")(log),
        "the log does not say when tickets were resolved",
    ),
    "starts": (_any("touches", "started_s"), "the log does not say when work on tickets began"),
    "work": (_any("touches", "work_s"), "the log does not say how long people worked on tickets"),
    "outcome ratings": (_any("tickets", "rated_outcome"), "the log holds no rating of an outcome"),
    "process ratings": (_any("tickets", "rated_process"), "the log holds no rating of a process"),
    "surveys": (_happened("survey_sent"), "the log does not say which learners were asked"),
    "learners": (_any("cases", "learner"), "the log does not say whose tickets are the same learner's"),
    "response target": (_promised("response"), "no agreement with a response target is given"),
    "resolution target": (_promised("resolution"), "no agreement with a resolution target is given"),
    "shifts": (_any("shifts", "person"), "the log holds no shifts"),
    "busy time": (_any("shifts", "busy_s"), "the log does not say how long people were busy in their shifts"),
    "overtime": (_any("shifts", "overtime_s"), "the log does not say who worked overtime"),
    "cost": (_any("shifts", "cost_minor"), "the log does not say what shifts cost"),
}
"""Fact: whether a log holds it, and the reason that stands in the place of a figure if none does."""


def held(log: Log) -> frozenset[str]:
    """Return the facts that a log holds."""
    return frozenset(name for name, (test, _) in FACTS.items() if test(log))


PEOPLE = ("person", "seat", "team", "department", "role")
"""What a log is split by through a person."""

_CASES = ("kind", "category", "priority", "channel")
AXES: dict[str, tuple[str, ...]] = {
    "tickets": (*_CASES, *PEOPLE),
    "touches": (*_CASES, *PEOPLE),
    "shifts": ("person", "seat", "team", "role"),
    "backlog": _CASES,
}
"""What each table can be split by, periods apart."""


def why_not(kpi: Kpi, facts: Collection[str], axes: Collection[str]) -> str | None:
    """Return why a KPI cannot be computed; None if it can.

    Parameters
    ----------
    kpi
        The KPI.
    facts
        What the log holds.
    axes
        What it shall be split by, periods apart.
    """
    for name in kpi.requires:
        if name not in facts:
            return FACTS[name][1]
    for term in kpi.statistics:
        for axis in axes:
            if axis not in AXES[term.table]:
                return f"{term.table} have no {axis}" if term.table != "backlog" else f"an open ticket has no {axis}"
    return None
