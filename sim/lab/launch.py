"""Drift when a product is launched: the same people in the same worlds, before and after the tickets change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.desk import Desk, seats_of
from sim.desk.demand import Kind
from sim.desk.law import Law
from sim.lab.intervals import Estimate, by_world, jackknife_t, mean_t
from sim.lab.marks import OBJECTIVE
from sim.lab.setting import Setting
from sim.lab.split import FIT, PERSON, SEAT, V, components
from sim.lab.trials import Trials, trials

type Floats = NDArray[np.float64]

SHARE, HEAVIER, HARDER = 0.3, 1.5, 1.0
"""Tickets of the new product per ticket of the kind that it is like, how much more work one is, and how much harder it
is to solve, in logits (our assumptions)."""
SEATINGS = 4
"""Seatings per world."""
LAUNCHED = "launched"
"""Name of the new kind, with a number if the desk has such a kind."""
ADDED, INSTEAD = "added", "instead"
"""The new tickets come besides the old ones, or instead of as many: more work, or only another mix."""


@dataclass(frozen=True)
class Change:
    """A figure before and after.

    Attributes
    ----------
    before, after
        The figure with its interval.
    change
        After less before, paired by world.
    """

    before: Estimate
    after: Estimate
    change: Estimate


@dataclass(frozen=True)
class Drift:
    """What a launch does to a score of people who work as they did.

    Attributes
    ----------
    order
        Rank correlation of people's expected scores before and after.
    tier_changed
        Share of person-months with another tier than in the same world and seat before.
    figures
        `score` (mean total, points), `reliability` and `person` (shares of the variance between people: what comes
        again in the same seats, and what stays with the person in any seat, conduct included) and
        `validity` (rank correlation of expected score and declared value).
    """

    order: Estimate
    tier_changed: Estimate
    figures: dict[str, Change]


@dataclass(frozen=True)
class Launch:
    """A launch of a product.

    Attributes
    ----------
    kind, like
        Name of the new kind, and of the one that it is like.
    drifts
        By variant: `added` and `instead`.
    share, heavier, harder
        As of `launch`.
    worlds, seatings
        Size of the study.
    """

    kind: str
    like: str
    drifts: dict[str, Drift]
    share: float
    heavier: float
    harder: float
    worlds: int
    seatings: int


def launch(
    setting: Setting, *, share: float = SHARE, heavier: float = HEAVIER, harder: float = HARDER,
    seatings: int = SEATINGS,
) -> Launch:  # fmt: skip
    """Return what the launch of a product does to a score: the same study before and after.

    Parameters
    ----------
    setting
        The desk, its people and the rubric.
    share, heavier, harder
        As of `launched`.
    seatings
        Seatings per world.

    Raises
    ------
    ValueError
        As of `launched`.

    Notes
    -----
    It is about people whose score falls, or rises, because other tickets come. They work as before and nobody learns,
    so all that changes is the tickets' doing. Worlds and seatings are the same before and after, and tickets of the
    kinds that stay are the same tickets under `added`. Luck that is left in the expected scores lowers `order`.
    """
    like = busiest(setting)
    desks = {
        name: launched(setting.base, like, name == INSTEAD, share=share, heavier=heavier, harder=harder)
        for name in (ADDED, INSTEAD)
    }
    seen = range(setting.seed, setting.seed + setting.worlds)

    def play(desk: Desk) -> Trials:
        return trials(
            desk, [setting.rubric], setting.role, seen, seatings=seatings, run=setting.run, executor=setting.executor
        )

    before = play(setting.base)
    drifts = {name: drift(setting, before, play(desk)) for name, desk in desks.items()}
    return Launch(
        new_name(setting.base), like, drifts, share, heavier, harder, setting.worlds, before.seats.shape[1]
    )  # fmt: skip


def busiest(setting: Setting) -> str:
    """Return the kind with the most tickets a week that the role may work on, the first by name among equals.

    Raises
    ------
    ValueError
        If no tickets come by rate to the role.
    """
    takes = {skill for seat in seats_of(setting.base) if seat.seat.role == setting.role for skill in seat.seat.takes}
    rates = {
        name: kind.per_week
        for name, kind in sorted(setting.base.demand.kinds.items())
        if kind.per_week > 0 and any(branch.skill in takes for branch in kind.branches())
    }
    if not rates:
        raise ValueError(f"no kind of tickets that comes by `per_week` reaches the role {setting.role!r}")
    return max(rates, key=lambda name: rates[name])


def new_name(desk: Desk) -> str:
    """Return a name for the new kind that the desk has not."""
    names = (LAUNCHED if number == 1 else f"{LAUNCHED}_{number}" for number in range(1, len(desk.demand.kinds) + 2))
    return next(name for name in names if name not in desk.demand.kinds)


def launched(
    desk: Desk, like: str, instead: bool, *, share: float = SHARE, heavier: float = HEAVIER, harder: float = HARDER
) -> Desk:
    """Return the desk with a new kind of tickets, made from one that it has.

    Parameters
    ----------
    desk
        The desk.
    like
        The kind that the new one is like: route, priorities, hours.
    instead
        Whether the new tickets come instead of as many of the old kind, not besides.
    share
        New tickets per ticket of the old kind, above 0 and at most 1.
    heavier
        Work content of a new ticket over that of an old one, above 0.
    harder
        Difficulty of a new ticket less that of an old one, in logits.

    Raises
    ------
    ValueError
        If the share or the factor is out of range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"the share of new tickets must lie above 0 and at most at 1, got {share:g}")
    if not heavier > 0:
        raise ValueError(f"the work of a new ticket over that of an old one must be above 0, got {heavier:g}")
    old = desk.demand.kinds[like]
    new = _heavier(old, heavier).changed(
        per_week=share * old.per_week, schedules={}, difficulty_mean=old.difficulty_mean + harder
    )
    kinds = desk.demand.kinds | {new_name(desk): new}
    if instead:
        kinds[like] = old.changed(per_week=(1 - share) * old.per_week)
    return desk.changed(demand=desk.demand.changed(kinds=kinds))


def _heavier(kind: Kind, factor: float) -> Kind:
    route = tuple(
        stage.changed(
            work=_scaled(stage.work, factor),
            beside=tuple(each.changed(work=_scaled(each.work, factor)) for each in stage.beside),
        )
        for stage in kind.route
    )
    return kind.changed(route=route)


def _scaled(law: Law, factor: float) -> Law:
    values = None if law.values is None else tuple(factor * value for value in law.values)
    return law.changed(mean_min=factor * law.mean_min, values=values)


def drift(setting: Setting, before: Trials, after: Trials) -> Drift:
    """Return how a score differs between two studies in the same worlds and seatings.

    Parameters
    ----------
    setting
        The rubric and the level.
    before, after
        The studies.
    """
    level = setting.level
    marks = [each.marks(setting.rubric) for each in (before, after)]
    scores = [each.shaped(mark.of(OBJECTIVE)) for each, mark in zip((before, after), marks, strict=True)]
    tiers = [each.shaped(mark.tiers) for each, mark in zip((before, after), marks, strict=True)]
    known = (tiers[0] >= 0) & (tiers[1] >= 0)
    changed = np.where(known, (tiers[0] != tiers[1]).astype(np.float64), np.nan)
    studies, worlds = list(zip(scores, (before, after), strict=True)), len(scores[0])
    parts = [components(score, each.seats) for score, each in studies]
    values = [left_out(partial(valid, score, each.values), worlds) for score, each in studies]
    means = [left_out(partial(_mean_of, by_world(score)), worlds) for score in scores]
    return Drift(
        order=of_left_out(left_out(partial(_kept_order, scores[0], scores[1]), worlds), level).within(-1, 1),
        tier_changed=mean_t(by_world(changed), level).within(0, 1),
        figures={
            "score": paired(means, level),
            "reliability": paired([_share(each, [PERSON, SEAT, FIT]) for each in parts], level),
            "person": paired([_share(each, [PERSON]) for each in parts], level),
            "validity": paired(values, level),
        },
    )


def paired(both: list[Floats], level: float = 0.95) -> Change:
    """Return a figure before and after from the estimates of all worlds and without each, shape (1 + worlds,)."""
    before, after = both
    return Change(of_left_out(before, level), of_left_out(after, level), of_left_out(after - before, level))


def of_left_out(found: Floats, level: float = 0.95) -> Estimate:
    """Return the jackknife-t estimate from that of all worlds and those without each, shape (1 + worlds,)."""
    return jackknife_t(float(found[0]), found[1:], level)


def left_out(of: Callable[[NDArray[np.bool_]], float], worlds: int) -> Floats:
    """Return a figure of all worlds, then without each, shape (1 + worlds,)."""
    numbers = np.arange(worlds)
    return np.array([of(numbers != without) for without in (-1, *range(worlds))])


def expected(scores: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Return everybody's mean over worlds that are kept and seatings, shape (people,); NaN where nothing is known."""
    known = ~np.isnan(scores[kept])
    sums, counts = np.where(known, scores[kept], 0.0).sum(axis=(0, 1)), known.sum(axis=(0, 1))
    made: Floats = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return made


def valid(scores: Floats, values: Floats, kept: NDArray[np.bool_]) -> float:
    """Return the rank correlation of expected score and mean declared value over the worlds that are kept."""
    return _ranked(expected(scores, kept), values[kept].mean(axis=(0, 1)))


def _kept_order(before: Floats, after: Floats, kept: NDArray[np.bool_]) -> float:
    return _ranked(expected(before, kept), expected(after, kept))


def _mean_of(values: Floats, kept: NDArray[np.bool_]) -> float:
    return float(values[kept].mean())


def _ranked(one: Floats, other: Floats) -> float:
    there = ~np.isnan(one) & ~np.isnan(other)
    one, other = one[there], other[there]
    if len(one) < 2 or not np.ptp(one) or not np.ptp(other):
        return np.nan
    return float(stats.spearmanr(one, other).statistic)


def _share(parts: Floats, columns: list[int]) -> Floats:
    sums, whole = parts[:, columns].sum(axis=1), parts[:, V]
    made: Floats = np.divide(sums, whole, out=np.full(len(parts), np.nan), where=whole > 0)
    return made
