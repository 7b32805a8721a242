"""The twin's memory: a record per ticket, person, queue, event; the compiled loop reaches all of them from one.

The desk's own record holds scalars and the addresses of arrays of records. A compiled function takes that record and
nothing else, as a C function takes a pointer; so a call costs nothing, whatever the machine holds. The arrays belong
to `Machine`, which lives longer than any call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, config, from_dtype, types
from numba import njit as _njit
from numba.extending import intrinsic
from numpy.typing import NDArray

from sim.chance import GRID_STEPS

Ints = NDArray[np.int64]
Records = NDArray[Any]

compiled = _njit(cache=True, nogil=True)
"""A function of the compiled loop."""
inlined = _njit(cache=True, nogil=True, forceinline=True)
"""A function of the compiled loop that becomes part of its callers."""

TICKET = np.dtype(
    [
        # Who it is: the name that its chance belongs to, and what never changes.
        ("name_0", "u4"), ("name_1", "u4"), ("name_2", "u4"), ("kind", "i4"), ("priority", "i4"), ("patience_s", "i4"),
        # Where it stands; `after` and `before` link it to its neighbours in a queue or in a person's list.
        ("place", "i4"), ("after", "i4"), ("before", "i4"), ("holder", "i4"), ("owner", "i4"),
        ("created_s", "i4"), ("ready_s", "i4"), ("assigned_s", "i4"), ("accepted_s", "i4"),
        # Instants that make an event of the heap valid: it is void if they have changed, -1 for none.
        ("ends_s", "i4"), ("accepts_s", "i4"), ("warns_s", "i4"),
        ("resolved_s", "i4"), ("asked_s", "i4"), ("stage", "i2"), ("visit", "i2"),
        ("replied", "i1"), ("warned", "i1"), ("solved", "i1"),
        ("left_ms", "i8"), ("rest_ms", "i8"),
        ("due_response_s", "i8"), ("due_resolution_s", "i8"), ("due_first_s", "i8"),
        # The resolution clock: the due instant of its present run, before and after the pauses that moved it.
        ("run_due_s", "i8"), ("moved_s", "i8"), ("moved_due_s", "i8"), ("difficulty", "f8"),
    ],
    align=True,
)  # fmt: skip
PERSON = np.dtype(
    [
        ("status", "i1"), ("on_duty", "i1"), ("suspended", "i1"), ("listed", "i1"), ("looks", "i1"),
        ("main", "i4"), ("permissions", "i4"), ("group", "i4"), ("after", "i4"), ("before", "i4"),
        ("holds", "i4"), ("ticket", "i4"), ("next_span", "i4"), ("last_span", "i4"),
        ("since_s", "i8"), ("started_s", "i8"), ("segment_s", "i8"), ("worked_s", "i8"),
    ],
    align=True,
)  # fmt: skip
ABILITY = np.dtype([("rate_ppm", "i8"), ("quality", "f8"), ("may", "i1")], align=True)
LINE = np.dtype([("head", "i4"), ("tail", "i4"), ("length", "i4"), ("skill", "i4"), ("position", "i4")], align=True)
"""A queue of tickets, or a group of people who may be given one: a linked list in order."""
SKILL = np.dtype([("queues", "i4"), ("position", "i4"), ("first_group", "i4"), ("last_group", "i4")], align=True)
KIND = np.dtype([("weight", "i8"), ("stages", "i4"), ("room", "i4"), ("replies_at_end", "i1")], align=True)
ROOM = np.dtype([("inside", "i8"), ("places", "i8")], align=True)
STEP = np.dtype(
    [
        ("skill", "i4"), ("work_row", "i4"), ("answer_row", "i4"), ("handoff_row", "i4"), ("asks_after_ppm", "i8"),
        ("work_purpose", "u4"), ("answer_purpose", "u4"), ("handoff_purpose", "u4"),
    ],
    align=True,
)  # fmt: skip
PROMISE = np.dtype([("clock", "i8"), ("open_s", "i8"), ("days", "i8")], align=True)
CLOCK = np.dtype([("first", "i8"), ("last", "i8"), ("first_day", "i8"), ("last_day", "i8")], align=True)
MOMENT = np.dtype([(name, "i8") for name in ("ticket", "at_s", "what", "who", "value")])
TOUCH = np.dtype(
    [
        (name, "i8")
        for name in (
            "ticket", "stage", "visit", "person", "ready_s", "assigned_s", "accepted_s", "started_s", "ended_s",
            "work_s", "ended",
        )
    ]
)  # fmt: skip
SEGMENT = np.dtype([(name, "i8") for name in ("person", "begin_s", "end_s")])
ARRAYS = {
    "tickets": TICKET, "people": PERSON, "queues": LINE, "groups": LINE, "abilities": ABILITY, "steps": STEP,
    "kinds": KIND, "rooms": ROOM, "skills": SKILL, "promises": PROMISE, "clocks": CLOCK,
    "work": np.dtype([("ms", "i8")]), "asks": np.dtype([("asks", "i1")]), "spans": np.dtype([("on_s", "i8")]),
    "duties": np.dtype([("key", "i8")]), "events": np.dtype([("key", "i8")]), "lists": np.dtype([("first", "i4")]),
    "looking": np.dtype([("person", "i4")]), "open_skills": np.dtype([("skill", "i4")]),
    "open_queues": np.dtype([("queue", "i4")]), "takers": np.dtype([("group", "i4")]),
    "moments": MOMENT, "touches": TOUCH, "segments": SEGMENT,
}  # fmt: skip
"""The records of each array, by its name."""
NUMBERS = ("begins", "ends", "passed", "days", "zone_begins", "zone_shown", "zone_reach", "tables")
GROWING = {"events": "heap", "moments": "told", "touches": "touched", "segments": "split"}
"""Arrays that grow, and the scalars that count what they hold."""
WEIGHTS = (
    "w_priority", "w_age", "w_slack", "w_kind", "w_warned", "w_main", "w_returns",
    "p_idle", "p_speed", "p_permissions", "p_main", "p_open", "p_returns",
)  # fmt: skip
DESK = np.dtype(
    [
        # Where the run is.
        ("now_s", "i8"), ("next_ticket", "i8"), ("fresh", "i8"), ("next_duty", "i8"), ("heap", "i8"),
        ("told", "i8"), ("touched", "i8"), ("split", "i8"), ("looks", "i8"), ("waiting", "i8"),
        ("opened", "i8"), ("listed", "i8"), ("unsettled", "i8"), ("fault", "i8"),
        # What the desk is.
        ("inbox", "i8"), ("carries_over", "i8"), ("until_s", "i8"), ("clock_s", "i8"), ("lead_s", "i8"),
        ("orphan_s", "i8"), ("close_after_s", "i8"), ("reopen_ppm", "i8"), ("pickup_row", "i8"), ("reopen_row", "i8"),
        ("key_0", "u8"), ("key_1", "u8"), ("stages", "i8"), ("ranks", "i8"), ("solved_logit", "f8"),
        ("restarts", "i8"), ("pairs_matter", "i8"),
        *((weight, "i8") for weight in WEIGHTS),
        # Where its arrays are, and how many records or numbers they hold.
        *((f"at_{name}", "i8") for name in (*ARRAYS, *NUMBERS)), *((f"n_{name}", "i8") for name in (*ARRAYS, *NUMBERS)),
    ],
    align=True,
)  # fmt: skip

NOWHERE, IN_OWN, PENDING, IN_WORK, HANDED, ASKING, RESTING, GONE = -1, -2, -3, -4, -5, -6, -7, -8
"""Places of a ticket; a place of 0 or more is the number of a queue."""

OFF_DUTY, IDLE, BUSY = 0, 1, 2

OWN, ASSIGNED = 0, 1
"""The two lists of a person: tickets to take before new ones, and those assigned but not accepted."""

FINISH, LEAVE, CREATED, READY, ANSWERED, REOPENS, ACCEPTED, WARNS, OFF, ON = range(10)
"""Kinds of events in the order in which they happen within a second."""

NUMBER_BITS, KIND_BITS = 28, 4
"""An event is one whole number: the second, then its kind, then its ticket or person; so the least comes first."""

UNSET = -(2**62)
"""A due instant that nobody has asked for yet."""

MOST_TICKETS = 1 << (NUMBER_BITS - 1)
"""A world of the twin has fewer tickets: a warning's number has one bit more, for the clause."""


def records(shape: int | tuple[int, ...], dtype: np.dtype[Any]) -> Records:
    """Return zeroed records whose fields are read and written by name."""
    return np.zeros(shape, dtype).view(np.recarray)


class Machine:
    """The arrays of a run and the record that the compiled loop is given.

    Attributes
    ----------
    desk
        The desk's record, shape (1,).
    arrays
        The arrays by name (`ARRAYS`, `NUMBERS`), flat.
    """

    def __init__(self, desk: Records, arrays: dict[str, Any]) -> None:
        self.desk = desk
        self.arrays: dict[str, Any] = {}
        for name, array in arrays.items():
            self.put(name, array)

    def put(self, name: str, array: Any) -> None:
        """Let an array stand in the place of another."""
        flat = np.ascontiguousarray(array).reshape(-1)
        if name in ARRAYS:
            flat = flat.view(ARRAYS[name]).view(np.recarray)
        old = self.arrays.get(name)
        if config.DISABLE_JIT:
            if old is not None:
                _KNOWN.pop(old.ctypes.data, None)
            _KNOWN[flat.ctypes.data] = flat
        self.arrays[name] = flat
        self.desk[f"at_{name}"], self.desk[f"n_{name}"] = flat.ctypes.data, len(flat)

    def __getattr__(self, name: str) -> Any:
        """Return an array by its name."""
        try:
            return self.__dict__["arrays"][name]
        except KeyError:
            raise AttributeError(name) from None

    def grow(self, name: str, more: int) -> None:
        """Give an array that grows room for so many more records than it has now."""
        array = self.arrays[name]
        self.put(name, np.concatenate([array, np.zeros(more, array.dtype)]))


_KNOWN: dict[int, Any] = {}
"""Arrays by address, for runs with compilation switched off."""


def _at(dtype: np.dtype[Any]) -> Callable[[int, int], Any]:
    """Return a function from an address and a place to the record there."""
    if config.DISABLE_JIT:
        return lambda address, place: _KNOWN[address][place]
    record = from_dtype(dtype)

    @intrinsic  # type: ignore[misc]
    def at(typing: Any, address: Any, place: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            address, place = arguments
            size = ir.Constant(address.type, dtype.itemsize)
            return builder.inttoptr(builder.add(address, builder.mul(place, size)), context.get_value_type(record))

        return record(types.int64, types.int64), build

    return at  # type: ignore[no-any-return]


def _pointer(element: Any) -> Any:
    """Return a function from an address to a pointer to numbers."""

    @intrinsic  # type: ignore[misc]
    def pointer(typing: Any, address: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(types.CPointer(element)))

        return types.CPointer(element)(types.int64), build

    return pointer


_TICKET = _at(ARRAYS["tickets"])
_PERSON = _at(ARRAYS["people"])
_QUEUE = _at(ARRAYS["queues"])
_GROUP = _at(ARRAYS["groups"])
_SKILL = _at(ARRAYS["skills"])
_KIND = _at(ARRAYS["kinds"])
_ROOM = _at(ARRAYS["rooms"])
_CLOCK = _at(ARRAYS["clocks"])
_EVENT = _at(ARRAYS["events"])
_MOMENT = _at(ARRAYS["moments"])
_TOUCH = _at(ARRAYS["touches"])
_SEGMENT = _at(ARRAYS["segments"])
_SPAN = _at(ARRAYS["spans"])
_DUTY = _at(ARRAYS["duties"])
_LOOK = _at(ARRAYS["looking"])
_OPENED = _at(ARRAYS["open_skills"])
_TAKER = _at(ARRAYS["takers"])
_ABILITY = _at(ARRAYS["abilities"])
_STEP = _at(ARRAYS["steps"])
_PROMISE = _at(ARRAYS["promises"])
_WORK = _at(ARRAYS["work"])
_ASKS = _at(ARRAYS["asks"])
_WAITING = _at(ARRAYS["open_queues"])
_HELD = _at(ARRAYS["lists"])


@inlined
def ticket_at(m: Any, number: int) -> Any:
    """Return a record of `tickets`."""
    return _TICKET(m.at_tickets, number)


@inlined
def person_at(m: Any, number: int) -> Any:
    """Return a record of `people`."""
    return _PERSON(m.at_people, number)


@inlined
def queue_at(m: Any, number: int) -> Any:
    """Return a record of `queues`."""
    return _QUEUE(m.at_queues, number)


@inlined
def group_at(m: Any, number: int) -> Any:
    """Return a record of `groups`."""
    return _GROUP(m.at_groups, number)


@inlined
def skill_at(m: Any, number: int) -> Any:
    """Return a record of `skills`."""
    return _SKILL(m.at_skills, number)


@inlined
def kind_at(m: Any, number: int) -> Any:
    """Return a record of `kinds`."""
    return _KIND(m.at_kinds, number)


@inlined
def room_at(m: Any, number: int) -> Any:
    """Return a record of `rooms`."""
    return _ROOM(m.at_rooms, number)


@inlined
def clock_at(m: Any, number: int) -> Any:
    """Return a record of `clocks`."""
    return _CLOCK(m.at_clocks, number)


@inlined
def event_at(m: Any, number: int) -> Any:
    """Return a record of `events`."""
    return _EVENT(m.at_events, number)


@inlined
def moment_at(m: Any, number: int) -> Any:
    """Return a record of `moments`."""
    return _MOMENT(m.at_moments, number)


@inlined
def touch_at(m: Any, number: int) -> Any:
    """Return a record of `touches`."""
    return _TOUCH(m.at_touches, number)


@inlined
def segment_at(m: Any, number: int) -> Any:
    """Return a record of `segments`."""
    return _SEGMENT(m.at_segments, number)


@inlined
def span_at(m: Any, number: int) -> Any:
    """Return a record of `spans`."""
    return _SPAN(m.at_spans, number)


@inlined
def duty_at(m: Any, number: int) -> Any:
    """Return a record of `duties`."""
    return _DUTY(m.at_duties, number)


@inlined
def look_at(m: Any, number: int) -> Any:
    """Return a record of `looking`."""
    return _LOOK(m.at_looking, number)


@inlined
def opened_at(m: Any, number: int) -> Any:
    """Return a record of `open_skills`."""
    return _OPENED(m.at_open_skills, number)


@inlined
def taker_at(m: Any, number: int) -> Any:
    """Return a record of `takers`."""
    return _TAKER(m.at_takers, number)


@inlined
def ability_at(m: Any, person: int, skill: int) -> Any:
    """Return a record of `abilities`, by person and skill."""
    return _ABILITY(m.at_abilities, person * m.n_skills + skill)


@inlined
def step_at(m: Any, kind: int, stage: int) -> Any:
    """Return a record of `steps`, by kind and stage."""
    return _STEP(m.at_steps, kind * m.stages + stage)


@inlined
def promise_at(m: Any, kind: int, priority: int) -> Any:
    """Return a record of `promises`, by kind and priority."""
    return _PROMISE(m.at_promises, kind * m.ranks + priority)


@inlined
def work_at(m: Any, ticket: int, stage: int) -> Any:
    """Return a record of `work`, by ticket and stage."""
    return _WORK(m.at_work, ticket * m.stages + stage)


@inlined
def asks_at(m: Any, ticket: int, stage: int) -> Any:
    """Return a record of `asks`, by ticket and stage."""
    return _ASKS(m.at_asks, ticket * m.stages + stage)


@inlined
def waiting_at(m: Any, skill: int, place: int) -> Any:
    """Return a record of `open_queues`, by skill and place."""
    return _WAITING(m.at_open_queues, skill * m.n_queues + place)


@inlined
def held_at(m: Any, person: int, which: int) -> Any:
    """Return a record of `lists`, by person and which."""
    return _HELD(m.at_lists, person * 2 + which)


if config.DISABLE_JIT:

    def numbers(address: int, first: int, last: int) -> Any:
        """Return whole numbers first ... last - 1 of the array at an address."""
        return _KNOWN[address][first:last]

    def tables(m: Any) -> Any:
        """Return the quantiles in milliseconds by row."""
        return _KNOWN[m.at_tables].reshape(-1, GRID_STEPS + 1)

else:
    _INT, _FLOAT = _pointer(types.int64), _pointer(types.float64)

    @compiled
    def numbers(address: int, first: int, last: int) -> Any:
        """Return whole numbers first ... last - 1 of the array at an address."""
        return carray(_INT(address), last)[first:last]

    @inlined
    def tables(m: Any) -> Any:
        """Return the quantiles in milliseconds by row."""
        return carray(_FLOAT(m.at_tables), (m.n_tables // (GRID_STEPS + 1), GRID_STEPS + 1))
