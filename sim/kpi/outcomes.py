"""Entries of the catalogue: quality, satisfaction, collaboration, and what the staff did and cost."""

from __future__ import annotations

import polars as pl

from sim.kpi.mechanism import ONE, TAKEN, TRUE, ZERO, Finish, Kpi, Term, mean, share
from sim.kpi.switches import STANDARD_SWITCHES, Switches

_c = pl.col
_RATIO, _MIN = Finish("ratio"), Finish("ratio", divide=60)

_rated = _c("rated_outcome").is_not_null()
_away_s = pl.sum_horizontal("break_s", "meeting_s", "absent_s")
_at_work_s = _c("end_s") - _c("start_s") - _away_s
_has_busy = _c("busy_s").is_not_null()


def _holds(s: Switches) -> pl.Expr:
    return ~(_c("first_reopened_s") - _c("first_resolved_s") <= s.verified_h * 3600).fill_null(False)


def _fcr(s: Switches, part: pl.Expr, whole: pl.Expr = TAKEN) -> tuple[Term, ...]:
    """Return the sums of a first-contact rate; what was resolved within 72 hours of the end is censored."""
    seen_s = _c("first_resolved_s") + s.verified_h * 3600
    return share(part, when="first_resolved_s", whole=whole, known=seen_s <= _c("until_s"))


def _no_followup(s: Switches) -> tuple[Term, ...]:
    return _fcr(s, _holds(s))


def _single_contact(s: Switches) -> tuple[Term, ...]:
    single = (_c("replies_before") <= 1) & ~_c("asked_back")
    return _fcr(s, _holds(s) & single, TAKEN if s.misjudged == "fail" else TAKEN & _holds(s))


def _verified(s: Switches) -> tuple[Term, ...]:
    return _fcr(s, _holds(s) & ~_c("second_contact"))


def _low(s: Switches) -> tuple[Term, ...]:
    return share(_c("rated_outcome") <= s.low_rating, when="quality_s", whole=_rated)


def _shift(y: pl.Expr, x: pl.Expr = ZERO, n: pl.Expr = ONE, known: pl.Expr | None = None) -> Term:
    known = y.is_not_null() if known is None else known
    return Term("shifts", "start_s", known=known, y=y, x=x, n=n, credit="shift")


QUALITY = (
    Kpi(
        name="fcr_no_followup", unit="1", better="higher", dimension="quality",
        statistics=_no_followup(STANDARD_SWITCHES), under=_no_followup, finish=_RATIO,
        counts="Tickets not reopened within 72 hours, out of those first resolved in the period; the "
        "last 72 hours of the log are censored.",
        controllable_by="person", source=("R000-19",), requires=("resolutions",),
        strategy=("retention",),
        switches=("verified_h",),
    ),
    Kpi(
        name="fcr_single_contact", unit="1", better="higher", dimension="quality",
        statistics=_single_contact(STANDARD_SWITCHES), under=_single_contact, finish=_RATIO,
        counts="Tickets resolved with at most one reply of a person and no wait for the requester, and"
        " not reopened within 72 hours, out of those first resolved in the period; the last 72 "
        "hours are censored.",
        controllable_by="person", source=("R003-24", "R003-25"), requires=("resolutions", "replies"),
        strategy=("retention",),
        switches=("verified_h", "misjudged"),
    ),
    Kpi(
        name="fcr_verified_72h", unit="1", better="higher", dimension="quality",
        statistics=_verified(STANDARD_SWITCHES), under=_verified, finish=_RATIO,
        counts="Tickets with neither a reopening nor a new ticket of the same learner and category "
        "within 72 hours, out of those first resolved in the period; the last 72 hours are "
        "censored; of tickets whose learner is unknown only the reopening is seen.",
        controllable_by="person", source=("R002-21", "R003-26"), requires=("resolutions",),
        strategy=("retention", "capability"),
        switches=("verified_h", "repeat_same"),
    ),
    Kpi(
        name="reopen_rate", unit="1", better="lower", dimension="quality",
        statistics=share(_c("reopens") > 0, when="first_resolved_s", whole=TAKEN), finish=_RATIO,
        counts="Tickets reopened up to the end of the log, out of those first resolved in the period.",
        controllable_by="person", source=("R002-82",), requires=("resolutions",),
        strategy=("retention",),
    ),
    Kpi(
        name="repeat_rate", unit="1", better="lower", dimension="quality",
        statistics=share(_c("repeat"), when="created_s", whole=_c("repeat").is_not_null() & TAKEN),
        finish=_RATIO,
        counts="Tickets with an earlier ticket of the same learner and category within 30 days, out of"
        " those created in the period whose learner is known; what lies before the log is not "
        "seen.",
        controllable_by="manager", source=("R002-78", "R003-23"), requires=("learners",),
        strategy=("retention", "cost"),
        switches=("repeat_days", "repeat_same"),
    ),
    Kpi(
        name="independent_rate", unit="1", better="higher", dimension="quality",
        statistics=share(
            (_c("hands") == 1) & (_c("handoffs") == 0) & (_c("escalations") == 0), when="resolved_s",
            whole=_c("hands") > 0,
        ), finish=_RATIO,
        counts="Tickets that one person handled without hand-off or escalation, out of those resolved "
        "in the period.",
        controllable_by="router", source=("R002-52",), outcome_or_process="process",
        requires=("resolutions",),
        strategy=("capability",),
    ),
)  # fmt: skip

SATISFACTION = (
    Kpi(
        name="csat_mean", unit="points", better="higher", dimension="satisfaction",
        statistics=mean(_c("rated_outcome"), when="quality_s", where=_rated), finish=_RATIO,
        counts="Points from 1 to 5 for the outcome, over rated tickets resolved in the period; who "
        "does not answer is not seen.",
        controllable_by="person", source=("R000-36", "R000-37", "R003-33"), requires=("outcome ratings",),
        strategy=("retention",),
    ),
    Kpi(
        name="csat_top2_share", unit="1", better="higher", dimension="satisfaction",
        statistics=share(_c("rated_outcome") >= 4, when="quality_s", whole=_rated), finish=_RATIO,
        counts="Ratings of the outcome of 4 or 5, out of rated tickets resolved in the period.",
        controllable_by="person", source=("R002-17", "R001-49"), requires=("outcome ratings",),
        strategy=("retention",),
    ),
    Kpi(
        name="csat_low_share", unit="1", better="lower", dimension="satisfaction",
        statistics=_low(STANDARD_SWITCHES), under=_low, finish=_RATIO,
        counts="Ratings of the outcome of 1 or 2, out of rated tickets resolved in the period.",
        controllable_by="person", source=("R000-38",), requires=("outcome ratings",),
        strategy=("retention",),
        switches=("low_rating",),
    ),
    Kpi(
        name="process_csat_mean", unit="points", better="higher", dimension="satisfaction",
        statistics=mean(
            _c("rated_process"), when="quality_s", where=_c("rated_process").is_not_null()
        ), finish=_RATIO,
        counts="Points from 1 to 5 for how the ticket was handled, over rated tickets resolved in the "
        "period.",
        controllable_by="person", source=("R003-33",), outcome_or_process="process",
        requires=("process ratings",),
        strategy=("retention",),
    ),
    Kpi(
        name="survey_response_rate", unit="1", better="higher", dimension="satisfaction",
        statistics=share(_c("rated_s").is_not_null(), when="asked_s", whole=_c("surveyed")), finish=_RATIO,
        counts="Tickets whose learner answered, out of those resolved in the period whose learner was "
        "asked.",
        controllable_by="learner", source=("R000-35",), outcome_or_process="process", requires=("surveys",),
    ),
)  # fmt: skip

COLLABORATION = (
    Kpi(
        name="handoffs_mean", unit="count", better="lower", dimension="collaboration",
        statistics=mean(_c("handoffs"), when="resolved_s"), finish=_RATIO,
        counts="Hand-offs to another person or department per ticket resolved in the period.",
        controllable_by="router", source=("R000-29", "R000-32"), outcome_or_process="process",
        requires=("resolutions",),
        strategy=("cost",),
    ),
    Kpi(
        name="touches_mean", unit="count", better="lower", dimension="collaboration",
        statistics=mean(_c("touched"), when="resolved_s"), finish=_RATIO,
        counts="Pieces of work that people began per ticket resolved in the period.",
        controllable_by="router", source=("R000-30",), outcome_or_process="process",
        requires=("resolutions", "starts"),
        strategy=("cost",),
    ),
)  # fmt: skip

RESOURCES = (
    Kpi(
        name="work_min_mean", unit="min", better="none", dimension="decision",
        statistics=mean(
            _c("work_s"), when="ended_s", where=_c("person").is_not_null(), table="touches", credit="touch"
        ), finish=_MIN,
        counts="Minutes of work per piece of work that ended in the period.",
        controllable_by="person", source=("R000-43",), clock="elapsed", outcome_or_process="process",
        requires=("work",),
        strategy=("cost",),
    ),
    Kpi(
        name="utilisation", unit="1", better="target", dimension="decision",
        statistics=(_shift(_c("busy_s"), _at_work_s, known=_has_busy),), finish=_RATIO,
        counts="Busy time over rostered time less breaks, meetings and absence, in shifts that began "
        "in the period; overtime stands apart.",
        controllable_by="manager", source=("R000-46", "R000-43"), outcome_or_process="process",
        requires=("shifts", "busy time"),
        strategy=("cost",),
    ),
    Kpi(
        name="idle_rate", unit="1", better="target", dimension="decision",
        statistics=(_shift(_at_work_s - _c("busy_s"), _at_work_s, known=_has_busy),), finish=_RATIO,
        counts="What utilisation leaves: rostered time less breaks, meetings and absence in which "
        "nothing was done.",
        controllable_by="manager", source=("R000-46",), outcome_or_process="process",
        requires=("shifts", "busy time"),
        strategy=("cost",),
    ),
    Kpi(
        name="tickets_per_hour", unit="1/h", better="higher", dimension="decision",
        statistics=(
            Term("tickets", "resolved_s", y=ONE, x=ZERO),
            _shift(ZERO, _c("paid_s"), n=ZERO, known=TRUE),
        ), finish=Finish("ratio", times=3600),
        counts="Tickets resolved in the period per paid hour of shifts that began in it.",
        controllable_by="router", source=("R000-45", "R001-52"), requires=("resolutions", "shifts"),
        strategy=("cost",),
    ),
    Kpi(
        name="cost_per_ticket", unit="currency", better="lower", dimension="decision",
        statistics=(
            Term("tickets", "resolved_s", y=ZERO, x=ONE), _shift(_c("cost_minor"), n=ZERO),
        ), finish=Finish("ratio", divide=100),
        counts="Cost of the shifts that began in the period per ticket resolved in it.",
        controllable_by="manager", source=("R000-45", "R000-48"), requires=("resolutions", "cost"),
        strategy=("cost",),
    ),
    Kpi(
        name="cost_total", unit="currency", better="lower", dimension="decision",
        statistics=(_shift(_c("cost_minor")),), finish=Finish("total", divide=100),
        counts="Cost of the shifts that began in the period.",
        controllable_by="manager", source=("R000-48", "R001-53"), outcome_or_process="process",
        requires=("cost",),
        strategy=("cost",),
    ),
    Kpi(
        name="overtime_h", unit="h", better="lower", dimension="decision",
        statistics=(_shift(_c("overtime_s")),), finish=Finish("total", divide=3600),
        counts="Hours of work after the end of shifts that began in the period.",
        controllable_by="manager", source=("R000-43", "R000-47"), outcome_or_process="process",
        requires=("overtime",),
        strategy=("cost",),
    ),
    Kpi(
        name="backlog_mean", unit="tickets", better="lower", dimension="decision",
        statistics=(Term("backlog", "", y=_c("open_s"), x=ZERO, n=_c("opened"), credit="none"),),
        finish=Finish("average"),
        counts="Open tickets on the average over the seconds of the period; a reopened ticket is open "
        "again.",
        controllable_by="manager", source=("R000-44", "R000-54"), requires=("resolutions",),
    ),
    Kpi(
        name="backlog_end", unit="tickets", better="lower", dimension="decision",
        statistics=(Term("backlog", "", y=_c("open_at_end"), x=ZERO, n=_c("open_at_end"), credit="none"),),
        finish=Finish("last"),
        counts="Tickets that are open at the end of the period.",
        controllable_by="manager", source=("R000-44", "R000-54"), requires=("resolutions",),
    ),
)  # fmt: skip
