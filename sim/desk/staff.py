"""Who works at the desk: roles, persons, seats, teams and shifts. Person and seat are two things."""

import datetime
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sim.calendar import WEEKDAYS
from sim.desk.conduct import ConductName, Leaning
from sim.desk.law import Law
from sim.desk.learning import Learning, Newcomers, check_learns
from sim.parameters import Finite, Name, Names, NotNegative, Parameters, Share

FASTEST = 1000.0
"""The highest speed there is: within it no rate and no index leaves 64 bits."""

MINUTES_OF_DAY = 1440


def minute_of(wall: str) -> int:
    """Return the minute of day of a wall time `HH:MM`, 0 to 1440 (`24:00`).

    Raises
    ------
    ValueError
        If the text is no such wall time.

    Examples
    --------
    >>> minute_of("09:30")
    570
    """
    found = re.fullmatch(r"(\d\d):(\d\d)", wall)
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else -1
    if not 0 <= minute <= MINUTES_OF_DAY:
        raise ValueError(f"expected a wall time from 00:00 to 24:00, got {wall!r}")
    return minute


def span_of(span: str) -> tuple[int, int]:
    """Return begin and end minute of `HH:MM-HH:MM`; an end at or before the begin is on the next day.

    Raises
    ------
    ValueError
        If the text is no such span.

    Examples
    --------
    >>> span_of("22:00-06:00")
    (1320, 1800)
    """
    begin, dash, end = span.partition("-")
    if not dash:
        raise ValueError(f"expected a span as 09:00-18:00, got {span!r}")
    first, last = minute_of(begin), minute_of(end)
    return first, last if last > first else last + MINUTES_OF_DAY


def _checked(span: str) -> str:
    span_of(span)
    return span


Span = Annotated[str, AfterValidator(_checked)]
Speed = Annotated[float, Field(gt=0, le=FASTEST, allow_inf_nan=False)]
"""A speed: work content done in a unit of time, above 0."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Role(Parameters):
    """Persons and seats that may be exchanged, and how able an unnamed person of the role is."""

    skills: Names = Field(min_length=1, description="Skills in which every person of the role has an ability.")
    wage_per_h: NotNegative = Field(default=0.0, description="Wage per paid hour, in units of the currency.")
    overtime_factor: NotNegative = Field(default=1.5, description="Overtime is paid at wage times this.")
    speed_sd: NotNegative = Field(default=0.0, description="SD of log speed between unnamed persons.")
    quality_sd: NotNegative = Field(default=0.0, description="SD of quality between unnamed persons, in logits.")
    courtesy_sd: NotNegative = Field(
        default=0.0, description="SD of courtesy between unnamed persons, in rating points."
    )
    untrained_speed: Speed = Field(default=0.6, description="Speed in a skill that a person does not list.")
    untrained_quality: Finite = Field(default=-1.0, description="Quality in such a skill, in logits.")
    absent: Share = Field(default=0.0, description="Probability that a person misses a shift day, unless stated.")
    late: Share = Field(default=0.0, description="Probability that a person comes late to a shift, unless stated.")
    late_by: Law = Field(
        default=Law(law="exponential", mean_min=10.0), description="How late somebody comes who comes late."
    )
    conduct: dict[ConductName, Leaning] = Field(
        default={}, description="Conduct of unnamed persons: how many have it, and how strong it is."
    )
    learning: Learning | None = Field(default=None, description="How newcomers learn; nobody is new when absent.")
    newcomers: Newcomers | None = Field(default=None, description="Newcomers among unnamed persons; none when absent.")

    @model_validator(mode="after")
    def _newcomers_learn(self) -> Self:
        check_learns("newcomers.share", None if self.newcomers is None else self.newcomers.share, self.learning)
        return self


class Person(Parameters):
    """A named person. Speed 1 does the reference work content in the reference time."""

    role: Name = Field(description="Role of the person.")
    speed: dict[Name, Speed] = Field(
        default={},
        description="Speed by skill; a skill of the role that is missing here is untrained unless the table is empty.",
    )
    quality: dict[Name, Finite] = Field(default={}, description="Quality by skill in logits; 0 where missing.")
    courtesy: Finite = Field(default=0.0, description="Shift of the process rating, in rating points.")
    tenure_weeks: NotNegative | None = Field(
        default=None, description="Weeks in the role at the begin; many if absent."
    )
    wage_per_h: NotNegative | None = Field(default=None, description="Wage per paid hour; the role's when absent.")
    absent: Share | None = Field(
        default=None, description="Probability of missing a shift day; the role's when absent."
    )
    late: Share | None = Field(default=None, description="Probability of coming late; the role's when absent.")
    late_by: Law | None = Field(default=None, description="How late, when late; the role's when absent.")
    days: tuple[Weekday, ...] | None = Field(
        default=None, min_length=1, description="Part-time: the person works shifts that begin on these days only."
    )
    hours: Span | None = Field(
        default=None, description="Part-time: the person works the part of a shift within these hours of the day only."
    )
    duties: dict[datetime.date, Name] | None = Field(
        default=None,
        description="Roster: shift by the local day on which it begins. The person works these, whatever the days and "
        "the calendar of a shift, and no other; the seat's shift as it comes when absent.",
    )
    forbidden_skills: Names = Field(
        default=(), description="Skills that law or licence forbids the person, whatever the seat takes."
    )
    forbidden_kinds: Names = Field(default=(), description="Kinds of tickets that law or licence forbids the person.")
    approved: bool = Field(default=True, description="Whether absences are approved leave.")
    conduct: dict[ConductName, Share] = Field(
        default={}, description="Intensity by conduct: share of the occasions on which the person does it."
    )
    seat: Name | None = Field(
        default=None, description="Seat group to sit in; otherwise the first free one of the role."
    )


class Shift(Parameters):
    """Wall-clock hours of a shift; it lasts at most a day, so it never runs into itself on the next."""

    days: tuple[Weekday, ...] = Field(min_length=1, description="Days of the week on which it begins.")
    hours: Span = Field(description="Begin and end as 09:00-18:00; an end at or before the begin is on the next day.")
    breaks: tuple[Span, ...] = Field(default=(), description="Breaks inside the shift, in order.")
    calendar: Name | None = Field(
        default=None, description="Calendar that changes `days`: off on its holidays, on also on its make-up days."
    )

    @model_validator(mode="after")
    def _breaks_inside(self) -> Self:
        begin, end = span_of(self.hours)
        last = begin
        for text in self.breaks:
            first, stop = span_of(text)
            if first < begin:
                first, stop = first + MINUTES_OF_DAY, stop + MINUTES_OF_DAY
            if first < last or stop > end:
                raise ValueError(f"break {text} overlaps another or lies outside the shift {self.hours}")
            last = stop
        if not self.spans_min():
            raise ValueError(f"the breaks leave nothing of the shift {self.hours}")
        if len(set(self.days)) < len(self.days):
            raise ValueError(f"a day is named twice in {list(self.days)}")
        return self

    def spans_min(self, within: str | None = None) -> tuple[tuple[int, int], ...]:
        """Return the spans on duty, in minutes from midnight of the day on which the shift begins.

        Parameters
        ----------
        within
            Hours of every day to which they are cut, as `09:00-13:00`; none by default.
        """
        begin, end = span_of(self.hours)
        cuts: list[tuple[int, int]] = []
        for text in self.breaks:
            first, stop = span_of(text)
            late = MINUTES_OF_DAY if first < begin else 0
            cuts.append((first + late, stop + late))
        starts = [begin, *(stop for _, stop in cuts)]
        ends = [*(first for first, _ in cuts), end]
        spans = tuple((a, b) for a, b in zip(starts, ends, strict=True) if b > a)
        if within is None:
            return spans
        first, last = span_of(within)
        turns = (-MINUTES_OF_DAY, 0, MINUTES_OF_DAY)
        cut = [(max(a, first + turn), min(b, last + turn)) for a, b in spans for turn in turns]
        return tuple(sorted((a, b) for a, b in cut if b > a))

    def weekdays(self) -> tuple[int, ...]:
        """Return the days on which the shift begins, Monday = 0."""
        return tuple(WEEKDAYS.index(day) for day in self.days)


class Meeting(Parameters):
    """A meeting by wall clock: whoever sits in a seat that holds it is on shift then, but not at work."""

    days: tuple[Weekday, ...] = Field(min_length=1, description="Days of the week on which it begins.")
    hours: Span = Field(description="Begin and end as 09:00-09:30; an end at or before the begin is on the next day.")

    @model_validator(mode="after")
    def _days_once(self) -> Self:
        if len(set(self.days)) < len(self.days):
            raise ValueError(f"a day is named twice in {list(self.days)}")
        return self

    def weekdays(self) -> tuple[int, ...]:
        """Return the days on which it begins, Monday = 0."""
        return tuple(WEEKDAYS.index(day) for day in self.days)


def check_works(name: str, person: Person, shift_name: str, shift: Shift) -> None:
    """Refuse a person whose part-time leaves nothing of the shift of the seat; a make-up day may be any day.

    Raises
    ------
    ValueError
        If no day or no hour of the shift is one on which the person works.
    """
    days = set(WEEKDAYS) if shift.calendar is not None else set(shift.days)
    if person.days is not None and days.isdisjoint(person.days):
        raise ValueError(
            f"staff.persons.{name}: no day of shift {shift_name!r} is among days = {list(person.days)}; "
            f"it is on {list(shift.days)}"
        )
    if not shift.spans_min(person.hours):
        raise ValueError(
            f"staff.persons.{name}: hours = {person.hours!r} leave nothing of shift {shift_name!r} ({shift.hours})"
        )


def check_duties(name: str, person: Person, shifts: Mapping[str, Shift]) -> None:
    """Refuse duties that overlap, that lie on a day off, or of which part-time leaves nothing.

    Parameters
    ----------
    name, person
        The person, whose duties are stated and name known shifts.
    shifts
        All shifts by name.

    Raises
    ------
    ValueError
        If somebody would be in two places at once, or nowhere.
    """
    where, last, before = f"staff.persons.{name}.duties", 0, ""
    for day, shift_name in sorted((person.duties or {}).items()):
        shift, on = shifts[shift_name], f"{day.isoformat()} {shift_name!r}"
        if person.days is not None and WEEKDAYS[day.weekday()] not in person.days:
            raise ValueError(f"{where}: {on} is on a day that is not among days = {list(person.days)}")
        if not (spans := shift.spans_min(person.hours)):
            raise ValueError(f"{where}: hours = {person.hours!r} leave nothing of {on} ({shift.hours})")
        midnight = MINUTES_OF_DAY * day.toordinal()
        if midnight + spans[0][0] < last:
            raise ValueError(f"{where}: {on} begins before {before} has ended")
        last, before = midnight + spans[-1][1], on


def check_meets(name: str, meeting: Meeting, shift_name: str, shift: Shift, where: str) -> None:
    """Refuse a meeting that no day of a shift has time for; a shift with a calendar may be on on any day.

    Parameters
    ----------
    name, shift_name, where
        How the message calls the meeting, the shift and the place that brings them together.
    meeting, shift
        What is compared, over the minutes of a week.

    Raises
    ------
    ValueError
        If they never meet.
    """
    week = 7 * MINUTES_OF_DAY
    on = range(7) if shift.calendar is not None else shift.weekdays()
    begin, end = span_of(meeting.hours)
    held = [(begin + day * MINUTES_OF_DAY, end + day * MINUTES_OF_DAY) for day in meeting.weekdays()]
    work = [(a + day * MINUTES_OF_DAY, b + day * MINUTES_OF_DAY) for day in on for a, b in shift.spans_min()]
    if not any(max(a, c + turn) < min(b, d + turn) for a, b in work for c, d in held for turn in (-week, 0, week)):
        raise ValueError(
            f"{where}: meeting {name!r} ({meeting.hours}) lies outside all hours of work of shift {shift_name!r}"
        )


class Absences(Parameters):
    """Days on which many are away, as in a wave of flu."""

    first_day: datetime.date = Field(description="First local day.")
    last_day: datetime.date = Field(description="Last local day.")
    absent: Share = Field(
        description="Probability that a person misses a shift that begins then; the person's own where that is higher."
    )
    roles: Names | None = Field(default=None, description="Roles that it touches; all when absent.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} lies before first_day {self.first_day}")
        return self


class Team(Parameters):
    """A team and the department it belongs to."""

    department: Name = Field(description="Department of the team.")


class Seat(Parameters):
    """A group of like seats: team, permission, shift; a person sits in each."""

    role: Name = Field(description="Role whose persons may sit here.")
    team: Name = Field(description="Team of the seat.")
    takes: Names = Field(min_length=1, description="Permission: skills of the queues it may serve, the main one first.")
    shift: Name = Field(description="Shift of the seat.")
    heads: int = Field(default=1, ge=0, le=100_000, description="Number of like seats.")
    chats: tuple[Share, ...] = Field(
        default=(1.0,),
        min_length=1,
        max_length=20,
        description="Speed of each of 1, 2, ... chats at once over that of one alone; as many as stated may be held.",
    )
    meetings: Names = Field(
        default=(), description="Meetings of the seat; what of them lies outside the shift, or in a break, is not held."
    )

    @model_validator(mode="after")
    def _chats_slow_down(self) -> Self:
        if self.chats[0] != 1.0 or self.chats[-1] <= 0 or any(a < b for a, b in pairwise(self.chats)):
            raise ValueError(f"chats must begin with 1 and never rise, and stay above 0, got {list(self.chats)}")
        return self


class Staff(Parameters):
    """Everybody and every seat of a desk."""

    roles: dict[Name, Role] = Field(min_length=1)
    teams: dict[Name, Team] = Field(min_length=1)
    shifts: dict[Name, Shift] = Field(min_length=1)
    seats: dict[Name, Seat] = Field(min_length=1)
    meetings: dict[Name, Meeting] = Field(default={}, description="Meetings by name.")
    persons: dict[Name, Person] = Field(default={}, description="Named persons; the other heads are `role#k`.")
    absences: dict[Name, Absences] = Field(default={}, description="Days on which many are away.")
    hire_seed: int = Field(default=0, ge=0, description="Seed of the stream that draws unnamed persons' abilities.")
