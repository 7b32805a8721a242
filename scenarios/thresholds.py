"""A rubric calibrated on a desk: menus of bands and points, the best choice, and what it comes to in unseen worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.thresholds import Choice, Guards, Offer, calibrated, frontier, scaled, tables_of, worths_of
from scenarios.verdicts import (
    Verdict,
    ceiling_of,
    needed,
    pay_costs,
    scores_of,
    tickets_per_month,
    tier_shares,
    verdict,
)
from sim.desk import Desk
from sim.experiment import Pool, Run, simulate
from sim.kpi.rubric import Item, Rubric, points_of
from sim.lab import Trials, parts_of, role_of, trials

type Floats = NDArray[np.float64]

DECIDING, JUDGED = 1_000_000, 2_000_000
"""Seeds of the first world in which candidates are compared, and of the first in which the result is judged."""

LIMITS = (1.0, 0.1, 0.05, 0.02)
"""Largest shares of the seat for which the best choice is sought."""

FEWEST = 4
"""A role with fewer people has too few differences between them to calibrate on."""

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
        By world, seating, person and offer.
    """

    offers: tuple[Offer, ...]
    items: tuple[Item, ...]
    points: Floats


@dataclass(frozen=True, eq=False)
class Candidate:
    """A rubric that was compared.

    Attributes
    ----------
    rubric
        The rubric.
    choice
        How it was found; None for the present one.
    verdict
        In the deciding worlds.
    """

    rubric: Rubric
    choice: Choice | None
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Calibration:
    """A calibrated rubric and what speaks for it.

    Attributes
    ----------
    role, people
        Who was scored.
    rubric
        The best of the candidates: the least wrong-tier money in the deciding worlds.
    candidates
        The present rubric and the choices of the frontier.
    present, found, ceiling
        The present rubric, the calibrated one and the best linear composite of the same figures, each judged in worlds
        that played no part before.
    tickets
        Tickets per person and month.
    target, reachable
        Merit share that was wanted, and whether the ceiling, or what was found, reaches it.
    needed
        Tickets per person and month at which the better of the two would.
    worlds
        Worlds of the search, of the decision and of the judgement.
    """

    role: str
    people: int
    rubric: Rubric
    candidates: tuple[Candidate, ...]
    present: Verdict
    found: Verdict
    ceiling: Verdict
    tickets: float
    target: float
    reachable: bool
    needed: float
    worlds: tuple[int, int, int]


def menu_of(rubric: Rubric, played: Trials, guards: Guards, kept: int = KEPT) -> Menu:
    """Return the offers of every item that the log decides, with what they earned.

    Parameters
    ----------
    rubric
        The rubric.
    played
        The worlds of the search.
    guards
        How far it may move.
    kept
        Band tables per item.
    """
    decided = {name.removeprefix("item.") for name in played.marks(rubric).names if name.startswith("item.")}
    offers, items, columns = list[Offer](), list[Item](), list[Floats]()
    for item in rubric.items:
        if item.name not in decided:
            continue
        tables = _tables(rubric, played, item, guards)
        if not np.isfinite(tables[0][1]).any():
            continue
        for number, (table, points) in enumerate(_best(tables, played, kept)):
            for worth in worths_of(item, guards):
                offers.append(Offer(item.name, item.category, worth, number))
                items.append(scaled(table, worth))
                columns.append(points * (worth / item.max_points))
    if not offers:
        raise ValueError("the log decides no item of the rubric, so there is nothing to calibrate")
    return Menu(tuple(offers), tuple(items), np.stack(columns, axis=-1))


def _best(tables: list[tuple[Item, Floats]], played: Trials, kept: int) -> list[tuple[Item, Floats]]:
    """Return the present table and those whose points alone hold the most merit."""
    made = parts_of(np.stack([points for _, points in tables], axis=-1), played.seats)
    whole = np.diag(made.whole)
    shares = np.divide(np.diag(made.person), whole, out=np.full(len(whole), -1.0), where=whole > 1e-12)
    order = [int(at) for at in np.argsort(-np.round(shares, 12), kind="stable") if at > 0]
    return [tables[at] for at in (0, *order[: kept - 1])]


def _tables(rubric: Rubric, played: Trials, item: Item, guards: Guards) -> list[tuple[Item, Floats]]:
    """Return the band tables of an item with the points that they earn, by world, seating and person."""
    tables = tables_of(item, guards)
    if item.statistic == "share_weighted" or item.worst_needs:
        return [(each, played.shaped(played.marks(_alone(rubric, each)).of(f"item.{item.name}"))) for each in tables]
    value = played.shaped(played.marks(_alone(rubric, item)).of(f"kpi.{item.name}"))
    known = ~np.isnan(value)
    made = []
    for each in tables:
        points = np.full(value.shape, np.nan)
        points[known] = points_of(each, value[known], rubric.policy)
        made.append((each, points))
    return made


def _alone(rubric: Rubric, item: Item) -> Rubric:
    """Return a rubric of one item."""
    category = rubric.categories[item.category].changed(weight=1.0)
    alone = rubric.changed(items=(item,), categories={item.category: category})
    assert isinstance(alone, Rubric)
    return alone


def calibrate(
    desk: Desk, rubric: Rubric, role: str, *, guards: Guards | None = None, worlds: int = 12, unseen: int = 20,
    seatings: int = 4, seed: int = 1, target: float = 0.5, limits: Sequence[float] = LIMITS, level: float = 0.95,
    run: Run = simulate, executor: Pool | None = None, on_done: Callable[[], None] | None = None,
) -> Calibration:  # fmt: skip
    """Return the rubric whose bands and points tell the people of a role best apart, within guards.

    Parameters
    ----------
    desk
        The desk; its first full calendar month is scored.
    rubric
        The present rubric, without profiles. What people judge stays as it is.
    role
        Whose people are reseated.
    guards
        How far the rubric may move.
    worlds, unseen
        Worlds of the search, and of the decision and the judgement each; 3 or more.
    seatings
        Seatings per world.
    seed
        The worlds of the search are `seed`, `seed` + 1, ...
    target
        Merit share that is wanted, in (0, 1).
    limits
        Largest shares of the seat for which the best choice is sought.
    level
        Level of the intervals.
    run, executor
        The engine, and what makes a pool; the result does not depend on the pool.
    on_done
        Called whenever a world is done.

    Raises
    ------
    Infeasible
        If no choice obeys the guards.
    ValueError
        If the rubric has profiles, the log decides none of its items, or an argument is out of range.

    Notes
    -----
    The program maximises the merit share of the sum of points in the worlds of the search. Which of its answers is
    taken is decided by the expected wrong-tier money in other worlds, and what is told of it comes from a third set.
    """
    _check(desk, rubric, role, worlds, unseen, target)

    def play(first: int, count: int) -> Trials:
        tell = None if on_done is None else lambda _: on_done()
        return trials(
            desk, [rubric], role, range(first, first + count), seatings=seatings, run=run, executor=executor,
            on_done=tell,
        )  # fmt: skip

    search, deciding, judged = play(seed, worlds), play(DECIDING + seed, unseen), play(JUDGED + seed, unseen)
    shares, costs = tier_shares(rubric, search), pay_costs(rubric)
    found = candidates_of(rubric, menu_of(rubric, search, guards or Guards()), search, deciding, guards, limits, shares)
    best = min(found, key=lambda each: each.verdict.money)

    def told(each: Rubric | None) -> Verdict:
        scores = ceiling_of(rubric, search, judged) if each is None else scores_of(each, search, judged)
        return verdict(scores, judged, shares, costs, level=level)

    result, ceiling, tickets = told(best.rubric), told(None), tickets_per_month(judged, rubric)
    merit = max(ceiling.merit.mean or 0.0, result.merit.mean or 0.0)
    return Calibration(
        role=role, people=len(search.people), rubric=best.rubric, candidates=tuple(found), present=told(rubric),
        found=result, ceiling=ceiling, tickets=tickets, target=target, reachable=merit >= target,
        needed=needed(merit, target, tickets), worlds=(worlds, unseen, unseen),
    )  # fmt: skip


def _check(desk: Desk, rubric: Rubric, role: str, worlds: int, unseen: int, target: float) -> None:
    people, _ = role_of(desk, role)
    if len(people) < FEWEST:
        raise ValueError(f"role {role!r} has {len(people)} people; a calibration needs {FEWEST} or more")
    if rubric.profiles:
        raise ValueError(f"the rubric has profiles ({', '.join(rubric.profiles)}); calibrate one without")
    if min(worlds, unseen) < 3:
        raise ValueError(f"an interval needs 3 worlds or more, got {min(worlds, unseen)}")
    if not 0 < target < 1:
        raise ValueError(f"a merit share to reach lies between 0 and 1, got {target:g}")


def candidates_of(
    rubric: Rubric, menu: Menu, search: Trials, deciding: Trials, guards: Guards | None, limits: Sequence[float],
    shares: Sequence[float],
) -> list[Candidate]:  # fmt: skip
    """Return the present rubric and the choices of the frontier, each judged in the deciding worlds."""
    guards = guards or Guards()
    parts, costs = parts_of(menu.points, search.seats), pay_costs(rubric)
    present = {offer.item: rubric.item(offer.item) for offer in menu.offers}
    points: dict[str, float] = {}
    for item in present.values():
        points[item.category] = points.get(item.category, 0.0) + item.max_points
    choices = frontier(
        menu.offers, parts.person, parts.seat, parts.whole, limits, categories=points,
        least=None if guards.keep_categories else _least(rubric, points, guards),
    )  # fmt: skip
    made: list[tuple[Rubric, Choice | None]] = [(rubric, None)]
    made += [(calibrated(rubric, {n: menu.items[at] for n, at in each.offers.items()}), each) for each in choices]
    return [
        Candidate(each, choice, verdict(scores_of(each, search, deciding), deciding, shares, costs))
        for each, choice in made
    ]


def _least(rubric: Rubric, points: Mapping[str, float], guards: Guards) -> dict[str, float]:
    """Return what the log's items of each category must give at least: what people judge in it counts, too."""
    judged = {name: most - points.get(name, 0.0) for name, most in rubric.category_points().items()}
    return {name: max(0.0, guards.least_category - judged[name]) for name in points}
