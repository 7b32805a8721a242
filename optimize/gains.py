"""What one head more would buy: the paired change of every target's figure, and its price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import special

from optimize.targets import Target


@dataclass(frozen=True)
class Change:
    """By how much a figure changes, over the same worlds with and without.

    Attributes
    ----------
    mean, low, high
        Mean change and its t interval; None where it could not be computed, or in one world only.
    n
        Worlds behind it.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Gain:
    """What one head more in a seat group costs a week, and what it changes, by target."""

    cost: float
    changes: dict[str, Change]


def gain_of(cost: float, before: pl.DataFrame, after: pl.DataFrame, targets: Sequence[Target], level: float) -> Gain:
    """Return what a head more buys.

    Parameters
    ----------
    cost
        Its cost per week.
    before, after
        Figures in the same worlds without it and with it, as `optimize.estimate` gives them.
    targets
        The targets.
    level
        Confidence level of each interval.
    """
    return Gain(cost, {str(target): _change(str(target), before, after, level) for target in targets})


def _change(target: str, before: pl.DataFrame, after: pl.DataFrame, level: float) -> Change:
    rows = [
        frame.filter((pl.col("target") == target) & pl.col("kind").is_null()).select("seed", "value")
        for frame in (before, after)
    ]
    both = rows[0].join(rows[1], on="seed", suffix="_after").drop_nulls().sort("seed")
    steps = (both["value_after"] - both["value"]).to_numpy()
    n = len(steps)
    if n < 2:
        return Change(float(steps[0]) if n else None, None, None, n)
    mean = float(np.mean(steps))
    half = float(special.stdtrit(n - 1, (1 + level) / 2) * np.std(steps, ddof=1) / math.sqrt(n))
    return Change(mean, mean - half, mean + half, n)
