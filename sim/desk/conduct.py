"""What people do for the sake of their figures rather than of their learners, and how far it goes."""

from typing import Literal, get_args

from pydantic import Field

from sim.parameters import Finite, Names, NotNegative, Parameters, Positive, Share

ConductName = Literal["token_reply", "early_close", "cherry_pick", "pass_on", "happy_survey"]
CONDUCTS: tuple[ConductName, ...] = get_args(ConductName)
"""What is modelled: a first reply without substance; a ticket closed unsolved after a little work; easy tickets picked
first; hard ones handed to a colleague; only the content asked for a rating."""


class Leaning(Parameters):
    """How common a conduct is among the unnamed persons of a role, and how strong."""

    share: Share = Field(description="Probability that an unnamed person of the role has the conduct.")
    intensity: Share = Field(
        default=1.0, description="Of those who have it: share of the occasions on which they do it."
    )


class Shortcuts(Parameters):
    """How far a conduct goes when somebody does it; without effect where nobody does."""

    early_close_work: Share = Field(
        default=0.1, description="Share of the work in hand that is done before a ticket is closed early."
    )
    token_reply_s: int = Field(
        default=20, ge=0, le=3600, description="Work of a reply without substance, in seconds at speed 1."
    )
    pass_on_s: int = Field(
        default=60, ge=0, le=86_400, description="Work until a ticket is handed to a colleague, in seconds at speed 1."
    )
    hard: Names | None = Field(
        default=None,
        description="Kinds that are passed on; when absent, those with more mean work than the mean ticket.",
    )
    unhappy_below: Finite = Field(
        default=3.5,
        description="Satisfaction with the outcome, in points, below which a learner is not asked by who asks the "
        "content only.",
    )


class Reaction(Parameters):
    """How people react to the points that conduct brings, month by month: they do more of what is seen to pay."""

    rubric: str = Field(min_length=1, description="The rubric that they are scored by: a preset's name, or a file.")
    conducts: tuple[ConductName, ...] = Field(
        default=CONDUCTS, min_length=1, description="What they would do more of; all when absent."
    )
    rate: NotNegative = Field(
        default=1.0,
        description="Rise of the intensity after a month in which doing it always, against never, would bring the full "
        "score; in proportion for less.",
    )
    ceiling: Share = Field(default=1.0, description="Intensity beyond which nobody's rises.")
    full: Positive = Field(default=100.0, description="Points of the full score.")
