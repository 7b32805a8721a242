"""What an engine shows at an epoch, and what it takes back: the same for every engine."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.desk import CONDUCTS, Desk, Policy

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

QUEUED, HELD, PENDING, WORKED, AWAY, APART = range(6)
"""Where an open ticket is: in the pool, in a person's list, assigned but not accepted, in work, waiting for an answer
or a hand-off, or apart: its stage has branches, and at least one of them waits for nobody outside."""


@dataclass(frozen=True, eq=False)
class View:
    """Open tickets and people as of the last settle. It never holds truth: no difficulty, no work left.

    Attributes
    ----------
    now_s
        The instant that the run has reached: at an epoch the epoch's own second, all of which has happened; after
        `advance` the instant it was let run to, before which all has happened.
    ticket
        Numbers of the open tickets in the world's order, rising, shape (open,); a ticket that rests after a
        resolution is not open.
    kind, priority, stage
        By open ticket: position in the world's kinds and in its priorities (0 is the highest), stage from 0.
    created_s, ready_s
        By open ticket: when it was created; when it became ready for its present stage, or came back to it; who hands
        it back does not change that.
    where, person
        By open ticket: where it is, `QUEUED` ... `APART`; number of the person who holds it, -1 for nobody.
    due_s
        By open ticket: the next due instant, of response or resolution before the first reply, of the resolution
        after it; 2^62 for none.
    replied
        By open ticket: whether somebody has replied to it.
    on_duty
        By person, in the order of the crew, shape (people,): whether on duty.
    idle_since_s
        By person: since when idle, -1 if not; in inbox mode of an idle person the last assignment, 0 before any.
    holds
        By person: number of tickets held, the one in work included.
    given, given_ease
        By person: tickets that the routing, or an order, gave them so far, and the sum of the ease of their kinds in
        thousandths; 0 in a run that nobody steers and whose policy does not look at it.
    """

    now_s: int
    ticket: Ints
    kind: Ints
    priority: Ints
    stage: Ints
    created_s: Ints
    ready_s: Ints
    where: Ints
    person: Ints
    due_s: Ints
    replied: NDArray[np.bool_]
    on_duty: NDArray[np.bool_]
    idle_since_s: Ints
    holds: Ints
    given: Ints
    given_ease: Ints


@dataclass(frozen=True)
class Orders:
    """What a steerer wants from now on.

    Attributes
    ----------
    policy
        Weights that replace the present ones until others do; None keeps them.
    reserve
        Pairs of ticket and person, by number, carried out in this order: the ticket goes from the pool to the
        person's own list, busy or off duty, and is worked on before anything of the pool. It goes back to the pool
        when the person goes off duty for longer than `orphan_h`.
    conduct
        Triples of person, by number, conduct, and its intensity from this second on.

    Notes
    -----
    The engine raises a ValueError for a ticket that is not in the pool (so also if it is reserved twice), for a person
    who may not do it, and for one who is never on duty again, which nobody is who is on duty in the view; and for
    conduct as `leaned` says.
    """

    policy: Policy | None = None
    reserve: tuple[tuple[int, int], ...] = ()
    conduct: tuple[tuple[int, str, float], ...] = ()


def leaned(intensities: Floats, tempted: bool, orders: tuple[tuple[int, str, float], ...]) -> Floats:
    """Return intensities of conduct as they are after some orders.

    Parameters
    ----------
    intensities
        By person and conduct, shape (people, conducts); they stay as they are.
    tempted
        Whether conduct is stated of anybody at the desk, be it 0.
    orders
        See `Orders.conduct`.

    Raises
    ------
    ValueError
        If there is no such person or conduct, an intensity lies outside 0 ... 1, or no conduct is stated at the desk,
        which is then run without looking for any.
    """
    if not tempted:
        raise ValueError("orders: no conduct is stated of anybody at this desk; state one, be its intensity 0")
    made = intensities.copy()
    for person, name, intensity in orders:
        if name not in CONDUCTS:
            raise ValueError(f"orders: unknown conduct {name!r}; known: {', '.join(CONDUCTS)}")
        if not 0 <= person < len(made) or not 0 <= intensity <= 1:
            raise ValueError(f"orders: there is no person {person}, or {name} = {intensity} lies outside 0 ... 1")
        made[person, CONDUCTS.index(name)] = intensity
    return made


Steer = Callable[[View, int], Orders | None]
"""Called with the view and the number of the epoch, from 1; what it returns holds at once. It must be deterministic:
its answer may depend on the views that it was shown, not on a clock or on chance of its own."""


def refuse_reaction(desk: Desk) -> None:
    """Refuse a run in one go of a desk whose people react to points: nobody would tell them their points.

    Raises
    ------
    ValueError
        If the desk states a reaction.
    """
    if desk.reaction is not None:
        raise ValueError(
            f"reaction: people react to their points by the rubric {desk.reaction.rubric!r}, which an engine does not "
            "know; run the desk by sim.experiment.Reacting, or without its reaction"
        )
