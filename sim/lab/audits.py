"""What audits can find: chances of being caught, of being suspected wrongly, and what a second department adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.desk import Audits, SecondAudit
from sim.kpi.agreement import cohen_kappa
from sim.record.verdicts import sample_size

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Detection:
    """What monthly audits find of somebody who closes a share of the tickets unsolved.

    Attributes
    ----------
    audited
        Tickets audited in a month.
    caught
        Chance that an unsolved ticket was found by the end of month 1, 2, ...
    suspected
        Chance that a month has at least `least` failed audits, false alarms among them.
    honest
        The same of somebody who solves every ticket.
    """

    audited: int
    caught: tuple[float, ...]
    suspected: float
    honest: float

    def months_to(self, chance: float) -> int | None:
        """Return the first month by whose end an unsolved ticket was found with a chance; None if later than all."""
        return next((month for month, each in enumerate(self.caught, 1) if each >= chance), None)


def caught(resolutions: int, unsolved: int, audits: Audits) -> float:
    """Return the chance that a month's audit finds one of the unsolved tickets of a person, exactly.

    Parameters
    ----------
    resolutions
        Resolutions of the month that stand at its end.
    unsolved
        How many of them are none, 0 to `resolutions`.
    audits
        The law: the share that is drawn, and how often an unsolved ticket is found.

    Raises
    ------
    ValueError
        If more are unsolved than resolved.

    Notes
    -----
    Unsolved tickets among those drawn are hypergeometric, and each is found for itself.

    Examples
    --------
    Of 10 tickets 2 are drawn; with 5 unsolved, none is among them with a chance of 5/10 x 4/9.

    >>> round(caught(10, 5, Audits(share=0.2, finds=1.0)), 4)
    0.7778
    """
    if not 0 <= unsolved <= resolutions:
        raise ValueError(f"unsolved must lie in 0 ... {resolutions}, got {unsolved}")
    drawn = sample_size(resolutions, audits.share)
    counts = np.arange(drawn + 1)
    chances = stats.hypergeom.pmf(counts, resolutions, unsolved, drawn)
    return float(1 - (chances * (1 - audits.finds) ** counts).sum())


def detection(
    resolutions: int, unsolved_share: float, audits: Audits, *, months: int = 12, least: int = 1
) -> Detection:
    """Return what monthly audits find of somebody whose tickets are unsolved with a chance each (R003-46, R003-47).

    Parameters
    ----------
    resolutions
        Of every month, at least 1.
    unsolved_share
        Chance that a ticket that the person closes is unsolved, 0 to 1.
    audits
        The law.
    months
        How many are looked at, at least 1.
    least
        Failed audits of a month from which on somebody is suspected, at least 1.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Notes
    -----
    Of the tickets drawn, each is unsolved and found with the same chance, so found ones are binomial; months are
    independent.

    Examples
    --------
    The seed's own: 40 tickets, 4 audited, 10 % unsolved, every one found: 1 - 0.9^4.

    >>> round(detection(40, 0.1, Audits(share=0.1, finds=1.0, false_alarm=0.0)).caught[0], 2)
    0.34
    """
    for name, value, low in (("resolutions", resolutions, 1), ("months", months, 1), ("least", least, 1)):
        if value < low:
            raise ValueError(f"{name} must be at least {low}, got {value}")
    if not 0 <= unsolved_share <= 1:
        raise ValueError(f"unsolved_share must lie in 0 ... 1, got {unsolved_share:g}")
    drawn = sample_size(resolutions, audits.share)
    none = (1 - unsolved_share * audits.finds) ** drawn
    return Detection(
        drawn, tuple(float(1 - none**month) for month in range(1, months + 1)),
        float(stats.binom.sf(least - 1, drawn, failing(unsolved_share, audits))),
        float(stats.binom.sf(least - 1, drawn, audits.false_alarm)),
    )  # fmt: skip


def failing(unsolved_share: float, audits: Audits) -> float:
    """Return the chance that an audit fails, 0 to 1: an unsolved ticket found, or a false alarm."""
    return unsolved_share * audits.finds + (1 - unsolved_share) * audits.false_alarm


@dataclass(frozen=True)
class AuditPoints:
    """What audits, errors of theirs among it, do to the points of an item that they decide.

    Attributes
    ----------
    mean, sd
        Points of a month, over what the lot and the auditors may bring.
    lost
        Mean loss against audits without error of all tickets, in points; negative where error is kind.
    lower
        Chance of fewer points than with no failed audit.
    """

    mean: float
    sd: float
    lost: float
    lower: float


def points_by_audits(resolutions: int, unsolved_share: float, audits: Audits, points: Sequence[float]) -> AuditPoints:
    """Return how audits move the points of an item that goes by the number of failed audits of a month.

    Parameters
    ----------
    resolutions, unsolved_share, audits
        As in `detection`.
    points
        Points with 0, 1, 2, ... failed audits; the last for all numbers beyond.

    Raises
    ------
    ValueError
        If there are no points.
    """
    if not points:
        raise ValueError("points must name those with 0 failed audits at least")
    table = np.asarray(points, dtype=np.float64)

    def month(failed: Floats) -> Floats:
        return np.asarray(table[np.minimum(failed.astype(np.int64), len(table) - 1)])

    drawn = sample_size(resolutions, audits.share)
    counts = np.arange(drawn + 1, dtype=np.float64)
    chances = stats.binom.pmf(counts, drawn, failing(unsolved_share, audits))
    earned = month(counts)
    mean = float((chances * earned).sum())
    sure = np.arange(resolutions + 1, dtype=np.float64)
    truth = float((stats.binom.pmf(sure, resolutions, unsolved_share) * month(sure)).sum())
    spread = float(np.sqrt(max((chances * earned**2).sum() - mean**2, 0.0)))
    return AuditPoints(mean, spread, truth - mean, float(chances[earned < table[0]].sum()))


@dataclass(frozen=True)
class TwoAudits:
    """What a second department finds in the tickets that a first one has audited (R003-68).

    Attributes
    ----------
    table
        Chances that the first (row) and the second (column) find a ticket resolved, or not, shape (2, 2).
    kappa
        Agreement beyond chance.
    missed
        Share of the audited tickets that are unsolved and that the first passed.
    found_more
        Share of those that the second finds.
    wrong
        Share of the tickets failed by the first that are solved; 0 where none fails.
    wrong_of_both
        The same of the tickets failed by both.
    """

    table: Floats
    kappa: float | None
    missed: float
    found_more: float
    wrong: float
    wrong_of_both: float


def two_audits(unsolved_share: float, first: Audits, second: Audits | SecondAudit) -> TwoAudits:
    """Return what two departments say of the same tickets, each erring for itself.

    Parameters
    ----------
    unsolved_share
        Share of the audited tickets that are unsolved, 0 to 1.
    first, second
        How often each finds an unsolved ticket, and raises a false alarm; their shares of tickets play no part.

    Raises
    ------
    ValueError
        If the share is out of its range.

    Notes
    -----
    Given whether a ticket is solved, the two are independent. Departments that overlook the same things agree more,
    and find less: `found_more` is then an upper bound.
    """
    if not 0 <= unsolved_share <= 1:
        raise ValueError(f"unsolved_share must lie in 0 ... 1, got {unsolved_share:g}")
    fails = np.array([[first.finds, first.false_alarm], [second.finds, second.false_alarm]])
    classes = np.array([unsolved_share, 1 - unsolved_share])
    rows, columns = (np.stack([1 - each, each]) for each in fails)
    table = np.einsum("ic,jc,c->ij", rows, columns, classes)
    failed, both = table[1].sum(), table[1, 1]
    try:
        kappa = cohen_kappa(table).value
    except ValueError:
        kappa = None
    solved = 1 - unsolved_share
    return TwoAudits(
        table, kappa, unsolved_share * (1 - first.finds), second.finds,
        float(solved * first.false_alarm / failed) if failed > 0 else 0.0,
        float(solved * first.false_alarm * second.false_alarm / both) if both > 0 else 0.0,
    )  # fmt: skip
