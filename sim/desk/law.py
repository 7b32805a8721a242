"""Distributions of times, as data: which law, its mean, its spread."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.parameters import NotNegative, Parameters, Positive

LONGEST_MIN = 5_256_000
"""Ten years in minutes, as long as the longest run: no mean is longer, and what is drawn longer counts as this."""

MOST_VALUES = 1000
"""An empirical law has at most so many values."""

MEAN_AGREES = 1e-3
"""The stated mean of an empirical law may differ from that of its values by this share of it."""

LawName = Literal["constant", "exponential", "lognormal", "gamma", "erlang", "hyperexponential", "empirical"]
Minutes = Annotated[float, Field(ge=0, le=LONGEST_MIN, allow_inf_nan=False)]
"""A time in minutes, 0 to ten years."""


class Law(Parameters):
    """A distribution of a time, stated by its mean and its squared coefficient of variation, or by its values."""

    law: LawName = Field(default="exponential", description="Family of the distribution.")
    mean_min: NotNegative = Field(
        le=LONGEST_MIN, description="Mean in minutes, 0 to ten years; above 0 unless constant."
    )
    scv: Positive | None = Field(
        default=None,
        description="Variance over squared mean: lognormal and gamma any above 0, hyperexponential above 1 "
        "(two phases with balanced means).",
    )
    phases: int | None = Field(
        default=None, ge=1, le=100, description="Phases of an Erlang law; its scv is 1 / phases."
    )
    values: tuple[Minutes, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_VALUES,
        description="Empirical: the times that occur, in minutes, in any order; none between them occurs.",
    )
    weights: tuple[NotNegative, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_VALUES,
        description="Empirical: how often each value occurs, against the others; all alike when absent.",
    )

    @model_validator(mode="after")
    def _fits_its_family(self) -> Self:
        needs_scv = self.law in ("lognormal", "gamma", "hyperexponential")
        if needs_scv != (self.scv is not None):
            raise ValueError(f"law = {self.law} {'needs' if needs_scv else 'takes no'} scv")
        if (self.law == "erlang") != (self.phases is not None):
            raise ValueError("phases belongs to an erlang law, and an erlang law needs it")
        if self.law == "hyperexponential" and self.scv is not None and self.scv <= 1:
            raise ValueError(f"scv of a hyperexponential law must be above 1, got {self.scv}")
        if self.law != "constant" and self.mean_min <= 0:
            raise ValueError(f"mean_min of law = {self.law} must be above 0, got {self.mean_min}")
        return self

    @model_validator(mode="after")
    def _values_have_the_mean(self) -> Self:
        if (self.law == "empirical") != (self.values is not None):
            raise ValueError("values belongs to an empirical law, and an empirical law needs it")
        if self.values is None:
            if self.weights is not None:
                raise ValueError("weights belongs to an empirical law")
            return self
        weights = self.weights or (1.0,) * len(self.values)
        if len(weights) != len(self.values):
            raise ValueError(
                f"an empirical law needs a weight for each value, got {len(weights)} for {len(self.values)}"
            )
        total = math.fsum(weights)
        if not 0 < total < math.inf:
            raise ValueError(f"weights of an empirical law must have a sum above 0, got {total}")
        mean = math.fsum(w / total * v for w, v in zip(weights, self.values, strict=True))
        if abs(mean - self.mean_min) > MEAN_AGREES * self.mean_min:
            raise ValueError(f"mean_min must be the mean of the values, {mean:.6g}, got {self.mean_min}")
        return self
