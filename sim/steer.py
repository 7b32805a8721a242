"""What an engine shows at an epoch, and what it takes back: the same for every engine."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.desk import Policy

Ints = NDArray[np.int64]

QUEUED, HELD, PENDING, WORKED, AWAY = 0, 1, 2, 3, 4
"""Where an open ticket is: in the pool, in a person's list, assigned but not accepted, in work, or waiting for an
answer or a hand-off."""


@dataclass(frozen=True, eq=False)
class View:
    """Open tickets and people as of the last settle. It never holds truth: no difficulty, no work left.

    Attributes
    ----------
    now_s
        The instant.
    ticket, kind, priority, stage, created_s, ready_s, where, person, due_s
        One entry per open ticket, by number: position of the kind and rank of the priority, stage from 0,
        where it is (`QUEUED` ... `AWAY`), who holds it (-1 nobody), next due instant (2^62 without).
    on_duty, idle_since_s, holds
        One entry per person: whether on duty; since when idle, -1 if not; tickets held.
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
    on_duty: NDArray[np.bool_]
    idle_since_s: Ints
    holds: Ints


@dataclass(frozen=True)
class Orders:
    """What a steerer wants from now on.

    Attributes
    ----------
    policy
        Weights that replace the present ones; None keeps them.
    reserve
        Pairs of ticket and person: a ticket of the pool goes to that person's own list. A ticket that is not
        in the pool, or a person without permission, is an error.
    """

    policy: Policy | None = None
    reserve: tuple[tuple[int, int], ...] = ()


Steer = Callable[[View, int], Orders | None]
"""Called with the view and the number of the epoch, from 1. It must be deterministic."""
