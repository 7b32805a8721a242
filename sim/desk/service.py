"""How the desk decides and what comes of its work: routing, outcome, ratings."""

from typing import Literal, Self

from pydantic import Field, model_validator

from sim.desk.attention import Dispatch, Neglect, Pull, Supervisor
from sim.desk.caps import Cap
from sim.desk.law import Law
from sim.desk.planning import Planning
from sim.desk.policy import POLICIES, Policy
from sim.desk.verdicts import Audits, Judged, Recommendation, Voice
from sim.parameters import Finite, Name, NotNegative, Parameters, Positive, Share


class Routing(Parameters):
    """Who gets which ticket, and how."""

    mode: Literal["pool", "inbox", "pull"] = Field(
        default="pool",
        description="pool: one waits for the other; inbox: assigned at once, even to the busy; pull: idle people pick "
        "for themselves.",
    )
    policy: str = Field(default="priority_fifo", description="A named policy, or `custom`.")
    custom: Policy | None = Field(default=None, description="The weights of `custom`.")
    pickup: Law | None = Field(default=None, description="Inbox: delay between assignment and acceptance.")
    neglect: Neglect | None = Field(default=None, description="Inbox: assigned tickets that are forgotten.")
    pull: Pull | None = Field(default=None, description="Pull: how people pick.")
    dispatch: Dispatch | None = Field(default=None, description="Tickets are assigned by hand.")
    caps: dict[Name, Cap] = Field(
        default={}, description="Limits on the open tickets of some kinds in one person's hands, by a name of theirs."
    )
    escalates_after_h: Positive | None = Field(
        default=None,
        le=87_600,
        description="A ticket that nobody began within so many hours of becoming ready is escalated: taken back from "
        "whoever holds it, into the pool, where it counts as warned (R000-54); absent = never.",
    )
    escalates_overdue: bool = Field(
        default=False,
        description="A ticket is escalated, too, when its response or its resolution falls due and is not given yet.",
    )
    supervisor: Supervisor | None = Field(
        default=None,
        description="Who looks at each escalated ticket that waits, before it goes back to the head of its queue; "
        "absent = nobody's time is taken.",
    )
    at_shift_end: Literal["finish", "carry_over", "hand_back"] = Field(
        default="finish",
        description="Work in hand when a shift ends or a break or meeting begins: finished first; carried over to the "
        "person's next span on duty; handed back to the head of its queue.",
    )
    keeps_progress: Share = Field(
        default=1.0, description="Share of the work done that is kept when work is handed back; the rest is lost."
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
    plan: Planning | None = Field(default=None, description="Weights of policy `plan`; the usual ones when absent.")

    @model_validator(mode="after")
    def _known_policy(self) -> Self:
        if (self.policy == "custom") != (self.custom is not None):
            raise ValueError('policy = "custom" and the table `custom` belong together')
        if self.keeps_progress < 1 and self.at_shift_end != "hand_back":
            raise ValueError(f'keeps_progress = {self.keeps_progress} needs at_shift_end = "hand_back"')
        if self.policy != "custom" and self.policy not in POLICIES:
            raise ValueError(f"unknown policy {self.policy!r}; known: {', '.join(sorted(POLICIES))}, custom")
        if self.supervisor is not None and self.escalates_after_h is None and not self.escalates_overdue:
            raise ValueError(
                "supervisor needs tickets that are escalated: state `escalates_after_h` or `escalates_overdue`"
            )
        if self.neglect is not None and self.mode != "inbox":
            raise ValueError(
                f'neglect belongs to mode = "inbox": only assigned tickets are forgotten, got {self.mode!r}'
            )
        if (self.mode == "pull") != (self.pull is not None):
            raise ValueError('mode = "pull" and the table `pull` belong together')
        if self.policy.startswith("pull_") and self.mode != "pull":
            raise ValueError(f'policy {self.policy!r} belongs to mode = "pull", got mode {self.mode!r}')
        if self.dispatch is not None and self.mode == "pull":
            raise ValueError('dispatch belongs to mode = "pool" or "inbox": in mode "pull" nobody assigns')
        if self.plan is not None and (self.policy != "plan" or self.steer_every_min is None):
            raise ValueError(
                'the table `plan` belongs to policy = "plan" with `steer_every_min`: nothing else reads its weights, '
                f"got policy {self.policy!r}, steer_every_min {self.steer_every_min}"
            )
        if self.policy == "manual_dispatch" and self.dispatch is None:
            raise ValueError("policy 'manual_dispatch' needs the table `dispatch`: who assigns, and how quickly")
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
    recommends: Recommendation | None = Field(
        default=None, description="Answered questionnaires also tell how willingly the desk is recommended."
    )
    complaints: Voice | None = Field(default=None, description="Complaints; none when absent.")
    refunds: Voice | None = Field(default=None, description="Disputes about refunds; none when absent (R002-51).")
    audits: Audits | None = Field(default=None, description="Monthly audits; none when absent.")
    judged: Judged | None = Field(default=None, description="Difficulty as a board judges it; unknown when absent.")

    @model_validator(mode="after")
    def _asked_at_all(self) -> Self:
        if self.recommends is not None and self.survey == 0:
            raise ValueError("recommends is a question of the questionnaire: it needs a survey above 0")
        return self

    @property
    def voiced(self) -> bool:
        """Whether the log tells of recommendations, complaints, refunds in dispute or audits."""
        return any(law is not None for law in (self.recommends, self.complaints, self.refunds, self.audits))
