"""Statistics of checks against theory: z of a mean, Holm over all checks, chi-square over the main ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy import special

LEVEL = 0.01
"""Probability that a right engine fails any check, before the repetition."""
PRECISION = 0.02
"""Largest standard error over the exact value: a less precise check could not fail."""
RARE = 0.01
"""Below it a probability need not be estimated that precisely; its 99.9 % interval must hold it instead."""
RARE_LEVEL = 0.001


@dataclass(frozen=True)
class Check:
    """One figure of theory beside its estimate.

    Attributes
    ----------
    record, value
        What was checked.
    exact
        The figure of theory.
    mean, se
        Mean over the replications and its standard error.
    n
        Number of replications.
    rare
        Whether it is a probability below `RARE`.
    """

    record: str
    value: str
    exact: float
    mean: float
    se: float
    n: int
    rare: bool = False

    @classmethod
    def of(cls, record: str, value: str, exact: float, sample: Sequence[float], *, share: bool = False) -> "Check":
        """Return the check of a sample, one figure per replication; `share` says that it is a probability.

        Raises
        ------
        ValueError
            If there are fewer than two replications.
        """
        n = len(sample)
        if n < 2:
            raise ValueError(f"{record}, {value}: a check needs at least 2 replications, got {n}")
        se = float(np.std(sample, ddof=1)) / sqrt(n)
        return cls(record, value, exact, float(np.mean(sample)), se, n, share and exact < RARE)

    @property
    def z(self) -> float:
        """Student's t turned into a standard normal: Phi^-1(F_t(t; n - 1)), without loss in the tails."""
        if self.se == 0:
            return 0.0 if self.mean == self.exact else float(np.copysign(inf, self.mean - self.exact))
        t = (self.mean - self.exact) / self.se
        return float(np.copysign(special.ndtri(special.stdtr(self.n - 1, -abs(t))), t))

    @property
    def p(self) -> float:
        """Probability of so large a difference, to either side, if the engine is right."""
        return float(2 * special.ndtr(-abs(self.z)))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Student's t."""
        half = float(special.stdtrit(self.n - 1, 0.975)) * self.se
        return self.mean - half, self.mean + half

    @property
    def precise(self) -> bool:
        """Whether the standard error is at most `PRECISION` of the exact value, or the value is rare."""
        return self.rare or self.se <= PRECISION * abs(self.exact)


def holm(p: Sequence[float], level: float = LEVEL) -> list[bool]:
    """Return for each check whether it fails at a level that holds for all together.

    Notes
    -----
    Holm (1979): the k-th smallest of m probabilities is compared with level / (m - k + 1), and from the first
    that passes on, all pass.
    """
    failed = [False] * len(p)
    for k, place in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        if p[place] > level / (len(p) - k):
            break
        failed[place] = True
    return failed


def failing(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that fail: Holm over the ordinary ones, the 99.9 % interval for the rare ones."""
    ordinary = [check for check in checks if not check.rare]
    failed = [check for check, wrong in zip(ordinary, holm([check.p for check in ordinary]), strict=True) if wrong]
    return failed + [check for check in checks if check.rare and check.p < RARE_LEVEL]


def chi_square(checks: Sequence[Check]) -> tuple[float, int, float]:
    """Return the sum of z^2 of independent checks, their number, and the probability of so large a sum."""
    total = sum(check.z**2 for check in checks)
    return total, len(checks), float(special.chdtrc(len(checks), total))
