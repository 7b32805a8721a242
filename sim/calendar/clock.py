"""Clocks: one cumulative function of open seconds, of which business time is a difference."""

from bisect import bisect_left, bisect_right
from operator import index
from typing import NamedTuple, Self, overload

import numpy as np

from sim.calendar.hours import WEEKDAYS, Calendar
from sim.calendar.passes import opened, opening, reached, worked
from sim.calendar.timeline import Timeline
from sim.calendar.zones import DAY_S, EPOCH_DAY, Seconds, whole_seconds


class Clock:
    """Open seconds of a calendar, counted along a timeline.

    Business time between two instants is a difference of one cumulative function, `open_s`. Open periods are
    sorted arrays, compiled over the span asked for and lazily beyond it on either side, so every instant has
    an answer.
    Numbers in give a Python int; an array in (any shape, whole numbers) gives an int64 array.
    An open period holds its first second and not its end.

    Examples
    --------
    >>> from datetime import date
    >>> office = Calendar(hours=dict.fromkeys(WEEKDAYS[:5], ("09:00-12:00", "13:30-18:00")))
    >>> timeline = Timeline.midnight(date(2026, 3, 6), "Asia/Shanghai")
    >>> clock = Clock.of(office, timeline, 0, 7 * 86_400)
    >>> timeline.iso(clock.add(timeline.second(date(2026, 3, 6), 17 * 60), 2 * 3600))
    '2026-03-09T10:00:00+08:00'
    """

    def __init__(self, calendar: Calendar, timeline: Timeline, first_s: int, span: "_Span") -> None:
        self.calendar = calendar
        self.timeline = timeline
        self.first_s = first_s
        self._span = span

    @classmethod
    def of(cls, calendar: Calendar, timeline: Timeline, first_s: int, last_s: int) -> Self:
        """Compile a calendar over the seconds [first_s, last_s]; a month beyond is compiled at once.

        Raises
        ------
        ValueError
            If the span ends before it begins.
        """
        if last_s < first_s:
            raise ValueError(f"a clock must end at or after its beginning, got {first_s} s to {last_s} s")
        first_day, last_day = timeline.day(first_s) - 1, timeline.day(last_s) + 31
        return cls(calendar, timeline, first_s, _compile(calendar, timeline, first_day, last_day, first_s))

    def periods(self) -> tuple[Seconds, Seconds, Seconds, Seconds]:
        """Return the open periods compiled so far, as arrays for compiled code.

        Returns
        -------
        tuple of ndarray
            Begins and ends of the open periods, rising; the open seconds passed at each end; the working days, as
            `date.toordinal` counts. The first period is empty. What was asked before lies within.
        """
        span = self._span
        return span.begins_array, span.ends_array, span.passed_array, span.days_array

    @overload
    def open_s(self, at_s: int) -> int: ...
    @overload
    def open_s(self, at_s: Seconds) -> Seconds: ...
    def open_s(self, at_s: int | Seconds) -> int | Seconds:
        """Return the open seconds from `first_s` to an instant; negative before `first_s`."""
        if isinstance(at_s, np.ndarray):
            return self._open_array(whole_seconds(at_s))
        now_s = index(at_s)
        span = self._span
        if not span.first_s <= now_s <= span.last_s:
            span = self._covering(now_s, now_s)
        i = bisect_right(span.begins, now_s) - 1
        over_s = now_s - span.ends[i]
        return span.passed[i] + over_s if over_s < 0 else span.passed[i]

    def _open_array(self, at_s: Seconds) -> Seconds:
        span = self._covering(*_range(at_s, self.first_s))
        return opened(span.begins_array, span.ends_array, span.passed_array, _flat(at_s)).reshape(at_s.shape)

    @overload
    def between(self, begin_s: int, end_s: int) -> int: ...
    @overload
    def between(self, begin_s: Seconds, end_s: int | Seconds) -> Seconds: ...
    @overload
    def between(self, begin_s: int, end_s: Seconds) -> Seconds: ...
    def between(self, begin_s: int | Seconds, end_s: int | Seconds) -> int | Seconds:
        """Return the open seconds from one instant to another; negative if the second comes first."""
        return self.open_s(end_s) - self.open_s(begin_s)

    @overload
    def next_open(self, at_s: int) -> int: ...
    @overload
    def next_open(self, at_s: Seconds) -> Seconds: ...
    def next_open(self, at_s: int | Seconds) -> int | Seconds:
        """Return the first open instant at or after an instant."""
        if isinstance(at_s, np.ndarray):
            return self._next_open_array(whole_seconds(at_s))
        now_s = index(at_s)
        span = self._covering(now_s, now_s)
        while True:
            i = bisect_right(span.begins, now_s) - 1
            if now_s < span.ends[i]:
                return now_s
            if i + 1 < len(span.begins):
                return span.begins[i + 1]
            span = self._beyond(span)

    def _next_open_array(self, at_s: Seconds) -> Seconds:
        first_s, last_s = _range(at_s, self.first_s)
        span = self._covering(first_s, self.next_open(last_s))
        return opening(span.begins_array, span.ends_array, _flat(at_s)).reshape(at_s.shape)

    @overload
    def add(self, at_s: int, open_s: int) -> int: ...
    @overload
    def add(self, at_s: Seconds, open_s: int | Seconds) -> Seconds: ...
    @overload
    def add(self, at_s: int, open_s: Seconds) -> Seconds: ...
    def add(self, at_s: int | Seconds, open_s: int | Seconds) -> int | Seconds:
        """Return the earliest instant at which so many more open seconds have passed.

        Parameters
        ----------
        at_s
            Where to begin, open or closed.
        open_s
            Open seconds to pass, at least 0; for 0 the answer is the next open instant.

        Raises
        ------
        ValueError
            If `open_s` is negative, or the answer lies beyond the year 9996.
        """
        if isinstance(at_s, np.ndarray) or isinstance(open_s, np.ndarray):
            return self._add_array(np.asarray(at_s), np.asarray(open_s))
        now_s, more_s = index(at_s), index(open_s)
        if more_s <= 0:
            _check_not_negative(more_s, "open seconds to add")
            return self.next_open(now_s)
        target_s = self.open_s(now_s) + more_s
        span = self._span
        if target_s > span.passed[-1]:
            span = self._passing(target_s, now_s + more_s)
        i = bisect_left(span.passed, target_s)
        return span.ends[i] - span.passed[i] + target_s

    def _add_array(self, at_s: Seconds, open_s: Seconds) -> Seconds:
        at_s, open_s = np.broadcast_arrays(whole_seconds(at_s), whole_seconds(open_s))
        if not at_s.size:
            return at_s.copy()
        least_s = int(open_s.min())
        _check_not_negative(least_s, "open seconds to add")
        target_s = self.open_s(at_s) + open_s
        span = self._passing(int(target_s.max()), int((at_s + open_s).max()))
        found = reached(span.ends_array, span.passed_array, _flat(target_s)).reshape(target_s.shape)
        return found if least_s > 0 else np.where(open_s == 0, self.next_open(at_s), found)

    @overload
    def add_working_days(self, at_s: int, days: int) -> int: ...
    @overload
    def add_working_days(self, at_s: Seconds, days: int) -> Seconds: ...
    def add_working_days(self, at_s: int | Seconds, days: int) -> int | Seconds:
        """Return the same wall-clock time on the n-th next working day, or the next open instant after it.

        A working day is a local day with an open hour. The day of `at_s` itself is never counted,
        whether it is a working day or not: from Saturday 10:00, one working day leads to Monday 10:00.

        Parameters
        ----------
        at_s
            Where to begin, open or closed.
        days
            Working days to pass, at least 0; for 0 the answer is the next open instant.
        """
        days = index(days)
        _check_not_negative(days, "working days to add")
        if days == 0:
            return self.next_open(at_s)
        if isinstance(at_s, np.ndarray):
            return self._add_working_days_array(whole_seconds(at_s), days)
        wall_s = self.timeline.wall(at_s)
        now = wall_s // DAY_S + EPOCH_DAY
        span = self._covering(at_s, at_s)
        while len(span.days) < (i := bisect_right(span.days, now) + days):
            span = self._beyond(span)
        return self.next_open(self.timeline.at_wall(wall_s + (span.days[i - 1] - now) * DAY_S))

    def _add_working_days_array(self, at_s: Seconds, days: int) -> Seconds:
        first_s, last_s = _range(at_s, self.first_s)
        span = self._covering(first_s, last_s)
        # A wall clock that is put back over midnight shows the next day for a while, and then the old one again.
        latest = self.timeline.day(last_s) + 1
        while len(span.days) < (i := bisect_right(span.days, latest) + days):
            span = self._beyond(span)
        after_s = self.timeline.at_wall((span.days[i - 1] + 1 - EPOCH_DAY) * DAY_S)
        span = self._covering(first_s, self.next_open(after_s))
        offsets = self.timeline.offsets(first_s, span.last_s)
        found = worked(span.begins_array, span.ends_array, span.days_array, *offsets, _flat(at_s), days)
        return found.reshape(at_s.shape)

    def _covering(self, first_s: int, last_s: int) -> "_Span":
        """Return a span that holds both instants."""
        span = self._span
        if span.first_s <= first_s and last_s <= span.last_s:
            return span
        # Twice the width each time, so that any number of single steps costs no more than one long one.
        width_s = span.last_s - span.first_s
        return self._recompile(
            first_s - width_s if first_s < span.first_s else span.first_s,
            last_s + width_s if last_s > span.last_s else span.last_s,
        )

    def _passing(self, open_s: int, not_before_s: int) -> "_Span":
        """Return a span in which so many open seconds have passed; that takes until the instant or longer."""
        span = self._covering(not_before_s, not_before_s)
        while span.passed[-1] < open_s:
            span = self._beyond(span)
        return span

    def _beyond(self, span: "_Span") -> "_Span":
        return self._covering(span.first_s, span.last_s + 1)

    def _recompile(self, first_s: int, last_s: int) -> "_Span":
        days = self.timeline.day(first_s) - 1, self.timeline.day(last_s) + 1
        self._span = _compile(self.calendar, self.timeline, *days, self.first_s)
        return self._span


def _flat(values: Seconds) -> Seconds:
    """Return numbers as compiled code takes them: in one row that nobody writes to."""
    row = np.ascontiguousarray(values).reshape(-1).view()
    row.flags.writeable = False
    return row


def _check_not_negative(number: int, what: str) -> None:
    if number < 0:
        raise ValueError(f"{what} must be at least 0, got {number}")


def _range(values: Seconds, otherwise: int) -> tuple[int, int]:
    """Return the least and the greatest of the values, or twice a stand-in if there is none."""
    return (int(values.min()), int(values.max())) if values.size else (otherwise, otherwise)


class _Span(NamedTuple):
    """Open periods compiled over the seconds [first_s, last_s]; the first is empty and begins at first_s.

    `passed[i]` are the open seconds from the clock's origin to the end of period i.
    """

    first_s: int
    last_s: int
    begins: list[int]
    ends: list[int]
    passed: list[int]
    days: list[int]
    begins_array: Seconds
    ends_array: Seconds
    passed_array: Seconds
    days_array: Seconds


def _compile(calendar: Calendar, timeline: Timeline, first_day: int, last_day: int, origin_s: int) -> _Span:
    """Compile the local days [first_day, last_day], as `date.toordinal` counts."""
    walls = _open_walls(calendar, first_day, last_day)
    periods = timeline.at_walls(walls)
    # An interval that lies in a gap of the wall clock is empty, and opens no working day.
    real = periods[:, 1] > periods[:, 0]
    days = np.unique(walls[real, 0] // DAY_S + EPOCH_DAY)
    first_s, last_s = (timeline.at_wall((day - EPOCH_DAY) * DAY_S) for day in (first_day, last_day + 1))
    begins, ends = np.append([first_s], periods[real, 0]), np.append([first_s], periods[real, 1])
    apart = begins[1:] > ends[:-1]
    begins, ends = begins[np.append(True, apart)], ends[np.append(apart, True)]
    passed = np.cumsum(ends - begins)
    i = int(np.searchsorted(begins, origin_s, "right")) - 1
    passed -= passed[i] + min(0, origin_s - int(ends[i]))
    lists = begins.tolist(), ends.tolist(), passed.tolist(), days.tolist()
    return _Span(first_s, last_s, *lists, begins, ends, passed, days)


def _open_walls(calendar: Calendar, first_day: int, last_day: int) -> Seconds:
    """Return the open intervals of the days as wall seconds since 1970, sorted, of shape (intervals, 2)."""
    days = np.arange(first_day, last_day + 1, dtype=np.int64)
    # date.toordinal counts from a Monday, which is 1.
    like = (days - 1) % 7
    like[np.isin(days, [d.toordinal() for d in calendar.holidays])] = -1
    like[np.isin(days, [d.toordinal() for d in calendar.make_up_days])] = WEEKDAYS.index(calendar.make_up_like)
    parts = []
    for number, weekday in enumerate(WEEKDAYS):
        within = 60 * np.array(calendar.open_min(weekday), dtype=np.int64).reshape(-1, 2)
        parts.append(np.add.outer((days[like == number] - EPOCH_DAY) * DAY_S, within).reshape(-1, 2))
    walls = np.concatenate(parts)
    return walls[np.argsort(walls[:, 0])]
