"""What may change in a rubric, and what it earns on desks that were played: the menus of a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.thresholds import Guards, Offer, scaled, tables_of, worths_of
from sim.kpi.rubric import Item, Rubric, points_of
from sim.lab import Trials, parts_of

type Floats = NDArray[np.float64]

KEPT = 3
"""Band tables per item that come into the program: the present one and those whose points alone hold the most merit."""


@dataclass(frozen=True, eq=False)
class Menu:
    """What is on offer, and the points that it earned in the worlds of the search.

    Attributes
    ----------
    offers
        The offers.
    items
        The item of each offer.
    points
        Desk by desk, by world, seating, person and offer.
    """

    offers: tuple[Offer, ...]
    items: tuple[Item, ...]
    points: tuple[Floats, ...]


def menu_of(rubric: Rubric, played: Sequence[Trials], guards: Guards, kept: int = KEPT) -> Menu:
    """Return the offers of every item that the logs of all desks decide, with what they earned.

    Parameters
    ----------
    rubric
        The rubric.
    played
        The worlds of the search, desk by desk.
    guards
        How far it may move.
    kept
        Band tables per item.

    Raises
    ------
    ValueError
        If the logs decide no item.
    """
    offers, items, columns = list[Offer](), list[Item](), list[list[Floats]]()
    known = [_decided(rubric, each) for each in played]
    decided = [item for item in rubric.items if all(item.name in names for names in known)]
    for item in decided:
        tables = tables_of(item, guards)
        earned = [_earned(rubric, each, tables) for each in played]
        for number, at in enumerate(_best(earned, played, kept)):
            for worth in worths_of(item, guards):
                offers.append(Offer(item.name, item.category, worth, number))
                items.append(scaled(tables[at], worth))
                columns.append([points[..., at] * (worth / item.max_points) for points in earned])
    if not offers:
        raise ValueError("the log decides no item of the rubric, so there is nothing to calibrate")
    return Menu(tuple(offers), tuple(items), tuple(np.stack(each, axis=-1) for each in zip(*columns, strict=True)))


def _decided(rubric: Rubric, played: Trials) -> set[str]:
    """Return the items that a log gives points for."""
    marks = played.marks(rubric)
    names = [item.name for item in rubric.items if item.kpi is not None and f"item.{item.name}" in marks.names]
    return {name for name in names if np.isfinite(marks.of(f"item.{name}")).any()}


def _best(earned: Sequence[Floats], played: Sequence[Trials], kept: int) -> list[int]:
    """Return the numbers of the present table and of those whose points alone hold the most merit over the desks."""
    found = np.zeros(earned[0].shape[-1])
    for points, each in zip(earned, played, strict=True):
        made = parts_of(points, each.seats)
        whole = np.diag(made.whole)
        found += np.divide(np.diag(made.person), whole, out=np.full(len(whole), -1.0), where=whole > 1e-12)
    order = [int(at) for at in np.argsort(-np.round(found, 12), kind="stable") if at > 0]
    return [0, *order[: kept - 1]]


def _earned(rubric: Rubric, played: Trials, tables: Sequence[Item]) -> Floats:
    """Return the points that band tables of an item earn, by world, seating, person and table."""
    item = tables[0]
    if item.statistic == "share_weighted" or item.worst_needs:
        made = [played.shaped(played.marks(_alone(rubric, each)).of(f"item.{item.name}")) for each in tables]
        return np.stack(made, axis=-1)
    value = played.shaped(played.marks(_alone(rubric, item)).of(f"kpi.{item.name}"))
    known = ~np.isnan(value)
    points = np.full((*value.shape, len(tables)), np.nan)
    for at, each in enumerate(tables):
        points[known, at] = points_of(each, value[known], rubric.policy)
    return points


def _alone(rubric: Rubric, item: Item) -> Rubric:
    """Return a rubric of one item."""
    category = rubric.categories[item.category].changed(weight=1.0)
    alone = rubric.changed(items=(item,), categories={item.category: category})
    assert isinstance(alone, Rubric)
    return alone
