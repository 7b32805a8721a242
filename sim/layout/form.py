"""What an engine is given: a desk and a world as plain numbers, looked up by position."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.crew import Crew
from sim.desk import Desk
from sim.sla import SlaClock
from sim.world import World

Ints = NDArray[np.int64]


Floats = NDArray[np.float64]


Flags = NDArray[np.bool_]


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
    tempted
        Whether anybody's conduct may touch what an engine does.
    early_ppm
        Share of the work in hand that is done before a ticket is closed early, in parts per million.
    token_ms, pass_ms
        Work of a reply without substance, and until a ticket is passed on, in milliseconds at speed 1.
    hard
        By kind: whether it is passed on.
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
    tempted: bool
    early_ppm: int
    token_ms: int
    pass_ms: int
    hard: tuple[bool, ...]
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
