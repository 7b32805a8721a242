"""Entries of the catalogue: assigning and accepting, tickets that nobody touched, records and steps."""

from __future__ import annotations

import polars as pl

from sim.kpi.mechanism import ONE, TAKEN, ZERO, Finish, Kpi, Term, mean, share
from sim.kpi.switches import STANDARD_SWITCHES, Switches

_c = pl.col
_RATIO, _TOTAL = Finish("ratio"), Finish("total")
_MIN, _P90_MIN = Finish("ratio", divide=60), Finish("quantile", divide=60, share=0.9)

_asked = _c("person").is_not_null() & _c("assigned_s").is_not_null()
_wrong_place = _c("reason").cast(pl.String).is_in(["skill", "department"]).fill_null(False)
_mistaken = (_c("ended") == "bounced") | ((_c("ended") == "transferred") & _wrong_place)
_here = TAKEN & ~(_c("left_s").is_not_null() & _c("first_accepted_s").is_null())
_touched_s = pl.min_horizontal("first_started_s", "first_reply_s", "first_resolved_s", "closed_s")


def _accepted(binned: bool = False) -> tuple[Term, ...]:
    took_s = _c("accepted_s") - _c("assigned_s")
    return mean(took_s, when="assigned_s", where=_asked, table="touches", credit="touch", binned=binned)


def _accepted_since_creation() -> tuple[Term, ...]:
    took_s = _c("first_accepted_s") - _c("created_s")
    return mean(took_s, when="created_s", where=_here, credit="first_owner")


def _accept(s: Switches) -> tuple[Term, ...]:
    return _accepted() if s.accept_from == "assignment" else _accepted_since_creation()


def _untouched(s: Switches) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return which tickets stayed untouched, which count, and of which this is known."""
    limit_s = _c("created_s") + s.untouched_h * 3600
    untouched = ~(_touched_s <= limit_s).fill_null(False)
    here = TAKEN & ~(_c("left_s") <= limit_s).fill_null(False)
    return untouched, here, limit_s <= _c("until_s")


def _untouched_rate(s: Switches) -> tuple[Term, ...]:
    part, whole, known = _untouched(s)
    return share(part, when="created_s", whole=whole, known=known)


def _never_touched(s: Switches) -> tuple[Term, ...]:
    part, whole, known = _untouched(s)
    return (Term("tickets", "created_s", whole & part & _touched_s.is_null(), known, y=ONE, x=ZERO, binary=True),)


ASSIGNMENT = (
    Kpi(
        name="assignment_latency_mean", unit="min", better="lower", dimension="assignment",
        statistics=mean(
            _c("first_assigned_s") - _c("created_s"), when="created_s",
            where=TAKEN & ~(_c("left_s").is_not_null() & _c("first_assigned_s").is_null()),
        ), finish=_MIN,
        counts="Minutes from creation to the first assignment to a person, over tickets created in the period; "
        "those that left before are left out, those that still wait for it are censored.",
        controllable_by="router", source=("R000-09", "R000-14"), clock="elapsed", outcome_or_process="process",
        requires=("assignments",), strategy=("retention",),
    ),
    Kpi(
        name="accept_time_mean", unit="min", better="lower", dimension="assignment",
        statistics=_accept(STANDARD_SWITCHES), under=_accept, finish=_MIN,
        counts="Minutes from the assignment to a person until that person accepted, over assignments of the period; "
        "what is not accepted yet is censored.",
        controllable_by="person", source=("R000-10", "R000-12"), clock="elapsed", outcome_or_process="process",
        requires=("assignments", "acceptances"), switches=("accept_from",),
    ),
    Kpi(
        name="accept_time_p90", unit="min", better="lower", dimension="assignment",
        statistics=_accepted(binned=True), finish=_P90_MIN,
        counts="The time from assignment to acceptance that nine of ten assignments did not exceed.",
        controllable_by="person", source=("R000-10", "R000-12"), clock="elapsed", outcome_or_process="process",
        requires=("assignments", "acceptances"),
    ),
    Kpi(
        name="accept_since_creation_mean", unit="min", better="lower", dimension="assignment",
        statistics=_accepted_since_creation(), finish=_MIN,
        counts="Minutes from creation to the first acceptance by a person, over tickets created in the period; those "
        "that left before are left out, those that still wait for it are censored.",
        controllable_by="router", source=("R000-12",), clock="elapsed", outcome_or_process="process",
        requires=("acceptances",), strategy=("retention",),
    ),
    Kpi(
        name="assignment_accuracy_rate", unit="1", better="higher", dimension="assignment",
        statistics=(
            Term(
                "touches", "assigned_s", _asked, _c("ended").is_not_null(), y=(~_mistaken).cast(pl.Int64),
                credit="touch", binary=True,
            ),
        ), finish=_RATIO,
        counts="Assignments of the period that did not bounce and were not passed on for a wrong skill or department; "
        "those that nobody has worked on to an end are censored.",
        controllable_by="router", source=("R000-11",), outcome_or_process="process", requires=("assignments",),
        strategy=("cost",),
    ),
    Kpi(
        name="untouched_rate", unit="1", better="lower", dimension="assignment",
        statistics=_untouched_rate(STANDARD_SWITCHES), under=_untouched_rate, finish=_RATIO,
        counts="Tickets that nobody worked on, answered or resolved within 24 hours, out of those created in the "
        "period whose learner did not leave before; younger ones are censored.",
        controllable_by="manager", source=("R000-24", "R001-38"), outcome_or_process="process", requires=("handling",),
        strategy=("retention",), switches=("untouched_h",),
    ),
    Kpi(
        name="never_touched", unit="tickets", better="lower", dimension="assignment",
        statistics=_never_touched(STANDARD_SWITCHES), under=_never_touched, finish=_TOTAL,
        counts="Tickets created in the period that nobody had worked on, answered or resolved by the end of the log, "
        "although their learner waited for 24 hours; younger ones are censored.",
        controllable_by="manager", source=("R000-24", "R001-38"), requires=("handling",),
        strategy=("retention",), switches=("untouched_h",),
    ),
    Kpi(
        name="record_complete_rate", unit="1", better="higher", dimension="quality",
        statistics=share(
            _c("record_whole") & pl.all_horizontal(
                _c(name).is_not_null() for name in ("learner", "channel", "first_reply_s", "last_resolver")
            ), when="resolved_s",
        ), finish=_RATIO,
        counts="Tickets whose record names learner, channel, a reply, the resolver, and person, begin and end of every "
        "touch, out of those resolved in the period.",
        controllable_by="person", source=("R000-18", "R001-18"), outcome_or_process="process",
        requires=("resolutions", "starts"), strategy=("capability",),
    ),
    Kpi(
        name="step_conformance_rate", unit="1", better="higher", dimension="quality",
        statistics=share(_c("steps_kept"), when="resolved_s", whole=_c("steps_kept").is_not_null()), finish=_RATIO,
        counts="Tickets whose stages were begun one after the other, from the first on and none skipped, out of those "
        "resolved in the period that were worked on; a step after the last that is on record is not missed.",
        controllable_by="person", source=("R000-17", "R000-18"), outcome_or_process="process",
        requires=("resolutions", "stages"), strategy=("capability",),
    ),
)  # fmt: skip
