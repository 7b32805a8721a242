"""The catalogue of KPIs. Labels live with the texts of reports; everything else about a KPI stands here."""

from __future__ import annotations

from difflib import get_close_matches

import polars as pl

from sim.kpi.mechanism import ONE, ZERO, Finish, Kpi, Term, mean, number, share

VERIFIED_S = 72 * 3600
"""How long a resolution must hold before it counts as verified (R003-26), in seconds."""

_c = pl.col
_RATIO, _TOTAL = Finish("ratio"), Finish("total")
_MIN, _P90_MIN = Finish("ratio", divide=60), Finish("quantile", divide=60, share=0.9)

_taken = _c("blocked_s").is_null() & _c("merged_s").is_null()
_waited = _taken & (_c("first_started_s").is_not_null() | _c("left_s").is_not_null() | ~_c("settled"))
_answerable = _taken & ~(_c("left_s").is_not_null() & _c("first_reply_s").is_null())
_late_reply = ~(_c("first_reply_s") <= _c("due_response_s")).fill_null(False)
_late = ~(_c("judged_s") <= _c("due_resolution_s")).fill_null(False)
_holds = ~(_c("first_reopened_s") - _c("first_resolved_s") <= VERIFIED_S).fill_null(False)
_seen_s = _c("first_resolved_s") + VERIFIED_S
_rated = _c("rated_outcome").is_not_null()
_away_s = pl.sum_horizontal("break_s", "meeting_s", "absent_s")
_at_work_s = _c("end_s") - _c("start_s") - _away_s
_has_busy = _c("busy_s").is_not_null()


def _fcr(part: pl.Expr) -> tuple[Term, ...]:
    """Return the sums of a first-contact rate; what was resolved within 72 hours of the end is censored."""
    return share(part, when="first_resolved_s", whole=_taken, known=_seen_s <= _c("until_s"))


def _shift(y: pl.Expr, x: pl.Expr = ZERO, n: pl.Expr = ONE, known: pl.Expr | None = None) -> Term:
    return Term("shifts", "start_s", known=y.is_not_null() if known is None else known, y=y, x=x, n=n, credit="shift")


_WAITS = (
    Kpi(
        name="wait_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("wait_s"), when="created_s", where=_waited), finish=_MIN,
        counts="Minutes from ready to first work, or to leaving, over tickets created in the period; blocked and "
        "merged tickets have no wait, and those that still wait at the end of the log are censored.",
        controllable_by="router", source=("R000-10", "R000-44"), clock="elapsed",
        outcome_or_process="process", requires=("starts",),
    ),
    Kpi(
        name="wait_served_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("wait_served_s"), when="created_s", where=_waited & ~(_c("left_s").is_not_null()
        & _c("first_started_s").is_null())), finish=_MIN,
        counts="Minutes from ready to first work, over tickets created in the period that were worked on.",
        controllable_by="router", source=("R000-10",), clock="elapsed", outcome_or_process="process",
        requires=("starts",),
    ),
    Kpi(
        name="wait_p90", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("wait_s"), when="created_s", where=_waited, binned=True), finish=_P90_MIN,
        counts="The wait that nine of ten tickets created in the period did not exceed, counted as in wait_mean.",
        controllable_by="router", source=("R000-10", "R000-44"), clock="elapsed",
        outcome_or_process="process", requires=("starts",),
    ),
    Kpi(
        name="abandoned_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(_c("left_s").is_not_null(), when="created_s", whole=_taken, known=_c("settled")),
        finish=_RATIO,
        counts="Tickets whose learner left before the end, out of those created in the period; blocked and merged "
        "ones are left out, untouched ones at the end of the log are censored.",
        controllable_by="manager", source=("R000-24",),
    ),
    Kpi(
        name="blocked_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(_c("blocked_s").is_not_null(), when="created_s"), finish=_RATIO,
        counts="Tickets that found the waiting room full, out of all created in the period.",
        controllable_by="manager", source=("R000-24",),
    ),
)  # fmt: skip

_RESPONSES = (
    Kpi(
        name="first_response_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("first_response_s"), when="created_s", where=_answerable, credit="first_replier"),
        finish=_MIN,
        counts="Elapsed minutes from creation to the first reply of a person, over tickets created in the period; "
        "automatic replies do not count, unanswered tickets are censored, those that left unanswered left out.",
        controllable_by="router", source=("R000-25", "R001-30", "R003-18"), clock="elapsed",
        outcome_or_process="process", requires=("replies",),
    ),
    Kpi(
        name="first_response_p90", unit="min", better="lower", dimension="timeliness",
        statistics=mean(
            _c("first_response_s"), when="created_s", where=_answerable, credit="first_replier", binned=True
        ), finish=_P90_MIN,
        counts="The first response that nine of ten tickets did not exceed, counted as in first_response_mean.",
        controllable_by="router", source=("R000-25", "R003-18"), clock="elapsed",
        outcome_or_process="process", requires=("replies",),
    ),
    Kpi(
        name="first_response_open_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("response_open_s"), when="created_s", where=_answerable, credit="first_replier"),
        finish=_MIN,
        counts="As first_response_mean, in open minutes of the calendar of the response target.",
        controllable_by="router", source=("R000-25", "R003-18"), clock="open", outcome_or_process="process",
        requires=("replies", "response target"),
    ),
    Kpi(
        name="response_overdue_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(
            _late_reply, when="due_response_s", whole=_taken, known=_c("due_response_s") <= _c("until_s"),
            credit="first_replier",
        ), finish=_RATIO,
        counts="Tickets whose first reply of a person fell due in the period and was not there in time; one never "
        "answered counts as late, also if its learner left.",
        controllable_by="router", source=("R000-26", "R001-26", "R003-17"), clock="open",
        outcome_or_process="process", requires=("replies", "response target"),
    ),
)  # fmt: skip

_RESOLUTIONS = (
    Kpi(
        name="resolution_overdue_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(
            _late, when="due_resolution_s", whole=_taken, known=_c("due_resolution_s") <= _c("until_s")
        ), finish=_RATIO,
        counts="Tickets whose resolution fell due in the period and was not there in time; pauses move the due, "
        "and an unresolved or reopened ticket counts as late, also if its learner left.",
        controllable_by="router", source=("R000-26", "R000-31", "R003-20"), clock="open",
        requires=("resolutions", "resolution target"),
    ),
    Kpi(
        name="resolution_time_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("resolution_s"), when="resolved_s"), finish=_MIN,
        counts="Elapsed minutes from creation to the last resolution, less the time the requester was waited for, "
        "over tickets resolved in the period.",
        controllable_by="router", source=("R003-19",), clock="elapsed", requires=("resolutions",),
    ),
    Kpi(
        name="resolution_time_p90", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("resolution_s"), when="resolved_s", binned=True), finish=_P90_MIN,
        counts="The resolution time that nine of ten tickets resolved in the period did not exceed.",
        controllable_by="router", source=("R003-19",), clock="elapsed", requires=("resolutions",),
    ),
    Kpi(
        name="resolution_time_open_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("resolution_open_s"), when="resolved_s"), finish=_MIN,
        counts="As resolution_time_mean, in open minutes of the calendar of the resolution target.",
        controllable_by="router", source=("R003-19", "R003-21"), clock="open",
        requires=("resolutions", "resolution target"),
    ),
    Kpi(
        name="tickets_created", unit="tickets", better="none", dimension="assignment",
        statistics=number(when="created_s"), finish=_TOTAL,
        counts="Tickets created in the period, blocked and merged ones included.",
        controllable_by="learner", source=("R000-57", "R000-66"), outcome_or_process="process",
    ),
    Kpi(
        name="tickets_resolved", unit="tickets", better="higher", dimension="assignment",
        statistics=number(when="resolved_s"), finish=_TOTAL,
        counts="Tickets whose last resolution lies in the period and holds at the end of the log.",
        controllable_by="router", source=("R002-31", "R003-04"), requires=("resolutions",),
    ),
)  # fmt: skip

_QUALITY = (
    Kpi(
        name="fcr_no_followup", unit="1", better="higher", dimension="quality", statistics=_fcr(_holds),
        finish=_RATIO,
        counts="Tickets not reopened within 72 hours, out of those first resolved in the period; the last 72 hours "
        "of the log are censored.",
        controllable_by="person", source=("R000-19",), requires=("resolutions",),
    ),
    Kpi(
        name="fcr_single_contact", unit="1", better="higher", dimension="quality",
        statistics=_fcr(_holds & (_c("replies_before") <= 1) & ~_c("asked_back")), finish=_RATIO,
        counts="Tickets resolved with at most one reply of a person and no wait for the requester, and not "
        "reopened within 72 hours, out of those first resolved in the period; the last 72 hours are censored.",
        controllable_by="person", source=("R003-24", "R003-25"), requires=("resolutions", "replies"),
    ),
    Kpi(
        name="fcr_verified_72h", unit="1", better="higher", dimension="quality",
        statistics=_fcr(_holds & ~_c("second_contact")), finish=_RATIO,
        counts="Tickets with neither a reopening nor a new ticket of the same learner and category within 72 "
        "hours, out of those first resolved in the period; the last 72 hours are censored; of tickets whose "
        "learner is unknown only the reopening is seen.",
        controllable_by="person", source=("R002-21", "R003-26"), requires=("resolutions",),
    ),
    Kpi(
        name="reopen_rate", unit="1", better="lower", dimension="quality",
        statistics=share(_c("reopens") > 0, when="first_resolved_s", whole=_taken), finish=_RATIO,
        counts="Tickets reopened up to the end of the log, out of those first resolved in the period.",
        controllable_by="person", source=("R002-82",), requires=("resolutions",),
    ),
    Kpi(
        name="repeat_rate", unit="1", better="lower", dimension="quality",
        statistics=share(_c("repeat"), when="created_s", whole=_c("repeat").is_not_null() & _taken), finish=_RATIO,
        counts="Tickets with an earlier ticket of the same learner and category within 30 days, out of those "
        "created in the period whose learner is known; what lies before the log is not seen.",
        controllable_by="manager", source=("R002-78", "R003-23"), requires=("learners",),
    ),
    Kpi(
        name="independent_rate", unit="1", better="higher", dimension="quality",
        statistics=share(
            (_c("hands") == 1) & (_c("handoffs") == 0) & (_c("escalations") == 0), when="resolved_s",
            whole=_c("hands") > 0,
        ), finish=_RATIO,
        counts="Tickets that one person handled without hand-off or escalation, out of those resolved in the period.",
        controllable_by="router", source=("R002-52",), outcome_or_process="process", requires=("resolutions",),
    ),
)  # fmt: skip

_SATISFACTION = (
    Kpi(
        name="csat_mean", unit="points", better="higher", dimension="satisfaction",
        statistics=mean(_c("rated_outcome"), when="quality_s", where=_rated), finish=_RATIO,
        counts="Points from 1 to 5 for the outcome, over rated tickets resolved in the period; who does not answer "
        "is not seen.",
        controllable_by="person", source=("R000-36", "R000-37", "R003-33"), requires=("outcome ratings",),
    ),
    Kpi(
        name="csat_top2_share", unit="1", better="higher", dimension="satisfaction",
        statistics=share(_c("rated_outcome") >= 4, when="quality_s", whole=_rated), finish=_RATIO,
        counts="Ratings of the outcome of 4 or 5, out of rated tickets resolved in the period.",
        controllable_by="person", source=("R002-17", "R001-49"), requires=("outcome ratings",),
    ),
    Kpi(
        name="csat_low_share", unit="1", better="lower", dimension="satisfaction",
        statistics=share(_c("rated_outcome") <= 2, when="quality_s", whole=_rated), finish=_RATIO,
        counts="Ratings of the outcome of 1 or 2, out of rated tickets resolved in the period.",
        controllable_by="person", source=("R000-38",), requires=("outcome ratings",),
    ),
    Kpi(
        name="process_csat_mean", unit="points", better="higher", dimension="satisfaction",
        statistics=mean(
            _c("rated_process"), when="quality_s", where=_c("rated_process").is_not_null()
        ), finish=_RATIO,
        counts="Points from 1 to 5 for how the ticket was handled, over rated tickets resolved in the period.",
        controllable_by="person", source=("R003-33",), outcome_or_process="process",
        requires=("process ratings",),
    ),
    Kpi(
        name="survey_response_rate", unit="1", better="higher", dimension="satisfaction",
        statistics=share(_c("rated_s").is_not_null(), when="asked_s", whole=_c("surveyed")), finish=_RATIO,
        counts="Tickets whose learner answered, out of those resolved in the period whose learner was asked.",
        controllable_by="learner", source=("R000-35",), outcome_or_process="process", requires=("surveys",),
    ),
)  # fmt: skip

_COLLABORATION = (
    Kpi(
        name="handoffs_mean", unit="1", better="lower", dimension="collaboration",
        statistics=mean(_c("handoffs"), when="resolved_s"), finish=_RATIO,
        counts="Hand-offs to another person or department per ticket resolved in the period.",
        controllable_by="router", source=("R000-29", "R000-32"), outcome_or_process="process",
        requires=("resolutions",),
    ),
    Kpi(
        name="touches_mean", unit="1", better="lower", dimension="collaboration",
        statistics=mean(_c("touched"), when="resolved_s"), finish=_RATIO,
        counts="Pieces of work that people began per ticket resolved in the period.",
        controllable_by="router", source=("R000-30",), outcome_or_process="process",
        requires=("resolutions", "starts"),
    ),
)  # fmt: skip

_RESOURCES = (
    Kpi(
        name="work_min_mean", unit="min", better="none", dimension="decision",
        statistics=mean(
            _c("work_s"), when="ended_s", where=_c("person").is_not_null(), table="touches", credit="touch"
        ), finish=_MIN,
        counts="Minutes of work per piece of work that ended in the period.",
        controllable_by="person", source=("R000-43",), clock="elapsed", outcome_or_process="process",
        requires=("work",),
    ),
    Kpi(
        name="utilisation", unit="1", better="target", dimension="decision",
        statistics=(_shift(_c("busy_s"), _at_work_s, known=_has_busy),), finish=_RATIO,
        counts="Busy time over rostered time less breaks, meetings and absence, in shifts that began in the "
        "period; overtime stands apart.",
        controllable_by="manager", source=("R000-46", "R000-43"), outcome_or_process="process",
        requires=("shifts", "busy time"),
    ),
    Kpi(
        name="idle_rate", unit="1", better="target", dimension="decision",
        statistics=(_shift(_at_work_s - _c("busy_s"), _at_work_s, known=_has_busy),), finish=_RATIO,
        counts="What utilisation leaves: rostered time less breaks, meetings and absence in which nothing was done.",
        controllable_by="manager", source=("R000-46",), outcome_or_process="process",
        requires=("shifts", "busy time"),
    ),
    Kpi(
        name="tickets_per_hour", unit="1", better="higher", dimension="decision",
        statistics=(
            Term("tickets", "resolved_s", y=ONE, x=ZERO), _shift(ZERO, _c("paid_s"), n=ZERO, known=pl.lit(True)),
        ), finish=Finish("ratio", times=3600),
        counts="Tickets resolved in the period per paid hour of shifts that began in it.",
        controllable_by="router", source=("R000-45", "R001-52"), requires=("resolutions", "shifts"),
    ),
    Kpi(
        name="cost_per_ticket", unit="currency", better="lower", dimension="decision",
        statistics=(
            Term("tickets", "resolved_s", y=ZERO, x=ONE), _shift(_c("cost_minor"), n=ZERO),
        ), finish=Finish("ratio", divide=100),
        counts="Cost of the shifts that began in the period per ticket resolved in it.",
        controllable_by="manager", source=("R000-45", "R000-48"), requires=("resolutions", "cost"),
    ),
    Kpi(
        name="cost_total", unit="currency", better="lower", dimension="decision",
        statistics=(_shift(_c("cost_minor")),), finish=Finish("total", divide=100),
        counts="Cost of the shifts that began in the period.",
        controllable_by="manager", source=("R000-48", "R001-53"), outcome_or_process="process",
        requires=("cost",),
    ),
    Kpi(
        name="overtime_h", unit="h", better="lower", dimension="decision",
        statistics=(_shift(_c("overtime_s")),), finish=Finish("total", divide=3600),
        counts="Hours of work after the end of shifts that began in the period.",
        controllable_by="manager", source=("R000-43", "R000-47"), outcome_or_process="process",
        requires=("overtime",),
    ),
    Kpi(
        name="backlog_mean", unit="tickets", better="lower", dimension="decision",
        statistics=(Term("backlog", "", y=_c("open_s"), x=ZERO, n=_c("opened"), credit="none"),),
        finish=Finish("average"),
        counts="Open tickets on the average over the seconds of the period; a reopened ticket is open again.",
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

KPIS: dict[str, Kpi] = {
    kpi.name: kpi
    for family in (_WAITS, _RESPONSES, _RESOLUTIONS, _QUALITY, _SATISFACTION, _COLLABORATION, _RESOURCES)
    for kpi in family
}
"""Every KPI by name, in the order in which tables show them."""


def find(name: str) -> Kpi:
    """Return a KPI by its name.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    if name in KPIS:
        return KPIS[name]
    near = get_close_matches(name, KPIS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(KPIS)}"
    raise ValueError(f"no KPI {name!r}{hint}")


def catalogue() -> list[dict[str, object]]:
    """Return the catalogue as plain data: what each KPI is, in the order of `KPIS`.

    Returns
    -------
    list of dict
        With `name`, `unit`, `better`, `dimension`, `counts`, `controllable_by` and `source`.
    """
    keys = ("name", "unit", "better", "dimension", "counts", "controllable_by")
    return [{key: getattr(kpi, key) for key in keys} | {"source": list(kpi.source)} for kpi in KPIS.values()]
