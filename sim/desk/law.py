"""Distributions of times, as data: which law, its mean, its spread."""

from typing import Literal, Self

from pydantic import Field, model_validator

from sim.parameters import NotNegative, Parameters, Positive

LONGEST_MIN = 5_256_000
"""Ten years in minutes, as long as the longest run: no mean is longer, and what is drawn longer counts as this."""

LawName = Literal["constant", "exponential", "lognormal", "gamma", "erlang", "hyperexponential"]


class Law(Parameters):
    """A distribution of a time, stated by its mean and its squared coefficient of variation."""

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

    @model_validator(mode="after")
    def _fits_its_family(self) -> Self:
        needs_scv = self.law in ("lognormal", "gamma", "hyperexponential")
        if needs_scv != (self.scv is not None):
            raise ValueError(f"a {self.law} law {'needs' if needs_scv else 'takes no'} scv")
        if (self.law == "erlang") != (self.phases is not None):
            raise ValueError("phases belongs to an erlang law, and an erlang law needs it")
        if self.law == "hyperexponential" and self.scv is not None and self.scv <= 1:
            raise ValueError(f"scv of a hyperexponential law must be above 1, got {self.scv}")
        if self.law != "constant" and self.mean_min <= 0:
            raise ValueError(f"mean_min of a {self.law} law must be above 0, got {self.mean_min}")
        return self
