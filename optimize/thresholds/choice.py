"""One band table and one number of points per item, so that most of the differences are the people's own.

The variance between people of a sum of points is a quadratic form in the choices. Products of two choices are
variables of their own, which makes the program linear without approximation (Adams & Sherali 1986); the share itself,
a ratio, is maximised by Dinkelbach's method (1967): the best of `person - share x whole`, for the share so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pulp
from numpy.typing import NDArray

from optimize.solve import Infeasible, Solution, solve

type Floats = NDArray[np.float64]

ROUNDS = 20
"""Most rounds of Dinkelbach's method; it ends when the share no longer rises, most often after three."""

CLOSE = 1e-7
"""A share that rises by less is the same."""


@dataclass(frozen=True)
class Offer:
    """One entry of an item's menu.

    Attributes
    ----------
    item, category
        Where it belongs.
    points
        Most points of the item with it.
    table
        Number of its band table, 0 for the present one.
    """

    item: str
    category: str
    points: float
    table: int = 0


@dataclass(frozen=True)
class Choice:
    """What was chosen, and what it came to in the worlds that it was chosen on.

    Attributes
    ----------
    offers
        Position of the chosen offer by item.
    merit, seat
        Shares of the variance between people in one month that stay with the person, and with the seat.
    spread
        Standard deviation between people in one month, in points.
    proven
        Whether no other choice has a larger merit share, to the tolerance of the solver.
    """

    offers: Mapping[str, int]
    merit: float
    seat: float
    spread: float
    proven: bool


@dataclass(frozen=True, eq=False)
class _Ground:
    offers: Sequence[Offer]
    person: Floats
    seat: Floats
    whole: Floats
    categories: Mapping[str, float]
    least: Mapping[str, float] | None
    most_seat: float


def best_choice(
    offers: Sequence[Offer], person: Floats, seat: Floats, whole: Floats, *, categories: Mapping[str, float],
    least: Mapping[str, float] | None = None, most_seat: float = 1.0, nodes: int = 20_000,
) -> Choice:  # fmt: skip
    """Return the choice of one offer per item with the largest merit share.

    Parameters
    ----------
    offers
        What is on offer.
    person, seat, whole
        Products of the points of two offers between people, as matrices over the offers, in squared points: what stays
        with the person, what stays with the seat, all of it in one month.
    categories
        Most points of each category that the offers give at present; what people judge stands apart.
    least
        Fewest points of each category, where only the sum of all stays; every category keeps its points when absent.
    most_seat
        Largest share of the seat, in [0, 1].
    nodes
        Nodes of each search. A stop by them is the same on every machine.

    Raises
    ------
    Infeasible
        If no choice obeys the guards.
    ValueError
        If the matrices do not fit the offers.
    """
    if any(matrix.shape != (len(offers),) * 2 for matrix in (person, seat, whole)):
        raise ValueError(
            f"matrices over {len(offers)} offers are wanted, got {[m.shape for m in (person, seat, whole)]}"
        )
    ground = _Ground(offers, person, seat, whole, categories, least, most_seat)
    share, found, proven = 0.0, None, True
    for _ in range(ROUNDS):
        made = _solved(ground, share, nodes)
        picked = [at for at in range(len(offers)) if made.values[f"take_{at}"] > 0.5]
        now = _share(person, whole, picked)
        proven = proven and made.stopped == "proof"
        if found is not None and now <= share + CLOSE:
            break
        share, found = now, picked
    assert found is not None
    return Choice(
        {offers[at].item: at for at in found}, share, _share(seat, whole, found),
        float(np.sqrt(whole[np.ix_(found, found)].sum())), proven,
    )  # fmt: skip


def frontier(
    offers: Sequence[Offer], person: Floats, seat: Floats, whole: Floats, limits: Sequence[float], *,
    categories: Mapping[str, float], least: Mapping[str, float] | None = None, nodes: int = 20_000,
) -> list[Choice]:  # fmt: skip
    """Return the best choice under each limit of the seat's share that can be met, the widest limit first.

    Parameters are as of `best_choice`; `limits` are largest shares of the seat.
    """
    found: list[Choice] = []
    for limit in sorted(limits, reverse=True):
        if found and found[-1].seat <= limit:
            continue  # The best under a wider limit keeps to this one, too.
        try:
            made = best_choice(
                offers, person, seat, whole, categories=categories, least=least, most_seat=limit, nodes=nodes
            )
        except Infeasible:
            break
        found.append(made)
    return found


def _share(part: Floats, whole: Floats, picked: Sequence[int]) -> float:
    at = np.ix_(picked, picked)
    below = float(whole[at].sum())
    return float(part[at].sum()) / below if below > 0 else 0.0


def _solved(ground: _Ground, share: float, nodes: int) -> Solution:
    problem = pulp.LpProblem("thresholds", pulp.LpMaximize)
    takes = [problem.add_variable(f"take_{at}", 0, 1, "Binary") for at in range(len(ground.offers))]
    items = list(dict.fromkeys(offer.item for offer in ground.offers))
    members = {item: [at for at, offer in enumerate(ground.offers) if offer.item == item] for item in items}
    for item, mine in members.items():
        problem += pulp.lpSum(takes[at] for at in mine) == 1, f"one_table_{item}"
    both = _products(problem, takes, members)

    def form(matrix: Floats) -> pulp.LpAffineExpression:
        own = pulp.lpSum(float(matrix[at, at]) * take for at, take in enumerate(takes))
        return own + pulp.lpSum(2 * float(matrix[a, b]) * pair for (a, b), pair in both.items())

    _guard(problem, takes, ground)
    if ground.most_seat < 1:
        problem += form(ground.seat - ground.most_seat * ground.whole) <= 0, "seat_share"
    problem.setObjective(form(ground.person - share * ground.whole))
    return solve(problem, gap=1e-6, nodes=nodes, time_limit_s=3600.0)


def _products(
    problem: pulp.LpProblem, takes: Sequence[pulp.LpVariable], members: Mapping[str, Sequence[int]]
) -> dict[tuple[int, int], pulp.LpVariable]:
    """Return a variable for every two offers of different items: 1 where both are taken.

    Summed over the offers of one item they are the choice of the other: true of whole choices, and it cuts off much.
    """
    both = {}
    for one, other in combinations(members, 2):
        for a in members[one]:
            for b in members[other]:
                both[a, b] = problem.add_variable(f"both_{a}_{b}", 0, 1, "Continuous")
            problem += pulp.lpSum(both[a, b] for b in members[other]) == takes[a], f"with_{a}_{other}"
        for b in members[other]:
            problem += pulp.lpSum(both[a, b] for a in members[one]) == takes[b], f"with_{b}_{one}"
    return both


def _guard(problem: pulp.LpProblem, takes: Sequence[pulp.LpVariable], ground: _Ground) -> None:
    """State what categories must give, and what all items together give."""
    points = {
        name: pulp.lpSum(o.points * take for o, take in zip(ground.offers, takes, strict=True) if o.category == name)
        for name in ground.categories
    }
    for name, given in points.items():
        if ground.least is None:
            problem += given == ground.categories[name], f"points_{name}"
        else:
            problem += given >= ground.least.get(name, 0.0), f"points_{name}"
    if ground.least is not None:
        problem += pulp.lpSum(points.values()) == sum(ground.categories.values()), "points_of_all"
