"""Bands: stretches of values with their borders as written, and the points that they earn."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sim.parameters import Finite, NotNegative, Parameters

Text = dict[Literal["en", "zh"], str]


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
