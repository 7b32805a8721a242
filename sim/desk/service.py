"""How the desk decides and what comes of its work: routing, outcome, ratings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.desk.law import Law
from sim.parameters import Finite, NotNegative, Parameters, Positive, Share

Weight = Annotated[int, Field(ge=-(10**10), le=10**10)]
"""A weight of an index. Within these bounds, and up to speed 1000, no index of a run of ten years leaves 64 bits."""
SlackWeight = Annotated[int, Field(ge=-(10**9), le=10**9)]
"""A weight of a slack, which is 4e9 s where nothing falls due."""


class TicketWeights(Parameters):
    """Integer weights of the ticket index: the ticket with the largest sum goes first; ties by age, then number."""

    priority: Weight = Field(default=0, description="Times the rank from below: the lowest priority has 0.")
    age_s: Weight = Field(default=0, description="Times the seconds since it became ready.")
    slack_s: SlackWeight = Field(
        default=0,
        description="Times the seconds to its next due instant, the response's or the resolution's until somebody "
        "replied; negative = urgent first.",
    )
    kind: Weight = Field(default=0, description="Times the kind's weight.")
    warned: Weight = Field(default=0, description="Times 1 once the ticket was warned of a breach.")
    main: Weight = Field(default=0, description="Times 1 if it needs the person's main skill.")
    returns: Weight = Field(default=0, description="Times 1 if the person owned it before.")


class PersonWeights(Parameters):
    """Integer weights of the person index: the largest sum takes the ticket; ties by idle time, then number."""

    idle_s: Weight = Field(
        default=0, description="Times the seconds since the person became idle; inbox: since the last assignment."
    )
    speed: Weight = Field(default=0, description="Times the person's speed in the skill, in thousandths.")
    permissions: Weight = Field(
        default=0, description="Times the number of skills the seat takes; negative = specialists."
    )
    main: Weight = Field(default=0, description="Times 1 if the skill is the seat's main one.")
    open_tickets: Weight = Field(
        default=0, description="Times the tickets that the person holds; negative = fewest first."
    )
    returns: Weight = Field(default=0, description="Times 1 if the person owned the ticket before.")


class Policy(Parameters):
    """A routing policy: two indices, as data."""

    ticket: TicketWeights = TicketWeights()
    person: PersonWeights = PersonWeights()


_STEP = 1_000_000_000
"""Above any age in seconds that a desk reaches (31 years), so that priority is compared first."""

POLICIES: dict[str, Policy] = {
    "longest_idle": Policy(ticket=TicketWeights(age_s=1), person=PersonWeights(idle_s=1)),
    "priority_fifo": Policy(
        ticket=TicketWeights(priority=_STEP, warned=10 * _STEP, age_s=1), person=PersonWeights(idle_s=1)
    ),
    "best_skill": Policy(
        ticket=TicketWeights(priority=_STEP, warned=10 * _STEP, age_s=1),
        person=PersonWeights(speed=_STEP, idle_s=1),
    ),
    "specialist_first": Policy(
        ticket=TicketWeights(priority=_STEP, warned=10 * _STEP, main=_STEP // 2, age_s=1),
        person=PersonWeights(main=_STEP, permissions=-1_000_000, idle_s=0),
    ),
    "sla_slack": Policy(ticket=TicketWeights(slack_s=-1), person=PersonWeights(idle_s=1)),
}
"""Named policies (R000-08). A person index of all zeros gives the ticket to the longest idle."""


class Routing(Parameters):
    """Who gets which ticket, and how."""

    mode: Literal["pool", "inbox"] = Field(
        default="pool",
        description="pool: one waits for the other; inbox: assigned at once, even to the busy.",
    )
    policy: str = Field(default="priority_fifo", description="A named policy, or `custom`.")
    custom: Policy | None = Field(default=None, description="The weights of `custom`.")
    pickup: Law | None = Field(default=None, description="Inbox: delay between assignment and acceptance.")
    at_shift_end: Literal["finish", "carry_over"] = Field(
        default="finish", description="Work in hand when a shift or a break begins to end it."
    )
    orphan_h: NotNegative = Field(
        default=24.0,
        description="A returning ticket whose owner is away longer goes back to the pool, in hours.",
    )
    steer_every_min: int | None = Field(
        default=None,
        ge=1,
        description="Minutes from one call of `steer` to the next, the first included; a multiple of the clock.",
    )

    @model_validator(mode="after")
    def _known_policy(self) -> Self:
        if (self.policy == "custom") != (self.custom is not None):
            raise ValueError('policy = "custom" and the table `custom` belong together')
        if self.policy != "custom" and self.policy not in POLICIES:
            raise ValueError(f"unknown policy {self.policy!r}; known: {', '.join(sorted(POLICIES))}, custom")
        return self

    def weights(self) -> Policy:
        """Return the policy's two rows of weights."""
        return self.custom if self.custom is not None else POLICIES[self.policy]


class Outcome(Parameters):
    """What becomes of a ticket after the work: solved or reopened, rated or not."""

    solved_logit: Finite = Field(
        default=20.0, description="Logit of solving a ticket of difficulty 0 by a person of quality 0."
    )
    reopen_after: Law = Field(default=Law(law="exponential", mean_min=1440.0), description="Delay to the reopening.")
    reopen_work: Positive = Field(
        default=0.5, le=10, description="Work content of a reopened ticket over that of the last stage."
    )
    close_after_h: NotNegative = Field(
        default=72.0, description="A resolved ticket closes after this, if not reopened (R003-26)."
    )
    survey: Share = Field(default=0.0, description="Share of closed tickets that are sent a questionnaire.")
    answers_logit: Finite = Field(default=-1.2, description="Logit of answering it, for somebody of middling mood.")
    answers_per_point: Finite = Field(
        default=-0.2, description="Change of that logit per point of satisfaction above 3."
    )
    answer_delay: Law = Field(default=Law(law="exponential", mean_min=600.0), description="Delay of the answer.")
    satisfaction: Finite = Field(
        default=4.1, description="Mean latent satisfaction of a ticket that went well, in points."
    )
    satisfaction_sd: NotNegative = Field(
        default=0.8, description="SD of latent satisfaction between tickets, in points."
    )
    per_wait_doubling: NotNegative = Field(
        default=0.25, description="Points lost for each doubling of the wait beyond the expectation."
    )
    expected_wait_min: Positive = Field(
        default=60.0, description="Wait for the first reply that is expected, in minutes."
    )
    per_reopening: NotNegative = Field(default=0.8, description="Points of the outcome rating lost for each reopening.")
    per_handoff: NotNegative = Field(default=0.15, description="Points lost for each hand-off.")
