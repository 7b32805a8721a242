"""From a layout to the machine on which the compiled loop runs."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.crew import Crew
from sim.desk import Policy
from sim.desk.once import kept_for
from sim.fast.dues import promises
from sim.fast.forms import (
    ABILITY,
    CHANGE,
    DELAY,
    DESK,
    GROUP,
    KIND,
    KIND_BITS,
    LEARNED,
    LINE,
    MOMENT,
    MOST_TICKETS,
    NOWHERE,
    NUMBER_BITS,
    OFF,
    ON,
    OVERDUE_AT,
    PAUSE,
    PERSON,
    PUT_BY,
    ROLE,
    ROOM,
    RUN,
    SEGMENT,
    SHORTCUT,
    SKILL,
    SLOT,
    STEP,
    TICKET,
    TOUCH,
    UNSET,
    WEIGHTS,
)
from sim.fast.lines import list_again
from sim.fast.memory import Ints, Machine, Records, entry, records
from sim.layout import NEVER, Layout, groups_of


def machine(layout: Layout) -> Machine:
    """Return the machine of a run at second 0.

    Raises
    ------
    ValueError
        If the world has more tickets than the twin can number (2^27).
    """
    n, people = len(layout.world) + len(layout.parent), len(layout.crew)
    if n >= MOST_TICKETS:
        raise ValueError(f"the compiled engine numbers up to {MOST_TICKETS - 1:,} tickets, this world has {n:,}")
    crew, skills = layout.crew, len(layout.crew.skills)
    queues = len(layout.world.kinds) * layout.stages * len(layout.desk.priorities) * 2
    arrays = {
        "tickets": _tickets(layout), "delays": _delays(layout, n), "runs": _runs(layout),
        "dues": layout.due_response_s.copy() if len(layout.changes_s) else layout.due_response_s,
        "people": _people(layout), "queues": _lines(queues),
        "groups": _lines(0, GROUP), "abilities": _ability(crew),
        "steps": kept_for(layout.desk, "steps", partial(_steps, layout)),
        "kinds": kept_for(layout.desk, "kinds", partial(_kinds, layout)),
        "rooms": _rooms(layout), "skills": records(skills, SKILL), "work": layout.world.work_ms,
        "asks": layout.world.asks, "parents": np.stack([layout.parent, layout.part], axis=1),
        "children": layout.first_child,
        "duties": _duties(crew), "tables": layout.tables,
        "spans": crew.stay_on_s, "roles": records(len(layout.desk.staff.roles), ROLE), "midnights": layout.midnights_s,
        "slots": records(layout.paces_ppm.shape, SLOT), "paces": layout.paces_ppm,
        "lists": np.full((people, 2), -1, np.int64), "looking": np.zeros(people, np.int64),
        "picking": np.zeros(people, np.int64), "barred": _barred(layout),
        "caps": np.stack([np.zeros_like(layout.most_held), layout.most_held], axis=2), "counted": layout.caps,
        "dispatch_on": layout.dispatch_on_s, "dispatch_off": layout.dispatch_off_s,
        "open_skills": np.zeros(skills, np.int64), "open_queues": np.zeros((skills, queues), np.int64),
        "takers": np.zeros(0, np.int64), "taken": np.zeros(0, np.int64),
        "events": np.zeros(64 + 2 * people + n + 5 * layout.opening, np.int64),
        # Generous: memory that nobody writes to is never taken.
        "moments": records(64 + people + 8 * n, MOMENT), "touches": records(64 + people + 3 * n, TOUCH),
        "segments": records(64 + n, SEGMENT), "changes": _changes(layout), "pauses": records(64, PAUSE),
        "shortcuts": _shortcuts(n * layout.tempted),
        "leanings": crew.conduct.copy() if layout.tempted else np.zeros(0),
        "learned": _learned(crew), "duplicates": _duplicates(layout), **_escalations(layout),
        **promises(layout),
    }  # fmt: skip
    return Machine(_desk(layout), arrays)


def _lines(count: int, of: np.dtype[Any] = LINE) -> Records:
    made = records(count, of)
    made["head"] = made["tail"] = -1
    return made


@entry
def _fill(
    tickets: Any, name: Any, kind: Any, priority: Any, created_s: Any, patience_s: Any, difficulty: Any,
    due_response_s: Any, due_resolution_s: Any,
) -> None:  # fmt: skip
    """Fill the records of tickets with what the world says of them; nothing has happened to any."""
    for i in range(len(tickets)):
        t = tickets[i]
        t.name_0, t.name_1, t.name_2 = name[i, 0], name[i, 1], name[i, 2]
        t.kind, t.priority, t.difficulty = kind[i], priority[i], difficulty[i]
        t.created_s, t.ready_s, t.patience_s, t.front_s = created_s[i], created_s[i], patience_s[i], 0
        t.place, t.after, t.before, t.holder, t.owner = NOWHERE, -1, -1, -1, -1
        t.assigned_s, t.accepted_s, t.ends_s, t.warns_s, t.escalates_s = -1, -1, -1, -1, -1
        t.resolved_s, t.asked_s, t.left_ms, t.rest_ms = -1, -1, 0, -1
        t.stage, t.visit, t.replied, t.warned, t.solved, t.refers = 0, 0, 0, 0, -1, 0
        t.due_resolution_s, t.due_first_s = due_resolution_s[i], min(due_response_s[i], due_resolution_s[i])


def _tickets(layout: Layout) -> Records:
    world = layout.world
    made = np.empty(len(world), TICKET).view(np.recarray)
    _fill(
        made, world.name, world.kind, world.priority, world.created_s, world.patience_s, world.difficulty,
        layout.due_response_s, layout.due_resolution_s,
    )  # fmt: skip
    first = made[: layout.opening]
    first["stage"], first["visit"] = layout.opening_stage, layout.opening_visit
    first["ready_s"], first["owner"] = layout.opening_ready_s, layout.opening_owner
    first["replied"] = layout.opening_replied_s < 0
    return np.concatenate([made, _errands(layout, made)]) if len(layout.parent) else made


def _delays(layout: Layout, tickets: int) -> Records:
    """Return records of delays outside of work, none if nobody is dispatched or assigned to."""
    delayed = layout.desk.routing.mode == "inbox" or layout.dispatch_row >= 0
    made = records(tickets if delayed else 0, DELAY)
    made["sorts_s"] = made["accepts_s"] = made["reminds_s"] = -1
    return made


def _runs(layout: Layout) -> Records:
    """Return the resolution clocks of tickets, none if nothing falls due."""
    due = layout.due_resolution_s
    made = records(len(due) if len(layout.changes_s) or (len(due) and due.min() < NEVER) else 0, RUN)
    made["due_s"] = made["moved_due_s"] = UNSET
    return made


def _errands(layout: Layout, tickets: Records) -> Records:
    """Return the records of errands, which are numbered after the tickets."""
    made = tickets[layout.parent]
    made["stage"], made["visit"] = np.array(layout.last)[made["kind"]] + 1, 0
    made["replied"], made["owner"], made["due_first_s"], made["due_resolution_s"] = 1, -1, NEVER, NEVER
    return made


def _shortcuts(tickets: int) -> Records:
    made = records(tickets, SHORTCUT)
    made["passed"] = -1
    return made


def _duplicates(layout: Layout) -> Ints:
    """Return of each ticket the first that it is a copy of, and that it is not merged yet; none without copies."""
    of = layout.world.duplicate_of
    return np.stack([of, np.zeros(len(of), np.int64)], axis=1)


def _changes(layout: Layout) -> Records:
    made = records(len(layout.changes_s), CHANGE)
    if len(made):
        made["at_s"], made["to"], made["from_s"] = layout.changes_s, layout.changes_to, layout.world.created_s
        made["under_s"] = -1
        if len(layout.comes_under_s):
            made["under_s"], made["under_to"] = layout.comes_under_s, layout.comes_under
        made["changed_s"], made["warns_s"], made["first_pause"] = -NEVER, -1, -1
    return made


def _escalations(layout: Layout) -> dict[str, Records]:
    """Return what escalations need to know of each ticket; nothing where there are none of the kind."""
    n = len(layout.world)
    made = records(n * layout.escalates_overdue, OVERDUE_AT)
    made["response_s"] = made["resolution_s"] = NEVER
    return {"overdues": made, "put_bys": records(n * (layout.desk.routing.supervisor is not None), PUT_BY)}


def _people(layout: Layout) -> Records:
    crew = layout.crew
    made = records(len(crew), PERSON)
    made["code"], made["role"] = layout.codes, layout.role
    made["main"] = [takes[0] for takes in crew.takes]
    made["permissions"] = [len(takes) for takes in crew.takes]
    made["most"] = layout.most
    made["next_span"], made["last_span"] = crew.stay_first[:-1], crew.stay_first[1:]
    made["looks_s"] = -1
    # Since when idle; inbox: the last assignment, a grain before the run until the first.
    made["since_s"] = made["turn_s"] = -layout.clock_s
    return made


def _ability(crew: Crew) -> Records:
    made = records((len(crew), len(crew.skills)), ABILITY)
    made["rate_ppm"], made["quality"] = crew.rate_ppm, crew.quality
    for person, takes in enumerate(crew.takes):
        made["may"][person, list(takes)] = 1
    return made


def _learned(crew: Crew) -> Records:
    """Return how far everybody is by day of the run; nothing where nobody is new."""
    made = records(crew.pace_ppm.shape, LEARNED)
    made["pace_ppm"], made["lacks"] = crew.pace_ppm, crew.lacks
    return made


def _duties(crew: Crew) -> Ints:
    """Return begins and ends of all spans on duty as events, rising."""
    person = np.repeat(np.arange(len(crew)), np.diff(crew.stay_first))
    both = ((ON, crew.stay_on_s), (OFF, crew.stay_off_s))
    return np.sort(
        np.concatenate([(at_s << (NUMBER_BITS + KIND_BITS)) | (kind << NUMBER_BITS) | person for kind, at_s in both])
    )


def _steps(layout: Layout) -> Records:
    made = records((len(layout.routes), layout.stages), STEP)
    for kind, route in enumerate(layout.routes):
        for stage, step in enumerate(route):
            for name in made.dtype.names or ():
                made[name][kind, stage] = getattr(step, name)
    return made


def _kinds(layout: Layout) -> Records:
    made = records(len(layout.world.kinds), KIND)
    for number, name in enumerate(layout.world.kinds):
        kind = layout.desk.demand.kinds[name]
        made[number] = (
            kind.weight, len(kind.route), layout.rooms[number], kind.replies_at_end, layout.ease[number],
            layout.looks[number], layout.assists[number], layout.helper[number], layout.wrong[number],
            layout.misgiven[number],
            len(layout.routes[number]), kind.calls_back,
            layout.kind_codes[number],
            layout.declines[number], layout.merge_ms[number], kind.chat, layout.hard[number],
        )  # fmt: skip
    return made


def _barred(layout: Layout) -> NDArray[np.int8]:
    """Return by person and kind whether it is forbidden."""
    made = np.zeros((len(layout.crew), len(layout.world.kinds)), np.int8)
    for person, kinds in enumerate(layout.crew.barred):
        made[person, sorted(kinds)] = 1
    return made


def _rooms(layout: Layout) -> Records:
    made = records(len(layout.places), ROOM)
    made["places"] = layout.places
    return made


_SCALARS = (
    "until_s", "clock_s", "lead_s", "orphan_s", "close_after_s", "reopen_ppm", "keeps_ppm", "pickup_row", "reopen_row",
    "tempted", "early_ppm", "token_ms", "pass_ms",
    "forgotten_row", "remind_s", "look_row", "dispatch_row", "escalates_s", "escalates_overdue", "helping",
)  # fmt: skip
"""Attributes of a layout that the desk's record holds by the same name."""


def _desk(layout: Layout) -> Records:
    made = records(1, DESK)
    s, desk = made[0], layout.desk
    s.fault = -1
    s.pull = desk.routing.mode == "pull"
    s.caps = layout.caps.shape[1]
    s.inbox, s.carries_over = desk.routing.mode == "inbox", desk.routing.at_shift_end == "carry_over"
    s.hands_back = desk.routing.at_shift_end == "hand_back"
    for name in _SCALARS:
        s[name] = getattr(layout, name)
    s.key_0, s.key_1 = layout.key
    s.stages, s.ranks, s.standings = layout.stages, len(desk.priorities), len(layout.standings)
    s.coming, s.width = len(layout.world), layout.world.work_ms.shape[1]
    s.hands, s.chatting = layout.paces_ppm.shape[1], layout.chatting
    s.learning = layout.crew.pace_ppm.shape[1]
    s.solved_logit = desk.outcome.solved_logit
    s.tracks = desk.routing.steer_every_min is not None or desk.routing.weights().by_history()
    if (neglect := desk.routing.neglect) is not None:
        s.neglect, s.heeds = neglect.share, neglect.heeds
    s.parallel = max(step.branches for route in layout.routes for step in route)
    s.merging = len(layout.world.duplicate_of) > 0
    s.next_replies, s.changing = layout.next_replies, len(layout.changes_s) > 0
    s.supervises = desk.routing.supervisor is not None
    s.restarts = desk.sla is not None and desk.sla.reopen != "resume"
    return made


def use(m: Machine, layout: Layout, policy: Policy) -> None:
    """Decide by these weights from now on; the people who are listed change groups."""
    desk, t, p = m.desk[0], policy.ticket, policy.person
    weights = (
        t.priority, t.age_s, t.slack_s, t.kind, t.warned, t.main, t.returns,
        p.idle_s, p.speed, p.permissions, p.main, p.open_tickets, p.returns,
        t.cmu, t.ease, t.work_s, t.mix, p.turn_s, p.lot, p.busy_s, p.mix,
    )  # fmt: skip
    for name, weight in zip(WEIGHTS, weights, strict=True):
        desk[name] = weight
    desk.more_of_tickets, desk.more_of_people = any(weights[13:17]), any(weights[17:])
    desk.pairs_matter = policy.by_pair()
    desk.main_only_s = rules.delay_s(60_000 * policy.main_only_min, layout.clock_s)
    desk.picky = desk.main_only_s > 0 or layout.dispatch_row >= 0 or any(layout.crew.barred) or layout.chatting
    desk.picky |= desk.caps > 0 or layout.parallel
    group = groups_of(layout, policy)
    m.people["group"] = group
    may = m.abilities["may"].reshape(len(group), -1)
    _link(m, np.array([(skill, group[person]) for person, skill in np.argwhere(may)], np.int64).reshape(-1, 2))
    list_again(m.desk)


def _link(m: Machine, pairs: Ints) -> None:
    """Link skills and groups, of which the pairs are given, each of its people; the groups are made, and are empty."""
    pairs, count = np.unique(pairs, axis=0), int(m.people["group"].max(initial=-1)) + 1
    groups = _lines(count, GROUP)
    for kind, column, made, first, last in (
        ("takers", 0, m.skills, "first_group", "last_group"),
        ("taken", 1, groups, "first_skill", "last_skill"),
    ):
        ends = np.searchsorted(np.sort(pairs[:, column]), np.arange(len(made)), side="right")
        made[first][1:], made[last] = ends[:-1], ends
        m.put(kind, pairs[np.argsort(pairs[:, column], kind="stable"), 1 - column])
    m.put("groups", groups)
