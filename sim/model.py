"""The model: a desk in SimPy, written to be read. It is the definition that every other engine must equal.

All that happens in a second happens first, in the order (kind of event, ticket, person); then the desk decides
once, in a settle step. The order is SimPy's event priority, so no tie is left to the order of scheduling.

The module is long because it is one machine: what happens to tickets, what happens to people and what the desk decides
read and write the same state, and whoever checks a rule or writes a second engine wants to read it once from top to
bottom. What does not depend on the run's state lives elsewhere: the numbers that it starts from in `sim.layout`, the
decisions in `sim.rules`, the log in `sim.record`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, cast

import numpy as np
import simpy
from simpy.events import EventPriority

from sim import rules, steer
from sim.chance import VISITS, quantile, uniform, uniforms
from sim.desk import Desk, Policy
from sim.layout import NEVER, PICKUP, REOPEN, SOLVED, Layout, Step, groups_of, lay_out
from sim.log import Log
from sim.opening import Opening
from sim.record import (
    BLOCKED,
    DONE,
    ENDED_LEFT,
    HANDED_ON,
    LEFT,
    MOMENT,
    PARKED,
    REOPENED,
    REPLY,
    RESOLVED,
    SEGMENT,
    TOUCH,
    TRANSFERRED,
    WAIT_BEGINS,
    WAIT_ENDS,
    WARNED,
    assemble,
)  # fmt: skip
from sim.sla import cycles
from sim.truth import Truth
from sim.world import World

FINISH, LEAVE, CREATED, READY, ANSWERED, REOPENS, ACCEPTED, WARNS, OFF, ON, STEER = range(11)
"""Kinds of events in the order in which they happen within a second; the settle step comes before STEER."""

NOWHERE, IN_OWN, PENDING, IN_WORK, HANDED, ASKING, RESTING, GONE = -1, -2, -3, -4, -5, -6, -7, -8
"""Places of a ticket; a place of 0 or more is the number of a queue."""

OFF_DUTY, IDLE, BUSY = 0, 1, 2


class At(simpy.Event):
    """An event that is bound to happen, with what it does then and to whom."""

    def __init__(self, env: simpy.Environment, act: Callable[[Any], None], value: Any):
        self.env = env
        self.callbacks = [act]
        self._ok = True
        self._value = value


class State:
    """A run in progress: made by `begin`, moved by `advance`, read by `view` and `log`."""

    def __init__(self, layout: Layout, steerer: steer.Steer | None) -> None:
        desk, world, crew = layout.desk, layout.world, layout.crew
        n, people = len(world), len(crew)
        self.layout, self.steerer = layout, steerer
        self.env = simpy.Environment()
        self.inbox = desk.routing.mode == "inbox"
        self.carries_over = desk.routing.at_shift_end == "carry_over"
        self.epochs, self.now, self.reached_s = 0, 0, 0
        # Tickets. Lists of Python integers are quicker to read one by one than arrays.
        self.kind, self.priority = world.kind.tolist(), world.priority.tolist()
        self.created_s, self.patience_s = world.created_s.tolist(), world.patience_s.tolist()
        self.work_ms, self.asks = world.work_ms.tolist(), world.asks.tolist()
        self.name = list(zip(*world.name.T.tolist(), strict=True)) if n else []
        self.difficulty = world.difficulty.tolist()
        self.due_response_s, self.due_resolution_s = layout.due_response_s.tolist(), layout.due_resolution_s.tolist()
        self.due_first_s = np.minimum(layout.due_response_s, layout.due_resolution_s).tolist()
        self.solves_u = uniforms(world.seed, SOLVED, world.name).tolist()
        self.stage, self.visit = [0] * n, [0] * n
        self.left_ms, self.rest_ms = [-1] * n, [-1] * n
        self.ready_s, self.assigned_s, self.accepted_s = list(self.created_s), [-1] * n, [-1] * n
        self.place, self.holder, self.owner = [NOWHERE] * n, [-1] * n, [-1] * n
        self.replied, self.warned, self.solved = [False] * n, [0] * n, [-1] * n
        self.resolved_s = [-1] * n
        self.waits: dict[int, list[tuple[int, int]]] = {}
        self.reopenings: dict[int, list[tuple[int, int]]] = {}
        # Queues: one per kind, stage, priority and warned or not; within it the order is readiness.
        kinds = [desk.demand.kinds[kind] for kind in world.kinds]
        self.stages = world.work_ms.shape[1]
        self.ranks = len(desk.priorities)
        queues = len(kinds) * self.stages * self.ranks * 2
        self.queue: list[list[tuple[int, int]]] = [[] for _ in range(queues)]
        self.length = [0] * queues
        self.waiting: dict[int, set[int]] = {}
        self.kind_weight = [kind.weight for kind in kinds]
        self.replies_at_end = [kind.replies_at_end for kind in kinds]
        self.in_room = [0] * len(layout.places)
        self.fresh: list[int] = []
        # People.
        self.rate = crew.rate_ppm.tolist()
        self.quality = crew.quality.tolist()
        self.may = [frozenset(takes) for takes in crew.takes]
        # Since when idle; inbox: the last assignment, a grain before the run until the first.
        self.since_s = [-layout.clock_s] * people
        self.status, self.on_duty = [OFF_DUTY] * people, [False] * people
        self.next_span = [0] * people
        self.own: list[list[int]] = [[] for _ in range(people)]
        self.pending: list[set[int]] = [set() for _ in range(people)]
        self.holds = [0] * people
        self.ticket_of, self.token = [-1] * people, [0] * people
        self.started_s, self.worked_s, self.segment_s = [0] * people, [0] * people, [0] * people
        self.suspended = [False] * people
        self.look: set[int] = set()
        self.use(desk.routing.weights())
        # What is written down: see `sim.record` for the columns.
        self.moments, self.touches, self.segments = array("q"), array("q"), array("q")
        self.unsettled = False
        self._first_events()
        for ticket in range(layout.opening):
            self._opens_with(ticket)

    def _first_events(self) -> None:
        first = self.layout.opening
        if first < len(self.created_s):
            self._at(self.created_s[first], CREATED, first, self.created, first)
        for person, spans in enumerate(self.layout.crew.on_s):
            if spans:
                self._at(spans[0], ON, person, self.comes_on, person)
        every_min = self.layout.desk.routing.steer_every_min
        if self.steerer is not None and every_min is not None:
            self._at(every_min * 60, STEER, 0, self.steers, every_min * 60)

    def _at(self, at_s: int, kind: int, number: int, act: Callable[[Any], None], value: Any) -> None:
        """Let something happen at an instant; ties are ordered by its kind, then by ticket or person."""
        order = cast(EventPriority, (kind << 40) | number)
        self.env.schedule(At(self.env, act, value), order, at_s - self.now)

    def _note(self, ticket: int, what: int, who: int = -1, value: int = -1) -> None:
        self.moments.extend((ticket, self.now, what, who, value))

    def _drawn_s(self, row: int, purpose: int, ticket: int) -> int:
        """Return a delay of a ticket's present visit in seconds, drawn in meaning before the run."""
        layout = self.layout
        drawn = quantile(layout.tables, row, self._u(purpose, ticket))
        return int(rules.delay_s(round(drawn), layout.clock_s))

    def _u(self, purpose: int, ticket: int) -> float:
        """Return the uniform number of a ticket's present visit."""
        (k0, k1), (n0, n1, n2) = self.layout.key, self.name[ticket]
        return float(uniform(k0, k1, purpose, n0, n1, n2, self.visit[ticket]))

    def use(self, policy: Policy) -> None:
        """Decide by these weights from now on."""
        t, p = policy.ticket, policy.person
        self.ticket_weights = (t.priority, t.age_s, t.slack_s, t.kind, t.warned, t.main, t.returns)
        self.person_weights = (p.idle_s, p.speed, p.permissions, p.main, p.open_tickets, p.returns)
        self.pairs_matter = t.main != 0 or t.returns != 0
        self.group = groups_of(self.layout, policy)
        groups = max(self.group, default=-1) + 1
        self.idle: list[list[tuple[int, int]]] = [[] for _ in range(groups)]
        self.idle_count, self.all_idle = [0] * groups, 0
        self.groups_with: list[list[int]] = [[] for _ in self.layout.crew.skills]
        for skill, groups_with in enumerate(self.groups_with):
            groups_with.extend(sorted({g for p, g in enumerate(self.group) if skill in self.may[p]}))
        for person, status in enumerate(self.status):
            if status == IDLE:
                self._count_idle(person)

    # What happens to tickets.

    def _opens_with(self, ticket: int) -> None:
        """A ticket is open when the run begins: it is put where a ticket that comes back would be put."""
        layout = self.layout
        self.visit[ticket] = int(layout.opening_visit[ticket])
        self.replied[ticket] = bool(layout.opening_replied_s[ticket] < 0)
        self._warns(ticket, 0, self.due_response_s[ticket])
        self._warns(ticket, 1, self.due_resolution_s[ticket])
        self._prepares(ticket, int(layout.opening_stage[ticket]))
        ready_s, owner = int(layout.opening_ready_s[ticket]), int(layout.opening_owner[ticket])
        self.owner[ticket] = owner
        if layout.opening_returns[ticket] and rules.waits_for_owner(0, self._next_on_s(owner), layout.orphan_s):
            self.assigned_s[ticket] = self.accepted_s[ticket] = 0
            self._gives(ticket, owner, ready_s)
        else:
            self._queues(ticket, ready_s)
        leaves_s = int(layout.opening_leaves_s[ticket])
        if leaves_s >= 0:
            self._at(leaves_s, LEAVE, ticket, self.leaves, ticket)

    def created(self, event: Any) -> None:
        """A ticket comes; the next one is waited for."""
        ticket = event._value
        if ticket + 1 < len(self.created_s):
            self._at(self.created_s[ticket + 1], CREATED, ticket + 1, self.created, ticket + 1)
        self._warns(ticket, 0, self.due_response_s[ticket])
        self._warns(ticket, 1, self.due_resolution_s[ticket])
        self._enters_stage(ticket, 0)
        self.fresh.append(ticket)

    def _enters_stage(self, ticket: int, stage: int) -> None:
        self._prepares(ticket, stage)
        self._queues(ticket, self.now)

    def _prepares(self, ticket: int, stage: int) -> None:
        """Bring the work of a stage, and its question, to a ticket."""
        step = self.layout.routes[self.kind[ticket]][stage]
        work = self.work_ms[ticket][stage]
        self.stage[ticket] = stage
        if self.asks[ticket][stage]:
            first = int(rules.part_ms(work, step.asks_after_ppm))
            self.left_ms[ticket], self.rest_ms[ticket] = first, work - first
        else:
            self.left_ms[ticket], self.rest_ms[ticket] = work, -1

    def _queues(self, ticket: int, ready_s: int) -> None:
        """Put a ticket into the pool."""
        kind, stage = self.kind[ticket], self.stage[ticket]
        queue = ((kind * self.stages + stage) * self.ranks + self.priority[ticket]) * 2 + self.warned[ticket]
        self.ready_s[ticket], self.place[ticket], self.holder[ticket] = ready_s, queue, -1
        self.assigned_s[ticket] = self.accepted_s[ticket] = -1
        heappush(self.queue[queue], (ready_s, ticket))
        self.length[queue] += 1
        if self.length[queue] == 1:
            self.waiting.setdefault(self.layout.routes[kind][stage].skill, set()).add(queue)
        room = self.layout.rooms[kind]
        if room >= 0 and stage == 0:
            self.in_room[room] += 1
        self.unsettled = True

    def _unqueues(self, ticket: int) -> None:
        """Take a ticket out of the pool; its entry in the heap is passed over later."""
        queue, kind = self.place[ticket], self.kind[ticket]
        self.length[queue] -= 1
        if self.length[queue] == 0:
            skill = self.layout.routes[kind][self.stage[ticket]].skill
            self.waiting[skill].discard(queue)
            if not self.waiting[skill]:
                del self.waiting[skill]
            self.queue[queue].clear()
        room = self.layout.rooms[kind]
        if room >= 0 and self.stage[ticket] == 0:
            self.in_room[room] -= 1
        self.place[ticket] = NOWHERE

    def _gives(self, ticket: int, person: int, ready_s: int) -> None:
        """Put a ticket into a person's own list."""
        self.ready_s[ticket], self.place[ticket], self.holder[ticket] = ready_s, IN_OWN, person
        self.own[person].append(ticket)
        self.holds[person] += 1
        if self.status[person] == IDLE:
            self.look.add(person)
        self.unsettled = True

    def _returns(self, ticket: int) -> None:
        """A ticket comes back: its owner's list if the owner is not away for long, else the pool."""
        owner, now = self.owner[ticket], self.now
        if rules.waits_for_owner(now, self._next_on_s(owner), self.layout.orphan_s):
            self.assigned_s[ticket] = self.accepted_s[ticket] = now
            self._gives(ticket, owner, now)
        else:
            self._queues(ticket, now)

    def _next_on_s(self, person: int) -> int:
        if self.on_duty[person]:
            return int(self.now)
        spans = self.layout.crew.on_s[person]
        return spans[self.next_span[person]] if self.next_span[person] < len(spans) else NEVER

    def leaves(self, event: Any) -> None:
        """A learner's patience ends before any work began."""
        ticket = event._value
        if self.owner[ticket] < 0 and self.place[ticket] != GONE:
            self._goes(ticket, LEFT)

    def _goes(self, ticket: int, what: int) -> None:
        """A ticket that nobody has worked on is gone for good: its learner left, or it was turned away."""
        holder = self.holder[ticket]
        if self.place[ticket] >= 0:
            self._unqueues(ticket)
        else:
            if self.place[ticket] == IN_OWN:
                self.own[holder].remove(ticket)
            else:
                self.pending[holder].discard(ticket)
            self.holds[holder] -= 1
        self.place[ticket] = GONE
        self._note(ticket, what)
        if what == LEFT:
            self.touches.extend(
                (ticket, self.stage[ticket], self.visit[ticket], -1, self.ready_s[ticket], -1, -1, -1, self.now, 0,
                 ENDED_LEFT)
            )  # fmt: skip

    def answered(self, event: Any) -> None:
        """The requester's answer ends a pause; the due instant moves by it."""
        ticket, began_s = event._value
        self._note(ticket, WAIT_ENDS)
        self.waits.setdefault(ticket, []).append((began_s, self.now))
        self._is_due_anew(ticket, began_s)
        self._returns(ticket)

    def _is_due_anew(self, ticket: int, since_s: int) -> None:
        """Move the resolution's due instant past the pauses so far, the last of which began at `since_s`.

        A warning that fell into that pause was not given; if the due instant stays, it is given now.
        """
        layout, clock = self.layout, self.layout.sla_clock
        if clock is None or self.due_resolution_s[ticket] == NEVER:
            return
        waits, reopenings = self.waits.get(ticket, []), self.reopenings.get(ticket, [])
        cycle = cycles(clock.sla.reopen, self.created_s[ticket], waits, reopenings)[-1]
        kind, priority = layout.world.kinds[self.kind[ticket]], layout.desk.priorities[self.priority[ticket]]
        due = clock.due_resolution(kind, priority, cycle.begin_s, cycle.pauses)
        due_s = NEVER if due is None else due // layout.clock_s * layout.clock_s
        warning_s = (due_s - layout.lead_s) // layout.clock_s * layout.clock_s
        if due_s != self.due_resolution_s[ticket] or since_s <= warning_s < self.now:
            self.due_resolution_s[ticket] = due_s
            self._warns(ticket, 1, due_s)

    def handed_on(self, event: Any) -> None:
        """A hand-off's delay is over: the next stage is ready."""
        self._enters_stage(event._value, self.stage[event._value] + 1)

    def reopens(self, event: Any) -> None:
        """An unsolved ticket comes back, to its owner first."""
        ticket = event._value
        layout = self.layout
        self.visit[ticket] += 1
        if self.visit[ticket] == VISITS:
            raise ValueError(
                f"demand.kinds.{layout.world.kinds[self.kind[ticket]]}: a ticket was reopened {VISITS} times, which is "
                "beyond this model; raise outcome.solved_logit or outcome.reopen_after"
            )
        self._note(ticket, REOPENED)
        step = layout.routes[self.kind[ticket]][self.stage[ticket]]
        work = round(quantile(layout.tables, step.work_row, self._u(step.work_purpose, ticket)))
        self.left_ms[ticket], self.rest_ms[ticket] = int(rules.part_ms(work, layout.reopen_ppm)), -1
        self.reopenings.setdefault(ticket, []).append((self.resolved_s[ticket], self.now))
        self._is_due_anew(ticket, self.resolved_s[ticket])
        self._returns(ticket)

    def _warns(self, ticket: int, clause: int, due_s: int) -> None:
        if due_s == NEVER or self.layout.lead_s == 0:
            return
        at_s = rules.warns_at_s(due_s, self.layout.lead_s, self.now)
        if at_s < self.layout.until_s:
            at_s = at_s // self.layout.clock_s * self.layout.clock_s
            self._at(max(at_s, self.now), WARNS, ticket, self.warns, (ticket, clause, due_s))

    def warns(self, event: Any) -> None:
        """A due instant is near: the ticket's index rises (R003-70)."""
        ticket, clause, due_s = event._value
        place = self.place[ticket]
        answered = self.replied[ticket] if clause == 0 else self.due_resolution_s[ticket] != due_s
        if answered or place in (ASKING, RESTING, GONE):
            return
        self._note(ticket, WARNED, self.holder[ticket], clause)
        if self.warned[ticket]:
            return
        if place >= 0:
            self._unqueues(ticket)
            self.warned[ticket] = 1
            self._queues(ticket, self.ready_s[ticket])
        self.warned[ticket] = 1

    # What happens to people.

    def comes_on(self, event: Any) -> None:
        """A span on duty begins: suspended work goes on before anything new."""
        person = event._value
        span = self.next_span[person]
        self.next_span[person] += 1
        self.on_duty[person] = True
        self._at(self.layout.crew.off_s[person][span], OFF, person, self.goes_off, person)
        if self.suspended[person]:
            self.suspended[person] = False
            self._works(person, self.ticket_of[person])
        elif self.status[person] != BUSY:
            self._idles(person)
        if self.inbox and self.waiting:
            self.unsettled = True

    def goes_off(self, event: Any) -> None:
        """A span on duty ends: work in hand is finished or carried over, lists of the long absent go back."""
        person, now = event._value, self.now
        self.on_duty[person] = False
        spans = self.layout.crew.on_s[person]
        if self.next_span[person] < len(spans):
            self._at(spans[self.next_span[person]], ON, person, self.comes_on, person)
        if self.status[person] == IDLE:
            self._uncounts_idle(person)
            self.status[person] = OFF_DUTY
        elif self.status[person] == BUSY and self.carries_over:
            self._suspends(person)
        if not rules.waits_for_owner(now, self._next_on_s(person), self.layout.orphan_s):
            self._orphans(person)

    def _suspends(self, person: int) -> None:
        ticket, now = self.ticket_of[person], self.now
        began_s = self.segment_s[person]
        rate = self.rate[person][self._skill(ticket)]
        self.left_ms[ticket] = int(rules.left_after_ms(self.left_ms[ticket], now - began_s, rate))
        self.worked_s[person] += now - began_s
        self.segments.extend((person, began_s, now))
        self.token[person] += 1
        self.suspended[person], self.status[person] = True, OFF_DUTY

    def _orphans(self, person: int) -> None:
        held = [*self.own[person], *self.pending[person]]
        self.own[person].clear()
        self.pending[person].clear()
        for ticket in sorted(held):
            self.holds[person] -= 1
            self._queues(ticket, self.ready_s[ticket])

    def _idles(self, person: int) -> None:
        self.status[person] = IDLE
        if not self.inbox:
            self.since_s[person] = self.now
        self._count_idle(person)
        if self.own[person]:
            self.look.add(person)
        if self.waiting or self.own[person]:
            self.unsettled = True

    def _count_idle(self, person: int) -> None:
        group = self.group[person]
        heappush(self.idle[group], (self.since_s[person], person))
        self.idle_count[group] += 1
        self.all_idle += 1

    def _uncounts_idle(self, person: int) -> None:
        self.idle_count[self.group[person]] -= 1
        self.all_idle -= 1

    def _skill(self, ticket: int) -> int:
        step: Step = self.layout.routes[self.kind[ticket]][self.stage[ticket]]
        return step.skill

    def _starts(self, person: int, ticket: int) -> None:
        """An idle person begins to work on a ticket."""
        now = self.now
        self._uncounts_idle(person)
        if self.assigned_s[ticket] < 0:
            self.assigned_s[ticket] = self.accepted_s[ticket] = now
        self.place[ticket], self.holder[ticket], self.owner[ticket] = IN_WORK, person, person
        self.ticket_of[person], self.started_s[person], self.worked_s[person] = ticket, now, 0
        if not self.replied[ticket] and not self.replies_at_end[self.kind[ticket]]:
            self._replies(ticket, person)
        self._works(person, ticket)

    def _replies(self, ticket: int, person: int) -> None:
        self.replied[ticket] = True
        self._note(ticket, REPLY, person)

    def _works(self, person: int, ticket: int) -> None:
        """Work goes on from now; its end is known now, unless the person is sent off before."""
        self.status[person], self.segment_s[person] = BUSY, self.now
        rate = self.rate[person][self._skill(ticket)]
        lasts = rules.handling_s(self.left_ms[ticket], rate, self.layout.clock_s)
        self._at(self.now + lasts, FINISH, ticket, self.finishes, (person, self.token[person]))

    def finishes(self, event: Any) -> None:
        """A touch ends: the ticket waits for its requester, goes on to the next stage, or is resolved."""
        person, token = event._value
        if token != self.token[person]:
            return
        ticket, now = self.ticket_of[person], self.now
        if not self.replied[ticket]:
            self._replies(ticket, person)
        ended = self._ends(ticket, person)
        worked = self.worked_s[person] + now - self.segment_s[person]
        if self.worked_s[person]:
            self.segments.extend((person, self.segment_s[person], now))
        self.touches.extend(
            (ticket, self.stage[ticket], self.visit[ticket], person, self.ready_s[ticket], self.assigned_s[ticket],
             self.accepted_s[ticket], self.started_s[person], now, worked, ended)
        )  # fmt: skip
        self.assigned_s[ticket] = self.accepted_s[ticket] = -1
        self.holds[person] -= 1
        self.ticket_of[person], self.holder[ticket] = -1, -1
        self._follows(ticket, person, ended)
        if self.on_duty[person]:
            self._idles(person)
        else:
            self.status[person] = OFF_DUTY

    def _ends(self, ticket: int, person: int) -> int:
        if self.rest_ms[ticket] >= 0:
            return PARKED
        last = len(self.layout.routes[self.kind[ticket]]) - 1
        return DONE if self.stage[ticket] == last else TRANSFERRED

    def _follows(self, ticket: int, person: int, ended: int) -> None:
        """What a finished touch leads to."""
        layout, now, stage = self.layout, self.now, self.stage[ticket]
        route = layout.routes[self.kind[ticket]]
        if ended == PARKED:
            self.place[ticket] = ASKING
            self._note(ticket, WAIT_BEGINS, person)
            self.left_ms[ticket], self.rest_ms[ticket] = self.rest_ms[ticket], -1
            delay = self._drawn_s(route[stage].answer_row, route[stage].answer_purpose, ticket)
            self._at(now + max(delay, layout.clock_s), ANSWERED, ticket, self.answered, (ticket, now))
        elif ended == TRANSFERRED:
            self.place[ticket] = HANDED
            self._note(ticket, HANDED_ON, person)
            step = route[stage + 1]
            delay = 0 if step.handoff_row < 0 else self._drawn_s(step.handoff_row, step.handoff_purpose, ticket)
            if delay:
                self._at(now + delay, READY, ticket, self.handed_on, ticket)
            else:
                self._enters_stage(ticket, stage + 1)
        else:
            self._resolves(ticket, person)

    def _resolves(self, ticket: int, person: int) -> None:
        layout, now = self.layout, self.now
        self.place[ticket], self.resolved_s[ticket] = RESTING, now
        self._note(ticket, RESOLVED, person)
        u = self._u(SOLVED, ticket) if self.visit[ticket] else self.solves_u[ticket]
        quality = self.quality[person][self._skill(ticket)]
        solved = rules.solves(u, layout.desk.outcome.solved_logit, quality, self.difficulty[ticket])
        self.solved[ticket] = int(solved)
        if solved:
            return
        delay = max(self._drawn_s(layout.reopen_row, REOPEN, ticket), layout.clock_s)
        if rules.reopens_in_time(delay, layout.close_after_s):
            self._at(now + delay, REOPENS, ticket, self.reopens, ticket)

    # What the desk decides.

    def settle(self) -> None:
        """Match tickets and people, once, after all that happened in this second."""
        self.unsettled = False
        if self.inbox:
            self._assigns()
        if self.look:
            for person in sorted(self.look):
                if self.status[person] == IDLE and self.own[person]:
                    self._starts(person, self._takes_own(person))
            self.look.clear()
        if not self.inbox:
            while self.waiting and self.all_idle and (pair := self._best(self._idle_candidates)) is not None:
                ticket, person = pair
                self._unqueues(ticket)
                self.holds[person] += 1
                self._starts(person, ticket)
        if self.fresh:
            self._turns_away()

    def _idle_candidates(self, skill: int) -> list[int]:
        """Return the longest idle person of each group that takes a skill."""
        found = []
        for group in self.groups_with[skill]:
            if not self.idle_count[group]:
                continue
            heap = self.idle[group]
            while self.status[heap[0][1]] != IDLE or self.since_s[heap[0][1]] != heap[0][0]:
                heappop(heap)
            found.append(heap[0][1])
        return found

    def _on_duty_candidates(self, skill: int) -> list[int]:
        return [p for p, on_duty in enumerate(self.on_duty) if on_duty and skill in self.may[p]]

    def _head(self, queue: int) -> tuple[int, int]:
        heap = self.queue[queue]
        while self.place[heap[0][1]] != queue or self.ready_s[heap[0][1]] != heap[0][0]:
            heappop(heap)
        return heap[0]

    def _best(self, candidates: Callable[[int], list[int]]) -> tuple[int, int] | None:
        """Return the best pair of a queue's head and a person.

        The largest ticket index goes first, ties by age, then number; for this ticket the largest person
        index, ties by idle time, then number.
        """
        pairs: list[tuple[int, int, list[int]]] = []
        for skill, queues in self.waiting.items():
            if people := candidates(skill):
                pairs.extend((*self._head(queue), people) for queue in queues)
        if not pairs:
            return None
        if len(pairs) == 1 and len(pairs[0][2]) == 1:
            return pairs[0][1], pairs[0][2][0]
        if not self.pairs_matter:
            chosen = max(pairs, key=lambda pair: (self._ticket_index(pair[1], -1), -pair[0], -pair[1]))
            ticket = chosen[1]
            return ticket, max(chosen[2], key=lambda p: (self._person_index(ticket, p), -self.since_s[p], -p))
        _, _, minus_ticket, _, _, minus_person = max(
            (self._ticket_index(t, p), -ready_s, -t, self._person_index(t, p), -self.since_s[p], -p)
            for ready_s, t, people in pairs
            for p in people
        )
        return -minus_ticket, -minus_person

    def _ticket_index(self, ticket: int, person: int) -> int:
        due_s = self.due_resolution_s[ticket] if self.replied[ticket] else self.due_first_s[ticket]
        now = self.now
        return int(
            rules.ticket_index(
                *self.ticket_weights, self.ranks - 1 - self.priority[ticket], now - self.ready_s[ticket],
                min(due_s - now, rules.BIG), self.kind_weight[self.kind[ticket]], self.warned[ticket],
                int(person >= 0 and self.layout.crew.takes[person][0] == self._skill(ticket)),
                int(person >= 0 and self.owner[ticket] == person),
            )
        )  # fmt: skip

    def _person_index(self, ticket: int, person: int) -> int:
        takes, skill = self.layout.crew.takes[person], self._skill(ticket)
        idle_s = self.now - self.since_s[person] if self.inbox or self.status[person] == IDLE else 0
        return int(
            rules.person_index(
                *self.person_weights, idle_s, self.rate[person][skill], len(takes), int(takes[0] == skill),
                self.holds[person], int(self.owner[ticket] == person),
            )
        )  # fmt: skip

    def _takes_own(self, person: int) -> int:
        """Return the next ticket of a person's own list: the largest ticket index, ties by age, then number."""
        own = self.own[person]
        ticket = own[0]
        if len(own) > 1:
            ticket = max(own, key=lambda t: (self._ticket_index(t, person), -self.ready_s[t], -t))
        own.remove(ticket)
        return ticket

    def _assigns(self) -> None:
        """Inbox: give every ticket of the pool to somebody on duty who may do it, even to the busy."""
        now, layout = self.now, self.layout
        while self.waiting and (pair := self._best(self._on_duty_candidates)) is not None:
            ticket, person = pair
            self._unqueues(ticket)
            self.assigned_s[ticket], self.since_s[person] = now, now
            delay = 0 if layout.pickup_row < 0 else self._drawn_s(layout.pickup_row, PICKUP, ticket)
            if delay:
                self.place[ticket], self.holder[ticket] = PENDING, person
                self.pending[person].add(ticket)
                self.holds[person] += 1
                self._at(now + delay, ACCEPTED, ticket, self.accepted, (ticket, person, now))
            else:
                self.accepted_s[ticket] = now
                self._gives(ticket, person, self.ready_s[ticket])

    def accepted(self, event: Any) -> None:
        """Inbox: the person has taken note of the ticket and may begin."""
        ticket, person, assigned_s = event._value
        if self.place[ticket] != PENDING or self.holder[ticket] != person or self.assigned_s[ticket] != assigned_s:
            return
        self.accepted_s[ticket] = self.now
        self.pending[person].discard(ticket)
        self.holds[person] -= 1
        self._gives(ticket, person, self.ready_s[ticket])

    def _turns_away(self) -> None:
        """Block the newest tickets beyond the places of their room; let the others' patience run."""
        for ticket in reversed(self.fresh):
            room = self.layout.rooms[self.kind[ticket]]
            if room >= 0 and self.place[ticket] >= 0 and self.in_room[room] > self.layout.places[room]:
                self._goes(ticket, BLOCKED)
        for ticket in self.fresh:
            if self.patience_s[ticket] >= 0 and self.owner[ticket] < 0 and self.place[ticket] != GONE:
                self._at(self.created_s[ticket] + self.patience_s[ticket], LEAVE, ticket, self.leaves, ticket)
        self.fresh.clear()

    def steers(self, event: Any) -> None:
        """An epoch: show the desk, take orders, and settle again if there are any."""
        if self.unsettled:
            self.settle()
        every_s = event._value
        self.epochs += 1
        self._at(self.now + every_s, STEER, 0, self.steers, every_s)
        assert self.steerer is not None
        orders = self.steerer(self.view(), self.epochs)
        if orders is None:
            return
        if orders.policy is not None:
            self.use(orders.policy)
        for ticket, person in orders.reserve:
            self._reserves(ticket, person)
        self.settle()

    def _reserves(self, ticket: int, person: int) -> None:
        if not (0 <= ticket < len(self.place) and 0 <= person < len(self.may)):
            raise ValueError(f"orders: there is no ticket {ticket} or no person {person}")
        if self.place[ticket] < 0 or self._skill(ticket) not in self.may[person]:
            raise ValueError(f"orders: ticket {ticket} is not in the pool, or person {person} may not do it")
        if self._next_on_s(person) == NEVER:
            raise ValueError(f"orders: person {person} is never on duty again, so ticket {ticket} would wait for ever")
        self._unqueues(ticket)
        self.assigned_s[ticket] = self.accepted_s[ticket] = self.now
        self._gives(ticket, person, self.ready_s[ticket])

    def view(self) -> steer.View:
        """Return open tickets and people as of the last settle, at the instant that the run has reached."""
        where = {
            IN_OWN: steer.HELD,
            PENDING: steer.PENDING,
            IN_WORK: steer.WORKED,
            HANDED: steer.AWAY,
            ASKING: steer.AWAY,
        }
        tickets = [t for t, place in enumerate(self.place) if place >= 0 or place in where]
        dues = [self.due_resolution_s[t] if self.replied[t] else self.due_first_s[t] for t in tickets]
        idle = [max(s, 0) if status == IDLE else -1 for s, status in zip(self.since_s, self.status, strict=True)]

        def picked(values: list[int]) -> steer.Ints:
            return np.array([values[t] for t in tickets], np.int64)

        return steer.View(
            now_s=max(self.now, self.reached_s), ticket=np.array(tickets, np.int64), kind=picked(self.kind),
            priority=picked(self.priority), stage=picked(self.stage), created_s=picked(self.created_s),
            ready_s=picked(self.ready_s),
            where=np.array([where.get(self.place[t], steer.QUEUED) for t in tickets], np.int64),
            person=picked(self.holder), due_s=np.array(dues, np.int64), on_duty=np.array(self.on_duty, np.bool_),
            idle_since_s=np.array(idle, np.int64), holds=np.array(self.holds, np.int64),
        )  # fmt: skip


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
    return State(lay_out(desk, world, opening), steer)


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
            state.settle()
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
    for person, ticket in enumerate(state.ticket_of):
        if ticket < 0:
            continue
        worked = state.worked_s[person]
        if not state.suspended[person]:
            segments.extend((person, state.segment_s[person], now) if worked else ())
            worked += now - state.segment_s[person]
        touches.extend(
            (ticket, state.stage[ticket], state.visit[ticket], person, state.ready_s[ticket],
             state.assigned_s[ticket], state.accepted_s[ticket], state.started_s[person], -1, worked, -1)
        )  # fmt: skip
    rows = (_rows(state.moments, MOMENT), _rows(touches, TOUCH), _rows(segments, SEGMENT))
    return assemble(state.layout, now, *rows, np.array(state.solved, np.int64))


def _rows(flat: array[int], columns: tuple[str, ...]) -> steer.Ints:
    """Return a copy of what was written down, one number after another, as rows of columns."""
    return np.array(flat, np.int64).reshape(-1, len(columns))


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
        As in `begin` and `advance`.
    """
    state = begin(desk, world, opening, steer)
    advance(state, state.layout.until_s)
    return log(state)
