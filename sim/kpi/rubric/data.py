"""A rubric as data: bands as written, category weights, tiers, and a switch for each open question."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from sim.kpi.credit import Attribution
from sim.parameters import Finite, Name, NotNegative, Parameters, Positive, Share

BorderPolicy = Literal["half_open", "round_half_up_first", "strict_hole", "linear"]
InsidePolicy = Literal["interpolate", "bottom", "mid", "top"]
MissingPolicy = Literal["renormalise", "zero", "full", "team_mean"]
Statistic = Literal["share_weighted", "mean", "median", "p90", "ratio", "relative"]
Unit = Literal["%", "min", "h"]
Text = dict[Literal["en", "zh"], str]

_WHOLE = 1e-9


class Borders(Parameters):
    """A stretch of values with its borders as written. A border that is not stated is open to infinity."""

    lower: Finite | None = Field(default=None, description="Lower border as written, in the item's unit.")
    upper: Finite | None = Field(default=None, description="Upper border as written, in the item's unit.")
    closed: Literal["both", "lower", "upper", "none"] = Field(
        default="both", description="Which of the two borders belong to the stretch, as written."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"lower {self.lower:g} lies above upper {self.upper:g}")
        return self

    def holds_lower(self) -> bool:
        """Return whether the lower border itself belongs to the stretch."""
        return self.closed in ("both", "lower")

    def holds_upper(self) -> bool:
        """Return whether the upper border itself belongs to the stretch."""
        return self.closed in ("both", "upper")


class Band(Borders):
    """A band of an item: which values earn which points. A band without borders is judged by a person."""

    label: Text = Field(default={}, description="What the band is called, by language.")
    low_points: NotNegative = Field(description="Fewest points of the band.")
    high_points: NotNegative = Field(description="Most points of the band.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that the band carries out.")

    @model_validator(mode="after")
    def _points_in_order(self) -> Self:
        if self.low_points > self.high_points:
            raise ValueError(f"low_points {self.low_points:g} lies above high_points {self.high_points:g}")
        return self


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
        "tickets; ratio of sums; relative: the person's volume over the mean of the role.",
    )
    unit: Unit = Field(default="%", description="Unit of the borders.")
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
    bands: tuple[Band, ...] = Field(min_length=1, max_length=20, description="Bands, the best first.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that the item carries out.")
    assumes: tuple[str, ...] = Field(default=(), description="Open questions that its switches answer.")

    @model_validator(mode="after")
    def _bands_fit(self) -> Self:
        for better, worse in pairwise(self.bands):
            if worse.high_points > better.low_points:
                raise ValueError(f"{self.name}: bands must go from the best points to the worst")
        if abs(self.bands[0].high_points - self.max_points) > _WHOLE:
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
    if item.statistic in ("share_weighted", "mean", "median", "p90") and item.unit == "%":
        raise ValueError(f"{item.name}: statistic {item.statistic!r} is of times; its unit is min or h")
    if item.statistic in ("ratio", "relative") and item.unit != "%":
        raise ValueError(f"{item.name}: statistic {item.statistic!r} has the unit %")


class Category(Parameters):
    """A category and its weight in the total."""

    label: Text = Field(default={}, description="What it is called, by language.")
    weight: Share = Field(description="Share of the category in the total; the weights sum to 1.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")


class Tier(Borders):
    """A tier of the total: borders as written in points, and what follows."""

    name: Name = Field(description="Name of the tier.")
    label: Text = Field(default={}, description="What follows from it, by language.")
    coefficient: NotNegative = Field(description="Factor on performance pay.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")


class Policies(Parameters):
    """The answers to the questions that a rubric as written leaves open, the recommended ones by default."""

    border: BorderPolicy = Field(
        default="half_open",
        description="Values between two written bands (A-02): half_open gives them to the lower band; "
        "round_half_up_first rounds to the written grain; strict_hole refuses; linear joins the two bands.",
    )
    inside: InsidePolicy = Field(
        default="interpolate",
        description="Points inside a band (A-24): linear between its ends, or one of them.",
    )
    missing: MissingPolicy = Field(
        default="renormalise",
        description="An item without data (A-29): its category is scored on the others.",
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


class Rubric(Parameters):
    """An appraisal rubric.

    Notes
    -----
    The category weight applies to the share of the category's points that was earned (A-10), so that with
    points and weights that agree the total is the plain sum of the points.
    """

    title: Text = Field(description="What the rubric is called, by language.")
    source: tuple[str, ...] = Field(default=(), description="Where it comes from.")
    policy: Policies = Policies()
    categories: dict[Name, Category] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    tiers: tuple[Tier, ...] = Field(min_length=1, description="Tiers, the best first.")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        names = [item.name for item in self.items]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"items: {min(twice)!r} is named twice")
        for item in self.items:
            if item.category not in self.categories:
                raise ValueError(
                    f"items.{item.name}: unknown category {item.category!r}; known: {_list(self.categories)}"
                )
        if empty := [name for name in self.categories if not any(i.category == name for i in self.items)]:
            raise ValueError(f"categories.{empty[0]}: no item belongs to it")
        weights = sum(category.weight for category in self.categories.values())
        if abs(weights - 1) > _WHOLE:
            raise ValueError(f"categories: the weights must sum to 1, got {weights:.6g}")
        _check_tiers(self.tiers)
        return self

    def item(self, name: str) -> Item:
        """Return an item by its name."""
        return next(item for item in self.items if item.name == name)

    def category_points(self) -> dict[str, float]:
        """Return the most points of each category."""
        return {c: sum(i.max_points for i in self.items if i.category == c) for c in self.categories}


def _list(names: object) -> str:
    return ", ".join(sorted(names))  # type: ignore[call-overload]


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    cuts = [tier.lower for tier in tiers[:-1]]
    if any(cut is None for cut in cuts) or tiers[-1].lower is not None:
        raise ValueError("tiers: each tier but the last needs its lower border, and the last has none")
    stated = [cut for cut in cuts if cut is not None]
    if any(a <= b for a, b in pairwise(stated)):
        raise ValueError("tiers: the borders are not in order, the best tier first")


def maximum(rubric: Rubric) -> float:
    """Return the best total that the rubric can give, in points.

    It is 100 when the weights apply to category shares, and 24 for the after-sales rubric of seed 002 when
    somebody asks for double weighting (A-10).
    """
    points = rubric.category_points()
    if rubric.policy.double_weighting:
        return float(sum(Decimal(str(c.weight)) * Decimal(str(points[n])) for n, c in rubric.categories.items()))
    return float(100 * sum(Decimal(str(c.weight)) for c in rubric.categories.values()))


def ranges(rubric: Rubric) -> list[tuple[float, float]]:
    """Return fewest and most points of a person who is in the same band on every item, the best band first.

    Raises
    ------
    ValueError
        If the items differ in their number of bands.
    """
    counts = {len(item.bands) for item in rubric.items}
    if len(counts) > 1:
        raise ValueError(f"items differ in their number of bands: {sorted(counts)}")
    return [
        (
            sum(i.bands[rank].low_points for i in rubric.items),
            sum(i.bands[rank].high_points for i in rubric.items),
        )
        for rank in range(counts.pop())
    ]
