"""Tuning: which routing weights, skill time-outs and warnings serve a goal best, and which of them matter at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.goal import Goal, Mean, Worlds
from optimize.samples import Selection
from optimize.selection import kn, ocba
from optimize.sensitivity import Sensitivity, sensitivity
from optimize.space import Setting, Space, as_it_is, candidates, settled
from optimize.staffing import CONFIRM_FROM
from optimize.targets import Figure
from sim.desk import Desk
from sim.experiment import Pool, Run, kept_open

Floats = NDArray[np.float64]

FIRST = 5
"""Least worlds of the first look at all candidates."""


@dataclass(frozen=True)
class Tuning:
    """Candidates, the best of them, and what unseen worlds say about it.

    Attributes
    ----------
    settings
        The candidates of the choice; the first is the desk as it is.
    selection
        The best, those that cannot be told apart from it, and the replications of each.
    effects
        How much of the variation between the candidates of the space each factor explains; None if it cannot be
        told from noise.
    whole
        Whether all candidates of the space were looked at, not a sample.
    status
        `confirmed` if unseen worlds confirm that the best is better than the desk as it is, do not show that it leaves
        more tickets undone and, where the goal is targets, confirm that all are met; `none` if the desk as it is is
        the best; else `unconfirmed`.
    undone
        Settings under which more tickets than on the desk as it is are not seen to their end, so that the goal does
        not count them: they are out of the choice, for they may look good by what they leave undone.
    gain
        By how much the best is better than the desk as it is in unseen worlds: above 0 is better, whatever the goal.
    before, after
        The goal in unseen worlds, of the desk as it is and of the best.
    more_undone
        How many more tickets than on the desk as it is are not seen to their end in unseen worlds.
    confirmed
        Figure by target in unseen worlds; empty where the goal is a KPI.
    runs
        Replications that it took, those in unseen worlds included.
    desk
        The best as a desk.
    """

    settings: tuple[Setting, ...]
    selection: Selection
    effects: Sensitivity | None
    whole: bool
    status: str
    undone: tuple[Setting, ...]
    gain: Mean
    before: Mean
    after: Mean
    more_undone: Mean
    confirmed: dict[str, Figure]
    runs: int
    desk: Desk

    @property
    def best(self) -> Setting:
        """The best setting."""
        return self.settings[self.selection.best]

    @property
    def alike(self) -> tuple[Setting, ...]:
        """Settings that cannot be told apart from the best."""
        return tuple(self.settings[system] for system in self.selection.alike)


def tune(
    desk: Desk,
    goal: Goal,
    space: Space,
    *,
    indifference: float | None = None,
    budget: int | None = None,
    most: int = 32,
    run: Run | None = None,
    executor: Pool | None = None,
    worlds: int = 10,
    seed: int = 1,
    level: float = 0.95,
    on_progress: Callable[[int, int], None] | None = None,
) -> Tuning:
    """Return the best setting of a space, honestly.

    Parameters
    ----------
    desk
        The desk. As it is, it is a candidate too.
    goal
        What is to be bettered.
    space
        What is tried.
    indifference
        The smallest difference that matters, above 0: `optimize.selection.kn` selects with its guarantee, at
        1 - `level`. None: `optimize.selection.ocba` spends the budget where it tells most.
    budget
        Replications of the search; twice `worlds` for each candidate if None.
    most
        Most candidates; a larger space is sampled, see `optimize.space.candidates`.
    run, executor
        Engine (the default one if none is given) and pool of the simulations.
    worlds
        Worlds of the first look at all candidates, at least 5; the confirmation takes three times as many, from
        `optimize.staffing.CONFIRM_FROM` on.
    seed
        First world of the search, such that it stays below `CONFIRM_FROM`.
    level
        Confidence level of intervals.
    on_progress
        Told of the replications of the search so far, and the budget, or with an indifference the candidates left.

    Raises
    ------
    ValueError
        If the space has one candidate only or a setting that the desk does not allow, or an argument is no good.
    """
    if worlds < FIRST or most < 2 or not 0 < level < 1:
        raise ValueError(f"worlds >= {FIRST}, most >= 2 and 0 < level < 1 are needed, got {worlds}, {most}, {level}")
    own, tried = as_it_is(desk, space), candidates(space, most, seed)
    settings = (own, *(setting for setting in tried if setting != own))
    if not 0 <= seed <= CONFIRM_FROM - max(budget or 2 * worlds * len(settings), 3 * worlds):
        raise ValueError(f"seed must keep the search below world {CONFIRM_FROM}, got {seed}")
    desks = tuple(settled(desk, setting) for setting in settings)
    with kept_open(executor) as pool:
        judge = Worlds(goal, run=run, executor=pool)

        first = range(seed, seed + worlds)
        looks = {number: judge.values(number, each, first) for number, each in enumerate(desks)}
        left = _left(judge, desks, first, level)
        spend = budget if budget is not None else 2 * worlds * len(left)

        def values(system: int, seeds: Sequence[int]) -> Floats:
            return judge.values(left[system], desks[left[system]], seeds)

        how: dict[str, Any] = {"lower": goal.lower, "first": worlds, "seed": seed, "on_progress": on_progress}
        if len(left) == 1:
            found = _alone(looks[0])
        elif indifference is None:
            found = ocba(values, len(left), budget=max(spend, worlds * len(left)), level=level, **how)
        else:
            within = CONFIRM_FROM - seed if budget is None else budget
            found = kn(values, len(left), indifference=indifference, alpha=1 - level, budget=within, step=5, **how)
        inside = [settings.index(setting) for setting in tried]
        columns = {name: [settings[i][name] for i in inside] for name in space.factors()}
        effects = sensitivity(columns, np.array([looks[i] for i in inside]), level)
        return _made(judge, desks, settings, left, found, level, worlds, effects, whole=space.size() <= most)


def _left(judge: Worlds, desks: Sequence[Desk], first: Sequence[int], level: float) -> list[int]:
    """Return the candidates that do not certainly leave more tickets undone than the desk as it is (Bonferroni)."""
    each = 1 - (1 - level) / max(len(desks) - 1, 1)
    now = judge.unseen(0, desks[0], first)
    return [i for i, desk in enumerate(desks) if not Mean.of(judge.unseen(i, desk, first) - now, each).certain]


def _alone(values: Floats) -> Selection:
    """Return the selection of the desk as it is, where it is all that is left."""
    mean, sd = float(values.mean()), float(np.std(values, ddof=1))
    return Selection(0, (), (mean,), (sd,), (len(values),), (0.0,), (0.0,), (1.0,), 1.0, True)


def _made(
    judge: Worlds, desks: Sequence[Desk], settings: tuple[Setting, ...], left: Sequence[int], found: Selection,
    level: float, worlds: int, effects: Sensitivity | None, *, whole: bool,
) -> Tuning:  # fmt: skip
    """Confirm the best against the desk as it is, in worlds that the search did not see."""
    unseen, best, goal = range(CONFIRM_FROM, CONFIRM_FROM + 3 * worlds), left[found.best], judge.goal
    before, after = (judge.values(system, desks[system], unseen) for system in (0, best))
    gain = Mean.of((before - after) * (1.0 if goal.lower else -1.0), level)
    figures = goal.figures(judge.figures(best, desks[best], unseen), level) if goal.targets else ()
    more = Mean.of(judge.unseen(best, desks[best], unseen) - judge.unseen(0, desks[0], unseen), level)
    sure = gain.certain and not more.certain and all(figure.met for figure in figures)
    return Tuning(
        settings=tuple(settings[i] for i in left),
        selection=found,
        effects=effects,
        whole=whole,
        status="none" if best == 0 else "confirmed" if sure else "unconfirmed",
        undone=tuple(setting for i, setting in enumerate(settings) if i not in left),
        gain=gain,
        before=Mean.of(before, level),
        after=Mean.of(after, level),
        more_undone=more,
        confirmed={str(figure.target): figure for figure in figures},
        runs=judge.runs,
        desk=desks[best],
    )
