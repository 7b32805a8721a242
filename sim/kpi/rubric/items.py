"""Items of a rubric: what is looked at, over which tickets, in which bands."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from sim.kpi.rubric.bands import Band, Text
from sim.parameters import Finite, Name, Parameters, Positive

Statistic = Literal["share_weighted", "mean", "median", "p90", "ratio", "relative", "figure"]
Unit = Literal["%", "min", "h", "points", "count", "tickets", "nps", "ratio", "currency", "1/h"]
Source = Literal["self", "supervisor", "peer", "hr", "audit", "knowledge", "learner"]
"""Who states points: the person, the supervisor, colleagues, HR, auditors, the knowledge base, learners."""

TIMES = ("share_weighted", "mean", "median", "p90")
"""Statistics over the times of single tickets."""

WHOLE = 1e-9
"""Points and weights agree within it."""


class Item(Parameters):
    """One line of the rubric: what is looked at, and what it earns."""

    name: Name = Field(description="Name of the item.")
    label: Text = Field(default={}, description="What it is called, by language.")
    category: Name = Field(description="Category that it belongs to.")
    max_points: Positive = Field(description="Most points that it can earn.")
    kpi: Name | None = Field(default=None, description="KPI that decides; an item without one is judged by a person.")
    statistic: Statistic = Field(
        default="ratio",
        description="share_weighted: each ticket earns points, which are averaged; mean, median, p90 of the "
        "tickets; ratio of sums; relative: the person's volume over the mean of the role; figure: the KPI itself.",
    )
    unit: Unit = Field(default="%", description="Unit of the borders.")
    ideal: Finite | None = Field(
        default=None,
        description="Where too much is as bad as too little: the bands are of the distance from this value.",
    )
    step: Positive | None = Field(default=None, description="Grain of the written borders, for rounding.")
    best: Finite | None = Field(default=None, description="Value from which the most points are earned (saturation).")
    worst: Finite | None = Field(default=None, description="Value from which the fewest points are earned.")
    per: Literal["ticket", "rostered_hour"] = Field(
        default="rostered_hour",
        description="Volume as written counts tickets; else tickets per rostered hour (A-13).",
    )
    include_self: bool = Field(default=True, description="Whether the mean of the role holds the person (A-13).")
    worst_needs: int = Field(
        default=0, ge=0, description="Late tickets that the last band needs, else the one above (A-26)."
    )
    least_n: int = Field(default=0, ge=0, description="Fewer tickets are few; `policy.small_n` says what follows.")
    sources: dict[Source, Positive] = Field(
        default={}, description="Who states points for it, and with what weight; those of the rubric by default."
    )
    bands: tuple[Band, ...] = Field(min_length=1, max_length=20, description="Bands, the best first.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that the item carries out.")
    assumes: tuple[str, ...] = Field(default=(), description="Open questions that its switches answer.")

    @model_validator(mode="after")
    def _bands_fit(self) -> Self:
        for better, worse in pairwise(self.bands):
            if worse.high_points > better.low_points:
                raise ValueError(f"{self.name}: bands must go from the best points to the worst")
        if abs(self.bands[0].high_points - self.max_points) > WHOLE:
            raise ValueError(
                f"{self.name}: the best band ends at {self.bands[0].high_points:g}, "
                f"but max_points is {self.max_points:g}"
            )
        if self.kpi is not None:
            _check_borders(self)
        return self

    def higher_is_better(self) -> bool:
        """Return whether larger values earn more: the best band is open towards the better side."""
        return self.bands[0].upper is None

    def cuts(self) -> tuple[float, ...]:
        """Return the border of each band but the last towards the next worse one, in the item's unit."""
        sides = [b.lower if self.higher_is_better() else b.upper for b in self.bands[:-1]]
        return tuple(side for side in sides if side is not None)


def _check_borders(item: Item) -> None:
    """Refuse bands of which nobody could say where one ends."""
    cuts = item.cuts()
    up = item.higher_is_better()
    if len(cuts) < len(item.bands) - 1:
        raise ValueError(f"{item.name}: each band but the last needs its {'lower' if up else 'upper'} border")
    if any((a <= b) if up else (a >= b) for a, b in pairwise(cuts)):
        raise ValueError(f"{item.name}: the borders of the bands are not in order")
    if len(item.bands) < 2:
        raise ValueError(f"{item.name}: an item that a KPI decides needs at least two bands")
    for band, side, name in ((item.bands[0], item.best, "best"), (item.bands[-1], item.worst, "worst")):
        if band.low_points < band.high_points and side is None:
            raise ValueError(f"{item.name}: points run inside a band without end; state {name}, where they stop (A-24)")
    for side, cut, name in ((item.best, cuts[0], "best"), (item.worst, cuts[-1], "worst")):
        outside = side is not None and ((side < cut) if up == (name == "best") else (side > cut))
        if outside:
            raise ValueError(f"{item.name}: {name} = {side:g} lies on the wrong side of the border {cut:g}")
    if item.statistic in TIMES and item.unit not in ("min", "h"):
        raise ValueError(f"{item.name}: statistic {item.statistic!r} is of times; its unit is min or h")
    if item.statistic in ("ratio", "relative") and item.unit != "%":
        raise ValueError(f"{item.name}: statistic {item.statistic!r} has the unit %")
    if item.ideal is not None and item.higher_is_better():
        raise ValueError(f"{item.name}: bands of the distance from ideal = {item.ideal:g} begin with `upper`")
