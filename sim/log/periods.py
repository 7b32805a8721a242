"""Periods by their names: years, half-years, quarters, months, ISO weeks, days and spans of days."""

from __future__ import annotations

import re
from datetime import date, timedelta

from sim.calendar import Timeline

_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>\d{4})",
        r"(?P<year>\d{4})-Q(?P<quarter>[1-4])",
        r"(?P<year>\d{4})-H(?P<half>[12])",
        r"(?P<year>\d{4})-(?P<month>\d\d)",
        r"(?P<year>\d{4})-W(?P<week>\d\d)",
        r"(?P<first>\d{4}-\d\d-\d\d)(?:/(?P<last>\d{4}-\d\d-\d\d))?",
    )
)


def days_of(period: str) -> tuple[date, date] | None:
    """Return the first day of a period and the day after its last; None if the name is none of a period.

    Parameters
    ----------
    period
        `2026`, `2026-H1`, `2026-Q1`, `2026-03`, `2026-W10`, `2026-03-05`, or `2026-03-05/2026-03-20` with both days in
        it.

    Examples
    --------
    >>> days_of("2026-Q4")
    (datetime.date(2026, 10, 1), datetime.date(2027, 1, 1))
    >>> days_of("2026-02-30") is None
    True
    """
    found = next((match for form in _FORMS if (match := form.fullmatch(period))), None)
    if found is None:
        return None
    told = found.groupdict()
    try:
        if told.get("first"):
            first, last = date.fromisoformat(told["first"]), date.fromisoformat(told["last"] or told["first"])
            return (first, last + timedelta(days=1)) if last >= first else None
        year = int(told["year"])
        if told.get("week"):
            first = date.fromisocalendar(year, int(told["week"]), 1)
            return first, first + timedelta(days=7)
        month, many = (1, 12)
        if told.get("quarter"):
            month, many = 3 * int(told["quarter"]) - 2, 3
        elif told.get("half"):
            month, many = 6 * int(told["half"]) - 5, 6
        elif told.get("month"):
            month, many = int(told["month"]), 1
        after = month + many
        return date(year, month, 1), date(year + (after > 12), (after - 1) % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


def first_second(period: str, timeline: Timeline, until_s: int) -> int | None:
    """Return the first second of a period that lies in a log; None if none does, or the name is none of a period.

    Parameters
    ----------
    period
        See `days_of`.
    timeline, until_s
        Of the log, which begins at second 0.
    """
    days = days_of(period)
    if days is None:
        return None
    begin_s, end_s = (timeline.second(day, 0) for day in days)
    return max(begin_s, 0) if end_s > 0 and begin_s < max(until_s, 1) else None
