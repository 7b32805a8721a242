"""What the desk declares to be of value: verified resolutions by their work, less what reopenings cost."""

from __future__ import annotations

from datetime import date

import polars as pl

from sim.desk import Desk, Kind
from sim.log import Log
from sim.truth import Truth

VERIFIED_S = 72 * 3600
"""How long a resolution must hold, in seconds (R003-26)."""


def value_of(log: Log, truth: Truth, desk: Desk, begin: date, end: date) -> dict[str, int]:
    """Return the declared value of everybody's work in a period, in milliseconds of work at reference speed.

    Parameters
    ----------
    log, truth
        What the engine gave: the truth knows the work content of every ticket.
    desk
        It says what a reopening costs.
    begin, end
        First local day, and the day after the last.

    Returns
    -------
    dict
        Person to whole milliseconds; people with nothing to their credit or charge are absent.

    Notes
    -----
    The last resolver of a ticket is credited with its work content, all stages, if it was
    resolved in the period and not reopened within 72 h. Whoever resolved a ticket that was then reopened in
    the period is charged the mean work of a reopening of its kind. Work of several people is credited to the
    one who resolved it.
    """
    first, last = log.timeline.second(begin, 0), log.timeline.second(end, 0) - 1
    kept = pl.col("resolved_s").is_between(first, last) & (pl.col("resolved_s") + VERIFIED_S <= log.until_s)
    works = truth.tickets.select("ticket", value=pl.col("work_ms").cast(pl.Int64))
    credit = log.tickets.filter(kept).join(works, on="ticket").select(_text("last_resolver"), "value")
    charge = _charged(log, first, last).with_columns(
        value=pl.col("kind").replace_strict(_reopenings(desk), return_dtype=pl.Int64)
    )
    both = (
        pl.concat([credit, charge.select("person", "value")]).drop_nulls().group_by("person").agg(pl.col("value").sum())
    )
    return dict(both.sort("person").iter_rows())


def _reopenings(desk: Desk) -> dict[str, int]:
    """Return what a reopening of a kind costs, as a negative number of milliseconds."""
    factor = desk.outcome.reopen_work
    return {name: -round(60_000 * factor * _last_min(kind)) for name, kind in desk.demand.kinds.items()}


def _last_min(kind: Kind) -> float:
    """Return the mean work of the last stage, all its branches, in minutes at speed 1."""
    return sum(branch.work.mean_min for branch in kind.route[-1].branches())


def _text(person_or_kind: str) -> pl.Expr:
    name = "kind" if person_or_kind == "kind" else "person"
    return pl.col(person_or_kind).cast(pl.String).alias(name)


def _charged(log: Log, first: int, last: int) -> pl.DataFrame:
    """Return person and kind for each reopening: who resolved the ticket before."""
    turns = log.moments.filter(pl.col("what").is_in(["resolved", "reopened"])).sort("ticket", "at_s", "number")
    before = turns.with_columns(resolver=pl.col("who").shift(1).over("ticket"))
    reopened = before.filter((pl.col("what") == "reopened") & pl.col("at_s").is_between(first, last))
    kinds = log.cases.select("ticket", "kind")
    return reopened.join(kinds, on="ticket", how="left").select(_text("resolver"), _text("kind"))
