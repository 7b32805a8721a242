"""Routing policies as data: integer weights of the two indices that decide who gets which ticket."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.desk.law import LONGEST_MIN
from sim.parameters import Parameters

Weight = Annotated[int, Field(ge=-(10**10), le=10**10)]
"""A weight of an index. Within these bounds, and up to speed 1000, no index of a run of ten years leaves 64 bits."""
SlackWeight = Annotated[int, Field(ge=-(10**9), le=10**9)]
"""A weight of a slack, which is 4e9 s where nothing falls due, or of a mean work content, at most 3.2e8 s."""
SmallWeight = Annotated[int, Field(ge=-(10**6), le=10**6)]
"""A weight of a feature that may reach 10^11."""


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
    cmu: SmallWeight = Field(
        default=0,
        description="Times the kind's weight x the touches of its stage that the person would end in 10^6 s, "
        "at most 10^6.",
    )
    ease: Weight = Field(
        default=0,
        description="Times the ease of its kind: the chance that somebody of quality 0 solves a ticket of the kind's "
        "mean difficulty, in thousandths.",
    )
    work_s: SlackWeight = Field(
        default=0, description="Times the mean work content of its stage in seconds; negative = short first."
    )
    mix: SmallWeight = Field(
        default=0,
        description="Times what it would take off the person's mix deficit, in thousandths: the deficit x the ease "
        "of its kind beyond the role's mean.",
    )


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
    turn_s: Weight = Field(
        default=0, description="Times the seconds since the routing last gave the person a ticket: who is next in turn."
    )
    lot: Weight = Field(
        default=0, description="Times a lot of ticket and person, 0 to 2^20 - 1, drawn in meaning before the run."
    )
    busy_s: Weight = Field(
        default=0, description="Times the seconds that the person has worked since local midnight; negative = fewest."
    )
    mix: SmallWeight = Field(default=0, description="Times what the ticket would take off the person's mix deficit.")


class Policy(Parameters):
    """A routing policy: two indices, and for how long a ticket is kept for those whose main skill it needs."""

    ticket: TicketWeights = TicketWeights()
    person: PersonWeights = PersonWeights()
    main_only_min: int = Field(
        default=0,
        ge=0,
        le=LONGEST_MIN,
        description="Minutes that a ticket waits for somebody whose main skill it needs; then all may take it.",
    )

    @model_validator(mode="after")
    def _decides_something(self) -> Self:
        if not any((*self.ticket.model_dump().values(), *self.person.model_dump().values(), self.main_only_min)):
            raise ValueError(
                "all weights are 0, so the policy would decide nothing; state at least one, as ticket.age_s = 1"
            )
        return self

    def scans(self) -> bool:
        """Return whether every person must be looked at for a ticket, not only the first of each group of alike ones.

        That is so if an index looks at what a person holds, did or was drawn, or prefers the shortest idle.
        """
        t, p = self.ticket, self.person
        own = p.open_tickets, p.returns, p.turn_s, p.lot, p.busy_s, p.mix, t.returns, t.mix
        return p.idle_s < 0 or any(own)

    def by_speed(self) -> bool:
        """Return whether people of different speed are different to the policy."""
        return self.person.speed != 0 or self.ticket.cmu != 0

    def by_pair(self) -> bool:
        """Return whether the ticket index depends on the person."""
        t = self.ticket
        return any((t.main, t.returns, t.cmu, t.mix))

    def by_history(self) -> bool:
        """Return whether an index looks at what a person was given or has done before."""
        p = self.person
        return any((p.turn_s, p.busy_s, p.mix, self.ticket.mix))


_STEP = 1_000_000_000
"""Above any age in seconds that a desk reaches (31 years), so that priority is compared first."""
_IN_ORDER = TicketWeights(priority=_STEP, warned=10 * _STEP, age_s=1)
"""Warned tickets first, then the priorities in their order, then the oldest."""

POLICIES: dict[str, Policy] = {
    "longest_idle": Policy(ticket=TicketWeights(age_s=1), person=PersonWeights(idle_s=1)),
    "priority_fifo": Policy(ticket=_IN_ORDER, person=PersonWeights(idle_s=1)),
    "best_skill": Policy(ticket=_IN_ORDER, person=PersonWeights(speed=_STEP, idle_s=1)),
    "specialist_first": Policy(
        ticket=TicketWeights(priority=_STEP, warned=10 * _STEP, main=_STEP // 2, age_s=1),
        person=PersonWeights(main=_STEP, permissions=-1_000_000, idle_s=0),
    ),
    "sla_slack": Policy(ticket=TicketWeights(slack_s=-1), person=PersonWeights(idle_s=1)),
    "round_robin": Policy(ticket=_IN_ORDER, person=PersonWeights(turn_s=1)),
    "random": Policy(ticket=_IN_ORDER, person=PersonWeights(lot=1)),
    "least_open": Policy(ticket=_IN_ORDER, person=PersonWeights(open_tickets=-_STEP, idle_s=1)),
    "least_busy": Policy(ticket=_IN_ORDER, person=PersonWeights(busy_s=-1)),
    "skill_timeout": Policy(ticket=_IN_ORDER, person=PersonWeights(main=_STEP, idle_s=1), main_only_min=15),
    "cmu": Policy(ticket=TicketWeights(cmu=1), person=PersonWeights(speed=_STEP, idle_s=1)),
    "fair_mix": Policy(
        ticket=TicketWeights(priority=_STEP, warned=10 * _STEP, mix=1, age_s=1), person=PersonWeights(mix=1)
    ),
    "pull_fifo": Policy(ticket=TicketWeights(age_s=1)),
    "pull_cherry_pick": Policy(ticket=TicketWeights(ease=_STEP, work_s=-1_000_000, age_s=1)),
    "manual_dispatch": Policy(ticket=TicketWeights(age_s=1), person=PersonWeights(lot=1)),
    "plan": Policy(ticket=TicketWeights(slack_s=-1), person=PersonWeights(idle_s=1)),
}
"""Named policies (R000-08). A person index of all zeros gives the ticket to the longest idle.

`pull_fifo` takes the oldest, `pull_cherry_pick` the easiest, of these the shortest; both belong to mode `pull`, where
the person index plays no part. `manual_dispatch` takes the oldest and knows nothing of people but their permission; it
needs a dispatcher. `plan` leaves the decision to the orders of a steerer, and goes by slack for what they
leave over.
"""
