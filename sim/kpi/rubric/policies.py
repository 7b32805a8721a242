"""The answers to the questions that a rubric as written leaves open, each a switch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.kpi.credit import Attribution
from sim.kpi.rubric.items import Source
from sim.parameters import Parameters, Positive, Share

BorderPolicy = Literal["half_open", "round_half_up_first", "strict_hole", "linear"]
OverlapPolicy = Literal["better", "worse"]
InsidePolicy = Literal["interpolate", "bottom", "mid", "top"]
MissingPolicy = Literal["renormalise", "zero", "full", "team_mean"]
SmallPolicy = Literal["as_is", "missing", "shrink"]


class Policies(Parameters):
    """The answers to the questions that a rubric as written leaves open, the recommended ones by default."""

    border: BorderPolicy = Field(
        default="half_open",
        description="Values between two written bands (A-02): half_open gives them to the lower band; "
        "round_half_up_first rounds to the written grain; strict_hole refuses; linear joins the two bands.",
    )
    overlap: OverlapPolicy = Field(
        default="better", description="A value that two bands hold as written (A-02b) earns the better or the worse."
    )
    inside: InsidePolicy = Field(
        default="interpolate",
        description="Points inside a band (A-24): linear between its ends, or one of them.",
    )
    missing: MissingPolicy = Field(
        default="renormalise",
        description="An item without data (A-29): its category is scored on the others.",
    )
    small_n: SmallPolicy = Field(
        default="as_is",
        description="An item on fewer tickets than its `least_n`: scored as it is, treated as one without data, or its "
        "value drawn towards the role's: n tickets of the person's count against least_n of the role's.",
    )
    round_total: Positive | None = Field(
        default=None, description="Grain to which the total is rounded, half up, before the tiers (A-30); none."
    )
    prefilled: tuple[Source, ...] = Field(
        default=("supervisor",),
        description="On whose forms items that the log decides stand already; their points count only with a reason "
        "(A-09). Other sources state points for such items freely.",
    )
    attribution: Attribution = Field(
        default="last_resolver",
        description="Who is credited with a ticket that several people touched (A-12).",
    )
    least_share: Share = Field(
        default=0.4,
        description="No tier is given where less of all points could be computed (our assumption).",
    )
    double_weighting: bool = Field(
        default=False,
        description="Apply the weights to points that already sum to 100 (A-10); the best total is then low.",
    )
