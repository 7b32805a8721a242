"""Tuning: which routing weights, skill time-outs and warnings serve a goal best, and which of them matter at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimize.confirmation import Confirmation, confirmation, status_of
from optimize.goal import Goal, Mean, Worlds
from optimize.samples import Floats, Selection, alone
from optimize.selection import kn, ocba
from optimize.sensitivity import Sensitivity, sensitivity
from optimize.space import Setting, Space, as_it_is, candidates, settled
from optimize.staffing import CONFIRM_FROM
from sim.desk import Desk
from sim.experiment import Pool, Run, kept_open

type Told = Callable[[int, int], None]

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
        the best; `interrupted` if somebody stopped the search: then the choice is among the settings looked at so far,
        and no unseen world has judged it; else `unconfirmed`.
    undone
        Settings under which more tickets than on the desk as it is are not seen to their end, so that the goal does
        not count them: they are out of the choice, for they may look good by what they leave undone.
    seen
        What unseen worlds say of the best; None if the search was stopped before they were asked.
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
    seen: Confirmation | None
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
    on_progress: Told | None = None,
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
    KeyboardInterrupt
        If somebody stopped the search before it had looked at two settings.
    """
    if worlds < FIRST or most < 2 or not 0 < level < 1:
        raise ValueError(f"worlds >= {FIRST}, most >= 2 and 0 < level < 1 are needed, got {worlds}, {most}, {level}")
    own, tried = as_it_is(desk, space), candidates(space, most, seed)
    settings = (own, *(setting for setting in tried if setting != own))
    if not 0 <= seed <= CONFIRM_FROM - max(budget or 2 * worlds * len(settings), 3 * worlds):
        raise ValueError(f"seed must keep the search below world {CONFIRM_FROM}, got {seed}")
    desks = tuple(settled(desk, setting) for setting in settings)
    with kept_open(executor) as pool:
        field = _Field(Worlds(goal, run=run, executor=pool), settings, desks, range(seed, seed + worlds), level)
        looks, spent, whole = list[Floats](), _Spent(on_progress), space.size() <= most
        effects: Sensitivity | None = None
        try:
            looks.extend(field.looks())
            left = field.left()
            found = field.selection(left, indifference, budget, spent)
            inside = [settings.index(setting) for setting in tried]
            columns = {name: [settings[i][name] for i in inside] for name in space.factors()}
            effects = sensitivity(columns, np.array(looks)[inside], level)
            return field.tuning(left, found, effects, field.confirmed(left[found.best]), whole=whole)
        except KeyboardInterrupt:
            if len(looks) < 2:
                raise
            left = field.left(len(looks))
            found = field.selection(left, None, spent.runs, None)  # all of it was run already
            whole = whole and len(looks) == len(settings)
            return field.tuning(left, found, effects, None, whole=whole, looked=len(looks))


class _Spent:
    """Remembers how many replications a selection has had, and passes it on."""

    def __init__(self, tell: Told | None) -> None:
        self.runs, self._tell = 0, tell

    def __call__(self, runs: int, other: int) -> None:
        self.runs = runs
        if self._tell is not None:
            self._tell(runs, other)


@dataclass(frozen=True)
class _Field:
    """The candidates, and the worlds in which all are looked at first; number 0 is the desk as it is."""

    judge: Worlds
    settings: tuple[Setting, ...]
    desks: tuple[Desk, ...]
    first: range
    level: float

    def looks(self) -> Iterator[Floats]:
        """Yield the goal's value of each candidate in each of the first worlds, shape (worlds,)."""
        for number, desk in enumerate(self.desks):
            yield self.judge.values(number, desk, self.first)

    def left(self, looked: int | None = None) -> tuple[int, ...]:
        """Return who of the first so many does not certainly leave more undone than the desk as it is (Bonferroni)."""
        desks = self.desks[:looked]
        each = 1 - (1 - self.level) / max(len(desks) - 1, 1)
        undone = [self.judge.unseen(number, desk, self.first) for number, desk in enumerate(desks)]
        return tuple(i for i, found in enumerate(undone) if not Mean.of(found - undone[0], each).certain)

    def selection(
        self, left: Sequence[int], indifference: float | None, budget: int | None, tell: Told | None
    ) -> Selection:
        """Return the best of those that are left, as numbers of `left`."""

        def values(system: int, seeds: Sequence[int]) -> Floats:
            return self.judge.values(left[system], self.desks[left[system]], seeds)

        many, worlds = len(left), len(self.first)
        if many == 1:
            return alone(values(0, self.first))
        lower, seed = self.judge.goal.lower, self.first.start
        if indifference is None:
            spend = max(2 * worlds * many if budget is None else budget, worlds * many)
            return ocba(
                values, many, budget=spend, lower=lower, first=worlds, seed=seed, level=self.level, on_progress=tell
            )
        within = CONFIRM_FROM - seed if budget is None else budget
        return kn(
            values, many, indifference=indifference, alpha=1 - self.level, budget=within, lower=lower, first=worlds,
            step=5, seed=seed, on_progress=tell,
        )  # fmt: skip

    def confirmed(self, best: int) -> Confirmation:
        """Return what worlds that the search did not see say of the best, beside the desk as it is."""
        return confirmation(self.judge, (0, self.desks[0]), (best, self.desks[best]), 3 * len(self.first), self.level)

    def tuning(
        self, left: Sequence[int], found: Selection, effects: Sensitivity | None, seen: Confirmation | None, *,
        whole: bool, looked: int | None = None,
    ) -> Tuning:  # fmt: skip
        """Return what was found, and what unseen worlds say of it; None if somebody stopped before they were asked."""
        best = left[found.best]
        return Tuning(
            settings=tuple(self.settings[i] for i in left),
            selection=found,
            effects=effects,
            whole=whole,
            status="none" if best == 0 and seen else status_of(seen),
            undone=tuple(setting for i, setting in enumerate(self.settings[:looked]) if i not in left),
            seen=seen,
            runs=self.judge.runs,
            desk=self.desks[best],
        )
