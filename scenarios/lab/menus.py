"""What may change in a rubric, and what it earns on desks that were played: the menus of a calibration."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optimize.thresholds import Choice, Ground, Guards, Offer, frontier, scaled, tables_of, worths_of
from scenarios.lab.verdicts import ceiling_of
from sim.kpi.rubric import Item, Rubric, points_of
from sim.lab import Marks, Trials, parts_of, split

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

KEPT = 3
"""Band tables per item that come into the program: the present one and those whose points alone hold the most merit."""


NEARER = (0.25, 0.5, 0.75)
"""Where the validity of another rubric is to be kept: how much of what the freest choice lacks of full agreement with
the declared value is asked for besides."""


class Scorable(Protocol):
    """Months of people that can be scored under every version of a rubric: in worlds of a desk, or in a log."""

    @property
    def seats(self) -> Ints:
        """Seat of each person by month, seating and person."""
        ...

    def marks(self, rubric: Rubric, which: int = 0) -> Marks:
        """Return the marks under a version of the rubric that was counted."""
        ...

    def shaped[T: np.generic](self, values: NDArray[T]) -> NDArray[T]:
        """Return what stands by run, period and person in the shape of the seats."""
        ...


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


def menu_of(
    rubric: Rubric, played: Sequence[Scorable], guards: Guards, kept: int = KEPT, only: Container[str] | None = None
) -> Menu:
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
    only
        Names of the items that may come into it; all when absent.

    Raises
    ------
    ValueError
        If the logs decide no item.
    """
    offers, items, columns = list[Offer](), list[Item](), list[list[Floats]]()
    known = [_decided(rubric, each) for each in played]
    decided = [item for item in rubric.items if all(item.name in names for names in known)]
    decided = [item for item in decided if only is None or item.name in only]
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


def _decided(rubric: Rubric, played: Scorable) -> set[str]:
    """Return the items that a log gives points for."""
    marks = played.marks(rubric)
    names = [item.name for item in rubric.items if item.kpi is not None and f"item.{item.name}" in marks.names]
    return {name for name in names if np.isfinite(marks.of(f"item.{name}")).any()}


def _best(earned: Sequence[Floats], played: Sequence[Scorable], kept: int) -> list[int]:
    """Return the numbers of the present table and of those whose points alone hold the most merit over the desks."""
    found = np.zeros(earned[0].shape[-1])
    for points, each in zip(earned, played, strict=True):
        made = parts_of(points, each.seats)
        whole = np.diag(made.whole)
        found += np.divide(np.diag(made.person), whole, out=np.full(len(whole), -1.0), where=whole > 1e-12)
    order = [int(at) for at in np.argsort(-np.round(found, 12), kind="stable") if at > 0]
    return [0, *order[: kept - 1]]


def _earned(rubric: Rubric, played: Scorable, tables: Sequence[Item]) -> Floats:
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


def choices_of(
    rubric: Rubric, menu: Menu, search: Sequence[Trials], guards: Guards, limits: Sequence[float], valid: bool
) -> list[Choice]:
    """Return the frontier of the program: the freest choice, and, if validity counts, those that agree more."""
    points = points_by_category(rubric, menu)
    bests = [_ceiling(rubric, each) for each in search] if len(search) > 1 else [1.0]
    grounds = [_ground(*each) for each in zip(menu.points, search, bests, strict=True)]
    least = None if guards.keep_categories else _least(rubric, points, guards)

    def sought(agreements: Sequence[float], limits: Sequence[float]) -> list[Choice]:
        return frontier(menu.offers, grounds, limits, categories=points, least=least, agreements=agreements)

    found = sought([0.0], limits)
    if not valid or not found:
        return found
    free = min(each or 0.0 for each in found[0].agreement)
    return found + sought([free + step * (1 - free) for step in NEARER], limits[:1])


def points_by_category(rubric: Rubric, menu: Menu) -> dict[str, float]:
    """Return the most points of each category that the items of a menu give at present."""
    points: dict[str, float] = {}
    for item in {offer.item: rubric.item(offer.item) for offer in menu.offers}.values():
        points[item.category] = points.get(item.category, 0.0) + item.max_points
    return points


def _ceiling(rubric: Rubric, search: Trials) -> float:
    """Return the merit share of the best composite where it is fitted: what a desk's share is measured by."""
    found = split(ceiling_of(rubric, search, search).unseen, search.seats).person.mean
    return found if found is not None and found > 0 else 1.0


def _ground(earned: Floats, played: Trials, best: float) -> Ground:
    """Return what offers come to on a desk, and how they go with the declared value."""
    made = parts_of(np.concatenate([earned, played.values[..., None]], axis=-1), played.seats)
    own = slice(0, -1)
    worth = (made.person[own, -1], float(made.person[-1, -1]))
    return Ground(made.person[own, own], made.seat[own, own], made.whole[own, own], worth, best)


def _least(rubric: Rubric, points: Mapping[str, float], guards: Guards) -> dict[str, float]:
    """Return what the log's items of each category must give at least: what people judge in it counts, too."""
    judged = {name: most - points.get(name, 0.0) for name, most in rubric.category_points().items()}
    return {name: max(0.0, guards.least_category - judged[name]) for name in points}
