"""The ledger of a ticket: the stretches in which it waits for its requester, or rests when resolved.

It is kept apart from targets and calendars, so that a change of priority or of the agreement loses no pause.
"""

from __future__ import annotations

import polars as pl

REQUESTER = "requester"
"""Reason of a `wait_begins` that stops the resolution clock; a wait without reason counts as one."""

_RESTS = ("resolved", "closed", "left", "merged", "blocked")
_TURNS = ("wait_begins", "wait_ends", "reopened", *_RESTS)


def stretches(moments: pl.DataFrame, until_s: int) -> pl.DataFrame:
    """Return when tickets were paused, from the moments alone.

    Parameters
    ----------
    moments
        The moments of a log.
    until_s
        End of the observation: a wait that still runs then ends there.

    Returns
    -------
    DataFrame
        `ticket`, `begin_s`, `end_s` and `rests`: true from a resolution to the reopening after it, false
        while the requester is waited for. Sorted by ticket and begin, never overlapping, never empty. What
        is said about waiting while a ticket rests is ignored.
    """
    what = pl.col("what").cast(pl.String)
    paused = moments.filter(what.is_in(["wait_begins", "reopened"])).select("ticket").unique()
    turns = moments.filter(what.is_in(_TURNS)).join(paused, on="ticket", how="semi")
    rested = pl.when(what.is_in(_RESTS)).then(True).when(what == "reopened").then(False)
    turns = turns.sort("ticket", "at_s", "number").with_columns(
        rests=rested.forward_fill().over("ticket").fill_null(False)
    )
    waiting = what.is_in(["wait_begins", "wait_ends"])
    requester = pl.col("reason").cast(pl.String).fill_null(REQUESTER) == REQUESTER
    turns = turns.filter(~(waiting & pl.col("rests")))
    resting = pl.col("rests").shift(1).over("ticket").fill_null(False)
    turns = turns.filter(~(pl.col("rests") & resting))  # What is closed was resolved before: one rest.
    turns = turns.select(
        "ticket", "rests", begin_s="at_s", end_s=pl.col("at_s").shift(-1).over("ticket"),
        waits=(what == "wait_begins") & requester,
    )  # fmt: skip
    open_end = pl.when("waits").then(pl.col("end_s").fill_null(until_s)).otherwise("end_s")
    return (
        turns.filter(pl.col("waits") | pl.col("rests"))
        .select("ticket", "begin_s", open_end.alias("end_s"), "rests")
        .filter(pl.col("end_s") > pl.col("begin_s"))
    )
