"""Shares and means with the kinds of the tickets taken out: whoever gets the hard ones is not charged for it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from sim.kpi.casemix import PPM
from sim.kpi.mechanism import Finish, Kpi, Term
from sim.kpi.outcomes import QUALITY, SATISFACTION
from sim.kpi.switches import Switches
from sim.kpi.timeliness import RESOLUTIONS

_PLAIN = {kpi.name: kpi for kpi in (*QUALITY, *SATISFACTION, *RESOLUTIONS)}


def _adjusted(terms: tuple[Term, ...], off: str) -> tuple[Term, ...]:
    """Return the sums of a share or mean in millionths, each ticket less what its kind lies off all kinds by."""
    return tuple(
        replace(each, y=each.y * PPM - pl.col(off), known=each.known & pl.col(off).is_not_null(), binary=False)
        for each in terms
    )


def _entry(name: str, plain: str, off: str, unit: str) -> Kpi:
    """Return a KPI adjusted for kinds: the plain one by its definition, less the mean of each kind, plus that of all.

    Notes
    -----
    Indirect standardisation by differences: observed less expected plus the overall mean. It is exact where a person's
    effect is the same for every kind. A share may come out a little below 0 or above 1, so its unit is `ratio`.
    """
    base = _PLAIN[plain]

    def under(switches: Switches) -> tuple[Term, ...]:
        return _adjusted(base.statistics if base.under is None else base.under(switches), off)

    return replace(
        base, name=name, unit=unit, statistics=_adjusted(base.statistics, off), under=under,
        finish=Finish("ratio", divide=PPM),
        counts=f"As {plain}, each ticket less what the tickets of its kind come to in the whole log, more or less than "
        "all tickets; the overall level stays.",
        source=(*base.source, "R003-04"),
    )  # fmt: skip


MIXED = (
    _entry("fcr_mix_adjusted", "fcr_verified_72h", "solved_off_ppm", "ratio"),
    _entry("csat_mix_adjusted", "csat_mean", "result_off_ppm", "points"),
    _entry("process_csat_mix_adjusted", "process_csat_mean", "process_off_ppm", "points"),
    _entry("resolution_overdue_mix_adjusted", "resolution_overdue_rate", "overdue_off_ppm", "ratio"),
)
