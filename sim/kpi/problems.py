"""Entries of the catalogue: hard and repeated problems, duplicates, warnings, and how soon a failure is noticed."""

from __future__ import annotations

import polars as pl

from sim.kpi.mechanism import ONE, TAKEN, ZERO, Finish, Kpi, Term, mean, share
from sim.kpi.switches import STANDARD_SWITCHES, Switches

_c = pl.col
_RATIO, _TOTAL, _MIN = Finish("ratio"), Finish("total"), Finish("ratio", divide=60)

_of_reply = (_c("due_response_s") >= _c("warned_s")) & ~(_c("first_reply_s") < _c("warned_s")).fill_null(False)
_warned_due_s = pl.when(_of_reply.fill_null(False)).then("due_response_s").otherwise("due_resolution_s")
_warned_end_s = pl.when(_of_reply.fill_null(False)).then("first_reply_s").otherwise("judged_s")


def _hard(s: Switches) -> pl.Expr:
    return (_c("difficulty") >= s.hard_from).fill_null(False)


def _new_time(s: Switches) -> tuple[Term, ...]:
    new = _c("tenure_s").is_between(0, s.new_days * 86_400).fill_null(False)
    return mean(_c("resolution_s"), when="resolved_s", where=new)


def _hard_resolved(s: Switches) -> tuple[Term, ...]:
    return (Term("tickets", "resolved_s", where=_hard(s), y=ONE, x=ZERO, binary=True),)


def _hard_time(s: Switches) -> tuple[Term, ...]:
    return mean(_c("resolution_s"), when="resolved_s", where=_hard(s))


PROBLEMS = (
    Kpi(
        name="mix_adjusted_volume", unit="tickets", better="higher", dimension="assignment",
        statistics=(Term("tickets", "resolved_s", known=_c("mix_ppm").is_not_null(), y=_c("mix_ppm"), x=ZERO),),
        finish=Finish("total", divide=1_000_000),
        counts="Tickets resolved in the period, each weighing as the expected work of its kind over that of all kinds; "
        "kinds without work on record are censored.",
        controllable_by="router", source=("R002-31", "R003-04"), requires=("resolutions", "work"),
        strategy=("cost",),
    ),
    Kpi(
        name="mix_adjusted_per_hour", unit="1/h", better="higher", dimension="decision",
        statistics=(
            Term("tickets", "resolved_s", known=_c("mix_ppm").is_not_null(), y=_c("mix_ppm"), x=ZERO),
            Term("shifts", "start_s", y=ZERO, x=_c("paid_s"), n=ZERO, credit="shift"),
        ), finish=Finish("ratio", times=3600, divide=1_000_000),
        counts="mix_adjusted_volume per paid hour of the shifts that began in the period.",
        controllable_by="router", source=("R000-45", "R002-31"), requires=("resolutions", "work", "shifts"),
        strategy=("cost",),
    ),
    Kpi(
        name="work_dispersion", unit="ratio", better="lower", dimension="quality",
        statistics=mean(_c("work_off_ppm"), when="resolved_s"),
        finish=Finish("ratio", divide=1_000_000, root=True),
        counts="How far the work on a ticket lies off that expected of its kind: the root of the mean square of the "
        "difference, over that expected; over tickets resolved in the period, those without work on record censored.",
        controllable_by="manager", source=("R001-17",), outcome_or_process="process",
        requires=("resolutions", "work"), strategy=("capability",),
    ),
    Kpi(
        name="first_resolution_time_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("first_resolved_s") - _c("created_s"), when="first_resolved_s"), finish=_MIN,
        counts="Elapsed minutes from creation to the first resolution, pauses included, over tickets first resolved in "
        "the period.",
        controllable_by="router", source=("R003-19",), clock="elapsed", requires=("resolutions",),
        strategy=("retention",),
    ),
    Kpi(
        name="full_resolution_time_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("resolved_s") - _c("created_s"), when="resolved_s"), finish=_MIN,
        counts="Elapsed minutes from creation to the last resolution, pauses included, over tickets resolved in the "
        "period.",
        controllable_by="router", source=("R003-19",), clock="elapsed", requires=("resolutions",),
        strategy=("retention",),
    ),
    Kpi(
        name="answered_in_time_rate", unit="1", better="higher", dimension="timeliness",
        statistics=share(
            _c("first_reply_s") <= _c("due_response_s"), when="due_response_s", whole=TAKEN,
            known=_c("due_response_s") <= _c("until_s"), credit="first_replier",
        ), finish=_RATIO,
        counts="Tickets that a person answered in time, out of those whose reply fell due in the period: what "
        "response_overdue_rate leaves.",
        controllable_by="router", source=("R001-36",), clock="open", outcome_or_process="process",
        requires=("replies", "response target"), strategy=("retention",), switches=("token_replies",),
    ),
    Kpi(
        name="repeat_resolution_time_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("resolution_s"), when="resolved_s", where=_c("repeat").fill_null(False)), finish=_MIN,
        counts="resolution_time_mean of the tickets that repeat_rate counts, over those resolved in the period.",
        controllable_by="router", source=("R003-23", "R003-55"), clock="elapsed",
        requires=("resolutions", "learners"), strategy=("retention",), switches=("repeat_days", "repeat_same"),
    ),
    Kpi(
        name="new_learner_resolution_time_mean", unit="min", better="lower", dimension="timeliness",
        statistics=_new_time(STANDARD_SWITCHES), under=_new_time, finish=_MIN,
        counts="resolution_time_mean of tickets whose learner had been one for at most 30 days when they were created.",
        controllable_by="router", source=("R003-12",), clock="elapsed", requires=("resolutions", "tenure"),
        strategy=("retention", "new_learners"), switches=("new_days",),
    ),
    Kpi(
        name="hard_resolved", unit="tickets", better="higher", dimension="quality",
        statistics=_hard_resolved(STANDARD_SWITCHES), under=_hard_resolved, finish=_TOTAL,
        counts="Tickets of a judged difficulty of 4 or more whose last resolution lies in the period.",
        controllable_by="person", source=("R003-27", "R003-28"), requires=("resolutions", "difficulties"),
        strategy=("capability",), switches=("hard_from",),
    ),
    Kpi(
        name="hard_resolution_time_mean", unit="min", better="lower", dimension="timeliness",
        statistics=_hard_time(STANDARD_SWITCHES), under=_hard_time, finish=_MIN,
        counts="resolution_time_mean of tickets of a judged difficulty of 4 or more.",
        controllable_by="person", source=("R003-27", "R003-28"), clock="elapsed",
        requires=("resolutions", "difficulties"), strategy=("capability",), switches=("hard_from",),
    ),
    Kpi(
        name="duplicate_rate", unit="1", better="lower", dimension="assignment",
        statistics=share(_c("merged_s").is_not_null(), when="created_s", whole=_c("blocked_s").is_null()),
        finish=_RATIO,
        counts="Tickets that were merged into another up to the end of the log, out of those created in the period "
        "that were not turned away.",
        controllable_by="learner", source=("R001-38",), outcome_or_process="process", strategy=("cost",),
    ),
    Kpi(
        name="warned_saved_rate", unit="1", better="higher", dimension="timeliness",
        statistics=share(
            _warned_end_s <= _warned_due_s, when="warned_s", whole=TAKEN, known=_warned_due_s <= _c("until_s")
        ), finish=_RATIO,
        counts="Tickets that were answered, or resolved, before the due instant of which they were warned, out of "
        "those first warned in the period; what is not due yet is censored.",
        controllable_by="person", source=("R003-70",), clock="open", requires=("warnings",), strategy=("retention",),
    ),
)  # fmt: skip
