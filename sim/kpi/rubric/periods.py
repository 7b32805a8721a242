"""Appraisal periods: weeks, months, quarters, half-years and years, by the names that `sim.log.periods` reads."""

from __future__ import annotations

from datetime import date

import polars as pl

from sim.kpi.rubric.consequences import Cadence

_EPOCH = date(1970, 1, 1).toordinal()


def period_of(day: str, cadence: Cadence) -> pl.Expr:
    """Return the period of a column of ordinal days as text: `2026-W10`, `2026-03`, `2026-Q1`, `2026-H1`, `2026`.

    Parameters
    ----------
    day
        Name of the column; days as `date.toordinal` counts.
    cadence
        How long a period is. Weeks are ISO weeks, from Monday.
    """
    at = (pl.col(day) - _EPOCH).cast(pl.Int32).cast(pl.Date).dt
    year = at.year().cast(pl.String)
    return {
        "week": at.strftime("%G-W%V"),
        "month": at.strftime("%Y-%m"),
        "quarter": year + "-Q" + at.quarter().cast(pl.String),
        "half_year": year + "-H" + ((at.month() + 5) // 6).cast(pl.String),
        "year": year,
    }[cadence]
