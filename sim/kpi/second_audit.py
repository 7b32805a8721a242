"""What two audits of the same tickets say of each other: how often they agree beyond chance, from a log alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sim.kpi.agreement import Agreement, cohen_kappa
from sim.log import Log

FIRST, SECOND = "audit", "second_audit"
"""Reasons of ratings by the first audit and by that of another department."""


@dataclass(frozen=True)
class AuditsAgree:
    """How two departments judged the same tickets.

    Attributes
    ----------
    passed, only_first, only_second, failed
        Tickets that both found resolved, that only the first failed, that only the second failed, that both failed.
    kappa
        Agreement beyond chance, with its interval; None where both always gave the same verdict.
    """

    passed: int
    only_first: int
    only_second: int
    failed: int
    kappa: Agreement | None

    @property
    def n(self) -> int:
        """Tickets that both looked at."""
        return self.passed + self.only_first + self.only_second + self.failed


def audits_agree(log: Log, level: float = 0.95) -> AuditsAgree | None:
    """Return how two audits of the same tickets agree.

    Parameters
    ----------
    log
        A log, real or simulated.
    level
        Level of the interval, in (0, 1).

    Returns
    -------
    AuditsAgree or None
        None if no ticket was audited twice.

    Notes
    -----
    Cohen's kappa (`sim.kpi.agreement.cohen_kappa`) of the last verdict of each department. It is about those who audit,
    and cannot see what both overlook: departments that share a blind spot agree.
    """
    said = log.moments.filter(pl.col("what") == "rated").select(
        "ticket", "value", reason=pl.col("reason").cast(pl.String), order=pl.int_range(pl.len())
    )
    first, second = (
        said.filter(pl.col("reason") == reason).sort("order").group_by("ticket").agg(pl.col("value").last())
        for reason in (FIRST, SECOND)
    )
    both = first.join(second, on="ticket", suffix="_again")
    if both.is_empty():
        return None
    one, two = (both[name].to_numpy() == 0 for name in ("value", "value_again"))
    table = np.array([[(~one & ~two).sum(), (~one & two).sum()], [(one & ~two).sum(), (one & two).sum()]])
    try:
        kappa = cohen_kappa(table, level)
    except ValueError:
        kappa = None
    return AuditsAgree(int(table[0, 0]), int(table[1, 0]), int(table[0, 1]), int(table[1, 1]), kappa)
