"""The rules of a roster as data: what must hold, what has a price, and what a contract says."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.desk.staff import Weekday
from sim.parameters import Name, NotNegative, Parameters, Positive

Person = Annotated[str, Field(min_length=1, max_length=90)]
"""Name of a person, or a head without a name as `adviser#3`."""


class Rule(Parameters):
    """One rule: on or off, and what it costs to break it."""

    on: bool = Field(default=True, description="Whether the rule is looked at.")
    price: Positive | None = Field(
        default=None, description="Price of each unit by which the rule is broken; it must hold when absent."
    )


class AtMost(Rule):
    """A rule with a most."""

    most: int = Field(ge=0, le=400, description="The most there may be.")


class AtLeast(Rule):
    """A rule with a least."""

    least: int = Field(ge=0, le=400, description="The least there must be.")


class Rest(Rule):
    """Hours between the end of a shift and the begin of the next."""

    hours: NotNegative = Field(default=11.0, le=48, description="Least hours of rest.")


class Equal(Rule):
    """How far two people of one pool may be apart, each by full time."""

    most: NotNegative = Field(default=0.0, description="Spread between the most and the least that is free.")


class Pairs(Rule):
    """Pairs of people."""

    pairs: tuple[tuple[Person, Person], ...] = Field(default=(), description="Two names each.")

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if alone := [one for one, other in self.pairs if one == other]:
            raise ValueError(f"a pair needs two people, got {alone[0]!r} twice")
        return self


class Rules(Parameters):
    """All kinds of rules. One that is absent is as the preset says; `{ on = false }` turns it off."""

    cover: Rule | None = Field(default=None, description="Heads that a shift needs; unit: a head missing on a day.")
    surplus: Rule | None = Field(default=None, description="Nobody beyond the need; unit: a head too many on a day.")
    rest: Rest | None = Field(default=None, description="Rest between shifts; unit: a rest too short.")
    days_in_row: AtMost | None = Field(default=None, description="Days of work in a row; unit: a day.")
    days_off_in_row: AtLeast | None = Field(default=None, description="Days off in a row; unit: a spell too short.")
    nights_in_row: AtMost | None = Field(default=None, description="Nights in a row; unit: a night.")
    rest_after_nights: AtLeast | None = Field(
        default=None, description="Days after a night without a shift that is none; unit: a night and a day too near."
    )
    hours_most: Rule | None = Field(default=None, description="Most hours of the contract in a week; unit: an hour.")
    hours_least: Rule | None = Field(
        default=None, description="Least hours of the contract in a week, less its share of leave; unit: an hour."
    )
    days_per_week: Rule | None = Field(default=None, description="Most days of the contract; unit: a day.")
    shift_kinds: AtMost | None = Field(default=None, description="Different shifts in a week; unit: a shift.")
    whole_weekends: Rule | None = Field(
        default=None, description="Saturday and Sunday are both worked or both free; unit: a weekend."
    )
    free_weekends: AtLeast | None = Field(default=None, description="Free weekends in every four; unit: a weekend.")
    leave: Rule | None = Field(default=None, description="Days of leave are free; unit: a duty.")
    never: Rule | None = Field(default=None, description="Shifts that a person does not work; unit: a duty.")
    part_time: Rule | None = Field(default=None, description="Days of the week of part-time; unit: a duty.")
    wishes: Rule | None = Field(default=None, description="Wishes, times their weight; unit: a duty.")
    equal_nights: Equal | None = Field(default=None, description="Equal share of nights; unit: a night.")
    equal_weekends: Equal | None = Field(default=None, description="Equal share of weekends; unit: a weekend.")
    equal_points: Equal | None = Field(
        default=None, description="Equal share of scoring opportunity; unit: a point of `points`."
    )
    apart: Pairs | None = Field(default=None, description="Pairs never in one shift; unit: a duty together.")
    together: Pairs | None = Field(default=None, description="Pairs in the same shifts; unit: a duty apart.")


class Contract(Parameters):
    """What somebody is to work in a week of the roster."""

    hours_most: NotNegative = Field(default=44.0, le=168, description="Most hours in a week, breaks left out.")
    hours_least: NotNegative = Field(default=0.0, le=168, description="Least hours in a week, breaks left out.")
    days_most: int = Field(default=5, ge=0, le=7, description="Most days in a week.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.hours_least > self.hours_most:
            raise ValueError(f"hours_least = {self.hours_least:g} is above hours_most = {self.hours_most:g}")
        if self.hours_least > 24 * self.days_most:
            raise ValueError(f"hours_least = {self.hours_least:g} does not fit into days_most = {self.days_most}")
        return self


class Wish(Parameters):
    """A request or an aversion. A shift without a day is about every duty; a day without a shift about any."""

    wants: bool = Field(default=True, description="Whether the person wants it; or else would rather not.")
    day: date | None = Field(default=None, description="Local day on which the shift begins.")
    weekday: Weekday | None = Field(default=None, description="Day of the week.")
    shift: Name | None = Field(default=None, description="Shift.")
    weight: Positive = Field(default=1.0, le=1e6, description="Weight of the wish: times the price of `wishes`.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.day is not None and self.weekday is not None:
            raise ValueError("a wish has a day or a weekday, not both")
        if self.day is None and self.weekday is None and self.shift is None:
            raise ValueError("a wish needs a day, a weekday or a shift")
        return self


class Own(Parameters):
    """What holds for one person beside the scenario."""

    contract: Contract | None = Field(default=None, description="Contract; the one of all when absent.")
    leave: tuple[date, ...] = Field(default=(), description="Local days of leave.")
    never: tuple[Name, ...] = Field(default=(), description="Shifts that the person does not work.")
    wishes: tuple[Wish, ...] = Field(default=(), max_length=500, description="Requests and aversions.")


class Need(Parameters):
    """Heads that a shift needs. Nobody counts for two needs at once."""

    shift: Name = Field(description="Shift.")
    heads: int = Field(ge=0, le=100_000, description="Heads on each day.")
    days: tuple[Weekday, ...] | None = Field(
        default=None, description="Days of the week; those of the shift if absent."
    )
    dates: tuple[date, ...] | None = Field(default=None, description="Local days, instead of days of the week.")
    seats: tuple[Name, ...] | None = Field(default=None, min_length=1, description="Seat groups whose people count.")
    skill: Name | None = Field(default=None, description="Skill that who counts is permitted.")


class Request(Parameters):
    """What is asked of a roster, beside a scenario."""

    start: date | None = Field(
        default=None,
        ge=date(1802, 1, 1),
        le=date(2397, 1, 1),
        description="First local day; the scenario's when absent.",
    )
    weeks: int = Field(default=4, ge=1, le=53, description="Weeks, each of 7 days from the first day.")
    preset: Literal["plain", "cn"] = Field(default="plain", description="Rules that hold where none is stated.")
    nights: tuple[Name, ...] | None = Field(
        default=None, description="Shifts that are nights; those with 3 hours between 22:00 and 06:00 when absent."
    )
    points: dict[Name, NotNegative] = Field(
        default={}, description="Scoring opportunity of a shift, for instance expected points; its hours when absent."
    )
    contract: Contract = Field(default=Contract(), description="Contract of all who have none of their own.")
    needs: tuple[Need, ...] = Field(default=(), description="Heads needed; those of the seats when empty.")
    people: dict[Person, Own] = Field(default={}, description="What holds for some people, by name.")
    rules: Rules = Rules()


PLAIN = Rules(
    cover=Rule(price=1000.0), surplus=Rule(price=20.0), rest=Rest(), days_in_row=AtMost(most=6),
    days_off_in_row=AtLeast(least=2, price=5.0), nights_in_row=AtMost(most=4),
    rest_after_nights=AtLeast(least=1, price=30.0), hours_most=Rule(), hours_least=Rule(price=20.0),
    days_per_week=Rule(), shift_kinds=AtMost(most=2, price=3.0), whole_weekends=Rule(price=6.0),
    free_weekends=AtLeast(least=1, price=30.0), leave=Rule(), never=Rule(), part_time=Rule(), wishes=Rule(price=2.0),
    equal_nights=Equal(most=1.0, price=4.0), equal_weekends=Equal(most=1.0, price=4.0),
    equal_points=Equal(most=8.0, price=0.5), apart=Pairs(), together=Pairs(),
)  # fmt: skip
"""Rules where nothing is stated: contracts, rest and leave must hold, the rest has a price."""

PRESETS = {
    "plain": PLAIN,
    "cn": PLAIN.changed(
        rest=Rest(hours=11.0), days_in_row=AtMost(most=6), nights_in_row=AtMost(most=3),
        rest_after_nights=AtLeast(least=1), free_weekends=AtLeast(least=1),
    ),
}  # fmt: skip
"""Rules by name. `cn` is an assumption about practice in China, not advice: a day off in seven, 11 hours of rest,
three nights in a row; the 44 hours a week are those of the contract."""


def in_force(request: Request) -> Rules:
    """Return the rules of a request, those that it does not state as the preset says."""
    own = {name: rule for name in Rules.model_fields if (rule := getattr(request.rules, name)) is not None}
    return PRESETS[request.preset].changed(**own)
