"""Service levels: targets by priority and kind, each on its own calendar, and when tickets fall due.

Pauses are a ledger of their own, handed in with every question: a change of priority or of the agreement
changes the target and loses no pause.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from difflib import get_close_matches
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from sim.calendar import ALWAYS, Calendar, Clock, Seconds, Timeline
from sim.parameters import Name, Parameters

Pauses = Sequence[tuple[int, int]]
"""Seconds (begin, end) at which a clock was stopped and went on; an open pause is not among them."""


class Clause(Parameters):
    """One target on one calendar: minutes of open time, or working days.

    Raises
    ------
    pydantic.ValidationError
        If both targets are given, or none.
    """

    target_min: int | None = Field(default=None, gt=0, le=5_256_000, description="Open minutes, up to ten years.")
    working_days: int | None = Field(default=None, gt=0, le=3650, description="Working days, up to 3650.")
    calendar: Name = Field(default="always", description="Name of the calendar whose open hours count.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.target_min is None) == (self.working_days is None):
            given = "both" if self.working_days is not None else "neither"
            raise ValueError(f"a clause has either target_min or working_days, got {given}")
        return self


class Target(Parameters):
    """What is promised to tickets of one priority."""

    response: Clause | None = Field(default=None, description="Until the first reply of a person.")
    resolution: Clause | None = Field(default=None, description="Until the ticket is resolved, less pauses.")
    next_response: Clause | None = Field(
        default=None, description="Until a person replies after the requester has written again."
    )


CLAUSES = ("response", "resolution", "next_response")
"""The clauses of a target."""


class Sla(Parameters):
    """A service level agreement.

    Raises
    ------
    pydantic.ValidationError
        If a kind overrides a priority that the agreement does not list.
    """

    priorities: dict[Name, Target] = Field(description="Target by priority; one without a target is not listed.")
    kinds: dict[Name, dict[Name, Target]] = Field(
        default={}, description="Kind, priority, target: a clause stated here goes before the priority's own."
    )
    agreements: dict[Name, dict[Name, Target]] = Field(
        default={},
        description="Agreement, priority, target: a clause stated here goes before all others, for tickets that came "
        "under this agreement (`agreement_change` of a kind); an empty table promises what stands without it.",
    )
    warning_min: int = Field(default=10, ge=0, description="Elapsed minutes before a due at which to warn; 0: never.")
    reopen: Literal["resume", "restart", "new_cycle"] = Field(
        default="resume", description="What a reopening does to the resolution clock; see `cycles`."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for kind, targets in self.kinds.items():
            for priority in targets.keys() - self.priorities.keys():
                raise ValueError(f"kind {kind!r}: no priority {priority!r}{_nearest(priority, self.priorities)}")
        for agreement, targets in self.agreements.items():
            for priority in targets.keys() - self.priorities.keys():
                near = _nearest(priority, self.priorities)
                raise ValueError(f"agreement {agreement!r}: no priority {priority!r}{near}")
        return self

    def target(self, kind: str, priority: str) -> Target:
        """Return what is promised to a kind and priority, or standing (see `standings`); else an empty target."""
        agreement, _, rank = priority.rpartition(" ")
        own = self.priorities.get(rank, Target())
        over = self.kinds.get(kind, {}).get(rank, Target())
        under = self.agreements.get(agreement, {}).get(rank, Target())
        return Target(
            response=under.response or over.response or own.response,
            resolution=under.resolution or over.resolution or own.resolution,
            next_response=under.next_response or over.next_response or own.next_response,
        )

    def clauses(self) -> Iterator[tuple[str, Clause]]:
        """Yield every clause with words that say where it stands."""
        places = {f"priority {priority!r}": target for priority, target in self.priorities.items()}
        for kind, targets in self.kinds.items():
            places |= {f"kind {kind!r}, priority {priority!r}": target for priority, target in targets.items()}
        for agreement, targets in self.agreements.items():
            places |= {
                f"agreement {agreement!r}, priority {priority!r}": target for priority, target in targets.items()
            }
        for place, target in places.items():
            for word in CLAUSES:
                clause: Clause | None = getattr(target, word)
                if clause is not None:
                    yield f"{place}, {word}", clause


def standings(priorities: tuple[str, ...], sla: Sla | None) -> tuple[str, ...]:
    """Return what tickets may be judged by: each priority, then, by agreement in the order of their names, each again.

    Number k x (number of priorities) + rank is that of a rank under the k-th agreement, from 1; 0 stands for none.

    Examples
    --------
    >>> standings(("urgent", "normal"), Sla(priorities={"normal": Target()}, agreements={"vip": {}}))
    ('urgent', 'normal', 'vip urgent', 'vip normal')
    """
    agreements = sorted(sla.agreements) if sla is not None else []
    return (*priorities, *(f"{agreement} {priority}" for agreement in agreements for priority in priorities))


class Cycle(NamedTuple):
    """One run of the resolution clock: from `begin_s`, stopped by `pauses`."""

    begin_s: int
    pauses: tuple[tuple[int, int], ...]


def cycles(
    reopen: Literal["resume", "restart", "new_cycle"], created_s: int, waits: Pauses, reopenings: Pauses
) -> tuple[Cycle, ...]:
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

    def passed_s(self, begin_s: int, end_s: int, pauses: Pauses) -> int:
        """Return the open seconds from one instant to another, less pauses."""
        stopped = ((begin, min(end, end_s)) for begin, end in _apart(pauses, begin_s) if begin < end_s)
        return self.clock.between(begin_s, end_s) - sum(self.clock.between(*pause) for pause in stopped)


_Promises = tuple[Promise | None, Promise | None, Promise | None]


class SlaClock:
    """An agreement on a timeline: when tickets fall due, and how much of the promised time has passed.

    Every question is answered from moments alone, so real and simulated logs are judged alike. A kind that
    the agreement does not name has the targets of its priority; a priority that it does not list has none.

    Examples
    --------
    >>> from datetime import date
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
                raise ValueError(f"{place}: no calendar {clause.calendar!r}{_nearest(clause.calendar, known)}")
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

    def response_open_s(self, kind: str, priority: str, begin_s: int, end_s: int, pauses: Pauses = ()) -> int:
        """Return the open seconds, less pauses, on the response clause's calendar (all without one)."""
        return (self._find(kind, priority)[0] or self._always).passed_s(begin_s, end_s, pauses)

    def resolution_open_s(self, kind: str, priority: str, begin_s: int, end_s: int, pauses: Pauses = ()) -> int:
        """Return the open seconds, less pauses, on the resolution clause's calendar (all without one)."""
        return (self._find(kind, priority)[1] or self._always).passed_s(begin_s, end_s, pauses)

    def warn_s(self, due_s: int | None) -> int | None:
        """Return the second at which to warn of a due (R003-70); None without a due or a warning."""
        return None if due_s is None or not self.sla.warning_min else due_s - 60 * self.sla.warning_min

    @property
    def _always(self) -> Promise:
        return Promise(self.clocks["always"], 0, 0)

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


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(names)}"


def _preset(
    clauses: Mapping[str, tuple[Mapping[str, object] | None, Mapping[str, object] | None]],
) -> Sla:
    return Sla.model_validate(
        {"priorities": {p: {"response": first, "resolution": last} for p, (first, last) in clauses.items()}}
    )


_OFFICE = {"calendar": "office"}

PRESETS: dict[str, Sla] = {
    "003": _preset(
        {
            "urgent": ({"target_min": 30}, {"target_min": 240}),
            "important": ({"target_min": 120, **_OFFICE}, {"working_days": 1, **_OFFICE}),
            "normal": ({"target_min": 480, **_OFFICE}, {"working_days": 3, **_OFFICE}),
        }
    ),
    "001": _preset(dict.fromkeys(("urgent", "important", "normal"), ({"target_min": 1440}, None))),
}
"""Agreements of the seed documents: `003` needs a calendar named `office` (R003-14 to R003-22)."""
