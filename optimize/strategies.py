"""Targets by strategy: what an institution asks of its desk when it wants to keep learners, or to save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from optimize.targets import Target, expanded, promised, values_of
from sim.desk import Desk


@dataclass(frozen=True)
class Strategy:
    """Bounds on KPIs in the order in which they matter; those that a desk cannot have are left out.

    Attributes
    ----------
    name
        Name on the command line.
    targets
        Bounds as text; one by an axis stands for all values of it that can have the KPI.
    """

    name: str
    targets: tuple[str, ...]


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {
        each.name: each
        for each in (
            Strategy(
                "balanced",
                (
                    "response_overdue_rate[priority]<=0.1",
                    "abandoned_rate[kind]<=0.05",
                    "resolution_overdue_rate<=0.1",
                    "utilisation<=0.85",
                ),
            ),
            Strategy(
                "retention",
                (
                    "abandoned_rate[kind]<=0.03",
                    "response_overdue_rate[priority]<=0.05",
                    "complaint_rate<=0.02",
                    "repeat_rate<=0.05",
                    "resolution_overdue_rate<=0.05",
                ),
            ),
            Strategy(
                "cost",
                ("response_overdue_rate[priority]<=0.2", "abandoned_rate[kind]<=0.1"),
            ),
        )
    }
)
"""Strategies by name (R000-61, R003-11). `retention` has the figures of R001's complaints and repeats: 2 % and 5 %."""


def targets_of(strategy: str, desk: Desk) -> tuple[Target, ...]:
    """Return the targets that a strategy asks of a desk, each of one figure, in the order in which they matter.

    There are none if the desk can have none of its figures.

    Raises
    ------
    ValueError
        If there is no such strategy.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"no strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
    found = []
    for text in STRATEGIES[strategy].targets:
        target = Target.of(text)
        places = [target.at] if target.by is None else [*values_of(desk, target.by)]
        found += [one for at in places if _has(desk, one := replace(target, at=at))]
    return expanded(found, desk) if found else ()


def _has(desk: Desk, target: Target) -> bool:
    """Say whether a desk can have a figure for a target: a promise, impatient learners, complaints, repeats."""
    kinds = desk.demand.kinds
    if target.kpi in ("response_overdue_rate", "resolution_overdue_rate"):
        what = target.kpi.partition("_")[0]
        return any(promised(desk, what, p) for p in values_of(desk, "priority") if target.at in (None, p))
    if target.kpi == "abandoned_rate":
        return kinds[str(target.at)].patience is not None
    if target.kpi == "complaint_rate":
        return desk.outcome.complaints is not None
    return target.kpi != "repeat_rate" or any(kind.repeats is not None for kind in kinds.values())
