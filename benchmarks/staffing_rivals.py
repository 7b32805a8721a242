"""What a user would pick instead, on weeks of the academy: heads of each rival, and what they come to in play."""

import json
import math
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.staffing_exact import cost_of, with_heads
from benchmarks.staffing_small import keeps
from optimize import cover, default_targets, staff
from optimize.estimate import Estimate, simulated
from optimize.master import head_costs
from optimize.targets import Figure, Target, figures
from optimize.workload import HOURS, Batch, on_duty, workload
from scenarios import read
from sim.desk import Desk
from sim.erlang import staff_for

PYWORKFORCE = Path(__file__).with_name("staffing_pyworkforce.py")
UNSEEN_FROM = 500_000_000
"""First of the worlds in which all plans are played; no search and no confirmation has them."""

SHARE = 0.9
"""Share of tickets that Erlang C is to answer in time, as the targets ask."""

OCCUPANCY = 0.85
"""What planners allow at most."""

MORE, LESS = (1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0), (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Factors on the expected work by which a rival is asked again, until its plan is enough, or just no longer."""

LEVEL = 0.95

type Rival = Callable[[float], dict[str, int] | None]
"""Gives heads by seat group for a factor on the expected work; None if it cannot be asked."""


def question_of(desk: Desk) -> dict[str, Any]:
    """Return a desk as what both rivals can be told: work by skill and hour, and who is on duty when.

    Work that comes while nobody who takes the skill may be on duty is spread over the staffed hours of the next day
    that has any; a planner with a spreadsheet does as much. Both rivals know one answering time per skill: the
    tightest response target of its tickets.
    """
    duty = {group: hours > 0.5 * hours.max() for group, hours in on_duty(desk).items()}
    batches = workload(desk)
    skills = sorted({batch.skill for batch in batches})
    seats, costs = desk.staff.seats, head_costs(desk)
    profiles = sorted({tuple(sorted(seat.takes)) for seat in seats.values()})
    names = {takes: "+".join(takes) for takes in profiles}
    return {
        "skills": skills, "loads": {skill: _spread(desk, skill, duty, batches).tolist() for skill in skills},
        "work_min": {skill: _work_min(desk, skill) for skill in skills},
        "within_min": {skill: _within_min(desk, skill) for skill in skills},
        "profiles": [{"name": names[takes], "skills": list(takes), "cost": 1.0} for takes in profiles],
        "groups": [
            {
                "name": g, "profile": names[tuple(sorted(seat.takes))], "takes": list(seat.takes), "cost": costs[g],
                "hours": [int(on) for on in duty[g]],
            }
            for g, seat in sorted(seats.items())
        ],
        "shrinkage": max(role.absent for role in desk.staff.roles.values()), "level": SHARE, "occupancy": OCCUPANCY,
    }  # fmt: skip


def _spread(desk: Desk, skill: str, duty: Mapping[str, np.ndarray], batches: Sequence[Batch]) -> np.ndarray:
    staffed = np.zeros(HOURS, bool)
    for group, hours in duty.items():
        if skill in desk.staff.seats[group].takes:
            staffed |= hours
    work = np.sum([batch.work_h for batch in batches if batch.skill == skill], axis=0)
    made = np.where(staffed, work, 0.0)
    for hour in np.flatnonzero(~staffed):
        later = next((hour + ahead) % HOURS for ahead in range(1, HOURS) if staffed[(hour + ahead) % HOURS])
        day = [h for h in range(later // 24 * 24, later // 24 * 24 + 24) if staffed[h]]
        made[day] += work[hour] / len(day)
    return made


def _stages(desk: Desk, skill: str) -> list[tuple[str, float, float]]:
    """Return (kind, arrivals a week, minutes) of the stages that need a skill."""
    kinds = desk.demand.kinds
    return [
        (n, k.per_week, b.work.mean_min) for n, k in sorted(kinds.items()) for b in k.branches() if b.skill == skill
    ]


def _work_min(desk: Desk, skill: str) -> float:
    stages = _stages(desk, skill)
    return sum(week * minutes for _, week, minutes in stages) / sum(week for _, week, _ in stages)


def _within_min(desk: Desk, skill: str) -> float:
    found = []
    for kind in {kind for kind, _, _ in _stages(desk, skill)}:
        for priority, share in desk.demand.kinds[kind].priorities.items():
            clause = desk.sla.target(kind, priority).response if desk.sla and share else None
            if clause is not None and clause.target_min is not None:
                found.append(clause.target_min)
    return float(min(found, default=60))


def pyworkforce(question: dict[str, Any], python: str | None) -> Rival:
    """Return pyworkforce as a rival; it needs a Python that has it."""

    def ask(factor: float) -> dict[str, int] | None:
        if python is None:
            return None
        loads = {skill: [factor * load for load in hours] for skill, hours in question["loads"].items()}
        told = json.dumps(question | {"loads": loads})
        done = subprocess.run([python, str(PYWORKFORCE)], input=told, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout.splitlines()[-1])["heads"])

    return ask


def erlang_and_cover(question: dict[str, Any]) -> Rival:
    """Return the classical two steps: Erlang C per hour and skill, then the cheapest shifts that cover all of it.

    Every head is planned for one of the skills of its group, so that nobody is counted twice.
    """

    def ask(factor: float) -> dict[str, int]:
        need = {
            f"{skill}_{hour}": _erlang(question, skill, factor * load)
            for skill, hours in question["loads"].items()
            for hour, load in enumerate(hours)
            if load > 0
        }
        patterns, costs = {}, {}
        for group in question["groups"]:
            for skill in group["takes"]:
                name = f"{group['name']}__{skill}"
                patterns[name] = [p for h, on in enumerate(group["hours"]) if on and (p := f"{skill}_{h}") in need]
                costs[name] = group["cost"]
        heads = dict.fromkeys((group["name"] for group in question["groups"]), 0)
        for name, number in cover(need, patterns, costs=costs).counts.items():
            heads[name.partition("__")[0]] += int(number)
        return heads

    return ask


def _erlang(question: dict[str, Any], skill: str, load: float) -> float:
    """Return the heads of a skill in an hour: enough in time, not too busy, and more for those who are absent."""
    work = question["work_min"][skill]
    least = staff_for(load / work, work, SHARE, question["within_min"][skill])
    return float(math.ceil(max(least, load / OCCUPANCY) / (1 - question["shrinkage"])))


def played(desk: Desk, heads: Mapping[str, int], estimate: Estimate, targets: Sequence[Target], worlds: int) -> Any:
    """Return the figures of heads in the unseen worlds."""
    frame = estimate(with_heads(desk, heads), range(UNSEEN_FROM, UNSEEN_FROM + worlds))
    return figures(frame, targets, LEVEL)


def compared(
    scenario: str, *, weeks: int, worlds: int, trials: int, searched: int, python: str | None
) -> dict[str, Any]:
    """Return what each way to plan a scenario of the catalogue comes to.

    Parameters
    ----------
    scenario, weeks
        Its name, and its weeks.
    worlds, searched
        Worlds in which plans are played, and of our search.
    trials
        Of our search.
    python
        A Python with pyworkforce; None leaves it out.
    """
    desk = read(scenario).desk.changed(weeks=weeks)
    targets = default_targets(desk)
    estimate, costs = simulated(targets), head_costs(desk)
    plan = staff(desk, targets, worlds=searched, trials=trials)
    ours = played(desk, plan.seats, estimate, targets, worlds)
    reach = tuple(figure.target for figure in ours if keeps([figure]))
    rows = [_row("fairdesk staff", plan.seats, costs, ours, True)]
    question = question_of(desk)
    for name, rival in (
        ("pyworkforce", pyworkforce(question, python)),
        ("Erlang C and cover", erlang_and_cover(question)),
    ):
        rows += asked(name, rival, lambda heads: played(desk, heads, estimate, targets, worlds), costs, reach)
    now = {group: seat.heads for group, seat in desk.staff.seats.items()}
    today = played(desk, now, estimate, targets, worlds)
    rows.append(_row("as it is", now, costs, today, _enough(today, reach)))
    return {
        "scenario": scenario, "rows": rows, "targets": [str(target) for target in targets],
        "reach": [str(target) for target in reach], "weeks": weeks, "worlds": worlds, "status": plan.status,
    }  # fmt: skip


def asked(
    name: str,
    rival: Rival,
    play: Callable[[Mapping[str, int]], Any],
    costs: Mapping[str, float],
    reach: Sequence[Target],
) -> list[dict[str, Any]]:
    """Return a rival's first plan and that of the least work asked of it whose plan keeps what ours keeps.

    Less is asked only as long as that is enough.
    """
    first = rival(1.0)
    if first is None:
        return []
    found = play(first)
    rows, enough = [_row(name, first, costs, found, _enough(found, reach))], _enough(found, reach)
    best: list[dict[str, Any]] = []
    for factor in LESS if enough else MORE:
        heads = rival(factor)
        found = play(heads or {})
        if _enough(found, reach):
            best = [_row(f"{name}, for {factor:.1f} times the work", heads or {}, costs, found, True)]
        if _enough(found, reach) != enough:
            break
    return rows + best


def _enough(found: Sequence[Figure], reach: Sequence[Target]) -> bool:
    return keeps([figure for figure in found if figure.target in reach])


def _row(
    name: str, heads: Mapping[str, int], costs: Mapping[str, float], found: Sequence[Figure], enough: bool
) -> dict[str, Any]:
    return {
        "name": name, "heads": dict(sorted(heads.items())), "cost": cost_of(costs, heads), "enough": enough,
        "figures": {str(figure.target): figure.mean for figure in found},
    }  # fmt: skip
