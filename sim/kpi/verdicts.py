"""Entries of the catalogue: what learners and auditors say of tickets, and when it comes to light."""

from __future__ import annotations

import polars as pl

from sim.kpi.mechanism import ONE, TAKEN, ZERO, Finish, Kpi, Term, mean, share
from sim.kpi.switches import STANDARD_SWITCHES, Switches

_c = pl.col
_RATIO, _TOTAL, _MIN = Finish("ratio"), Finish("total"), Finish("ratio", divide=60)
_complained, _asked = _c("complained_s").is_not_null(), _c("nps").is_not_null()


def _complaint_rate(s: Switches) -> tuple[Term, ...]:
    if s.complaints_per == "created":
        return share(_complained, when="created_s", whole=TAKEN)
    return share(_complained, when="resolved_s")


def _lag(s: Switches) -> tuple[Term, ...]:
    resolved_s = _c("first_resolved_s")
    low_s = pl.when((_c("rated_outcome") <= s.low_rating) & (_c("rated_s") >= resolved_s)).then("rated_s")
    complained_s = pl.when(_c("complained_s") >= resolved_s).then("complained_s")
    sign_s = pl.min_horizontal("first_reopened_s", complained_s, low_s)
    return mean(sign_s - resolved_s, when="first_resolved_s", where=sign_s.is_not_null())


VERDICTS = (
    Kpi(
        name="nps", unit="nps", better="higher", dimension="satisfaction",
        statistics=(
            Term(
                "tickets", "quality_s", where=_asked,
                y=(_c("nps") >= 9).cast(pl.Int64) - (_c("nps") <= 6).cast(pl.Int64),
            ),
        ), finish=Finish("ratio", times=100),
        counts="Percent of 9 and 10 less percent of 0 to 6, of the learners of tickets resolved in the period who said "
        "how willingly they recommend the desk, from 0 to 10.",
        controllable_by="manager", source=("R003-31", "R003-32"), requires=("recommendations",),
        strategy=("retention",),
    ),
    Kpi(
        name="complaint_rate", unit="1", better="lower", dimension="satisfaction",
        statistics=_complaint_rate(STANDARD_SWITCHES), under=_complaint_rate, finish=_RATIO,
        counts="Tickets with a complaint up to the end of the log, out of those resolved in the period.",
        controllable_by="person", source=("R001-37", "R002-77"), requires=("resolutions", "complaints"),
        strategy=("retention",), switches=("complaints_per",),
    ),
    Kpi(
        name="complaints", unit="tickets", better="lower", dimension="satisfaction",
        statistics=(Term("tickets", "complained_s", y=ONE, x=ZERO, binary=True),), finish=_TOTAL,
        counts="Tickets with a first complaint in the period.",
        controllable_by="manager", source=("R001-22", "R001-37"), requires=("complaints",), strategy=("retention",),
    ),
    Kpi(
        name="refund_rate", unit="1", better="lower", dimension="satisfaction",
        statistics=share(_c("refunded_s").is_not_null(), when="resolved_s"), finish=_RATIO,
        counts="Tickets with a refund in dispute up to the end of the log, out of those resolved in the period.",
        controllable_by="manager", source=("R001-06", "R001-07"), requires=("resolutions", "refunds"),
        strategy=("retention", "cost"),
    ),
    Kpi(
        name="audit_false_resolved_rate", unit="1", better="lower", dimension="quality",
        statistics=share(_c("audit") == 0, when="resolved_s", whole=_c("audit").is_not_null()),
        finish=Finish("ratio", interval="wilson"),
        counts="Tickets that an audit did not find resolved, out of the audited ones resolved in the period; the "
        "interval is Wilson's.",
        controllable_by="person", source=("R003-46", "R003-47"), requires=("audits",), strategy=("retention",),
    ),
    Kpi(
        name="call_back_coverage_rate", unit="1", better="higher", dimension="satisfaction",
        statistics=share(_c("called_back"), when="resolved_s"), finish=_RATIO,
        counts="Tickets whose learner was called back up to the end of the log, out of those resolved in the period.",
        controllable_by="manager", source=("R001-21",), outcome_or_process="process",
        requires=("resolutions", "call-backs"), strategy=("retention",),
    ),
    Kpi(
        name="detection_lag_mean", unit="min", better="lower", dimension="quality",
        statistics=_lag(STANDARD_SWITCHES), under=_lag, finish=_MIN,
        counts="Elapsed minutes from the first resolution to the first sign that it was none (reopening, complaint, "
        "low rating), over tickets first resolved in the period that show one.",
        controllable_by="manager", source=("R003-71",), clock="elapsed", requires=("resolutions",),
        strategy=("retention",), switches=("low_rating",),
    ),
    Kpi(
        name="solution_reuse_rate", unit="1", better="higher", dimension="quality",
        statistics=share(_c("by_solution"), when="resolved_s"), finish=_RATIO,
        counts="Tickets resolved by a solution of the knowledge base, out of those resolved in the period; split by "
        "kind it is that of like problems.",
        controllable_by="manager", source=("R003-29",), outcome_or_process="process",
        requires=("resolutions", "solutions"), strategy=("capability", "cost"),
    ),
)  # fmt: skip
