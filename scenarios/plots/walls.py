"""Local times of a log: as words, as marks on an axis of seconds, and the stretches in which nobody is open."""

from datetime import date, timedelta

import numpy as np

from sim.calendar import ALWAYS, Clock, Seconds, Timeline
from sim.log import Log

type Stretch = tuple[int, int]
"""Begin and end in seconds."""

_DAY_S = 86_400
_STEPS_S = (5, 10, 15, 30, *(60 * each for each in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)), *(
    _DAY_S * each for each in (1, 2, 7, 14, 28)
))  # fmt: skip


def moment(timeline: Timeline, at_s: int, seconds: bool = False) -> str:
    """Return a local time as `2026-03-02 09:15`, with its seconds if wanted."""
    return timeline.iso(at_s)[: 19 if seconds else 16].replace("T", " ")


def date_of(timeline: Timeline, at_s: int) -> date:
    """Return the local day of a second."""
    return date.fromordinal(timeline.day(at_s))


def bounds_of(timeline: Timeline, day: date) -> Stretch:
    """Return the first second of a local day and that of the next."""
    return timeline.second(day, 0), timeline.second(day + timedelta(days=1), 0)


def ticks(timeline: Timeline, begin_s: int, end_s: int, most: int = 9) -> tuple[list[int], list[str]]:
    """Return seconds at round local times, at most so many, and their labels; the first of a day says the day."""
    span_s = end_s - begin_s
    step = next((each for each in _STEPS_S if span_s / each <= most - 1), _STEPS_S[-1])
    while span_s / step > most - 1:
        step *= 2
    day, second, places = date.fromisoformat(timeline.iso(begin_s)[:10]), 0, []
    until = date.fromisoformat(timeline.iso(end_s)[:10])
    while day <= until:
        places.append(timeline.second(day, second // 60) + second % 60)
        second += step
        day, second = day + timedelta(days=second // _DAY_S), second % _DAY_S
    places = [each for each in dict.fromkeys(places) if begin_s <= each <= end_s]
    said, labels = "", []
    for each in places:
        now = timeline.iso(each)
        clock = "" if step >= _DAY_S else now[11 : 19 if step < 60 else 16]
        labels.append("\n".join(part for part in (clock, now[5:10] if now[:10] != said else "") if part))
        said = now[:10]
    return places, labels


def shaded(log: Log, calendar: str, begin_s: int, end_s: int) -> tuple[list[Stretch], str]:
    """Return the closed stretches between two instants, and what says so.

    Parameters
    ----------
    log
        The log.
    calendar
        Name of a calendar of the log whose closed hours count; one that is open around the clock, or none at all,
        gives way to the hours in which nobody is on duty.
    begin_s, end_s
        Between which seconds.

    Returns
    -------
    tuple
        The stretches in order, and `calendar`, `duty`, or an empty word where a log tells neither.
    """
    known = log.calendars.get(calendar, ALWAYS)
    if known != ALWAYS:
        begins, ends, *_ = Clock.of(known, log.timeline, begin_s, end_s).periods()
        return _gaps(begins, ends, begin_s, end_s), "calendar"
    present = log.shifts.filter(log.shifts["absent_s"].fill_null(0) == 0)
    if present.is_empty():
        return [], ""
    return _gaps(*union(present["start_s"].to_numpy(), present["end_s"].to_numpy()), begin_s, end_s), "duty"


def union(begin_s: Seconds, end_s: Seconds) -> tuple[Seconds, Seconds]:
    """Return the same seconds as stretches that neither touch nor overlap, in order; empty ones vanish."""
    kept = end_s > begin_s
    order = np.argsort(begin_s[kept], kind="stable")
    begin, end = begin_s[kept][order], np.maximum.accumulate(end_s[kept][order])
    if not len(begin):
        return begin, end
    new = np.concatenate([[True], begin[1:] > end[:-1]])
    last = np.concatenate([new[1:], [True]])
    return begin[new], end[last]


def less(one: list[Stretch], other: list[Stretch]) -> list[Stretch]:
    """Return what is left of some stretches without others, in order."""
    left: list[Stretch] = []
    for begin, end in sorted(one):
        for cut_begin, cut_end in sorted(other):
            if cut_end <= begin or cut_begin >= end:
                continue
            if cut_begin > begin:
                left.append((begin, cut_begin))
            begin = max(begin, cut_end)
            if begin >= end:
                break
        if begin < end:
            left.append((begin, end))
    return left


def _gaps(begins: Seconds, ends: Seconds, begin_s: int, end_s: int) -> list[Stretch]:
    opened = [(int(a), int(b)) for a, b in zip(begins, ends, strict=True) if b > begin_s and a < end_s and b > a]
    return less([(begin_s, end_s)], opened)
