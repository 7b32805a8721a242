"""How often a tier from a score of known reliability is wrong, and how many tickets a reliability takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

from scipy.special import ndtri, owens_t


@dataclass(frozen=True)
class Misclassified:
    """How often people are in the wrong one of two tiers; shares in 0 ... 1.

    Attributes
    ----------
    total
        Share of all people who are in the wrong tier: labelled but should not be, or the other way round.
    false_label
        Share of those labelled who should not be: whose harm it is.
    missed
        Share of those not labelled who should be.
    """

    total: float
    false_label: float
    missed: float


def misclass_two_tier(reliability: float, labelled: float) -> Misclassified:
    """Return how often the lowest (or highest) share of people by score is not the one by truth.

    Parameters
    ----------
    reliability
        Share of the variance of the score that is true, 0 ... 1, the same for everybody.
    labelled
        Share of people who get the label, above 0 and below 1: as many by score as by truth.

    Raises
    ------
    ValueError
        If a share lies outside its range.

    Notes
    -----
    True and observed scores are normal with correlation rho, the square root of the reliability. With h the quantile
    of the labelled share, the share labelled by one only is 2 T(h, sqrt((1 - rho) / (1 + rho))), T being Owen's (1956)
    function. The model is that of Adams, Mehrotra, Thomas & McGlynn (2010), NEJM 362:1014. People with unequal numbers
    of tickets have unequal reliabilities, and more of them are in the wrong tier than this says.

    Examples
    --------
    At reliability 0.7 two of seven people in the lowest quarter do not belong there.

    >>> round(misclass_two_tier(0.7, 0.25).false_label, 3)
    0.292
    """
    if not 0 <= reliability <= 1:
        raise ValueError(f"a reliability lies between 0 and 1, got {reliability:g}")
    if not 0 < labelled < 1:
        raise ValueError(f"the share labelled must lie above 0 and below 1, got {labelled:g}")
    rho = sqrt(reliability)
    apart = 2 * float(owens_t(ndtri(labelled), sqrt((1 - rho) / (1 + rho))))
    return Misclassified(2 * apart, apart / labelled, apart / (1 - labelled))


def reliability_n(reliability: float, sd_between: float, variance: float) -> float:
    """Return how many tickets of each person a mean needs to reach a reliability.

    Parameters
    ----------
    reliability
        The reliability to reach, 0 or more and below 1: no number of tickets is enough for 1.
    sd_between
        SD of the true figure between people, above 0, in the unit of the figure.
    variance
        Variance of one ticket's figure within a person, that unit squared; p (1 - p) for a proportion.

    Returns
    -------
    float
        Tickets, not rounded: R / (1 - R) * variance / sd_between^2.

    Raises
    ------
    ValueError
        If the reliability is 1 or more, or a spread is not as said.

    Notes
    -----
    Adams (2009), The Reliability of Provider Profiling, RAND TR-653, solved for n.

    Examples
    --------
    Solved at first contact: 72 % on average, 5 points apart.

    >>> round(reliability_n(0.7, 0.05, 0.72 * 0.28))
    188
    """
    _check_spreads(sd_between, variance)
    if not 0 <= reliability < 1:
        raise ValueError(
            f"a reliability to reach must be 0 or more and below 1, which no number of tickets reaches; "
            f"got {reliability:g}"
        )
    return reliability / (1 - reliability) * variance / sd_between**2


def stepped_up(reliability: float, times: float) -> float:
    """Return the reliability of so many periods like this one, by Spearman (1910) and Brown (1910).

    Parameters
    ----------
    reliability
        Of one period; an estimate may be negative, down to -1 / (times - 1).
    times
        Length in periods, above 0.

    Raises
    ------
    ValueError
        If `times` is 0 or less.

    Examples
    --------
    >>> round(stepped_up(0.61, 2), 3)
    0.758
    """
    if not times > 0:
        raise ValueError(f"a length in periods must be above 0, got {times:g}")
    return times * reliability / (1 + (times - 1) * reliability)


def _check_spreads(sd_between: float, variance: float) -> None:
    if not (sd_between > 0 and isfinite(sd_between)):
        raise ValueError(f"the SD between people must be above 0, got {sd_between:g}")
    if not (variance >= 0 and isfinite(variance)):
        raise ValueError(f"the variance of a ticket's figure must be 0 or more, got {variance:g}")
