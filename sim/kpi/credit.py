"""Who answers for a ticket: the attribution policies, and the seat, team and role of that person (A-12)."""

from __future__ import annotations

from typing import Literal, get_args

import polars as pl

from sim.kpi.statistics import PPM
from sim.log import Log

Attribution = Literal["last_resolver", "first_owner", "closer", "time_share", "equal_split", "plurality"]
POLICIES: tuple[str, ...] = get_args(Attribution)
SHARED = ("time_share", "equal_split")
"""Policies under which a ticket may be several people's."""
PLACES = ("seat", "team", "department")


def credit(log: Log, policy: str, places: bool = True) -> pl.DataFrame:
    """Return who answers for which ticket.

    Parameters
    ----------
    log
        A log.
    policy
        `last_resolver`, `first_owner`, `closer` or `first_replier`; `time_share`: everybody who worked on it, by the
        share of the work; `equal_split`: everybody who began to work on it, alike; `plurality`: who worked most on it,
        of several the first by name.
    places
        Whether seat, team, department and role are wanted.

    Returns
    -------
    DataFrame
        `ticket`, `person`, `weight` (the weights of a ticket sum to one million), and the person's `seat`,
        `team` and `department` in the last touch of that ticket (`seat` and `team` else as in `people`), and
        `role`. Tickets that nobody answers for are missing.
    """
    if policy in _WORKED:
        owners = _WORKED[policy](log.touches)
    else:
        owners = log.tickets.select("ticket", person=policy, weight=pl.lit(PPM, dtype=pl.Int64)).drop_nulls()
    return placed(owners, log) if places else owners


def placed(rows: pl.DataFrame, log: Log) -> pl.DataFrame:
    """Add seat, team, department and role to rows of ticket and person."""
    worked = log.touches.filter(pl.col("person").is_not_null()).select("ticket", "person", *PLACES)
    last = worked.unique(["ticket", "person"], keep="last", maintain_order=True)
    named = log.people.select("person", "role", _seat="seat", _team="team")
    rows = rows.join(last, on=["ticket", "person"], how="left", maintain_order="left")
    rows = rows.join(named, on="person", how="left", maintain_order="left")
    return rows.with_columns(seat=pl.coalesce("seat", "_seat"), team=pl.coalesce("team", "_team")).drop(
        "_seat", "_team"
    )


def _work(touches: pl.DataFrame) -> pl.DataFrame:
    """Return how much each person worked on each ticket, as far as that is known and not nothing."""
    worked = touches.filter(pl.col("person").is_not_null() & pl.col("work_s").is_not_null())
    work = worked.group_by("ticket", "person").agg(pl.col("work_s").sum())
    return work.filter(pl.col("work_s") > 0).sort("ticket", "person")


def _time_share(touches: pl.DataFrame) -> pl.DataFrame:
    return _split(_work(touches))


def _equal_split(touches: pl.DataFrame) -> pl.DataFrame:
    began = touches.filter(pl.col("person").is_not_null() & pl.col("started_s").is_not_null())
    return _split(began.select("ticket", "person", work_s=pl.lit(1, pl.Int64)).unique().sort("ticket", "person"))


def _plurality(touches: pl.DataFrame) -> pl.DataFrame:
    work = _work(touches).sort("ticket", "work_s", "person", descending=[False, True, False])
    most = work.unique("ticket", keep="first", maintain_order=True)
    return most.select("ticket", "person", weight=pl.lit(PPM, pl.Int64))


_WORKED = {"time_share": _time_share, "equal_split": _equal_split, "plurality": _plurality}


def _split(work: pl.DataFrame) -> pl.DataFrame:
    """Split a million by work, to the last millionth by largest remainder; ties go by name."""
    total = work.group_by("ticket").agg(total_s=pl.col("work_s").sum())
    parts = work.join(total, on="ticket").with_columns(
        weight=pl.col("work_s") * PPM // pl.col("total_s"), rest=pl.col("work_s") * PPM % pl.col("total_s")
    )
    short = parts.group_by("ticket").agg(short=PPM - pl.col("weight").sum(), people=pl.len())
    parts = parts.sort("ticket", "rest", "person", descending=[False, True, False])
    starts = short.sort("ticket").select("ticket", "short", begins=pl.col("people").cum_sum() - pl.col("people"))
    parts = parts.with_row_index("row").join(starts, on="ticket", how="left", maintain_order="left")
    nth = pl.col("row").cast(pl.Int64) - pl.col("begins").cast(pl.Int64)
    weight = pl.col("weight") + (nth < pl.col("short")).cast(pl.Int64)
    return parts.select("ticket", "person", weight=weight).filter(pl.col("weight") > 0)
