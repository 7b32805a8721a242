"""Tickets that follow from the calendar or from other tickets, and those that self-service keeps away."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import chance
from sim.calendar import WEEKDAYS
from sim.desk import Again, Desk
from sim.laws import table_ms
from sim.world.course import Course, Ints

DEFLECTED = chance.code("deflected")
REPEATS, DUPLICATES = (
    tuple(chance.code(word, *more) for more in ((), ("after",))) for word in ("repeats", "duplicates")
)
"""Of each, the codes of whether and of when."""

GENERATION = 1 << 12
"""A repeat's number is that of the ticket before it plus this: points of a strip are far fewer."""
MOST_GENERATIONS = 15
COPY = 1 << 18
"""A duplicate's number is that of the first ticket plus this: above all others."""


class Came(NamedTuple):
    """Tickets in the order of creation, then of kind and name.

    Attributes
    ----------
    created_s, kind
        As in `World`, shape (n,).
    names
        Shape (n, 3).
    root
        Row of the ticket whose learner this one shares, its own row for most, shape (n,).
    """

    created_s: Ints
    kind: Ints
    names: chance.Names
    root: Ints


def schedules_of(desk: Desk) -> tuple[tuple[str, str, int], ...]:
    """Return kind, name and code of every schedule, in the order of the names."""
    return tuple(
        (kind, name, chance.code(kind, "schedule", name))
        for kind in sorted(desk.demand.kinds) for name in sorted(desk.demand.kinds[kind].schedules)
    )  # fmt: skip


def adds(desk: Desk) -> bool:
    """Return whether tickets of a desk come or stay away otherwise than by the rate of their kind."""
    return any(
        kind.deflected > 0 or kind.schedules or kind.repeats or kind.duplicates for kind in desk.demand.kinds.values()
    )


def with_more(desk: Desk, course: Course, seed: int, created_s: Ints, kind: Ints, names: chance.Names) -> Came:
    """Return the tickets that reach the desk: those that came by their rate, deflected ones left out, and the others.

    Parameters
    ----------
    desk, course, seed
        Of the world.
    created_s, kind, names
        Tickets by their rate, shape (n,), (n,) and (n, 3).
    """
    kinds = [desk.demand.kinds[name] for name in course.kinds]
    share = np.array([each.deflected for each in kinds])
    if share.any():
        stays = chance.uniforms(seed, DEFLECTED, names) > share[kind]
        created_s, kind, names = created_s[stays], kind[stays], names[stays]
    parts = [Came(created_s, kind, names, np.arange(len(kind)))]
    for number, each in enumerate(kinds):
        rows = np.flatnonzero(kind == number)
        first = Came(created_s[rows], kind[rows], names[rows], rows)
        if each.repeats is not None:
            parts += _repeats(desk, seed, each.repeats, first)
        if each.duplicates is not None:
            parts.append(_next(desk, seed, each.duplicates, DUPLICATES, COPY, first))
    before = sum(len(part.kind) for part in parts)
    scheduled = _scheduled(desk, course)
    parts.append(scheduled._replace(root=before + scheduled.root))
    return _in_order(parts)


def _repeats(desk: Desk, seed: int, again: Again, first: Came) -> list[Came]:
    """Return the repeats of tickets, generation by generation, as far as they come before the end of the run."""
    made, last = [], first
    for _ in range(MOST_GENERATIONS):
        last = _next(desk, seed, again, REPEATS, GENERATION, last)
        if not len(last.kind):
            break
        made.append(last)
    return made


def _next(desk: Desk, seed: int, again: Again, purposes: tuple[int, ...], step: int, last: Came) -> Came:
    """Return the tickets that some tickets bring, as far as they come before the end of the run."""
    rows = np.flatnonzero(chance.uniforms(seed, purposes[0], last.names) <= again.share)
    if again.share == 0:
        rows = rows[:0]
    u = chance.uniforms(seed, purposes[1], last.names[rows])
    delay_ms = chance.quantiles(table_ms(again.after)[None, :], np.zeros(len(rows), np.int64), u)
    grains = np.maximum(np.ceil(delay_ms / (1000 * desk.clock_s)), 1).astype(np.int64)
    at_s = last.created_s[rows] + grains * desk.clock_s
    rows, at_s = rows[at_s < desk.until_s()], at_s[at_s < desk.until_s()]
    names = last.names[rows]
    names[:, 2] += step
    return Came(at_s, last.kind[rows], names, last.root[rows])


def _scheduled(desk: Desk, course: Course) -> Came:
    """Return the tickets of schedules: a ticket is named by its schedule, its day and its number in it."""
    timeline, first = desk.timeline(), desk.start.toordinal()
    rows: list[tuple[int, int, int, int, int]] = []
    for kind, name, code in schedules_of(desk):
        plan = desk.demand.kinds[kind].schedules[name]
        for day in range(7 * desk.weeks):
            if day // 7 % plan.every_weeks or WEEKDAYS[(first + day - 1) % 7] not in plan.days:
                continue
            for place, minute in enumerate(plan.minutes()):
                at_s = timeline.second(desk.start, 1440 * day + minute) // desk.clock_s * desk.clock_s
                one = (at_s, course.kinds.index(kind), code, day)
                rows += [(*one, place * plan.tickets + number) for number in range(plan.tickets)]
    found = np.array(rows, np.int64).reshape(-1, 5)
    return Came(found[:, 0], found[:, 1], found[:, 2:].astype(np.uint32), np.arange(len(found)))


def _in_order(parts: list[Came]) -> Came:
    joined = Came(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.lexsort((*joined.names.T[::-1], joined.kind, joined.created_s))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return Came(joined.created_s[order], joined.kind[order], joined.names[order], place[joined.root[order]])
