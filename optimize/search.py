"""The search for a cheap plan that worlds accept: up by cuts of a master model, down by a local search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from optimize.estimate import Estimate
from optimize.master import (
    Cut,
    Limits,
    Master,
    head_costs,
    kept_teams,
    least_heads,
    master,
    routed_skills,
    work_floors,
)
from optimize.solve import Infeasible
from optimize.targets import Figure, Target, figures, hopeless_from_the_start, kinds_of, skills_of
from optimize.workload import on_duty, workload
from sim.desk import Desk

MOST_ALPHA = 2.5
"""A target missed although its skill has heads for so many times the work is out of reach of more heads."""

FIRST_LOOK = 4
"""A plan that clearly misses a target in a quarter of the worlds, but at least so many, is given up."""

type Heads = tuple[int, ...]
"""Heads by seat group, in the order of the groups' names."""


@dataclass(frozen=True)
class Trial:
    """A plan that was looked at, for whoever follows the search.

    Attributes
    ----------
    seats
        Heads by seat group.
    cost
        Cost per week.
    worlds
        Worlds that were simulated.
    missed
        Targets that they do not confirm.
    unseen
        Whether these are worlds that confirm, not those of the search.
    """

    seats: dict[str, int]
    cost: float
    worlds: int
    missed: tuple[str, ...]
    unseen: bool


@dataclass(frozen=True)
class Judged:
    """What worlds say about heads: figures, the targets that are missed, and the skills in question."""

    figures: tuple[Figure, ...]
    missed: tuple[Target, ...]
    skills: dict[Target, tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """What is sought; see `optimize.staffing.staff`."""

    desk: Desk
    targets: tuple[Target, ...]
    estimate: Estimate
    seeds: Sequence[int]
    level: float
    limits: Limits
    trials: int
    tell: Callable[[Trial], None]


class Search:
    """The search, and what it remembers: heads are never simulated twice in the same worlds.

    Attributes
    ----------
    set_aside
        Targets that more heads do not reach.
    last
        The last master that was solved.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.costs = head_costs(question.desk)
        self.groups = tuple(self.costs)
        self._floors = work_floors(question.desk)
        self._teams = kept_teams(question.desk, question.limits)
        self._hours = {group: float(hours.sum()) for group, hours in on_duty(question.desk).items()}
        self.set_aside = tuple(t for t in question.targets if hopeless_from_the_start(question.desk, t))
        self._batches = workload(question.desk)
        self._alpha: dict[str, float] = {}
        self._cuts: list[Cut] = []
        self._judged: dict[Heads, Judged] = {}
        self._refused: dict[Heads, Judged] = {}
        self._spent = 0
        self.last: Master = self._master()

    def desk_of(self, heads: Heads) -> Desk:
        """Return the desk with these heads; a seating is not kept, for it may name seats that are gone."""
        desk = self.question.desk
        seats = {
            group: desk.staff.seats[group].changed(heads=number)
            for group, number in zip(self.groups, heads, strict=True)
        }
        return desk.changed(staff=desk.staff.changed(seats=seats), seating={})

    def cost(self, heads: Heads) -> float:
        """Return the cost of heads per week."""
        return sum(self.costs[group] * number for group, number in zip(self.groups, heads, strict=True))

    def refuse(self, heads: Heads, judged: Judged) -> None:
        """Take note that unseen worlds refused heads which those of the search may have accepted."""
        self._refused[heads] = judged

    # The way up.

    def reach(self) -> Heads:
        """Return heads that the worlds of the search accept, or the last that limits and trials allow."""
        while True:
            heads = tuple(self.last.heads[group] for group in self.groups)
            judged = self._judge(heads)
            missed = self._live(judged)
            if not missed or self._spent >= self.question.trials:
                return heads
            self._tighten(heads, judged, missed)
            try:
                self.last = self._master()
            except Infeasible:
                return heads

    def _master(self) -> Master:
        return master(
            self.question.desk, self._batches, alpha=self._alpha, cuts=self._cuts, limits=self.question.limits
        )

    def _tighten(self, heads: Heads, judged: Judged, missed: Sequence[Target]) -> None:
        """Ask for more where targets are missed; set aside those that much more has not reached."""
        shortfall = {figure.target: _shortfall(figure) for figure in judged.figures}
        skills = {skill for target in missed for skill in judged.skills[target]}
        for skill in skills:
            worst = max(shortfall[target] for target in missed if skill in judged.skills[target])
            self._alpha[skill] = self._alpha.get(skill, 1.0) * (1 + 0.05 * (1 + min(worst, 4.0)))
        lost = [t for t in missed if max(self._alpha[skill] for skill in judged.skills[t]) > MOST_ALPHA]
        if lost:
            self.set_aside += tuple(lost)
            self._alpha, self._cuts = {}, []
            whole = len(self.question.seeds)
            self._judged = {h: j for h, j in self._judged.items() if all(f.n == whole for f in j.figures)}
            return
        seats = self.question.desk.staff.seats
        groups = tuple(group for group in self.groups if skills & set(seats[group].takes))
        have = sum(number for group, number in zip(self.groups, heads, strict=True) if group in groups)
        self._cuts.append(Cut("_".join(sorted(skills)), groups, have + 1))

    # The way down.

    def lean(self, start: Heads) -> Heads:
        """Return the cheapest accepted heads that dropping and exchanging single heads leads to.

        Heads that are not accepted are returned as they are.
        """
        best = start
        while self.accepts(best):
            best = self._dropped(best)
            cheaper = next((heads for heads in self._exchanged(best) if self.accepts(heads)), None)
            if cheaper is None:
                break
            best = cheaper
        return best

    def accepts(self, heads: Heads) -> bool:
        """Say whether heads are allowed and all targets within reach are met in the worlds of the search."""
        if not self.allowed(heads):
            return False
        known = heads in self._judged or self._worse(heads) is not None
        if not known and self._spent >= self.question.trials:
            return False
        return not self._live(self._judge(heads))

    def _dropped(self, heads: Heads) -> Heads:
        for place in sorted(range(len(heads)), key=lambda i: (-self.costs[self.groups[i]], i)):
            step, growing = 1, True
            while step:
                fewer = _moved(heads, place, -step)
                if self.accepts(fewer):
                    heads, step = fewer, 2 * step if growing else step
                else:
                    step, growing = step // 2, False
        return heads

    def _exchanged(self, heads: Heads) -> Iterator[Heads]:
        """Yield heads with one of them replaced by a cheaper one, the largest saving first."""
        costs = [self.costs[group] for group in self.groups]
        pairs = [(costs[b] - costs[a], a, b) for a in range(len(costs)) for b in range(len(costs))]
        for saving, dear, cheap in sorted(pairs):
            if saving < 0:
                yield _moved(_moved(heads, dear, -1), cheap, 1)

    def allowed(self, heads: Heads) -> bool:
        """Say whether heads keep the planner's limits, seat all named persons, close no team, and can do all work."""
        desk, limits = self.question.desk, self.question.limits
        seats, number = desk.staff.seats, dict(zip(self.groups, heads, strict=True))
        groups, roles = least_heads(desk)
        return (
            all(number[g] >= max(groups[g], limits.at_least.get(g, 0)) for g in self.groups)
            and all(number[g] <= most for g, most in limits.at_most.items())
            and all(sum(number[g] for g in self.groups if seats[g].role == r) >= n for r, n in roles.items())
            and all(any(number[g] for g in self.groups if s in seats[g].takes) for s in routed_skills(desk))
            and all(any(number[g] for g in groups_of_team) for groups_of_team in self._teams.values())
            and all(sum(number[g] * self._hours[g] for g in some) >= least - 1e-6 for some, least in self._floors)
            and (limits.budget is None or self.cost(heads) <= limits.budget + 1e-6)
        )

    def breaks(self, heads: Heads) -> tuple[str, ...] | None:
        """Return what is wrong with heads as far as it is known: targets, or `least`; None if nothing is."""
        if not self.allowed(heads):
            return ("least",)
        judged = self._judged.get(heads) or self._worse(heads)
        missed = self._live(judged) if judged else []
        return tuple(str(target) for target in missed) or None

    # Judging.

    def _live(self, judged: Judged) -> list[Target]:
        return [target for target in judged.missed if target not in self.set_aside]

    def _worse(self, heads: Heads) -> Judged | None:
        """Return the judgement of heads that miss a target and have at least as many in every group."""
        for known in (self._refused, self._judged):
            for other, judged in known.items():
                if all(a <= b for a, b in zip(heads, other, strict=True)) and self._live(judged):
                    return judged
        return None

    def _judge(self, heads: Heads) -> Judged:
        worse = self._worse(heads)
        if worse is not None:
            return worse
        if heads not in self._judged:
            self._spent += 1
            self._judged[heads] = self._simulated(heads)
        return self._judged[heads]

    def _simulated(self, heads: Heads) -> Judged:
        question, desk = self.question, self.desk_of(heads)
        first = max(FIRST_LOOK, len(question.seeds) // 4)
        frame = question.estimate(desk, question.seeds[:first])
        worlds = min(first, len(question.seeds))
        early = figures(frame, question.targets, question.level)
        lost = any(f.hopeless and f.target not in self.set_aside for f in early)
        if worlds < len(question.seeds) and not lost:
            frame = pl.concat([frame, question.estimate(desk, question.seeds[first:])])
            worlds = len(question.seeds)
        some = worlds < len(question.seeds)
        judged = judged_of(desk, frame, question.targets, question.level, hopeless=some)
        self.tell(heads, worlds, judged, unseen=False)
        return judged

    def tell(self, heads: Heads, worlds: int, judged: Judged, *, unseen: bool) -> None:
        """Tell whoever follows the search of a trial."""
        seats = dict(zip(self.groups, heads, strict=True))
        missed = tuple(str(target) for target in judged.missed)
        self.question.tell(Trial(seats, self.cost(heads), worlds, missed, unseen))


def judged_of(
    desk: Desk, frame: pl.DataFrame, targets: Sequence[Target], level: float, *, hopeless: bool = False
) -> Judged:
    """Return what worlds say; a missed target is traced to the kinds that miss it, and to their skills."""
    found = figures(frame, targets, level)
    missed = tuple(figure.target for figure in found if (figure.hopeless if hopeless else not figure.met))
    return Judged(found, missed, {target: skills_of(desk, target, _worst(desk, frame, target)) for target in missed})


def _worst(desk: Desk, frame: pl.DataFrame, target: Target) -> tuple[str, ...]:
    """Return the kinds whose own figure breaks the bound; all that the target is about if none does."""
    kinds = kinds_of(desk, target)
    mine = frame.filter((pl.col("target") == str(target)) & pl.col("kind").is_in(kinds)).sort("kind", "seed")
    worst = []
    for kind in kinds:
        mean = mine.filter(pl.col("kind") == kind)["value"].mean()
        if isinstance(mean, float) and target.margin(mean) < 0:
            worst.append(kind)
    return tuple(worst) or kinds


def _shortfall(figure: Figure) -> float:
    """Return by how much the mean breaks the bound, as a multiple of it, at least 0; 1 where unknown."""
    if figure.mean is None:
        return 1.0
    return max(0.0, -figure.target.margin(figure.mean)) / max(abs(figure.target.value), 1e-3)


def _moved(heads: Heads, place: int, by: int) -> Heads:
    return (*heads[:place], heads[place] + by, *heads[place + 1 :])
