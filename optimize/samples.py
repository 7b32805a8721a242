"""Replications of several systems so far, and what they say about which of them is best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

type Sampler = Callable[[int, Sequence[int]], Floats]
"""Gives the value of a system in the worlds of some seeds, one finite number for each seed."""


@dataclass(frozen=True)
class Selection:
    """What a procedure found. Systems are numbers from 0; the order of the systems breaks ties.

    Attributes
    ----------
    best
        The system with the best mean.
    alike
        The others that cannot be told apart from it: the one-sided interval for how much worse they are, at the
        level of the procedure over all pairs together (Bonferroni), does not leave out 0.
    means, sds
        Mean and standard deviation by system; paired, the mean is as if all had seen all worlds.
    n
        Replications by system.
    gaps, errors, freedoms
        How much worse than the best each system is, the standard error of that, and its degrees of freedom; paired,
        over the worlds that both saw. 0, 0 and 1 for the best itself.
    probability
        Estimated probability that no system is better than the best by more than the indifference: 1 less the
        sum, over the others, of the probability that they are (Bonferroni's bound), at least 0. Taken after a
        sequential stop, so it is an estimate, not a guarantee.
    reached
        Whether the procedure ended because its own aim was reached, not because the budget was spent.
    """

    best: int
    alike: tuple[int, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    n: tuple[int, ...]
    gaps: tuple[float, ...]
    errors: tuple[float, ...]
    freedoms: tuple[float, ...]
    probability: float
    reached: bool

    def interval(self, system: int, level: float = 0.95) -> tuple[float, float]:
        """Return the ends of the interval of how much worse than the best a system is.

        The lower ends hold for all systems together at the level (Bonferroni), and the upper ends do: a system is
        alike if its interval does not lie above 0.
        """
        share = (1 - level) / max(len(self.n) - 1, 1)
        half = float(special.stdtrit(self.freedoms[system], 1 - share)) * self.errors[system]
        return self.gaps[system] - half, self.gaps[system] + half

    @property
    def total(self) -> int:
        """Replications of all systems together."""
        return sum(self.n)


def alone(values: Floats) -> Selection:
    """Return the selection of a system that has no rival.

    Parameters
    ----------
    values
        Its value in each world, at least 2.
    """
    mean, sd = float(values.mean()), float(np.std(values, ddof=1))
    return Selection(0, (), (mean,), (sd,), (len(values),), (0.0,), (0.0,), (1.0,), 1.0, True)


class Samples:
    """The replications of some systems so far: replication r of every system is in the world of seed `seed` + r.

    Parameters
    ----------
    sampler
        Gives the values.
    systems
        Number of systems, at least 2.
    lower
        Whether the smallest mean is best.
    seed
        First seed.
    paired
        Whether values of the same seed belong together (common random numbers).
    """

    def __init__(self, sampler: Sampler, systems: int, *, lower: bool = True, seed: int = 1, paired: bool = True):
        if systems < 2:
            raise ValueError(f"a choice needs at least two candidates, got {systems}")
        self._sampler, self._seed, self.paired = sampler, seed, paired
        self._sign = 1.0 if lower else -1.0
        self._values: list[Floats] = [np.empty(0)] * systems
        self._means, self._variances = np.full(systems, np.nan), np.full(systems, np.nan)

    @property
    def n(self) -> NDArray[np.int64]:
        """Replications by system, shape (systems,)."""
        return np.array([len(values) for values in self._values])

    def extend(self, system: int, upto: int) -> None:
        """Run a system until it has so many replications.

        Raises
        ------
        ValueError
            If a value is not finite, or the values are not one for each seed.
        """
        have = len(self._values[system])
        if upto <= have:
            return
        seeds = range(self._seed + have, self._seed + upto)
        new = np.asarray(self._sampler(system, seeds), dtype=np.float64)
        if new.shape != (len(seeds),) or not np.isfinite(new).all():
            raise ValueError(f"system {system}: expected {len(seeds)} finite values, got {new.tolist()}")
        values = self._values[system] = np.concatenate([self._values[system], self._sign * new])
        self._means[system] = np.mean(values)
        self._variances[system] = np.var(values, ddof=1) if len(values) > 1 else np.nan

    def means(self) -> Floats:
        """Return the mean by system; small is good, whatever the KPI.

        Paired: as if all had seen all worlds, by least squares of one effect for each system and one for each world.
        """
        if not self.paired or len({len(values) for values in self._values}) == 1:
            return self._means
        worlds = int(self.n.max())
        seen = np.arange(worlds) < self.n[:, None]
        values = np.array([np.concatenate([each, np.zeros(worlds - len(each))]) for each in self._values])
        share = seen / seen.sum(axis=0)
        left = np.diag(self.n.astype(float)) - share @ seen.T
        effects = np.linalg.lstsq(left, (values - share * values.sum(axis=0)).sum(axis=1), rcond=None)[0]
        by_world = (values.sum(axis=0) - effects @ seen) / seen.sum(axis=0)
        return np.asarray(effects + by_world.mean())

    def sds(self) -> Floats:
        """Return the standard deviation by system."""
        return np.sqrt(self._variances)

    def gap(self, system: int, best: int) -> tuple[float, float, float]:
        """Return how much worse than `best` a system is, its standard error, and the degrees of freedom.

        Paired: over the worlds that both saw. Otherwise Welch's.
        """
        mine, other = self._values[system], self._values[best]
        if self.paired:
            both = min(len(mine), len(other))
            apart = mine[:both] - other[:both]
            return float(np.mean(apart)), float(np.std(apart, ddof=1)) / math.sqrt(both), both - 1.0
        parts = [float(self._variances[i]) / len(self._values[i]) for i in (system, best)]
        squares = sum(part**2 / (len(values) - 1) for part, values in zip(parts, (mine, other), strict=True))
        freedom = sum(parts) ** 2 / squares if squares > 0 else len(mine) + len(other) - 2.0
        return float(self._means[system] - self._means[best]), math.sqrt(sum(parts)), freedom

    def spread(self, system: int, best: int) -> float:
        """Return the variance of one replication's say on the gap: of the difference if paired, else the system's."""
        if not self.paired:
            return float(self._variances[system])
        both = min(len(self._values[system]), len(self._values[best]))
        return float(np.var(self._values[system][:both] - self._values[best][:both], ddof=1))

    def best(self) -> int:
        """Return the system of the best mean; the first of equals."""
        means = self.means()
        return int(np.argmax(means <= means.min() + 1e-12 * max(float(np.abs(means).max()), 1e-300)))

    def selection(self, level: float, indifference: float, *, best: int | None = None, reached: bool) -> Selection:
        """Return what the replications say."""
        best = self.best() if best is None else best
        systems = range(len(self._values))
        found = [(0.0, 0.0, 1.0) if i == best else self.gap(i, best) for i in systems]
        share = (1 - level) / (len(self._values) - 1)
        alike = tuple(
            i for i in systems if i != best and found[i][0] <= special.stdtrit(found[i][2], 1 - share) * found[i][1]
        )
        wrong = sum(_worse_than_it_looks(*found[i], indifference) for i in systems if i != best)
        return Selection(
            best=best,
            alike=alike,
            means=tuple((self._sign * self.means() + 0.0).tolist()),
            sds=tuple(self.sds().tolist()),
            n=tuple(self.n.tolist()),
            gaps=tuple(each[0] for each in found),
            errors=tuple(each[1] for each in found),
            freedoms=tuple(each[2] for each in found),
            probability=max(0.0, 1.0 - wrong),
            reached=reached,
        )


def _worse_than_it_looks(gap: float, error: float, freedom: float, indifference: float) -> float:
    """Return the probability that a system is better than the best by more than the indifference."""
    if error == 0:
        return 0.0 if gap + indifference >= 0 else 1.0
    return float(special.stdtr(freedom, -(gap + indifference) / error))
