"""What comes by the calendar: seasons, scheduled work, and tickets that bring further tickets."""

import datetime
from datetime import date
from typing import Self

from pydantic import Field, model_validator

from sim.calendar import WEEKDAYS, Weekday
from sim.desk.law import Law
from sim.desk.staff import Span, minute_of
from sim.parameters import Names, NotNegative, Parameters, Share

_LEAP = "2024-"


def is_date(text: str) -> bool:
    """Return whether a text is a date in the one form in which days are looked up, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Burst(Parameters):
    """A factor on arrivals in some hours of one day, as when a platform fails."""

    date: datetime.date = Field(description="Local day on which it begins.")
    hours: Span = Field(
        default="00:00-24:00",
        description="Begin and end as 13:00-17:30; an end at or before the begin is on the next day.",
    )
    factor: NotNegative = Field(description="Factor on the rate.")
    kinds: Names | None = Field(default=None, description="Kinds that it touches; all when absent.")


class Season(Parameters):
    """A factor on arrivals in a span of dates: a term, its holidays, the time of graduation (R001-09)."""

    first_day: str = Field(description="First day, as 2026-06-10; as 06-10 it is that of every year.")
    last_day: str = Field(description="Last day, in the same form; of every year, it may lie in the next.")
    factor: NotNegative = Field(description="Factor on the rate.")
    kinds: Names | None = Field(default=None, description="Kinds that it touches; all when absent.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for day in (self.first_day, self.last_day):
            if not is_date(day) and not (len(day) == 5 and is_date(_LEAP + day)):
                raise ValueError(f"expected a date as 2026-06-10, or as 06-10 for every year, got {day!r}")
        if len(self.first_day) != len(self.last_day):
            raise ValueError(
                f"first_day {self.first_day} and last_day {self.last_day} must both name a year, or neither"
            )
        if len(self.first_day) > 5 and self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} lies before first_day {self.first_day}")
        return self

    def holds(self, day: date) -> bool:
        """Return whether a day lies in the season."""
        now = day.isoformat()[-len(self.first_day) :]
        if self.last_day < self.first_day:
            return now >= self.first_day or now <= self.last_day
        return self.first_day <= now <= self.last_day


class Schedule(Parameters):
    """Work of one's own accord that comes by the calendar, without chance: follow-ups, homework (R001-08)."""

    days: tuple[Weekday, ...] = Field(default=WEEKDAYS[:5], min_length=1, description="Weekdays.")
    at: tuple[str, ...] = Field(min_length=1, max_length=48, description="Wall times, such as 09:00, rising.")
    tickets: int = Field(default=1, ge=1, le=1000, description="Tickets at each of these times.")
    every_weeks: int = Field(
        default=1, ge=1, le=52, description="Only in every so many weeks, the run's first included."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        minutes = self.minutes()
        if sorted(set(minutes)) != list(minutes):
            raise ValueError(f"the times of a schedule must rise, got {', '.join(self.at)}")
        if len(set(self.days)) < len(self.days):
            raise ValueError(f"a day is named twice in {', '.join(self.days)}")
        return self

    def minutes(self) -> tuple[int, ...]:
        """Return the wall times as minutes after 00:00."""
        return tuple(minute_of(text) for text in self.at)


class Again(Parameters):
    """A share of tickets that bring another ticket of the same learner and kind, some time after their creation."""

    share: Share = Field(description="Share of the tickets that bring another.")
    after: Law = Field(description="Time from the creation of the one to that of the other.")


class Duplicates(Again):
    """A share of tickets of which another copy comes; whoever begins to work on the copy merges it into the first."""

    merge_min: NotNegative = Field(default=1.0, le=1440, description="Work of merging, in minutes at speed 1.")
