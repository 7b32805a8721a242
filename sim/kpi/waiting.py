"""Entries of the catalogue: where the time of tickets goes, which are stuck or lost, and how old the backlog is."""

from __future__ import annotations

from typing import Literal

import polars as pl

from sim.kpi.mechanism import Finish, Kpi, Term, mean, share
from sim.kpi.switches import STANDARD_SWITCHES, Switches

_c = pl.col
_RATIO, _MIN = Finish("ratio"), Finish("ratio", divide=60)
_over = pl.any_horizontal(
    _c(name).is_not_null() for name in ("resolved_s", "closed_s", "left_s", "merged_s", "blocked_s")
)


def _stuck(s: Switches) -> tuple[Term, ...]:
    limit_s = s.stuck_h * 3600
    known = _over | (_c("created_s") + limit_s <= _c("until_s"))
    return share(_c("silent_s") >= limit_s, when="created_s", known=known)


def _lost(s: Switches) -> tuple[Term, ...]:
    limit_s = s.lost_days * 86_400
    known = _over | (_c("created_s") + limit_s <= _c("until_s"))
    return share(_c("silent_end_s") >= limit_s, when="created_s", known=known)


def _cause(
    name: str, column: str, who: Literal["person", "router", "manager", "learner"], counts: str, *source: str
) -> Kpi:
    """Return the entry of one cause; all of them add up to full_resolution_time_mean."""
    return Kpi(
        name=name, unit="min", better="lower", dimension="timeliness",
        statistics=mean(_c(column), when="resolved_s"), finish=_MIN,
        counts=f"Minutes {counts}, per ticket resolved in the period, from creation to the last resolution; the causes "
        "add up to full_resolution_time_mean.",
        controllable_by=who, source=("R000-44", *source), clock="elapsed", outcome_or_process="process",
        requires=("resolutions", "starts"), strategy=("retention",),
    )  # fmt: skip


def _age(name: str, binned: bool, finish: Finish, counts: str) -> Kpi:
    return Kpi(
        name=name, unit="h", better="lower", dimension="decision",
        statistics=(Term("open", "at_s", y=_c("age_s"), credit="none", binned=binned),), finish=finish, counts=counts,
        controllable_by="manager", source=("R000-44", "R000-54"), clock="elapsed", requires=("resolutions",),
        strategy=("retention",),
    )  # fmt: skip


CAUSES = (
    _cause("queue_time_mean", "queue_s", "router", "in which a ticket waited in a queue"),
    _cause("pickup_time_mean", "pickup_s", "person", "in which somebody was asked and had not begun", "R000-10"),
    _cause("work_span_mean", "work_span_s", "person", "in which somebody worked on a ticket", "R000-30"),
    _cause("requester_time_mean", "requester_s", "learner", "in which its learner was waited for"),
    _cause("third_party_time_mean", "third_party_s", "manager", "in which somebody outside the desk was waited for"),
    _cause("rest_time_mean", "rest_s", "person", "between a resolution and the reopening after it", "R003-71"),
    _cause("transit_time_mean", "transit_s", "manager", "in none of these (handed on, or not on record)", "R000-29"),
)

AGES = (
    Kpi(
        name="stuck_rate", unit="1", better="lower", dimension="timeliness", statistics=_stuck(STANDARD_SWITCHES),
        under=_stuck, finish=_RATIO,
        counts="Tickets with 48 hours without any event in which nobody worked and neither the learner was waited for "
        "nor the ticket rested as resolved, out of those created in the period; younger open ones are censored.",
        controllable_by="manager", source=("R000-54",), clock="elapsed", outcome_or_process="process",
        requires=("handling",), strategy=("retention",), switches=("stuck_h",),
    ),
    Kpi(
        name="lost_rate", unit="1", better="lower", dimension="assignment", statistics=_lost(STANDARD_SWITCHES),
        under=_lost, finish=_RATIO,
        counts="Tickets that are open at the end of the log and had no event for 7 days, their learner not being "
        "waited for, out of those created in the period; younger open ones are censored.",
        controllable_by="manager", source=("R001-38",), requires=("handling",), strategy=("retention",),
        switches=("lost_days",),
    ),
    _age(
        "backlog_age_mean", False, Finish("ratio", divide=3600),
        "Hours since creation of the tickets that are open at the end of a local day, over the days of the period.",
    ),
    _age(
        "backlog_age_p90", True, Finish("quantile", divide=3600, share=0.9),
        "The age that nine of ten of the tickets of backlog_age_mean did not exceed.",
    ),
    _age(
        "backlog_oldest_max", True, Finish("quantile", divide=3600, share=1.0),
        "The greatest age of the tickets of backlog_age_mean, to half a hundredth.",
    ),
)  # fmt: skip
