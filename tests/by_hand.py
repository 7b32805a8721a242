"""Desks, tickets and touches for cases that are worked out by hand.

Instants are minutes from Monday 2 March 2026, 00:00 UTC, unless a test says otherwise. A ticket is written as the
minute of its creation and what it brings; a touch as (ticket, person, from, to, how it ended).
"""

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from sim import chance, model
from sim.desk import Demand, Desk, Kind, Law, Outcome, Person, Role, Routing, Seat, Shift, Staff, Stage, Team
from sim.log import Log
from sim.sla import Clause, Sla, Target
from sim.world import World

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
H, DAY = 60, 1440
ALWAYS = "00:00-24:00"


def always(minutes: float) -> Law:
    return Law(law="constant", mean_min=float(minutes))


@dataclass(frozen=True)
class T:
    """A ticket of a world made by hand: instants and times in minutes."""

    at: float
    work: float | tuple[float, ...] = 10
    kind: str = "answer"
    priority: str = "normal"
    patience: float | None = None
    asks: bool = False
    solved: tuple[bool, ...] = (True,)


def stage(skill: str = "answer", **rest: Any) -> Stage:
    return Stage(department="desk", skill=skill, work=rest.pop("work", always(10)), **rest)


def kind(*route: Stage, **rest: Any) -> Kind:
    shares = {"urgent": 0.5, "normal": 0.5}
    return Kind(category="all", per_week=1.0, priorities=shares, route=route or (stage(),), **rest)


def desk_of(
    people: dict[str, dict[str, Any]] | None = None, kinds: dict[str, Kind] | None = None, *,
    routing: dict[str, Any] | None = None, rooms: dict[str, int] | None = None, **rest: Any,
) -> Desk:  # fmt: skip
    """Return a desk of named people: each has `hours`, `breaks`, `takes`, `speed`; their order is that of the names."""
    people = people or {"ana": {}, "bo": {}}
    skills = ("answer", "pay")
    shifts, seats, persons = {}, {}, {}
    for name, own in people.items():
        shifts[name] = Shift(days=own.get("days", WEEK), hours=own.get("hours", ALWAYS), breaks=own.get("breaks", ()))
        seats[name] = Seat(role="adviser", team="desk", takes=own.get("takes", skills), shift=name)
        persons[name] = Person(role="adviser", speed=own.get("speed", {}), seat=name)
    given: dict[str, Any] = {
        "start": date(2026, 3, 2), "weeks": 1, "time_zone": "UTC", "priorities": ("urgent", "normal"),
        "demand": Demand(kinds=kinds or {"answer": kind()}, rooms=rooms or {}),
        "staff": Staff(
            roles={"adviser": Role(skills=skills, wage_per_h=60.0)}, teams={"desk": Team(department="desk")},
            shifts=shifts, seats=seats, persons=persons,
        ),
        "routing": Routing(**(routing or {})), "outcome": Outcome(solved_logit=0.0),
    }  # fmt: skip
    return Desk(**(given | rest))


def named(kind: str, number: int, solved: tuple[bool, ...]) -> tuple[int, int, int]:
    """Return a name whose ticket is solved or not at each visit as wanted: at logit 0, if its uniform is below 1/2."""
    purpose = chance.code("solved")
    for trial in range(10_000):
        name = (zlib.crc32(kind.encode()), trial, number)
        if all((chance.uniform(1, 0, purpose, *name, visit) < 0.5) == want for visit, want in enumerate(solved)):
            return name
    raise AssertionError("no such name")


def world_of(desk: Desk, *tickets: T) -> World:
    """Return a world of exactly these tickets, in the order given, with seed 1."""
    kinds = tuple(sorted(desk.demand.kinds))
    stages = max(len(kind.route) for kind in desk.demand.kinds.values())
    n = len(tickets)
    work, asks = np.zeros((n, stages), np.int64), np.zeros((n, stages), np.bool_)
    for row, ticket in enumerate(tickets):
        parts = ticket.work if isinstance(ticket.work, tuple) else (ticket.work,)
        work[row, : len(parts)] = [round(60_000 * part) for part in parts]
        asks[row, 0] = ticket.asks
    return World(
        seed=1, kinds=kinds, priorities=desk.priorities, until_s=desk.until_s(),
        created_s=np.array([round(60 * t.at) for t in tickets], np.int64),
        kind=np.array([kinds.index(t.kind) for t in tickets], np.int64),
        priority=np.array([desk.priorities.index(t.priority) for t in tickets], np.int64),
        learner=np.arange(n), name=np.array([named(t.kind, r, t.solved) for r, t in enumerate(tickets)], np.uint32),
        difficulty=np.zeros(n),
        patience_s=np.array([-1 if t.patience is None else round(60 * t.patience) for t in tickets], np.int64),
        work_ms=work, asks=asks, busyness=np.ones(7 * desk.weeks),
    )  # fmt: skip


def run(desk: Desk, *tickets: T) -> Log:
    return model.run(desk, world_of(desk, *tickets))[0]


def minutes(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / 60


def touches(log: Log, *columns: str) -> list[tuple[Any, ...]]:
    """Return (ticket, person, started, ended, how), or the named columns, in the order of start, times in minutes."""
    names = columns or ("ticket", "person", "started_s", "ended_s", "ended")
    rows = log.touches.sort("started_s", "ticket").with_columns(pl.col("^.*_s$") / 60)
    return rows.select(names).rows()


def moments(log: Log, *what: str) -> list[tuple[Any, ...]]:
    """Return (minute, ticket, what, who) of the named kinds of moments."""
    rows = log.moments.filter(pl.col("what").is_in(what))
    return rows.select(pl.col("at_s") / 60, "ticket", "what", "who").rows()


def response(minutes_of: dict[str, int], *, warning_min: int = 10, resolution: dict[str, int] | None = None) -> Sla:
    late = resolution or {}
    return Sla(
        priorities={
            p: Target(
                response=Clause(target_min=minutes_of[p]) if p in minutes_of else None,
                resolution=Clause(target_min=late[p]) if p in late else None,
            )
            for p in minutes_of.keys() | late.keys()
        },
        warning_min=warning_min,
    )
