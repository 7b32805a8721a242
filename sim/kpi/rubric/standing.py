"""Where an item stands beside those of the same role, and beside what other desks published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.kpi.benchmarks import BENCHMARKS, Benchmark
from sim.kpi.rubric.course import unit_of
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import Item

LEAST_PEOPLE = 4
"""Fewer colleagues have no best quarter."""


@dataclass(frozen=True)
class Standing:
    """An item of somebody beside others.

    Attributes
    ----------
    item
        Its name.
    value
        The person's.
    median, best_quarter
        Of the people of the role in the same period, the person included: the middle value, and the value that the best
        quarter of them reaches; None where there are too few people.
    people
        How many have a value.
    published
        Figures of other desks, in the item's unit.
    """

    item: str
    value: float
    median: float | None
    best_quarter: float | None
    people: int
    published: tuple[Benchmark, ...]


def standing(rubric: Rubric, scores: Sequence[Mapping[str, Any]], person: str, period: str) -> list[Standing]:
    """Return where every item with a value stands.

    Parameters
    ----------
    rubric
        The rubric.
    scores
        Rows as of `score`.
    person, period
        Whose, and for which period.
    """
    own = next(row for row in scores if row["person"] == person and row["period"] == period)
    mates = [row for row in scores if row["period"] == period and row["role"] == own["role"]]
    made = []
    for item in rubric.items:
        value, values = _value(own, item.name), [v for row in mates if (v := _value(row, item.name)) is not None]
        if value is None or item.ideal is not None:
            continue
        share = 75 if item.higher_is_better() else 25
        few = len(values) < LEAST_PEOPLE
        median, best = (None, None) if few else (float(np.median(values)), float(np.percentile(values, share)))
        made.append(Standing(item.name, value, median, best, len(values), published(rubric, item)))
    return made


def published(rubric: Rubric, item: Item) -> tuple[Benchmark, ...]:
    """Return the published figures of an item's KPI, in the item's unit."""
    found = BENCHMARKS.get(str(item.kpi), ())
    return tuple(Benchmark(each.name, each.value * unit_of(rubric, item)) for each in found)


def _value(row: Mapping[str, Any], name: str) -> float | None:
    found: float | None = next((item["value"] for item in row["items"] if item["name"] == name), None)
    return found
