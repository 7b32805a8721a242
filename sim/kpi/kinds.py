"""What the tickets of each kind came to in a whole log: on it figures are adjusted for the mix of kinds."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from sim.kpi.casemix import OUTCOMES, WORK_COLUMNS, Expected, Sums, expected_of, work_by_kind
from sim.kpi.catalogue import KPIS
from sim.kpi.features import features
from sim.kpi.switches import STANDARD_SWITCHES, Switches
from sim.log import Log


def sums_by_kind(
    log: Log, columns: Collection[str], switches: Switches = STANDARD_SWITCHES, window: tuple[int, int] | None = None
) -> Sums:
    """Return what the expected values behind some columns stand on; sums over parts of a log are those of the whole.

    Parameters
    ----------
    log
        A log.
    columns
        Names of `sim.kpi.casemix.COLUMNS`; of other names nothing is summed.
    switches
        How open questions of the KPIs are answered.
    window
        The seconds [begin, end) that count; all by default.
    """
    made = dict(work_by_kind(log, window)) if not {*WORK_COLUMNS}.isdisjoint(columns) else {}
    for column, name in OUTCOMES.items():
        if column in columns:
            made |= _of_kpi(log, name, switches, window or (-(2**62), 2**62))
    return made


def expected_by_kind(log: Log, columns: Collection[str], switches: Switches = STANDARD_SWITCHES) -> Expected:
    """Return the expected values behind some columns, of a whole log; parameters as in `sums_by_kind`."""
    return expected_of([sums_by_kind(log, columns, switches)])


def _of_kpi(log: Log, name: str, switches: Switches, window: tuple[int, int]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the sum of a KPI above the line and the tickets below it, by kind, whoever answers for them."""
    (term,) = KPIS[name].switched(switches).statistics
    roots = {root for each in (term.where, term.known, term.y, term.x) for root in each.meta.root_names()}
    rows = features(log, frozenset(roots | {term.when}), switches)
    counted = rows.filter(term.where & term.known & pl.col(term.when).is_between(window[0], window[1] - 1))
    sums = counted.group_by(kind=pl.col("kind").cast(pl.String)).agg(y=term.y.cast(pl.Int64).sum(), n=pl.len())
    return {(name, kind): (y, n) for kind, y, n in sums.sort("kind").rows()}
