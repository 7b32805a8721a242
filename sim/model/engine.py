"""The model's face: a run from its begin to its log."""

from __future__ import annotations

from array import array

import numpy as np

from sim import rules, steer
from sim.desk import Desk, Policy
from sim.layout import groups_of, lay_out
from sim.log import Log
from sim.model.events import ACTS, opens_with
from sim.model.settle import reserves, settle
from sim.model.state import CREATED, ON, STEER, State
from sim.model.work import counts_idle
from sim.opening import Opening
from sim.record import MOMENT, SEGMENT, TOUCH, Rows, assemble
from sim.steer import refuse_reaction
from sim.truth import Truth
from sim.world import World


def use(state: State, policy: Policy) -> None:
    """Decide by these weights from now on."""
    t, p = policy.ticket, policy.person
    state.ticket_weights = (t.priority, t.age_s, t.slack_s, t.kind, t.warned, t.main, t.returns)
    state.person_weights = (p.idle_s, p.speed, p.permissions, p.main, p.open_tickets, p.returns)
    state.more_ticket_weights = (t.cmu, t.ease, t.work_s, t.mix)
    state.more_person_weights = (p.turn_s, p.lot, p.busy_s, p.mix)
    state.more_of_tickets, state.more_of_people = any(state.more_ticket_weights), any(state.more_person_weights)
    state.pairs_matter = policy.by_pair()
    state.main_only_s = int(rules.delay_s(60_000 * policy.main_only_min, state.layout.clock_s))
    layout = state.layout
    state.picky = state.main_only_s > 0 or layout.dispatch_row >= 0 or any(layout.crew.barred) or layout.chatting
    state.picky |= state.capped or layout.parallel
    state.group = groups_of(state.layout, policy)
    groups = max(state.group, default=-1) + 1
    state.idle = [[] for _ in range(groups)]
    state.idle_count, state.all_idle = [0] * groups, 0
    state.free = [0] * len(state.layout.crew.skills)
    state.groups_with = [
        sorted({group for person, group in enumerate(state.group) if skill in state.may[person]})
        for skill in range(len(state.free))
    ]
    state.skills_of = [
        [skill for skill, with_it in enumerate(state.groups_with) if g in with_it] for g in range(groups)
    ]
    for person, listed in enumerate(state.listed):
        if listed:
            counts_idle(state, person)


def _first_events(state: State) -> None:
    first = state.layout.opening
    if first < len(state.layout.world):
        state.at(state.created_s[first], CREATED, first)
    for person, spans in enumerate(state.layout.crew.on_s):
        if spans:
            state.at(spans[0], ON, person)
    if state.steerer is not None:
        state.at(state.every_s, STEER, 1)


def steers(state: State, epoch: int) -> None:
    """An epoch: show the desk, take orders, and settle again if there are any."""
    if state.unsettled:
        settle(state)
    state.at(state.now + state.every_s, STEER, epoch + 1)
    assert state.steerer is not None
    orders = state.steerer(state.view(), epoch)
    if orders is None:
        return
    if orders.policy is not None:
        use(state, orders.policy)
    for ticket, person in orders.reserve:
        reserves(state, ticket, person)
    if orders.conduct:
        lean(state, orders.conduct)
    settle(state)


def lean(state: State, conduct: tuple[tuple[int, str, float], ...]) -> None:
    """Let people lean to their conducts in another way from the instant on that the run has reached.

    Parameters
    ----------
    state
        The run; it is changed.
    conduct
        See `sim.steer.Orders.conduct`.

    Raises
    ------
    ValueError
        As `sim.steer.leaned`.
    """
    rows = steer.leaned(state.leanings[-1][1], state.layout.tempted, conduct)
    state.conduct = rows.tolist()
    state.leanings.append((max(state.now, state.reached_s), rows))


def begin(desk: Desk, world: World, opening: Opening | None = None, steer: steer.Steer | None = None) -> State:
    """Return a run at second 0, in which nothing has happened and nothing waits but the tickets open by then.

    Parameters
    ----------
    desk, world
        The world must belong to the desk's demand; neither is changed.
    opening
        Tickets that are open when the run begins, none by default; see `sim.opening`.
    steer
        Called every `desk.routing.steer_every_min` minutes, first when as many have passed, after the settle step of
        that second; see `sim.steer`.

    Raises
    ------
    ValueError
        If the world belongs to another demand, an open ticket is of a kind or priority that the desk does not have,
        or there is somebody to steer but the desk has no epochs.
    """
    if steer is not None and desk.routing.steer_every_min is None:
        raise ValueError("routing.steer_every_min is missing: without epochs nobody would be asked to steer")
    state = State(lay_out(desk, world, opening), steer, (*ACTS, steers))
    use(state, desk.routing.weights())
    _first_events(state)
    for ticket in range(state.layout.opening):
        opens_with(state, ticket)
    return state


def advance(state: State, until_s: int) -> None:
    """Let everything happen that lies before `until_s`, and be settled; any number of steps lead where one step leads.

    Parameters
    ----------
    state
        The run; it is changed.
    until_s
        Second to reach, counted from the run's begin. The desk's end is not passed, and an instant that the run has
        passed changes nothing.

    Raises
    ------
    ValueError
        If orders cannot be carried out (see `sim.steer.Orders`), or a ticket is reopened 4,096 times.
    """
    env, until = state.env, min(until_s, state.layout.until_s)
    while True:
        at_s = env.peek()
        if state.unsettled and at_s > state.now:
            settle(state)
        elif at_s < until:
            state.now = int(at_s)
            env.step()
        else:
            break
    state.reached_s = max(state.reached_s, until)


def log(state: State) -> tuple[Log, Truth]:
    """Return what the desk wrote down before the instant that the run has reached, and the truth behind it.

    The state is left as it is: it can be advanced and asked again. Work that still goes on is a touch without an end.
    """
    touches, segments, now = array("q", state.touches), array("q", state.segments), state.reached_s
    for person, ticket in ((person, t) for person, held in enumerate(state.in_hand) for t in held):
        worked = state.worked_s[ticket]
        if not state.suspended[person]:
            segments.extend((person, state.segment_s[ticket], now) if worked else ())
            worked += now - state.segment_s[ticket]
        touches.extend(
            (ticket, state.stage[ticket], state.visit[ticket], person, state.ready_s[ticket],
             state.assigned_s[ticket], state.accepted_s[ticket], state.started_s[ticket], -1, worked, -1)
        )  # fmt: skip
    rows = (_rows(state.moments, MOMENT), _rows(touches, TOUCH), _rows(segments, SEGMENT))
    return assemble(
        state.layout, now, *rows, np.array(state.solved[: len(state.layout.world)], np.int64), tuple(state.leanings)
    )


def _rows(flat: array[int], columns: tuple[str, ...]) -> Rows:
    """Return a copy of what was written down, one number after another, as rows of columns.

    In 32 bits, which hold every second of the longest run, as the twin hands them to `sim.record`: the passes there are
    compiled for one form.
    """
    return np.array(flat, np.int32).reshape(-1, len(columns))


def run(
    desk: Desk, world: World, opening: Opening | None = None, steer: steer.Steer | None = None
) -> tuple[Log, Truth]:
    """Return log and truth of a whole run: `begin`, `advance` to the end, `log`.

    Parameters
    ----------
    desk, world, opening, steer
        As in `begin`. The same arguments give the same log, byte for byte.

    Raises
    ------
    ValueError
        As in `begin` and `advance`; if people react to points, see `sim.steer.refuse_reaction`.
    """
    refuse_reaction(desk)
    state = begin(desk, world, opening, steer)
    advance(state, state.layout.until_s)
    return log(state)
