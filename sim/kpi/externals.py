"""Figures that no ticket tells, from tables of other systems: CRM, LMS, HR, finance, lists kept by hand."""

from __future__ import annotations

import polars as pl

from sim.kpi.mechanism import ZERO, Finish, Kpi, Term
from sim.log import Log
from sim.log.periods import first_second

MEASURE = "measure "
"""A fact that begins so is that the log has a value of the measure whose name follows."""

MILLIONTHS = 1_000_000
"""Values are summed in millionths, rounded once."""

_c = pl.col


def value_terms(measure: str, where: pl.Expr, y: pl.Expr, *, total: bool) -> tuple[Term, ...]:
    """Return the sums of values of a measure: of their mean, or of their total.

    Parameters
    ----------
    measure
        Name of the measure.
    where
        Which of its rows count.
    y
        A number of each row; summed in millionths.
    total
        Whether they are added up; else their mean is taken.
    """
    number = y.cast(pl.Float64) * MILLIONTHS
    ppm = pl.when(number.is_finite()).then(number.round()).cast(pl.Int64)
    rows = (_c("measure").cast(pl.String) == measure) & where
    x = ZERO if total else pl.lit(1, dtype=pl.Int64)
    return (Term("externals", "at_s", where=rows, known=ppm.is_not_null(), y=ppm, x=x, credit="none"),)


def _entry(name: str, unit: str, counts: str, *source: str, total: bool = False) -> Kpi:
    return Kpi(
        name=name, unit=unit, better="higher", dimension="collaboration",
        statistics=value_terms(name, pl.lit(True), _c("value"), total=total),
        finish=Finish("total" if total else "ratio", divide=MILLIONTHS), counts=counts, controllable_by="person",
        source=source, requires=(MEASURE + name,), strategy=("capability",),
    )  # fmt: skip


OUTSIDE = (
    _entry(
        "trainee_pass_rate", "1", "Mean of the pass rates of people's trainees that HR or the learning system states "
        "for periods that begin in the period.", "R003-39",
    ),
    _entry(
        "secondary_sales_rate", "1", "Mean of the shares of customers who bought again that the CRM states for periods "
        "that begin in the period.", "R002-53",
    ),
    _entry(
        "training_hours_taught", "h", "Hours of internal training taught that HR or the learning system states for "
        "periods that begin in the period, added up.", "R003-38", total=True,
    ),
    _entry(
        "knowledge_shares", "count", "Cases shared in the team, by a list kept by hand, for periods that begin in the "
        "period, added up.", "R003-42", total=True,
    ),
    _entry(
        "enrolments", "count", "Enrolments that the CRM states for periods that begin in the period, added up.",
        "R000-50", total=True,
    ),
)  # fmt: skip

SHARES = frozenset(kpi.name for kpi in OUTSIDE if kpi.unit == "1")
"""Measures of the catalogue that lie in [0, 1]."""


def told(log: Log) -> pl.DataFrame:
    """Return the external values of a log, each at an instant, with what is known of the person or the learner.

    Returns
    -------
    DataFrame
        The table, `role`, `team` and `seat` of the person, `course` and `life_stage` of the learner, and `at_s`: the
        first second of the period that lies in the log, null if none does.
    """
    rows, line = log.externals.with_columns(_c("person").cast(log.people.schema["person"])), log.timeline
    spans = {period: first_second(period, line, log.until_s) for period in rows["period"].cast(pl.String).unique()}
    at_s = pl.Series("at_s", [spans[period] for period in rows["period"].cast(pl.String)], dtype=pl.Int64)
    people = log.people.select("person", "role", "team", "seat")
    learners = log.learners.select("learner", "course", life_stage="stage")
    return (
        rows.with_columns(at_s)
        .join(people, on="person", how="left", maintain_order="left")
        .join(learners, on="learner", how="left", maintain_order="left")
    )
