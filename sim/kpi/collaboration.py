"""Entries of the catalogue: work of several departments, and of several people."""

from __future__ import annotations

import polars as pl

from sim.kpi.handling import ASSIST
from sim.kpi.mechanism import TAKEN, Finish, Kpi, mean, share

_c = pl.col
_RATIO, _MIN = Finish("ratio"), Finish("ratio", divide=60)
_rated = _c("rated_outcome").is_not_null()
_several = _c("departments") >= 2

DEPARTMENTS = (
    Kpi(
        name="collab_on_time_rate", unit="1", better="higher", dimension="collaboration",
        statistics=share(
            _c("judged_s") <= _c("due_resolution_s"), when="due_resolution_s", whole=TAKEN & _several,
            known=_c("due_resolution_s") <= _c("until_s"),
        ), finish=_RATIO,
        counts="Tickets resolved in time, out of those that several departments worked on and whose resolution fell "
        "due in the period; an unresolved one is not in time.",
        controllable_by="manager", source=("R000-31",), clock="open",
        requires=("resolutions", "resolution target", "departments"), strategy=("retention",),
    ),
    Kpi(
        name="collab_praise_share", unit="1", better="higher", dimension="collaboration",
        statistics=share(_c("rated_outcome") >= 4, when="quality_s", whole=_several & _rated), finish=_RATIO,
        counts="Ratings of the outcome of 4 or 5, out of rated tickets that several departments worked on and that "
        "were resolved in the period.",
        controllable_by="person", source=("R003-40",), requires=("outcome ratings", "departments"),
        strategy=("retention",),
    ),
    Kpi(
        name="collab_share", unit="1", better="none", dimension="collaboration",
        statistics=share(_several, when="resolved_s", whole=_c("departments").is_not_null()), finish=_RATIO,
        counts="Tickets that several departments worked on, out of those resolved in the period with work on record.",
        controllable_by="learner", source=("R000-29",), outcome_or_process="process",
        requires=("resolutions", "departments"),
    ),
    Kpi(
        name="contacts_between_departments_mean", unit="count", better="none", dimension="collaboration",
        statistics=mean(_c("contacts"), when="resolved_s", where=_c("contacts").is_not_null()), finish=_RATIO,
        counts="How often work went on in another department, per ticket resolved in the period with work on "
        "record; a diagnosis, not a score.",
        controllable_by="router", source=("R000-32",), outcome_or_process="process",
        requires=("resolutions", "departments"), switches=("contacts",),
    ),
    Kpi(
        name="escalation_rate", unit="1", better="lower", dimension="collaboration",
        statistics=share(_c("escalations") > 0, when="resolved_s"), finish=_RATIO,
        counts="Tickets that were escalated, out of those resolved in the period.",
        controllable_by="router", source=("R000-54", "R001-14"), outcome_or_process="process",
        requires=("resolutions",), strategy=("cost",),
    ),
    Kpi(
        name="assist_response_mean", unit="min", better="lower", dimension="collaboration",
        statistics=mean(
            _c("started_s") - _c("queued_s"), when="queued_s", where=_c("reason").cast(pl.String) == ASSIST,
            table="touches", credit="touch",
        ), finish=_MIN,
        counts="Elapsed minutes from a request for help to the begin of the help, over requests of the period to which "
        "a colleague came up to the end of the log.",
        controllable_by="person", source=("R003-41",), clock="elapsed", outcome_or_process="process",
        requires=("help",), strategy=("capability",),
    ),
    Kpi(
        name="intervention_time_mean", unit="min", better="lower", dimension="collaboration",
        statistics=mean(
            _c("looked_s") - _c("escalated_s"), when="escalated_s", where=_c("looked_s") >= _c("escalated_s")
        ), finish=_MIN,
        counts="Elapsed minutes from the first escalation to the first look of a supervisor, over tickets first "
        "escalated in the period that a supervisor looked at up to the end of the log.",
        controllable_by="manager", source=("R000-54", "R001-11"), clock="elapsed", outcome_or_process="process",
        requires=("supervision",), strategy=("retention",),
    ),
)  # fmt: skip
