"""What may change in a rubric: band tables on a grid of round numbers, and points, within stated guards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise, product

from pydantic import Field

from sim.kpi.rubric import Band, Category, Item, Rubric
from sim.parameters import NotNegative, Parameters, Positive, Share

LIMITS = {"%": (0.0, 100.0), "points": (1.0, 5.0), "min": (0.0, math.inf), "h": (0.0, math.inf)}
"""Least and largest border by unit; other units have none."""

SHAPES = 1e-9
"""Borders this close are the same."""


class Guards(Parameters):
    """How far a rubric may move in a year."""

    change: Share = Field(default=0.1, description="A border moves by at most this share of the item's whole range.")
    steps: int = Field(default=1, ge=0, le=5, description="Steps of a round number each way within that.")
    points_step: Positive = Field(default=2.5, description="Grain of an item's most points.")
    points_change: NotNegative = Field(default=7.5, description="An item's most points change by at most this.")
    least_item: Positive = Field(default=2.5, description="No item gives fewer points at most.")
    least_category: NotNegative = Field(default=5.0, description="No category gives fewer points at most.")
    keep_categories: bool = Field(
        default=True, description="Every category keeps its points; else only their sum stays."
    )


def round_step(largest: float) -> float:
    """Return the largest number of the form 1, 2 or 5 times a power of ten that is at most this one, above 0.

    Examples
    --------
    >>> round_step(3.8), round_step(0.18), round_step(48.0)
    (2.0, 0.1, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(largest))
    return float(round(next(m for m in (5.0, 2.0, 1.0) if m * power <= largest * (1 + SHAPES)) * power, 12))


def knots_of(item: Item) -> tuple[float, ...]:
    """Return where an item's points bend: `best` if it has one, every border, `worst` if it has one; the best first."""
    return tuple(each for each in (item.best, *item.cuts(), item.worst) if each is not None)


def moved(item: Item, knots: Sequence[float]) -> Item:
    """Return an item with its borders moved; the points of each band stay.

    Parameters
    ----------
    item
        An item that a KPI decides.
    knots
        As `knots_of` gives them. A hole that was written between two bands keeps its width.

    Raises
    ------
    ValueError
        If their number differs, or they are out of order.
    """
    written = knots_of(item)
    if len(knots) != len(written):
        raise ValueError(f"{item.name}: {len(written)} borders are wanted, got {len(knots)}")
    up, cuts = item.higher_is_better(), item.cuts()
    if any((a < b - SHAPES) if up else (a > b + SHAPES) for a, b in pairwise(knots)):
        raise ValueError(f"{item.name}: borders must be in order, the best band's first, got {list(knots)}")
    first = int(item.best is not None)
    near, far = ("lower", "upper") if up else ("upper", "lower")
    bands = [band.model_dump() for band in item.bands]
    for rank, (old, new) in enumerate(zip(cuts, knots[first : first + len(cuts)], strict=True)):
        bands[rank][near] = float(new)
        edge = bands[rank + 1][far]
        bands[rank + 1][far] = float(new) if edge is None else float(new) + edge - old
    ends = {"best": float(knots[0])} if item.best is not None else {}
    ends |= {"worst": float(knots[-1])} if item.worst is not None else {}
    changed = item.changed(bands=tuple(Band.model_validate(band) for band in bands), **ends)
    assert isinstance(changed, Item)
    return changed


def tables_of(item: Item, guards: Guards) -> tuple[Item, ...]:
    """Return the band tables that an item may have, as it is first: every border on a grid of round numbers.

    Parameters
    ----------
    item
        An item that a KPI decides.
    guards
        How far a border may move, and in how many steps.
    """
    knots = knots_of(item)
    span = abs(knots[0] - knots[-1]) or abs(knots[0])
    if guards.steps == 0 or guards.change * span <= 0:
        return (item,)
    step = round_step(guards.change * span / guards.steps)
    low, high = LIMITS.get(item.unit, (-math.inf, math.inf))
    offsets = [step * at for at in range(-guards.steps, guards.steps + 1)]
    choices = [[round(knot + off, 9) for off in offsets if low <= knot + off <= high] or [knot] for knot in knots]
    sign = 1 if item.higher_is_better() else -1
    made = [item]
    for table in product(*choices):
        apart = all(sign * (a - b) >= step - SHAPES for a, b in pairwise(table))
        if apart and any(abs(a - b) > SHAPES for a, b in zip(table, knots, strict=True)):
            made.append(moved(item, table))
    return tuple(made)


def worths_of(item: Item, guards: Guards) -> tuple[float, ...]:
    """Return the most points that an item may give, as it is first, then by size."""
    reach = int((guards.points_change + SHAPES) / guards.points_step)
    found = [item.max_points + guards.points_step * at for at in range(-reach, reach + 1) if at]
    return (item.max_points, *(round(each, 9) for each in found if each >= guards.least_item - SHAPES))


def scaled(item: Item, points: float) -> Item:
    """Return an item that gives another number of points at most; every band in proportion."""
    if points == item.max_points:
        return item
    factor = points / item.max_points
    bands = tuple(
        band.changed(low_points=round(band.low_points * factor, 9), high_points=round(band.high_points * factor, 9))
        for band in item.bands
    )
    changed = item.changed(max_points=points, bands=bands)
    assert isinstance(changed, Item)
    return changed


def calibrated(rubric: Rubric, items: Mapping[str, Item]) -> Rubric:
    """Return a rubric with some items exchanged; the weight of each category is its share of all points.

    Parameters
    ----------
    rubric
        The rubric.
    items
        Name to the item in its place.
    """
    made = tuple(items.get(item.name, item) for item in rubric.items)
    whole = sum(item.max_points for item in made)
    points = {name: sum(item.max_points for item in made if item.category == name) for name in rubric.categories}
    categories: dict[str, Category] = {}
    for name, category in rubric.categories.items():
        changed = category.changed(weight=round(points[name] / whole, 9))
        assert isinstance(changed, Category)
        categories[name] = changed
    found = rubric.changed(items=made, categories=categories)
    assert isinstance(found, Rubric)
    return found
