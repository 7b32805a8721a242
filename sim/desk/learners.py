"""Whose tickets they are: courses, stages of the life cycle, and how long somebody has been a learner."""

from typing import Self

from pydantic import Field, model_validator

from sim.desk.law import Law
from sim.parameters import Name, NotNegative, Parameters, Share

MOST_LEARNERS = 10_000_000
"""A population that is told one by one has at most so many learners."""


class LifeStage(Parameters):
    """A stage of the life cycle, as enquiry, enrolment, learning, after-class or graduation (R001-02)."""

    share: Share = Field(description="Share of the learners who are at this stage.")
    tenure: Law | None = Field(
        default=None,
        description="For how long they have been learners when the run begins; absent = they are not yet learners.",
    )


class Population(Parameters):
    """What is known of learners; the log then holds a table of them."""

    stages: dict[Name, LifeStage] = Field(min_length=1, description="Stages of the life cycle; shares sum to 1.")
    courses: dict[Name, Share] = Field(default={}, description="Share of each course; they sum to 1; none = unknown.")

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        for what, shares in (("stages", [s.share for s in self.stages.values()]), ("courses", self.courses.values())):
            if shares and abs((total := sum(shares)) - 1.0) > 1e-9:
                raise ValueError(f"the shares of {what} must sum to 1, got {total:.6g}")
        return self


class LearnerWeights(Parameters):
    """How likely learners are to be those of a kind's tickets, against the others; factors multiply."""

    stages: dict[Name, NotNegative] = Field(default={}, description="Factor by stage of the life cycle; else 1.")
    courses: dict[Name, NotNegative] = Field(default={}, description="Factor by course; else 1.")
    new: NotNegative = Field(default=1.0, description="Factor of learners who are new when the run begins.")
    new_days: int = Field(default=30, ge=1, le=3660, description="Who has been a learner for so many days is new.")
