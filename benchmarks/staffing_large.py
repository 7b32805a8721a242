"""Staffing a desk of some 300 people, 12 skills and 2 weeks: how long it takes, and what comes of it.

`python -m benchmarks.staffing_large` writes `benchmarks/staffing_large.md`.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.machine import load, machine, versions
from optimize.staffing import Plan, staff
from sim.calendar import Weekday
from sim.desk import Curve, Demand, Desk, Kind, Law, Role, Routing, Seat, Shift, Staff, Stage, Team
from sim.experiment import local
from sim.sla import Clause, Sla, Target

SKILLS = 12
PAGE = Path(__file__).with_suffix(".md")
TARGETS = ("response_overdue_rate[priority]<=0.1", "abandoned_rate[category=live]<=0.05")
WORKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
SHIFTS = {
    "early": Shift(days=WORKDAYS, hours="08:00-16:30", breaks=("12:00-12:30",)),
    "late": Shift(days=WORKDAYS, hours="13:30-22:00", breaks=("17:30-18:00",)),
    "weekend": Shift(days=("thu", "fri", "sat", "sun"), hours="09:00-21:00", breaks=("13:00-14:00",)),
}
"""Whoever works at the weekend has Thursday and Friday, too: no hour of the day is left to one shift alone."""


def large_desk(seed: int = 1, people: int = 170) -> Desk:
    """Return a desk whose work would keep so many people busy 0.8 of their time if it came evenly.

    It does not: hours differ, live learners leave, and shifts are as they are, so a plan has up to twice as many.

    Each skill has a live kind, whose learners leave, and one that is answered within four hours or the next working
    day. In each shift every skill has specialists, and every second pair of skills all-rounders who cost a tenth
    more. How the work is shared out, and how long it takes, is drawn.

    Parameters
    ----------
    seed
        Seed of the draw.
    people
        People whom the work would keep busy.
    """
    rng = np.random.default_rng(seed)
    skills = [f"skill_{number:02d}" for number in range(SKILLS)]
    share = rng.dirichlet(np.full(SKILLS, 4.0))
    minutes = rng.uniform(6.0, 30.0, SKILLS)
    hours = 0.8 * people * 40.0 * share
    kinds = {}
    for skill, content_min, work_h in zip(skills, minutes, hours, strict=True):
        per_week = round(work_h * 60 / content_min / 2, 1)
        live = Law(law="exponential", mean_min=round(float(rng.uniform(5.0, 20.0)), 1))
        for what, patience, share_of in (("live", live, {"normal": 1.0}), ("mail", None, {"high": 0.3, "low": 0.7})):
            law = Law(law="lognormal", mean_min=round(float(content_min), 1), scv=1.2)
            kinds[f"{what}_{skill}"] = Kind(
                category=what, per_week=per_week, curve="day", priorities=share_of, patience=patience,
                route=(Stage(department="desk", skill=skill, work=law),),
            )  # fmt: skip
    seats, roles = {}, {}
    takes = [(skill,) for skill in skills] + [tuple(skills[i : i + 2]) for i in range(0, SKILLS, 2)]
    for mine in takes:
        role = "_".join(name.removeprefix("skill_") for name in mine)
        roles[f"role_{role}"] = Role(skills=mine, wage_per_h=40.0 + 4.0 * (len(mine) - 1))
        for shift in SHIFTS:
            seats[f"{shift}_{role}"] = Seat(role=f"role_{role}", team="desk", takes=mine, shift=shift)
    promise = {
        "high": Target(response=Clause(target_min=240)), "low": Target(response=Clause(working_days=1)),
        "normal": Target(response=Clause(target_min=30)),
    }  # fmt: skip
    curve = Curve(hours=(0.0,) * 9 + (1.0, 1.4, 1.4, 1.0, 1.0, 1.3, 1.2, 1.0, 0.9, 0.8, 0.8, 0.6) + (0.0,) * 3)
    return Desk(
        title="Some 300 people, 12 skills", start=date(2026, 3, 2), weeks=2, time_zone="UTC",
        priorities=("normal", "high", "low"), sla=Sla(priorities=promise),
        demand=Demand(kinds=kinds, curves={"day": curve}), routing=Routing(policy="specialist_first"),
        staff=Staff(roles=roles, teams={"desk": Team(department="desk")}, shifts=SHIFTS, seats=seats),
    )  # fmt: skip


def page(plan: Plan, seconds: float, arguments: argparse.Namespace, before: float) -> str:
    """Return what came out as a page."""
    figures = [
        f"| `{name}` | {f.mean:.4f} | {f.low:.4f} .. {f.high:.4f} | {'yes' if f.met else 'no'} |"
        for name, f in plan.confirmed.items()
        if f.mean is not None
    ]
    lines = [
        "# Staffing a large desk", "",
        f"Made by `python -m benchmarks.staffing_large --seed {arguments.seed} --people {arguments.people} --trials "
        f"{arguments.trials} --worlds {arguments.worlds}`.", "",
        f"Machine: {machine()}. Versions: {versions()}. The machine's load was {before:.1f} before and {load():.1f} "
        "after.",
        "",
        f"A desk that is drawn (`large_desk`): {SKILLS} skills, {len(plan.seats)} seat groups, 2 weeks. The plan has "
        f"**{sum(plan.seats.values())} heads** for {plan.cost:,.0f} a week, found in {seconds:.0f} s. "
        f"Status: **{plan.status}**; gap of the last master model: {plan.master_gap:.2g}; out of reach: "
        f"{', '.join(plan.out_of_reach) or 'nothing'}.",
        "", "| target | mean | interval | met |", "|---|--:|--:|---|", *figures, "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Staff the desk and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option, default in (("--seed", 1), ("--trials", 60), ("--worlds", 6), ("--workers", 2), ("--people", 170)):
        parser.add_argument(option, type=int, default=default)
    arguments = parser.parse_args()
    before, begun = load(), time.perf_counter()

    def tell(trial: object) -> None:
        print(f"{time.perf_counter() - begun:6.0f} s {trial}"[:200], flush=True)

    plan = staff(
        large_desk(arguments.seed, arguments.people), TARGETS, executor=local("fast", arguments.workers),
        worlds=arguments.worlds, trials=arguments.trials, seed=1, on_progress=tell,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    PAGE.write_text(page(plan, seconds, arguments, before), "utf-8")
    print(json.dumps({"cost": plan.cost, "seconds": round(seconds), "status": plan.status, "gap": plan.master_gap}))


if __name__ == "__main__":
    main()
