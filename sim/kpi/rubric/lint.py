"""What is wrong with a rubric as written: holes, overlaps, cliffs, points that nobody can earn, and what else hurts.

It judges the bands as their document words them, whatever the switches make of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sim.kpi.rubric.bands import Borders
from sim.kpi.rubric.data import Rubric, maximum
from sim.kpi.rubric.dimensions import weighed
from sim.kpi.rubric.items import TIMES, WHOLE, Item
from sim.kpi.rubric.points import points_of
from sim.kpi.rubric.tally import Tally
from sim.sla import Sla

CLIFF = 0.4
"""A step of points of at least this share of the item's maximum is a cliff."""

PAY_JUMP = 0.2
"""A step of pay of at least this share at one cut is a jump."""

NOBODY = "nobody states points for it"

LITTLE = 0.3
"""Whoever meets the service target and earns at most this share of the points is punished for keeping it."""

_CLAUSES = {
    "first_response_mean": "response", "first_response_open_mean": "response", "resolution_time_mean": "resolution",
    "resolution_time_open_mean": "resolution",
}  # fmt: skip
"""KPIs of times that a service target promises, and the clause that does."""

type Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    rule
        `weights`, `double_weight`, `hole`, `overlap`, `unreachable`, `cliff`, `pay_jump`, `zero_sum`, `uncontrollable`,
        `late_again`, `unbalanced`, `no_data`, `against_sla`.
    item
        Name of the item; None where it is about tiers, weights or the whole rubric.
    path
        Where it stands in the rubric: keys and numbers.
    values
        What a message about it names.
    """

    rule: str
    item: str | None
    path: Path
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether the rubric contradicts itself, instead of being merely hard on somebody."""
        return self.rule in ("weights", "double_weight", "hole", "overlap")


def lint(
    rubric: Rubric, *, counted: Tally | None = None, stated: frozenset[str] = frozenset(), sla: Sla | None = None
) -> list[Finding]:
    """Return what is wrong with a rubric, in its own order.

    Parameters
    ----------
    rubric
        The rubric, perhaps read as written (`AS_WRITTEN`).
    counted
        The sums of a log; without it nothing is said of data.
    stated
        Items for which somebody stated points beside that log.
    sla
        Service targets that the rubric should not contradict; None says nothing of them.
    """
    found = [*_weights(rubric), *_twice_weighted(rubric)]
    for number, item in enumerate(rubric.items):
        found += [*_of_item(item, number), *_of_kpi(rubric, item, number)]
        if counted is not None and item.name not in stated:
            found += _no_data(item, number, counted)
        if sla is not None:
            found += _against_sla(rubric, item, number, sla)
    return [*found, *_late_again(rubric), *_unbalanced(rubric), *_of_tiers(rubric)]


# --- weights -------------------------------------------------------------------------------------------


def _weights(rubric: Rubric) -> Iterator[Finding]:
    for where, weights in rubric.all_weights().items():
        if abs(sum(weights.values()) - 1) > WHOLE:
            path = ("categories",) if where == "categories" else (*where.split(".", 1), "weights")
            yield Finding("weights", None, path, {"where": where, "got": f"{sum(weights.values()):.6g}"})


def _twice_weighted(rubric: Rubric) -> Iterator[Finding]:
    if rubric.policy.double_weighting and not any(True for _ in _weights(rubric)):
        best, points = maximum(rubric), sum(rubric.category_points().values())
        yield Finding(
            "double_weight", None, ("policy", "double_weighting"), {"best": f"{best:g}", "points": f"{points:g}"}
        )


def _unbalanced(rubric: Rubric) -> Iterator[Finding]:
    """Yield the profiles for which experience or the team weighs next to nothing beside the other (R003-02)."""
    for each in weighed(rubric):
        if each.out_of_balance():
            path = ("categories",) if each.profile is None else ("profiles", each.profile)
            values = {name: f"{each.four[name]:.0%}" for name in ("experience", "team")}
            yield Finding("unbalanced", None, path, values | {"where": ".".join(path)})


# --- bands ---------------------------------------------------------------------------------------------


def _of_item(item: Item, number: int) -> Iterator[Finding]:
    if item.kpi is not None:
        for rank, (rule, values) in _borders(item.bands, item.higher_is_better()):
            yield Finding(rule, item.name, ("items", number, "bands", rank), values | {"unit": item.unit})
    if points := _unreachable(item):
        yield Finding(
            "unreachable", item.name, ("items", number, "bands"), {"points": points, "max": f"{item.max_points:g}"}
        )
    for rank, (better, worse) in enumerate(pairwise(item.bands), start=1):
        step = better.low_points - worse.high_points
        if step >= CLIFF * item.max_points - WHOLE:
            values = {
                "high": f"{better.low_points:g}",
                "low": f"{worse.high_points:g}",
                "share": f"{step / item.max_points:.0%}",
            }
            yield Finding("cliff", item.name, ("items", number, "bands", rank), values)


def _borders(bands: tuple[Borders, ...], up: bool) -> Iterator[tuple[int, tuple[str, dict[str, object]]]]:
    """Yield the rank of the worse band of each pair with a hole or an overlap, and its two borders."""
    for rank, (better, worse) in enumerate(pairwise(bands), start=1):
        ends = (worse.upper, better.lower) if up else (better.upper, worse.lower)
        low, high = ends
        if low is None or high is None:
            continue
        first, second = (
            (worse.holds_upper(), better.holds_lower()) if up else (better.holds_upper(), worse.holds_lower())
        )
        values: dict[str, object] = {"low": f"{low:g}", "high": f"{high:g}"}
        if low < high or (low == high and not first and not second):
            yield rank, ("hole", values)
        elif low > high or (first and second):
            yield rank, ("overlap", values)


def _unreachable(item: Item) -> str:
    """Return the whole points up to the maximum that no band gives, as text: `1, 4`."""
    whole = range(int(item.max_points) + 1)
    missing = [p for p in whole if not any(b.low_points - WHOLE <= p <= b.high_points + WHOLE for b in item.bands)]
    return ", ".join(map(str, missing))


def _of_tiers(rubric: Rubric) -> Iterator[Finding]:
    for rank, (rule, values) in _borders(rubric.tiers, up=True):
        yield Finding(rule, None, ("tiers", rank), values | {"unit": "points"})
    for rank, (better, worse) in enumerate(pairwise(rubric.tiers), start=1):
        if worse.coefficient > 0 and better.coefficient / worse.coefficient - 1 >= PAY_JUMP - WHOLE:
            ratio = better.coefficient / worse.coefficient
            values = {
                "at": f"{better.lower:g}",
                "ratio": f"{ratio:.2f}",
                "low": worse.coefficient,
                "high": better.coefficient,
            }
            yield Finding("pay_jump", None, ("tiers", rank, "coefficient"), values)


# --- what a KPI is -------------------------------------------------------------------------------------


def _of_kpi(rubric: Rubric, item: Item, number: int) -> Iterator[Finding]:
    kpi = rubric.book().kpis.get(str(item.kpi))
    if kpi is None:
        return
    path = ("items", number, "kpi")
    if item.statistic == "relative":
        yield Finding("zero_sum", item.name, ("items", number, "statistic"), {"kpi": kpi.name})
    if kpi.controllable_by != "person":
        yield Finding("uncontrollable", item.name, path, {"kpi": kpi.name, "who": kpi.controllable_by})


def _late_again(rubric: Rubric) -> Iterator[Finding]:
    """Say that lateness counts in several items, once, at the last of them (A-25b)."""
    kpis = rubric.book().kpis
    late = [
        (number, item) for number, item in enumerate(rubric.items)
        if item.kpi in kpis and kpis[str(item.kpi)].dimension == "timeliness"
    ]  # fmt: skip
    if len(late) > 1:
        number, last = late[-1]
        values = {
            "items": ", ".join(item.name for _, item in late),
            "points": f"{sum(i.max_points for _, i in late):g}",
        }
        yield Finding("late_again", last.name, ("items", number), values)


def _no_data(item: Item, number: int, counted: Tally) -> Iterator[Finding]:
    reason = NOBODY if item.kpi is None else counted.reasons.get(item.name)
    if reason is not None:
        yield Finding("no_data", item.name, ("items", number), {"reason": reason})


def _against_sla(rubric: Rubric, item: Item, number: int, sla: Sla) -> Iterator[Finding]:
    """Yield the service targets that, just met, earn next to nothing (A-07)."""
    clause = _CLAUSES.get(str(item.kpi))
    if clause is None or item.statistic not in TIMES:
        return
    over = {"min": 1, "h": 60}[item.unit]
    for priority, target in sla.priorities.items():
        stated = getattr(target, clause)
        if stated is None or stated.target_min is None:
            continue
        value = stated.target_min / over
        earned = _earned(rubric, item, value)
        if earned <= LITTLE * item.max_points + WHOLE:
            values = {
                "priority": priority, "clause": clause, "value": f"{value:g}", "unit": item.unit,
                "points": f"{earned:.3g}", "max": f"{item.max_points:g}",
            }  # fmt: skip
            yield Finding("against_sla", item.name, ("items", number, "bands"), values)


def _earned(rubric: Rubric, item: Item, value: float) -> float:
    policy = rubric.policy.changed(border="half_open")
    return float(points_of(item, np.array([value]), policy)[0])
