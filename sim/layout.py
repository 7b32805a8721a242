"""A desk and a world laid out as plain numbers, so that an engine looks nothing up by name."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import chance, rules
from sim.calendar.zones import DAY_S, EPOCH_DAY
from sim.crew import PPM, Crew, crew_of, skills_of
from sim.desk import Branch, Desk, Kind, Law, Policy, people_of, seats_of
from sim.desk.once import once_per_desk
from sim.laws import table_ms
from sim.log.dues import same_target
from sim.opening import Opening, opened
from sim.sla import SlaClock, standings
from sim.world import ASKS, WORK, World, agreements_of, changes_of, demand_of, with_solutions

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEVER = 2**62
"""An instant that never comes."""

FRONT_S = 1_000_000_000
"""A ticket that was handed back stands in its queue as if it had been ready so much earlier: more than any run."""

ROOM_S = 1_000_000_000
"""Who has room for one more chat stands among the idle as if idle since so much later: after all who are idle."""

SOLVED, REOPEN, PICKUP = (chance.code(purpose) for purpose in ("solved", "reopen", "pickup"))
ANSWER = tuple(chance.code("answer", stage) for stage in range(12))
HANDOFF = tuple(chance.code("handoff", stage) for stage in range(12))
REFERS = tuple(chance.code("refers", stage) for stage in range(12))
ASSISTS = tuple(chance.code("assists", stage) for stage in range(12))
CALLS_BACK, TRIAGE, MISGIVEN = chance.code("calls_back"), chance.code("triage"), chance.code("misgiven")
THIRD = tuple(chance.code("third_party", stage) for stage in range(12))
NEGLECT, FORGOTTEN, HEEDED = (
    tuple(chance.code(purpose, stage) for stage in range(12)) for purpose in ("neglect", "forgotten", "heeded")
)
LOOK_AROUND, DECLINE = (chance.code(purpose) for purpose in ("look_around", "decline"))
DISPATCH = tuple(chance.code("dispatch", stage) for stage in range(12))
LOT = tuple(chance.code("lot", stage) for stage in range(12))


@dataclass(frozen=True, eq=False)
class Step:
    """One stage of one kind, by numbers. A row of -1 means that there is no such delay.

    Attributes
    ----------
    skill
        Position of the skill in the crew's skills.
    work_row, answer_row, handoff_row, third_row
        Rows of `Layout.tables`.
    asks_after_ppm, refers_after_ppm
        Share of the work before the question, and before the wait for a third party.
    refers
        Probability of that wait, or of asking a colleague.
    work_purpose, answer_purpose, handoff_purpose, refers_purpose, third_purpose, lot_purpose, neglect_purpose,
    forgotten_purpose, heeded_purpose, dispatch_purpose
        Codes of the stage's own chance.
    mean_s
        Mean work content in seconds, at least 1.
    asks, asks_purpose
        Probability that a branch stops once for the requester, and the code of its chance: of those beside a stage,
        which the world does not know.
    branches, beside
        Of a stage whose work is done in branches: how many there are, and the step of the second; its own step is the
        first. Both are 0 for other steps.
    mistaken
        Probability that triage, or a dispatcher, puts a ticket here, or at one of the own wrong steps before; 0 for a
        step of the route.
    assist
        Number of the step at which a colleague helps with this stage, -1 for none; `refers` is the probability then.
    """

    skill: int
    work_row: int
    answer_row: int
    handoff_row: int
    third_row: int
    asks_after_ppm: int
    refers_after_ppm: int
    refers: float
    work_purpose: int
    answer_purpose: int
    handoff_purpose: int
    refers_purpose: int
    third_purpose: int
    lot_purpose: int
    neglect_purpose: int
    forgotten_purpose: int
    heeded_purpose: int
    dispatch_purpose: int
    mean_s: int
    asks: float
    asks_purpose: int
    branches: int = 0
    beside: int = 0
    mistaken: float = 0.0
    assist: int = -1


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything that an engine reads.

    Attributes
    ----------
    desk, world, crew
        What it was made of.
    until_s, clock_s
        End of the run; grain of all instants.
    key
        The two key words of the seed.
    tables
        Quantiles in milliseconds of every law, shape (laws, GRID_STEPS + 1).
    routes
        Steps by kind, in the order of `world.kinds`; after the last stage stands the call-back, if the kind has one,
        then the branches beside its stages, the help of colleagues at those that ask for it, a supervisor's look at
        each stage, then the steps to which triage, and last those to which a
        dispatcher may send a ticket wrongly.
    stage_of, branch_of
        By kind, stage and branch of each step, as the log tells them.
    departments
        Names of the steps' departments, by kind.
    last, assists, looks, wrong, misgiven, stages
        Number of the last stage, of the first step at which a colleague helps, at which a supervisor looks, of the
        first wrong step and of the first that is a dispatcher's error (or of none) by kind; most steps of any kind.
    helping
        Whether any stage may ask a colleague for help.
    helper
        By kind, which of a ticket's errands is the help of a colleague: the last, if there is any.
    calls_back
        Probability of a call-back after a resolution, by kind.
    parent, first_child
        Errands are numbered after all tickets, those of a ticket in a row, and are told of as touches of it: by errand,
        its ticket; by ticket, its first errand, or -1. Both are empty where no kind has errands. Of a ticket's errands
        the call-back is the first, if its kind has one; the others are branches, by their number.
    part
        By errand, the number of the branch, -1 for a call-back.
    parallel
        Whether any stage has branches.
    rooms
        Number of the waiting room by kind, -1 for none.
    places
        Places of each room.
    ease
        Ease of each kind in thousandths, see `sim.rules.ease_of`.
    midnights_s
        First instants of the run's local days, rising from 0, on the grain of the clock.
    codes, role
        By person: code of the name, for chance that belongs to ticket and person; number of the role.
    due_response_s, due_resolution_s
        Due instants at creation by ticket, `NEVER` where there is no target.
    sla_clock
        Moves a due instant past a pause; None without an SLA.
    changes_s, changes_to
        By ticket: when its priority is looked at again, -1 for never, and the number of the priority that it has from
        then on; of no ticket if neither priorities nor agreements of any kind change.
    comes_under_s, comes_under
        By ticket: when it comes under another agreement, -1 for never, and which; of no ticket if no agreement changes.
    standings
        Names of what tickets are judged by, see `sim.sla.standings`.
    merge_ms
        By kind, the work of merging a duplicate, in milliseconds at speed 1.
    next_replies
        Whether a next response is promised to anybody: then every reply is written down, not only the first.
    lead_s
        Seconds from a warning to the due instant, 0 for no warnings.
    orphan_s, close_after_s
        Absence after which returning tickets go to the pool, and age at which a resolved ticket closes, in seconds;
        the latter on the grain of the clock, rounded up.
    reopen_row, pickup_row, reopen_ppm
        Rows of the desk's own delays, -1 for none; work content of a reopened ticket over that of its last stage, in
        parts per million.
    forgotten_row, remind_s
        Row of the time for which assigned tickets are forgotten, -1 for never; seconds between reminders, 0 for none.
    keeps_ppm
        Share of the work done that is kept when work is handed back, in parts per million.
    escalates_s
        Seconds from readiness to the escalation of a ticket that nobody began, 0 for never.
    escalates_overdue
        Whether tickets are escalated when they fall due.
    dispatch_row
        Row of the time on duty until a dispatcher comes to a ticket, -1 without a dispatcher.
    dispatch_on_s, dispatch_off_s
        Begins and ends of the spans in which a dispatcher is on duty, apart and rising.
    look_row
        Row of the time for which people look around before they pick, -1 unless they pick for themselves.
    declines, kind_codes
        By kind: chance that somebody who picks passes it over; code of its name.
    chat
        By kind: whether it may be worked on beside other chats.
    most, paces_ppm
        By person: how many chats may be held at once; speed of each of 1, 2, ... over that of one alone, in parts per
        million, shape (people, largest of `most`).
    chatting
        Whether anybody may hold two tickets at once.
    caps, most_held
        Of each cap, by kind, whether tickets of it count, shape (kinds, caps); by person, the most that the cap lets
        them hold, `NEVER` for people whom it does not bind, shape (people, caps).
    opening
        Number of tickets that are open at second 0: they are the first of the world, were created before it, and are
        never turned away.
    opening_stage, opening_visit, opening_ready_s
        By open ticket: its stage, the times that it was reopened, and when it became ready (at most 0); `world.work_ms`
        and `world.asks` tell what is left of that stage.
    opening_owner, opening_returns
        By open ticket: number of the person who last worked on it, -1 for none; whether it returns to their list
        unless they are away for long, because they have worked on its present stage and may do it.
    opening_referred
        By open ticket: whether no third party is waited for at its stage any more.
    opening_replied_s
        By open ticket: when somebody first replied, below 0, or 0 if nobody has.
    opening_leaves_s
        By open ticket: when its learner leaves unless work begins before, -1 for never.
    """

    desk: Desk
    world: World
    crew: Crew
    until_s: int
    clock_s: int
    key: tuple[int, int]
    tables: Floats
    routes: tuple[tuple[Step, ...], ...]
    stage_of: tuple[tuple[int, ...], ...]
    branch_of: tuple[tuple[int, ...], ...]
    departments: tuple[tuple[str, ...], ...]
    last: tuple[int, ...]
    assists: tuple[int, ...]
    looks: tuple[int, ...]
    wrong: tuple[int, ...]
    misgiven: tuple[int, ...]
    stages: int
    helping: bool
    helper: tuple[int, ...]
    calls_back: tuple[float, ...]
    parent: Ints
    first_child: Ints
    part: Ints
    parallel: bool
    reopen_row: int
    pickup_row: int
    forgotten_row: int
    escalates_s: int
    escalates_overdue: bool
    dispatch_row: int
    dispatch_on_s: Ints
    dispatch_off_s: Ints
    look_row: int
    declines: tuple[float, ...]
    kind_codes: tuple[int, ...]
    remind_s: int
    rooms: tuple[int, ...]
    places: tuple[int, ...]
    ease: tuple[int, ...]
    midnights_s: Ints
    codes: tuple[int, ...]
    role: tuple[int, ...]
    due_response_s: Ints
    due_resolution_s: Ints
    sla_clock: SlaClock | None
    changes_s: Ints
    changes_to: Ints
    comes_under_s: Ints
    comes_under: Ints
    standings: tuple[str, ...]
    merge_ms: tuple[int, ...]
    next_replies: bool
    lead_s: int
    orphan_s: int
    close_after_s: int
    reopen_ppm: int
    keeps_ppm: int
    chat: tuple[bool, ...]
    most: Ints
    paces_ppm: Ints
    chatting: bool
    caps: Flags
    most_held: Ints
    opening: int
    opening_stage: Ints
    opening_visit: Ints
    opening_ready_s: Ints
    opening_owner: Ints
    opening_returns: Flags
    opening_referred: Flags
    opening_replied_s: Ints
    opening_leaves_s: Ints


def lay_out(desk: Desk, world: World, opening: Opening | None = None) -> Layout:
    """Return the layout of a desk and a world, and of the tickets that are open when the run begins.

    Raises
    ------
    ValueError
        If the world belongs to another demand: the message names the first part that differs. If an open ticket is of
        a kind or a priority that the desk does not have.
    """
    _check_demand(desk, world)
    plan, crew = _plan(desk), crew_of(desk, world.seed)
    first: dict[str, Any] = _NO_OPENING
    if opening is not None and len(opening):
        world, first = _opened(desk, world, opening, plan, crew)
    world = with_solutions(desk, world, first["opening"])
    clock = None if plan.sla_clock is None else plan.sla_clock.copy()
    due_response, due_resolution = _dues(desk, world, clock)
    parent, first_child, part = _errands(world, plan.parts)
    changes_s, changes_to = changes_of(desk, world, first["opening"])
    comes_under_s, comes_under = agreements_of(desk, world, first["opening"])
    if len(comes_under_s) and not len(changes_s):
        changes_s = changes_to = np.full(len(world), -1, np.int64)
    dispatch_on_s, dispatch_off_s = _dispatchers(desk, crew)
    return Layout(
        dispatch_on_s=dispatch_on_s, dispatch_off_s=dispatch_off_s,
        desk=desk, world=world, crew=crew, key=chance.key(world.seed), due_response_s=due_response,
        due_resolution_s=due_resolution, sla_clock=clock, changes_s=changes_s, changes_to=changes_to,
        comes_under_s=comes_under_s, comes_under=comes_under, standings=standings(desk.priorities, desk.sla),
        parent=parent, first_child=first_child, part=part, **plan.parts, **first,
    )  # fmt: skip


def _errands(world: World, plan: dict[str, Any]) -> tuple[Ints, Ints, Ints]:
    """Return the ticket of each errand, the first errand of each ticket, and the branch of each errand."""
    calls = (np.array(plan["calls_back"]) > 0).astype(np.int64)
    helper, helps = np.array(plan["helper"]), np.array(plan["looks"]) > np.array(plan["assists"])
    by_kind = helper + helps
    if not by_kind.any():
        return _NOTHING, _NOTHING, _NOTHING
    many = by_kind[world.kind]
    first = len(world) + np.cumsum(many) - many
    parent = np.repeat(np.arange(len(world)), many)
    place = len(world) + np.arange(len(parent)) - first[parent]
    part = place - calls[world.kind][parent]
    part[place >= helper[world.kind][parent]] = -1
    return parent, np.where(many > 0, first, -1), part


def _check_demand(desk: Desk, world: World) -> None:
    own = tuple(sorted(desk.demand.kinds)), desk.priorities, desk.until_s()
    if (world.kinds, world.priorities, world.until_s) != own:
        raise ValueError(
            "the world was sampled from another demand: its kinds, priorities or length differ from the desk's"
        )
    if not world.demand or world.demand is (mine := demand_of(desk)):
        return
    for (where, told), (_, known) in zip(world.demand, mine, strict=True):
        if told != known:
            raise ValueError(f"the world was sampled from another demand: its {where} differs from the desk's")


def _chats(desk: Desk, kinds: list[Kind]) -> dict[str, Any]:
    """Return the attributes of `Layout` that tell of chats."""
    chat = tuple(kind.chat for kind in kinds)
    seats = [desk.staff.seats[seat.rpartition("#")[0]] for seat in people_of(desk).values()]
    most = np.array([len(seat.chats) if any(chat) else 1 for seat in seats], np.int64)
    paces_ppm = np.full((len(seats), max(most, default=1)), PPM, np.int64)
    for row, seat in enumerate(seats):
        paces_ppm[row, : most[row]] = [round(pace * PPM) for pace in seat.chats[: most[row]]]
    return {"chat": chat, "most": most, "paces_ppm": paces_ppm, "chatting": bool((most > 1).any())}


def _caps(desk: Desk, names: list[str]) -> dict[str, Any]:
    """Return the attributes of `Layout` that tell of caps."""
    caps = [cap for _, cap in sorted(desk.routing.caps.items())]
    groups = [seat.rpartition("#")[0] for seat in people_of(desk).values()]
    counts = [[cap.kinds is None or name in cap.kinds for cap in caps] for name in names]
    most = [[cap.most if cap.seats is None or group in cap.seats else NEVER for cap in caps] for group in groups]
    return {
        "caps": np.array(counts, np.bool_).reshape(len(names), len(caps)),
        "most_held": np.array(most, np.int64).reshape(len(groups), len(caps)),
    }


class _Plan(NamedTuple):
    """What the layouts of a desk have in common: attributes of `Layout`, and a clock to copy."""

    parts: dict[str, Any]
    sla_clock: SlaClock | None


@once_per_desk
def _plan(desk: Desk) -> _Plan:
    skills = skills_of(desk)
    tables: list[Floats] = []

    def row(law: Law | None) -> int:
        if law is None:
            return -1
        tables.append(table_ms(law))
        return len(tables) - 1

    names = sorted(desk.demand.kinds)
    kinds = [desk.demand.kinds[name] for name in names]
    routes = tuple(
        tuple(
            _step(stage, skills, row, row(stage.handoff), work_purpose=WORK[number], answer_purpose=ANSWER[number],
                  handoff_purpose=HANDOFF[number], refers_purpose=REFERS[number], third_purpose=THIRD[number],
                  neglect_purpose=NEGLECT[number], forgotten_purpose=FORGOTTEN[number], heeded_purpose=HEEDED[number],
                  dispatch_purpose=DISPATCH[number], lot_purpose=LOT[number], asks_purpose=ASKS[number])
            for number, stage in enumerate(kind.route)
        )
        for kind in kinds
    )  # fmt: skip
    last = tuple(len(route) - 1 for route in routes)
    routes = tuple(
        (*route, _call_back(route[-1], kind, row)) if kind.calls_back else route
        for route, kind in zip(routes, kinds, strict=True)
    )
    routes = tuple(_with_branches(route, kind, skills, row) for route, kind in zip(routes, kinds, strict=True))
    assists = tuple(map(len, routes))
    routes = tuple(_with_assists(kind, route, skills, row) for kind, route in zip(kinds, routes, strict=True))
    looks = tuple(map(len, routes))
    routes = tuple((*route, *_looks(desk, route[: end + 1], row)) for route, end in zip(routes, last, strict=True))
    wrong = tuple(map(len, routes))
    mistakes = [_mistakes(desk, name, route[0], skills, row) for name, route in zip(names, routes, strict=True)]
    supervised = desk.routing.supervisor is not None
    departments = tuple(
        (*(own := [stage.department for stage in kind.route]), *own[-1:] * bool(kind.calls_back),
         *(branch.department for stage in kind.route for branch in stage.beside),
         *(stage.department for stage in kind.route if stage.assists > 0), *own * supervised, *missed)
        for kind, (_, missed) in zip(kinds, mistakes, strict=True)
    )  # fmt: skip
    errors = [_errors(desk, name, route[0], skills, row) for name, route in zip(names, routes, strict=True)]
    routes = tuple((*route, *steps) for route, (steps, _) in zip(routes, mistakes, strict=True))
    misgiven = tuple(map(len, routes))
    routes = tuple((*route, *steps) for route, (steps, _) in zip(routes, errors, strict=True))
    places = [
        _places(kind, supervised, len(steps) - first) for kind, steps, first in zip(kinds, routes, wrong, strict=True)
    ]
    departments = tuple((*own, *missed) for own, (_, missed) in zip(departments, errors, strict=True))
    reopen_row, pickup_row = row(desk.outcome.reopen_after), row(desk.routing.pickup)
    neglect, pull = desk.routing.neglect, desk.routing.pull
    forgotten_row = row(None if neglect is None else neglect.forgotten)
    dispatch = desk.routing.dispatch
    dispatch_row = row(None if dispatch is None else dispatch.delay)
    look_row = row(None if pull is None else pull.look_around)
    rooms = sorted(desk.demand.rooms)
    first_day = desk.start.toordinal() - EPOCH_DAY
    midnights = desk.timeline().at_walls((first_day + np.arange(7 * desk.weeks)) * DAY_S)
    parts = {
        "until_s": desk.until_s(), "clock_s": desk.clock_s, "tables": np.array(tables), "routes": routes,
        "departments": departments, "last": last, "assists": assists, "looks": looks, "wrong": wrong,
        "misgiven": misgiven, "helping": assists != looks,
        "helper": tuple(bool(k.calls_back) + max(s.branches for s in r) for k, r in zip(kinds, routes, strict=True)),
        "stage_of": tuple(tuple(stage for stage, _ in place) for place in places),
        "branch_of": tuple(tuple(branch for _, branch in place) for place in places),
        "parallel": any(stage.beside for kind in kinds for stage in kind.route), "stages": max(map(len, routes)),
        "calls_back": tuple(kind.calls_back for kind in kinds),
        "reopen_row": reopen_row, "pickup_row": pickup_row, "forgotten_row": forgotten_row,
        "escalates_s": int(rules.delay_s(round(3_600_000 * (desk.routing.escalates_after_h or 0)), desk.clock_s)),
        "escalates_overdue": desk.routing.escalates_overdue,
        "dispatch_row": dispatch_row, "look_row": look_row, "kind_codes": tuple(chance.code(name) for name in names),
        "declines": tuple(0.0 if pull is None else pull.declines.get(name, 0.0) for name in names),
        "remind_s": 0 if neglect is None else int(rules.delay_s(60_000 * neglect.remind_min, desk.clock_s)),
        "rooms": tuple(-1 if kind.room is None else rooms.index(kind.room) for kind in kinds),
        "places": tuple(desk.demand.rooms[room] for room in rooms),
        "ease": tuple(rules.ease_of(desk.outcome.solved_logit, kind.difficulty_mean) for kind in kinds),
        "midnights_s": midnights // desk.clock_s * desk.clock_s, **_people(desk),
        "merge_ms": tuple(round(60_000 * kind.duplicates.merge_min) if kind.duplicates else 0 for kind in kinds),
        "next_replies": bool(desk.sla and any(place.endswith("next_response") for place, _ in desk.sla.clauses())),
        "lead_s": 60 * desk.sla.warning_min if desk.sla else 0, "orphan_s": round(desk.routing.orphan_h * 3600),
        "close_after_s": -(-round(desk.outcome.close_after_h * 3600) // desk.clock_s) * desk.clock_s,
        "reopen_ppm": round(desk.outcome.reopen_work * PPM), "keeps_ppm": round(desk.routing.keeps_progress * PPM),
        **_chats(desk, kinds), **_caps(desk, names),
    }  # fmt: skip
    clock = SlaClock.of(desk.sla, desk.calendars, desk.timeline(), 0, desk.until_s()) if desk.sla else None
    return _Plan(parts, clock)


def _dispatchers(desk: Desk, crew: Crew) -> tuple[Ints, Ints]:
    """Return begins and ends of the spans in which somebody is on duty who dispatches."""
    if desk.routing.dispatch is None or not desk.routing.dispatch.seats:
        return np.zeros(1, np.int64), np.array([NEVER])
    groups = desk.routing.dispatch.seats
    who = [person for person, seat in enumerate(crew.seats) if seat.rpartition("#")[0] in groups]
    if not np.isin(crew.duty_person, who).any():
        raise ValueError(
            f"routing.dispatch.seats: nobody of {', '.join(groups)} has a shift in the run, so nobody would "
            "assign a ticket"
        )
    spans = sorted(span for person in who for span in zip(crew.on_s[person], crew.off_s[person], strict=True))
    joined: list[tuple[int, int]] = []
    for on_s, off_s in spans or [(NEVER, NEVER)]:
        if joined and on_s <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], off_s)
        else:
            joined.append((on_s, off_s))
    both = np.array(joined, np.int64)
    return both[:, 0].copy(), both[:, 1].copy()


def _people(desk: Desk) -> dict[str, tuple[int, ...]]:
    """Return the attributes of `Layout` that tell who somebody is."""
    seats = {seat.name: seat.seat for seat in seats_of(desk)}
    roles, where = sorted(desk.staff.roles), people_of(desk)
    return {
        "codes": tuple(chance.code(name) for name in where),
        "role": tuple(roles.index(seats[seat].role) for seat in where.values()),
    }


def _errors(
    desk: Desk, name: str, first: Step, skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[list[Step], list[str]]:
    """Return the steps to which a dispatcher may send tickets of a kind wrongly, and their departments.

    They are the skills, but the right one, of those to whom the kind is not forbidden, each as likely as the others.
    """
    dispatch = desk.routing.dispatch
    if dispatch is None or dispatch.finds_out is None or not dispatch.errors:
        return [], []
    departments: dict[str, str] = {}
    for person, seat in people_of(desk).items():
        own, group = desk.staff.persons.get(person), desk.staff.seats[seat.rpartition("#")[0]]
        for skill in group.takes if own is None or name not in own.forbidden_kinds else ():
            if own is None or skill not in own.forbidden_skills:
                departments.setdefault(skill, desk.staff.teams[group.team].department)
    wrong = [skill for skill in sorted(departments) if skills.index(skill) != first.skill]
    finds_out, work_row = dispatch.finds_out, row(dispatch.finds_out)
    steps = [
        replace(
            first, skill=skills.index(skill), work_row=work_row, answer_row=-1, third_row=-1, handoff_row=-1,
            refers=0.0, branches=0, beside=0, assist=-1, mistaken=dispatch.errors * many / len(wrong),
            mean_s=max(round(60 * finds_out.mean_min), 1),
            **_purposes("misgiven"),
        )
        for many, skill in enumerate(wrong, 1)
    ]  # fmt: skip
    return steps, [departments[skill] for skill in wrong]


def _mistakes(
    desk: Desk, name: str, first: Step, skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[list[Step], list[str]]:
    """Return the steps to which triage may send tickets of a kind wrongly, and their departments.

    A kind that begins with the same skill is no mistake: the ticket stands where it belongs.
    """
    triage, steps, departments = desk.demand.triage, list[Step](), list[str]()
    for other, share in sorted(triage.confusion.get(name, {}).items()) if triage else ():
        stage, passed = desk.demand.kinds[other].route[0], steps[-1].mistaken if steps else 0.0
        if triage is None or not share or skills.index(stage.skill) == first.skill:
            continue
        steps.append(
            replace(
                first, skill=skills.index(stage.skill), work_row=row(triage.finds_out), answer_row=-1, third_row=-1,
                handoff_row=row(triage.handoff), refers=0.0, branches=0, beside=0, assist=-1, mistaken=passed + share,
                mean_s=max(round(60 * triage.finds_out.mean_min), 1), **_purposes("triage"),
            )
        )  # fmt: skip
        departments.append(stage.department)
    return steps, departments


def _with_assists(
    kind: Kind, route: tuple[Step, ...], skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[Step, ...]:
    """Return a route with the help of colleagues after it; the stages that ask for it know at which step."""
    steps, helps = list(route), list[Step]()
    for number, stage in enumerate(kind.route):
        if stage.assist is None or not stage.assists:
            continue
        steps[number] = replace(
            steps[number], assist=len(route) + len(helps), refers=stage.assists,
            refers_after_ppm=round(stage.assists_after * PPM), refers_purpose=ASSISTS[number],
        )  # fmt: skip
        helps.append(
            replace(
                route[number], skill=skills.index(stage.assist.skill), work_row=row(stage.assist.work), answer_row=-1,
                third_row=-1, handoff_row=-1, refers=0.0, mean_s=max(round(60 * stage.assist.work.mean_min), 1),
                **_purposes(f"assist.{number}"),
            )
        )  # fmt: skip
    return (*steps, *helps)


def _looks(desk: Desk, route: tuple[Step, ...], row: Callable[[Law | None], int]) -> tuple[Step, ...]:
    """Return the steps at which a supervisor looks at a ticket that was escalated, one for each stage."""
    supervisor = desk.routing.supervisor
    if supervisor is None:
        return ()
    work_row, skill = row(supervisor.work), skills_of(desk).index(supervisor.skill)
    mean_s = max(round(60 * supervisor.work.mean_min), 1)
    return tuple(
        replace(
            step, skill=skill, work_row=work_row, mean_s=mean_s, answer_row=-1, third_row=-1, handoff_row=-1,
            refers=0.0, branches=0, beside=0, assist=-1, **_purposes(f"supervision.{number}"),
        )
        for number, step in enumerate(route)
    )  # fmt: skip


def _purposes(what: str) -> dict[str, Any]:
    """Return codes of a chance of its own for a step that is no stage."""
    names = [field.name for field in fields(Step) if field.name.endswith("_purpose")]
    return {name: chance.code(what, name.removesuffix("_purpose")) for name in names}


def _call_back(last: Step, kind: Kind, row: Callable[[Law | None], int]) -> Step:
    """Return the step of a call-back, which needs the skill of the last stage."""
    assert kind.call_back_work is not None
    return replace(
        last, work_row=row(kind.call_back_work), handoff_row=row(kind.call_back_after), answer_row=-1, third_row=-1,
        refers=0.0, branches=0, beside=0, mean_s=max(round(60 * kind.call_back_work.mean_min), 1),
        **_purposes("call_back"),
    )  # fmt: skip


def _step(
    branch: Branch, skills: tuple[str, ...], row: Callable[[Law | None], int], handoff_row: int, **purposes: int
) -> Step:
    """Return the step of a stage, or of a branch beside one."""
    return Step(
        skill=skills.index(branch.skill), work_row=row(branch.work),
        answer_row=row(branch.answer if branch.asks > 0 else None), handoff_row=handoff_row,
        third_row=row(branch.third_party if branch.refers > 0 else None),
        asks_after_ppm=round(branch.asks_after * PPM), refers_after_ppm=round(branch.refers_after * PPM),
        refers=branch.refers, mean_s=max(round(60 * branch.work.mean_min), 1), asks=branch.asks, **purposes,
    )  # fmt: skip


def _with_branches(
    route: tuple[Step, ...], kind: Kind, skills: tuple[str, ...], row: Callable[[Law | None], int]
) -> tuple[Step, ...]:
    """Return the steps of a kind with the branches beside its stages put last."""
    made = list(route)
    for number, stage in enumerate(kind.route):
        if stage.beside:
            made[number] = replace(made[number], branches=1 + len(stage.beside), beside=len(made))
        for other, branch in enumerate(stage.beside, 1):
            made.append(_step(branch, skills, row, -1, **_purposes(f"branch.{number}.{other}")))
    return tuple(made)


def _places(kind: Kind, supervised: bool, mistaken: int) -> list[tuple[int, int]]:
    """Return stage and branch of each step of a kind; a call-back follows the last stage, a mistake is at the first."""
    own = [(n, 0) for n in range(len(kind.route))]
    beside = [(n, m) for n, stage in enumerate(kind.route) for m in range(1, 1 + len(stage.beside))]
    called = [(len(kind.route), 0)] * bool(kind.calls_back)
    helped = [(n, 0) for n, stage in enumerate(kind.route) if stage.assists > 0]
    return [*own, *called, *beside, *helped, *own * supervised, *[(0, 0)] * mistaken]


_NOTHING = np.zeros(0, np.int64)
_NO_OPENING: dict[str, Any] = {"opening": 0} | {
    **{f"opening_{name}": _NOTHING for name in ("stage", "visit", "ready_s", "owner", "replied_s", "leaves_s")},
    **{f"opening_{name}": _NOTHING.astype(np.bool_) for name in ("returns", "referred")},
}


def _opened(desk: Desk, world: World, opening: Opening, plan: _Plan, crew: Crew) -> tuple[World, dict[str, Any]]:
    """Return the world with the open tickets put first, and the attributes of `Layout` that tell of them."""
    joined, n = opened(desk, world, opening), len(opening)
    routes = plan.parts["routes"]
    kind = joined.kind[:n]
    stage = np.minimum(opening.stage, np.array(plan.parts["last"])[kind])
    reopened = opening.reopens > 0
    for row in np.flatnonzero(opening.asked | opening.referred | reopened).tolist():
        step, at = routes[kind[row]][stage[row]], int(stage[row])
        if step.branches:  # all of them are brought anew
            continue
        done_ppm = step.refers_after_ppm if opening.referred[row] else step.asks_after_ppm
        joined.work_ms[row, at] = _left_ms(joined, row, at, step, int(opening.reopens[row]), plan, done_ppm)
        joined.asks[row, at] = False
    person: dict[str | None, int] = {name: number for number, name in enumerate(crew.names)}
    owner = [person.get(name, -1) for name in opening.owner]
    may = [
        who >= 0 and routes[k][at].skill in crew.takes[who] and k not in crew.barred[who]
        for who, k, at in zip(owner, kind, stage, strict=True)
    ]
    untouched = np.array([name is None for name in opening.owner]) & (stage == 0) & ~reopened
    untouched &= opening.replied_s == 0
    grain = desk.clock_s
    return joined, {
        "opening": n, "opening_stage": stage, "opening_visit": opening.reopens,
        "opening_ready_s": opening.ready_s // grain * grain, "opening_owner": np.array(owner, np.int64),
        "opening_returns": opening.begun & np.array(may, np.bool_),
        "opening_referred": opening.referred | reopened,
        "opening_replied_s": opening.replied_s // grain * grain,
        "opening_leaves_s": np.where(untouched, joined.patience_s[:n], -1),
    }  # fmt: skip


def _left_ms(world: World, row: int, stage: int, step: Step, visit: int, plan: _Plan, done_ppm: int) -> int:
    """Return what is left of a stage: a reopened ticket's share of new work, else the part after the last wait."""
    work = int(world.work_ms[row, stage])
    if not visit:
        return work - int(rules.part_ms(work, done_ppm))
    (k0, k1), (n0, n1, n2) = chance.key(world.seed), world.name[row].tolist()
    u = chance.uniform(k0, k1, step.work_purpose, n0, n1, n2, visit)
    return int(rules.part_ms(round(chance.quantile(plan.parts["tables"], step.work_row, u)), plan.parts["reopen_ppm"]))


def _dues(desk: Desk, world: World, clock: SlaClock | None) -> tuple[Ints, Ints]:
    dues = np.full(len(world), NEVER, np.int64), np.full(len(world), NEVER, np.int64)
    if clock is None:
        return dues
    for alike in same_target(clock.sla, world.kinds, world.priorities, world.kind, world.priority):
        for due, ask in zip(dues, (clock.due_response_array, clock.due_resolution_array), strict=True):
            found = ask(alike.kind, alike.priority, world.created_s[alike.rows])
            if found is not None:
                due[alike.rows] = found // desk.clock_s * desk.clock_s
    return dues


def groups_of(layout: Layout, policy: Policy) -> tuple[int, ...]:
    """Return a group number per person: persons of a group differ for the policy in idle time only.

    Within a group the longest idle goes first, so only the first of each group need be compared. A policy that
    *scans* (see `Policy.scans`) has groups of one; so have people whom a cap binds, and a desk of whose tickets there
    are branches: who has one of them may not be given another.
    """
    crew, scans, by_speed = layout.crew, policy.scans() or layout.parallel, policy.by_speed()
    bound = (layout.most_held < NEVER).any(axis=1)
    keys: dict[object, int] = {}
    out = []
    for person in range(len(crew)):
        rates = tuple(crew.rate_ppm[person]) if by_speed else ()
        sign: object = person if scans or bound[person] else (crew.takes[person], crew.barred[person], rates)
        out.append(keys.setdefault(sign, len(keys)))
    return tuple(out)
