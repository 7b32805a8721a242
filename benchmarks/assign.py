"""Is a rolling plan better than a rule? `python -m benchmarks.assign [--worlds N] [--weeks N]`.

The rolling plan runs in the same worlds of the academy as the rules longest_idle, sla_slack and fair_mix, and as its
own weights without any order: what is late, who works at what, who is given what; all differences are paired. Then a
decision for 200 tickets that wait and 60 people is timed. The page is written to `benchmarks/assign.md`.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.machine import machine
from optimize.assign.choices import choices_of
from optimize.assign.facts import Facts, facts_of
from optimize.assign.model import arcs_of, chosen
from optimize.assign.planner import Planner, between
from scenarios import load
from sim import fast, sample
from sim.desk import Desk, Planning
from sim.experiment.intervals import interval
from sim.kpi import measure
from sim.log import Log
from sim.steer import QUEUED, View

LEVEL, EVERY_MIN, FIRST = 0.95, 30, 1
KPIS = ("response_overdue_rate", "resolution_overdue_rate", "wait_mean")
OWN = ("main_skill_share", "opportunity_spread")
TOLD = {
    "response_overdue_rate": "responses late, %",
    "resolution_overdue_rate": "resolutions late, %",
    "wait_mean": "mean wait, min",
    "main_skill_share": "work at the main skill, %",
    "opportunity_spread": "spread of opportunity, points of %",
}
RULES = ("longest_idle", "sla_slack", "fair_mix")
NO_ORDERS = "plan's weights, no orders"


def figures_of(desk: Desk, log: Log) -> dict[str, float]:
    """Return what one world shows, shares in percent."""
    facts = facts_of(desk)
    found = {name: float(mean) for name, mean in measure(log, KPIS).select("name", "mean").iter_rows()}
    found |= {name: 100 * found[name] for name in KPIS[:2]}
    return found | {"main_skill_share": 100 * main_share(facts, log), "opportunity_spread": 100 * spread(facts, log)}


def main_share(facts: Facts, log: Log) -> float:
    """Return the share of the time at work that was spent at the main skill of whoever worked."""
    rows = log.touches.filter(pl.col("person").is_not_null())
    who = {name: number for number, name in enumerate(facts.people)}
    skill = {name: number for number, name in enumerate(facts.skills)}
    people = np.array([who[name] for name in rows["person"].cast(pl.String)])
    skills = np.array([skill[name] for name in rows["skill"].cast(pl.String)])
    work_s = rows["work_s"].to_numpy()
    return float(work_s[facts.main[people, skills]].sum() / work_s.sum())


def spread(facts: Facts, log: Log) -> float:
    """Return the root mean square, over people of roles of two or more, of ease given less that of the role.

    The ease of a kind is the chance that an average colleague solves a ticket of it at first contact: a person's mean
    over the tickets that they worked on is the scoring opportunity that the routing gave them.
    """
    rows = log.touches.filter(pl.col("person").is_not_null()).unique(["ticket", "stage", "person"])
    rows = rows.join(log.cases.select("ticket", "kind"), on="ticket").sort("ticket", "stage", "person")
    who = {name: number for number, name in enumerate(facts.people)}
    kinds = {name: number for number, name in enumerate(facts.kinds)}
    people = np.array([who[name] for name in rows["person"].cast(pl.String)])
    ease = facts.ease[[kinds[name] for name in rows["kind"].cast(pl.String)]] / 1000
    given = np.bincount(people, minlength=len(facts.people))
    got = np.bincount(people, ease, len(facts.people))
    role_mean = np.bincount(facts.role, got) / np.maximum(np.bincount(facts.role, given), 1)
    some = (given > 0) & (np.bincount(facts.role)[facts.role] > 1)
    return float(np.sqrt(np.mean((got[some] / given[some] - role_mean[facts.role][some]) ** 2)))


def variants(base: Desk) -> dict[str, Desk]:
    """Return the desk under each way to assign."""
    made: dict[str, dict[str, object]] = {rule: {"policy": rule} for rule in RULES}
    made["plan"] = {"policy": "plan", "steer_every_min": EVERY_MIN}
    made[NO_ORDERS] = {"policy": "custom", "custom": between(Planning(), base)}
    return {name: base.changed(routing=base.routing.changed(**own)) for name, own in made.items()}  # type: ignore[misc]


def played(base: Desk, seeds: Sequence[int], tell: Callable[[str], None]) -> dict[str, list[dict[str, float]]]:
    """Return the figures of every world under each way to assign, with `decisions` and `seconds` of the plan."""
    found: dict[str, list[dict[str, float]]] = {}
    for name, desk in variants(base).items():
        for seed in seeds:
            planner = Planner(desk) if name == "plan" else None
            begun = time.perf_counter()
            log, _ = fast.run(desk, sample(desk, seed), steer=planner)
            took = time.perf_counter() - begun
            row = figures_of(desk, log)
            if planner is not None:
                row |= {"decisions": planner.decisions, "seconds": took, "given_way": planner.given_way}
            found.setdefault(name, []).append(row)
            tell(f"{name} {seed}")
    return found


def crowded(desk: Desk, waiting: int, seed: int) -> View:
    """Return a view in which everybody works on something, and so many tickets of all kinds wait."""
    facts, dice = facts_of(desk), np.random.default_rng(seed)
    people, kinds = len(facts.people), len(facts.kinds)
    n = waiting + people
    at_work = [np.argwhere(facts.may[p][facts.skill] & (facts.work_s > 0))[0] for p in range(people)]
    person = np.concatenate([np.full(waiting, -1), np.arange(people)])
    now_s = 86_400 * 2 + 11 * 3600
    return View(
        now_s=now_s, ticket=np.arange(n),
        kind=np.concatenate([dice.integers(0, kinds, waiting), [int(k) for k, _ in at_work]]),
        priority=dice.integers(0, len(desk.priorities), n),
        stage=np.concatenate([np.zeros(waiting, np.int64), [int(step) for _, step in at_work]]),
        created_s=now_s - dice.integers(0, 14_400, n), ready_s=now_s - dice.integers(0, 7200, n),
        where=np.where(person < 0, QUEUED, 3), person=person, due_s=now_s + dice.integers(-3600, 6 * 3600, n),
        replied=np.zeros(n, np.bool_), on_duty=np.ones(people, np.bool_), idle_since_s=np.full(people, -1),
        holds=np.ones(people, np.int64), given=dice.integers(50, 80, people),
        given_ease=dice.integers(30_000, 60_000, people),
    )  # fmt: skip


def timed(base: Desk, waiting: int = 200, people: int = 60, times: int = 9) -> dict[str, float]:
    """Return the median seconds of a decision, and how many pairs the model weighed."""
    seats, more = base.staff.seats, people // sum(seat.heads for seat in base.staff.seats.values())
    groups = {name: seat.changed(heads=seat.heads * more) for name, seat in seats.items()}
    desk = base.changed(staff=base.staff.changed(seats=groups))
    assert isinstance(desk, Desk)
    facts, weights, took, arcs = facts_of(desk), Planning(), [], []
    for seed in range(times + 1):
        view = crowded(desk, waiting, seed)
        begun = time.perf_counter()
        choices = choices_of(facts, weights, view)
        chosen(facts, weights, choices)
        took.append(time.perf_counter() - begun)
        arcs.append(len(arcs_of(choices)))
    return {"people": len(facts.people), "waiting": waiting, "pairs": statistics.median(arcs[1:]),
            "seconds": statistics.median(took[1:]), "most": max(took[1:]), "times": times}  # fmt: skip


def page(found: dict[str, list[dict[str, float]]], took: dict[str, float], worlds: int, weeks: int) -> str:
    """Return the page as Markdown."""
    plan = found["plan"]
    each_s = sum(row["seconds"] for row in plan) / sum(row["decisions"] for row in plan)
    versions = ", ".join(f"{name} {version(name)}" for name in ("fairdesk", "numpy", "polars", "pulp", "highspy"))
    names = (*KPIS, *OWN)
    lines = [
        "# A rolling plan and the rules", "",
        f"Made by `python -m benchmarks.assign --worlds {worlds} --weeks {weeks}`. Machine: {machine()}. "
        f"Versions: {versions}. Academy, worlds {FIRST} to {FIRST + worlds - 1}, weeks: {weeks} each; policy `plan` "
        f"decides every {EVERY_MIN} minutes with its usual weights. Shares in percent. Work at the main skill: of the "
        "time at work. Spread of opportunity: root mean square, over people, of the mean ease of the tickets that they "
        "worked on less that of their role, in points of percent.", "",
        "| | " + " | ".join(TOLD[name] for name in names) + " |", "|---|" + "--:|" * len(names),
    ]  # fmt: skip
    for name, rows in found.items():
        cells = [f"{np.mean([row[key] for row in rows]):.3g}" for key in names]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [
        "", f"Plan less the other, paired by world, with intervals of {LEVEL:.0%} (Student's t, each by itself):", "",
        "| plan less | " + " | ".join(TOLD[name] for name in names) + " |", "|---|" + "--:|" * len(names),
    ]  # fmt: skip
    for name, rows in found.items():
        if name != "plan":
            cells = [_gap(np.array([a[key] - b[key] for a, b in zip(plan, rows, strict=True)])) for key in names]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    decisions, gave = sum(row["decisions"] for row in plan), sum(row["given_way"] for row in plan)
    lines += [
        "", f"The plan decided {decisions:,.0f} times and found no plan {gave:,.0f} times; a run of it took "
        f"{1000 * each_s:.1f} ms per decision, all else included, which is {each_s / (60 * EVERY_MIN):.1e} of the time "
        "between two decisions.", "",
        f"A decision for {took['waiting']:.0f} tickets that wait and {took['people']:.0f} people, all of them at work, "
        f"weighs {took['pairs']:,.0f} pairs of ticket and turn and takes {took['seconds']:.2f} s (median of "
        f"{took['times']:.0f}, longest {took['most']:.2f} s): {took['seconds'] / (60 * EVERY_MIN):.1e} of the time "
        "between two decisions.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _gap(values: np.ndarray) -> str:  # type: ignore[type-arg]
    mean, low, high = interval(values, LEVEL)
    bounds = "" if low is None or high is None else f" ({low:+.3g} to {high:+.3g})"
    return f"{mean:+.3g}{bounds}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and write its page; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=50)
    parser.add_argument("--weeks", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    args = parser.parse_args(argv)
    base = load("academy").changed(weeks=args.weeks)
    assert isinstance(base, Desk)
    seeds = range(FIRST, FIRST + args.worlds)
    found = played(base, seeds, lambda what: print(what, file=sys.stderr))
    args.out.write_text(page(found, timed(base), args.worlds, args.weeks), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
