"""How many of whom: the cheapest heads per seat group whose targets unseen worlds confirm.

The master model gives a start, simulations give the cuts that it lacks, a local search takes away what is not
needed, and worlds that the search never saw have the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from optimize.estimate import Estimate, kept_open, simulated
from optimize.master import Cut, Limits, Master, head_costs, least_heads, master
from optimize.solve import Infeasible
from optimize.targets import Figure, Target, expanded, figures, kinds_of, skills_of
from optimize.workload import Batch, workload
from sim import model
from sim.desk import Desk, Staff
from sim.experiment import Pool, Run

CONFIRM_FROM = 1_000_000
"""Number of the first world that may confirm a plan; the search stays below."""

TIGHTENINGS = 5
"""How often a plan that unseen worlds refused may be replaced."""

MOST_ALPHA = 2.5
"""A target that is missed although a skill has so many times its expected work is out of reach of more heads."""

type Heads = tuple[int, ...]


@dataclass(frozen=True)
class Trial:
    """A plan that was looked at, for whoever follows the search."""

    heads: dict[str, int]
    cost: float
    worlds: int
    missed: tuple[str, ...]
    unseen: bool


@dataclass(frozen=True)
class Plan:
    """Heads per seat group, and what unseen worlds say about them.

    Attributes
    ----------
    cost
        Cost per week in the desk's currency; the number of heads if no role has a wage.
    status
        `confirmed` if unseen worlds confirm every target, else `unconfirmed`.
    master_gap
        The solver's gap for the last master model; it says nothing about the plan.
    seats
        Heads by seat group.
    confirmed
        Figure by target, in worlds that the search did not see.
    binding
        By seat group, what one head fewer would break: targets, or `least` where named persons need the head.
        Groups whose last head was not put to the test are missing.
    desk
        The plan as a desk. A seating of the base names seats that may be gone, so it is not kept.
    """

    cost: float
    status: str
    master_gap: float
    seats: dict[str, int]
    confirmed: dict[str, Figure]
    binding: dict[str, tuple[str, ...]]
    desk: Desk

    @property
    def in_question(self) -> tuple[str, ...]:
        """The targets that unseen worlds do not confirm."""
        return tuple(name for name, figure in self.confirmed.items() if not figure.met)


class Progress(Protocol):
    """Is told of every plan that was looked at."""

    def __call__(self, trial: Trial, /) -> None:
        """Take note of a trial."""


def staff(
    desk: Desk,
    targets: Sequence[Target | str],
    *,
    run: Run = model.run,
    executor: Pool | None = None,
    estimate: Estimate | None = None,
    worlds: int = 20,
    seed: int = 1,
    level: float = 0.95,
    limits: Limits | None = None,
    trials: int = 80,
    on_progress: Progress | None = None,
) -> Plan:
    """Return the cheapest plan found that unseen worlds confirm, or the last one, marked `unconfirmed`.

    Parameters
    ----------
    desk
        The desk; its heads are where nothing starts from, all else holds.
    targets
        Bounds on KPIs, see `Target`.
    run, executor
        Engine and pool of the simulations.
    estimate
        Takes the place of the simulations.
    worlds
        Worlds of a judgement, at least 2: the search uses `seed` and the following, each confirmation its own
        ones from `CONFIRM_FROM` on.
    seed
        First world of the search; with `worlds` below `CONFIRM_FROM`.
    level
        Confidence level of all targets' intervals together, in one confirmation.
    limits
        What a planner rules out.
    trials
        Most plans that the search simulates, at least 1.
    on_progress
        Told of each of them.

    Raises
    ------
    Infeasible
        If the limits leave no plan that can do the expected work.
    ValueError
        If an argument or a target is no good.

    Notes
    -----
    Cutting planes after Cezik and L'Ecuyer (2008), with the simplest cut: where a target is missed, the groups
    that serve the skills in question get at least one more head, and the expected work of these skills is scaled
    up. The search takes it that a head more never harms, which routing can break: so a plan is confirmed as it
    stands, but that no cheaper one exists is not claimed.
    """
    if worlds < 2 or trials < 1 or not 0 < level < 1:
        raise ValueError(f"worlds >= 2, trials >= 1, 0 < level < 1 are needed, got {worlds}, {trials}, {level}")
    if not 0 <= seed <= CONFIRM_FROM - worlds:
        raise ValueError(f"seed must leave the search below world {CONFIRM_FROM}, got {seed}")
    goals = expanded(targets, desk)
    with kept_open(executor) as pool:
        judge = estimate or simulated(goals, run=run, executor=pool)
        search = _Search(desk, goals, judge, range(seed, seed + worlds), level, limits or Limits(), trials, on_progress)
        return search.plan()


@dataclass(frozen=True)
class _Judged:
    """A plan in the worlds of the search."""

    figures: tuple[Figure, ...]
    missed: tuple[Target, ...]
    skills: tuple[str, ...]


class _Search:
    """The search, and what it remembers: a plan is never simulated twice."""

    def __init__(
        self, desk: Desk, targets: tuple[Target, ...], estimate: Estimate, seeds: Sequence[int], level: float,
        limits: Limits, trials: int, on_progress: Progress | None,
    ) -> None:  # fmt: skip
        self.desk, self.targets, self.estimate, self.seeds, self.level = desk, targets, estimate, seeds, level
        self.limits, self.trials, self.on_progress = limits, trials, on_progress
        self.batches: tuple[Batch, ...] = workload(desk)
        self.costs = head_costs(desk)
        self.groups = tuple(self.costs)
        self.judged: dict[Heads, _Judged] = {}
        self.refused: dict[Heads, tuple[Target, ...]] = {}
        self.set_aside: tuple[Target, ...] = ()

    def plan(self) -> Plan:
        """Search, confirm, and search on from what was refused."""
        start, base = self._reach()
        heads = start
        for attempt in range(TIGHTENINGS + 1):
            heads = self._lean(start)
            found = self._confirm(heads, attempt)
            missed = tuple(f.target for f in found if not f.met and f.target not in self.set_aside)
            if not missed or attempt == TIGHTENINGS or (set(self.set_aside) and not missed):
                break
            self.refused[heads] = missed
            if heads == start:
                start, base = self._more(start, missed, base)
        return self._made(heads, found, base)

    def cost(self, heads: Heads) -> float:
        return sum(self.costs[group] * number for group, number in zip(self.groups, heads, strict=True))

    # --- the way up: master and cuts ---

    def _reach(self) -> tuple[Heads, Master]:
        """Return a plan that the worlds of the search accept; set aside targets that heads cannot reach."""
        alpha: dict[str, float] = {}
        cuts: list[Cut] = []
        base = master(self.desk, self.batches, limits=self.limits)
        while True:
            heads = self._tuple(base.heads)
            judged = self._judge(heads)
            missed = [target for target in judged.missed if target not in self.set_aside]
            if not missed or len(self.judged) >= self.trials:
                return heads, base
            for skill in judged.skills:
                alpha[skill] = alpha.get(skill, 1.0) * (1 + self._step(judged))
            if max(alpha[skill] for skill in judged.skills) > MOST_ALPHA:
                self.set_aside += tuple(missed)
                alpha, cuts = {}, []
            else:
                cuts.append(self._cut(judged.skills, heads))
            try:
                base = master(self.desk, self.batches, alpha=alpha, cuts=cuts, limits=self.limits)
            except Infeasible:
                return heads, base
