"""A desk and a world laid out as plain numbers, so that an engine looks nothing up by name."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.crew import PPM, Crew, crew_of
from sim.desk import Desk, Law, Policy
from sim.laws import table_ms
from sim.sla import SlaClock
from sim.world import WORK, World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER = 2**62
"""An instant that never comes."""

SOLVED, REOPEN, PICKUP = (chance.code(purpose) for purpose in ("solved", "reopen", "pickup"))
ANSWER = tuple(chance.code("answer", stage) for stage in range(12))
HANDOFF = tuple(chance.code("handoff", stage) for stage in range(12))


@dataclass(frozen=True, eq=False)
class Step:
    """One stage of one kind, by numbers. A row of -1 means that there is no such delay.

    Attributes
    ----------
    skill
        Position of the skill in the crew's skills.
    work_row, answer_row, handoff_row
        Rows of `Layout.tables`.
    asks_after_ppm
        Share of the work before the question.
    work_purpose, answer_purpose, handoff_purpose
        Codes of the stage's own chance.
    """

    skill: int
    work_row: int
    answer_row: int
    handoff_row: int
    asks_after_ppm: int
    work_purpose: int
    answer_purpose: int
    handoff_purpose: int


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything that an engine reads.

    Attributes
    ----------
    desk, world, crew
        What it was made of.
    until_s, clock_s
        End of the run; grain of all instants.
    key
        The two key words of the seed.
    tables
        Quantiles in milliseconds of every law, shape (laws, GRID_STEPS + 1).
    routes
        Steps by kind, in the order of `world.kinds`.
    rooms
        Number of the waiting room by kind, -1 for none.
    places
        Places of each room.
    due_response_s, due_resolution_s
        Due instants at creation by ticket, `NEVER` where there is no target.
    sla_clock
        Moves a due instant past a pause; None without an SLA.
    lead_s
        Seconds from a warning to the due instant, 0 for no warnings.
    orphan_s, close_after_s
        Absence after which returning tickets go to the pool, and age at which a resolved ticket closes, in seconds;
        the latter on the grain of the clock, rounded up.
    reopen_row, pickup_row, reopen_ppm
        Rows of the desk's own delays, -1 for none; work content of a reopened ticket over that of its last stage, in
        parts per million.
    """

    desk: Desk
    world: World
    crew: Crew
    until_s: int
    clock_s: int
    key: tuple[int, int]
    tables: Floats
    routes: tuple[tuple[Step, ...], ...]
    reopen_row: int
    pickup_row: int
    rooms: tuple[int, ...]
    places: tuple[int, ...]
    due_response_s: Ints
    due_resolution_s: Ints
    sla_clock: SlaClock | None
    lead_s: int
    orphan_s: int
    close_after_s: int
    reopen_ppm: int


def lay_out(desk: Desk, world: World) -> Layout:
    """Return the layout of a desk and a world.

    Raises
    ------
    ValueError
        If the world belongs to another demand: its kinds, its priorities or its length differ.
    """
    own = tuple(sorted(desk.demand.kinds)), desk.priorities, desk.until_s()
    if (world.kinds, world.priorities, world.until_s) != own:
        raise ValueError(
            "the world was sampled from another demand: its kinds, priorities or length differ from the desk's"
        )
    crew = crew_of(desk, world.seed)
    tables: list[Floats] = []

    def row(law: Law | None) -> int:
        if law is None:
            return -1
        tables.append(table_ms(law))
        return len(tables) - 1

    routes = tuple(
        tuple(
            Step(
                skill=crew.skills.index(stage.skill), work_row=row(stage.work),
                answer_row=row(stage.answer if stage.asks > 0 else None), handoff_row=row(stage.handoff),
                asks_after_ppm=round(stage.asks_after * PPM), work_purpose=WORK[number],
                answer_purpose=ANSWER[number], handoff_purpose=HANDOFF[number],
            )
            for number, stage in enumerate(desk.demand.kinds[kind].route)
        )
        for kind in world.kinds
    )  # fmt: skip
    reopen_row, pickup_row = row(desk.outcome.reopen_after), row(desk.routing.pickup)
    rooms = sorted(desk.demand.rooms)
    kinds = [desk.demand.kinds[kind] for kind in world.kinds]
    clock = SlaClock.of(desk.sla, desk.calendars, desk.timeline(), 0, desk.until_s()) if desk.sla else None
    due_response, due_resolution = _dues(desk, world, clock)
    return Layout(
        desk=desk, world=world, crew=crew, until_s=desk.until_s(), clock_s=desk.clock_s,
        key=chance.key(world.seed), tables=np.array(tables), routes=routes, reopen_row=reopen_row,
        pickup_row=pickup_row,
        rooms=tuple(-1 if kind.room is None else rooms.index(kind.room) for kind in kinds),
        places=tuple(desk.demand.rooms[room] for room in rooms),
        due_response_s=due_response, due_resolution_s=due_resolution, sla_clock=clock,
        lead_s=60 * desk.sla.warning_min if desk.sla else 0, orphan_s=round(desk.routing.orphan_h * 3600),
        close_after_s=-(-round(desk.outcome.close_after_h * 3600) // desk.clock_s) * desk.clock_s,
        reopen_ppm=round(desk.outcome.reopen_work * PPM),
    )  # fmt: skip


def _dues(desk: Desk, world: World, clock: SlaClock | None) -> tuple[Ints, Ints]:
    n = len(world)
    dues = np.full(n, NEVER, np.int64), np.full(n, NEVER, np.int64)
    if clock is None:
        return dues
    for number, kind in enumerate(world.kinds):
        for rank, priority in enumerate(desk.priorities):
            rows = np.flatnonzero((world.kind == number) & (world.priority == rank))
            if not len(rows):
                continue
            asked = clock.due_response_array, clock.due_resolution_array
            for due, ask in zip(dues, asked, strict=True):
                found = ask(kind, priority, world.created_s[rows])
                if found is not None:
                    due[rows] = found // desk.clock_s * desk.clock_s
    return dues


def groups_of(layout: Layout, policy: Policy) -> tuple[int, ...]:
    """Return a group number per person: persons of a group differ for the policy in idle time only.

    Within a group the longest idle goes first, so only the first of each group need be compared. A policy that
    looks at a person's own tickets, or prefers the shortest idle, has groups of one (it *scans*).
    """
    weights, crew = policy.person, layout.crew
    alone = weights.open_tickets != 0 or weights.returns != 0 or weights.idle_s < 0 or policy.ticket.returns != 0
    keys: dict[object, int] = {}
    out = []
    for person in range(len(crew)):
        rates = tuple(crew.rate_ppm[person]) if weights.speed else ()
        sign: object = person if alone else (crew.takes[person], rates)
        out.append(keys.setdefault(sign, len(keys)))
    return tuple(out)
