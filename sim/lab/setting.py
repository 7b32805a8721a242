"""Runs of one desk, changed here or there, in the same worlds: what everybody scored, change by change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.crew import named
from sim.desk import Desk, people_of
from sim.experiment import Pool, Run, keepable, simulate
from sim.kpi.rubric import Rubric
from sim.lab.counts import Counts, counted
from sim.lab.fairness import in_order
from sim.lab.marks import OBJECTIVE, PAY, Marks, marks_of
from sim.lab.seating import Month, month_of_desk, role_of
from sim.log import Log
from sim.truth import Truth
from sim.world import sample

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]
type Also = Callable[[Log, Truth, Desk], Sequence[float]]
"""Further figures of a run, as many in every run."""

LEAST_WORLDS = 3


@dataclass(frozen=True)
class Setting:
    """What further tests of a score have in common: the desk, the rubric, the people, the worlds.

    Attributes
    ----------
    desk
        The desk; its first full calendar month is scored.
    rubric
        The rubric; the items that a log can decide count.
    role
        Whose people are looked at. Everybody else stays as they are.
    worlds
        Number of worlds, 3 or more: only they are random, so they are what intervals go by.
    seed
        The worlds are `seed`, `seed` + 1, ...
    run
        The engine.
    executor
        Makes a pool; the result does not depend on it.
    level
        Level of the intervals, above 0 and below 1.
    on_progress
        Called with the worlds done and how many there will be.
    """

    desk: Desk
    rubric: Rubric
    role: str
    worlds: int = 20
    seed: int = 1
    run: Run = simulate
    executor: Pool | None = None
    level: float = 0.95
    on_progress: Callable[[int, int], None] | None = None

    def __post_init__(self) -> None:
        role_of(self.desk, self.role)
        if self.worlds < LEAST_WORLDS:
            raise ValueError(f"an interval needs {LEAST_WORLDS} worlds or more, got {self.worlds}")

    @cached_property
    def month(self) -> Month:
        """The month that is scored."""
        return month_of_desk(self.desk)[1]

    @cached_property
    def base(self) -> Desk:
        """The desk moved to its month, everybody with a name and in their seat."""
        return named(month_of_desk(self.desk)[0])

    @cached_property
    def people(self) -> list[str]:
        """Names of the people of the role in the base desk, sorted."""
        return role_of(self.base, self.role)[0]

    @cached_property
    def chairs(self) -> dict[str, str]:
        """Seat of each of them in the base desk."""
        where = people_of(self.base)
        return {person: where[person] for person in self.people}

    def seated(self, seating: dict[str, str]) -> Desk:
        """Return the base desk with people in other seats; those who move must exchange seats."""
        return self.base.changed(seating=self.base.seating | seating)

    def lived(
        self, desks: Sequence[Desk], *, rubrics: Sequence[Rubric] | None = None, also: Also | None = None
    ) -> Lived:
        """Return what everybody scored in every world at each of some desks.

        Parameters
        ----------
        desks
            Variants of `base` with the same names. A world is drawn for each from the same seed, so they
            share all the tickets that they can.
        rubrics
            Rubrics by which the same runs are scored; the setting's own when absent.
        also
            Further figures of each run.
        """
        return self.lived_by(partial(_given, tuple(desks)), rubrics=rubrics, also=also)

    def lived_by(
        self, desks: Callable[[int], Sequence[Desk]], *, rubrics: Sequence[Rubric] | None = None,
        also: Also | None = None,
    ) -> Lived:  # fmt: skip
        """Return the same where each world has desks of its own: a function of its number that workers can import."""
        scored = tuple(rubrics) if rubrics is not None else (self.rubric,)
        task = partial(_one_world, self.people, self.month, self.run, self.seed, scored, desks, also, self.role)
        found: list[_World] = []
        for each in in_order(task, range(self.worlds), self.executor):
            found.append(each)
            if self.on_progress is not None:
                self.on_progress(len(found), self.worlds)
        marks = tuple(tuple(each.marks[at] for each in found) for at in range(len(scored)))
        return Lived(tuple(self.people), scored, marks, np.stack([each.also for each in found]))


@dataclass(frozen=True, eq=False)
class Lived:
    """What everybody got, by world, desk and person.

    Attributes
    ----------
    people
        Names, in the order of the last axis.
    rubrics
        By which the same runs were scored.
    marks
        By rubric and world; their runs are the desks, in one period.
    also
        Further figures; shape (worlds, desks, figures).
    """

    people: tuple[str, ...]
    rubrics: tuple[Rubric, ...]
    marks: tuple[tuple[Marks, ...], ...]
    also: Floats

    def of(self, name: str, rubric: int = 0) -> Floats:
        """Return a measure (see `sim.lab.marks.Marks`), shape (worlds, desks, people); NaN where there is nothing."""
        worlds = self.marks[rubric]
        empty = np.full(worlds[0].tiers[:, 0].shape, np.nan)
        return np.stack([each.of(name)[:, 0] if name in each.names else empty for each in worlds])

    def totals(self, rubric: int = 0) -> Floats:
        """Return the total of all that the log decides, in points, as `of`."""
        return self.of(OBJECTIVE, rubric)

    def pay(self, rubric: int = 0) -> Floats:
        """Return the factor on performance pay, as `of`."""
        return self.of(PAY, rubric)

    def tiers(self, rubric: int = 0) -> Ints:
        """Return ranks of tiers, -1 where there is none; shape as `of`."""
        return np.stack([each.tiers[:, 0] for each in self.marks[rubric]])


@keepable
class _World(NamedTuple):
    """What one world gave: marks by rubric, and further figures, shape (desks, figures)."""

    marks: tuple[Marks, ...]
    also: Floats


def _given(desks: tuple[Desk, ...], _: int) -> tuple[Desk, ...]:
    return desks


def _one_world(
    people: list[str], month: Month, run: Run, seed: int, rubrics: tuple[Rubric, ...],
    desks: Callable[[int], Sequence[Desk]], also: Also | None, role: str, index: int,
) -> _World:  # fmt: skip
    counts: list[list[Counts]] = [[] for _ in rubrics]
    further: list[Sequence[float]] = []
    for desk in desks(index):
        log, truth = run(desk, sample(desk, seed + index))
        for rubric, runs in zip(rubrics, counts, strict=True):
            runs.append(counted(log, rubric, month.begin, month.end, people))
        further.append(() if also is None else also(log, truth, desk))
    marks = tuple(marks_of(rubric, role, len(people), runs) for rubric, runs in zip(rubrics, counts, strict=True))
    return _World(marks, np.array(further, dtype=np.float64).reshape(len(further), -1))
