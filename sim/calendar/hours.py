"""Calendars: the open hours of a clause or of an office."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from sim.parameters import Parameters

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)

Hours = Annotated[tuple[str, ...], Strict(False)]
Dates = Annotated[tuple[date, ...], Strict(False)]
Years = Annotated[tuple[Annotated[int, Field(ge=1800, le=2399)], ...], Strict(False)]


class Calendar(Parameters):
    """Open hours of a clause or of an office, in local wall times.

    Raises
    ------
    pydantic.ValidationError
        If an interval is not `HH:MM-HH:MM`, ends before it begins, overlaps or precedes the one before it;
        if a date is both a holiday and a make-up day; if no hour is open; if a table of public holidays is named
        whose dates were not added.
    """

    hours: dict[Weekday, Hours] = Field(
        description='Open intervals by weekday, such as "09:00-12:00", sorted; an end of "24:00" is midnight.'
    )
    holidays: Dates = Field(default=(), description="Dates that are closed although their weekday is open.")
    make_up_days: Dates = Field(default=(), description="Dates that are open with the hours of `make_up_like`.")
    make_up_like: Weekday = Field(default="mon", description="The weekday whose hours make-up days have.")
    years: Years = Field(
        default=(),
        description="Years for which holidays and make-up days are stated: a run in another is refused; none = any.",
    )
    public_holidays: str | None = Field(
        default=None,
        max_length=80,
        description="Table of public holidays whose dates and years are added, such as `cn`; in files only.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        open_min = {day: _open_min(day, self.hours.get(day, ())) for day in WEEKDAYS}
        if not any(open_min.values()):
            raise ValueError("the calendar has no open hour")
        if self.make_up_days and not open_min[self.make_up_like]:
            raise ValueError(f"make_up_like is {self.make_up_like!r}, which has no open hour")
        if self.public_holidays is not None and not self.years:
            raise ValueError(
                f"public_holidays = {self.public_holidays!r} is looked up where a file is read; "
                "state holidays, make_up_days and years instead"
            )
        if both := sorted({*self.holidays} & {*self.make_up_days}):
            raise ValueError(f"{both[0]} is both a holiday and a make-up day")
        return self

    def lacks(self, first_year: int, last_year: int) -> int | None:
        """Return the first year of a span for which holidays are not stated; None if they are for all, or need not."""
        missing = [year for year in range(first_year, last_year + 1) if self.years and year not in self.years]
        return missing[0] if missing else None

    def open_min(self, weekday: Weekday) -> list[tuple[int, int]]:
        """Return the open intervals of a weekday as minutes after 00:00, 0 to 1440; empty if it is closed."""
        return _open_min(weekday, self.hours.get(weekday, ()))


def _open_min(weekday: str, intervals: tuple[str, ...]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for text in intervals:
        match = _INTERVAL.fullmatch(text)
        if match is None:
            raise ValueError(f"{weekday}: an interval must look like '09:00-17:30' (up to '24:00'), got {text!r}")
        first_h, first_min, last_h, last_min = (int(part or 0) for part in match.groups())
        begin, end = 60 * first_h + first_min, 1440 if match[3] is None else 60 * last_h + last_min
        if end <= begin:
            raise ValueError(
                f"{weekday}: {text!r} must end after it begins; write a night as two intervals, "
                "up to '24:00' and from '00:00' of the next day"
            )
        if found and begin < found[-1][1]:
            fault = "overlaps" if end > found[-1][0] else "must stand before"
            raise ValueError(f"{weekday}: {text!r} {fault} {intervals[len(found) - 1]!r}")
        found.append((begin, end))
    return found


ALWAYS = Calendar(hours=dict.fromkeys(WEEKDAYS, ("00:00-24:00",)))
"""Open around the clock; known to every service level agreement under the name `always`."""
