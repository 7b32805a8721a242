"""A world: all tickets of one seed, in the order of creation."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.desk import Demand, Desk
from sim.world.arrivals import arrivals, drawn
from sim.world.course import Floats, Ints, course_of
from sim.world.learners import whose
from sim.world.more import COPY, adds, with_more

BUSY = chance.code("busyness")


@dataclass(frozen=True, eq=False)
class World:
    """The tickets of one seed, in the order of creation.

    Attributes
    ----------
    seed
        Seed of every number, drawn already or computed when needed.
    kinds
        Names of the kinds, sorted; `kind` holds positions in it.
    priorities
        Names of the priorities, highest first; `priority` holds positions in it.
    until_s
        End of the arrivals in seconds.
    created_s
        Instant of creation, shape (n,), not falling.
    kind, priority, learner
        Shape (n,); learners are numbered from 0.
    name
        Name of each ticket as three 32-bit words, shape (n, 3): kind, day and strip, number.
    difficulty
        Latent difficulty in logits, shape (n,).
    patience_s
        Seconds that the learner waits for work to begin, -1 without limit, at least a grain of the clock, shape (n,).
    work_ms
        Work content at the first visit by stage, at speed 1, shape (n, stages).
    asks
        Whether the stage stops once for the requester, shape (n, stages).
    busyness
        Factor of each local day on all rates, shape (days,).
    demand
        What the world was sampled from, part by part: where it stands in a desk, and a digest of what stands there.
        Empty for a world made by hand, which fits any desk with its kinds, priorities and length.
    duplicate_of
        By ticket, the number of the one that it is a copy of, -1 for none; empty if no ticket is a copy.
    """

    seed: int
    kinds: tuple[str, ...]
    priorities: tuple[str, ...]
    until_s: int
    created_s: Ints
    kind: Ints
    priority: Ints
    learner: Ints
    name: chance.Names
    difficulty: Floats
    patience_s: Ints
    work_ms: Ints
    asks: NDArray[np.bool_]
    busyness: Floats
    demand: tuple[tuple[str, str], ...] = ()
    duplicate_of: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.created_s)


def sample(desk: Desk, seed: int) -> World:
    """Return the world of a seed: it depends on the demand part of the desk and the calendar, not on the staff.

    Parameters
    ----------
    desk
        The desk.
    seed
        0 to 2^64 - 1.

    Raises
    ------
    ValueError
        If the seed is out of range; if no learner has a weight for a kind; if a kind has more than 2 million tickets on
        a day, or two kinds' names have one code (see `sim.chance.code`); if a local day of the run is longer than 25
        hours.
    """
    course, key = course_of(desk), chance.key(seed)
    busyness = _busyness(desk.demand, seed, len(course.edges) - 1)
    created, kind, names = arrivals(course, key, course.factor * busyness, desk.clock_s)
    facts: dict[str, Any]
    if adds(desk):
        created, kind, names, root = with_more(desk, course, seed, created, kind, names)
        facts = drawn(desk, seed, kind, names)
        facts["learner"] = whose(desk, seed, kind, names, facts["learner"])[root]
        copies = names[:, 2] >= COPY
        if copies.any():
            facts["duplicate_of"] = np.where(copies, root, -1)
    else:
        order = _by_creation(created)
        created, kind, names = created[order], kind[order], names[order]
        facts = drawn(desk, seed, kind, names)
        facts["learner"] = whose(desk, seed, kind, names, facts["learner"])
    return World(
        seed=seed, kinds=course.kinds, priorities=desk.priorities, until_s=int(course.edges[-1]), created_s=created,
        kind=kind, name=names, busyness=busyness, demand=course.demand, **facts,
    )  # fmt: skip


def _by_creation(created_s: Ints) -> Ints:
    """Return the order of creation; tickets of one instant stay in the order given."""
    bits = max(len(created_s) - 1, 1).bit_length()
    keys = np.sort((created_s << bits) | np.arange(len(created_s)))
    return keys & ((1 << bits) - 1)


def _busyness(demand: Demand, seed: int, days: int) -> Floats:
    if demand.busyness_shape is None:
        return np.ones(days)
    names = np.zeros((days, 3), np.uint32)
    names[:, 0] = np.arange(days)
    shape = demand.busyness_shape
    u = np.minimum(chance.uniforms(seed, BUSY, names), 1 - 2.0**-53)
    return np.asarray(special.gammaincinv(shape, u) / shape, np.float64)
