"""A rubric calibrated on desks: menus of bands and points, the best choice, and what it comes to in unseen worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.thresholds import Choice, Ground, Guards, calibrated, frontier
from scenarios.menus import Menu, menu_of
from scenarios.verdicts import (
    Scores,
    Verdict,
    ceiling_of,
    needed,
    pay_costs,
    scores_of,
    tickets_per_month,
    tier_shares,
    validity_gap,
    verdict,
)
from sim.desk import Desk
from sim.experiment import Pool, Run, simulate
from sim.kpi.rubric import Rubric
from sim.lab import Estimate, Trials, parts_of, role_of, split, trials

type Floats = NDArray[np.float64]

DECIDING, JUDGED = 1_000_000, 2_000_000
"""Seeds of the first world in which candidates are compared, and of the first in which the result is judged."""

LIMITS = (1.0, 0.1, 0.05, 0.02)
"""Largest shares of the seat for which the best choice is sought."""

NEARER = (0.25, 0.5, 0.75)
"""Where the validity of another rubric is to be kept: how much of what the freest choice lacks of full agreement with
the declared value is asked for besides."""

FEWEST = 4
"""A role with fewer people has too few differences between them to calibrate on."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A rubric that was compared.

    Attributes
    ----------
    rubric
        The rubric.
    choice
        How it was found; None for the present one.
    verdicts
        In the deciding worlds, desk by desk.
    gaps
        By how much its validity is above that of the rubric it is held against, likewise; empty without one.
    money
        Wrong-tier money over that of the rubric it is held against, or of the present one, on the desk where this is
        largest.
    """

    rubric: Rubric
    choice: Choice | None
    verdicts: tuple[Verdict, ...]
    gaps: tuple[Estimate, ...]
    money: float

    @property
    def is_valid(self) -> bool:
        """Whether its validity is on no desk below that of the rubric that it is held against."""
        return all(gap.mean is None or gap.mean >= 0 for gap in self.gaps)


@dataclass(frozen=True)
class OnDesk:
    """What a calibration came to on one desk, in worlds that played no part before.

    Attributes
    ----------
    role, people
        Who was scored.
    present, found, ceiling
        The present rubric, the calibrated one and the best linear composite of the same figures.
    against, gap
        The rubric whose validity was to be kept, and by how much that of the calibrated one is above; None without.
    tickets
        Tickets per person and month.
    needed
        Tickets per person and month at which the better of calibrated rubric and ceiling would reach the target.
    is_reachable
        Whether one of them does.
    """

    role: str
    people: int
    present: Verdict
    found: Verdict
    ceiling: Verdict
    against: Verdict | None
    gap: Estimate | None
    tickets: float
    needed: float
    is_reachable: bool


@dataclass(frozen=True, eq=False)
class Calibration:
    """A calibrated rubric and what speaks for it.

    Attributes
    ----------
    rubric
        The best of the candidates: the least wrong-tier money in the deciding worlds, on the desk where it is largest.
    candidates
        The present rubric and the choices of the frontier.
    desks
        What it came to, desk by desk.
    target
        Merit share that was wanted.
    worlds
        Worlds of the search, of the decision and of the judgement, of each desk.
    is_valid
        Whether a candidate kept the validity that was to be kept, where the decision fell; else the one that came
        nearest was taken.
    """

    rubric: Rubric
    candidates: tuple[Candidate, ...]
    desks: tuple[OnDesk, ...]
    target: float
    worlds: tuple[int, int, int]
    is_valid: bool

    @property
    def is_reachable(self) -> bool:
        """Whether the ceiling, or what was found, reaches the target on every desk."""
        return all(each.is_reachable for each in self.desks)


@dataclass(frozen=True, eq=False)
class _Played:
    """The three sets of worlds of one desk, and what a verdict needs of the rubric that sets the shares of tiers."""

    search: Trials
    deciding: Trials
    judged: Trials
    shares: Sequence[float]
    costs: Floats

    def scores(self, rubric: Rubric, which: int = 0) -> Scores:
        """Return what the log decides of a rubric's total in the deciding worlds; `which` as of `Trials.marks`."""
        return scores_of(rubric, self.search, self.deciding, which)

    def verdict(self, scores: Scores) -> Verdict:
        """Return the verdict on scores in the deciding worlds."""
        return verdict(scores, self.deciding, self.shares, self.costs)


def calibrate(
    desks: Sequence[tuple[Desk, str]], rubric: Rubric, *, against: Rubric | None = None, guards: Guards | None = None,
    worlds: int = 12, unseen: int = 20, seatings: int = 4, seed: int = 1, target: float = 0.5,
    limits: Sequence[float] = LIMITS, level: float = 0.95, run: Run = simulate, executor: Pool | None = None,
    on_done: Callable[[], None] | None = None,
) -> Calibration:  # fmt: skip
    """Return the rubric whose bands and points tell the people of a role best apart, within guards, on every desk.

    Parameters
    ----------
    desks
        Desks, one or more, and the role of each whose people are reseated; the first full calendar month is scored.
    rubric
        The present rubric, without profiles. What people judge stays as it is.
    against
        A rubric, without profiles too, below whose validity the choice must not fall on any desk, and whose shares of
        tiers are kept; when absent nothing is asked of validity, and the present rubric's shares are kept.
    guards
        How far the rubric may move.
    worlds, unseen
        Worlds of the search, and of the decision and the judgement each, per desk; 3 or more.
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
        If a rubric has profiles, the logs decide none of its items, or an argument is out of range.

    Notes
    -----
    The program maximises the merit share of the sum of points in the worlds of the search; of several desks, the
    smallest share of the desk's ceiling. Which of its answers is taken is decided by the expected wrong-tier money in
    other worlds, among those whose validity is kept there, and what is told of it comes from a third set.
    """
    for each in (rubric, *([] if against is None else [against])):
        _check_rubric(each)
    _check(desks, worlds, unseen, target)
    rubrics = [rubric] if against is None else [rubric, against]

    def play(desk: Desk, role: str) -> _Played:
        tell = None if on_done is None else lambda _: on_done()
        search, deciding, judged = (
            trials(
                desk, rubrics, role, range(first, first + count), seatings=seatings, run=run, executor=executor,
                on_done=tell,
            ) for first, count in ((seed, worlds), (DECIDING + seed, unseen), (JUDGED + seed, unseen))
        )  # fmt: skip
        reference, which = (rubric, 0) if against is None else (against, 1)
        return _Played(search, deciding, judged, tier_shares(reference, search, which), pay_costs(reference))

    played = [play(desk, role) for desk, role in desks]
    guards = guards or Guards()
    menu = menu_of(rubric, [each.search for each in played], guards)
    found = candidates_of(rubric, against, menu, played, guards, limits)
    valid = [each for each in found if each.is_valid]
    best = min(valid, key=lambda each: each.money) if valid else max(found, key=_worst_gap)
    return Calibration(
        rubric=best.rubric, candidates=tuple(found), target=target, worlds=(worlds, unseen, unseen),
        desks=tuple(_told(rubric, best.rubric, against, each, target, level) for each in played), is_valid=bool(valid),
    )  # fmt: skip


def _worst_gap(each: Candidate) -> float:
    return min(gap.mean or 0.0 for gap in each.gaps)


def _check_rubric(rubric: Rubric) -> None:
    if rubric.profiles:
        raise ValueError(f"the rubric has profiles ({', '.join(rubric.profiles)}); calibrate one without")


def _check(desks: Sequence[tuple[Desk, str]], worlds: int, unseen: int, target: float) -> None:
    for desk, role in desks:
        people, _ = role_of(desk, role)
        if len(people) < FEWEST:
            raise ValueError(f"role {role!r} has {len(people)} people; a calibration needs {FEWEST} or more")
    if min(worlds, unseen) < 3:
        raise ValueError(f"an interval needs 3 worlds or more, got {min(worlds, unseen)}")
    if not 0 < target < 1:
        raise ValueError(f"a merit share to reach lies between 0 and 1, got {target:g}")


def _told(rubric: Rubric, best: Rubric, against: Rubric | None, played: _Played, target: float, level: float) -> OnDesk:
    """Return what the present rubric, the best and the ceiling come to in the worlds of the judgement."""
    search, judged = played.search, played.judged
    sides = [scores_of(rubric, search, judged), scores_of(best, search, judged), ceiling_of(rubric, search, judged)]
    sides += [] if against is None else [scores_of(against, search, judged, 1)]
    present, found, ceiling, *other = (
        verdict(each, judged, played.shares, played.costs, level=level) for each in sides
    )
    gap = validity_gap(sides[1].unseen, sides[3].unseen, judged.values, level=level) if other else None
    tickets = tickets_per_month(judged, rubric)
    merit = max(ceiling.merit.mean or 0.0, found.merit.mean or 0.0)
    return OnDesk(
        role=judged.role, people=len(judged.people), present=present, found=found, ceiling=ceiling,
        against=other[0] if other else None, gap=gap, tickets=tickets, needed=needed(merit, target, tickets),
        is_reachable=merit >= target,
    )  # fmt: skip


def candidates_of(
    rubric: Rubric, against: Rubric | None, menu: Menu, played: Sequence[_Played], guards: Guards,
    limits: Sequence[float],
) -> list[Candidate]:  # fmt: skip
    """Return the present rubric and the choices of the frontier, each judged in the deciding worlds."""
    choices = choices_of(rubric, menu, [each.search for each in played], guards, limits, against is not None)
    made: list[tuple[Rubric, Choice | None]] = [(rubric, None)]
    made += [(calibrated(rubric, {n: menu.items[at] for n, at in each.offers.items()}), each) for each in choices]
    others = [each.scores(rubric if against is None else against, int(against is not None)) for each in played]
    return [_compared(each, choice, played, others, against is not None) for each, choice in made]


def _compared(
    rubric: Rubric, choice: Choice | None, played: Sequence[_Played], others: Sequence[Scores], against: bool
) -> Candidate:
    """Return a rubric as it does in the deciding worlds beside the one it is held against, or the present one."""
    own = [each.scores(rubric) for each in played]
    verdicts = tuple(each.verdict(scores) for each, scores in zip(played, own, strict=True))
    money = [
        _over(mine.money, each.verdict(other).money)
        for mine, each, other in zip(verdicts, played, others, strict=True)
    ]  # fmt: skip
    gaps = tuple(
        validity_gap(mine.unseen, other.unseen, each.deciding.values)
        for mine, other, each in zip(own, others, played, strict=True)
    )
    return Candidate(rubric, choice, verdicts, gaps if against else (), max(money))


def _over(one: float, other: float) -> float:
    return one / other if other > 0 else 1.0 if one == other else np.inf


def choices_of(
    rubric: Rubric, menu: Menu, search: Sequence[Trials], guards: Guards, limits: Sequence[float], valid: bool
) -> list[Choice]:
    """Return the frontier of the program: the freest choice, and, if validity counts, those that agree more."""
    points: dict[str, float] = {}
    for item in {offer.item: rubric.item(offer.item) for offer in menu.offers}.values():
        points[item.category] = points.get(item.category, 0.0) + item.max_points
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
