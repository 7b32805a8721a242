"""A desk and a world laid out as plain numbers, so that an engine looks nothing up by name."""

from typing import Any

import numpy as np

from sim import chance
from sim.crew import crew_of
from sim.desk import Desk
from sim.layout.begun import NO_OPENING, NOTHING, begun_with
from sim.layout.form import Ints, Layout, Step
from sim.layout.names import (
    CALLS_BACK,
    DECLINE,
    FRONT_S,
    LOOK_AROUND,
    MISGIVEN,
    NEVER,
    PICKUP,
    REOPEN,
    ROOM_S,
    SOLVED,
    TRIAGE,
)
from sim.layout.people import dispatchers_of, groups_of
from sim.layout.plan import plan_of
from sim.log.dues import same_target
from sim.opening import Opening
from sim.sla import SlaClock, standings
from sim.world import World, agreements_of, changes_of, demand_of, with_solutions


def lay_out(desk: Desk, world: World, opening: Opening | None = None) -> Layout:
    """Return the layout of a desk and a world, and of the tickets that are open when the run begins.

    Raises
    ------
    ValueError
        If the world belongs to another demand: the message names the first part that differs. If an open ticket is of
        a kind or a priority that the desk does not have.
    """
    _check_demand(desk, world)
    plan, crew = plan_of(desk), crew_of(desk, world.seed)
    first: dict[str, Any] = NO_OPENING
    if opening is not None and len(opening):
        world, first = begun_with(desk, world, opening, plan, crew)
    world = with_solutions(desk, world, first["opening"])
    clock = None if plan.sla_clock is None else plan.sla_clock.copy()
    due_response, due_resolution = _dues(desk, world, clock)
    parent, first_child, part = _errands(world, plan.parts)
    changes_s, changes_to = changes_of(desk, world, first["opening"])
    comes_under_s, comes_under = agreements_of(desk, world, first["opening"])
    if len(comes_under_s) and not len(changes_s):
        changes_s = changes_to = np.full(len(world), -1, np.int64)
    dispatch_on_s, dispatch_off_s = dispatchers_of(desk, crew)
    return Layout(
        dispatch_on_s=dispatch_on_s, dispatch_off_s=dispatch_off_s,
        desk=desk, world=world, crew=crew, key=chance.key(world.seed), due_response_s=due_response,
        due_resolution_s=due_resolution, sla_clock=clock, changes_s=changes_s, changes_to=changes_to,
        comes_under_s=comes_under_s, comes_under=comes_under, standings=standings(desk.priorities, desk.sla),
        parent=parent, first_child=first_child, part=part, **plan.parts, **first,
    )  # fmt: skip


def _errands(world: World, plan: dict[str, Any]) -> tuple[Ints, Ints, Ints]:
    """Return the ticket of each errand, the first errand of each ticket, and the branch of each errand."""
    calls = (np.array(plan["calls_back"]) > 0).astype(np.int64)
    helper, helps = np.array(plan["helper"]), np.array(plan["looks"]) > np.array(plan["assists"])
    by_kind = helper + helps
    if not by_kind.any():
        return NOTHING, NOTHING, NOTHING
    many = by_kind[world.kind]
    first = len(world) + np.cumsum(many) - many
    parent = np.repeat(np.arange(len(world)), many)
    place = len(world) + np.arange(len(parent)) - first[parent]
    part = place - calls[world.kind][parent]
    part[place >= helper[world.kind][parent]] = -1
    return parent, np.where(many > 0, first, -1), part


def _check_demand(desk: Desk, world: World) -> None:
    own = tuple(sorted(desk.demand.kinds)), desk.priorities, desk.until_s()
    if (world.kinds, world.priorities, world.until_s) != own:
        raise ValueError(
            "the world was sampled from another demand: its kinds, priorities or length differ from the desk's"
        )
    if not world.demand or world.demand is (mine := demand_of(desk)):
        return
    for (where, told), (_, known) in zip(world.demand, mine, strict=True):
        if told != known:
            raise ValueError(f"the world was sampled from another demand: its {where} differs from the desk's")


def _dues(desk: Desk, world: World, clock: SlaClock | None) -> tuple[Ints, Ints]:
    dues = np.full(len(world), NEVER, np.int64), np.full(len(world), NEVER, np.int64)
    if clock is None:
        return dues
    for alike in same_target(clock.sla, world.kinds, world.priorities, world.kind, world.priority):
        for due, ask in zip(dues, (clock.due_response_array, clock.due_resolution_array), strict=True):
            found = ask(alike.kind, alike.priority, world.created_s[alike.rows])
            if found is not None:
                due[alike.rows] = found // desk.clock_s * desk.clock_s
    return dues


__all__ = [
    "CALLS_BACK",
    "DECLINE",
    "FRONT_S",
    "LOOK_AROUND",
    "MISGIVEN",
    "NEVER",
    "PICKUP",
    "REOPEN",
    "ROOM_S",
    "SOLVED",
    "TRIAGE",
    "Layout",
    "Step",
    "groups_of",
    "lay_out",
]
