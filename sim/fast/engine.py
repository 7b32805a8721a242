"""The twin's face: `begin`, `advance`, `log` and `run`, as `sim.model` has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim import steer
from sim.chance import VISITS
from sim.desk import Desk
from sim.fast.build import machine, use
from sim.fast.events import FAULT, FULL, MORE, go_on, open_with
from sim.fast.forms import APART, ASKING, GROWING, HANDED, IDLE, IN_OWN, IN_WORK, PENDING, REFERRED
from sim.fast.memory import Ints, Records
from sim.fast.settle import reserve, settle_at
from sim.layout import NEVER, Layout, lay_out
from sim.log import Log
from sim.opening import Opening
from sim.record import Rows, assemble
from sim.steer import leaned, refuse_reaction
from sim.truth import Truth
from sim.world import World

_BUDGET = 1_000_000
"""Events from one look at what else the process has to do, such as Ctrl-C, to the next."""

_WHERE = {
    IN_OWN: steer.HELD, PENDING: steer.PENDING, IN_WORK: steer.WORKED, HANDED: steer.AWAY, ASKING: steer.AWAY,
    REFERRED: steer.AWAY, APART: steer.APART,
}  # fmt: skip


class State:
    """A run in progress: made by `begin`, moved by `advance`, read by `view` and `log`."""

    def __init__(self, layout: Layout, steerer: steer.Steer | None) -> None:
        self.layout, self.steerer = layout, steerer
        self.leanings = [(0, layout.crew.conduct)]
        self.machine = machine(layout)
        use(self.machine, layout, layout.desk.routing.weights())
        open_with(self.machine.desk, layout.opening_returns, layout.opening_referred, layout.opening_leaves_s)
        self.now_s, self.reached_s, self.epochs = 0, 0, 0
        every_min = layout.desk.routing.steer_every_min
        self.every_s = NEVER if steerer is None or every_min is None else every_min * 60

    def go_on(self, until_s: int) -> None:
        """Let everything happen before an instant; arrays that are full grow."""
        while (why := go_on(self.machine.desk, until_s, _BUDGET)) in (MORE, FULL):
            if why == FULL:
                self._grow()
        self.now_s = int(self.machine.desk[0].now_s)
        if why == FAULT:
            kind = self.layout.world.kinds[self.layout.world.kind[self.machine.desk[0].fault]]
            raise ValueError(
                f"demand.kinds.{kind}: a ticket was reopened {VISITS} times, which is beyond this model; raise "
                "outcome.solved_logit or outcome.reopen_after"
            )

    def _grow(self) -> None:
        """Make room for a settle step, and more, in all that grows."""
        m, desk = self.machine, self.machine.desk[0]
        settles = int(desk.waiting + desk.next_ticket - desk.fresh)
        more = len(m.people) * int(desk.hands) ** 2 + len(m.tickets) // 8 + settles + 64
        for name, count in GROWING.items():
            if desk[count] + 2 * more > desk[f"n_{name}"]:
                m.grow(name, 2 * more)

    def steers(self, at_s: int) -> None:
        """An epoch: show the desk, take orders, and settle again if there are any."""
        assert self.steerer is not None
        self.now_s = at_s
        self.epochs += 1
        orders = self.steerer(self.view(), self.epochs)
        if orders is None:
            return
        if orders.policy is not None:
            use(self.machine, self.layout, orders.policy)
        for ticket, person in orders.reserve:
            self._reserves(ticket, person)
        if orders.conduct:
            lean(self, orders.conduct)
        self._grow()
        settle_at(self.machine.desk, at_s)

    def _reserves(self, ticket: int, person: int) -> None:
        m, layout = self.machine, self.layout
        if not (0 <= ticket < len(self.layout.world) and 0 <= person < len(m.people)):
            raise ValueError(f"orders: there is no ticket {ticket} or no person {person}")
        t, p = m.tickets[ticket], m.people[person]
        barred = t.kind in layout.crew.barred[person]
        if t.place < 0 or layout.routes[t.kind][t.stage].skill not in layout.crew.takes[person] or barred:
            raise ValueError(f"orders: ticket {ticket} is not in the pool, or person {person} may not do it")
        if not p.on_duty and p.next_span == p.last_span:
            raise ValueError(f"orders: person {person} is never on duty again, so ticket {ticket} would wait for ever")
        reserve(m.desk, ticket, person, self.now_s)

    def view(self) -> steer.View:
        """Return open tickets and people as of the last settle, at the instant that the run has reached."""
        people, place = self.machine.people, self.machine.tickets["place"][: len(self.layout.world)]
        tickets = np.flatnonzero((place >= 0) | np.isin(place, list(_WHERE)))
        t = self.machine.tickets[tickets]
        where = np.full(len(t), steer.QUEUED, np.int64)
        for what, shown in _WHERE.items():
            where[t["place"] == what] = shown
        idle = people["status"] == IDLE
        since_s = people["since_s"].astype(np.int64)
        picked = {name: t[name].astype(np.int64) for name in ("kind", "priority", "stage", "created_s", "ready_s")}
        return steer.View(
            now_s=max(self.now_s, self.reached_s), ticket=tickets, **picked, where=where,
            person=t["holder"].astype(np.int64),
            due_s=np.where(t["replied"] > 0, t["due_resolution_s"], t["due_first_s"]),
            replied=t["replied"] > 0, on_duty=people["on_duty"] > 0,
            idle_since_s=np.where(idle, np.maximum(since_s, 0), -1),
            holds=people["holds"].astype(np.int64), given=people["given"].astype(np.int64),
            given_ease=people["given_ease"].astype(np.int64),
        )  # fmt: skip


def begin(desk: Desk, world: World, opening: Opening | None = None, steer: steer.Steer | None = None) -> State:
    """Return a run at second 0; as `sim.model.begin`, which see."""
    if steer is not None and desk.routing.steer_every_min is None:
        raise ValueError("routing.steer_every_min is missing: without epochs nobody would be asked to steer")
    return State(lay_out(desk, world, opening), steer)


def lean(state: State, conduct: tuple[tuple[int, str, float], ...]) -> None:
    """Let people lean to their conducts in another way from the instant on that the run has reached.

    As `sim.model.lean`, which see.
    """
    rows = leaned(state.leanings[-1][1], state.layout.tempted, conduct)
    state.machine.put("leanings", rows.copy())
    state.leanings.append((max(state.now_s, state.reached_s), rows))


def advance(state: State, until_s: int) -> None:
    """Let everything happen that lies before `until_s`, and be settled; as `sim.model.advance`, which see.

    The global lock of the interpreter is released: several runs go on at once in threads of one process.
    """
    until = min(until_s, state.layout.until_s)
    while (epoch_s := (state.epochs + 1) * state.every_s) < until:
        state.go_on(epoch_s + 1)
        state.steers(epoch_s)
    state.go_on(until)
    state.reached_s = max(state.reached_s, until)


def log(state: State) -> tuple[Log, Truth]:
    """Return what the desk wrote down before the instant that the run has reached, and the truth behind it.

    As `sim.model.log`, which see.
    """
    m, desk, now_s = state.machine, state.machine.desk[0], state.reached_s
    touches, segments = _rows(m.touches[: desk.touched]), _rows(m.segments[: desk.split])
    slots = m.slots.reshape(len(m.people), -1)
    at_work, slot = np.nonzero(np.arange(slots.shape[1]) < m.people["in_hand"][:, None])
    s = slots[at_work, slot]
    t, goes_on = m.tickets[s["ticket"]], m.people["suspended"][at_work] == 0
    worked_s = s["worked_s"] + np.where(goes_on, now_s - s["segment_s"], 0)
    still = (
        s["ticket"], t["stage"], t["visit"], at_work, t["ready_s"], t["assigned_s"], t["accepted_s"], s["started_s"],
        -1, worked_s, -1,
    )  # fmt: skip
    split = goes_on & (s["worked_s"] > 0)
    parts = at_work[split], s["segment_s"][split], now_s
    return assemble(
        state.layout, now_s, _rows(m.moments[: desk.told]), _with(touches, still),
        _with(segments, parts), m.tickets["solved"][: len(state.layout.world)].copy(),
        tuple(state.leanings),
    )  # fmt: skip


def _with(rows: Rows, more: Sequence[Ints | int]) -> Rows:
    """Return rows and those that go on, of which the columns are given."""
    added = _columns(more)
    return np.concatenate([rows, added]) if len(added) else rows


def _columns(values: Sequence[Ints | int]) -> Rows:
    """Return rows of whole numbers from their columns."""
    return np.stack(np.broadcast_arrays(*values), axis=1).astype(np.int32)


def _rows(array: Records) -> Rows:
    """Return records of whole numbers as rows, in the same memory: a row that is written down is never changed."""
    return np.asarray(array).view(np.int32).reshape(len(array), len(array.dtype.names or ()))


def run(
    desk: Desk, world: World, opening: Opening | None = None, steer: steer.Steer | None = None
) -> tuple[Log, Truth]:
    """Return log and truth of a whole run: `begin`, `advance` to the end, `log`; equal to `sim.model.run`."""
    refuse_reaction(desk)
    state = begin(desk, world, opening, steer)
    advance(state, state.layout.until_s)
    return log(state)
