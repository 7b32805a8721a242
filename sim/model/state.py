"""The state of a run: tickets, queues, people, what was written down. What is bound to happen stands in SimPy."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import numpy as np
import simpy
from simpy.events import EventPriority

from sim import rules, steer
from sim.chance import quantile, uniform, uniforms
from sim.layout import NEVER, SOLVED, Layout, Step

(FINISH, LEAVE, CREATED, READY, ANSWERED, REOPENS, CALLS, CHANGES, COMES_UNDER, REMINDS, ACCEPTED, WARNS, LOOKED, OFF,
 ON, OPENS, ESCALATES, OVERDUE, STEER) = range(19)  # fmt: skip
"""Kinds of events in the order in which they happen within a second; the settle step comes before STEER."""

NOWHERE, IN_OWN, PENDING, IN_WORK, HANDED, ASKING, RESTING, GONE, REFERRED, APART = range(-1, -11, -1)
"""Places of a ticket; a place of 0 or more is the number of a queue. Of a ticket that stands apart the branches do."""

OFF_DUTY, IDLE, BUSY = 0, 1, 2

UNANSWERED, REPLIED, OWED = 0, 1, 2
"""Whether a person replied to a ticket: not yet; yes; yes, but the requester has written again since."""


Act = Callable[..., None]
"""What happens: it takes the state, the ticket or person, and what else was known when it became bound to happen."""


class At(simpy.Event):
    """An event that is bound to happen."""

    def __init__(self, state: State, act: Act, what: tuple[int, ...]):
        self.env = state.env
        self.callbacks = [lambda _: act(state, *what)]
        self._ok = True
        self._value = None


class State:
    """A run in progress: made by `begin`, moved by `advance`, read by `view` and `log`."""

    def __init__(self, layout: Layout, steerer: steer.Steer | None, acts: Sequence[Act]) -> None:
        desk = layout.desk
        self.tickets = len(layout.world)
        self.layout, self.steerer, self.acts = layout, steerer, acts
        self.env = simpy.Environment()
        self.picky = False
        self.pull = desk.routing.mode == "pull"
        self.inbox = desk.routing.mode == "inbox"
        self.carries_over = desk.routing.at_shift_end == "carry_over"
        self.hands_back = desk.routing.at_shift_end == "hand_back"
        self.now, self.reached_s = 0, 0
        self.every_s = 60 * (desk.routing.steer_every_min or 0)
        self._knows_tickets(layout, self.tickets)
        if len(layout.parent):
            self._adds_errands()
        self._knows_queues(layout)
        self._knows_people(layout, len(layout.crew))
        self._knows_policy()
        # What is written down: see `sim.record` for the columns.
        self.moments, self.touches, self.segments = array("q"), array("q"), array("q")
        self.unsettled = False

    def _knows_tickets(self, layout: Layout, n: int) -> None:
        """Lay out lists by ticket: those of Python integers are quicker to read one by one than arrays."""
        world = layout.world
        self.kind, self.priority = world.kind.tolist(), world.priority.tolist()
        self.created_s, self.patience_s = world.created_s.tolist(), world.patience_s.tolist()
        self.work_ms, self.asks = world.work_ms.tolist(), world.asks.tolist()
        self.name = list(zip(*world.name.T.tolist(), strict=True)) if n else []
        self.difficulty = world.difficulty.tolist()
        self.due_response_s, self.due_resolution_s = layout.due_response_s.tolist(), layout.due_resolution_s.tolist()
        self.due_first_s = np.minimum(layout.due_response_s, layout.due_resolution_s).tolist()
        self.solves_u = uniforms(world.seed, SOLVED, world.name).tolist()
        self.stage, self.visit = [0] * n, [0] * n
        self.left_ms, self.rest_ms, self.refers = [-1] * n, [-1] * n, [False] * n
        self.front_s = [0] * n
        # Of work in hand: what was left at its begin; since when; seconds before the last interruption; since when it
        # goes on without one; since when at its present pace; and the instant of its end, which makes that event valid.
        self.begun_ms, self.started_s, self.worked_s = [0] * n, [0] * n, [0] * n
        self.segment_s, self.paced_s, self.ends_s = [0] * n, [0] * n, [-1] * n
        self.ready_s, self.assigned_s, self.accepted_s = list(self.created_s), [-1] * n, [-1] * n
        self.place, self.holder, self.owner = [NOWHERE] * n, [-1] * n, [-1] * n
        self.resolved_s, self.accepts_s, self.reminds_s = [-1] * n, [-1] * n, [-1] * n
        self.replied, self.warned, self.solved = [UNANSWERED] * n, [0] * n, [-1] * n
        self.comes_under_s, self.comes_under = layout.comes_under_s.tolist(), layout.comes_under.tolist()
        self.under: dict[int, int] = {}
        self.changes_s, self.changes_to = layout.changes_s.tolist(), layout.changes_to.tolist()
        # By clause, when to warn; by ticket, the last change of its priority, before everything until there is one.
        self.warns_s, self.changed_s = ([-1] * n, [-1] * n), [-NEVER] * n
        self.duplicate_of, self.merges = world.duplicate_of.tolist(), [False] * len(world.duplicate_of)
        self.sorts_s: dict[int, int] = {}
        self.escalates_s: dict[int, int] = {}
        # By clause, when a ticket is escalated as overdue; by ticket, what it put by while a supervisor looks at it.
        self.overdue_s: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.put_by: dict[int, tuple[int, int, bool, int]] = {}
        self.asked_s: dict[int, int] = {}
        # Of tickets in hand that are about to be closed early or passed on: which, and the work that would be left
        # undone; at which visit a ticket was passed on last.
        self.undone: dict[int, tuple[int, int]] = {}
        self.passed: dict[int, int] = {}
        self.waits: dict[int, list[tuple[int, int]]] = {}
        self.reopenings: dict[int, list[tuple[int, int]]] = {}

    def _knows_queues(self, layout: Layout) -> None:
        """Lay out queues: one per kind, stage, priority and warned or not.

        Within it the order is readiness, but what was handed back stands before the rest.
        """
        kinds = [layout.desk.demand.kinds[kind] for kind in layout.world.kinds]
        self.stages = layout.stages
        self.ranks = len(layout.desk.priorities)
        queues = len(kinds) * self.stages * self.ranks * 2
        self.queue: list[list[tuple[int, int]]] = [[] for _ in range(queues)]
        self.length = [0] * queues
        self.waiting: dict[int, set[int]] = {}
        self.kind_weight = [kind.weight for kind in kinds]
        self.replies_at_end = [kind.replies_at_end for kind in kinds]
        self.in_room = [0] * len(layout.places)
        self.fresh: list[int] = []

    def _knows_people(self, layout: Layout, people: int) -> None:
        """Lay out lists by person."""
        desk, crew = layout.desk, layout.crew
        self.rate, self.quality = crew.rate_ppm.tolist(), crew.quality.tolist()
        self.learning = crew.pace_ppm.shape[1] > 0
        self.new_pace_ppm, self.lacks = crew.pace_ppm.tolist(), crew.lacks.tolist()
        self.conduct, self.leanings = crew.conduct.tolist(), [(0, crew.conduct)]
        self.may = [frozenset(takes) for takes in crew.takes]
        # Since when idle; inbox: the last assignment, a grain before the run until the first.
        self.since_s = [-layout.clock_s] * people
        self.status, self.on_duty = [OFF_DUTY] * people, [False] * people
        self.next_span = [0] * people
        self.own: list[list[int]] = [[] for _ in range(people)]
        self.pending: list[set[int]] = [set() for _ in range(people)]
        self.holds = [0] * people
        # Caps: by kind, which count it; by person and cap, what counts now, and the most that may.
        self.capped = layout.caps.shape[1] > 0
        self.caps_of = [np.flatnonzero(counts).tolist() for counts in layout.caps]
        self.capped_held, self.most_held = [[0] * len(row) for row in layout.most_held], layout.most_held.tolist()
        self.in_hand: list[list[int]] = [[] for _ in range(people)]
        self.busy_since_s = [0] * people
        self.suspended, self.listed = [False] * people, [False] * people
        self.chatting, self.chat = layout.chatting, layout.chat
        self.most, self.paces_ppm = layout.most.tolist(), layout.paces_ppm.tolist()
        self.look: set[int] = set()
        # Those who pick for themselves: until when they look around, how often they did, who is about to pick.
        self.looks_s, self.looked, self.picking = [-1] * people, [0] * people, list[int]()
        # What they were given and did, kept if a policy looks at it: see `sim.model.history`.
        self.tracks = desk.routing.steer_every_min is not None or desk.routing.weights().by_history()
        self.midnights_s = layout.midnights_s.tolist()
        self.turn_s, self.given, self.given_ease = [-layout.clock_s] * people, [0] * people, [0] * people
        self.busy_s, self.busy_day_s = [0] * people, [0] * people
        self.role_given, self.role_ease = [0] * len(desk.staff.roles), [0] * len(desk.staff.roles)

    def _knows_policy(self) -> None:
        """Lay out what `use` fills: weights, and idle people by groups that the policy does not tell apart."""
        self.ticket_weights, self.more_ticket_weights = (0,) * 7, (0,) * 4
        self.person_weights, self.more_person_weights = (0,) * 6, (0,) * 4
        self.more_of_tickets = self.more_of_people = self.pairs_matter = False
        self.main_only_s, self.opens_s = 0, -1
        self.group: tuple[int, ...] = ()
        self.idle: list[list[tuple[int, int]]] = []
        self.idle_count: list[int] = []
        self.all_idle = 0
        # By skill, the groups that take it, and how many of them have somebody idle; by group, its skills.
        self.groups_with: list[list[int]] = []
        self.free: list[int] = []
        self.skills_of: list[list[int]] = []

    def _adds_errands(self) -> None:
        """Give errands, which are numbered after the tickets, a row in every list of tickets: that of their ticket."""
        parent, tickets = self.layout.parent.tolist(), len(self.kind)
        for values in vars(self).values():
            if isinstance(values, list) and len(values) == tickets:
                values.extend([values[ticket] for ticket in parent])
        for errand in range(tickets, len(self.kind)):
            self.stage[errand] = self.layout.last[self.kind[errand]] + 1
            self.replied[errand] = REPLIED
            self.due_first_s[errand] = self.due_resolution_s[errand] = NEVER

    def at(self, at_s: int, kind: int, number: int, *known: int) -> None:
        """Let something happen at an instant; ties are ordered by its kind, then by ticket or person.

        Parameters
        ----------
        at_s
            The instant in seconds.
        kind
            Kind of the event, which says what is done.
        number
            The ticket or the person.
        known
            What else is handed to what is done then; an event that has become void is recognised by it.
        """
        order: EventPriority = (kind << 40) | number  # type: ignore[assignment]
        self.env.schedule(At(self, self.acts[kind], (number, *known)), order, at_s - self.now)

    def note(self, ticket: int, what: int, who: int = -1, value: int = -1) -> None:
        """Write down a moment."""
        self.moments.extend((ticket, self.now, what, who, value))

    def drawn_s(self, row: int, purpose: int, ticket: int) -> int:
        """Return a delay of a ticket's present visit in seconds, drawn in meaning before the run."""
        layout = self.layout
        drawn = quantile(layout.tables, row, self.u(purpose, ticket))
        return int(rules.delay_s(round(drawn), layout.clock_s))

    def u(self, purpose: int, ticket: int) -> float:
        """Return the uniform number of a ticket's present visit."""
        (k0, k1), (n0, n1, n2) = self.layout.key, self.name[ticket]
        return float(uniform(k0, k1, purpose, n0, n1, n2, self.visit[ticket]))

    def next_on_s(self, person: int) -> int:
        """Return the instant at which a person is next on duty, now if on duty."""
        if self.on_duty[person]:
            return int(self.now)
        spans = self.layout.crew.on_s[person]
        return spans[self.next_span[person]] if self.next_span[person] < len(spans) else NEVER

    def standing_of(self, ticket: int) -> str:
        """Return what a ticket is judged by: its priority, and the agreement that it came under."""
        return str(self.layout.standings[self.priority[ticket] + self.under.get(ticket, 0) * self.ranks])

    def skill_of(self, ticket: int) -> int:
        """Return the skill that a ticket's present stage needs."""
        step: Step = self.layout.routes[self.kind[ticket]][self.stage[ticket]]
        return step.skill

    def step_of(self, ticket: int) -> Step:
        """Return the step at which a ticket, or a branch, is."""
        step: Step = self.layout.routes[self.kind[ticket]][self.stage[ticket]]
        return step

    def ticket_of(self, number: int) -> int:
        """Return the ticket that an errand belongs to; a ticket's own number stays."""
        return number if number < self.tickets else int(self.layout.parent[number - self.tickets])

    def is_branch(self, number: int) -> bool:
        """Return whether a number is that of a branch."""
        return number >= self.tickets and bool(self.layout.part[number - self.tickets] >= 0)

    def branches_of(self, ticket: int) -> range:
        """Return the numbers of the branches of a ticket's stage, none where it is done in one."""
        first = int(self.layout.first_child[ticket]) + (self.layout.calls_back[self.kind[ticket]] > 0)
        return range(first, first + self.step_of(ticket).branches)

    def open_branches(self, ticket: int) -> list[int]:
        """Return those branches of a ticket's stage that are not done."""
        return [branch for branch in self.branches_of(ticket) if self.place[branch] != NOWHERE]

    def view(self) -> steer.View:
        """Return open tickets and people as of the last settle, at the instant that the run has reached."""
        where = {
            IN_OWN: steer.HELD,
            PENDING: steer.PENDING,
            IN_WORK: steer.WORKED,
            HANDED: steer.AWAY,
            ASKING: steer.AWAY,
            REFERRED: steer.AWAY,
            APART: steer.APART,
        }
        places = self.place[: len(self.layout.world)]
        tickets = [t for t, place in enumerate(places) if place >= 0 or place in where]
        dues = [self.due_resolution_s[t] if self.replied[t] else self.due_first_s[t] for t in tickets]
        idle = [max(s, 0) if status == IDLE else -1 for s, status in zip(self.since_s, self.status, strict=True)]

        def picked(values: list[int]) -> steer.Ints:
            return np.array([values[t] for t in tickets], np.int64)

        return steer.View(
            now_s=max(self.now, self.reached_s), ticket=np.array(tickets, np.int64), kind=picked(self.kind),
            priority=picked(self.priority), stage=picked(self.stage), created_s=picked(self.created_s),
            ready_s=picked(self.ready_s),
            where=np.array([where.get(self.place[t], steer.QUEUED) for t in tickets], np.int64),
            person=picked(self.holder), due_s=np.array(dues, np.int64),
            replied=picked(self.replied) > 0, on_duty=np.array(self.on_duty, np.bool_),
            idle_since_s=np.array(idle, np.int64), holds=np.array(self.holds, np.int64),
            given=np.array(self.given, np.int64), given_ease=np.array(self.given_ease, np.int64),
        )  # fmt: skip
