"""What a log must hold before a KPI can be computed from it, and what to say if it does not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import polars as pl

from sim.kpi.externals import MEASURE
from sim.kpi.handling import ASSIST, CALL_BACK, SUPERVISION
from sim.kpi.mechanism import REASONS, Kpi
from sim.kpi.segments import SEGMENTS
from sim.kpi.voices import SOLUTION
from sim.log import Log

_c = pl.col


def _any(table: str, column: str) -> Callable[[Log], bool]:
    return lambda log: log.sheet(table).knows(column)


def _told(what: str, reason: str | None = None) -> Callable[[Log], bool]:
    def test(log: Log) -> bool:
        rows = log.moments.filter(_c("what") == what)
        return not rows.is_empty() and (reason is None or reason in rows["reason"].cast(pl.String))

    return test


def _promised(word: str) -> Callable[[Log], bool]:
    return lambda log: log.sla is not None and any(place.endswith(word) for place, _ in log.sla.clauses())


SIGHTS: dict[str, Callable[[Log], bool]] = {
    "replies": _any("tickets", "first_reply_s"),
    REASONS: lambda log: not log.moments.filter((_c("what") == "reply") & _c("reason").is_not_null()).is_empty(),
    "resolutions": _any("tickets", "first_resolved_s"),
    "closings": lambda log: not log.moments.filter(_c("what") == "closed").is_empty(),
    "surveys": _any("tickets", "surveyed_s"),
    "starts": _any("touches", "started_s"),
    "work": _any("touches", "work_s"),
    "assignments": _any("touches", "assigned_s"),
    "acceptances": _any("touches", "accepted_s"),
    "departments": _any("touches", "department"),
    "stages": _any("touches", "stage"),
    "handling": lambda log: any(
        _any("tickets", name)(log) for name in ("first_started_s", "first_reply_s", "first_resolved_s", "closed_s")
    ),
    "difficulties": _any("cases", "difficulty"),
    "tenure": _any("learners", "joined_s"),
    "courses": _any("learners", "course"),
    "life stages": _any("learners", "stage"),
    "call-backs": lambda log: CALL_BACK in log.touches["reason"].cast(pl.String),
    "help": lambda log: ASSIST in log.touches["reason"].cast(pl.String),
    "supervision": lambda log: SUPERVISION in log.touches["reason"].cast(pl.String),
    "warnings": _any("tickets", "warned_s"),
    "complaints": _told("complaint"),
    "refunds": _told("refund"),
    "recommendations": _told("rated", "nps"),
    "audits": _told("rated", "audit"),
    "solutions": _told("resolved", SOLUTION),
    "outcome ratings": _any("tickets", "rated_outcome"),
    "process ratings": _any("tickets", "rated_process"),
    "learners": _any("cases", "learner"),
    "response target": _promised(" response"),
    "resolution target": _promised(" resolution"),
    "next response target": _promised("next_response"),
    "shifts": _any("shifts", "person"),
    "busy time": _any("shifts", "busy_s"),
    "overtime": _any("shifts", "overtime_s"),
    "cost": _any("shifts", "cost_minor"),
}
"""What can be seen in a part of a log; the whole shows what any of its parts shows."""

FACTS: dict[str, str] = {
    "replies": "the log does not say when people replied",
    REASONS: "the log states no reasons of replies, so none is known to lack substance",
    "resolutions": "the log does not say when tickets were resolved",
    "starts": "the log does not say when work on tickets began",
    "work": "the log does not say how long people worked on tickets",
    "assignments": "the log does not say when tickets were assigned to people",
    "acceptances": "the log does not say when people accepted tickets",
    "departments": "the log does not say which departments worked on tickets",
    "stages": "the log does not say which stages of a route were worked on",
    "handling": "the log does not say what became of any ticket",
    "difficulties": "the log holds no judged difficulty",
    "tenure": "the log does not say since when learners have been learners",
    "courses": "the log does not say which courses learners take",
    "life stages": "the log does not say at which stage of their life cycle learners are",
    "call-backs": "the log holds no call-back",
    "help": "the log holds no help between colleagues",
    "supervision": "the log holds no work of a supervisor on escalated tickets",
    "warnings": "the log holds no warning",
    "complaints": "the log holds no complaint",
    "refunds": "the log holds no refund",
    "recommendations": "the log does not say how willingly learners recommend the desk",
    "audits": "the log holds no audit",
    "solutions": "the log does not say which tickets a solution of the knowledge base resolved",
    "outcome ratings": "the log holds no rating of an outcome",
    "process ratings": "the log holds no rating of a process",
    "surveys": "the log does not say which learners were asked",
    "learners": "the log does not say whose tickets are the same learner's",
    "response target": "no agreement with a response target is given",
    "resolution target": "no agreement with a resolution target is given",
    "next response target": "no agreement with a next-response target is given",
    "shifts": "the log holds no shifts",
    "busy time": "the log does not say how long people were busy in their shifts",
    "overtime": "the log does not say who worked overtime",
    "cost": "the log does not say what shifts cost",
}
"""Fact: the reason that stands in the place of a figure if the log does not hold it."""

_UNLESS = {"replies": "resolutions", "resolutions": "closings"}
"""A log without replies is one of a desk that never answered only if nothing was resolved; likewise resolutions."""


def seen(log: Log, kpis: Iterable[Kpi], axes: Iterable[str] = ()) -> frozenset[str]:
    """Return what a log shows of what the facts that KPIs and axes require rest on."""
    required = {fact for kpi in kpis for fact in kpi.requires} | {SEGMENTS[axis] for axis in axes if axis in SEGMENTS}
    required |= {"resolutions"} if "replies" in required else set()
    outside = any(fact.startswith(MEASURE) for fact in required)
    measures = {MEASURE + name for name in log.externals["measure"].unique().cast(pl.String)} if outside else set()
    found = {name for name in sorted(required) if (SIGHTS[name](log) if name in SIGHTS else name in measures)}
    # A closing tells nothing once a resolution is seen, so moments need not be looked at.
    if "resolutions" in required - found and SIGHTS["closings"](log):
        found.add("closings")
    return frozenset(found)


def facts_of(sights: Collection[str]) -> frozenset[str]:
    """Return the facts that hold for a log that shows this."""
    return frozenset(
        name for name in FACTS if name in sights or (name in _UNLESS and _UNLESS[name] not in sights)
    ) | {name for name in sights if name.startswith(MEASURE)}  # fmt: skip


PEOPLE = ("person", "seat", "team", "department", "role")
"""What a log is split by through a person."""

_CASES = ("kind", "category", "priority", "channel", *SEGMENTS)
AXES: dict[str, tuple[str, ...]] = {
    "tickets": (*_CASES, *PEOPLE),
    "touches": (*_CASES, *PEOPLE),
    "shifts": ("person", "seat", "team", "role"),
    "backlog": _CASES,
    "open": _CASES,
    "next_replies": (*_CASES, "person", "seat", "team", "role"),
    "externals": ("person", "seat", "team", "role", "course", "life_stage"),
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
            return FACTS.get(name, f"no externals table with {name}")
    lacks = (FACTS[SEGMENTS[axis]] for axis in axes if axis in SEGMENTS and SEGMENTS[axis] not in facts)
    return unsplit(kpi, axes) or next(lacks, None)


def unsplit(kpi: Kpi, axes: Collection[str]) -> str | None:
    """Return why a KPI cannot be split by some axes, whatever the log; None if it can."""
    for term in kpi.statistics:
        for axis in axes:
            if axis not in AXES[term.table]:
                open_ = term.table in ("backlog", "open")
                return f"an open ticket has no {axis}" if open_ else f"{term.table} have no {axis}"
    return None
