"""The shifts of a log: what became of the time that somebody was rostered for, and what it cost."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.crew import Crew
from sim.layout import Layout
from sim.log import PRESENT
from sim.log.framing import Coded, Sheet
from sim.record.words import Ints, Rows, enum_of, places, spelt

_PRESENT = enum_of(PRESENT)


class Busy:
    """Busy seconds of every person as one cumulative function of time.

    Parameters
    ----------
    touches, segments
        Rows of `TOUCH` and `SEGMENT`; those of a person in the order of time.
    people
        How many persons there are.
    reached_s
        Instant that the run has reached.
    chatting
        Whether somebody may work on several tickets at once; such time counts once.
    """

    def __init__(self, touches: Rows, segments: Rows, people: int, reached_s: int, chatting: bool = False) -> None:
        self.width = 4 * (reached_s + 1)
        self.begin, self.length = _busy_spans(touches, segments, people, self.width, reached_s)
        if chatting:
            self.begin, self.length = _at_once(self.begin, self.length)
        self.before = np.concatenate([[0], np.cumsum(self.length)])

    def until(self, person: Ints, at_s: Ints) -> Ints:
        """Return the busy seconds of all people before `person`, and of `person` before `at_s`."""
        place = person * self.width + at_s
        found = np.searchsorted(self.begin, place, side="left")
        if not len(self.begin):
            return np.zeros_like(place)
        last = np.maximum(found - 1, 0)
        part = np.minimum(place - self.begin[last], self.length[last])
        return np.where(found > 0, self.before[last] + part, 0)

    def between(self, person: Ints, begin_s: Ints, end_s: Ints) -> Ints:
        """Return the busy seconds of persons from one instant to another."""
        return self.until(person, end_s) - self.until(person, begin_s)


@njit(cache=True, nogil=True)
def _busy_spans(touches: Rows, segments: Rows, people: int, width: int, reached_s: int) -> Any:
    """Return begin (plus the person's number times `width`) and length of all work that was not interrupted, sorted."""
    first = np.zeros(people + 1, np.int64)
    for row in range(len(touches)):
        end = touches[row, 8] if touches[row, 8] >= 0 else reached_s
        if touches[row, 3] >= 0 and end - touches[row, 7] == touches[row, 9]:
            first[touches[row, 3] + 1] += 1
    for row in range(len(segments)):
        first[segments[row, 0] + 1] += 1
    for person in range(people):
        first[person + 1] += first[person]
    begin, length = np.empty(first[people], np.int64), np.empty(first[people], np.int64)
    to = first.copy()
    for row in range(len(segments)):
        person = segments[row, 0]
        begin[to[person]] = person * width + segments[row, 1]
        length[to[person]] = segments[row, 2] - segments[row, 1]
        to[person] += 1
    for row in range(len(touches)):
        person = touches[row, 3]
        end = touches[row, 8] if touches[row, 8] >= 0 else reached_s
        if person >= 0 and end - touches[row, 7] == touches[row, 9]:
            begin[to[person]] = person * width + touches[row, 7]
            length[to[person]] = end - touches[row, 7]
            to[person] += 1
    if len(segments):
        order = np.argsort(begin, kind="mergesort")
        begin, length = begin[order], length[order]
    return begin, length


@njit(cache=True, nogil=True)
def _at_once(begin: Ints, length: Ints) -> Any:
    """Return spans, sorted and apart, that cover the same seconds."""
    order = np.argsort(begin, kind="mergesort")
    begin, length = begin[order], length[order]
    many = 0
    for row in range(len(begin)):
        if many and begin[row] <= begin[many - 1] + length[many - 1]:
            length[many - 1] = max(length[many - 1], begin[row] + length[row] - begin[many - 1])
        else:
            begin[many], length[many] = begin[row], length[row]
            many += 1
    return begin[:many], length[:many]


def shifts_of(layout: Layout, touches: Rows, segments: Rows, reached_s: int) -> Sheet:
    """Return one row per shift that has begun; busy + idle + break + meeting + late + absent = end - start.

    Parameters
    ----------
    layout
        What the engine ran on.
    touches, segments
        Rows of `TOUCH` and `SEGMENT`; those of a person in the order of time.
    reached_s
        Instant that the run has reached.
    """
    crew = layout.crew
    busy = Busy(touches, segments, len(crew), reached_s, layout.chatting)
    begun = crew.duty_start_s < reached_s
    person, start = crew.duty_person[begun], crew.duty_start_s[begun]
    end, absent = np.minimum(crew.duty_end_s[begun], reached_s), crew.duty_absent[begun]
    approved = crew.duty_approved[begun]
    pause_s, break_s = (column[begun] for column in _off(crew, busy, _pauses(crew), reached_s))
    met = crew.meet_duty, crew.meet_begin_s, crew.meet_end_s
    _, meeting_s = (column[begun] for column in _off(crew, busy, met, reached_s))
    _, late_s = (column[begun] for column in _off(crew, busy, _lateness(crew), reached_s))
    busy_s = np.where(absent, 0, busy.between(person, start, end))
    next_s = np.maximum(_next_s(person, start, absent, reached_s), end)
    overtime = np.where(absent, 0, busy.between(person, end, next_s))
    paid = np.where(absent & ~approved, 0, end - start - pause_s)
    wage = crew.wage_per_h[person] / 36.0
    cost = np.rint(wage * paid + wage * crew.overtime_factor[person] * overtime).astype(np.int64)
    order = np.lexsort((places(crew.names)[0][person], start))
    numbers = {
        "start_s": start, "end_s": end, "paid_s": paid, "busy_s": busy_s, "break_s": np.where(absent, 0, break_s),
        "meeting_s": np.where(absent, 0, meeting_s), "late_s": late_s, "absent_s": np.where(absent, end - start, 0),
    }  # fmt: skip
    presence = np.where(absent, np.where(approved, 1, 2), 0)
    return Sheet(
        {
            "person": spelt(crew.names, person[order]), "seat": spelt(crew.seats, person[order]),
            "role": spelt(crew.roles, person[order]), "team": spelt(crew.teams, person[order]),
            **{name: column[order] for name, column in numbers.items()},
            "presence": Coded(presence[order], _PRESENT), "overtime_s": overtime[order], "cost_minor": cost[order],
        }
    )  # fmt: skip


def _pauses(crew: Crew) -> tuple[Ints, Ints, Ints]:
    """Return duty, begin and end of every break."""
    same = crew.span_duty[1:] == crew.span_duty[:-1]
    return crew.span_duty[1:][same], crew.span_end_s[:-1][same], crew.span_begin_s[1:][same]


def _lateness(crew: Crew) -> tuple[Ints, Ints, Ints]:
    """Return duty, begin and end of every part of a span for which its person came too late."""
    arrives_s = crew.duty_start_s + crew.duty_late_s
    end = np.minimum(crew.span_end_s, arrives_s[crew.span_duty])
    missed = end > crew.span_begin_s
    return crew.span_duty[missed], crew.span_begin_s[missed], end[missed]


def _off(crew: Crew, busy: Busy, spans: tuple[Ints, Ints, Ints], reached_s: int) -> tuple[Ints, Ints]:
    """Return by duty the seconds of its spans of one sort so far, and those of them that were not worked through.

    Parameters
    ----------
    crew, busy, reached_s
        Whose duties; their work; the instant that the run has reached.
    spans
        Duty, begin and end of each.
    """
    sums = np.zeros((2, len(crew.duty_person)), np.int64)
    duty, begin, end = spans
    seen = begin < reached_s
    duty, begin, end = duty[seen], begin[seen], np.minimum(end[seen], reached_s)
    np.add.at(sums[0], duty, end - begin)
    np.add.at(sums[1], duty, busy.between(crew.duty_person[duty], begin, end))
    return sums[0], sums[0] - sums[1]


def _next_s(person: Ints, start_s: Ints, absent: NDArray[np.bool_], reached_s: int) -> Ints:
    """Return by shift, ordered by person and start, when the same person next comes to one."""
    out = np.full(len(person), reached_s, np.int64)
    rows = np.flatnonzero(~absent)
    following = np.searchsorted(rows, np.arange(len(person)), side="right")
    known = np.flatnonzero(following < len(rows))
    after = rows[following[known]]
    same = person[after] == person[known]
    out[known[same]] = start_s[after[same]]
    return out
