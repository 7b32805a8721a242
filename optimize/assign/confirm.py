"""Whether a plan for open tickets holds in worlds that nobody has seen, beside going by slack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.assign.opened import OpenPlan
from sim import fast
from sim.crew import crew_of
from sim.desk import Desk, Planning
from sim.experiment.intervals import interval
from sim.log import Log
from sim.opening import Opening
from sim.steer import QUEUED, Orders, View
from sim.world import sample

CONFIRM_FROM = 1_000_000
"""Number of the first world that may confirm a plan."""

EVERY_MIN = 30
"""Minutes between two looks at whose next ticket of the plan is to be handed out."""

DAY_S = 86_400


@dataclass(frozen=True)
class Figure:
    """A share over worlds with its t interval; `met` says whether it keeps its bound, None if it has none."""

    mean: float | None
    low: float | None
    high: float | None
    met: bool | None
    n: int


@dataclass
class Follow:
    """A steerer that hands out a plan: each person's next ticket as soon as they hold one at most.

    Attributes
    ----------
    orders
        By person, ticket and stage in the order of the plan.
    comes
        By person, whether they come within a day of the begin: who does not is known to be absent, and is given nothing
        beforehand.
    """

    orders: tuple[tuple[tuple[int, int], ...], ...]
    comes: tuple[bool, ...]
    _next: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._next = [0] * len(self.orders)

    def __call__(self, view: View, epoch: int) -> Orders | None:
        """Return the orders of an epoch."""
        waits = {
            (int(t), int(s)) for t, s, w in zip(view.ticket, view.stage, view.where, strict=True) if w == QUEUED
        }  # fmt: skip
        reserve = []
        for person, own in enumerate(self.orders):
            ready = view.on_duty[person] or (epoch == 1 and self.comes[person])
            if not ready or view.holds[person] > 1:
                continue
            while self._next[person] < len(own):
                following = own[self._next[person]]
                self._next[person] += 1
                if following in waits:
                    reserve.append((following[0], person))
                    break
        return Orders(reserve=tuple(reserve)) if reserve else None


def late_share(log: Log, opening: Opening, assumed_due_s: int) -> float | None:
    """Return the share of the open tickets that are late: what was due next when the run began was not there in time.

    That is the first reply of a ticket without one, else the resolution; of what is promised nothing, the resolution
    within the assumed time of its readiness. Dues after the end of the log are left out; None if there are no others.
    """
    n = len(opening)
    tickets = log.tickets.sort("ticket").head(n)
    columns = ("due_response_s", "due_resolution_s", "first_reply_s", "first_resolved_s")
    response, resolution, reply, resolved = (
        tickets[name].cast(float).to_numpy().astype(np.float64) for name in columns
    )  # fmt: skip
    answers = (opening.replied_s >= 0) & np.isfinite(response)
    assumed = (opening.ready_s + assumed_due_s).astype(np.float64)
    due = np.where(answers, response, np.where(np.isfinite(resolution), resolution, assumed))
    done = np.where(answers, reply, resolved)
    late = ~(done <= due)
    known = due <= log.until_s
    return float(late[known].mean()) if known.any() else None


def confirmed(
    desk: Desk, opening: Opening, plan: OpenPlan, worlds: int, level: float, tell: Callable[[], None] = lambda: None
) -> dict[str, Figure]:
    """Return the share of the open tickets that are late under the plan, under `sla_slack`, and the difference.

    Parameters
    ----------
    desk, opening, plan
        What was planned; everybody goes by slack where the plan has nothing for them.
    worlds
        Number of worlds, from `CONFIRM_FROM` on; both ways run in the same ones.
    level
        Level of the intervals.
    tell
        Called after each world.

    Returns
    -------
    dict of str to Figure
        `late_share`, `late_share_sla_slack`, and `late_share_difference` = plan less slack, which is met if its whole
        interval is at most 0. Empty if nothing falls due within the run.
    """
    slack = _by(desk, steer_every_min=None)
    steered = _by(desk, steer_every_min=EVERY_MIN)
    assumed_s = round(3600 * (desk.routing.plan or Planning()).assumed_due_h)
    pairs: list[tuple[float, float]] = []
    for seed in range(CONFIRM_FROM, CONFIRM_FROM + worlds):
        crew = crew_of(steered, seed)
        comes = tuple(any(on < DAY_S for on in own) for own in crew.on_s)
        logs = (
            fast.run(steered, sample(steered, seed), opening, Follow(plan.orders, comes))[0],
            fast.run(slack, sample(slack, seed), opening)[0],
        )
        shares = [late_share(log, opening, assumed_s) for log in logs]
        if shares[0] is not None and shares[1] is not None:
            pairs.append((shares[0], shares[1]))
        tell()
    return _figures(np.array(pairs, np.float64).reshape(-1, 2), level)


def _by(desk: Desk, steer_every_min: int | None) -> Desk:
    routing = desk.routing.changed(policy="sla_slack", custom=None, plan=None, steer_every_min=steer_every_min)
    changed = desk.changed(routing=routing)
    assert isinstance(changed, Desk)
    return changed


def _figures(pairs: NDArray[Any], level: float) -> dict[str, Figure]:
    if not len(pairs):
        return {}
    columns: Sequence[tuple[str, NDArray[Any]]] = (
        ("late_share", pairs[:, 0]), ("late_share_sla_slack", pairs[:, 1]),
        ("late_share_difference", pairs[:, 0] - pairs[:, 1]),
    )  # fmt: skip
    made = {name: interval(values, level) for name, values in columns}
    high = made["late_share_difference"][2]
    met = {"late_share_difference": high is not None and high <= 0}
    return {name: Figure(*found, met.get(name), len(pairs)) for name, found in made.items()}
