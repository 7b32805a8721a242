"""Staffing against enumeration: every cheaper plan of small desks is simulated in the same many worlds."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from benchmarks.staffing_desks import Question, small
from benchmarks.staffing_exact import cost_of, planned, with_heads
from optimize import Plan
from optimize.estimate import Estimate, simulated
from optimize.master import head_costs, routed_skills
from optimize.targets import Figure, Target, expanded, figures

COMMON_FROM, FRESH_FROM = 900_000_000, 950_000_000
"""First worlds of the enumeration, and of those that a plan is tried in afresh; no search or confirmation has them."""

LEVEL = 0.95
FIRST = 4
"""Worlds of the second look: what has the whole interval of a target on the wrong side there is not looked at again."""

FAR = 2.0
"""The first look is one world: what is beyond so many times a bound there is not looked at again."""


@dataclass(frozen=True)
class Asked:
    """A question with what enumerating it needs."""

    question: Question
    targets: tuple[Target, ...]
    costs: Mapping[str, float]
    estimate: Estimate
    loads: Mapping[str, float]

    @classmethod
    def of(cls, question: Question) -> "Asked":
        """Return a question made ready."""
        targets = expanded(question.targets, question.desk)
        kinds = question.desk.demand.kinds
        loads = {name: kind.per_week * kind.route[0].work.mean_min / (168 * 60) for name, kind in kinds.items()}
        return cls(question, targets, head_costs(question.desk), simulated(targets), loads)


def cheaper(asked: Asked, cost: float) -> Iterator[dict[str, int]]:
    """Yield all heads below a cost that could possibly do, the cheapest first.

    Left out is only what queueing theory rules out: a skill that nobody takes, and skills with fewer heads than
    their work, less the share that the bounds let leave, keeps busy.
    """
    most = {group: math.ceil(cost / one) for group, one in asked.costs.items()}
    every = (dict(zip(most, heads, strict=True)) for heads in itertools.product(*(range(m + 1) for m in most.values())))
    found = [heads for heads in every if cost_of(asked.costs, heads) < cost - 1e-9 and _possible(asked, heads)]
    yield from sorted(found, key=lambda heads: (cost_of(asked.costs, heads), tuple(heads.values())))


def _possible(asked: Asked, heads: Mapping[str, int]) -> bool:
    leave = {str(target.at): target.value for target in asked.targets if target.kpi == "abandoned_rate"}
    seats, skills = asked.question.desk.staff.seats, routed_skills(asked.question.desk)
    for size in range(1, len(skills) + 1):
        for some in itertools.combinations(skills, size):
            able = sum(number for group, number in heads.items() if set(some) & set(seats[group].takes))
            if able == 0 or able < sum(asked.loads[skill] * (1 - leave.get(skill, 0.0)) for skill in some):
                return False
    return True


def judged(asked: Asked, heads: Mapping[str, int], first: int, worlds: int) -> tuple[Figure, ...]:
    """Return the figures of heads in worlds from a number on; only in few of them if they miss a bound there by far."""
    desk = with_heads(asked.question.desk, heads)
    frame, found = asked.estimate(desk, []), ()
    for number in sorted({1, min(FIRST, worlds), worlds}):
        frame = pl.concat([frame, asked.estimate(desk, range(first + _known(frame), first + number))])
        found = figures(frame, asked.targets, LEVEL)
        if any(figure.hopeless or _far(figure) for figure in found):
            break
    return found


def _known(frame: pl.DataFrame) -> int:
    return frame["seed"].n_unique()


def _far(figure: Figure) -> bool:
    return figure.n == 1 and figure.mean is not None and figure.mean > FAR * figure.target.value


def keeps(found: Sequence[Figure]) -> bool:
    """Say whether all means keep their bounds."""
    return all(figure.mean is not None and figure.target.margin(figure.mean) >= 0 for figure in found)


def clear_by(found: Sequence[Figure], worlds: int) -> float:
    """Return the least slack of figures, in standard errors that as many worlds of the search would have."""
    slacks = []
    for figure in found:
        if figure.mean is None or figure.high is None or figure.high == figure.mean:
            continue
        two_sided = (figure.high - figure.mean) / _quantile(len(found), figure.n)
        slacks.append(figure.target.margin(figure.mean) / (two_sided * math.sqrt(figure.n / worlds)))
    return min(slacks, default=math.inf)


def _quantile(number: int, n: int) -> float:
    from scipy import special

    return float(special.stdtrit(n - 1, 1 - (1 - LEVEL) / number / 2))


def best_of(asked: Asked, plan: Plan, worlds: int) -> tuple[dict[str, int], tuple[Figure, ...], int]:
    """Return the cheapest heads that common worlds accept, their figures, and how many cheaper ones were tried.

    These are the plan's own heads if nothing cheaper does.
    """
    tried = 0
    for heads in cheaper(asked, plan.cost):
        tried += 1
        found = judged(asked, heads, COMMON_FROM, worlds)
        if keeps(found):
            return heads, found, tried
    return dict(plan.seats), judged(asked, plan.seats, COMMON_FROM, worlds), tried


def enumerated(number: int, *, worlds: int, trials: int, common: int, weeks: int = 1) -> dict[str, Any]:
    """Plan a random small desk, enumerate all that is cheaper, and try the plan in fresh worlds.

    Returns
    -------
    dict
        `gap`: cost of the plan over that of the best, less 1; `slack`: of the best plan, in standard errors of the
        search's worlds; `kept`: whether the plan itself keeps all bounds in the common worlds; `rejected`: whether
        fresh worlds have the whole interval of a target on the wrong side; and what was asked and found.
    """
    question = small(number, weeks)
    plan, took = planned(question, number, worlds, trials)
    asked = Asked.of(question)
    best, figures_of_best, tried = best_of(asked, plan, common)
    own = judged(asked, plan.seats, COMMON_FROM, common)
    fresh = judged(asked, plan.seats, FRESH_FROM, common)
    return {
        "number": number, "targets": list(question.targets), "loads": dict(asked.loads), "status": plan.status,
        "seats": plan.seats, "best": best, "gap": plan.cost / cost_of(asked.costs, best) - 1, "tried": tried,
        "slack": clear_by(figures_of_best, worlds), "kept": keeps(own),
        "rejected": any(figure.hopeless for figure in fresh), **took,
    }  # fmt: skip
