"""Five KPIs by person and month, written by hand for the table of tickets with Polars, pandas and DuckDB.

They count what the catalogue counts, and are given what helps them: the zone is a fixed number of hours ahead of UTC,
and no ticket was blocked, merged or left. Their quantile is interpolated between the values; ours is read off a grid
that is 1 % wide beyond an hour. None gives an interval.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

VERIFIED_S = 72 * 3600
AHEAD_S = 8 * 3600
"""How far the wall clock of the tickets is ahead of UTC."""

Figures = dict[str, dict[tuple[str, int], tuple[float, ...]]]
"""Figures by (person, months since year 0) of the group-bys `reply` (n, mean, p90), `late` and `fcr` (a share each)."""

Run = Callable[[], Any]
Prepared = tuple[Run, Callable[[Any], Figures]]


def _figures(frames: Any) -> Figures:
    """Return frames of person, month and figures, in the order of `Figures`, as plain data."""
    return {
        name: {(str(who), int(month)): tuple(map(float, rest)) for who, month, *rest in rows if who is not None}
        for name, rows in zip(("reply", "late", "fcr"), frames, strict=True)
    }


def polars(path: Path, start_s: int, until_s: int) -> Prepared:
    """Return the query in Polars: three group-bys that are collected together."""
    tickets = pl.read_parquet(path)
    c = pl.col

    def month(name: str) -> pl.Expr:
        local = pl.from_epoch(c(name) + (start_s + AHEAD_S), "s").dt
        return local.year().cast(pl.Int32) * 12 + local.month().cast(pl.Int32) - 1

    def run() -> list[pl.DataFrame]:
        rows = tickets.lazy()
        reply = c("first_reply_s") - c("created_s")
        late = ~(c("first_reply_s") <= c("due_response_s")).fill_null(False)
        holds = ~(c("first_reopened_s") - c("first_resolved_s") <= VERIFIED_S).fill_null(False)
        seen = c("first_resolved_s") + VERIFIED_S <= until_s
        replied = rows.filter(c("first_reply_s").is_not_null()).select("first_replier", m=month("created_s"), r=reply)
        due = rows.filter(c("due_response_s") <= until_s).select("first_replier", m=month("due_response_s"), r=late)
        done = rows.filter(seen).select("last_resolver", m=month("first_resolved_s"), r=holds)
        figures = (pl.len(), c("r").mean().alias("mean"), c("r").quantile(0.9, "linear").alias("p90"))
        asked = (
            replied.group_by("first_replier", "m").agg(*figures),
            due.group_by("first_replier", "m").agg(c("r").mean()),
            done.group_by("last_resolver", "m").agg(c("r").mean()),
        )
        return pl.collect_all([each.sort(pl.all()) for each in asked])

    return run, lambda made: _figures(frame.iter_rows() for frame in made)


def polars_prepared(path: Path, start_s: int, _until_s: int) -> Prepared:
    """Return one group-by over columns that were made before the clock starts: person, month, reply, late, solved.

    It is the least that any program could do, and another count: every figure goes by the first replier and by the
    month of creation.
    """
    c = pl.col
    month = pl.from_epoch(c("created_s") + (start_s + AHEAD_S), "s").dt
    columns = pl.read_parquet(path).filter(c("first_reply_s").is_not_null()).select(
        person="first_replier", month=(month.year().cast(pl.Int32) * 12 + month.month() - 1).cast(pl.Int16),
        reply=(c("first_reply_s") - c("created_s")).cast(pl.Float64), late=c("first_reply_s") > c("due_response_s"),
        fcr=c("first_reopened_s").is_null(),
    )  # fmt: skip

    def run() -> pl.DataFrame:
        groups = columns.lazy().group_by("person", "month")
        figures = (pl.len(), c("reply").mean(), c("reply").quantile(0.9, "linear").alias("p90"))
        return groups.agg(*figures, c("late").mean(), c("fcr").mean()).sort("person", "month").collect()

    return run, lambda _: {}


def pandas(path: Path, start_s: int, until_s: int) -> Prepared:
    """Return the three group-bys in pandas."""
    import pandas as pd

    tickets = pd.read_parquet(path, dtype_backend="numpy_nullable")

    def month(seconds: Any) -> Any:
        days = (seconds.astype("int64") + (start_s + AHEAD_S)) // 86_400
        months = days.to_numpy().astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
        return pd.Series(months, index=seconds.index)

    def by(person: Any, months: Any, values: Any) -> Any:
        return values.groupby([person, months.rename("m")], observed=True)

    def run() -> list[Any]:
        t = tickets
        replied = t[t["first_reply_s"].notna()]
        reply = by(
            replied["first_replier"], month(replied["created_s"]),
            (replied["first_reply_s"] - replied["created_s"]).astype("int64"),
        )  # fmt: skip
        due = t[t["due_response_s"] <= until_s]
        late = ~(due["first_reply_s"] <= due["due_response_s"]).fillna(False).astype(bool)
        done = t[(t["first_resolved_s"] + VERIFIED_S <= until_s).fillna(False).astype(bool)]
        back = (done["first_reopened_s"] - done["first_resolved_s"] <= VERIFIED_S).fillna(False).astype(bool)
        return [
            pd.concat([reply.size(), reply.mean(), reply.quantile(0.9)], axis=1),
            by(due["first_replier"], month(due["due_response_s"]), late).mean(),
            by(done["last_resolver"], month(done["first_resolved_s"]), ~back).mean(),
        ]

    return run, lambda made: _figures(each.reset_index().itertuples(index=False) for each in made)


def duckdb(path: Path, start_s: int, until_s: int) -> Prepared:
    """Return the three group-bys in DuckDB, over a table of its own in memory."""
    import duckdb as engine

    connection = engine.connect(config={"temp_directory": tempfile.gettempdir()})
    connection.sql(f"create table tickets as select * from read_parquet('{path}')")

    def month(name: str) -> str:
        local = f"make_timestamp(({name} + {start_s + AHEAD_S}) * 1000000)"
        return f"(year({local}) * 12 + month({local}) - 1)"

    asked = (
        f"select first_replier, {month('created_s')} m, count(*), avg(r), quantile_cont(r, 0.9) from "
        "(select *, first_reply_s - created_s r from tickets where first_reply_s is not null) group by all",
        f"select first_replier, {month('due_response_s')} m, "
        "avg((not coalesce(first_reply_s <= due_response_s, false))::int) "
        f"from tickets where due_response_s <= {until_s} group by all",
        f"select last_resolver, {month('first_resolved_s')} m, "
        f"avg((not coalesce(first_reopened_s - first_resolved_s <= {VERIFIED_S}, false))::int) "
        f"from tickets where first_resolved_s + {VERIFIED_S} <= {until_s} group by all",
    )

    def run() -> list[Any]:
        return [connection.sql(query).fetchall() for query in asked]

    return run, _figures


RIVALS: dict[str, Callable[[Path, int, int], Prepared]] = {
    "polars": polars, "polars_prepared": polars_prepared, "pandas": pandas, "duckdb": duckdb,
}  # fmt: skip
