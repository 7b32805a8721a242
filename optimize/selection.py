"""Which of several systems is best, from as few replications as an honest answer takes.

Two procedures: `ocba` gives replications to where they tell most about who is best, within a budget; `kn` drops
systems that are clearly worse until one is left, with a guarantee. Both say which systems cannot be told apart.
"""

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


# --- OCBA ---


def fractions(gaps: Floats, variances: Floats, best: int) -> Floats:
    """Return the shares of a budget that the systems should have, shape (systems,).

    Parameters
    ----------
    gaps
        How much worse than the best each system is; that of the best plays no part.
    variances
        Variance of one replication of each.
    best
        The best system.

    Notes
    -----
    Chen, Lin, Yucesan and Chick (2000): N_i / N_j = (s_i / d_i)^2 / (s_j / d_j)^2 and
    N_b = s_b sqrt(sum N_i^2 / s_i^2), for systems that are independent of each other.
    """
    shares = np.zeros(len(gaps))
    others = np.arange(len(gaps)) != best
    shares[others] = variances[others] / gaps[others] ** 2
    shares[best] = math.sqrt(variances[best] * float(np.sum(shares[others] ** 2 / variances[others])))
    return np.asarray(shares / shares.sum())


def paired_fractions(gaps: Floats, variances: Floats, best: int) -> Floats:
    """Return the shares of a budget where values of the same seed belong together.

    A pair tells something only in worlds that both saw. So a system needs worlds in proportion to the variance of
    its difference from the best over the square of the gap, and the best needs as many as whoever needs most.

    Parameters
    ----------
    gaps, best
        As in `fractions`.
    variances
        Variance of the difference between each system and the best, in one world.
    """
    shares = np.zeros(len(gaps))
    others = np.arange(len(gaps)) != best
    shares[others] = variances[others] / gaps[others] ** 2
    shares[best] = shares.max()
    return np.asarray(shares / shares.sum())


def ocba(
    sampler: Sampler,
    systems: int,
    *,
    budget: int,
    target: float | None = None,
    lower: bool = True,
    indifference: float = 0.0,
    first: int = 10,
    step: int | None = None,
    paired: bool = True,
    seed: int = 1,
    level: float = 0.95,
    on_progress: Callable[[int, int], None] | None = None,
) -> Selection:
    """Return the best of some systems after spending a budget where it tells most.

    Parameters
    ----------
    sampler, systems, lower, paired, seed
        As in `Samples`.
    budget
        Replications of all systems together, at least `first` for each.
    target
        Estimated probability of a correct selection at which to stop before the budget is spent, in (0, 1);
        None spends it all.
    indifference
        A system better by no more than this would do as well, at least 0.
    first
        Replications that every system gets, at least 2.
    step
        Replications given between two looks, at least 1; as many as there are systems, but at least 10, if None.
    level
        Confidence level of `alike`.
    on_progress
        Told of the replications so far, and the budget, at each look.

    Raises
    ------
    ValueError
        If an argument is no good, or a value is not finite.

    Notes
    -----
    Sequential optimal computing budget allocation; see `fractions` and `paired_fractions`. A gap below half its
    standard error counts as that, so that two systems that are nearly the same do not take all.
    """
    _check(first, level, indifference)
    if budget < first * systems:
        raise ValueError(f"budget must reach for {first} replications of {systems} candidates, got {budget}")
    if target is not None and not 0 < target < 1:
        raise ValueError(f"target must lie between 0 and 1, got {target}")
    samples = Samples(sampler, systems, lower=lower, seed=seed, paired=paired)
    for system in range(systems):
        samples.extend(system, first)
    step = step or max(systems, 10)
    while True:
        spent = int(samples.n.sum())
        if on_progress is not None:
            on_progress(spent, budget)
        found = samples.selection(level, indifference, reached=target is None)
        if target is not None and found.probability >= target:
            return samples.selection(level, indifference, reached=True)
        if spent >= budget:
            return found
        for system, more in enumerate(_given(samples, found, indifference, min(step, budget - spent))):
            samples.extend(system, int(samples.n[system]) + more)


def _check(first: int, level: float, indifference: float) -> None:
    if first < 2 or not 0 < level < 1 or not (indifference >= 0 and math.isfinite(indifference)):
        raise ValueError(
            f"first >= 2, 0 < level < 1 and a finite indifference >= 0 are needed, got {first}, {level}, {indifference}"
        )


def _given(samples: Samples, found: Selection, indifference: float, more: int) -> list[int]:
    """Return how many of `more` replications each system gets: those that lack most of their share first."""
    best, n = found.best, samples.n
    gaps = np.maximum(np.array(found.gaps), 0.0) + indifference
    gaps = np.maximum(gaps, 0.5 * np.array(found.errors))
    variances = np.array([samples.spread(system, best) for system in range(len(n))])
    share = paired_fractions if samples.paired else fractions
    floor = 1e-9 * max(float(variances.max()), 1e-300)
    wanted = share(np.maximum(gaps, math.sqrt(floor)), np.maximum(variances, floor), best) * (n.sum() + more)
    lacking = np.maximum(wanted - n, 0.0)
    given = np.floor(lacking / lacking.sum() * more).astype(int)
    for system in np.argsort(-(lacking / lacking.sum() * more - given), kind="stable")[: more - given.sum()]:
        given[system] += 1
    return [int(each) for each in given]


# --- KN ---


def constants(systems: int, first: int, alpha: float) -> tuple[float, float]:
    """Return eta and h^2 of the procedure KN.

    Parameters
    ----------
    systems
        Number of systems, at least 2.
    first
        Replications of the first stage, at least 2.
    alpha
        Probability of a wrong selection that is allowed, in (0, 1 - 1 / systems).

    Examples
    --------
    >>> [round(value, 6) for value in constants(10, 20, 0.05)]
    [0.302934, 11.511485]

    Notes
    -----
    Kim and Nelson (2001), with c = 1: eta = ((2 alpha / (k - 1))^(-2 / (n0 - 1)) - 1) / 2, h^2 = 2 eta (n0 - 1).
    """
    eta = 0.5 * ((2 * alpha / (systems - 1)) ** (-2 / (first - 1)) - 1)
    return eta, 2 * eta * (first - 1)


def kn(
    sampler: Sampler,
    systems: int,
    *,
    indifference: float,
    alpha: float = 0.05,
    budget: int | None = None,
    lower: bool = True,
    first: int = 10,
    step: int = 1,
    seed: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> Selection:
    """Return the best of some systems by dropping those that are clearly worse.

    If the replications are normal and the best is better than all others by at least the indifference, it is
    selected with probability of at least 1 - alpha; common random numbers are allowed, and make it quicker.

    Parameters
    ----------
    sampler, systems, lower, seed
        As in `Samples`; always paired.
    indifference
        The smallest difference that matters, above 0, in the unit of the values.
    alpha
        Probability of a wrong selection that is allowed, in (0, 1 - 1 / systems).
    budget
        Replications of all systems together at which to stop without the guarantee; None = no limit.
    first
        Replications of the first stage, at least 2.
    step
        Replications between two looks; fewer looks keep the guarantee, and cost a few replications.
    on_progress
        Told of the replications so far, and the systems that are left, at each look.

    Raises
    ------
    ValueError
        If an argument is no good, or a value is not finite.

    Notes
    -----
    Kim and Nelson (2001): keep i while, for every l that is left, mean_i - mean_l is within
    max(0, delta / (2 r) (h^2 S_il^2 / delta^2 - r)), with S_il^2 of the first stage; see `constants`.
    """
    _check(first, 1 - alpha, indifference)
    if not 0 < alpha < 1 - 1 / max(systems, 2) or indifference <= 0 or step < 1:
        raise ValueError(
            f"0 < alpha < 1 - 1/{systems}, indifference > 0, step >= 1 are needed, got {alpha}, {indifference}, {step}"
        )
    samples = Samples(sampler, systems, lower=lower, seed=seed)
    for system in range(systems):
        samples.extend(system, first)
    _, h2 = constants(systems, first, alpha)
    apart = {(i, j): samples.spread(i, j) for i in range(systems) for j in range(systems) if i != j}
    longest = max(math.floor(h2 * s2 / indifference**2) for s2 in apart.values())
    left, r = list(range(systems)), first
    while True:
        left = _kept(samples.means(), left, apart, indifference, h2, r)
        if on_progress is not None:
            on_progress(int(samples.n.sum()), len(left))
        more = min(step, max(1, longest + 1 - r))
        spent = budget is not None and int(samples.n.sum()) + more * len(left) > budget
        if len(left) == 1 or r > longest or spent:
            best = min(left, key=lambda i: (samples.means()[i], i))
            return samples.selection(1 - alpha, indifference, best=best, reached=len(left) == 1 or r > longest)
        r += more
        for system in left:
            samples.extend(system, r)


def _kept(
    means: Floats, left: list[int], apart: dict[tuple[int, int], float], delta: float, h2: float, r: int
) -> list[int]:
    """Return the systems that are not clearly worse than another that is left."""

    def clearly_worse(i: int, j: int) -> bool:
        slack = max(0.0, delta / (2 * r) * (h2 * apart[i, j] / delta**2 - r))
        return bool(means[i] - means[j] > slack)

    kept = [i for i in left if not any(clearly_worse(i, j) for j in left if j != i)]
    return kept or left
