"""A rubric calibrated on desks: menus of bands and points, the best choice, and what it comes to in unseen worlds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.thresholds import Choice, Guards, calibrated
from scenarios.lab.menus import Menu, choices_of, menu_of
from scenarios.lab.tiers import Tiers, Totals, tiers_of_desks
from scenarios.lab.verdicts import (
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
from sim.lab import Estimate, Trials, role_of, trials

type Floats = NDArray[np.float64]

DECIDING, JUDGED = 1_000_000, 2_000_000
"""Seeds of the first world in which candidates are compared, and of the first in which the result is judged."""

LIMITS = (1.0, 0.1, 0.05, 0.02)
"""Largest shares of the seat for which the best choice is sought."""

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
    tiers
        What other cuts of the tiers come to; None where nobody asked.
    """

    rubric: Rubric
    candidates: tuple[Candidate, ...]
    desks: tuple[OnDesk, ...]
    target: float
    worlds: tuple[int, int, int]
    is_valid: bool
    tiers: Tiers | None = None

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
    limits: Sequence[float] = LIMITS, cuts: bool = False, level: float = 0.95, run: Run = simulate,
    executor: Pool | None = None, on_done: Callable[[], None] | None = None,
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
    cuts
        Tell what other cuts of the tiers would come to, too.
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
    rubrics = [rubric] if against is None else [rubric, against]
    _check(desks, rubrics, worlds, unseen, target, cuts)

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
        tiers=_tiers(best.rubric, played) if cuts else None,
    )  # fmt: skip


def _tiers(rubric: Rubric, played: Sequence[_Played]) -> Tiers:
    desks = [
        Totals(
            each.scores(rubric), scores_of(rubric, each.search, each.judged),
            each.judged.shaped(each.judged.marks(rubric).tiers),
        ) for each in played
    ]  # fmt: skip
    pay = np.array([tier.coefficient for tier in rubric.tiers])
    return tiers_of_desks(desks, [each.shares for each in played], pay)


def _worst_gap(each: Candidate) -> float:
    return min(gap.mean or 0.0 for gap in each.gaps)


def _check(
    desks: Sequence[tuple[Desk, str]], rubrics: Sequence[Rubric], worlds: int, unseen: int, target: float, cuts: bool
) -> None:
    for rubric in rubrics:
        if rubric.profiles:
            raise ValueError(f"the rubric has profiles ({', '.join(rubric.profiles)}); calibrate one without")
    for desk, role in desks:
        people, _ = role_of(desk, role)
        if len(people) < FEWEST:
            raise ValueError(f"role {role!r} has too few people ({len(people)}); a calibration needs {FEWEST} or more")
    if min(worlds, unseen) < 3:
        raise ValueError(f"an interval needs 3 worlds or more, got {min(worlds, unseen)}")
    tiers = [len(rubric.tiers) for rubric in rubrics]
    if cuts and tiers[0] != tiers[-1]:
        raise ValueError(f"tiers are cut anew where both rubrics have as many, got {tiers[0]} and {tiers[1]}")
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
