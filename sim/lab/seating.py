"""One world of a fairness study: a role seated anew, run by run, and what everybody scored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.desk import Desk, people_of, seats_of
from sim.experiment import Run
from sim.kpi.rubric import Rubric, Tally, score_tally, tally
from sim.lab.latin import square
from sim.lab.value import value_of
from sim.world import sample

type Floats = NDArray[np.float64]

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


@dataclass(frozen=True)
class Seated:
    """What one world gave: the scores of its seatings.

    Attributes
    ----------
    seats
        Seat by seating and person, shape (seatings, people).
    scores
        Total in points, NaN where there is none, same shape.
    tiers
        Rank of the tier, -1 where there is none, same shape.
    values
        Declared value in minutes of reference work, same shape.
    share
        Mean share of the points that could be computed.
    sums
        Statistics of all seatings together, days dropped.
    """

    seats: NDArray[np.int64]
    scores: Floats
    tiers: NDArray[np.int64]
    values: Floats
    share: float
    sums: Tally


def month_of_desk(desk: Desk, warm_up_days: int = WARM_UP_DAYS) -> tuple[Desk, Month]:
    """Return the desk moved to its first full calendar month, and that month.

    It begins `warm_up_days` earlier, and ends when a resolution of the last day is verified (R003-26).
    """
    begin = desk.start
    if begin.day > 1:
        begin = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
    end = (begin + timedelta(days=32)).replace(day=1)
    start = begin - timedelta(days=warm_up_days)
    weeks = -(-((end - start).days + VERIFY_DAYS) // 7)
    moved = desk.changed(start=start, weeks=weeks)
    assert isinstance(moved, Desk)
    return moved, Month(begin, end)


def role_of(desk: Desk, role: str) -> tuple[list[str], list[str]]:
    """Return the persons and the seats of a role, sorted by name: the order of a file plays no part.

    Raises
    ------
    ValueError
        If the desk has no such role, or fewer than two people in it.
    """
    if role not in desk.staff.roles:
        raise ValueError(f"unknown role {role!r}; known: {', '.join(sorted(desk.staff.roles))}")
    roles = {seat.name: seat.seat.role for seat in seats_of(desk)}
    where = {person: seat for person, seat in people_of(desk).items() if roles[seat] == role}
    if len(where) < 2:
        raise ValueError(f"role {role!r} has {len(where)} people; at least 2 are needed to tell person from seat")
    return sorted(where), sorted(where.values())


def one_world(
    desk: Desk, rubric: Rubric, role: str, month: Month, run: Run, seed: int, seatings: int, index: int
) -> Seated:
    """Return the scores of one world under its fresh seatings; parameters as in `fairness`."""
    people, chairs = role_of(desk, role)
    world = sample(desk, seed + index)
    rows = square(len(people), seed, index, seatings)
    scored = []
    for row in rows:
        seating = desk.seating | {person: chairs[seat] for person, seat in zip(people, row.tolist(), strict=True)}
        seated = desk.changed(seating=seating)
        assert isinstance(seated, Desk)
        log, truth = run(seated, world)
        counted = tally(log, rubric, begin=month.begin, end=month.end, role=role)
        frame = score_tally(rubric, counted, level=None)
        values = value_of(log, truth, desk, month.begin, month.end)
        scored.append(
            (
                by_person(frame, people, rubric),
                [values.get(person, 0) / 60_000 for person in people],
                counted,
            )
        )
    return Seated(
        seats=rows,
        scores=np.stack([totals for (totals, _, _), _, _ in scored]),
        tiers=np.stack([tiers for (_, tiers, _), _, _ in scored]),
        values=np.array([values for _, values, _ in scored]),
        share=float(np.mean([share for (_, _, share), _, _ in scored])),
        sums=Tally.merged([counted.in_one(month.begin) for _, _, counted in scored]),
    )


def by_person(frame: pl.DataFrame, people: list[str], rubric: Rubric) -> tuple[Floats, NDArray[np.int64], float]:
    """Return totals, tiers and the mean objective share in the order of the people."""
    order = pl.DataFrame({"person": people})
    mine = order.join(
        frame.with_columns(pl.col("person").cast(pl.String)), on="person", how="left", maintain_order="left"
    )
    ranks = {tier.name: rank for rank, tier in enumerate(rubric.tiers)}
    tiers = np.array([-1 if tier is None else ranks[tier] for tier in mine["tier"].to_list()], dtype=np.int64)
    shares = mine["objective_share"].fill_null(0.0).to_numpy()
    return mine["total"].fill_null(np.nan).to_numpy(), tiers, float(shares.mean())
