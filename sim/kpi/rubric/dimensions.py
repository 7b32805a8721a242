"""What a rubric weighs by dimension: the six of a training institution, the four of technical support, and their map.

The documents cut appraisal in different ways: R000-01 into six dimensions, which every KPI names, R003-13 into four.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from sim.kpi.mechanism import Dimension
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import Item

SIX: tuple[str, ...] = get_args(Dimension)
FOUR = ("timeliness", "quality", "experience", "team")
FOUR_OF_SIX: Mapping[str, str] = MappingProxyType(
    {
        "assignment": "timeliness", "timeliness": "timeliness", "quality": "quality", "satisfaction": "experience",
        "collaboration": "team", "decision": "team",
    }
)  # fmt: skip
"""In which of the four dimensions each of the six lies (our assumption): who is assigned soon is answered soon, and
decisions by data are of value for the team."""

UNSAID = "unsaid"
"""Where an item lies that people judge and whose category names no dimension."""

BALANCE = 0.2
"""Experience and team are out of balance (R003-02) where one weighs less than this share of the other: our number."""


@dataclass(frozen=True)
class Weighed:
    """What the dimensions weigh for a profile.

    Attributes
    ----------
    profile
        Name of the profile; None for a rubric without profiles.
    six, four
        Share of the total by dimension, of `SIX` and of `FOUR`, each in [0, 1]; what is in none is `UNSAID`.
    """

    profile: str | None
    six: Mapping[str, float]
    four: Mapping[str, float]

    def out_of_balance(self) -> bool:
        """Return whether experience or team weighs next to nothing beside the other."""
        pair = sorted((self.four["experience"], self.four["team"]))
        return pair[0] < BALANCE * pair[1]


def dimension_of(rubric: Rubric, item: Item) -> str:
    """Return the dimension of an item: its KPI's, or where people judge it, its category's."""
    kpi = rubric.book().kpis.get(str(item.kpi))
    return (kpi.dimension if kpi is not None else rubric.categories[item.category].dimension) or UNSAID


def weighed(rubric: Rubric) -> tuple[Weighed, ...]:
    """Return what the dimensions weigh for every profile of a rubric, or for everybody.

    Notes
    -----
    An item weighs its category's weight times its part of the category's points, as the total does (A-10).
    """
    profiles: tuple[str | None, ...] = tuple(rubric.profiles) or (None,)
    return tuple(_weighed(rubric, profile) for profile in profiles)


def _weighed(rubric: Rubric, profile: str | None) -> Weighed:
    weights, points = rubric.weights_of(profile), rubric.category_points(profile)
    six = dict.fromkeys((*SIX, UNSAID), 0.0)
    for item in rubric.items:
        if item.name in rubric.items_of(profile) and weights[item.category]:
            part = weights[item.category] * item.max_points / points[item.category]
            six[dimension_of(rubric, item)] += part
    four = dict.fromkeys((*FOUR, UNSAID), 0.0)
    for name, share in six.items():
        four[FOUR_OF_SIX.get(name, UNSAID)] += share
    return Weighed(profile, six, four)
