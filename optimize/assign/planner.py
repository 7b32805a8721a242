"""The steerer of policy `plan`: at each epoch it plans the next turns of everybody on duty."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimize.assign.choices import choices_of
from optimize.assign.facts import facts_of
from optimize.assign.model import chosen
from optimize.solve import NoSolution, WrongSolution
from sim.desk import POLICIES, Desk, Planning, Policy
from sim.steer import Orders, View

_MINUTE = 100_000
"""Of the person index between epochs, what a minute of cost is worth; a second of idle time is worth 1."""


def between(weights: Planning, desk: Desk) -> Policy:
    """Return the weights by which the pool decides between two epochs: by slack, then by fit and fairness.

    Of the idle the one whose main skill it is goes first, by the worth of a mean touch, then who lacks a ticket of its
    ease, then the longest idle.
    """
    facts = facts_of(desk)
    work_min = float(facts.work_s[facts.work_s > 0].mean()) / 60
    person = POLICIES["plan"].person.changed(
        main=min(round(_MINUTE * weights.fit * work_min), 10**10),
        mix=min(round(_MINUTE * weights.fairness / 1000), 10**6),
    )
    policy = POLICIES["plan"].changed(person=person)
    assert isinstance(policy, Policy)
    return policy


@dataclass
class Planner:
    """A steerer (see `sim.steer.Steer`) that plans who does which ticket next.

    Its answers depend on the desk and the view alone. It orders only what is expected to begin before the next epoch,
    for people on duty; all else is left to the pool, which goes by slack, fit and fairness. Where the search finds no
    plan within its limits, the desk goes by `sla_slack` until the next epoch.

    Attributes
    ----------
    desk
        The desk, with `routing.steer_every_min`.
    decisions, given_way
        Number of epochs so far with tickets that somebody on duty could take, and of those in which no plan was found.
    """

    desk: Desk
    decisions: int = field(default=0, init=False)
    given_way: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.desk.routing.steer_every_min is None:
            raise ValueError("routing.steer_every_min is missing: a plan needs epochs at which to decide")
        self._every_s = 60 * self.desk.routing.steer_every_min
        self._weights = self.desk.routing.plan or Planning()
        self._between = between(self._weights, self.desk)

    def __call__(self, view: View, epoch: int) -> Orders:
        """Return the orders of an epoch."""
        try:
            reserve = self.reserves(view)
        except (NoSolution, WrongSolution):
            self.given_way += 1
            return Orders(POLICIES["sla_slack"])
        return Orders(self._between, reserve)

    def reserves(self, view: View) -> tuple[tuple[int, int], ...]:
        """Return ticket and person of the turns of the plan that are expected to begin before the next epoch."""
        choices = choices_of(facts_of(self.desk), self._weights, view)
        if not len(choices.turns.person):
            return ()
        self.decisions += 1
        made = chosen(facts_of(self.desk), self._weights, choices)
        soon = choices.turns.begin_s < view.now_s + self._every_s
        return tuple((int(choices.waiting.ticket[t]), int(choices.turns.person[s])) for t, s in made.pairs if soon[s])
