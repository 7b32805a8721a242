"""Changes of priority and of agreement in mid-life: whose, when and to what, drawn before the run."""

from collections.abc import Sequence

import numpy as np

from sim import chance
from sim.desk import AgreementChange, Desk, PriorityChange
from sim.laws import table_ms
from sim.world.course import Ints
from sim.world.world import World

CHANGES, CHANGES_AFTER, COMES_UNDER, COMES_UNDER_AFTER = (
    chance.code(purpose)
    for purpose in ("priority_change", "priority_change.after", "agreement_change", "agreement_change.after")
)


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
    each = [desk.demand.kinds[name].priority_change for name in world.kinds]
    return _drawn(desk, world, first, each, desk.priorities, (CHANGES, CHANGES_AFTER))


def agreements_of(desk: Desk, world: World, first: int = 0) -> tuple[Ints, Ints]:
    """Return when each ticket comes under another agreement, and which: its number as in `sim.sla.standings`.

    Parameters and results are those of `changes_of`.
    """
    each = [desk.demand.kinds[name].agreement_change for name in world.kinds]
    names = sorted(desk.sla.agreements) if desk.sla is not None else []
    at_s, to = _drawn(desk, world, first, each, tuple(names), (COMES_UNDER, COMES_UNDER_AFTER))
    return at_s, np.where(to < 0, -1, to + 1)


def _drawn(
    desk: Desk, world: World, first: int, each: Sequence[PriorityChange | AgreementChange | None],
    names: tuple[str, ...], purposes: tuple[int, int],
) -> tuple[Ints, Ints]:  # fmt: skip
    """Return by ticket when it changes, and to which of the names, by what is stated of its kind."""
    changing = {number: change for number, change in enumerate(each) if change is not None and change.share > 0}
    if not changing:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    at_s, to = np.full(len(world), -1, np.int64), np.full(len(world), -1, np.int64)
    for number, change in changing.items():
        rows = first + np.flatnonzero(world.kind[first:] == number)
        changes, which = chance.pairs(world.seed, purposes[0], world.name[rows]).T
        rows, which = rows[changes <= change.share], which[changes <= change.share]
        u = chance.uniforms(world.seed, purposes[1], world.name[rows])
        delay_ms = np.rint(chance.quantiles(table_ms(change.after)[None, :], np.zeros(len(rows), np.int64), u))
        grains = np.ceil(delay_ms / (1000 * desk.clock_s)).astype(np.int64)
        at_s[rows] = world.created_s[rows] + np.maximum(grains, 1) * desk.clock_s
        shares = [change.to.get(name, 0.0) for name in names]
        last = max(rank for rank, share in enumerate(shares) if share > 0)
        to[rows] = np.minimum(np.searchsorted(np.cumsum(shares), which), last)
    return at_s, to
