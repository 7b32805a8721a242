"""Columns that the KPIs need beside those of the tickets: intervals, and facts about other tickets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi import casemix
from sim.kpi.casemix import Expected
from sim.kpi.handling import HANDLING, handling
from sim.kpi.kernels import NONE, Ints, frozen
from sim.kpi.lookups import by_two_codes, count_before, count_rows, other_tickets
from sim.kpi.segments import segments
from sim.kpi.spans import SPANS, spans
from sim.kpi.switches import STANDARD_SWITCHES, Switches
from sim.kpi.voices import VOICES, voices
from sim.log import WHAT, Log
from sim.log.framing import Sheet, numbers_of, words_of
from sim.log.told import what_of

_c = pl.col
_ready = pl.coalesce("ready_s", "created_s")
_anything = ("first_started_s", "left_s", "first_reply_s", "first_resolved_s", "closed_s")
_ROWWISE = {
    "wait_s": pl.coalesce("first_started_s", "left_s") - _ready,
    "wait_served_s": _c("first_started_s") - _ready,
    "first_response_s": _c("first_reply_s") - _c("created_s"),
    "resolution_s": _c("resolved_s") - _c("created_s") - _c("paused_s"),
    "quality_s": pl.coalesce("resolved_s", "rated_s"),
    "asked_s": pl.coalesce("resolved_s", "surveyed_s"),
    "settled": pl.any_horizontal(_c(name).is_not_null() for name in _anything),
}


def features(log: Log, needed: Collection[str], switches: Switches = STANDARD_SWITCHES) -> pl.DataFrame:
    """Return the tickets of a log with further columns.

    Parameters
    ----------
    log
        A log.
    needed
        Names of the columns that are wanted; those below are left out unless named.
    switches
        How far a repeat and a second contact look, and what they share.

    Returns
    -------
    DataFrame
        The tickets and, in seconds: `wait_s` (ready to first work or leaving), `wait_served_s`,
        `first_response_s`, `resolution_s` (less pauses), `quality_s` and `asked_s` (when the resolution that
        a rating or a survey is about was, else the rating or survey itself), `until_s`; `settled`: whether
        anything became of it; `touched`: pieces of work begun; `replies_before` and `asked_back`: human
        replies, and whether the requester was waited for, up to the first resolution; `repeat` (null if the
        learner is unknown) and `second_contact`; `tenure_s`: how long the learner had been one at the
        creation, and `course` and `life_stage` (see `segments`); and the columns of `sim.kpi.handling`,
        `sim.kpi.voices` and `sim.kpi.spans`.
    """
    told = log.tickets.hstack(elsewhere(log, needed, switches))
    return told.with_columns(rowwise(needed, log.until_s))


def rowwise(needed: Collection[str], until_s: int) -> list[pl.Expr]:
    """Return the wanted columns that follow from the row of a ticket alone."""
    made = [expression.alias(name) for name, expression in _ROWWISE.items() if name in needed]
    return [*made, pl.lit(until_s, dtype=pl.Int64).alias("until_s")] if "until_s" in needed else made


def roots(needed: Collection[str]) -> set[str]:
    """Return the columns that the wanted ones are made of."""
    inner = {root for name in needed if name in _ROWWISE for root in _ROWWISE[name].meta.root_names()}
    return inner | {name for name in needed if name not in _ROWWISE and name != "until_s"}


def elsewhere(log: Log, needed: Collection[str], switches: Switches, expected: Expected = ()) -> list[pl.Series]:
    """Return the wanted columns that other tables or other tickets decide, in the order of the tickets."""
    tickets, made = log.sheet("tickets"), list[pl.Series]()
    if "touched" in needed:
        made.append(_touched(tickets, log.sheet("touches")))
    if not {"replies_before", "asked_back"}.isdisjoint(needed):
        made += _before(tickets, log.sheet("moments"))
    if not {"repeat", "second_contact"}.isdisjoint(needed):
        made += _other_tickets(tickets, switches)
    if not HANDLING.keys().isdisjoint(needed):
        made += handling(log, needed)
    if not VOICES.keys().isdisjoint(needed):
        made += voices(log, needed)
    if not set(casemix.COLUMNS).isdisjoint(needed):
        made += [column for column in casemix.relative(log, expected, needed) if column.name in needed]
    if "tenure_s" in needed:
        made.append(_tenure(log.tickets, log.learners))
    made += segments(log, {"course", "life_stage"}.intersection(needed) - set(tickets.names), switches)
    if not set(SPANS).isdisjoint(needed):
        made += spans(log, needed)
    return made


def _tenure(tickets: pl.DataFrame, learners: pl.DataFrame) -> pl.Series:
    """Return how long each ticket's learner had been one at its creation, in seconds; null if that is unknown."""
    joined = tickets.select("learner", "created_s").join(
        learners.select("learner", "joined_s"), on="learner", how="left", maintain_order="left"
    )
    return joined.select(tenure_s=_c("created_s") - _c("joined_s")).to_series()


def _touched(tickets: Sheet, touches: Sheet) -> pl.Series:
    """Count pieces of work that people began."""
    found = numbers_of(touches, ("person",), {"ticket": NONE, "started_s": NONE})
    began = frozen((found["person"] >= 0) & (found["started_s"] != NONE))
    ids = numbers_of(tickets, values={"ticket": NONE})["ticket"]
    return pl.Series("touched", count_rows(ids, found["ticket"], began))


def _before(tickets: Sheet, moments: Sheet) -> list[pl.Series]:
    """Count replies, and waits for the requester, up to the first resolution."""
    known = numbers_of(tickets, values={"ticket": NONE, "first_resolved_s": NONE})
    turn = turns(moments, {"reply": 1, "wait_begins": 2})
    found = numbers_of(moments, ("reason",), {"ticket": NONE, "at_s": NONE})
    words = words_of(moments, "reason")
    requester = words.index("requester") if "requester" in words else -1
    replies, asks = count_before(
        known["ticket"], found["ticket"], found["at_s"], turn, found["reason"], requester, known["first_resolved_s"]
    )
    return [pl.Series("replies_before", replies), pl.Series("asked_back", asks > 0)]


def turns(moments: Sheet, numbers: Mapping[str, int]) -> NDArray[np.uint8]:
    """Return a number for every moment by what it is; 0 for what is not named."""
    table = np.array([numbers.get(word, 0) for word in WHAT], dtype=np.uint8)
    return frozen(table[what_of(moments)])


def _other_tickets(tickets: Sheet, switches: Switches) -> list[pl.Series]:
    """Look for other tickets of the same learner and category, or kind."""
    group = _category(tickets) if switches.repeat_same == "category" else numbers_of(tickets, ("kind",))["kind"]
    known = numbers_of(tickets, values={"created_s": NONE, "first_resolved_s": NONE})
    created, resolved = known["created_s"], known["first_resolved_s"]
    learner = _learners(tickets)
    group = frozen(group.astype(np.int64))
    order = np.arange(len(created)) if (np.diff(created) >= 0).all() else np.argsort(created, kind="stable")
    order = by_two_codes(learner, group, frozen(order))
    spans = switches.repeat_days * 86_400, switches.verified_h * 3600
    repeat, second = other_tickets(frozen(order), learner, group, created, resolved, *spans)
    named = learner >= 0
    return [
        pl.Series("repeat", repeat).set(pl.Series(~named), None),
        pl.Series("second_contact", second & named),
    ]


def _learners(tickets: Sheet) -> Ints:
    """Return numbers from 0 that are equal where learners are; -1 where nobody is known."""
    column = tickets.raw("learner")
    if not isinstance(column, pl.Series):
        return frozen(numbers_of(tickets, ("learner",))["learner"].astype(np.int64, copy=False))
    return frozen(column.cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(-1).to_numpy())


def _category(tickets: Sheet) -> NDArray[Any]:
    """Return numbers from 0 that are equal where the categories of tickets are, or their kinds where there is none."""
    if not tickets.knows("category"):
        return numbers_of(tickets, ("kind",))["kind"]
    found = numbers_of(tickets, ("category",))["category"]
    if (found >= 0).all():
        return found
    both = pl.coalesce(_c("category").cast(pl.String), _c("kind").cast(pl.String))
    return tickets.some(("category", "kind")).select(both.cast(pl.Categorical).to_physical()).to_series().to_numpy()
