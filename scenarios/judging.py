"""A simulated log with what simulated judges state of its people, under every version of a rubric."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from sim.desk import Desk
from sim.kpi.rubric import Rubric
from sim.lab.judges import Judges, judge
from sim.log import Log
from sim.log.periods import days_of
from sim.truth import Truth


def appraised(log: Log, truth: Truth, desk: Desk, versions: Sequence[Rubric], judges: Judges, seed: int) -> Log:
    """Return the log with its table `appraisals`: each period judged by the version that is valid on its first day.

    Parameters
    ----------
    log, truth, desk
        A run.
    versions
        The rubric, and its later versions, in the order of their `valid_from`.
    judges, seed
        As in `sim.lab.judges.judge`.

    Raises
    ------
    ValueError
        If the judges have nothing to judge in a version.
    """
    begins = [each.valid_from or date.min for each in versions]
    parts = []
    for rubric, begin, end in zip(versions, begins, [*begins[1:], date.max], strict=True):
        rows = judge(log, truth, desk, rubric, judges, seed)
        rows = rows.with_columns(pl.col(pl.Enum).cast(pl.String))
        spans = {period: days_of(period) for period in rows["period"].unique()}
        mine = [period for period, days in spans.items() if days is not None and begin <= days[0] < end]
        parts.append(rows.filter(pl.col("period").is_in(mine)))
    return log.having(appraisals=pl.concat(parts))
