"""What learners and auditors say of the work: recommendations, complaints, refunds in dispute, audits, difficulty."""

from typing import Self

from pydantic import Field, model_validator

from sim.desk.law import Law
from sim.parameters import Finite, Names, NotNegative, Parameters, Share


class Voice(Parameters):
    """Something that few learners do, and the less content they are the more of them: a complaint, a refund dispute."""

    logit: Finite = Field(description="Logit of it after a resolution, or leaving, with a satisfaction of 3 points.")
    per_point: Finite = Field(default=-1.0, description="Change of that logit per point of satisfaction above 3.")
    after: Law = Field(
        default=Law(law="exponential", mean_min=1440.0), description="Delay from the resolution, or the leaving."
    )
    kinds: Names | None = Field(default=None, min_length=1, description="Kinds that it is about; all when absent.")


class Recommendation(Parameters):
    """The question how willingly one would recommend the desk, 0 to 10, in every answered questionnaire (R002-59)."""

    at_three: Finite = Field(default=5.5, description="Mean answer, 0 to 10, of somebody with a satisfaction of 3.")
    per_point: Finite = Field(default=2.2, description="Change of the answer per point of satisfaction above 3.")
    sd: NotNegative = Field(default=1.5, description="SD of the answer between people equally content.")


class SecondAudit(Parameters):
    """Audited resolutions that another department looks at once more, knowing nothing of the first result (R003-68)."""

    share: Share = Field(default=1.0, gt=0, description="Share of the month's audited tickets, rounded up.")
    after_h: NotNegative = Field(default=24.0, le=744, description="Hours from the first results to the second ones.")
    finds: Share = Field(default=0.9, description="Chance that the audit of an unsolved ticket finds it unsolved.")
    false_alarm: Share = Field(default=0.02, description="Chance that the audit of a solved ticket finds it unsolved.")


class Audits(Parameters):
    """Resolutions that somebody else looks at again when a month is over (R003-46, R003-47)."""

    share: Share = Field(
        default=0.1, gt=0, description="Share of each person's resolutions of a month that is audited, rounded up."
    )
    after_h: NotNegative = Field(default=24.0, le=744, description="Hours from the end of the month to the results.")
    finds: Share = Field(default=0.9, description="Chance that the audit of an unsolved ticket finds it unsolved.")
    false_alarm: Share = Field(default=0.02, description="Chance that the audit of a solved ticket finds it unsolved.")
    second: SecondAudit | None = Field(
        default=None, description="A second audit by another department; none if absent."
    )


class Judged(Parameters):
    """Difficulty as a board judges it: the true one and an error, in levels from 1 (R003-28)."""

    levels: tuple[Finite, ...] = Field(
        min_length=1,
        max_length=20,
        description="Difficulty in logits from which on each level after 1 is given, rising.",
    )
    error_sd: NotNegative = Field(default=0.5, description="SD of the error in logits.")
    share: Share = Field(default=1.0, description="Share of the tickets that are judged.")

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if any(one >= two for one, two in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError(f"levels must rise, got {', '.join(map(str, self.levels))}")
        return self
