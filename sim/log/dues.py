"""When tickets fall due under an agreement, and how much of its open hours they took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.calendar import Calendar, Clock, Seconds, Timeline
from sim.log.told import NONE, PRIORITY, SLA, Moments, Stretches
from sim.sla import Sla, SlaClock, Target, cycles, standings


class Asked(NamedTuple):
    """What dues are computed from, by ticket; instants are `NONE` where unknown.

    Attributes
    ----------
    kind, kinds
        Position of the kind in the names of the kinds.
    priority, given, priorities
        Positions of the last and of the first priority in the names of the priorities, highest first.
    created_s, replied_s, first_resolved_s, resolved_s
        Creation, first human reply, first resolution, and the last one that stands.
    """

    kind: NDArray[np.int32]
    kinds: tuple[str, ...]
    priority: NDArray[np.int32]
    given: NDArray[np.int32]
    priorities: tuple[str, ...]
    created_s: Seconds
    replied_s: Seconds
    first_resolved_s: Seconds
    resolved_s: Seconds


class Dues(NamedTuple):
    """What an agreement says about each ticket; `NONE` where it promises nothing. See `dues`."""

    judged_s: Seconds
    due_response_s: Seconds
    due_resolution_s: Seconds
    response_open_s: Seconds
    resolution_open_s: Seconds


def dues(
    asked: Asked, moments: Moments, pauses: Stretches, *, timeline: Timeline, until_s: int, sla: Sla | None,
    calendars: Mapping[str, Calendar],
) -> Dues:  # fmt: skip
    """Return what an agreement says about each ticket.

    Parameters
    ----------
    asked
        The tickets.
    moments
        The moments of the log: changes of priority are read from them.
    pauses
        The ledger (see `sim.log.told.Stretches`).
    timeline, until_s, sla, calendars
        As in `derive`.

    Returns
    -------
    Dues
        In seconds:

        - `due_response_s`: by the priority and the agreement in force at the first reply;
        - `due_resolution_s`: by the last priority and agreement and the ledger, in the agreement's reopen mode; after a
          change of these neither due is earlier than the change;
        - `judged_s`: the resolution that this due judges: the last, or the first if reopenings begin new
          cycles (then the row tells of the first cycle);
        - `response_open_s`: open seconds from creation to the first reply, on the calendar of that clause (of the
          agreement that it came under first);
        - `resolution_open_s`: open seconds from creation to the last resolution while the requester was not
          waited for, on the calendar of that clause.

    Notes
    -----
    A wait that lasts beyond the end of the log moves a due at least that far, so the due counts as unknown.
    """
    n = len(asked.kind)
    judged_s = asked.first_resolved_s if sla is not None and sla.reopen == "new_cycle" else asked.resolved_s
    made = Dues(judged_s, *(np.full(n, NONE) for _ in range(4)))
    if sla is None or not n:
        return made
    begin_s = min(0, int(asked.created_s.min()))
    clock = clock_of(sla, calendars, timeline, begin_s, max(until_s, begin_s + 1))
    cycle = _first_cycle(sla, asked, pauses)
    for alike in same_target(sla, asked.kinds, asked.priorities, asked.kind, asked.priority):
        _promised(made, asked, clock, alike, cycle)
        _opened(made, asked, clock, alike, pauses)
    for row, ticket in _changed(sla, asked, moments, pauses):
        response, resolution = ticket.response(clock), ticket.resolution(clock)
        made.due_response_s[row] = NONE if response is None else response
        made.due_resolution_s[row] = NONE if resolution is None else resolution
    return made


_BEYOND_S = 120 * 86_400
"""How far beyond the end of a log clocks are compiled at once: there the last dues of most logs lie."""


def clock_of(sla: Sla, calendars: Mapping[str, Calendar], timeline: Timeline, first_s: int, last_s: int) -> SlaClock:
    """Return the clocks of an agreement; they are compiled once for equal ones."""
    text = sla.model_dump_json(), tuple((name, calendars[name].model_dump_json()) for name in sorted(calendars))
    return _compiled(text, timeline, first_s, last_s).copy()


@lru_cache(maxsize=32)
def _compiled(text: tuple[str, tuple[tuple[str, str], ...]], timeline: Timeline, first_s: int, last_s: int) -> SlaClock:
    calendars = {name: Calendar.model_validate_json(calendar) for name, calendar in text[1]}
    return SlaClock.of(Sla.model_validate_json(text[0]), calendars, timeline, first_s, last_s + _BEYOND_S)


class Alike(NamedTuple):
    """Tickets of which the same is promised: one of their kinds and priorities, the target, their rows."""

    kind: str
    priority: str
    target: Target
    rows: Seconds


def same_target(
    sla: Sla, kinds: tuple[str, ...], priorities: tuple[str, ...], kind: NDArray[Any], priority: NDArray[Any]
) -> Iterator[Alike]:
    """Yield the tickets by what an agreement promises them, the first in the names' order first.

    Parameters
    ----------
    sla
        The agreement.
    kinds, priorities
        Names.
    kind, priority
        By ticket, positions in the names.
    """
    known: dict[Target, tuple[int, str, str]] = {}
    plain = {name: sla.target("", name) for name in priorities}
    number = np.empty((len(kinds), len(priorities)), np.int64)
    for i, kind_name in enumerate(kinds):
        for j, name in enumerate(priorities):
            target = sla.target(kind_name, name) if kind_name in sla.kinds else plain[name]
            number[i, j] = known.setdefault(target, (len(known), kind_name, name))[0]
    of = number[kind, priority]
    for target, (place, kind_name, name) in known.items():
        rows = np.flatnonzero(of == place)
        if len(rows):
            yield Alike(kind_name, name, target, rows)


class _Cycle(NamedTuple):
    """The run of the resolution clock that judges each ticket: see `sim.sla.cycles`.

    Attributes
    ----------
    begin_s
        By ticket.
    first, many
        By ticket, where its pauses begin among all, and how many it has.
    pause_begin_s, pause_end_s
        The pauses, by ticket and begin.
    """

    begin_s: Seconds
    first: Seconds
    many: Seconds
    pause_begin_s: Seconds
    pause_end_s: Seconds


def _first_cycle(sla: Sla, asked: Asked, pauses: Stretches) -> _Cycle:
    n, begin_s = len(asked.kind), asked.created_s.copy()
    kept = np.ones(len(pauses.row), np.bool_)
    if sla.reopen != "resume":
        kept &= ~pauses.rests
    if sla.reopen == "restart":
        np.maximum.at(begin_s, pauses.row[pauses.rests], pauses.end_s[pauses.rests])
        kept &= pauses.end_s > begin_s[pauses.row]
    if sla.reopen == "new_cycle":
        ends_s = np.full(n, -NONE - 1)
        np.minimum.at(ends_s, pauses.row[pauses.rests], pauses.end_s[pauses.rests])
        kept &= (pauses.end_s > begin_s[pauses.row]) & (pauses.begin_s < ends_s[pauses.row])
    many = np.bincount(pauses.row[kept], minlength=n)
    return _Cycle(begin_s, np.cumsum(many) - many, many, pauses.begin_s[kept], pauses.end_s[kept])


def _promised(made: Dues, asked: Asked, clock: SlaClock, alike: Alike, cycle: _Cycle) -> None:
    rows = alike.rows
    response = clock.due_response_array(alike.kind, alike.priority, asked.created_s[rows])
    resolution = clock.due_resolution_array(alike.kind, alike.priority, cycle.begin_s[rows])
    if response is not None:
        made.due_response_s[rows] = response
    if resolution is not None and alike.target.resolution is not None:
        hours = clock.clocks[alike.target.resolution.calendar]
        made.due_resolution_s[rows] = _after(hours, resolution, rows, cycle)


def _after(hours: Clock, first_s: Seconds, rows: Seconds, cycle: _Cycle) -> Seconds:
    """Move dues by the open seconds of each pause that begins before them."""
    many = cycle.many[rows]
    if not many.any():
        return first_s
    due_s, paused = first_s.copy(), np.flatnonzero(many)
    first, from_s = cycle.first[rows], cycle.begin_s[rows]
    before_s = np.concatenate([[0], np.cumsum(cycle.pause_end_s - cycle.pause_begin_s)])
    # Asked once, the clock holds all periods that the loop may come to.
    hours.add(int(first_s[paused].max()), int((before_s[first + many] - before_s[first]).max()))
    hours.open_s(np.array([from_s.min(), cycle.pause_end_s.max()]))
    begins, ends, passed, _ = hours.periods()
    pauses = cycle.pause_begin_s, cycle.pause_end_s
    _move(begins, ends, passed, paused, due_s, from_s, first, many, *pauses)
    return due_s


@njit(cache=True, nogil=True)
def _open_s(begins: Any, ends: Any, passed: Any, at_s: int) -> Any:
    i = np.searchsorted(begins, at_s, side="right") - 1
    return passed[i] + min(0, at_s - ends[i])


@njit(cache=True, nogil=True)
def _move(
    begins: Any, ends: Any, passed: Any, rows: Any, due_s: Any, from_s: Any, first: Any, many: Any, begin_s: Any,
    end_s: Any,
) -> None:  # fmt: skip
    """Move the due of each row past its pauses, as `sim.sla.Promise.due_after` does."""
    for row in rows:
        promised, since, moved = _open_s(begins, ends, passed, due_s[row]), from_s[row], 0
        for i in range(first[row], first[row] + many[row]):
            if end_s[i] <= since:
                continue
            begin, since = max(begin_s[i], since), end_s[i]
            if begin >= due_s[row]:
                break
            paused = _open_s(begins, ends, passed, end_s[i]) - _open_s(begins, ends, passed, begin)
            if paused:
                moved += paused
                place = np.searchsorted(passed, promised + moved)
                due_s[row] = ends[place] - passed[place] + promised + moved


def _opened(made: Dues, asked: Asked, clock: SlaClock, alike: Alike, pauses: Stretches) -> None:
    """Count open seconds; a clause that the agreement lacks counts every second."""
    target, rows = alike.target, alike.rows
    hours = clock.clocks["always" if target.response is None else target.response.calendar]
    known = rows[asked.replied_s[rows] != NONE]
    made.response_open_s[known] = hours.between(asked.created_s[known], asked.replied_s[known])
    hours = clock.clocks["always" if target.resolution is None else target.resolution.calendar]
    known = rows[asked.resolved_s[rows] != NONE]
    made.resolution_open_s[known] = hours.between(asked.created_s[known], asked.resolved_s[known])
    own = np.zeros(len(asked.kind), np.bool_)
    own[known] = True
    mine = own[pauses.row] & ~pauses.rests
    np.subtract.at(made.resolution_open_s, pauses.row[mine], hours.between(pauses.begin_s[mine], pauses.end_s[mine]))


class _Ticket(NamedTuple):
    """A ticket whose priority or agreement changed: seconds and names of standings, its own the first."""

    kind: str
    created_s: int
    replied_s: int | None
    changes: list[tuple[int, str]]
    waits: list[tuple[int, int]]
    rests: list[tuple[int, int]]

    def response(self, clock: SlaClock) -> int | None:
        in_force = [c for c in self.changes if self.replied_s is None or c[0] <= self.replied_s]
        changed_s, priority = (in_force or self.changes[:1])[-1]
        due = clock.due_response(self.kind, priority, self.created_s)
        return due if due is None else max(due, changed_s)

    def resolution(self, clock: SlaClock) -> int | None:
        changed_s, priority = self.changes[-1]
        cycle = cycles(clock.sla.reopen, self.created_s, self.waits, self.rests)[0]
        due = clock.due_resolution(self.kind, priority, cycle.begin_s, cycle.pauses)
        return due if due is None else max(due, changed_s)


def _changed(sla: Sla, asked: Asked, moments: Moments, pauses: Stretches) -> Iterator[tuple[int, _Ticket]]:
    """Yield row and facts of every ticket whose priority or agreement changed."""
    changes: dict[int, list[tuple[int, str]]] = {}
    names, ranks = standings(asked.priorities, sla), len(asked.priorities)
    now: dict[int, tuple[int, int]] = {}
    for i in np.flatnonzero(np.isin(moments.what, (PRIORITY, SLA)) & (moments.value != NONE)).tolist():
        row, value = int(moments.row[i]), int(moments.value[i])
        rank, under = now.get(row, (int(asked.given[row]), 0))
        rank, under = (value, under) if moments.what[i] == PRIORITY else (rank, value)
        if under * ranks >= len(names):
            continue  # an agreement that is not given promises nothing that is known
        now[row] = rank, under
        changes.setdefault(row, []).append((int(moments.at_s[i]), names[under * ranks + rank]))
    for row, made in sorted(changes.items()):
        own = slice(*np.searchsorted(pauses.row, (row, row + 1)).tolist())
        paused = list(zip(pauses.begin_s[own].tolist(), pauses.end_s[own].tolist(), pauses.rests[own], strict=True))
        created_s, replied_s = int(asked.created_s[row]), int(asked.replied_s[row])
        yield row, _Ticket(
            asked.kinds[asked.kind[row]], created_s, None if replied_s == NONE else replied_s,
            [(created_s, asked.priorities[asked.given[row]]), *made], [(b, e) for b, e, rests in paused if not rests],
            [(b, e) for b, e, rests in paused if rests],
        )  # fmt: skip
