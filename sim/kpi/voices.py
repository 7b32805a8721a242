"""Columns of a ticket that its moments tell beside those of the log: complaints, audits, recommendations, solutions."""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from sim.log import Log

SOLUTION = "solution"
"""Reason of a resolution by a solution that stood in the knowledge base."""

_c = pl.col


def voices(log: Log, needed: Collection[str]) -> list[pl.Series]:
    """Return the wanted columns, in the order of the tickets.

    Parameters
    ----------
    log
        A log.
    needed
        Names of columns; those that are not in `VOICES` are left out.

    Returns
    -------
    list of Series
        `complained_s`, `refunded_s`, `escalated_s`: the first complaint, refund and escalation, in seconds; `nps`: how
        willingly the learner recommends the desk, 0 to 10, and `audit`: whether an audit found the ticket resolved (1)
        or not (0), the last of each; `by_solution`: whether the last resolution was one of the knowledge base.
    """
    wanted = [name for name in VOICES if name in needed]
    tickets = log.tickets.select("ticket")
    frames = [VOICES[name](log.moments).rename({"": name}) for name in wanted]
    return [
        tickets.join(frame, on="ticket", how="left", maintain_order="left")[name]
        for name, frame in zip(wanted, frames, strict=True)
    ]


def _first(what: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def made(moments: pl.DataFrame) -> pl.DataFrame:
        return moments.filter(_c("what") == what).group_by("ticket").agg(_c("at_s").min().alias(""))

    return made


def _judged(reason: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def made(moments: pl.DataFrame) -> pl.DataFrame:
        rows = moments.filter((_c("what") == "rated") & (_c("reason").cast(pl.String) == reason))
        return rows.unique("ticket", keep="last", maintain_order=True).select("ticket", _c("value").alias(""))

    return made


def _by_solution(moments: pl.DataFrame) -> pl.DataFrame:
    last = moments.filter(_c("what") == "resolved").unique("ticket", keep="last", maintain_order=True)
    return last.select("ticket", (_c("reason").cast(pl.String) == SOLUTION).fill_null(False).alias(""))


VOICES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "complained_s": _first("complaint"),
    "escalated_s": _first("escalated"),
    "refunded_s": _first("refund"),
    "nps": _judged("nps"),
    "audit": _judged("audit"),
    "by_solution": _by_solution,
}
"""Column: what makes it of the moments."""
