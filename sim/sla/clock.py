"""When tickets fall due: an agreement on compiled calendars.

Pauses are a ledger of their own, handed in with every question: a change of priority or of the agreement
changes the target and loses no pause.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import NamedTuple, Self

from sim.calendar import ALWAYS, Calendar, Clock, Seconds, Timeline
from sim.sla.agreement import Clause, Reopen, Sla, Target, nearest, standings

Pauses = Sequence[tuple[int, int]]
"""Seconds (begin, end) at which a clock was stopped and went on; an open pause is not among them."""


class Cycle(NamedTuple):
    """One run of the resolution clock: from `begin_s`, stopped by `pauses`."""

    begin_s: int
    pauses: tuple[tuple[int, int], ...]


def cycles(reopen: Reopen, created_s: int, waits: Pauses, reopenings: Pauses) -> tuple[Cycle, ...]:
    """Return the runs of the resolution clock that a ticket is judged by; the last is the present one.

    Parameters
    ----------
    reopen
        `resume`: one run; the clock stood still from resolved to reopened. `restart`: one run, from the last
        reopening, with the full target again. `new_cycle`: a run from creation and one from each reopening,
        each with the full target and each judged for itself.
    created_s
        When the ticket was created.
    waits
        When the requester was waited for.
    reopenings
        Pairs (resolved_s, reopened_s).
    """
    if reopen == "resume":
        return (Cycle(created_s, tuple(sorted([*waits, *reopenings]))),)
    begins = [created_s, *sorted(reopened_s for _, reopened_s in reopenings)]
    ends = [*begins[1:], None]
    runs = tuple(
        Cycle(begin, tuple(sorted(w for w in waits if w[1] > begin and (end is None or w[0] < end))))
        for begin, end in zip(begins, ends, strict=True)
    )
    return runs[-1:] if reopen == "restart" else runs


class Promise(NamedTuple):
    """A clause made ready: open seconds to pass on a clock, or, if they are 0, working days.

    Attributes
    ----------
    clock
        The clause's calendar.
    open_s, days
        What must pass, in seconds or in days; the other is 0.
    """

    clock: Clock
    open_s: int
    days: int

    def due(self, created_s: int) -> int:
        """Return the due instant of a clock that began at an instant, without pauses."""
        if self.open_s:
            return self.clock.add(created_s, self.open_s)
        return self.clock.add_working_days(created_s, self.days)

    def due_array(self, created_s: Seconds) -> Seconds:
        """Return `due` of an array of instants."""
        if self.open_s:
            return self.clock.add(created_s, self.open_s)
        return self.clock.add_working_days(created_s, self.days)

    def due_after(self, created_s: int, pauses: Pauses) -> int:
        """Move the due by the open seconds of each pause that begins before it."""
        due_s = first_s = self.due(created_s)
        moved_s = 0
        for begin_s, end_s in _apart(pauses, created_s):
            if begin_s >= due_s:
                break
            paused_s = self.clock.between(begin_s, end_s)
            if paused_s:
                moved_s += paused_s
                due_s = self.clock.add(first_s, moved_s)
        return due_s


_Promises = tuple[Promise | None, Promise | None, Promise | None]


class SlaClock:
    """An agreement on a timeline: when tickets fall due, and how much of the promised time has passed.

    Every question is answered from moments alone, so real and simulated logs are judged alike. A kind that
    the agreement does not name has the targets of its priority; a priority that it does not list has none.

    Examples
    --------
    >>> from datetime import date
    >>> from sim.sla import PRESETS
    >>> office = Calendar(hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-18:00",)))
    >>> timeline = Timeline.midnight(date(2026, 3, 6), "Asia/Shanghai")
    >>> clock = SlaClock.of(PRESETS["003"], {"office": office}, timeline, 0, 7 * 86_400)
    >>> timeline.iso(clock.due_resolution("refund", "important", timeline.second(date(2026, 3, 6), 16 * 60)))
    '2026-03-09T16:00:00+08:00'
    """

    def __init__(self, sla: Sla, clocks: Mapping[str, Clock]) -> None:
        self.sla = sla
        self.clocks = dict(clocks)
        places = [("", p) for p in sla.priorities] + [(k, p) for k, targets in sla.kinds.items() for p in targets]
        names = standings(tuple(sla.priorities), sla)[len(sla.priorities) :]
        places += [(kind, name) for kind in ("", *sla.kinds) for name in names]
        self._promises = {place: self._promised(sla.target(*place)) for place in places}

    @classmethod
    def of(cls, sla: Sla, calendars: Mapping[str, Calendar], timeline: Timeline, first_s: int, last_s: int) -> Self:
        """Compile the calendars that the agreement uses over the seconds [first_s, last_s].

        Raises
        ------
        ValueError
            If a clause names an unknown calendar (the message names the nearest), or `always` is redefined.
        """
        if calendars.get("always", ALWAYS) != ALWAYS:
            raise ValueError("calendar 'always' is open around the clock; give yours another name")
        known = {**calendars, "always": ALWAYS}
        used = {"always"}
        for place, clause in sla.clauses():
            if clause.calendar not in known:
                raise ValueError(f"{place}: no calendar {clause.calendar!r}{nearest(clause.calendar, known)}")
            used.add(clause.calendar)
        return cls(sla, {name: Clock.of(known[name], timeline, first_s, last_s) for name in sorted(used)})

    def copy(self) -> Self:
        """Return the same agreement on clocks of its own, which grow apart from these; what is compiled is shared."""
        return type(self)(self.sla, {name: copy(clock) for name, clock in self.clocks.items()})

    def due_response(self, kind: str, priority: str, created_s: int) -> int | None:
        """Return the second at which the first reply falls due; None if none is promised."""
        promise = self._find(kind, priority)[0]
        return None if promise is None else promise.due(created_s)

    def due_resolution(self, kind: str, priority: str, created_s: int, pauses: Pauses = ()) -> int | None:
        """Return the second at which the resolution falls due; None if none is promised.

        A target in minutes is reached when that much open time has passed since creation, less pauses. A
        target in working days falls due at the same clock time on a later working day, and each pause that
        begins before the due moves it by the pause's open seconds.

        Parameters
        ----------
        kind, priority
            Names.
        created_s
            When the ticket was created, or when its present cycle began (see `cycles`).
        pauses
            Closed pauses in any order; where they overlap, time is counted once.

        Raises
        ------
        ValueError
            If a pause ends before it begins.
        """
        promise = self._find(kind, priority)[1]
        return None if promise is None else promise.due_after(created_s, pauses)

    def due_response_array(self, kind: str, priority: str, created_s: Seconds) -> Seconds | None:
        """Return `due_response` of an array of tickets of one kind and priority; None if none is promised."""
        promise = self._find(kind, priority)[0]
        return None if promise is None else promise.due_array(created_s)

    def due_resolution_array(self, kind: str, priority: str, created_s: Seconds) -> Seconds | None:
        """Return `due_resolution` of an array of tickets without pauses; None if none is promised."""
        promise = self._find(kind, priority)[1]
        return None if promise is None else promise.due_array(created_s)

    def response(self, kind: str, priority: str) -> Promise | None:
        """Return what is promised for the first reply; None if nothing is."""
        return self._find(kind, priority)[0]

    def resolution(self, kind: str, priority: str) -> Promise | None:
        """Return what is promised for the resolution; None if nothing is."""
        return self._find(kind, priority)[1]

    def next_response(self, kind: str, priority: str) -> Promise | None:
        """Return what is promised for the reply after the requester wrote again; None if nothing is."""
        return self._find(kind, priority)[2]

    def _find(self, kind: str, priority: str) -> _Promises:
        own = self._promises.get((kind, priority))
        return self._promises.get(("", priority), (None, None, None)) if own is None else own

    def _promised(self, target: Target) -> _Promises:
        def ready(clause: Clause | None) -> Promise | None:
            if clause is None:
                return None
            return Promise(self.clocks[clause.calendar], 60 * (clause.target_min or 0), clause.working_days or 0)

        return ready(target.response), ready(target.resolution), ready(target.next_response)


def _apart(pauses: Pauses, from_s: int) -> Iterator[tuple[int, int]]:
    """Yield the pauses in order, without their parts before `from_s` or inside an earlier pause."""
    for begin_s, end_s in sorted(pauses):
        if end_s < begin_s:
            raise ValueError(f"a pause must not end before it begins, got {begin_s} s to {end_s} s")
        if end_s > from_s:
            yield max(begin_s, from_s), end_s
            from_s = end_s
