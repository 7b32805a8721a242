"""What follows from scores: grades, pay by coefficient or from a pool, ladders of warnings and plans, awards."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sim.kpi.rubric.bands import Text
from sim.parameters import Finite, Name, Parameters, Share

Cadence = Literal["week", "month", "quarter", "half_year", "year"]
"""For what periods people are scored."""

Rounding = Literal["ceil", "floor", "fractional"]


class Grade(Parameters):
    """A word for a score: those at least, those below, or the best of a role (A-23)."""

    label: Text = Field(default={}, description="What it is called, by language.")
    at_least: Finite | None = Field(default=None, description="Totals from this on have it.")
    below: Finite | None = Field(default=None, description="Totals below this have it.")
    top_share: Share | None = Field(
        default=None, description="The best of the role and period have it, too: so many of them, at least one."
    )
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.below is None and self.top_share is None:
            raise ValueError("a grade needs at_least, below or top_share")
        return self


class Pool(Parameters):
    """A fixed pool of performance pay, of which the best get a larger part (R003-58, A-28)."""

    best: Share = Field(default=0.2, description="Share of the people of a role who count as the best.")
    get: Share = Field(default=0.4, description="Share of the pool that these get together.")
    rounding: Rounding = Field(
        default="ceil", description="A fifth of 7 people is 1.4: two, one, or one and four tenths of another's place."
    )
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")


class Step(Parameters):
    """A way from one state of a ladder to another; the first that fits is taken."""

    start: Name = Field(description="State that it leaves.")
    to: Name = Field(description="State that it leads to.")
    grade: Name | None = Field(default=None, description="Grade of the period; any score when absent.")
    without: bool = Field(default=False, description="Whether the period must be without the grade instead.")
    in_a_row: int = Field(default=1, ge=1, le=120, description="So many periods in a row fit, this one included.")
    after: int = Field(default=0, ge=0, le=120, description="Periods that the state has lasted, this one included.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")


class Ladder(Parameters):
    """What follows from a series of periods: a state machine over each person's scores.

    Notes
    -----
    A period without a score, as on leave, neither counts nor breaks a row (A-27). A change of role keeps the state,
    unless `transfer` says otherwise.
    """

    label: Text = Field(default={}, description="What it is called, by language.")
    cadence: Cadence | None = Field(default=None, description="Which periods it goes by; whichever are scored.")
    profiles: tuple[Name, ...] = Field(default=(), description="Profiles that it is for; all when absent.")
    begins: Name = Field(description="State in which everybody begins.")
    steps: tuple[Step, ...] = Field(min_length=1, max_length=100, description="Ways between states, first fit first.")
    states: dict[Name, Text] = Field(default={}, description="What states are called, by language.")
    gap: Literal["skips", "breaks"] = Field(
        default="skips", description="Whether a period without a score is passed over, or breaks a row."
    )
    transfer: Literal["carries", "restarts"] = Field(
        default="carries", description="Whether a state is kept when the role changes."
    )
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")

    @model_validator(mode="after")
    def _can_be_walked(self) -> Self:
        reached, starts = {self.begins}, {step.start for step in self.steps}
        while more := {step.to for step in self.steps if step.start in reached} - reached:
            reached |= more
        if lost := sorted(starts - reached):
            raise ValueError(f"state {lost[0]!r} cannot be reached from {self.begins!r}")
        for step in self.steps:
            if step.without and step.grade is None:
                raise ValueError(f"step {step.start} to {step.to}: without needs a grade")
        return self


class Award(Parameters):
    """An honour for the best of a role in a period (R003-57)."""

    label: Text = Field(default={}, description="What it is called, by language.")
    by: Literal["total", "item", "improvement"] = Field(default="total", description="What is compared.")
    item: Name | None = Field(default=None, description="The item, by the share of its points that was earned.")
    winners: int = Field(default=1, ge=1, le=1000, description="How many of a role get it; ties all do.")
    least_n: int = Field(default=0, ge=0, description="Tickets behind the item that it takes.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")

    @model_validator(mode="after")
    def _item_where_it_counts(self) -> Self:
        if (self.by == "item") != (self.item is not None):
            raise ValueError('by = "item" and the key `item` belong together')
        return self


class Consequences(Parameters):
    """What follows from the scores of a rubric."""

    pay: Literal["coefficient", "pool"] = Field(
        default="coefficient", description="By the tier's coefficient, or from a fixed pool: never both (A-28)."
    )
    pool: Pool = Pool()
    grades: dict[Name, Grade] = Field(default={}, description="Words for scores, which ladders go by.")
    ladders: dict[Name, Ladder] = Field(default={}, description="What follows from a series of periods.")
    awards: dict[Name, Award] = Field(default={}, description="Honours.")

    @model_validator(mode="after")
    def _grades_known(self) -> Self:
        for name, ladder in self.ladders.items():
            for step in ladder.steps:
                if step.grade is not None and step.grade not in self.grades:
                    known = ", ".join(self.grades) or "none"
                    raise ValueError(f"ladders.{name}: unknown grade {step.grade!r}; known: {known}")
        return self
