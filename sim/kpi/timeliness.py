"""Entries of the catalogue: waits, answers, resolutions, and how many tickets there are."""

from __future__ import annotations

import polars as pl

from sim.kpi.mechanism import REASONS, TAKEN, Finish, Kpi, Term, mean, number, share
from sim.kpi.switches import STANDARD_SWITCHES, Switches

_c = pl.col
_RATIO, _TOTAL = Finish("ratio"), Finish("total")
_MIN, _P90_MIN = Finish("ratio", divide=60), Finish("quantile", divide=60, share=0.9)

_left = _c("left_s").is_not_null()
_waited = TAKEN & (_c("first_started_s").is_not_null() | _left | ~_c("settled"))
_served = _waited & ~(_left & _c("first_started_s").is_null())
_answerable = TAKEN & ~(_left & _c("first_reply_s").is_null())
_late_reply = ~(_c("first_reply_s") <= _c("due_response_s")).fill_null(False)
_late = ~(_c("judged_s") <= _c("due_resolution_s")).fill_null(False)


def _response_overdue(s: Switches) -> tuple[Term, ...]:
    whole = TAKEN if s.overdue_open == "late" else TAKEN & _c("first_reply_s").is_not_null()
    known = _c("due_response_s") <= _c("until_s")
    return share(_late_reply, when="due_response_s", whole=whole, known=known, credit="first_replier")


def _resolution_overdue(s: Switches) -> tuple[Term, ...]:
    whole = TAKEN if s.overdue_open == "late" else TAKEN & _c("judged_s").is_not_null()
    return share(_late, when="due_resolution_s", whole=whole, known=_c("due_resolution_s") <= _c("until_s"))


WAITS = (
    Kpi(
        name="wait_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("wait_s"), when="created_s", where=_waited), finish=_MIN,
        counts="Minutes from ready to first work, or to leaving, over tickets created in the period; "
        "blocked and merged tickets have no wait, and those that still wait at the end of the "
        "log are censored.",
        controllable_by="router", source=("R000-10", "R000-44"), clock="elapsed",
        outcome_or_process="process", requires=("starts",),
        strategy=("retention",),
    ),
    Kpi(
        name="wait_served_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("wait_served_s"), when="created_s", where=_served), finish=_MIN,
        counts="Minutes from ready to first work, over tickets created in the period that were worked "
        "on.",
        controllable_by="router", source=("R000-10",), clock="elapsed", outcome_or_process="process",
        requires=("starts",),
    ),
    Kpi(
        name="wait_p90", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("wait_s"), when="created_s", where=_waited, binned=True), finish=_P90_MIN,
        counts="The wait that nine of ten tickets created in the period did not exceed, counted as in "
        "wait_mean.",
        controllable_by="router", source=("R000-10", "R000-44"), clock="elapsed",
        outcome_or_process="process", requires=("starts",),
        strategy=("retention",),
    ),
    Kpi(
        name="abandoned_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(_c("left_s").is_not_null(), when="created_s", whole=TAKEN, known=_c("settled")),
        finish=_RATIO,
        counts="Tickets whose learner left before the end, out of those created in the period; blocked"
        " and merged ones are left out, untouched ones at the end of the log are censored.",
        controllable_by="manager", source=("R000-24",),
        strategy=("retention",),
    ),
    Kpi(
        name="blocked_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(_c("blocked_s").is_not_null(), when="created_s"), finish=_RATIO,
        counts="Tickets that found the waiting room full, out of all created in the period.",
        controllable_by="manager", source=("R000-24",),
    ),
)  # fmt: skip

RESPONSES = (
    Kpi(
        name="first_response_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("first_response_s"), when="created_s", where=_answerable, credit="first_replier"),
        finish=_MIN,
        counts="Elapsed minutes from creation to the first reply of a person, over tickets created in "
        "the period; automatic replies do not count, unanswered tickets are censored, those "
        "that left unanswered left out.",
        controllable_by="router", source=("R000-25", "R001-30", "R003-18"), clock="elapsed",
        outcome_or_process="process", requires=("replies",),
        strategy=("retention",), switches=("token_replies",),
    ),
    Kpi(
        name="first_response_p90", unit="min", better="lower", dimension="timeliness",
        statistics=mean(
            _c("first_response_s"), when="created_s", where=_answerable, credit="first_replier", binned=True
        ), finish=_P90_MIN,
        counts="The first response that nine of ten tickets did not exceed, counted as in "
        "first_response_mean.",
        controllable_by="router", source=("R000-25", "R003-18"), clock="elapsed",
        outcome_or_process="process", requires=("replies",),
        strategy=("retention",), switches=("token_replies",),
    ),
    Kpi(
        name="first_response_open_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("response_open_s"), when="created_s", where=_answerable, credit="first_replier"),
        finish=_MIN,
        counts="As first_response_mean, in open minutes of the calendar of the response target.",
        controllable_by="router", source=("R000-25", "R003-18"), clock="open", outcome_or_process="process",
        requires=("replies", "response target"), switches=("token_replies",),
    ),
    Kpi(
        name="response_overdue_rate", unit="1", better="lower", dimension="timeliness",
        statistics=_response_overdue(STANDARD_SWITCHES), under=_response_overdue, finish=_RATIO,
        counts="Tickets whose first reply of a person fell due in the period and was not there in "
        "time; one never answered counts as late, also if its learner left.",
        controllable_by="router", source=("R000-26", "R001-26", "R003-17"), clock="open",
        outcome_or_process="process", requires=("replies", "response target"),
        strategy=("retention",),
        switches=("overdue_open", "token_replies"),
    ),
)  # fmt: skip

NEXT_RESPONSES = (
    Kpi(
        name="next_response_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("next_s"), when="wrote_s", table="next_replies", credit="touch"), finish=_MIN,
        counts="Elapsed minutes from an answer of the requester, or a reopening, to the next reply, question or "
        "resolution by a person, over those in the period; what is still owed at the end of the log is censored.",
        controllable_by="person", source=("R003-17", "R003-18"), clock="elapsed", outcome_or_process="process",
        requires=("replies",), switches=("token_replies",),
    ),
    Kpi(
        name="next_response_overdue_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(
            ~(_c("replied_s") <= _c("due_s")).fill_null(False), when="due_s", known=_c("due_s") <= _c("until_s"),
            table="next_replies", credit="touch",
        ), finish=_RATIO,
        counts="Replies owed to requesters who wrote again that fell due in the period and were not there in time; "
        "one never given counts as late.",
        controllable_by="person", source=("R000-26", "R003-17"), clock="open", outcome_or_process="process",
        requires=("replies", "next response target"), switches=("token_replies",),
    ),
    Kpi(
        name="token_reply_rate", unit="1", better="lower", dimension="timeliness",
        statistics=share(_c("token_reply"), when="first_reply_s", credit="first_replier"), finish=_RATIO,
        counts="First replies of people without substance, out of all first replies of people in the period.",
        controllable_by="person", source=("R003-18",), outcome_or_process="process", requires=("replies", REASONS),
    ),
)  # fmt: skip

RESOLUTIONS = (
    Kpi(
        name="resolution_overdue_rate", unit="1", better="lower", dimension="timeliness",
        statistics=_resolution_overdue(STANDARD_SWITCHES), under=_resolution_overdue, finish=_RATIO,
        counts="Tickets whose resolution fell due in the period and was not there in time; pauses move"
        " the due, and an unresolved or reopened ticket counts as late, also if its learner "
        "left.",
        controllable_by="router", source=("R000-26", "R000-31", "R003-20"), clock="open",
        requires=("resolutions", "resolution target"),
        strategy=("retention",),
        switches=("overdue_open",),
    ),
    Kpi(
        name="resolution_time_mean", unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c("resolution_s"), when="resolved_s"), finish=_MIN,
        counts="Elapsed minutes from creation to the last resolution, less the time the requester was "
        "waited for, over tickets resolved in the period.",
        controllable_by="router", source=("R003-19",), clock="elapsed", requires=("resolutions",),
        strategy=("retention",),
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
        strategy=("cost",),
    ),
)  # fmt: skip
