"""What gaming the score is worth, beside what being good is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.desk import CONDUCTS
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.moves import PROBES, abilities, conducts, moved
from sim.lab.setting import Setting

type Floats = NDArray[np.float64]

TARGET = 0.8
"""A rubric should resist every conduct at least so well."""


@dataclass(frozen=True)
class Resistance:
    """How well a score resists conduct.

    Attributes
    ----------
    probes
        Who was tried, one at a time, all others honest.
    ability
        Points gained by one SD more of each ability in which people of the role differ.
    sd
        SD of the score that these abilities together make, in points, to first order; null where nobody differs, or
        where ability does not tell from chance.
    gains
        Points gained by each conduct.
    resistance
        1 - gain / sd, by conduct; above 1 where the conduct costs points.
    """

    probes: tuple[str, ...]
    ability: Mapping[str, Estimate]
    sd: Estimate
    gains: Mapping[str, Estimate]
    resistance: Mapping[str, Estimate]


def resistance(
    setting: Setting, *, intensity: float = 1.0, names: Sequence[str] = CONDUCTS, probes: int = PROBES
) -> Resistance:
    """Return what each conduct of one person gains, set against one SD of ability within the role.

    Parameters
    ----------
    setting
        The desk and its people.
    intensity
        Share of the occasions on which the conduct is done, 0 to 1.
    names
        Which conducts.
    probes
        How many people are tried, one at a time.

    Raises
    ------
    ValueError
        If the intensity lies outside 0 ... 1, or a conduct is unknown.

    Notes
    -----
    It is about those who do not game, whose places others take. It costs 1 + probes x (abilities + conducts)
    runs in every world. Tickets are the same with and without, so small differences show.
    """
    games, able = conducts(intensity, names), abilities(setting)
    found = moved(setting, able | games, probes)
    return against(
        {name: found.by_world(name) for name in able}, {name: found.by_world(name) for name in games},
        found.probes, setting.level,
    )  # fmt: skip


def against(
    able: Mapping[str, Floats], games: Mapping[str, Floats], probes: tuple[str, ...] = (), level: float = 0.95
) -> Resistance:
    """Return the resistance from gains by world.

    Parameters
    ----------
    able, games
        Ability or conduct to its gain in points, shape (worlds,).
    probes
        Whose gains they are.
    level
        Level of the intervals.

    Notes
    -----
    The abilities being independent, the variance that they make is to first order the sum of squares of what one SD
    of each gains. A square is the mean product of the gains in two different worlds, which chance does not raise.
    Intervals are a jackknife-t over worlds of the ratio, so what both gains share cancels.
    """
    worlds = len(next(iter([*able.values(), *games.values()])))
    keep = ~np.eye(worlds, dtype=np.bool_)
    sds = np.array([_sd(able, kept) for kept in keep])
    sd = _sd(able, np.ones(worlds, dtype=np.bool_))

    def ratio(gains: Floats) -> Estimate:
        without = np.array([1 - gains[kept].mean() / each for kept, each in zip(keep, sds, strict=True)])
        return jackknife_t(float(1 - gains.mean() / sd), without, level)

    return Resistance(
        probes=probes, ability={name: mean_t(gains, level) for name, gains in able.items()},
        sd=jackknife_t(sd, sds, level), gains={name: mean_t(gains, level) for name, gains in games.items()},
        resistance={name: ratio(gains) for name, gains in games.items()},
    )  # fmt: skip


def _sd(able: Mapping[str, Floats], kept: NDArray[np.bool_]) -> float:
    """Return the root of the sum of squared gains; NaN if it does not come out above 0."""
    n = int(kept.sum())
    square = sum((gains[kept].sum() ** 2 - (gains[kept] ** 2).sum()) / (n * (n - 1)) for gains in able.values())
    return float(np.sqrt(square)) if square > 0 else np.nan
