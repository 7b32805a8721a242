"""The touches of a log: who worked on what, from when to when."""

from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from sim.layout import Layout
from sim.log import ENDED, table
from sim.log.framing import Coded, Column, Known, Later, Nothing, Sheet
from sim.record.words import HANDED_BACK, Codes, Rows, enum_of, spelt

_ENDED = enum_of(ENDED)


@njit(cache=True, nogil=True)
def _by_ticket(rows: Rows, tickets: int) -> Any:
    """Return the columns of `TOUCH`, sorted by ticket: a ticket's touches come in the order of time.

    A ticket that was handed back waits again from then on, though its place in the queue is that of before.
    """
    first = np.zeros(tickets + 1, np.int64)
    for row in range(len(rows)):
        first[rows[row, 0] + 1] += 1
    for ticket in range(tickets):
        first[ticket + 1] += first[ticket]
    begin = first.copy()
    long = np.empty((7, len(rows)), np.int64)
    stage, person = np.empty(len(rows), np.int16), np.empty(len(rows), np.int32)
    ended = np.empty(len(rows), np.int8)
    for row in range(len(rows)):
        ticket = rows[row, 0]
        to = first[ticket]
        first[ticket] = to + 1
        long[0, to] = ticket
        stage[to], person[to], ended[to] = rows[row, 1], rows[row, 3], rows[row, 10]
        for column in range(6):
            long[column + 1, to] = rows[row, column + 4]
        if to > begin[ticket] and ended[to - 1] == HANDED_BACK:
            long[1, to] = max(long[1, to], long[5, to - 1])
    return long, stage, person, ended


def touches_of(layout: Layout, rows: Rows) -> pl.DataFrame | Sheet:
    """Return the table of touches.

    Parameters
    ----------
    layout
        What the engine ran on.
    rows
        Rows of `TOUCH`; those of a ticket in the order of time.
    """
    crew, world = layout.crew, layout.world
    columns, stage, person, ended = _by_ticket(rows, len(world) + len(layout.parent))
    ticket, queued, assigned, accepted, started, ended_s, work = columns
    if len(layout.parent):
        ticket = np.append(np.arange(len(world)), layout.parent)[ticket]
    kind = world.kind[ticket]
    skill, department, departments = _stages(layout)
    told, reason, reasons = _told(layout)
    branch = _by_step(layout, layout.branch_of)
    made = Sheet(
        {
            "ticket": ticket, "stage": told[kind, stage], "branch": branch[kind, stage],
            "person": spelt(crew.names, person), "seat": Later(partial(spelt, crew.seats, person)),
            "team": Later(partial(spelt, crew.teams, person)),
            "department": Later(lambda: Coded(department[kind, stage], departments)),
            "skill": Later(lambda: Coded(skill[kind, stage], enum_of(crew.skills))), "queued_s": queued,
            "assigned_s": Known(assigned), "accepted_s": Known(accepted), "started_s": Known(started),
            "ended_s": Known(ended_s), "work_s": work, "ended": Coded(ended, _ENDED),
            "reason": _reasons(reason[kind, stage], reasons),
        }
    )  # fmt: skip
    return table("touches", made.frame()) if len(layout.parent) else made


def _by_step(layout: Layout, numbers: tuple[tuple[int, ...], ...]) -> NDArray[np.int16]:
    """Return numbers by kind and step."""
    made = np.zeros((len(layout.routes), layout.stages), np.int16)
    for kind, own in enumerate(numbers):
        made[kind, : len(own)] = own
    return made


def _reasons(codes: NDArray[np.int8], words: tuple[str, ...]) -> Column:
    """Return why work was done beside the stages of the route."""
    return Coded(codes, enum_of(words)) if (codes >= 0).any() else Nothing(pl.Enum([]))


def _told(layout: Layout) -> tuple[NDArray[np.int16], NDArray[np.int8], tuple[str, ...]]:
    """Return by kind and step at which stage a touch is told of, and its reason, -1 for none; and the reasons."""
    stage = _by_step(layout, layout.stage_of)
    reason = np.full(stage.shape, -1, np.int8)
    helps, supervised = layout.looks != layout.assists, layout.wrong != layout.looks
    words = ("call_back", "misrouted", *("assist",) * helps, *("supervision",) * supervised)
    places = zip(layout.last, layout.assists, layout.looks, layout.wrong, strict=True)
    for kind, (last, assists, looks, wrong) in enumerate(places):
        reason[kind, :assists][stage[kind, :assists] > last] = 0
        reason[kind, assists:looks] = words.index("assist") if helps else -1
        reason[kind, looks:wrong] = words.index("supervision") if supervised else -1
        reason[kind, wrong:] = 1
    return stage, reason, words


def _stages(layout: Layout) -> tuple[Codes, Codes, pl.Enum]:
    """Return positions of skill and department by kind and stage, and the enum of departments."""
    wanted = layout.departments
    departments = sorted({name for names in wanted for name in names})
    shape = (len(layout.routes), layout.stages)
    skill, department = np.zeros(shape, np.uint32), np.zeros(shape, np.uint32)
    for number, route in enumerate(layout.routes):
        skill[number, : len(route)] = [step.skill for step in route]
        department[number, : len(route)] = [departments.index(name) for name in wanted[number]]
    return skill, department, enum_of(tuple(departments))
