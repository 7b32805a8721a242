"""One band table and one number of points per item, so that most of the differences are the people's own.

The variance between people of a sum of points is a quadratic form in the choices. Products of two choices are
variables of their own, which makes the program linear without approximation (Adams & Sherali 1986); the share itself,
a ratio, is maximised by Dinkelbach's method (1967): the best of `person - share x whole`, for the share so far. On
several grounds the smallest share counts, by the same method for the least of several ratios (Crouzeix, Ferland &
Schaible 1985).
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


@dataclass(frozen=True, eq=False)
class Ground:
    """What offers come to on one desk: products of the points of two offers between people, in squared points.

    Attributes
    ----------
    person, seat, whole
        What stays with the person, what stays with the seat, all of it in one month; matrices over the offers.
    worth
        Covariance of what stays with the person of each offer and of the declared value of the work, and the variance
        of the latter; None where nothing is asked of the agreement with it.
    best
        Merit share that counts as all of it, above 0: the ceiling where desks are weighed against each other.
    """

    person: Floats
    seat: Floats
    whole: Floats
    worth: tuple[Floats, float] | None = None
    best: float = 1.0

    def agreement(self, picked: Sequence[int]) -> float | None:
        """Return the correlation of a choice with the declared value, of what stays with the person in both."""
        if self.worth is None:
            return None
        with_value, own = self.worth
        both = own * _sum(self.person, picked)
        return float(with_value[list(picked)].sum()) / float(np.sqrt(both)) if both > 0 else None


@dataclass(frozen=True)
class Choice:
    """What was chosen, and what it came to in the worlds that it was chosen on, ground by ground.

    Attributes
    ----------
    offers
        Position of the chosen offer by item.
    merit, seat
        Shares of the variance between people in one month that stay with the person, and with the seat.
    spread
        Standard deviation between people in one month, in points.
    agreement
        Correlation with the declared value of the work, of what stays with the person; None where it was not asked for.
    proven
        Whether no other choice has a larger merit share where it is smallest, to the tolerance of the solver.
    """

    offers: Mapping[str, int]
    merit: tuple[float, ...]
    seat: tuple[float, ...]
    spread: tuple[float, ...]
    agreement: tuple[float | None, ...]
    proven: bool


@dataclass(frozen=True, eq=False)
class _Asked:
    offers: Sequence[Offer]
    grounds: Sequence[Ground]
    categories: Mapping[str, float]
    least: Mapping[str, float] | None
    most_seat: float
    agreement: float


def best_choice(
    offers: Sequence[Offer], grounds: Sequence[Ground], *, categories: Mapping[str, float],
    least: Mapping[str, float] | None = None, most_seat: float = 1.0, agreement: float = 0.0, nodes: int = 20_000,
) -> Choice:  # fmt: skip
    """Return the choice of one offer per item with the largest merit share, on the ground where it is smallest.

    Parameters
    ----------
    offers
        What is on offer.
    grounds
        What the offers come to, desk by desk, one or more.
    categories
        Most points of each category that the offers give at present; what people judge stands apart.
    least
        Fewest points of each category, where only the sum of all stays; every category keeps its points when absent.
    most_seat
        Largest share of the seat on any ground, in [0, 1].
    agreement
        Least correlation with the declared value on any ground, in [0, 1); 0 asks for nothing.
    nodes
        Nodes of each search. A stop by them is the same on every machine.

    Raises
    ------
    Infeasible
        If no choice obeys the guards.
    ValueError
        If there is no ground, the matrices do not fit the offers, or an agreement is asked for without a worth.
    """
    asked = _Asked(offers, grounds, categories, least, most_seat, agreement)
    _check(asked)
    share, found, proven = 0.0, None, True
    for _ in range(ROUNDS):
        made = _solved(asked, share, nodes)
        picked = [at for at in range(len(offers)) if made.values[f"take_{at}"] > 0.5]
        now = min(_share(each.person, each.whole, picked) / each.best for each in grounds)
        proven = proven and made.stopped == "proof"
        if found is not None and now <= share + CLOSE:
            break
        share, found = now, picked
    assert found is not None
    return _told(asked, found, proven)


def _check(asked: _Asked) -> None:
    size = (len(asked.offers),) * 2
    shapes = [matrix.shape for each in asked.grounds for matrix in (each.person, each.seat, each.whole)]
    if not shapes or any(shape != size for shape in shapes):
        raise ValueError(f"matrices over {len(asked.offers)} offers are wanted, got {shapes}")
    if asked.agreement > 0 and any(each.worth is None for each in asked.grounds):
        raise ValueError(f"an agreement of {asked.agreement:g} needs the worth of the offers on every ground")


def _told(asked: _Asked, picked: Sequence[int], proven: bool) -> Choice:
    grounds = asked.grounds
    return Choice(
        offers={asked.offers[at].item: at for at in picked},
        merit=tuple(_share(each.person, each.whole, picked) for each in grounds),
        seat=tuple(_share(each.seat, each.whole, picked) for each in grounds),
        spread=tuple(float(np.sqrt(_sum(each.whole, picked))) for each in grounds),
        agreement=tuple(each.agreement(picked) for each in grounds),
        proven=proven,
    )


def frontier(
    offers: Sequence[Offer], grounds: Sequence[Ground], limits: Sequence[float], *, categories: Mapping[str, float],
    least: Mapping[str, float] | None = None, agreements: Sequence[float] = (0.0,), nodes: int = 20_000,
) -> list[Choice]:  # fmt: skip
    """Return the best choice under each limit of the seat's share that can be met, the widest limit first.

    Parameters are as of `best_choice`; `limits` are largest shares of the seat, and `agreements` least correlations
    with the declared value, each of which is sought with every limit, the smallest first.
    """
    found: list[Choice] = []
    for agreement in sorted(agreements):
        for limit in sorted(limits, reverse=True):
            if any(_obeys(each, limit, agreement) for each in found):
                continue  # The best under a wider limit keeps to this one, too.
            try:
                found.append(best_choice(
                    offers, grounds, categories=categories, least=least, most_seat=limit, agreement=agreement,
                    nodes=nodes,
                ))  # fmt: skip
            except Infeasible:
                break
    return found


def _obeys(choice: Choice, limit: float, agreement: float) -> bool:
    return max(choice.seat) <= limit and min(each or 0.0 for each in choice.agreement) >= agreement


def _sum(matrix: Floats, picked: Sequence[int]) -> float:
    return float(matrix[np.ix_(picked, picked)].sum())


def _share(part: Floats, whole: Floats, picked: Sequence[int]) -> float:
    below = _sum(whole, picked)
    return _sum(part, picked) / below if below > 0 else 0.0


def _solved(asked: _Asked, share: float, nodes: int) -> Solution:
    problem = pulp.LpProblem("thresholds", pulp.LpMaximize)
    takes = [problem.add_variable(f"take_{at}", 0, 1, "Binary") for at in range(len(asked.offers))]
    items = list(dict.fromkeys(offer.item for offer in asked.offers))
    members = {item: [at for at, offer in enumerate(asked.offers) if offer.item == item] for item in items}
    for item, mine in members.items():
        problem += pulp.lpSum(takes[at] for at in mine) == 1, f"one_table_{item}"
    both = _products(problem, takes, members)

    def form(matrix: Floats) -> pulp.LpAffineExpression:
        own = pulp.lpSum(float(matrix[at, at]) * take for at, take in enumerate(takes))
        return own + pulp.lpSum(2 * float(matrix[a, b]) * pair for (a, b), pair in both.items())

    _guard(problem, takes, asked)
    merits = []
    for place, ground in enumerate(asked.grounds):
        if asked.most_seat < 1:
            problem += form(ground.seat - asked.most_seat * ground.whole) <= 0, f"seat_share_{place}"
        if asked.agreement > 0 and ground.worth is not None:
            with_value, own = ground.worth
            problem += (
                pulp.lpSum(float(c) * take for c, take in zip(with_value, takes, strict=True)) >= 0,
                f"up_{place}",
            )
            asks = asked.agreement**2 * own * ground.person
            problem += form(np.outer(with_value, with_value) - asks) >= 0, f"agreement_{place}"
        merits.append(form(ground.person - share * ground.best * ground.whole))
    problem.setObjective(merits[0] if len(merits) == 1 else _least_of(problem, merits))
    return solve(problem, gap=1e-6, nodes=nodes, time_limit_s=3600.0)


def _least_of(problem: pulp.LpProblem, merits: Sequence[pulp.LpAffineExpression]) -> pulp.LpVariable:
    least = problem.add_variable("least")
    for place, merit in enumerate(merits):
        problem += merit >= least, f"merit_{place}"
    return least


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


def _guard(problem: pulp.LpProblem, takes: Sequence[pulp.LpVariable], asked: _Asked) -> None:
    """State what categories must give, and what all items together give."""
    points = {
        name: pulp.lpSum(o.points * take for o, take in zip(asked.offers, takes, strict=True) if o.category == name)
        for name in asked.categories
    }
    for name, given in points.items():
        if asked.least is None:
            problem += given == asked.categories[name], f"points_{name}"
        else:
            problem += given >= asked.least.get(name, 0.0), f"points_{name}"
    if asked.least is not None:
        problem += pulp.lpSum(points.values()) == sum(asked.categories.values()), "points_of_all"
