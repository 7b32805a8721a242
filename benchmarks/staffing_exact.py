"""Staffing against exact optima: every plan is scored by queueing theory, not by a simulation."""

import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from benchmarks.exact import Pools
from benchmarks.staffing_desks import LEVELS, Question, waiting
from optimize import Plan, cover, default_targets, staff
from optimize.estimate import Estimate, simulated
from optimize.judging import Trial
from optimize.master import head_costs
from optimize.targets import Target, expanded, figures
from scenarios import read
from sim.desk import Desk
from sim.erlang import mmc_waits_longer, staff_for

APART = 10_000_000
"""Instance n uses the worlds from n times this on: `staff` itself always confirms in the same worlds."""

LOADS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100)
"""Offered loads of record staff_erlangC."""

CLEAR = 2.0
"""An instance whose best plan has a slack of fewer standard errors is set aside."""

type Truth = Callable[[Mapping[str, int]], Mapping[str, float]]
"""Gives the exact figure of each target for heads by seat group."""


@dataclass(frozen=True)
class Known:
    """A question whose best plan is known.

    Attributes
    ----------
    name
        Name of the instance.
    question
        The desk and its targets.
    truth
        Exact figures of the targets.
    best
        The cheapest heads that keep all bounds.
    """

    name: str
    question: Question
    truth: Truth
    best: Mapping[str, int]


def n_design(weeks: int = 4) -> Known:
    """Return record opt_N as `fairdesk staff n_design` asks it, with the best plan by enumeration of chains."""
    desk = read("n_design").desk.changed(weeks=weeks)
    targets = default_targets(desk)
    names = [str(target) for target in targets]

    def truth(heads: Mapping[str, int]) -> Mapping[str, float]:
        return dict(zip(names, _left(heads["pool_0"], heads["pool_1"]), strict=True))

    return Known(
        "opt_N",
        Question(desk, tuple(names)),
        truth,
        _cheapest(desk, targets, truth, {"pool_0": range(11), "pool_1": range(1, 11)}),
    )


@cache
def _left(plain: int, flexible: int) -> tuple[float, ...]:
    """Return the shares that leave: class 0 tries pool 0 first, and pool 1 serves class 1 first."""
    chain = Pools((4.0, 3.0), (plain, flexible), ((0, 1), (1,)), ((0,), (1, 0)), (0.5, 0.5), longest=30)
    return chain.steady().p_left


def _cheapest(
    desk: Desk, targets: Sequence[Target], truth: Truth, spans: Mapping[str, Sequence[int]]
) -> Mapping[str, int]:
    """Return the cheapest heads that keep all bounds exactly."""
    costs = head_costs(desk)
    every = [dict(zip(spans, heads, strict=True)) for heads in itertools.product(*spans.values())]
    every.sort(key=lambda heads: (cost_of(costs, heads), tuple(heads.values())))
    return next(heads for heads in every if kept(targets, truth(heads)))


def erlang_c(load: float, level: str, weeks: int) -> Known:
    """Return a value of record staff_erlangC as a question to `staff`."""
    share, within_s, _ = LEVELS[level]
    question = waiting(load, level, weeks)
    (name,) = question.targets

    def truth(heads: Mapping[str, int]) -> Mapping[str, float]:
        number = heads["agent"]
        return {name: 1.0 if number <= load else mmc_waits_longer(load / 5.0, 5.0, number, within_s / 60)}

    best = staff_for(per_min=load / 5.0, work_min=5.0, share=share, within_min=within_s / 60)
    return Known(f"staff_erlangC {load} {level}", question, truth, {"agent": best})


def kept(targets: Sequence[Target], exact: Mapping[str, float]) -> bool:
    """Say whether exact figures keep all bounds."""
    return all(target.margin(exact[str(target)]) >= 0 for target in targets)


def cost_of(costs: Mapping[str, float], heads: Mapping[str, int]) -> float:
    """Return what heads cost per week."""
    return math.fsum(costs[group] * number for group, number in heads.items())


def apart(estimate: Estimate, number: int) -> Estimate:
    """Return an estimate in worlds that no other instance sees."""
    return lambda desk, seeds: estimate(desk, [seed + number * APART for seed in seeds])


def with_heads(desk: Desk, heads: Mapping[str, int]) -> Desk:
    """Return a desk with other heads."""
    seats = {group: seat.changed(heads=heads[group]) for group, seat in desk.staff.seats.items()}
    return desk.changed(staff=desk.staff.changed(seats=seats), seating={})


def planned(question: Question, number: int, worlds: int, trials: int) -> tuple[Plan, dict[str, Any]]:
    """Return the plan of an instance in worlds of its own, and what it took."""
    looked: list[Trial] = []
    begun = time.perf_counter()
    estimate = apart(simulated(expanded(question.targets, question.desk)), number)
    plan = staff(
        question.desk, question.targets, estimate=estimate, worlds=worlds, trials=trials, on_progress=looked.append
    )
    took = {"trials": len(looked), "worlds": sum(trial.worlds for trial in looked)}
    return plan, took | {"seconds": round(time.perf_counter() - begun, 2)}


def scored(known: Known, number: int, worlds: int, trials: int) -> dict[str, Any]:
    """Plan one instance and score the plan exactly.

    Returns
    -------
    dict
        `name`, `number`, `status`, `seats`, `best`; `feasible`: whether the plan truly keeps all bounds; `gap`: its
        cost over the best plan's, less 1; and what the search took.
    """
    plan, took = planned(known.question, number, worlds, trials)
    targets = expanded(known.question.targets, known.question.desk)
    least = cost_of(head_costs(known.question.desk), known.best)
    return {
        "name": known.name, "number": number, "status": plan.status, "seats": plan.seats, "best": dict(known.best),
        "feasible": kept(targets, known.truth(plan.seats)), "gap": plan.cost / least - 1, **took,
    }  # fmt: skip


def slack(known: Known, worlds: int) -> float:
    """Return the least exact slack of the best plan, in standard errors of its figure in so many worlds."""
    targets = expanded(known.question.targets, known.question.desk)
    frame = simulated(targets)(with_heads(known.question.desk, known.best), range(worlds))
    exact, found = known.truth(known.best), []
    for figure in figures(frame, targets, level=0.6826894921370859):
        half = (figure.high or 0.0) - (figure.mean or 0.0)
        found.append(figure.target.margin(exact[str(figure.target)]) / half if half else math.inf)
    return min(found)


OFFICE = (17, 13, 15, 19, 14, 16, 11)
"""Needs of the post office of record opt_post_office (Winston), from Monday on."""


def post_office() -> dict[str, Any]:
    """Return what `cover` says to record opt_post_office, whose optimum is 23 people."""
    found, enough = _covered(OFFICE)
    return {"number": "record", "feasible": enough, "cost": found, "best": 23}


def small_office(number: int) -> dict[str, Any]:
    """Compare `cover` with plain enumeration on a small random week of days off, as record opt_post_office has it.

    Everybody works five days in a row and then has two off; needs of up to three people are small enough to try
    every combination.
    """
    need = np.random.default_rng([number, 7]).integers(0, 4, 7)
    every = np.array(list(itertools.product(range(4), repeat=7)))
    least = int(every[(every @ _ON >= need).all(axis=1)].sum(axis=1).min())
    found, enough = _covered([int(people) for people in need])
    return {"number": number, "feasible": enough, "cost": found, "best": least}


_ON = np.array([[(day - first) % 7 < 5 for day in range(7)] for first in range(7)])
"""Whether somebody whose week begins on a day is on duty, by first day and day."""


def _covered(need: Sequence[int]) -> tuple[float, bool]:
    """Return the people that `cover` wants, and whether they are enough on every day."""
    patterns = {str(first): [str(day) for day in range(7) if _ON[first, day]] for first in range(7)}
    found = cover({str(day): float(people) for day, people in enumerate(need)}, patterns)
    counts = np.array([found.counts[str(first)] for first in range(7)])
    return found.cost, bool((counts @ _ON >= np.array(need)).all())


def instances(erlang_seeds: int, n_seeds: int, n_weeks: int) -> Iterator[tuple[Known, int]]:
    """Yield the instances and their numbers: opt_N in many sets of worlds, then all values of staff_erlangC."""
    known = n_design(n_weeks)
    for number in range(n_seeds):
        yield known, number
    for place, (load, level) in enumerate(itertools.product(LOADS, LEVELS)):
        value = erlang_c(load, level, weeks_of(load))
        for turn in range(erlang_seeds):
            yield value, 100 + 100 * turn + place


def weeks_of(load: float) -> int:
    """Return the weeks of a run: a small desk sees few tickets, so its worlds are longer."""
    return max(1, min(26, round(40 / load)))
