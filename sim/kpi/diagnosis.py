"""Where to look: the cells of a table in which a figure stands out, and the queues in which tickets wait longest."""

from __future__ import annotations

import polars as pl

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.measure import Window, measure
from sim.log import Log

CAUSES = {"queue": ("queued_s", "assigned_s"), "pickup": ("assigned_s", "started_s")}
"""Why a touch had not begun: nobody was asked yet; somebody was, and had not begun."""

_c = pl.col


def heat(
    log: Log, name: str, rows: str = "team", columns: str = "kind", *, least: int = 10, level: float = 0.95,
    window: Window | None = None, book: Book = STANDARD_BOOK,
) -> pl.DataFrame:  # fmt: skip
    """Return a KPI cell by cell, and which cells stand out although many were looked at.

    Parameters
    ----------
    log
        A log.
    name
        A KPI.
    rows, columns
        What the table is split by, as in `sim.kpi.measure`.
    least
        A cell of fewer tickets is too small to be shown.
    level
        Of all intervals at once: each cell's is as much wider as there are cells (Bonferroni).
    window, book
        As in `sim.kpi.measure`.

    Returns
    -------
    DataFrame
        The columns of `rows` and `columns`, `mean`, `low`, `high`, `n`, `stands_out` (1 above, -1 below the figure of
        the whole log, which the interval leaves out; else 0) and `reason` (why there is no figure). Sorted by labels.

    Raises
    ------
    ValueError
        If `least` is below 1, or as in `sim.kpi.measure`.
    """
    if least < 1:
        raise ValueError(f"least must be at least 1 ticket, got {least}")
    found = measure(log, [name], by=(rows, columns), window=window, book=book)
    shown = int((found["n"] >= least).sum())
    wide = measure(log, [name], by=(rows, columns), window=window, book=book, level=1 - (1 - level) / max(shown, 1))
    whole = measure(log, [name], window=window, book=book)["mean"].item()
    small = _c("n") < least
    told = wide.with_columns(
        *(pl.when(~small).then(key).alias(key) for key in ("mean", "low", "high")),
        reason=pl.when(small & _c("reason").is_null()).then(pl.lit(f"fewer than {least}")).otherwise("reason"),
    )
    out = pl.when(_c("low") > whole).then(1).when(_c("high") < whole).then(-1).otherwise(0)
    return told.select(rows, columns, "mean", "low", "high", "n", stands_out=out, reason="reason")


def bottlenecks(log: Log, by: tuple[str, ...] = ("department", "skill"), window: Window | None = None) -> pl.DataFrame:
    """Return where tickets wait to be worked on, the worst queue first.

    Parameters
    ----------
    log
        A log.
    by
        Columns of the touches that make a queue.
    window
        The seconds in which a touch must have been queued; the whole log by default.

    Returns
    -------
    DataFrame
        The columns of `by`, `cause` (a key of `CAUSES`), `waits` (how many), `wait_h` (hours in all), `share` (of the
        hours of all rows), `wait_min_mean`. Waits that still last at the end of the log count up to it.
    """
    looked = window or Window(-(2**62), 2**62)
    touches = log.touches.filter(_c("queued_s").is_between(looked.begin_s, looked.end_s - 1))
    ends_s = pl.coalesce("started_s", "ended_s").fill_null(log.until_s)
    frames = [
        touches.filter(_c(begin).is_not_null()).select(
            *(_c(name).cast(pl.String) for name in by), cause=pl.lit(cause),
            wait_s=pl.min_horizontal(_c(end).fill_null(ends_s), ends_s) - _c(begin),
        )
        for cause, (begin, end) in CAUSES.items()
    ]  # fmt: skip
    sums = pl.concat(frames).group_by(*by, "cause").agg(waits=pl.len(), wait_s=_c("wait_s").sum())
    total = int(sums["wait_s"].sum())
    sums = sums.filter(_c("wait_s") > 0).sort("wait_s", *by, "cause", descending=[True, *[False] * (len(by) + 1)])
    return sums.select(
        *by, "cause", _c("waits").cast(pl.Int64), wait_h=_c("wait_s") / 3600, share=_c("wait_s") / max(total, 1),
        wait_min_mean=_c("wait_s") / 60 / _c("waits"),
    )  # fmt: skip
