"""Columns that the KPIs need beside those of the tickets: intervals, and facts about other tickets."""

from __future__ import annotations

import numpy as np
import polars as pl

from sim.calendar import Seconds
from sim.log import Log

REPEAT_S = 30 * 86_400
"""How far back an earlier ticket of the same learner and category makes a repeat (A-22), in seconds."""

SECOND_CONTACT_S = 72 * 3600
"""How soon after a resolution a new ticket of the same learner and category counts against it, in seconds."""


def features(log: Log, needed: frozenset[str]) -> pl.DataFrame:
    """Return the tickets of a log with further columns.

    Parameters
    ----------
    log
        A log.
    needed
        Names of the columns that are wanted; costly ones among them are left out unless named.

    Returns
    -------
    DataFrame
        The tickets and, in seconds: `wait_s` (ready to first work or leaving), `wait_served_s`,
        `first_response_s`, `resolution_s` (less pauses), `quality_s` and `asked_s` (when the resolution that
        a rating or a survey is about was, else the rating or survey itself), `until_s`; `settled`: whether
        anything became of it; `touched`: pieces of work begun; `replies_before` and `asked_back`: human
        replies, and whether the requester was waited for, up to the first resolution; `repeat` (null if the
        learner is unknown) and `second_contact`.
    """
    tickets = _intervals(log.tickets, log.until_s)
    if "touched" in needed:
        began = log.touches.filter(pl.col("person").is_not_null() & pl.col("started_s").is_not_null())
        tickets = _counted(tickets, began, "touched")
    if needed & {"replies_before", "asked_back"}:
        tickets = _before(tickets, log.moments)
    if needed & {"repeat", "second_contact"}:
        tickets = _other_tickets(tickets)
    return tickets


def _intervals(tickets: pl.DataFrame, until_s: int) -> pl.DataFrame:
    c = pl.col
    ready = pl.coalesce("ready_s", "created_s")
    anything = ("first_started_s", "left_s", "first_reply_s", "first_resolved_s", "closed_s")
    return tickets.with_columns(
        wait_s=pl.coalesce("first_started_s", "left_s") - ready,
        wait_served_s=c("first_started_s") - ready,
        first_response_s=c("first_reply_s") - c("created_s"),
        resolution_s=c("resolved_s") - c("created_s") - c("paused_s"),
        quality_s=pl.coalesce("resolved_s", "rated_s"),
        asked_s=pl.coalesce("resolved_s", "surveyed_s"),
        settled=pl.any_horizontal(c(name).is_not_null() for name in anything),
        until_s=pl.lit(until_s, dtype=pl.Int64),
    )


def _counted(tickets: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    counts = rows.group_by("ticket").agg(pl.len().cast(pl.Int64).alias(name))
    made = tickets.join(counts, on="ticket", how="left", maintain_order="left")
    return made.with_columns(pl.col(name).fill_null(0))


def _before(tickets: pl.DataFrame, moments: pl.DataFrame) -> pl.DataFrame:
    """Count replies, and waits for the requester, up to the first resolution."""
    what, reason = pl.col("what"), pl.col("reason").cast(pl.String).fill_null("requester")
    asks = (what == "wait_begins") & (reason == "requester")
    first = tickets.filter(pl.col("first_resolved_s").is_not_null()).select("ticket", "first_resolved_s")
    early = moments.filter((what == "reply") | asks).join(first, on="ticket")
    early = early.filter(pl.col("at_s") <= pl.col("first_resolved_s"))
    made = _counted(tickets, early.filter(what == "reply"), "replies_before")
    made = _counted(made, early.filter(what == "wait_begins"), "asked_back")
    return made.with_columns(pl.col("asked_back") > 0)


def _other_tickets(tickets: pl.DataFrame) -> pl.DataFrame:
    """Look for other tickets of the same learner and category (of the kind, where there is none)."""
    category = pl.coalesce(pl.col("category").cast(pl.String), pl.col("kind").cast(pl.String))
    known = tickets.select("created_s", "first_resolved_s", "learner", category=category).with_row_index("row")
    known = known.filter(pl.col("learner").is_not_null())
    group = _codes(known["learner"]) * (known.height + 1) + _codes(known["category"])
    group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    created = known["created_s"].to_numpy()
    origin = int(created.min()) if created.size else 0
    span = (int(created.max()) if created.size else 0) - origin + SECOND_CONTACT_S + 2
    keys = group * span + (created - origin)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    repeat = np.empty(known.height, dtype=bool)
    repeat[order] = (np.diff(ordered, prepend=0) <= REPEAT_S) & (np.diff(group[order], prepend=-1) == 0)
    resolved = known["first_resolved_s"].fill_null(origin).to_numpy() - origin
    after_s = group * span + np.minimum(resolved, span - SECOND_CONTACT_S - 1)
    following = np.append(ordered, np.iinfo(np.int64).max)[np.searchsorted(ordered, after_s, "right")]
    second = (following - after_s <= SECOND_CONTACT_S) & known["first_resolved_s"].is_not_null().to_numpy()
    facts = known.select("row", repeat=pl.Series(repeat), second_contact=pl.Series(second))
    made = tickets.with_row_index("row").join(facts, on="row", how="left", maintain_order="left").drop("row")
    return made.with_columns(pl.col("second_contact").fill_null(False))


def _codes(words: pl.Series) -> Seconds:
    """Return numbers from 0 that are equal where the words are."""
    codes = words.cast(pl.Categorical).to_physical().to_numpy()
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)
