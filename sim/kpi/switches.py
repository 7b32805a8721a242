"""The open questions of the KPIs' sources as switches: each with the recommended answer as its default."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.parameters import NotNegative, Parameters


class Switches(Parameters):
    """How the KPIs read what their sources leave open; the ids are those of the ambiguities."""

    low_rating: int = Field(default=2, ge=1, le=3, description="A rating of at most so many points is low (A-04).")
    overdue_open: Literal["late", "left_out"] = Field(
        default="late", description="What never came is late once it was due, or is left out of both sides (A-06)."
    )
    token_replies: Literal["count", "left_out"] = Field(
        default="count",
        description="A reply without substance stops the response clock, or counts as an automatic one (R003-18).",
    )
    verified_h: int = Field(
        default=72, ge=1, le=720, description="Hours that a resolution must hold to be verified (A-08, R003-26)."
    )
    misjudged: Literal["fail", "left_out"] = Field(
        default="fail",
        description="A ticket whose learner wrongly believed it solved fails, or is left out of both sides of "
        "fcr_single_contact (R003-25).",
    )
    hard_from: NotNegative = Field(
        default=4.0, description="A judged difficulty of at least this makes a ticket hard (A-14, R003-27)."
    )
    accept_from: Literal["assignment", "creation"] = Field(
        default="assignment", description="Where the clock of accept_time_mean starts (A-19)."
    )
    contacts: Literal["none", "lower", "higher"] = Field(
        default="none", description="Which way contacts between departments are good (A-20)."
    )
    complaints_per: Literal["resolved", "created"] = Field(
        default="resolved", description="Which tickets of the period complaints are divided by (A-22)."
    )
    repeat_days: int = Field(default=30, ge=1, le=366, description="How far back a repeat looks, in days (A-22).")
    repeat_same: Literal["category", "kind"] = Field(
        default="category", description="What a repeat shares with the earlier ticket, beside the learner (A-22)."
    )
    period: Literal["as_defined", "created", "resolved", "closed"] = Field(
        default="as_defined",
        description="Which instant puts a ticket into a period where the entry goes by its resolution (A-32).",
    )
    untouched_h: int = Field(
        default=24, ge=1, le=8784, description="A ticket that nobody touched for so many hours is untouched (R000-24)."
    )
    stuck_h: int = Field(
        default=48, ge=1, le=8784, description="Silence of so many hours makes an open ticket stuck (R000-54)."
    )
    lost_days: int = Field(
        default=7, ge=1, le=366, description="An open ticket that is silent for so many days is lost (R001-38)."
    )
    new_days: int = Field(
        default=30, ge=1, le=3660, description="A learner is new for so many days after joining (R003-12)."
    )


STANDARD_SWITCHES = Switches()
"""Every question at its recommended answer."""
