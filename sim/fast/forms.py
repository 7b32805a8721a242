"""What stands in the twin's memory: records of tickets, people, queues and events, and words for their states."""

from __future__ import annotations

import numpy as np

from sim.desk import CONDUCTS

TICKET = np.dtype(
    [
        # Where it stands: in its queue as if it had been ready `front_s` earlier; `after` and `before` link it to its
        # neighbours in a queue or in a person's list.
        ("place", "i4"), ("after", "i4"), ("before", "i4"), ("holder", "i4"), ("owner", "i4"),
        ("created_s", "i4"), ("ready_s", "i4"), ("front_s", "i4"), ("assigned_s", "i4"), ("accepted_s", "i4"),
        # This and the other instants that make an event of the heap valid: it is void if they have changed, -1 for
        # none.
        ("ends_s", "i4"),
        ("kind", "i2"), ("stage", "i2"), ("visit", "i2"), ("priority", "i1"),
        ("replied", "i1"), ("warned", "i1"), ("solved", "i1"), ("refers", "i1"), ("left_ms", "i8"),
        # The second half: what is seldom looked at. A call-back's `warns_s` is when it falls due.
        ("rest_ms", "i8"), ("due_first_s", "i8"), ("due_resolution_s", "i8"), ("difficulty", "f8"),
        ("resolved_s", "i4"), ("asked_s", "i4"), ("warns_s", "i4"), ("escalates_s", "i4"), ("patience_s", "i4"),
        # The name that its chance belongs to.
        ("name_0", "u4"), ("name_1", "u4"), ("name_2", "u4"),
    ],
    align=True,
)  # fmt: skip
"""Two lines of a processor's cache; what only some desks need of a ticket has records of its own."""


DELAY = np.dtype([("sorts_s", "i8"), ("accepts_s", "i4"), ("reminds_s", "i4")], align=True)
"""When a dispatcher comes to a ticket, when its person accepts it, and when they are reminded; -1 for none."""


RUN = np.dtype([("due_s", "i8"), ("moved_s", "i8"), ("moved_due_s", "i8")], align=True)
"""The resolution clock of a ticket: the due instant of its present run, before and after the pauses that moved it."""


PERSON = np.dtype(
    [
        ("status", "i4"), ("on_duty", "i4"), ("suspended", "i4"), ("listed", "i4"), ("looks", "i4"),
        ("main", "i4"), ("permissions", "i4"), ("group", "i4"), ("after", "i4"), ("before", "i4"),
        ("holds", "i4"), ("next_span", "i4"), ("last_span", "i4"), ("since_s", "i4"),
        # Tickets in hand, the most chats among them, whether they are chats, and since when there are any.
        ("in_hand", "i4"), ("most", "i4"), ("chats", "i4"), ("busy_since_s", "i4"),
        # What the person was given and did, see `history`; who it is, for lots.
        ("turn_s", "i4"), ("given", "i4"), ("busy_s", "i4"), ("busy_day_s", "i4"),
        ("role", "i4"), ("looks_s", "i4"), ("looked", "i4"), ("given_ease", "i8"), ("code", "i8"),
    ],
    align=True,
)  # fmt: skip


SLOT = np.dtype(
    [
        ("begun_ms", "i8"), ("ticket", "i4"),
        ("started_s", "i4"), ("worked_s", "i4"), ("segment_s", "i4"), ("paced_s", "i4"),
    ],
    align=True,
)  # fmt: skip
"""A ticket in a person's hand: what was left at the begin; which it is; since when; seconds before the last
interruption; since when it goes on without one; since when at its present pace."""


ABILITY = np.dtype([("rate_ppm", "i8"), ("quality", "f8"), ("may", "i8")], align=True)


LEARNED = np.dtype([("pace_ppm", "i8"), ("lacks", "f8")], align=True)
"""How far somebody is on a day of the run, beside the settled ability; there are none where nobody is new."""


LINE = np.dtype([("head", "i8"), ("tail", "i8"), ("length", "i8"), ("skill", "i8"), ("position", "i8")], align=True)
"""A queue of tickets: a linked list in order."""


GROUP = np.dtype([("head", "i8"), ("tail", "i8"), ("first_skill", "i8"), ("last_skill", "i8")], align=True)
"""People who take the same skills, of whom those that may be given a ticket are listed in order."""


SKILL = np.dtype(
    [("queues", "i8"), ("position", "i8"), ("first_group", "i8"), ("last_group", "i8"), ("free", "i8")], align=True
)
"""How many of its queues hold tickets, where it stands among such skills, who takes it, and how many groups of these
have somebody listed."""


KIND = np.dtype(
    [
        *(
            (name, "i8")
            for name in (
                "weight",
                "stages",
                "room",
                "replies_at_end",
                "ease",
                "looks",
                "assists",
                "helper",
                "wrong",
                "misgiven",
                "steps",
            )
        ),
        ("calls_back", "f8"),
        ("code", "i8"),
        ("declines", "f8"),
        ("merge_ms", "i8"),
        ("chat", "i8"),
        ("hard", "i8"),
    ],
    align=True,
)


ROLE = np.dtype([("given", "i8"), ("ease", "i8")], align=True)


ROOM = np.dtype([("inside", "i8"), ("places", "i8")], align=True)


STEP = np.dtype(
    [
        ("skill", "i8"), ("work_row", "i8"), ("answer_row", "i8"), ("handoff_row", "i8"), ("third_row", "i8"),
        ("asks_after_ppm", "i8"), ("refers_after_ppm", "i8"), ("refers", "f8"), ("work_purpose", "i8"),
        ("answer_purpose", "i8"), ("handoff_purpose", "i8"), ("refers_purpose", "i8"), ("third_purpose", "i8"),
        ("neglect_purpose", "i8"), ("forgotten_purpose", "i8"), ("heeded_purpose", "i8"),
        ("dispatch_purpose", "i8"),
        ("lot_purpose", "i8"), ("mean_s", "i8"), ("mistaken", "f8"), ("asks", "f8"), ("asks_purpose", "i8"),
        ("branches", "i8"), ("beside", "i8"), ("assist", "i8"),
    ],
    align=True,
)  # fmt: skip


CHANGE = np.dtype(
    [
        ("at_s", "i8"), ("to", "i8"), ("changed_s", "i8"), ("warns_s", "i8"),
        ("under_s", "i8"), ("under_to", "i8"), ("under", "i8"),
        # The present run of the resolution clock: its begin, and its pauses as a linked list.
        ("from_s", "i8"), ("first_pause", "i8"), ("last_pause", "i8"),
    ],
    align=True,
)  # fmt: skip
"""What a change of a ticket's priority needs; there are none if no kind's priorities change."""


PAUSE = np.dtype([("begin_s", "i8"), ("end_s", "i8"), ("after", "i8")], align=True)


OVERDUE_AT = np.dtype([("response_s", "i8"), ("resolution_s", "i8")], align=True)
"""When a ticket is escalated as overdue, if it is open then; there are none without such escalations."""


SHORTCUT = np.dtype([("taken", "i4"), ("passed", "i4"), ("undone_ms", "i8")], align=True)
"""What is done with a ticket in hand, the visit at which it was passed on last, -1 for none, and the work that would be
left undone; there are none without conduct."""


LEANING = np.dtype([(name, "f8") for name in CONDUCTS], align=True)
"""How a person leans to each conduct; there are none without conduct."""


PUT_BY = np.dtype(
    [("left_ms", "i8"), ("rest_ms", "i8"), ("owner", "i8"), ("refers", "i8"), ("there", "i8")], align=True
)
"""What a ticket has put by while a supervisor looks at it, if it is `there`; there are none without a supervisor."""


PROMISE = np.dtype([("clock", "i8"), ("open_s", "i8"), ("days", "i8")], align=True)


CLOCK = np.dtype([("first", "i8"), ("last", "i8"), ("first_day", "i8"), ("last_day", "i8")], align=True)


MOMENT = np.dtype([(name, "i4") for name in ("ticket", "at_s", "what", "who", "value")])


TOUCH = np.dtype(
    [
        (name, "i4")
        for name in (
            "ticket", "stage", "visit", "person", "ready_s", "assigned_s", "accepted_s", "started_s", "ended_s",
            "work_s", "ended",
        )
    ]
)  # fmt: skip


SEGMENT = np.dtype([(name, "i4") for name in ("person", "begin_s", "end_s")])
"""What was written down takes half the memory that `sim.record` is given: the system clears each page of it once."""


ARRAYS = {
    "tickets": TICKET, "delays": DELAY, "runs": RUN, "dues": np.dtype([("response_s", "i8")]),
    "people": PERSON, "queues": LINE, "groups": GROUP, "abilities": ABILITY, "steps": STEP,
    "parents": np.dtype([("ticket", "i8"), ("part", "i8")]), "children": np.dtype([("first", "i8")]),
    "kinds": KIND, "rooms": ROOM, "skills": SKILL, "promises": PROMISE, "responses": PROMISE,
    "changes": CHANGE, "pauses": PAUSE, "duplicates": np.dtype([("of", "i8"), ("merges", "i8")]), "clocks": CLOCK,
    "work": np.dtype([("ms", "i8")]), "asks": np.dtype([("asks", "i1")]), "spans": np.dtype([("on_s", "i8")]),
    "duties": np.dtype([("key", "i8")]), "events": np.dtype([("key", "i8")]), "lists": np.dtype([("first", "i8")]),
    "looking": np.dtype([("person", "i8")]), "open_skills": np.dtype([("skill", "i8")]),
    "open_queues": np.dtype([("queue", "i8")]), "takers": np.dtype([("group", "i8")]),
    "taken": np.dtype([("skill", "i8")]),
    "caps": np.dtype([("held", "i8"), ("most", "i8")]), "counted": np.dtype([("counts", "i1")]),
    "barred": np.dtype([("barred", "i1")]), "picking": np.dtype([("person", "i8")]), "roles": ROLE,
    "slots": SLOT, "paces": np.dtype([("ppm", "i8")]), "midnights": np.dtype([("at_s", "i8")]),
    "learned": LEARNED, "overdues": OVERDUE_AT, "put_bys": PUT_BY, "shortcuts": SHORTCUT, "leanings": LEANING,
    "moments": MOMENT, "touches": TOUCH, "segments": SEGMENT,
}  # fmt: skip
"""The records of each array, by its name."""


NUMBERS = (
    "dispatch_on", "dispatch_off", "begins", "ends", "passed", "days", "zone_begins", "zone_shown", "zone_reach",
    "tables",
)  # fmt: skip


GROWING = {"pauses": "paused", "events": "heap", "moments": "told", "touches": "touched", "segments": "split"}
"""Arrays that grow, and the scalars that count what they hold."""


WEIGHTS = (
    "w_priority", "w_age", "w_slack", "w_kind", "w_warned", "w_main", "w_returns",
    "p_idle", "p_speed", "p_permissions", "p_main", "p_open", "p_returns",
    "w_cmu", "w_ease", "w_work", "w_mix", "p_turn", "p_lot", "p_busy", "p_mix",
)  # fmt: skip


DESK = np.dtype(
    [
        # Where the run is.
        ("now_s", "i8"), ("next_ticket", "i8"), ("fresh", "i8"), ("next_duty", "i8"), ("heap", "i8"),
        ("told", "i8"), ("touched", "i8"), ("split", "i8"), ("looks", "i8"), ("waiting", "i8"),
        ("opened", "i8"), ("listed", "i8"), ("unsettled", "i8"), ("fault", "i8"),
        # What the desk is.
        ("inbox", "i8"), ("carries_over", "i8"), ("hands_back", "i8"), ("keeps_ppm", "i8"),
        ("until_s", "i8"), ("clock_s", "i8"), ("lead_s", "i8"),
        ("orphan_s", "i8"), ("close_after_s", "i8"), ("reopen_ppm", "i8"), ("pickup_row", "i8"), ("reopen_row", "i8"),
        ("key_0", "u8"), ("key_1", "u8"), ("stages", "i8"), ("ranks", "i8"), ("standings", "i8"),
        ("solved_logit", "f8"),
        ("coming", "i8"), ("width", "i8"), ("hands", "i8"), ("chatting", "i8"),
        ("restarts", "i8"), ("pairs_matter", "i8"), ("more_of_tickets", "i8"), ("more_of_people", "i8"),
        ("picky", "i8"), ("dispatch_row", "i8"), ("escalates_s", "i8"), ("pull", "i8"), ("look_row", "i8"),
        ("picking", "i8"), ("caps", "i8"),
        ("forgotten_row", "i8"), ("remind_s", "i8"), ("neglect", "f8"), ("heeds", "f8"),
        ("main_only_s", "i8"), ("opens_s", "i8"), ("tracks", "i8"), ("day", "i8"),
        ("next_replies", "i8"), ("escalates_overdue", "i8"), ("supervises", "i8"), ("helping", "i8"),
        ("changing", "i8"), ("paused", "i8"), ("merging", "i8"), ("parallel", "i8"), ("tempted", "i8"),
        ("early_ppm", "i8"), ("token_ms", "i8"), ("pass_ms", "i8"), ("learning", "i8"),
        *((weight, "i8") for weight in WEIGHTS),
        # Where its arrays are, and how many records or numbers they hold.
        *((f"at_{name}", "i8") for name in (*ARRAYS, *NUMBERS)), *((f"n_{name}", "i8") for name in (*ARRAYS, *NUMBERS)),
    ],
    align=True,
)  # fmt: skip


NOWHERE, IN_OWN, PENDING, IN_WORK, HANDED, ASKING, RESTING, GONE, REFERRED, APART = range(-1, -11, -1)
"""Places of a ticket; a place of 0 or more is the number of a queue. Of a ticket that stands apart the branches do."""


OFF_DUTY, IDLE, BUSY = 0, 1, 2


REPLIED, OWED = 1, 2
"""Whether a person replied to a ticket: yes; yes, but the requester has written again since; 0: not yet."""


OWN, ASSIGNED = 0, 1
"""The two lists of a person: tickets to take before new ones, and those assigned but not accepted."""


(FINISH, LEAVE, CREATED, READY, ANSWERED, REOPENS, CALLS, CHANGES, COMES_UNDER, REMINDS, ACCEPTED, WARNS, LOOKED, OFF,
 ON, OPENS, ESCALATES, OVERDUE) = range(18)  # fmt: skip
"""Kinds of events in the order in which they happen within a second."""


NUMBER_BITS, KIND_BITS = 28, 5
"""An event is one whole number: the second, then its kind, then its ticket or person; so the least comes first."""


UNSET = -(2**62)
"""A due instant that nobody has asked for yet."""


MOST_TICKETS = 1 << (NUMBER_BITS - 1)
"""A world of the twin has fewer tickets: a warning's number has one bit more, for the clause."""
