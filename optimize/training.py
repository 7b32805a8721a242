"""Cross-training under a budget: which permission, or which move, for whom.

The value of a step is what the simulator makes of it, in the same worlds with and without. A knapsack over single
values gives one plan, a greedy search that looks anew after every step another; the better of the two is confirmed in
worlds that neither saw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulp

from optimize.confirmation import Confirmation, confirmation, status_of
from optimize.goal import Goal, Mean, Worlds
from optimize.permissions import Cost, Step, costs_of, steps, taken, taken_or_none
from optimize.samples import Floats, Selection, alone
from optimize.selection import ocba
from optimize.solve import solve
from optimize.staffing import CONFIRM_FROM
from sim.desk import Desk
from sim.experiment import Pool, Run, kept_open

type Told = Callable[[int, tuple[Step, ...]], None]
type Singles = tuple[tuple[Step, Mean], ...]
"""Every step alone and its gain."""

FIRST = 5
"""Least worlds in which every step is looked at before those that matter get more."""


@dataclass(frozen=True)
class Taken:
    """A step of the plan.

    Attributes
    ----------
    step
        The step.
    cost
        What it costs.
    gain
        What it added to the steps before it, in the worlds of the search.
    alike
        Other steps that could not be told apart from it then, by gain per cost.
    """

    step: Step
    cost: float
    gain: Mean
    alike: tuple[Step, ...]


@dataclass(frozen=True)
class Training:
    """Steps under a budget, and what unseen worlds say about them.

    Attributes
    ----------
    taken
        The steps, in the order in which they were chosen.
    cost
        Their cost.
    status
        `confirmed` if unseen worlds confirm that the plan is better than the desk as it is, do not show that it leaves
        more tickets undone and, where the goal is targets, confirm that all are met; `none` if no step was worth
        taking; `interrupted` if somebody stopped the search: then the steps are those taken so far, and no unseen world
        has judged them; else `unconfirmed`.
    master_gap
        The solver's gap of the knapsack; it says nothing about the plan. None if the search was stopped before it.
    seen
        What unseen worlds say; None if the search was stopped before they were asked.
    singles
        Every step alone: its gain in the worlds of the search, in the order of `optimize.permissions.steps`.
    runs
        Replications that it took.
    desk
        The plan as a desk.
    """

    taken: tuple[Taken, ...]
    cost: float
    status: str
    master_gap: float | None
    seen: Confirmation | None
    singles: tuple[tuple[Step, Mean], ...]
    runs: int
    desk: Desk

    @property
    def seats(self) -> dict[str, int]:
        """Heads by seat group, those without heads left out."""
        return {name: seat.heads for name, seat in sorted(self.desk.staff.seats.items()) if seat.heads}


def train(
    desk: Desk,
    goal: Goal,
    *,
    budget: float,
    cost: Mapping[str, float] | None = None,
    moves: bool = False,
    run: Run | None = None,
    executor: Pool | None = None,
    worlds: int = 12,
    seed: int = 1,
    level: float = 0.95,
    on_progress: Told | None = None,
) -> Training:
    """Return the steps that better the goal most under a budget, as far as a greedy search and a knapsack find.

    Parameters
    ----------
    desk
        The desk; for moves that of `surge_days`.
    goal
        What is to be bettered.
    budget
        Most cost of all steps together.
    cost
        As in `costs_of`.
    moves
        Whether moves to another seat group are steps, too.
    run, executor
        Engine (the default one if none is given) and pool of the simulations.
    worlds
        Worlds of a judgement, at least 5. The search uses world `seed` and the following; the confirmation three
        times as many from `optimize.staffing.CONFIRM_FROM` on.
    seed
        First world of the search, such that it stays below `CONFIRM_FROM`.
    level
        Confidence level of intervals.
    on_progress
        Told of the replications so far and the steps taken.

    Raises
    ------
    ValueError
        If there is nobody to train, the budget does not reach for any step, or an argument is no good.
    KeyboardInterrupt
        If somebody stopped the search before it had taken a step.

    Notes
    -----
    The greedy search gives the worlds of a step, as many as there are candidates times `worlds`, to where they tell
    most (`optimize.selection.ocba`, paired), compares by gain per cost, and looks at all candidates anew after each
    step, because permissions take work off each other. It stops when the best has no gain or the budget is spent.
    Then the step that is missed least gives way to what gains most without it, as long as that betters the plan.
    """
    if worlds < FIRST or not 0 < level < 1:
        raise ValueError(f"worlds >= {FIRST} and 0 < level < 1 are needed, got {worlds}, {level}")
    if not 0 <= seed <= CONFIRM_FROM - 100 * worlds:
        raise ValueError(f"seed must keep the search below world {CONFIRM_FROM}, got {seed}")
    price = costs_of(cost or {}, desk, moves=moves)
    found = steps(desk, moves=moves)
    if not found:
        raise ValueError("nobody to train: every seat takes all skills of its role that tickets may need")
    cheapest = min(found, key=price)
    if not price(cheapest) <= budget < math.inf:
        raise ValueError(
            f"budget must be finite and reach for the cheapest step, {cheapest} at {price(cheapest):g}, got {budget:g}"
        )
    with kept_open(executor) as pool:
        search = _Search(desk, Worlds(goal, run=run, executor=pool), price, budget, moves, worlds, seed, level)
        return search.plan(on_progress or _silent)


def _silent(_: int, __: tuple[Step, ...]) -> None:
    """Take no note."""


@dataclass
class _Found:
    """What the search has so far: the gain of each step alone, the steps taken, the gap of the knapsack."""

    singles: Singles = ()
    chosen: tuple[Taken, ...] = ()
    gap: float | None = None


@dataclass(frozen=True)
class _Search:
    """The search for a plan, which is a tuple of steps: each is one on the desk that those before it leave."""

    desk: Desk
    judge: Worlds
    price: Cost
    budget: float
    moves: bool
    worlds: int
    seed: int
    level: float

    @property
    def _seeds(self) -> range:
        """The worlds in which plans are compared."""
        return range(self.seed, self.seed + self.worlds)

    def plan(self, tell: Told) -> Training:
        """Return the better of what the greedy search and the knapsack find, held against unseen worlds.

        What somebody stopped gives the steps so far, which nothing confirms.
        """
        found = _Found()
        try:
            self._greedy(found, tell)
            found.chosen = self._exchanged(found.chosen, tell)
            packed, found.gap = self._packed(found.singles)
            if set(packed) != set(_steps(found.chosen)):
                mine = self._gain((), _steps(found.chosen), self._seeds).mean
                if self._gain((), packed, self._seeds).mean > mine:
                    found.chosen = self._in_order(packed)
            return self._made(found, self._confirmed(found))
        except KeyboardInterrupt:
            if not found.chosen:
                raise
            return self._made(found, None)

    def _after(self, plan: tuple[Step, ...]) -> Desk | None:
        desk: Desk | None = self.desk
        for step in plan:
            desk = taken_or_none(desk, step) if desk is not None else None
        return desk

    def _values(self, plan: tuple[Step, ...], seeds: Sequence[int]) -> Floats:
        """Return the goal of a plan in worlds; large is good."""
        desk = self._after(plan)
        assert desk is not None
        return self.judge.values(plan, desk, seeds) * (-1.0 if self.judge.goal.lower else 1.0)

    def _gain(self, before: tuple[Step, ...], after: tuple[Step, ...], seeds: Sequence[int]) -> Mean:
        return Mean.of(self._values(after, seeds) - self._values(before, seeds), self.level)

    def _greedy(self, so_far: _Found, tell: Told) -> None:
        """Find the gain of each step alone, and the plan of one step after the other."""
        plan: tuple[Step, ...] = ()
        while candidates := self._affordable(plan):
            found = self._select(plan, candidates)
            gains = [
                self._gain(plan, (*plan, step), range(self.seed, self.seed + n))
                for step, n in zip(candidates, found.n, strict=True)
            ]
            so_far.singles = so_far.singles or tuple(zip(candidates, gains, strict=True))
            tell(self.judge.runs, plan)
            if gains[found.best].mean <= 0:
                break
            step, alike = candidates[found.best], tuple(candidates[i] for i in found.alike)
            so_far.chosen = (*so_far.chosen, Taken(step, self.price(step), gains[found.best], alike))
            plan = (*plan, step)

    def _exchanged(self, chosen: tuple[Taken, ...], tell: Told) -> tuple[Taken, ...]:
        """Return the plan after exchanging the step that is missed least for what gains most without it.

        A single step was compared with all others already. There are as many exchanges as steps at most.
        """
        plan = _steps(chosen)
        for _ in range(len(plan) if len(plan) > 1 else 0):
            fewer = [self._possible([*plan[:i], *plan[i + 1 :]]) for i in range(len(plan))]
            rest = max(fewer, key=lambda each: float(self._values(each, self._seeds).mean()))
            candidates = self._affordable(rest)
            if not candidates:
                break
            new = (*rest, candidates[self._select(rest, candidates).best])
            tell(self.judge.runs, new)
            if self._gain(plan, new, self._seeds).mean <= 0:
                break
            plan = new
        return chosen if plan == _steps(chosen) else self._in_order(plan)

    def _affordable(self, plan: tuple[Step, ...]) -> tuple[Step, ...]:
        left = self.budget - math.fsum(map(self.price, plan)) + 1e-9
        desk = self._after(plan)
        assert desk is not None
        moved = {step.person for step in plan if step.to is not None}
        possible = steps(desk, moves=self.moves)
        return tuple(
            step for step in possible if self.price(step) <= left and not (step.person in moved and step.to is not None)
        )

    def _select(self, plan: tuple[Step, ...], candidates: tuple[Step, ...]) -> Selection:
        """Return which candidate gains most per cost."""

        def gain(system: int, seeds: Sequence[int]) -> Floats:
            step = candidates[system]
            return (self._values((*plan, step), seeds) - self._values(plan, seeds)) / self.price(step)

        if len(candidates) == 1:
            return alone(gain(0, self._seeds))
        budget = self.worlds * len(candidates)
        return ocba(
            gain, len(candidates), budget=budget, lower=False, first=max(FIRST, 2 * self.worlds // 3), seed=self.seed,
            level=self.level,
        )  # fmt: skip

    def _packed(self, singles: Singles) -> tuple[tuple[Step, ...], float]:
        """Return the plan that would be best if gains of single steps added up, and the solver's gap."""
        problem = pulp.LpProblem("training", pulp.LpMaximize)
        takes = [problem.add_variable(f"step_{i}", 0, 1, "Integer") for i in range(len(singles))]
        problem.setObjective(pulp.lpSum(gain.mean * take for (_, gain), take in zip(singles, takes, strict=True)))
        spent = pulp.lpSum(self.price(step) * take for (step, _), take in zip(singles, takes, strict=True))
        problem.addConstraint(spent <= self.budget, "budget")
        for person in sorted({step.person for step, _ in singles if step.to is not None}):
            own = [take for (step, _), take in zip(singles, takes, strict=True) if step.person == person]
            problem.addConstraint(pulp.lpSum(own) <= 1, f"one_seat_{person}")
        found = solve(problem)
        return self._possible(
            [step for i, (step, gain) in enumerate(singles) if found.values[f"step_{i}"] and gain.mean > 0]
        ), found.gap

    def _possible(self, wanted: list[Step]) -> tuple[Step, ...]:
        """Return wanted steps as a plan: whoever learned sits in another group, and what became impossible is left."""
        plan: tuple[Step, ...] = ()
        desk = self.desk
        for step in wanted:
            now = next((each for each in steps(desk, moves=self.moves) if _same(each, step)), None)
            if now is not None:
                desk, plan = taken(desk, now), (*plan, now)
        return plan

    def _in_order(self, plan: tuple[Step, ...]) -> tuple[Taken, ...]:
        gains = [self._gain(plan[:i], plan[: i + 1], self._seeds) for i in range(len(plan))]
        return tuple(Taken(step, self.price(step), gain, ()) for step, gain in zip(plan, gains, strict=True))

    def _confirmed(self, found: _Found) -> Confirmation:
        plan = _steps(found.chosen)
        desk = self._after(plan)
        assert desk is not None
        return confirmation(self.judge, ((), self.desk), (plan, desk), 3 * self.worlds, self.level)

    def _made(self, found: _Found, seen: Confirmation | None) -> Training:
        desk = self._after(_steps(found.chosen))
        assert desk is not None
        return Training(
            taken=found.chosen,
            cost=math.fsum(each.cost for each in found.chosen),
            status=status_of(seen) if found.chosen else "none",
            master_gap=found.gap,
            seen=seen,
            singles=found.singles,
            runs=self.judge.runs,
            desk=desk,
        )


def _steps(chosen: Sequence[Taken]) -> tuple[Step, ...]:
    return tuple(each.step for each in chosen)


def _same(one: Step, other: Step) -> bool:
    return (one.person, one.skill, one.to) == (other.person, other.skill, other.to)
