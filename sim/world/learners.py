"""The learners of a world: what each is, drawn from the seed and the learner's number, and whose tickets they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.desk import Demand, Desk, LearnerWeights, Population
from sim.laws import table_ms
from sim.world.arrivals import LEARNER
from sim.world.course import Floats, Ints

STAGE, COURSE, TENURE = (chance.code("learner", what) for what in ("stage", "course", "tenure"))
NOT_YET = 2**62
"""Instant at which somebody joins who is not yet a learner."""


@dataclass(frozen=True, eq=False)
class Learners:
    """The learners of a world, by number.

    Attributes
    ----------
    stages, courses
        Names, sorted.
    stage, course
        Position of each learner's; -1 where courses are unknown, shape (n,).
    joined_s
        Second in which each became a learner, at most 0, or `NOT_YET`, shape (n,).
    """

    stages: tuple[str, ...]
    courses: tuple[str, ...]
    stage: NDArray[np.int32]
    course: NDArray[np.int32]
    joined_s: Ints

    def __len__(self) -> int:
        return len(self.joined_s)


def learners_of(demand: Demand, seed: int) -> Learners | None:
    """Return the learners of a world, None if the demand tells nothing of them.

    More learners change nothing of those that are there.
    """
    people = demand.population
    if people is None:
        return None
    names = np.zeros((demand.learners, 3), np.uint32)
    names[:, 0] = np.arange(demand.learners)
    stages, courses = tuple(sorted(people.stages)), tuple(sorted(people.courses))
    stage = _drawn([people.stages[name].share for name in stages], chance.uniforms(seed, STAGE, names))
    course = _drawn([people.courses[name] for name in courses], chance.uniforms(seed, COURSE, names))
    return Learners(stages, courses, stage, course, _joined_s(people, stages, stage, seed, names))


def _drawn(shares: list[float], u: Floats) -> NDArray[np.int32]:
    """Return the position of a share for each uniform number; -1 if there are none."""
    edges = np.cumsum(shares)[: max(np.flatnonzero(shares), default=-1)]
    return np.searchsorted(edges, u).astype(np.int32) if shares else np.full(len(u), -1, np.int32)


def _joined_s(
    people: Population, stages: tuple[str, ...], stage: NDArray[np.int32], seed: int, names: chance.Names
) -> Ints:
    joined = np.full(len(stage), NOT_YET, np.int64)
    for number, name in enumerate(stages):
        if (law := people.stages[name].tenure) is not None:
            rows = np.flatnonzero(stage == number)
            u = chance.uniforms(seed, TENURE, names[rows])
            tenure_ms = chance.quantiles(table_ms(law)[None, :], np.zeros(len(rows), np.int64), u)
            joined[rows] = -np.rint(tenure_ms / 1000).astype(np.int64)
    return joined


def whose(desk: Desk, seed: int, kind: Ints, names: chance.Names, learner: Ints) -> Ints:
    """Return the learner of each ticket: of kinds with weights by these, of others as it is.

    Parameters
    ----------
    desk, seed
        Of the world.
    kind, names, learner
        Of each ticket: position of its kind among the sorted kinds, its name, and one of all learners alike.

    Raises
    ------
    ValueError
        If no learner of this world has a weight above 0 for a kind.
    """
    kinds = enumerate(sorted(desk.demand.kinds.items()))
    weighed = [(number, name, each.learners) for number, (name, each) in kinds if each.learners is not None]
    people = learners_of(desk.demand, seed) if weighed else None
    if people is None:
        return learner
    made = learner.copy()
    for number, name, weights in weighed:
        sums = np.cumsum(_weights(people, weights))
        if not sums[-1] > 0:
            raise ValueError(
                f"demand.kinds.{name}.learners: none of the {len(people)} learners of this world has a weight above 0"
            )
        rows = np.flatnonzero(kind == number)
        made[rows] = np.searchsorted(sums, chance.uniforms(seed, LEARNER, names[rows]) * sums[-1])
    return made


def _weights(people: Learners, told: LearnerWeights) -> Floats:
    stage = np.array([told.stages.get(name, 1.0) for name in people.stages])
    course = np.array([*(told.courses.get(name, 1.0) for name in people.courses), 1.0])
    new = np.where(people.joined_s >= -86_400 * told.new_days, told.new, 1.0)
    new[people.joined_s == NOT_YET] = 1.0
    return np.asarray(stage[people.stage] * course[people.course] * new, np.float64)
