"""Tickets for which the knowledge base has a solution: whose, drawn before the run, and what work that takes off."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.desk import Desk
from sim.world.world import World

SOLUTION = chance.code("solution")
_PPM = 1_000_000


def known_solutions(desk: Desk, world: World, first: int = 0) -> NDArray[np.bool_]:
    """Return for which tickets the knowledge base has a solution, shape (n,); empty if it has none for any kind.

    Parameters
    ----------
    desk, world
        A desk, and a world of its kinds.
    first
        Number of the first ticket that may have one; those before it were open when the run began.
    """
    share = np.array([0.0 if (found := desk.demand.kinds[k].solutions) is None else found.share for k in world.kinds])
    if not share.any():
        return np.zeros(0, np.bool_)
    known = chance.uniforms(world.seed, SOLUTION, world.name) <= share[world.kind]
    known[:first] = False
    return known


def with_solutions(desk: Desk, world: World, first: int = 0) -> World:
    """Return the world with the work that solutions leave of the last stages; the very same if there are none.

    Parameters
    ----------
    desk, world, first
        As in `known_solutions`.
    """
    known = np.flatnonzero(known_solutions(desk, world, first))
    if not len(known):
        return world
    own = [desk.demand.kinds[name] for name in world.kinds]
    last = np.array([len(kind.route) - 1 for kind in own])[world.kind[known]]
    left = np.array([_PPM if kind.solutions is None else round(kind.solutions.work * _PPM) for kind in own], np.int64)
    work_ms = world.work_ms.copy()
    work_ms[known, last] = work_ms[known, last] * left[world.kind[known]] // _PPM
    return replace(world, work_ms=work_ms)
