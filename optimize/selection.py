"""Which of several systems is best, from as few replications as an honest answer takes.

Two procedures: `ocba` gives replications to where they tell most about who is best, within a budget; `kn` drops
systems that are clearly worse until one is left, with a guarantee. Both say which systems cannot be told apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from optimize.samples import Floats, Sampler, Samples, Selection

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
