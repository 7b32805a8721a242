"""Scores with planted parts, without a desk: twelve people, three teams of four seats, every seating scored at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.lab import Shares, cyclic, split, square
from sim.lab.split import FIT, MERIT, SEAT, V, components

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

PEOPLE, TEAMS = 12, 3
_SIZE = PEOPLE // TEAMS


@dataclass(frozen=True)
class Plant:
    """What a score is made of.

    Attributes
    ----------
    kind
        `own`: person, seat, their fit, the neighbour's help and luck are added up. `zero_sum`: tickets over the mean of
        one's team. `shared`: points for the wait in the team's queue, which all of the team make.
    seats
        How unlike the seats are: 0 like, 1 as fitted, 2 double.
    ability
        How unlike people are; 0 for clones.
    conduct
        What three in ten of them gain by conduct, in standard deviations of ability.
    """

    kind: str
    seats: float
    ability: float = 1.0
    conduct: float = 0.0


def _evenly(shift: int) -> Floats:
    """Return twelve different numbers of mean 0 and variance 1, in an order of their own."""
    made = np.linspace(-1, 1, PEOPLE)[(5 * np.arange(PEOPLE) + shift) % PEOPLE]
    found: Floats = made / made.std(ddof=1)
    return found


def scores(plant: Plant, seats: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return scores as lived and with conduct off, in the same luck.

    Parameters
    ----------
    plant
        What they are made of.
    seats
        Shape (worlds, seatings, people).
    rng
        Of the luck.
    """
    luck, month = rng.normal(size=seats.shape), rng.normal(size=(len(seats), 1, 1))
    make = {"own": _own, "zero_sum": _zero_sum, "shared": _shared}[plant.kind]
    gain = plant.conduct * (np.arange(PEOPLE) % 10 < 3) * (np.arange(PEOPLE) < 10)
    ability = plant.ability * _evenly(0)
    return make(plant, ability + gain, seats, luck, month), make(plant, ability, seats, luck, month)


def _own(plant: Plant, ability: Floats, seats: Ints, luck: Floats, month: Floats) -> Floats:
    fit = np.outer(_evenly(3), _evenly(7)) * 0.7 * plant.seats
    beside = np.take_along_axis(np.argsort(seats, axis=2), (seats + 1) % PEOPLE, axis=2)
    made: Floats = (
        70 + 3 * month + ability + plant.seats * _evenly(4)[seats] + fit[np.arange(PEOPLE), seats]
        + 0.5 * ability[beside] + 1.5 * luck
    )  # fmt: skip
    return made


def _by_team(values: Floats, seats: Ints) -> Floats:
    """Return the mean of everybody's team, oneself with it."""
    team = seats // _SIZE
    means = np.stack([np.where(team == t, values, 0).sum(axis=2) / _SIZE for t in range(TEAMS)], axis=2)
    made: Floats = np.take_along_axis(means, team, axis=2)
    return made


def _zero_sum(plant: Plant, ability: Floats, seats: Ints, luck: Floats, month: Floats) -> Floats:
    rate = np.exp(0.15 * ability + 0.1 * plant.seats * _evenly(4)[seats] + 0.1 * luck + 0.05 * month)
    made: Floats = 100 * rate / _by_team(rate, seats)
    return made


def _shared(plant: Plant, ability: Floats, seats: Ints, luck: Floats, month: Floats) -> Floats:
    speed = np.exp(0.15 * np.broadcast_to(ability, seats.shape))
    wait = np.exp(1.5 * (1 - _by_team(speed, seats)) + 0.2 * plant.seats * _evenly(4)[seats] + 0.3 * month + 0.3 * luck)
    made: Floats = np.clip(10 - 5 * (wait - 0.5) + ability, 0, 10)
    return made


def seatings(worlds: int, seed: int, *, fixed: bool = False) -> Ints:
    """Return the seats of a study: fresh squares, or the fixed cyclic one that is wrong."""
    return np.stack([cyclic(PEOPLE) if fixed else square(PEOPLE, seed, world) for world in range(worlds)])


def study(plant: Plant, seed: int, worlds: int, *, fixed: bool = False) -> Shares:
    """Return the shares that a study of so many worlds finds."""
    seats = seatings(worlds, seed, fixed=fixed)
    lived, plain = scores(plant, seats, np.random.default_rng([seed, 7]))
    return split(lived, seats, honest=plain if plant.conduct else None)


def truth(plant: Plant, worlds: int = 2000) -> dict[str, float]:
    """Return the shares over many worlds, by `Shares.named`."""
    return {name: float(share.mean or 0.0) for name, share in study(plant, 999_331, worlds).named().items()}


def covered(
    plant: Plant, seeds: Sequence[int], worlds: int, true: dict[str, float], *, fixed: bool = False
) -> dict[str, float]:
    """Return how often the interval of each share holds the truth; shares that are 0 by definition are left out."""
    held: dict[str, list[bool]] = {}
    for seed in seeds:
        for name, share in study(plant, seed, worlds, fixed=fixed).named().items():
            if share.low is not None and share.high is not None and (plant.conduct or name != "conduct"):
                held.setdefault(name, []).append(share.low <= true[name] <= share.high)
    return {name: float(np.mean(each)) for name, each in held.items()}


def bootstrapped(
    plant: Plant, seeds: Sequence[int], worlds: int, true: dict[str, float], draws: int
) -> dict[str, float]:
    """Return how often the percentile bootstrap over worlds holds the truth, which is too seldom."""
    held: dict[str, list[bool]] = {}
    for seed in seeds:
        seats, rng = seatings(worlds, seed), np.random.default_rng([seed, 8])
        lived, _ = scores(plant, seats, np.random.default_rng([seed, 7]))
        picked = [rng.integers(0, worlds, worlds) for _ in range(draws)]
        found = np.array([components(lived[worlds_of], seats[worlds_of])[0] for worlds_of in picked])
        shares = found / found[:, V : V + 1]
        for name, column in (("merit", MERIT), ("seat", SEAT), ("fit", FIT)):
            low, high = np.quantile(shares[:, column], (0.025, 0.975))
            held.setdefault(name, []).append(bool(low <= true[name] <= high))
    return {name: float(np.mean(each)) for name, each in held.items()}
