"""The roster: who is due at the desk when, in whole seconds, and what takes them off it within a shift."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.calendar import WEEKDAYS
from sim.calendar.zones import DAY_S, EPOCH_DAY
from sim.desk import Desk, Shift
from sim.desk.staff import span_of

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Texts = NDArray[np.str_]


class Hours(NamedTuple):
    """What a roster depends on: everybody who has the same has the same duties.

    Attributes
    ----------
    shift
        Name of the shift.
    meetings
        Names of the meetings of the seat.
    days, within
        Days of the week, and hours of the day, outside which the person does not work; None for no such limit.
    duties
        Local days and shifts of the person, rising, instead of the shift of the seat; None where none are stated.
    """

    shift: str
    meetings: tuple[str, ...]
    days: tuple[str, ...] | None = None
    within: str | None = None
    duties: tuple[tuple[date, str], ...] | None = None


class Roster(NamedTuple):
    """The duties of everybody, whoever will be absent.

    Attributes
    ----------
    day
        Local day on which each duty begins, as `date.toordinal` counts, shape (duties,).
    columns
        The attributes of `Crew` whose names begin with `duty`, `span` and `meet` and that no world changes.
    work
        Spans less meetings: duty, begin and end in seconds, shape (parts, 3).
    """

    day: Ints
    columns: dict[str, Ints]
    work: Ints


class _Rows(NamedTuple):
    """The duties of one kind of hours: local day by duty; spans, spans less meetings, meetings as (duty, from, to)."""

    day: Ints
    spans: Ints
    work: Ints
    meets: Ints


def roster(desk: Desk, hours: Sequence[Hours]) -> Roster:
    """Return the duties of persons by their hours, ordered by person and start."""
    made = {key: _rows(desk, key) for key in dict.fromkeys(hours)}
    mine = [made[key] for key in hours]
    many = np.array([len(rows.day) for rows in mine], np.int64)
    first = np.cumsum(many) - many

    def joined(parts: list[Ints]) -> Ints:
        rows = np.concatenate(parts)
        rows[:, 0] += np.repeat(first, [len(part) for part in parts])
        return rows

    spans, meets = joined([rows.spans for rows in mine]), joined([rows.meets for rows in mine])
    begins = np.flatnonzero(np.diff(spans[:, 0], prepend=-1))
    ends = np.append(begins, len(spans))[1:] - 1
    columns = {
        "duty_person": np.repeat(np.arange(len(hours)), many), "duty_start_s": spans[begins, 1],
        "duty_end_s": spans[ends, 2],
    }  # fmt: skip
    for name, rows in (("span", spans), ("meet", meets)):
        columns |= {f"{name}_{what}": rows[:, at].copy() for at, what in enumerate(("duty", "begin_s", "end_s"))}
    return Roster(np.concatenate([rows.day for rows in mine]), columns, joined([rows.work for rows in mine]))


def _rows(desk: Desk, hours: Hours) -> _Rows:
    """Return the duties of somebody that have a span within the run, cut to it."""
    on, spans = _rostered(desk, hours) if hours.duties is not None else _of_shift(desk, hours)
    inside = (spans[:, 2] > 0) & (spans[:, 1] < desk.until_s()) & (spans[:, 2] > spans[:, 1])
    kept, number = np.unique(spans[inside, 0], return_inverse=True)
    begin, end = spans[inside, 1], spans[inside, 2]
    cut = np.stack([number, np.maximum(begin, 0), np.minimum(end, desk.until_s())], 1).astype(np.int64)
    return _Rows(on[kept], cut, *_parted(cut, _held(desk, hours.meetings)))


def _of_shift(desk: Desk, hours: Hours) -> tuple[Ints, Ints]:
    """Return the days of the seat's shift, and its spans as (number of the day, begin, end)."""
    shift = desk.staff.shifts[hours.shift]
    days = [day for day in _days(desk) if hours.days is None or WEEKDAYS[day.weekday()] in hours.days]
    on = np.array([day.toordinal() for day in days if is_on(desk, shift, day)], np.int64)
    return on, _numbered(np.arange(len(on)), _seconds(desk, on, shift.spans_min(hours.within)))


def _rostered(desk: Desk, hours: Hours) -> tuple[Ints, Ints]:
    """Return the days of stated duties, and their spans as (number of the day, begin, end), rising."""
    days = _days(desk)
    duties = [(day, shift) for day, shift in hours.duties or () if days[0] <= day <= days[-1]]
    on = np.array([day.toordinal() for day, _ in duties], np.int64)
    spans = [np.zeros((0, 3), np.int64)]
    for name in sorted({shift for _, shift in duties}):
        mine = np.array([number for number, (_, shift) in enumerate(duties) if shift == name], np.int64)
        minutes = desk.staff.shifts[name].spans_min(hours.within)
        spans.append(_numbered(mine, _seconds(desk, on[mine], minutes)))
    rows = np.concatenate(spans)
    return on, rows[np.lexsort((rows[:, 1], rows[:, 0]))]


def _numbered(number: Ints, spans: Ints) -> Ints:
    """Return spans of days, shape (days, spans, 2), as rows of the day's number, begin and end."""
    many = spans.shape[1]
    return np.concatenate([np.repeat(number, many)[:, None], spans.reshape(-1, 2)], 1)


def _days(desk: Desk) -> list[date]:
    """Return the local days on which what reaches into the run may begin."""
    return [desk.start + timedelta(days=day) for day in range(-1, 7 * desk.weeks)]


def _seconds(desk: Desk, days: Ints, minutes: Sequence[tuple[int, int]]) -> Ints:
    """Return the seconds, on the grain of the clock, of spans in minutes of local days, shape (days, spans, 2)."""
    walls = (days[:, None, None] - EPOCH_DAY) * DAY_S + 60 * np.array(minutes, np.int64)[None]
    return desk.timeline().at_walls(walls) // desk.clock_s * desk.clock_s


def is_on(desk: Desk, shift: Shift, day: date) -> bool:
    """Return whether a shift begins on a local day, by its weekdays and its calendar."""
    if shift.calendar is None:
        return day.weekday() in shift.weekdays()
    calendar = desk.calendar(shift.calendar)
    if day in calendar.holidays:
        return False
    return day in calendar.make_up_days or day.weekday() in shift.weekdays()


def _held(desk: Desk, meetings: Sequence[str]) -> list[tuple[int, int]]:
    """Return when somebody meets who goes to all these meetings: spans in seconds, rising and apart."""
    spans: list[tuple[int, int]] = []
    for name in meetings:
        meeting = desk.staff.meetings[name]
        days = np.array([day.toordinal() for day in _days(desk) if day.weekday() in meeting.weekdays()], np.int64)
        spans.extend((begin, end) for ((begin, end),) in _seconds(desk, days, [span_of(meeting.hours)]).tolist())
    apart: list[tuple[int, int]] = []
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        if apart and begin <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((begin, end))
    return apart


def _parted(spans: Ints, meetings: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Return what of (duty, begin, end) is work and what is meeting."""
    if not meetings:
        return spans, np.zeros((0, 3), np.int64)
    work, held = [], []
    ends = [end for _, end in meetings]
    for duty, begin, end in spans.tolist():
        place = bisect_right(ends, begin)
        while place < len(meetings) and meetings[place][0] < end:
            first, last = max(meetings[place][0], begin), min(meetings[place][1], end)
            work.append((duty, begin, first))
            held.append((duty, first, last))
            begin, place = last, place + 1
        work.append((duty, begin, end))
    kept = [row for row in work if row[2] > row[1]]
    return np.array(kept, np.int64).reshape(-1, 3), np.array(held, np.int64).reshape(-1, 3)


def raised(desk: Desk, shares: Floats, day: Ints, roles: Texts) -> Floats:
    """Return by duty the probability of missing it, where many are away on some days.

    Parameters
    ----------
    desk
        The desk.
    shares, day, roles
        By duty: the person's own probability, the local day as `date.toordinal` counts, and the person's role.
    """
    shares = shares.copy()
    for spell in desk.staff.absences.values():
        inside = (day >= spell.first_day.toordinal()) & (day <= spell.last_day.toordinal())
        if spell.roles is not None:
            inside &= np.isin(roles, spell.roles)
        shares[inside] = np.maximum(shares[inside], spell.absent)
    return shares


def lateness_s(columns: dict[str, Ints], drawn_s: Ints, absent: Flags) -> Ints:
    """Return by how many seconds somebody comes late to each duty, at most its length.

    A shift that follows at once on one at which the person was is begun in time, and nobody is late who is absent.

    Parameters
    ----------
    columns
        See `Roster`.
    drawn_s, absent
        By duty: the seconds drawn, at least 0, and whether the person misses it.
    """
    person, start, end = columns["duty_person"], columns["duty_start_s"], columns["duty_end_s"]
    stays_on = np.zeros(len(person), np.bool_)
    stays_on[1:] = (person[1:] == person[:-1]) & (start[1:] == end[:-1]) & ~absent[:-1]
    return np.where(absent | stays_on, 0, np.minimum(drawn_s, end - start))


def after(arrives_s: Ints, rows: Ints) -> Ints:
    """Return what is left of (duty, begin, end) from the second on in which somebody arrives, by duty."""
    begin = np.maximum(rows[:, 1], arrives_s[rows[:, 0]])
    kept = rows[:, 2] > begin
    return np.stack([rows[kept, 0], begin[kept], rows[kept, 2]], 1)


def stays(duty_person: Ints, work: Ints, absent: Flags, people: int) -> tuple[Ints, Ints, Ints]:
    """Return the spans on duty, neighbours joined: begins, ends, and where each person's begin, shape (people + 1,).

    Parameters
    ----------
    duty_person, absent
        By duty: the person, and whether the person misses it.
    work
        Spans at work, see `Roster`.
    people
        How many persons there are.
    """
    kept = ~absent[work[:, 0]]
    begin, end = work[kept, 1], work[kept, 2]
    person = duty_person[work[kept, 0]]
    opens, closes = (np.ones(len(person), np.bool_) for _ in range(2))
    opens[1:] = closes[:-1] = (person[1:] != person[:-1]) | (begin[1:] != end[:-1])
    first = np.searchsorted(person[opens], np.arange(people + 1))
    return begin[opens], end[closes], first.astype(np.int64)
