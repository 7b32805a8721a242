"""Plans between which only a planner can choose: cost against service against equal opportunity.

Each bound on the service is a question of its own to `optimize.staffing.staff` (epsilon-constraint); what another
plan beats in every respect is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from optimize.estimate import Estimate, simulated
from optimize.judging import Question, Trial
from optimize.master import Limits, head_costs
from optimize.search import Search
from optimize.staffing import CONFIRM_FROM, staff
from optimize.targets import Figure, Target, expanded, figures
from sim.desk import Desk
from sim.experiment import Pool, Run, kept_open, replicate
from sim.kpi import measure
from sim.kpi.catalogue import find
from sim.log import Log

COMMON_FROM = 2 * CONFIRM_FROM
"""First of the worlds in which all plans of a front are compared; no search and no confirmation has them."""

OPPORTUNITY = "mix_adjusted_per_hour"
"""The KPI whose spread between people is that of scoring opportunity."""

SHARES_OF_NOW = (0.5, 0.7, 1.0, 1.4, 2.0)
"""Bounds that are tried where none are stated, as multiples of what the desk does now."""

type Third = Callable[[Desk, Sequence[int]], float | None]
"""Gives a figure of a desk in the worlds of some seeds, lower is better; None where it cannot be computed."""


@dataclass(frozen=True)
class Point:
    """A plan of the front.

    Attributes
    ----------
    asked
        The bound on the service that led to the plan.
    seats
        Heads by seat group.
    cost
        Cost per week, as `Plan.cost`.
    service
        Mean of the swept KPI over the common worlds; where it is bounded for several values of an axis, the worst.
    third
        The third objective in the common worlds; None if there is none, or where it cannot be computed.
    figures
        Figure by target in the common worlds.
    desk
        The plan as a desk.
    """

    asked: Target
    seats: dict[str, int]
    cost: float
    service: float
    third: float | None
    figures: dict[str, Figure]
    desk: Desk

    @property
    def confirmed(self) -> bool:
        """Whether the common worlds confirm all targets, the bound on the service among them."""
        return all(figure.met for figure in self.figures.values())


def front(
    desk: Desk,
    swept: Target | str,
    bounds: Sequence[float],
    targets: Sequence[Target | str] = (),
    *,
    third: Third | None = None,
    run: Run | None = None,
    executor: Pool | None = None,
    estimate: Callable[[Sequence[Target]], Estimate] | None = None,
    worlds: int = 20,
    seed: int = 1,
    level: float = 0.95,
    limits: Limits | None = None,
    trials: int = 80,
    on_progress: Callable[[Trial], None] | None = None,
    on_point: Callable[[Point], None] | None = None,
) -> tuple[Point, ...]:
    """Return the plans that no other plan beats in cost, service and the third objective, the cheapest first.

    Parameters
    ----------
    desk
        The desk, see `staff`.
    swept
        The service: a target whose value plays no part; by an axis alone, the worst value counts.
    bounds
        Bounds on it, at least one; each is a search.
    targets
        What every plan must reach besides.
    third
        The third objective, lower is better, such as `opportunity_spread`. It decides between plans of one cost that
        the search accepted or that differ from a plan by one exchange of heads of one cost.
    run, executor, worlds, seed, level, limits, trials, on_progress
        See `staff`.
    estimate
        Makes what takes the place of the simulations, from the targets.
    on_point
        Told of each plan as it is found, whether another beats it or not: an interrupt leaves these.

    Returns
    -------
    tuple of Point
        By ascending cost. A plan that unseen worlds do not confirm is part of it, and says so.

    Raises
    ------
    Infeasible
        If the limits leave no plan that can do the expected work.
    KeyboardInterrupt
        If a search was interrupted; `on_point` was told of the plans before it.
    ValueError
        If an argument, a target or a bound is no good.

    Notes
    -----
    Epsilon-constraint after Haimes, Lasdon and Wismer (1971). All plans are compared in the same worlds, which no
    search has seen.
    """
    asked, found, tell = _swept(swept, bounds), list[Point](), on_progress or _silent
    seeds, ruled_out = range(seed, seed + worlds), limits or Limits()
    with kept_open(executor) as pool:
        for target in asked:
            goals = expanded((*targets, target), desk)
            judge = estimate(goals) if estimate else simulated(goals, run=run, executor=pool)
            question = Question(desk, goals, judge, seeds, level, ruled_out, trials, tell)
            for point in _points(question, target, third):
                found.append(point)
                if on_point is not None:
                    on_point(point)
    return undominated(found)


def _silent(_: Trial) -> None:
    """Take no note."""


def _points(question: Question, target: Target, third: Third | None) -> Iterator[Point]:
    """Yield the plan of one bound; with a third objective, confirmed others of its cost, too."""
    looked: list[Trial] = []

    def tell(trial: Trial) -> None:
        looked.append(trial)
        question.tell(trial)

    plan = staff(
        question.desk, question.targets, estimate=question.estimate, worlds=len(question.seeds),
        seed=question.seeds[0], level=question.level, limits=question.limits, trials=question.trials, on_progress=tell,
    )  # fmt: skip
    if plan.status == "interrupted":
        raise KeyboardInterrupt
    look = _Look(question, target, third)
    yield look.at(plan.seats)
    if third is not None:
        yield from look.others(plan.seats, looked)


def _swept(swept: Target | str, bounds: Sequence[float]) -> tuple[Target, ...]:
    """Return the targets of a sweep, the loosest bound first."""
    one = Target.of(swept) if isinstance(swept, str) else swept
    if not bounds:
        raise ValueError("a front needs at least one bound")
    values = sorted(set(bounds), reverse=one.sense == "<=")
    return tuple(replace(one, value=value) for value in values)


@dataclass(frozen=True)
class _Look:
    """Plans of one bound in the common worlds."""

    question: Question
    target: Target
    third: Third | None

    def at(self, seats: dict[str, int]) -> Point:
        """Return what heads come to."""
        seeds = range(COMMON_FROM, COMMON_FROM + len(self.question.seeds))
        desk = _with_heads(self.question.desk, seats)
        found = figures(self.question.estimate(desk, seeds), self.question.targets, self.question.level)
        swept = {str(target) for target in expanded([self.target], desk)}
        means = [f.mean for f in found if str(f.target) in swept and f.mean is not None]
        worst = (max if self.target.sense == "<=" else min)(means) if means else math.nan
        third = None if self.third is None else self.third(desk, seeds)
        named = {str(figure.target): figure for figure in found}
        return Point(self.target, dict(seats), _cost(desk, seats), worst, third, named, desk)

    def others(self, seats: dict[str, int], looked: Sequence[Trial]) -> Iterator[Point]:
        """Yield confirmed plans of the same cost: those that the search accepted, and exchanges of one head."""
        costs, search = head_costs(self.question.desk), Search(self.question)
        cost, worlds = _cost(self.question.desk, seats), len(self.question.seeds)
        near = [t.seats for t in looked if not t.missed and t.worlds >= worlds and _same(t.cost, cost)]
        near += [_exchanged(seats, a, b) for a in seats for b in seats if a != b and _same(costs[a], costs[b])]
        seen = [seats]
        for heads in near:
            if heads in seen or min(heads.values()) < 0 or not search.allowed(tuple(heads[g] for g in search.groups)):
                continue
            seen.append(heads)
            point = self.at(heads)
            if point.confirmed:
                yield point


def _cost(desk: Desk, seats: dict[str, int]) -> float:
    costs = head_costs(desk)
    return math.fsum(costs[group] * heads for group, heads in seats.items())


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _exchanged(seats: dict[str, int], fewer: str, more: str) -> dict[str, int]:
    return seats | {fewer: seats[fewer] - 1, more: seats[more] + 1}


def _with_heads(desk: Desk, seats: dict[str, int]) -> Desk:
    made = {group: seat.changed(heads=seats[group]) for group, seat in desk.staff.seats.items()}
    return desk.changed(staff=desk.staff.changed(seats=made), seating={})


def undominated(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points that no other beats, the cheapest first; of equal points the first.

    A point beats another if it is no worse in cost, service and the third objective, and better in one of them.
    """
    kept: list[Point] = []
    for place, point in enumerate(points):
        worse = any(_beats(other, point, at < place) for at, other in enumerate(points) if at != place)
        if not worse:
            kept.append(point)
    return tuple(sorted(kept, key=lambda point: (point.cost, _merits(point), tuple(point.seats.items()))))


def _merits(point: Point) -> tuple[float, float, float]:
    """Return what is to be small: cost, service, third."""
    sign = 1.0 if point.asked.sense == "<=" else -1.0
    service = math.inf if math.isnan(point.service) else sign * point.service
    return point.cost, service, 0.0 if point.third is None else point.third


def _beats(one: Point, other: Point, first: bool) -> bool:
    a, b = _merits(one), _merits(other)
    return all(x <= y for x, y in zip(a, b, strict=True)) and (a != b or first)


def bounds_from(desk: Desk, swept: Target, *, run: Run | None = None, worlds: int = 6, seed: int = 1) -> list[float]:
    """Return bounds around what a desk does now, for a sweep whose bounds nobody stated.

    Raises
    ------
    ValueError
        If the desk's worlds do not tell the figure.
    """
    targets = expanded([swept], desk)
    found = figures(simulated(targets, run=run)(desk, range(seed, seed + worlds)), targets, 0.95)
    means = [figure.mean for figure in found if figure.mean is not None]
    if not means:
        raise ValueError(f"{swept.kpi}: no world of the desk tells it; state the bounds")
    now = (max if swept.sense == "<=" else min)(means)
    low, high = find(swept.kpi).possible
    return sorted({min(max(float(f"{now * share:.2g}"), low), high) for share in SHARES_OF_NOW})


def opportunity_spread(*, run: Run | None = None, executor: Pool | None = None) -> Third:
    """Return the third objective of fairness: how unequally the scoring opportunities of a role are spread.

    It is the standard deviation between the people of a role of `mix_adjusted_per_hour` (tickets resolved, each with
    the expected work of its kind as weight, per paid hour), over the role's mean; averaged over roles with several
    people by number of people, then over worlds. Ability plays a part in it as far as who is quick gets more to do.
    """

    def spread(desk: Desk, seeds: Sequence[int]) -> float | None:
        found = dict(replicate(desk, seeds, _spread, run=run, executor=executor))
        known = [value for value in (found[index] for index in range(len(seeds))) if value is not None]
        return float(np.mean(known)) if known else None

    return spread


def _spread(log: Log, _: object) -> float | None:
    """Return the spread of one replication."""
    frame = measure(log, [OPPORTUNITY], by=("person",))
    roles = log.shifts.select(pl.col("person").cast(pl.String), pl.col("role").cast(pl.String)).unique()
    known = frame.select(pl.col("person").cast(pl.String), "mean").drop_nulls().join(roles, on="person").sort("person")
    total = people = 0.0
    for _, some in sorted(known.group_by("role"), key=lambda item: str(item[0])):
        values = some["mean"].to_numpy()
        if len(values) > 1 and values.mean() > 0:
            total += len(values) * float(values.std(ddof=1) / values.mean())
            people += len(values)
    return total / people if people else None
