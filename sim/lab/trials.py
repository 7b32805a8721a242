"""A role reseated in many worlds, counted once for several rubrics, and scored as often as wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.desk import Desk
from sim.experiment import Pool, Run, simulate
from sim.kpi.rubric import Rubric
from sim.lab.counts import Counts, counted, pooled
from sim.lab.fairness import in_order
from sim.lab.latin import square
from sim.lab.marks import Marks, marks_of
from sim.lab.seating import Month, month_of_desk, moved_to, role_of, seated
from sim.lab.value import value_of
from sim.world import sample

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trials:
    """A role reseated in worlds, counted but not yet scored.

    Attributes
    ----------
    role, people, month
        Who is scored, and for which month.
    worlds
        Seeds of the worlds.
    seats
        Seat by world, seating and person, shape (worlds, seatings, people).
    values
        Declared value of everybody's work in minutes of reference work, same shape.
    counts
        By rubric, what each run counts, world by world and seating by seating.
    """

    role: str
    people: tuple[str, ...]
    month: Month
    worlds: range
    seats: Ints
    values: Floats
    counts: tuple[tuple[Counts, ...], ...]

    def marks(self, rubric: Rubric, which: int = 0) -> Marks:
        """Return the marks of all runs under a rubric that differs from the counted one in points and weights only.

        Parameters
        ----------
        rubric
            The rubric, its bands moved or not.
        which
            Number of the counted rubric that it is a version of.
        """
        return marks_of(rubric, self.role, len(self.people), self.counts[which])

    def pooled(self, rubric: Rubric, which: int = 0) -> Marks:
        """Return the marks on the statistics of all runs together, one run; parameters as in `marks`."""
        return marks_of(rubric, self.role, len(self.people), [pooled(self.counts[which])])

    def shaped[T: np.generic](self, values: NDArray[T]) -> NDArray[T]:
        """Return what stands by run, period and person in the shape of the seats."""
        return values.reshape(self.seats.shape)


class _Task(NamedTuple):
    desk: Desk
    rubrics: tuple[Rubric, ...]
    role: str
    month: Month
    run: Run
    seed: int
    seatings: int


def trials(
    desk: Desk, rubrics: Sequence[Rubric], role: str, worlds: range, *, seatings: int = 4, months: int = 1,
    run: Run = simulate, executor: Pool | None = None, on_done: Callable[[int], None] | None = None,
) -> Trials:  # fmt: skip
    """Play worlds with a role in fresh random seatings, and count what rubrics need.

    Parameters
    ----------
    desk
        The desk; its first full calendar month is scored.
    rubrics
        Their items are counted; what a band earns is decided later.
    role
        Whose people are reseated.
    worlds
        Seeds of the worlds, 2 or more; the seatings are drawn from them too.
    seatings
        Seatings per world, at most the number of people.
    months
        Length of what is scored as one period, from the first full month on.
    run
        The engine.
    executor
        Makes a pool; the result does not depend on it.
    on_done
        Called with the number of worlds that are done.

    Raises
    ------
    ValueError
        If the role is unknown or has fewer than two people, or there are fewer than 2 worlds.
    """
    people, _ = role_of(desk, role)
    if len(worlds) < 2:
        raise ValueError(f"a trial needs 2 worlds or more, got {len(worlds)}")
    moved, month = month_of_desk(desk)
    if months > 1:
        end = (month.begin + timedelta(days=31 * months)).replace(day=1)
        moved, month = moved_to(desk, moved.start, end), Month(month.begin, end)
    task = partial(_one, _Task(moved, tuple(rubrics), role, month, run, worlds.start, min(seatings, len(people))))
    found = []
    for result in in_order(task, range(len(worlds)), executor):
        found.append(result)
        if on_done is not None:
            on_done(len(found))
    counts = tuple(tuple(one for _, _, by_rubric in found for one in by_rubric[which]) for which in range(len(rubrics)))
    seats, values = np.stack([each[0] for each in found]), np.stack([each[1] for each in found])
    return Trials(role, tuple(people), month, worlds, seats, values, counts)


def _one(task: _Task, index: int) -> tuple[Ints, Floats, tuple[tuple[Counts, ...], ...]]:
    """Return seats, values and counts by rubric and seating of one world."""
    people, _ = role_of(task.desk, task.role)
    seed = task.seed + index
    world, rows = sample(task.desk, seed), square(len(people), seed, 0, task.seatings)
    values, counts = [], list[tuple[Counts, ...]]()
    for row in rows.tolist():
        log, truth = task.run(seated(task.desk, task.role, row), world)
        worth = value_of(log, truth, task.desk, task.month.begin, task.month.end)
        values.append([worth.get(person, 0) / 60_000 for person in people])
        counts.append(tuple(counted(log, each, task.month.begin, task.month.end, people) for each in task.rubrics))
    return rows, np.array(values), tuple(zip(*counts, strict=True))
