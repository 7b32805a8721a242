"""The master model of staffing: the cheapest heads per seat group that can do an expected week's work.

Flow cuts keep flexible people honest: an hour of a head goes to one skill, so five people who take two skills
never cover five of the one and three of the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pulp

from optimize.slopes import Slope
from optimize.solve import Solution, solve
from optimize.workload import HOURS, Batch, hour_name, lasting_h, on_duty, paid_h_per_week
from sim.desk import Desk

MOST_SKILLS = 12
"""Up to so many skills, every set of them is checked for a backlog that would grow."""

TINY_H = 1e-9
"""Person-hours below this are no work."""


@dataclass(frozen=True)
class Cut:
    """A lesson of a simulation: seat groups that need at least so many heads together."""

    name: str
    groups: tuple[str, ...]
    heads: int


@dataclass(frozen=True)
class Limits:
    """What a planner rules out.

    Attributes
    ----------
    at_most, at_least
        Heads by seat group; no limit where missing.
    budget
        Most cost per week, in the unit of `head_costs`; None = no limit.
    """

    at_most: Mapping[str, int] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    budget: float | None = None


@dataclass(frozen=True)
class Master:
    """A solved master: heads by seat group, their cost per week, and the solver's gap and status."""

    heads: dict[str, int]
    cost: float
    gap: float
    status: str


def head_costs(desk: Desk) -> dict[str, float]:
    """Return the cost of a head per week by seat group: wage per paid hour times paid hours.

    If no role of the desk has a wage, every head costs 1, so that a plan counts heads. A head costs the wage
    of its role; that a named person's own wage differs moves the bill, not the number of heads.
    """
    seats, roles = desk.staff.seats, desk.staff.roles
    wages = {group: roles[seat.role].wage_per_h for group, seat in sorted(seats.items())}
    if not any(wages.values()):
        return dict.fromkeys(wages, 1.0)
    return {group: wage * paid_h_per_week(desk, group) for group, wage in wages.items()}


def least_heads(desk: Desk) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many heads the named persons need: by seat group that they ask for, and by role."""
    groups = dict.fromkeys(sorted(desk.staff.seats), 0)
    roles = dict.fromkeys(sorted(desk.staff.roles), 0)
    for person in desk.staff.persons.values():
        roles[person.role] += 1
        if person.seat is not None:
            groups[person.seat] += 1
    return groups, roles


def work_floors(desk: Desk) -> list[tuple[frozenset[str], float]]:
    """Return sets of seat groups and the least duty hours per week that each must have for no backlog to grow.

    Notes
    -----
    For every set of skills, the groups that take any of them must have the hours that these skills need: Hall's
    condition, which is enough because an hour may be split. Beyond twelve linked skills only single skills and
    all of them are looked at, so the floor is then too low, never too high.
    """
    needs, seats = lasting_h(desk), desk.staff.seats
    skills = [skill for skill, hours in needs.items() if hours > TINY_H]
    sizes = range(1, len(skills) + 1) if len(skills) <= MOST_SKILLS else (1, len(skills))
    floors: dict[frozenset[str], float] = {}
    for size in sizes:
        for some in combinations(skills, size):
            groups = frozenset(g for g, seat in seats.items() if set(some) & set(seat.takes))
            floors[groups] = max(floors.get(groups, 0.0), math.fsum(needs[skill] for skill in some))
    return sorted(floors.items(), key=lambda floor: sorted(floor[0]))


def routed_skills(desk: Desk) -> tuple[str, ...]:
    """Return the skills that some ticket may need: somebody must take each of them."""
    return tuple(sorted({branch.skill for kind in desk.demand.kinds.values() for branch in kind.branches()}))


def kept_teams(desk: Desk, limits: Limits) -> dict[str, tuple[str, ...]]:
    """Return the teams that a plan must not close: name -> seat groups of the team to which work is offered.

    These are the teams that have heads, some of whose seats take a skill that tickets need. Whoever is
    cross-trained in another team could do that work too; but closing a team is a decision of its own, which a
    planner states by at most 0 heads for each of its groups.
    """
    seats, routed = desk.staff.seats, set(routed_skills(desk))
    found: dict[str, tuple[str, ...]] = {}
    for group, seat in sorted(seats.items()):
        if routed & set(seat.takes):
            found[seat.team] = (*found.get(seat.team, ()), group)
    return {
        team: groups
        for team, groups in sorted(found.items())
        if any(seat.heads for seat in seats.values() if seat.team == team)
        and any(limits.at_most.get(group, 1) for group in groups)
    }


class _Names:
    """Names of rows and variables, each once: PuLP turns some signs into `_` and takes a name twice."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def __call__(self, *parts: str) -> str:
        name = "_".join(parts).translate(str.maketrans("-+[] >/", "_______"))
        self._taken[name] = self._taken.get(name, 0) + 1
        return name if self._taken[name] == 1 else f"{name}_{self._taken[name]}"


class MasterModel:
    """The model while it is built: heads by seat group, prices of its rows, and of which skill and hour a row is."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.costs = head_costs(desk)
        self.duty = on_duty(desk)
        self.problem = pulp.LpProblem("staffing", pulp.LpMinimize)
        self.prices: dict[str, float] = {}
        self.row_skills: dict[str, tuple[str, int]] = {}
        self.row_name, self.column_name = _Names(), _Names()
        self.heads = {
            group: self.problem.add_variable(self.column_name("heads", group), 0, None, "Integer")
            for group in self.costs
        }
        self.cost = pulp.lpSum(self.costs[group] * heads for group, heads in self.heads.items())
        self.problem.setObjective(self.cost)

    def rule(self, expression: pulp.LpAffineExpression, price: float, *parts: str) -> str:
        """Add a row and return its name; its price says how gladly it gives way when rules collide."""
        name = self.row_name(*parts)
        self.problem.addConstraint(expression, name)
        self.prices[name] = price
        return name

    def work(self, expression: pulp.LpAffineExpression, skill: str, hour: int, *parts: str) -> None:
        """Add a row of work that is to be done by an hour of the week."""
        price = 1000.0 * max(1.0, *self.costs.values())
        self.row_skills[self.rule(expression, price, *parts)] = skill, hour

    def number(self, *parts: str) -> pulp.LpVariable:
        """Add a number of at least 0."""
        return self.problem.add_variable(self.column_name(*parts), 0, None)


def master(
    desk: Desk,
    batches: Sequence[Batch],
    *,
    alpha: Mapping[str, float] | None = None,
    cuts: Sequence[Cut] = (),
    slopes: Sequence[Slope] = (),
    limits: Limits | None = None,
    time_limit_s: float = 60.0,
    gap: float = 1e-6,
    nodes: int | None = None,
) -> Master:
    """Return the cheapest heads that do the expected work in time.

    Parameters
    ----------
    desk
        The desk; its heads are not read, only who may sit where, when, and at what wage.
    batches
        The work, from `workload`.
    alpha
        Factor on the work by skill, above 0; 1 where missing.
    cuts, slopes
        Lessons of simulations.
    limits
        What a planner rules out.
    time_limit_s, gap, nodes
        Limits of the search (see `solve`).

    Raises
    ------
    Infeasible
        If the limits leave no plan. Rules are called `cover_<skill>_<hour>` (work to be done in its hour),
        `due_<skill>_<n>_<hour>` (work that may wait no longer), `duty_<group>_<hour>`, `at_most_<group>`,
        `at_least_<group>`, `persons_<role>`, `somebody_takes_<skill>`, `team_<team>`, `budget`.

    Notes
    -----
    min sum_g c_g x_g subject to sum_g w_kgh >= alpha_k load_kh and sum_k w_kgh <= duty_gh x_g (Cezik and
    L'Ecuyer 2008 use the same cuts in their max-flow form); work that may wait is an inventory over the hours
    of a cyclic week, bounded by what has arrived and is not due.
    """
    model = built(desk, batches, alpha=alpha, cuts=cuts, slopes=slopes, limits=limits)
    found: Solution = solve(model.problem, time_limit_s=time_limit_s, gap=gap, nodes=nodes, prices=model.prices)
    if found.status == "interrupted":  # whoever searches knows what there is so far
        raise KeyboardInterrupt
    heads = {group: int(found.values[variable.name]) for group, variable in model.heads.items()}
    cost = math.fsum(model.costs[group] * number for group, number in heads.items())
    return Master(heads, cost, found.gap, found.status)


def built(
    desk: Desk,
    batches: Sequence[Batch],
    *,
    alpha: Mapping[str, float] | None = None,
    cuts: Sequence[Cut] = (),
    slopes: Sequence[Slope] = (),
    limits: Limits | None = None,
) -> MasterModel:
    """Return the master model before it is solved; parameters as of `master`."""
    model = MasterModel(desk)
    _add_work(model, batches, alpha or {})
    _add_limits(model, limits or Limits(), cuts)
    for slope in slopes:
        weights, least = slope.row(tuple(model.costs))
        helped = pulp.lpSum(weight * model.heads[group] for group, weight in weights.items())
        model.rule(helped >= least, math.inf, "slope", slope.target.kpi)
    return model


def _add_work(model: MasterModel, batches: Sequence[Batch], alpha: Mapping[str, float]) -> None:
    skills = sorted({batch.skill for batch in batches})
    flows: dict[tuple[str, int], list[pulp.LpVariable]] = {}
    hard = math.inf
    for group in model.heads:
        mine = [skill for skill in skills if skill in model.desk.staff.seats[group].takes]
        for hour in range(HOURS):
            share = float(model.duty[group][hour])
            if not mine or share <= 0:
                continue
            spent = [model.number("work", skill, group, hour_name(hour)) for skill in mine]
            for skill, hours in zip(mine, spent, strict=True):
                flows.setdefault((skill, hour), []).append(hours)
            model.rule(pulp.lpSum(spent) <= share * model.heads[group], hard, "duty", group, hour_name(hour))
    for skill in skills:
        _cover(model, skill, [b for b in batches if b.skill == skill], alpha.get(skill, 1.0), flows)


def _cover(
    model: MasterModel,
    skill: str,
    batches: Sequence[Batch],
    factor: float,
    flows: Mapping[tuple[str, int], list[pulp.LpVariable]],
) -> None:
    live = [0.0] * HOURS
    later: list[list[pulp.LpVariable]] = [[] for _ in range(HOURS)]
    staffed = [(skill, hour) in flows for hour in range(HOURS)]
    for number, batch in enumerate(batches):
        if not any(batch.wait_h):
            live = [have + factor * float(work) for have, work in zip(live, batch.work_h, strict=True)]
        else:
            for hour, done in _inventory(model, batch, factor, str(number + 1), staffed).items():
                later[hour].append(done)
    for hour in range(HOURS):
        if live[hour] > TINY_H or later[hour]:
            served = pulp.lpSum(flows.get((skill, hour), [])) - pulp.lpSum(later[hour])
            model.work(served >= live[hour], skill, hour, "cover", skill, hour_name(hour))


def _inventory(
    model: MasterModel, batch: Batch, factor: float, number: str, staffed: Sequence[bool]
) -> dict[int, pulp.LpVariable]:
    """Return the hours spent on a batch by hour with somebody on duty: what is left over must not be due."""
    names = [(batch.skill, number, hour_name(hour)) for hour in range(HOURS)]
    done = {hour: model.number("done", *names[hour]) for hour in range(HOURS) if staffed[hour]}
    left = [model.number("left", *name) for name in names]
    for hour in range(HOURS):
        may_wait = math.fsum(
            float(batch.work_h[hour - back]) for back in range(HOURS) if batch.wait_h[hour - back] > back
        )
        new = factor * float(batch.work_h[hour])
        spent = done.get(hour, 0.0)
        model.rule(left[hour] - left[hour - 1] + spent == new, math.inf, "flow", *names[hour])
        model.work(left[hour] <= factor * may_wait, batch.skill, hour, "due", *names[hour])
    return done


def _add_limits(model: MasterModel, limits: Limits, cuts: Sequence[Cut]) -> None:
    groups, roles = least_heads(model.desk)
    seats = model.desk.staff.seats
    for known in (*limits.at_most, *limits.at_least):
        if known not in seats:
            raise ValueError(f"unknown seat group {known!r}; known: {', '.join(sorted(seats))}")
    for skill in routed_skills(model.desk):
        takers = [heads for group, heads in model.heads.items() if skill in seats[group].takes]
        model.rule(pulp.lpSum(takers) >= 1, math.inf, "somebody_takes", skill)
    for team, groups_of_team in kept_teams(model.desk, limits).items():
        model.rule(pulp.lpSum(model.heads[group] for group in groups_of_team) >= 1, math.inf, "team", team)
    for role, persons in roles.items():
        mine = [model.heads[group] for group, seat in sorted(seats.items()) if seat.role == role]
        if persons:
            model.rule(pulp.lpSum(mine) >= persons, math.inf, "persons", role)
    for group, heads in model.heads.items():
        if least := max(groups[group], limits.at_least.get(group, 0)):
            model.rule(heads >= least, math.inf if groups[group] else model.costs[group], "at_least", group)
        if group in limits.at_most:
            model.rule(heads <= limits.at_most[group], max(model.costs[group], 1e-3), "at_most", group)
    for cut in cuts:
        model.rule(
            pulp.lpSum(model.heads[group] for group in cut.groups) >= cut.heads,
            math.inf,
            "more_for",
            cut.name,
        )
    if limits.budget is not None:
        model.rule(model.cost <= limits.budget, 1.0, "budget")
