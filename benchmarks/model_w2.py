"""The workloads W1 and W2 as desks, and as plain whole numbers for other programs.

W1: one kind, 90 people, 8.4 tickets a minute, exponential work of 10 minutes, first come first served.

W2: six kinds, 90 people in six groups of 15 (a group serves its own kind first and the next group's second),
8.4 tickets a minute, priorities .1, .3 and .6, exponential work of 10 minutes and patience of 30. A ticket
goes to the longest idle person of its primary group, else of the group that has it second, else it waits; a freed
person takes the best priority, then the oldest ticket.
"""

from datetime import date
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.calendar import WEEKDAYS
from sim.desk import (
    Demand,
    Desk,
    Kind,
    Law,
    PersonWeights,
    Policy,
    Role,
    Routing,
    Seat,
    Shift,
    Staff,
    Stage,
    Team,
    TicketWeights,
)
from sim.world import World

KINDS, HEADS = 6, 15
PER_MIN, WORK_MIN, PATIENCE_MIN = 8.4, 10.0, 30.0
PRIORITIES = {"urgent": 0.1, "important": 0.3, "normal": 0.6}
WEEK_MIN = 10_080
FIRST = 1_000_000_000
"""Above any age in seconds: the priority is compared first, and the primary group before idle time."""

W2_POLICY = Policy(ticket=TicketWeights(priority=FIRST, age_s=1), person=PersonWeights(main=FIRST, idle_s=1))

Ints = NDArray[np.int64]


def weeks_for(tickets: int, per_min: float = PER_MIN) -> int:
    """Return the whole weeks in which about so many tickets, or some more, come at a rate of all kinds together."""
    return ceil(tickets / (per_min * WEEK_MIN))


def w1(weeks: int, per_min: float = PER_MIN, heads: int = KINDS * HEADS) -> Desk:
    """Return the desk of W1: one kind and one line of people, around the clock."""
    kind = Kind(
        category="ticket", per_week=per_min * WEEK_MIN, priorities={"normal": 1.0},
        route=(Stage(department="desk", skill="skill", work=Law(mean_min=WORK_MIN)),),
    )  # fmt: skip
    seats = {"people": Seat(role="agent", team="desk", shift="always", heads=heads, takes=("skill",))}
    return Desk(
        title="W1", start=date(2026, 1, 5), weeks=weeks, time_zone="UTC", priorities=("normal",),
        demand=Demand(kinds={"kind": kind}), staff=_staff(("skill",), seats), routing=Routing(policy="longest_idle"),
    )  # fmt: skip


def w2(weeks: int, per_min: float = PER_MIN, heads: int = HEADS) -> Desk:
    """Return the desk of W2: six kinds in equal shares, around the clock.

    Parameters
    ----------
    weeks
        Length of the run.
    per_min
        Tickets a minute of all kinds together.
    heads
        People in each of the six groups.
    """
    kinds = {
        f"kind-{g}": Kind(
            category="ticket", per_week=per_min * WEEK_MIN / KINDS, priorities=PRIORITIES,
            route=(Stage(department="desk", skill=f"skill-{g}", work=Law(mean_min=WORK_MIN)),),
            patience=Law(mean_min=PATIENCE_MIN),
        )
        for g in range(KINDS)
    }  # fmt: skip
    seats = {
        f"group-{g}": Seat(
            role="agent", team="desk", shift="always", heads=heads,
            takes=(f"skill-{g}", f"skill-{(g + 1) % KINDS}"),
        )
        for g in range(KINDS)
    }  # fmt: skip
    return Desk(
        title="W2", start=date(2026, 1, 5), weeks=weeks, time_zone="UTC", demand=Demand(kinds=kinds),
        staff=_staff(tuple(f"skill-{g}" for g in range(KINDS)), seats),
        routing=Routing(policy="custom", custom=W2_POLICY),
    )  # fmt: skip


def _staff(skills: tuple[str, ...], seats: dict[str, Seat]) -> Staff:
    return Staff(
        roles={"agent": Role(skills=skills)}, teams={"desk": Team(department="desk")},
        shifts={"always": Shift(days=WEEKDAYS, hours="00:00-24:00")}, seats=seats,
    )  # fmt: skip


def columns(world: World) -> dict[str, Ints]:
    """Return a world of W1 or W2 as whole numbers, all times in seconds.

    Returns
    -------
    dict
        `arrival`, `service` (the work content, rounded up, at least 1), `patience`, `typ` (the kind) and `prio`, each
        of shape (n,).
    """
    return {
        "arrival": world.created_s, "service": np.maximum(-(-world.work_ms[:, 0] // 1000), 1),
        "patience": world.patience_s, "typ": world.kind, "prio": world.priority,
    }  # fmt: skip


def write(world: World, path: Path, ticks_per_s: int = 1_000_000) -> None:
    """Write a world as raw 64-bit columns arrival, service, patience, typ, prio, one after the other.

    Parameters
    ----------
    world
        Of W1 or W2.
    path
        The file.
    ticks_per_s
        Unit of the three times; microseconds by default.
    """
    with path.open("wb") as file:
        for name, column in columns(world).items():
            scale = ticks_per_s if name in ("arrival", "service", "patience") else 1
            file.write(np.ascontiguousarray(column * scale, np.int64).tobytes())
