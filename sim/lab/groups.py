"""Two groups set side by side: the four-fifths rule and how often it errs, equivalence, permutation tests."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from sim.kpi.standardised import Odds, directly_standardised, mantel_haenszel

type Floats = NDArray[np.float64]

FOUR_FIFTHS = 0.8
"""A selection rate below so much of the other group's is flagged (US Uniform Guidelines 1978, 29 CFR 1607.4 D)."""
LEAST_GROUP = 4
"""People that a group must have: below, a figure of the group speaks of persons, and no exact test of two groups of
three can reach 5 % (2 of their 20 splits are 10 %)."""
RESAMPLES = 9999


@dataclass(frozen=True)
class Rates:
    """How often people of two groups are chosen, as it stands and at the same mix of cases.

    Attributes
    ----------
    rates, impact
        Rate of each group, and the lower over the higher: crude. Null if nobody is chosen.
    flagged
        Whether the crude comparison fails the four-fifths rule.
    false_alarm
        How often two groups of these sizes with one true rate, the pooled one, fail the rule by chance.
    p
        Fisher's exact test of the crude comparison, two-sided.
    adjusted_rates, adjusted_impact, adjusted_flagged
        The same at the mix of both groups together (directly standardised).
    odds
        Pooled odds ratio of the first group over the second, with its interval (Mantel & Haenszel).
    cleared
        Whether the crude comparison is flagged and the adjusted one is not.
    """

    rates: tuple[float, float]
    impact: float | None
    flagged: bool
    false_alarm: float
    p: float
    adjusted_rates: tuple[float, float]
    adjusted_impact: float | None
    adjusted_flagged: bool
    odds: Odds
    cleared: bool


def compare_rates(chosen: ArrayLike, cases: ArrayLike, level: float = 0.95) -> Rates:
    """Return how two groups compare in how often they are chosen, crude and at one mix of cases.

    Parameters
    ----------
    chosen, cases
        Counts by group and stratum (such as the kind of ticket), shape (2, strata).
    level
        Level of the interval of the odds ratio.

    Raises
    ------
    ValueError
        If there are not two groups, a group has no case, or more are chosen than there are.

    Notes
    -----
    It is about the group that is chosen less often. A difference that goes away at one mix of cases is the
    mix's doing; whether the mix itself was dealt fairly is another question.
    """
    taken, of = np.asarray(chosen, dtype=np.int64), np.asarray(cases, dtype=np.int64)
    if taken.shape != of.shape or taken.ndim != 2 or len(taken) != 2:
        raise ValueError(f"two groups by strata are compared, got shapes {taken.shape} and {of.shape}")
    if (taken < 0).any() or (taken > of).any() or (of.sum(axis=1) == 0).any():
        raise ValueError("each group needs 1 case or more, and 0 or more and at most all of them chosen")
    (x, y), (n, m) = taken.sum(axis=1).tolist(), of.sum(axis=1).tolist()
    rates = (x / n, y / m)
    adjusted, _ = directly_standardised(taken, of, of.sum(axis=0))
    both = (float(adjusted[0]), float(adjusted[1]))
    flagged, still = (_flagged(impact_ratio(*pair)) for pair in (rates, both))
    return Rates(
        rates=rates, impact=impact_ratio(*rates), flagged=flagged,
        false_alarm=four_fifths_false_alarm((x + y) / (n + m), n, m),
        p=float(stats.fisher_exact([[x, n - x], [y, m - y]]).pvalue), adjusted_rates=both,
        adjusted_impact=impact_ratio(*both), adjusted_flagged=still, odds=mantel_haenszel(taken, of, level),
        cleared=flagged and not still,
    )  # fmt: skip


def impact_ratio(one: float, other: float) -> float | None:
    """Return the lower of two rates over the higher; None if both are 0 or one is unknown."""
    high = max(one, other)
    return min(one, other) / high if high > 0 and not np.isnan(one + other) else None


def _flagged(ratio: float | None) -> bool:
    return ratio is not None and ratio < FOUR_FIFTHS


def four_fifths_false_alarm(rate: float, one: int, other: int) -> float:
    """Return how often two groups with one and the same true rate fail the four-fifths rule, either way.

    Parameters
    ----------
    rate
        True rate of both, 0 to 1.
    one, other
        People in each group, 1 to 1,000,000.

    Returns
    -------
    float
        Probability that the lower observed rate is below four fifths of the higher one; selections are independent.

    Raises
    ------
    ValueError
        If the rate or a size lies outside its range.

    Notes
    -----
    The exact double sum over both binomial counts. That the rule alone is a poor guide in small groups: Roth, Bobko &
    Switzer (2006), Journal of Applied Psychology 91:507.

    Examples
    --------
    A tier for a quarter of the people, two groups of 20: two thirds of fair desks are flagged.

    >>> round(four_fifths_false_alarm(0.25, 20, 20), 3)
    0.653
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"a rate lies between 0 and 1, got {rate:g}")
    for size in (one, other):
        if not 1 <= size <= 1_000_000:
            raise ValueError(f"a group must have 1 to 1,000,000 people, got {size}")
    # In whole numbers, so that exactly four of five is no failure: y fails if 5 n y < 4 m x or 4 n y > 5 m x.
    x = np.arange(one + 1)
    low, high = (4 * other * x - 1) // (5 * one), 5 * other * x // (4 * one)
    below, above = stats.binom.cdf(low, other, rate), stats.binom.sf(high, other, rate)
    return float(stats.binom.pmf(x, one, rate) @ (below + above))


@dataclass(frozen=True)
class Equivalence:
    """Whether a difference is small enough not to matter.

    Attributes
    ----------
    margin
        The largest difference that does not matter, in the unit of the difference.
    p
        Of the two one-sided tests, the larger; null without an interval.
    equivalent
        Whether the difference lies within the margin either way, at 1 less the level.
    """

    margin: float
    p: float | None
    equivalent: bool


def equivalence(values: Floats, margin: float, level: float = 0.95) -> Equivalence:
    """Return whether a mean lies within a margin of 0, by two one-sided t tests.

    Parameters
    ----------
    values
        One independent difference per world, shape (worlds,); NaN are left out.
    margin
        Above 0.
    level
        1 less the probability of calling equivalent what is not.

    Raises
    ------
    ValueError
        If the margin is not above 0.

    Notes
    -----
    Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15:657. That no difference was found is not that
    there is none; this asks the second question.
    """
    if not margin > 0:
        raise ValueError(f"a margin of equivalence must be above 0, got {margin:g}")
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return Equivalence(margin, None, False)
    mean, error = float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))
    room = margin - abs(mean)
    if error == 0:
        return Equivalence(margin, 0.0 if room > 0 else 1.0, room > 0)
    p = float(stats.t.sf(room / error, len(known) - 1))
    return Equivalence(margin, p, p < 1 - level)


def sign_flips(values: Floats, seed: int = 0) -> float | None:
    """Return how often signs drawn at random give a mean so far from 0: the p of a paired permutation test.

    Parameters
    ----------
    values
        One independent difference per world, whose sign would be either if nothing differed; NaN are left out.
    seed
        Of the draws, which are made where there are more than 9,999 ways; all ways are counted otherwise.

    Returns
    -------
    float or None
        Two-sided; None without any value.
    """
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return None
    if 2 ** min(len(known), 60) <= RESAMPLES:
        signs = 1 - 2 * ((np.arange(2 ** len(known))[:, None] >> np.arange(len(known))) & 1)
        return float((np.abs(signs @ known) >= abs(known.sum()) - 1e-9 * np.abs(known).sum()).mean())
    found = stats.permutation_test(
        (known,), np.mean, permutation_type="samples", n_resamples=RESAMPLES, rng=np.random.default_rng(seed)
    )
    return float(found.pvalue)


def exchanges(one: Floats, other: Floats, seed: int = 0) -> float:
    """Return how often people dealt into the two groups at random differ so much on average.

    Parameters
    ----------
    one, other
        A figure of each person, shapes (people of the group,).
    seed
        Of the draws, which are made where there are more than 9,999 ways to deal.

    Returns
    -------
    float
        Two-sided p of the permutation test; exact where all ways are counted.

    Raises
    ------
    ValueError
        If a group has fewer than four people.
    """
    for size in (len(one), len(other)):
        check_group("a group", size)
    ways = comb(len(one) + len(other), len(one))
    found = stats.permutation_test(
        (one, other), lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis), vectorized=True,
        permutation_type="independent", n_resamples=ways if ways <= RESAMPLES else RESAMPLES,
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    return float(found.pvalue)


def check_group(what: str, size: int) -> None:
    """Refuse a group that is too small to be spoken of.

    Raises
    ------
    ValueError
        With the reason.
    """
    if size < LEAST_GROUP:
        raise ValueError(
            f"{what} of {size} is too small to compare: its figure would speak of persons, and two groups of three "
            f"differ by chance alone too often for any exact test; at least {LEAST_GROUP} are needed"
        )
