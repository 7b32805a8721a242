"""How much of the spread of a KPI between people would be there again: before anybody acts upon it."""

from __future__ import annotations

import numpy as np
import polars as pl

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.measure import Window, count
from sim.kpi.statistics import Statistics
from sim.log import Log

MIN_PEOPLE = 3
TOO_FEW = "fewer than 3 people have figures with errors"
"""Reason that stands in the place of a reliability."""


def reliability(
    log: Log, kpis: list[str], *, window: Window | None = None, attribution: str = "last_resolver",
    book: Book = STANDARD_BOOK,
) -> pl.DataFrame:  # fmt: skip
    """Return how reliable KPIs of people are over the length of a log.

    Parameters
    ----------
    log
        A log.
    kpis
        Names of KPIs that are ratios of sums.
    window, attribution, book
        As in `sim.kpi.count`.

    Returns
    -------
    DataFrame
        `name`, `reliability`: the variance between people less the mean square of their errors, over the former, not
        cut off below 0; `split_half`: the correlation of people's figures of odd and even local days, stepped up to the
        whole length; `people`: how many have a figure and an error; `n`: tickets behind these; `reason`: why there is
        none.
        People in different seats differ for that, too: this is not merit.

    Raises
    ------
    ValueError
        If a KPI is no ratio, or unknown.

    Notes
    -----
    Reliability as true over observed variance, Spearman (1904); errors by the jackknife over days, as in `finish`.
    Halves are stepped up by Spearman (1910) and Brown (1910): 2 r / (1 + r). A figure below 0.7 is not fit to act upon.
    """
    for name in kpis:
        if name in book.kpis and book.kpis[name].finish.how != "ratio":
            raise ValueError(f"{name} is no ratio, so people's errors in it cannot be told")
    statistics = count(log, kpis, by="person", window=window, attribution=attribution, book=book)
    rows = [_of_one(statistics, name) for name in dict.fromkeys(kpis)]
    return pl.DataFrame(
        rows, orient="row", schema={"name": pl.String, "reliability": pl.Float64, "split_half": pl.Float64,
                                    "people": pl.Int64, "n": pl.Int64, "reason": pl.String},
    )  # fmt: skip


def _of_one(statistics: Statistics, name: str) -> tuple[str, float | None, float | None, int, int, str | None]:
    if reason := statistics.nulls.get(name):
        return name, None, None, 0, 0, reason
    sums = statistics.sums.filter((pl.col("name") == name) & pl.col("person").is_not_null())
    daily = sums.select(
        "person", "day", *(pl.col(key).cast(pl.Float64) for key in ("y", "x")), n=pl.col("n").cast(pl.Int64)
    )
    told = [_person(own) for own in daily.sort("person", "day").partition_by("person", maintain_order=True)]
    known = [(value, error, n) for value, error, n in told if value is not None and error is not None]
    n = sum(each for _, _, each in known)
    if len(known) < MIN_PEOPLE:
        return name, None, None, len(known), n, TOO_FEW
    values, errors = (np.array([each[place] for each in known]) for place in (0, 1))
    spread = float(values.var(ddof=1))
    found = None if spread == 0 else (spread - float((errors**2).mean())) / spread
    return name, found, _split_half(daily), len(known), n, None if found is not None else "all people are alike"


def _person(own: pl.DataFrame) -> tuple[float | None, float | None, int]:
    """Return the ratio of a person, and its delete-one-day error."""
    y, x = own["y"].to_numpy(), own["x"].to_numpy()
    n, rest = int(own["n"].sum()), x.sum() - x
    if len(x) < 2 or (rest <= 0).any():
        return None, None, n
    without = (y.sum() - y) / rest
    error = np.sqrt(((without - without.mean()) ** 2).sum() * (len(x) - 1) / len(x))
    return float(y.sum() / x.sum()), float(error), n


def _split_half(daily: pl.DataFrame) -> float | None:
    """Return the stepped-up correlation of the figures of odd and even days, of people who have both."""
    halves = daily.group_by("person", half=pl.col("day") % 2).agg(pl.col("y", "x").sum()).filter(pl.col("x") > 0)
    wide = (
        halves.with_columns(value=pl.col("y") / pl.col("x")).pivot("half", index="person", values="value").drop_nulls()
    )
    if wide.width < 3 or wide.height < MIN_PEOPLE:
        return None
    odd, even = (wide.sort("person")[column].to_numpy() for column in ("0", "1"))
    if odd.std() == 0 or even.std() == 0:
        return None
    r = float(np.corrcoef(odd, even)[0, 1])
    return 2 * r / (1 + r) if r > -1 else None
