"""Changes of priority in mid-life: whose, when and to what, drawn before the run."""

import numpy as np

from sim import chance
from sim.desk import Desk
from sim.laws import table_ms
from sim.world.course import Ints
from sim.world.world import World

CHANGES, CHANGES_AFTER = (chance.code(purpose) for purpose in ("priority_change", "priority_change.after"))


def changes_of(desk: Desk, world: World, first: int = 0) -> tuple[Ints, Ints]:
    """Return when the priority of each ticket is looked at again, and what it is from then on.

    Parameters
    ----------
    desk, world
        A desk, and a world of its kinds and priorities.
    first
        Number of the first ticket that may change; those before it were open when the run began.

    Returns
    -------
    tuple of ndarray, shape (n,)
        Seconds, at least a grain of the clock after the creation, -1 for never; positions among the priorities. Both
        are empty if no kind's priorities change.
    """
    changing = {
        number: change for number, name in enumerate(world.kinds)
        if (change := desk.demand.kinds[name].priority_change) is not None and change.share > 0
    }  # fmt: skip
    if not changing:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    at_s, to = np.full(len(world), -1, np.int64), np.full(len(world), -1, np.int64)
    for number, change in changing.items():
        rows = first + np.flatnonzero(world.kind[first:] == number)
        changes, which = chance.pairs(world.seed, CHANGES, world.name[rows]).T
        rows, which = rows[changes <= change.share], which[changes <= change.share]
        u = chance.uniforms(world.seed, CHANGES_AFTER, world.name[rows])
        delay_ms = np.rint(chance.quantiles(table_ms(change.after)[None, :], np.zeros(len(rows), np.int64), u))
        grains = np.ceil(delay_ms / (1000 * desk.clock_s)).astype(np.int64)
        at_s[rows] = world.created_s[rows] + np.maximum(grains, 1) * desk.clock_s
        shares = [change.to.get(name, 0.0) for name in desk.priorities]
        last = max(rank for rank, share in enumerate(shares) if share > 0)
        to[rows] = np.minimum(np.searchsorted(np.cumsum(shares), which), last)
    return at_s, to
