"""How people judge: the habits of each source of points, and what an item is about, as data."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from sim.kpi.rubric import Rubric
from sim.kpi.rubric.bands import Text
from sim.kpi.rubric.items import Source
from sim.parameters import Finite, Name, NotNegative, Parameters, Positive, Share


class Trait(Parameters):
    """What an item is about: weights of what a person can do, and of what the log shows of the period."""

    speed: NotNegative = Field(default=0.0, description="Weight of the mean log speed over the person's skills.")
    quality: NotNegative = Field(default=0.0, description="Weight of the mean quality over the person's skills.")
    courtesy: NotNegative = Field(default=0.0, description="Weight of courtesy.")
    attendance: NotNegative = Field(
        default=0.0, description="Weight of the share of the period's shifts that the person came to, and in time."
    )
    audits: NotNegative = Field(
        default=0.0, description="Weight of the share of the person's audited tickets of the period found resolved."
    )

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not any(self.weights().values()):
            raise ValueError(f"a trait needs a weight above 0 of one of {', '.join(type(self).model_fields)}")
        return self

    def weights(self) -> dict[str, float]:
        """Return the weight of each aspect."""
        return {name: float(getattr(self, name)) for name in type(self).model_fields}


ABILITY = Trait(speed=1.0, quality=1.0, courtesy=1.0)
"""What an item is about of which nothing is stated: all abilities alike."""


class Judge(Parameters):
    """The habits of one source of points. Shares are of the most points of an item."""

    leniency: Finite = Field(default=0.6, description="Mean share given to somebody average.")
    leniency_sd: NotNegative = Field(default=0.0, description="SD of that share between authors.")
    inflation: Finite = Field(default=0.0, description="Share added by habit, as to one's own points.")
    sees: NotNegative = Field(default=0.1, description="Change of the share per SD, within the role, of the merit.")
    results: NotNegative = Field(
        default=0.0,
        description="Change of the share per SD of the person's tickets that held, of those resolved in the period.",
    )
    memory: Share = Field(default=0.0, description="Weight of the last two weeks of the period in these results.")
    blame: Finite = Field(
        default=0.0, description="Share taken off per SD of the log of the mean time for which tickets were held."
    )
    noise: NotNegative = Field(default=0.0, description="SD of the error of a form's impression.")
    item_noise: NotNegative = Field(default=0.0, description="SD of the further error of each item, without halo.")
    halo: Share = Field(default=0.0, description="Share of forms on which every item gets the same share of its most.")
    ceiling: Positive = Field(
        default=1.0, description="Impression, as a share, from which an item gets the most points."
    )
    levels: int = Field(
        default=0, ge=0, le=1000, description="Levels to choose from, of equal distance from 0 to the most; 0: any."
    )
    drift: Finite = Field(default=0.0, description="Change of the leniency per 30 days.")
    missing: Share = Field(default=0.0, description="Share of the forms that are not filled in, of people average.")
    missing_per_share: Finite = Field(
        default=0.0, description="Change of the logit of that per whole share that the form would give above leniency."
    )
    authors: int = Field(default=1, ge=1, le=20, description="peer: how many colleagues of the team fill a form in.")
    pasted: Share = Field(default=0.0, description="Share of the forms with the most points that have the same note.")

    @model_validator(mode="after")
    def _levels_apart(self) -> Self:
        if self.levels == 1:
            raise ValueError("levels must be 0, for any share, or at least 2, got 1")
        return self


class Judges(Parameters):
    """All who state points of simulated people, and what they look at."""

    title: Text = Field(default={}, description="What they are called, by language.")
    note: str = Field(default="Did the work perfectly, as ever", max_length=200, description="The note that is pasted.")
    sources: dict[Source, Judge] = Field(default={}, description="Habits by source; one without any writes nothing.")
    traits: dict[Name, Trait] = Field(
        default={}, description="What items are about, by name; all abilities alike where nothing is stated."
    )
    source: tuple[str, ...] = Field(default=(), description="Where the figures come from.")

    def trait(self, item: str) -> Trait:
        """Return what an item is about."""
        return self.traits.get(item, ABILITY)


def check_judged(judges: Judges, rubric: Rubric) -> None:
    """Refuse judges who have nothing to judge.

    Raises
    ------
    ValueError
        If they state points but the rubric leaves no item to people, or none to these sources.
    """
    if not judges.sources:
        return
    asked = {source for item in rubric.items if item.kpi is None for source in rubric.sources_of(item)}
    if not asked:
        raise ValueError("judges: the rubric leaves no item to people: every item has a KPI")
    if not asked & set(map(str, judges.sources)):
        raise ValueError(
            f"judges: nobody of {', '.join(sorted(judges.sources))} is asked by the rubric, which asks "
            f"{', '.join(sorted(asked))}"
        )
