"""What worlds that no search saw say about a plan, beside the desk as it is."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from optimize.goal import Mean, Worlds
from optimize.staffing import CONFIRM_FROM
from optimize.targets import Figure
from sim.desk import Desk


@dataclass(frozen=True)
class Confirmation:
    """A plan and the desk as it is, in the same unseen worlds.

    Attributes
    ----------
    gain
        By how much the plan is better, in the goal's unit: above 0 is better, whatever the goal.
    before, after
        The goal of the desk as it is, and of the plan.
    undone
        How many more tickets than on the desk as it is are not seen to their end, so that the goal does not count
        them.
    figures
        Figure by target; empty where the goal is a KPI.
    """

    gain: Mean
    before: Mean
    after: Mean
    undone: Mean
    figures: dict[str, Figure]

    @property
    def status(self) -> str:
        """`confirmed` if there is a gain, no more is left undone, and all targets are met; else `unconfirmed`."""
        sure = self.gain.certain and not self.undone.certain and all(figure.met for figure in self.figures.values())
        return "confirmed" if sure else "unconfirmed"


def status_of(seen: Confirmation | None) -> str:
    """Return the status of what unseen worlds say of a plan; `interrupted` where somebody stopped before they did."""
    return "interrupted" if seen is None else seen.status


def confirmation(
    judge: Worlds, before: tuple[Hashable, Desk], after: tuple[Hashable, Desk], worlds: int, level: float
) -> Confirmation:
    """Return what unseen worlds say about a plan.

    Parameters
    ----------
    judge
        Simulates, and knows the goal.
    before, after
        The desk as it is and the plan, each with the key by which `judge` remembers it.
    worlds
        How many, at least 2; they are numbered from `CONFIRM_FROM` on.
    level
        Confidence level of each interval; of targets, of all together.
    """
    goal, seeds = judge.goal, range(CONFIRM_FROM, CONFIRM_FROM + worlds)
    old, new = judge.values(*before, seeds), judge.values(*after, seeds)
    figures = goal.figures(judge.figures(*after, seeds), level) if goal.targets else ()
    return Confirmation(
        gain=Mean.of(old - new if goal.lower else new - old, level),
        before=Mean.of(old, level),
        after=Mean.of(new, level),
        undone=Mean.of(judge.unseen(*after, seeds) - judge.unseen(*before, seeds), level),
        figures={str(figure.target): figure for figure in figures},
    )
