"""One row per ticket, derived from the moments by one function that real and simulated logs share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from sim.calendar import Calendar, Timeline
from sim.log.dues import dues
from sim.log.ledger import stretches
from sim.sla import Sla

_FIRSTS = {
    "created": {"created_s": "at_s"},
    "auto_reply": {"first_auto_reply_s": "at_s"},
    "reply": {"first_reply_s": "at_s", "first_replier": "who"},
    "resolved": {"first_resolved_s": "at_s"},
    "left": {"left_s": "at_s"},
    "blocked": {"blocked_s": "at_s"},
    "reopened": {"first_reopened_s": "at_s"},
    "survey_sent": {"surveyed_s": "at_s"},
    "merged": {"merged_s": "at_s"},
    "warned": {"warned_s": "at_s"},
}
_LASTS = {
    "resolved": {"resolved_s": "at_s", "last_resolver": "who"},
    "closed": {"closed_s": "at_s", "closer": "who"},
    "priority": {"_rank": "value"},
}
_COUNTS = {"reply": "replies", "reopened": "reopens", "handed_on": "handoffs", "escalated": "escalations"}
_WROTE = ("reply", "handed_on", "escalated", "resolved")
_ZEROS = (*_COUNTS.values(), "hands", "paused_s")


def derive(
    cases: pl.DataFrame, moments: pl.DataFrame, touches: pl.DataFrame, *, timeline: Timeline, until_s: int,
    sla: Sla | None = None, calendars: Mapping[str, Calendar] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Return one row per ticket, sorted by ticket; seconds are int64, and what is unknown is null.

    Parameters
    ----------
    cases, moments, touches
        Tables of a checked log.
    timeline, until_s
        Of the log: they place calendars, and end what is still open.
    sla, calendars
        Targets and their calendars; without them the dues and the open seconds are null.

    Returns
    -------
    DataFrame
        The columns of `cases`, with `priority` the last one, and:

        - `created_s`, `first_auto_reply_s`, `first_reply_s` (of a human), `first_resolved_s`, `left_s`,
          `blocked_s`, `merged_s`, `warned_s`, `first_reopened_s`, `surveyed_s`, and of the touches `ready_s`
          (in a queue) and `first_started_s`: the first of each;
        - `resolved_s`, `closed_s`: the last of each, null if the ticket was reopened since;
        - `replies` (human), `reopens`, `handoffs`, `escalations`, `hands` (how many people touched it, or
          wrote about it where there are no touches): counts;
        - `paused_s`: seconds that the requester was waited for, up to the resolution or the end of the log;
        - `last_resolver`, `closer`, `first_replier`, `first_owner` (who touched it first, else replied
          first);
        - `rated_outcome`, `rated_process` (1 to 5, the last of each), `rated_s` (the last of both),
          `surveyed`;
        - `due_response_s`, `due_resolution_s`, `judged_s`, `response_open_s`, `resolution_open_s`: see
          `dues`.
    """
    pauses = stretches(moments, until_s)
    made = cases
    for facts in (*_events(moments), *_ratings(moments), *_hands(moments, touches), _paused(pauses)):
        made = made.join(facts, on="ticket", how="left", maintain_order="left")
    made = _standing(made, moments).with_columns(
        pl.col(_ZEROS).fill_null(0).cast(pl.Int64),
        surveyed=pl.col("surveyed_s").is_not_null(),
        priority=_priority(cases),
        first_owner=pl.coalesce("_first_person", "first_replier"),
    )
    made = made.with_columns(given=cases["priority"]).drop("_rank", "_first_person")
    made = dues(made, moments, pauses, timeline=timeline, until_s=until_s, sla=sla, calendars=calendars or {})
    return made.drop("given")


def _events(moments: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the first, the last and the count of what happened, one frame per kind of moment."""
    what = pl.col("what")
    for word, names in _FIRSTS.items():
        yield (
            moments.filter(what == word).unique("ticket", keep="first", maintain_order=True).select("ticket", **names)
        )
    for word, names in _LASTS.items():
        yield (
            moments.filter(what == word).unique("ticket", keep="last", maintain_order=True).select("ticket", **names)
        )
    for word, name in _COUNTS.items():
        yield moments.filter(what == word).group_by("ticket").agg(pl.len().alias(name))


def _ratings(moments: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the last rating of the outcome (one without a reason is that), of the process, of both."""
    rated = moments.filter(pl.col("what") == "rated")
    process = (pl.col("reason").cast(pl.String) == "process").fill_null(False)
    for kept, names in (
        (~process, {"rated_outcome": "value"}),
        (process, {"rated_process": "value"}),
        (pl.lit(True), {"rated_s": "at_s"}),
    ):
        yield rated.filter(kept).unique("ticket", keep="last", maintain_order=True).select("ticket", **names)


def _hands(moments: pl.DataFrame, touches: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield who worked first, when, and how many did."""
    worked = touches.filter(pl.col("person").is_not_null() & pl.col("started_s").is_not_null())
    first = worked.sort("ticket", "started_s", "stage", "branch", nulls_last=True)
    yield first.unique("ticket", keep="first", maintain_order=True).select(
        "ticket", first_started_s="started_s", _first_person="person"
    )
    yield touches.group_by("ticket").agg(ready_s=pl.col("queued_s").min())
    wrote = moments.filter(pl.col("what").is_in(_WROTE) & pl.col("who").is_not_null()).select("ticket", person="who")
    pairs = pl.concat([worked.select("ticket", "person"), wrote.join(worked, on="ticket", how="anti")])
    yield pairs.unique().group_by("ticket").agg(hands=pl.len())


def _paused(pauses: pl.DataFrame) -> pl.DataFrame:
    waits = pauses.filter(~pl.col("rests"))
    return waits.group_by("ticket").agg(paused_s=(pl.col("end_s") - pl.col("begin_s")).sum())


def _standing(tickets: pl.DataFrame, moments: pl.DataFrame) -> pl.DataFrame:
    """Take back the last resolution and the closing of a ticket that is open again."""
    turns = moments.filter(pl.col("what").is_in(["resolved", "closed", "reopened"]))
    again = turns.unique("ticket", keep="last", maintain_order=True).filter(pl.col("what") == "reopened")
    back = pl.col("ticket").is_in(again["ticket"].implode())
    return tickets.with_columns(pl.when(~back).then(pl.col(name)).alias(name) for name in ("resolved_s", "closed_s"))


def _priority(cases: pl.DataFrame) -> pl.Expr:
    """Return the priority in force at last: the rank of the last change, else that of the case."""
    dtype = cases.schema["priority"]
    rank = pl.coalesce(pl.col("_rank").cast(pl.UInt32), pl.col("priority").to_physical().cast(pl.UInt32))
    return rank.cast(cases["priority"].to_physical().dtype).cat.to(dtype)
