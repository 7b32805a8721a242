"""One world of a fairness study: a role seated anew, run by run, and what everybody got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.desk import Desk, honest, is_honest, people_of, seats_of
from sim.experiment import Run, keepable
from sim.kpi.rubric import Rubric, forms_of
from sim.kpi.rubric.cells import Cells, Facts
from sim.kpi.rubric.forms import Stated, stated_of
from sim.lab.counts import Counts, counted
from sim.lab.judges import Judges, judge
from sim.lab.latin import square
from sim.lab.marks import Marks, marks_of
from sim.lab.value import value_of
from sim.log import Log
from sim.truth import Truth
from sim.world import World, sample

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

WARM_UP_DAYS, VERIFY_DAYS = 7, 4
"""Days before the month that is scored, and after it: a resolution is verified after 72 hours."""


@dataclass(frozen=True)
class Month:
    """The month that is scored.

    Attributes
    ----------
    begin, end
        First day, and the day after the last.
    """

    begin: date
    end: date


class Trial(NamedTuple):
    """What is tried in every world of a study: it travels to workers.

    Attributes
    ----------
    desk
        The desk, moved to the period (see `month_of_desk`).
    honest
        The same desk with conduct off; None where nobody has any.
    rubric, role
        How who is scored.
    begin, end
        First day that is scored, and the day after the last.
    run
        The engine.
    judges
        Who states points for the items that no log decides; None where nobody is asked. One month only.
    """

    desk: Desk
    honest: Desk | None
    rubric: Rubric
    role: str
    begin: date
    end: date
    run: Run
    judges: Judges | None = None


@keepable
@dataclass(frozen=True, eq=False)
class Seated:
    """What one world gave.

    Attributes
    ----------
    seats
        Seat by seating and person, shape (seatings, people).
    marks
        What everybody got as lived: its runs are the seatings, in one period.
    honest
        The same with conduct off in the same world and seatings; None where nobody has any.
    values
        Declared value in minutes of reference work, shape (seatings, people).
    """

    seats: Ints
    marks: Marks
    honest: Marks | None
    values: Floats


def month_of_desk(desk: Desk, warm_up_days: int = WARM_UP_DAYS) -> tuple[Desk, Month]:
    """Return the desk moved to its first full calendar month, and that month.

    It begins `warm_up_days` earlier, and ends when a resolution of the last day is verified (R003-26).
    """
    begin = desk.start
    if begin.day > 1:
        begin = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
    end = (begin + timedelta(days=32)).replace(day=1)
    return moved_to(desk, begin - timedelta(days=warm_up_days), end), Month(begin, end)


def moved_to(desk: Desk, start: date, end: date) -> Desk:
    """Return the desk from one day until a resolution of the day before another is verified, in whole weeks."""
    weeks = -(-((end - start).days + VERIFY_DAYS) // 7)
    moved = desk.changed(start=start, weeks=weeks)
    assert isinstance(moved, Desk)
    return moved


def without_conduct(desk: Desk) -> Desk | None:
    """Return the desk with conduct off; None where nobody has any, so that no run is spent on it."""
    return None if is_honest(desk) else honest(desk)


def role_of(desk: Desk, role: str) -> tuple[list[str], list[str]]:
    """Return the persons and the seats of a role that may be exchanged, sorted by name: a file's order plays no part.

    A person to whom law or licence forbids any skill that a seat of the role takes, or any kind of ticket, stays in the
    own seat; see `colleagues` for everybody.

    Raises
    ------
    ValueError
        If the desk has no such role, or fewer than two people in it may exchange seats.
    """
    where, staying = _where(desk, role), stay(desk, role)
    if len(where) < 2:
        raise ValueError(
            f"role {role!r} has too few people ({len(where)}); at least 2 are needed to tell person from seat"
        )
    free = {person: seat for person, seat in where.items() if person not in staying}
    if len(free) < 2:
        raise ValueError(
            f"role {role!r}: forbidden skills or kinds keep {', '.join(staying)} from seats of the role, which leaves "
            "no seating to compare; at least 2 people are needed to whom nothing there is forbidden"
        )
    return sorted(free), sorted(free.values())


def stay(desk: Desk, role: str) -> list[str]:
    """Return who cannot exchange seats within a role for what is forbidden to them, sorted by name."""
    where, staff = _where(desk, role), desk.staff
    taken = {skill for seat in seats_of(desk) if seat.seat.role == role for skill in seat.seat.takes}
    told = {name: staff.persons[name] for name in where if name in staff.persons}
    return sorted(
        name for name, person in told.items() if person.forbidden_kinds or taken & set(person.forbidden_skills)
    )  # fmt: skip


def colleagues(desk: Desk, role: str) -> list[str]:
    """Return everybody of a role: those who may exchange seats (in the order of `role_of`), then those who stay."""
    return [*role_of(desk, role)[0], *stay(desk, role)]


def _where(desk: Desk, role: str) -> dict[str, str]:
    """Return the seat of everybody in a role."""
    if role not in desk.staff.roles:
        raise ValueError(f"unknown role {role!r}; known: {', '.join(sorted(desk.staff.roles))}")
    roles = {seat.name: seat.seat.role for seat in seats_of(desk)}
    return {person: seat for person, seat in people_of(desk).items() if roles[seat] == role}


def seated(desk: Desk, role: str, row: Sequence[int]) -> Desk:
    """Return the desk with the people of a role in other seats of it.

    Parameters
    ----------
    desk, role
        The desk and its role.
    row
        Position of the seat of each person, people and seats in the order of `role_of`.
    """
    people, chairs = role_of(desk, role)
    seating = desk.seating | {person: chairs[seat] for person, seat in zip(people, row, strict=True)}
    made = desk.changed(seating=seating)
    assert isinstance(made, Desk)
    return made


def played(trial: Trial, world: World, row: Sequence[int], *, honest: bool = False) -> tuple[Counts, Log, Truth]:
    """Return what a run counts of everybody of the role in one seating, its log and its truth.

    Parameters
    ----------
    trial
        What is tried.
    world
        The world.
    row
        Position of the seat of each person.
    honest
        Whether conduct is off.
    """
    desk = trial.honest if honest and trial.honest is not None else trial.desk
    desk = seated(desk, trial.role, row)
    log, truth = trial.run(desk, world)
    counts = counted(log, trial.rubric, trial.begin, trial.end, colleagues(desk, trial.role))
    if trial.judges is not None:
        counts = replace(counts, stated=_stated(trial, desk, log, truth, world.seed))
    return counts, log, truth


def _stated(trial: Trial, desk: Desk, log: Log, truth: Truth, seed: int) -> Stated:
    """Return what simulated judges state of everybody of the role in the month of the trial, by person and item."""
    assert trial.judges is not None
    people, month, rubric = colleagues(desk, trial.role), f"{trial.begin:%Y-%m}", trial.rubric
    own = {name: each.changed(period=None, review=None) for name, each in rubric.profiles.items()}
    monthly = rubric.changed(period="month", review=None, profiles=own)
    said = judge(log, truth, desk, monthly, trial.judges, seed).filter(pl.col("period").cast(pl.String) == month)
    forms = forms_of(monthly, said, log.people["person"], frozenset())
    frame = pl.DataFrame({"person": people, "period": [month] * len(people)})
    none = Facts(*(np.zeros(0, dtype=np.int64) for _ in range(5)))
    return stated_of(monthly, Cells(frame, np.zeros(len(people), dtype=np.int64), {}, none), forms)


def marked(trial: Trial, runs: Sequence[Counts], begins: Ints | None = None) -> Marks:
    """Return the marks of those who exchange seats, beside everybody of the role; see `marks_of`."""
    people, _ = role_of(trial.desk, trial.role)
    everybody = colleagues(trial.desk, trial.role)
    return marks_of(trial.rubric, trial.role, len(everybody), runs, begins).first(len(people))


def one_world(trial: Trial, seed: int, seatings: int, index: int) -> Seated:
    """Return what one world gives under its fresh seatings.

    Parameters
    ----------
    trial
        What is tried.
    seed
        Of the study: the world is `seed` + `index`.
    seatings
        Rows of the square of seats.
    index
        Number of the world, from 0.
    """
    people, _ = role_of(trial.desk, trial.role)
    world, rows = sample(trial.desk, seed + index), square(len(people), seed, index, seatings)
    found, plain, values = [], [], []
    for row in rows.tolist():
        counts, log, truth = played(trial, world, row)
        worth = value_of(log, truth, trial.desk, trial.begin, trial.end)
        found.append(counts)
        values.append([worth.get(person, 0) / 60_000 for person in people])
        if trial.honest is not None:
            plain.append(played(trial, world, row, honest=True)[0])
    return Seated(rows, marked(trial, found), marked(trial, plain) if plain else None, np.array(values))
