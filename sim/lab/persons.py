"""Everybody's expected score and value over all worlds and seats, with intervals, beside the true tier."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.rubric import Policies, Rubric, tiers_of
from sim.lab.arrays import Arrays
from sim.lab.intervals import Estimate, mean_of

type Floats = NDArray[np.float64]


def persons_of(
    rubric: Rubric, people: list[str], arrays: Arrays, headline: str, true: NDArray[np.int64], level: float
) -> pl.DataFrame:
    """Return everybody's expected score, tiers and value, as `Fairness.persons` holds them.

    Parameters
    ----------
    rubric
        Its tiers.
    people
        Names, sorted.
    arrays
        What was studied.
    headline
        The measure that is the score.
    true
        Rank of the true tier, -1 where there is none, shape (people,).
    level
        Level of the intervals, which leave out one world at a time.
    """
    names: list[str | None] = [*(tier.name for tier in rubric.tiers), None]
    known = ~np.isnan(arrays.lived[headline])
    scores = mean_of(np.where(known, arrays.lived[headline], 0.0).sum(axis=1), known.sum(axis=1), level)
    values = mean_of(arrays.values.sum(axis=1), np.full(arrays.values[:, 0].shape, arrays.values.shape[1]), level)
    expected = np.array([np.nan if each.mean is None else each.mean for each in scores])
    return pl.DataFrame({
        "person": people, "expected": pl.Series(expected).fill_nan(None),
        **_ends("expected", scores), "tier": [names[rank] for rank in true],
        "tier_expected": [names[rank] for rank in _tiers_of_totals(rubric, expected)],
        "value": pl.Series([each.mean for each in values], dtype=pl.Float64), **_ends("value", values),
        "tickets": arrays.tickets.mean(axis=(0, 1)),
    })  # fmt: skip


def _ends(name: str, found: list[Estimate]) -> dict[str, pl.Series]:
    return {f"{name}_{end}": pl.Series([getattr(each, end) for each in found], dtype=pl.Float64)
            for end in ("low", "high")}  # fmt: skip


def _tiers_of_totals(rubric: Rubric, totals: Floats) -> NDArray[np.int64]:
    """Return the rank of the tier of each total, -1 where there is none; holes are half open here."""
    ranks = np.full(len(totals), -1, dtype=np.int64)
    known = ~np.isnan(totals)
    ranks[known] = tiers_of(rubric.tiers, totals[known], Policies(border="half_open"))
    return ranks
