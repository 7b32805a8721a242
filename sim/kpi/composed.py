"""KPIs that are formulas over finished ones."""

from __future__ import annotations

import polars as pl

from sim.kpi.book import Book
from sim.kpi.formulas import parsed
from sim.kpi.own import finished_names

NOTHING = "nothing to count in the period"
DIVIDES_BY_ZERO = "the formula gives no number: it divides by zero"


def composed(finished: pl.DataFrame, book: Book, asked: tuple[str, ...], by: tuple[str, ...]) -> pl.DataFrame:
    """Return the KPIs that were asked for, those with a formula computed from the others.

    Parameters
    ----------
    finished
        What `finish` gave for all that the formulas name, and for the others that were asked for.
    book
        What the KPIs are.
    asked
        Names, in the order of the result.
    by
        What the figures are split by.

    Returns
    -------
    DataFrame
        As of `finish`. A figure of a formula has no interval; `n` is the least of its parts, and if one of these has no
        figure, neither has it, for the same reason.
    """
    frames = [
        _figures(finished, book, name, by) if name in book.formulas else finished.filter(pl.col("name") == name)
        for name in asked
    ]
    return pl.concat(frames) if frames else finished.clear()


def _figures(finished: pl.DataFrame, book: Book, name: str, by: tuple[str, ...]) -> pl.DataFrame:
    kpi, parts = book.kpis[name], book.parts(name)
    rows = _side_by_side(finished, parts, by)
    formula = parsed(book.formulas[name], finished_names(tuple(own for own, _ in book.own)))
    value = rows.select(mean=formula.cast(pl.Float64) / kpi.finish.divide).to_series()
    told = pl.when(pl.col("mean").is_finite()).then("mean")
    lacks = [
        pl.when(pl.col(part).is_null()).then(pl.format(f"{part}: {{}}", pl.col(f"{part}|reason").fill_null(NOTHING)))
        for part in parts
    ]
    least = pl.min_horizontal(*(f"{part}|n" for part in parts))
    most = pl.max_horizontal(*(f"{part}|censored" for part in parts))
    made = rows.with_columns(mean=value).with_columns(mean=told)
    reason = pl.when(pl.col("mean").is_null()).then(pl.coalesce(*lacks, pl.lit(DIVIDES_BY_ZERO)))
    none = pl.lit(None, dtype=pl.Float64)
    return made.select(
        name=pl.lit(name), unit=pl.lit(kpi.unit), **{column: pl.col(column) for column in by}, mean="mean", low=none,
        high=none, n=least.fill_null(0).cast(pl.Int64), censored=most.fill_null(0).cast(pl.Int64), reason=reason,
    )  # fmt: skip


def _side_by_side(finished: pl.DataFrame, parts: tuple[str, ...], by: tuple[str, ...]) -> pl.DataFrame:
    """Return a row for each group that any part has, sorted, with figure, n, censored and reason of every part."""
    own = finished.filter(pl.col("name").is_in(parts)).with_columns(_all=pl.lit(0))
    rows = own.select("_all", *by).unique().sort("_all", *by)
    if rows.is_empty():
        rows = pl.DataFrame({"_all": [0]}).with_columns(pl.lit(None, dtype=pl.String).alias(column) for column in by)
    for part in parts:
        told = own.filter(pl.col("name") == part).select(
            "_all", *by, pl.col("mean").alias(part), *(pl.col(key).alias(f"{part}|{key}") for key in _TOLD)
        )
        rows = rows.join(told, on=["_all", *by], how="left", nulls_equal=True, maintain_order="left")
    return rows


_TOLD = ("n", "censored", "reason")
