"""What other desks say of themselves: lines to look at beside one's own figures, no targets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Benchmark:
    """A published figure of other desks.

    Attributes
    ----------
    name
        Key of what is said about it (`benchmark.<name>` of the texts): who, when, and how it was counted.
    value
        In the unit of the KPI.
    """

    name: str
    value: float


_FCR = (Benchmark("sqm_2023", 0.68), Benchmark("manufacturing", 0.85))
_CSAT = (Benchmark("zendesk_2013", 0.82), Benchmark("all_industries_2023", 0.77))

BENCHMARKS: dict[str, tuple[Benchmark, ...]] = {
    "fcr_no_followup": _FCR, "fcr_single_contact": _FCR, "fcr_verified_72h": _FCR, "csat_top2_share": _CSAT,
}  # fmt: skip
"""By KPI. First-contact rates: SQM 2023, the mean of its centres; the first-fix rate of a manufacturer that one of the
appraisal documents names (R002-79), below its own best band. Satisfied: Zendesk, third quarter of 2013; all industries,
2023. None of them counts as this catalogue does, and KPIs that nobody published a usable figure of have no line."""
