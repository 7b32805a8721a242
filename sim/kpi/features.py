"""Columns that the KPIs need beside those of the tickets: intervals, and facts about other tickets."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi import casemix
from sim.kpi.casemix import Expected
from sim.kpi.handling import HANDLING, handling
from sim.kpi.kernels import NONE, Ints, frozen
from sim.kpi.lookups import by_two_codes, count_before, count_rows, other_tickets
from sim.kpi.spans import SPANS, spans
from sim.kpi.switches import STANDARD_SWITCHES, Switches
from sim.kpi.voices import VOICES, voices
from sim.log import Log

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
        creation; and the columns of `sim.kpi.handling`, `sim.kpi.voices` and `sim.kpi.spans`.
    """
    return with_elsewhere(log, needed, switches).with_columns(rowwise(needed, log.until_s))


def rowwise(needed: Collection[str], until_s: int) -> list[pl.Expr]:
    """Return the wanted columns that follow from the row of a ticket alone."""
    made = [expression.alias(name) for name, expression in _ROWWISE.items() if name in needed]
    return [*made, pl.lit(until_s, dtype=pl.Int64).alias("until_s")] if "until_s" in needed else made


def roots(needed: Collection[str]) -> set[str]:
    """Return the columns that the wanted ones are made of."""
    inner = {root for name in needed if name in _ROWWISE for root in _ROWWISE[name].meta.root_names()}
    return inner | {name for name in needed if name not in _ROWWISE and name != "until_s"}


def with_elsewhere(log: Log, needed: Collection[str], switches: Switches, expected: Expected = ()) -> pl.DataFrame:
    """Return the tickets with the wanted columns that other tables or other tickets decide."""
    tickets, made = log.tickets, []
    if "touched" in needed:
        made.append(_touched(tickets, log.touches))
    if not {"replies_before", "asked_back"}.isdisjoint(needed):
        made += _before(tickets, log.moments)
    if not {"repeat", "second_contact"}.isdisjoint(needed):
        made += _other_tickets(tickets, switches)
    if not HANDLING.keys().isdisjoint(needed):
        made += handling(log, needed)
    if not VOICES.keys().isdisjoint(needed):
        made += voices(log, needed)
    if not set(casemix.COLUMNS).isdisjoint(needed):
        made += [column for column in casemix.relative(log, expected) if column.name in needed]
    if "tenure_s" in needed:
        made.append(_tenure(tickets, log.learners))
    if not set(SPANS).isdisjoint(needed):
        made += spans(log, needed)
    return tickets.hstack(made) if made else tickets


def _tenure(tickets: pl.DataFrame, learners: pl.DataFrame) -> pl.Series:
    """Return how long each ticket's learner had been one at its creation, in seconds; null if that is unknown."""
    joined = tickets.select("learner", "created_s").join(
        learners.select("learner", "joined_s"), on="learner", how="left", maintain_order="left"
    )
    return joined.select(tenure_s=_c("created_s") - _c("joined_s")).to_series()


def _known(name: str) -> pl.Expr:
    return _c(name).cast(pl.Int64).fill_null(NONE)


def _code(name: str) -> pl.Expr:
    """Return numbers from 0 that are equal where the words of a column are; -1 where there is none."""
    return _c(name).to_physical().cast(pl.Int64).fill_null(-1)


def _arrays(frame: pl.DataFrame, *columns: pl.Expr) -> list[Ints]:
    return [frozen(column.to_numpy()) for column in frame.select(*columns).iter_columns()]


def _touched(tickets: pl.DataFrame, touches: pl.DataFrame) -> pl.Series:
    """Count pieces of work that people began."""
    began = frozen((touches["person"].is_not_null() & touches["started_s"].is_not_null()).to_numpy())
    ids, named = (frozen(frame["ticket"].to_numpy()) for frame in (tickets, touches))
    return pl.Series("touched", count_rows(ids, named, began))


def _before(tickets: pl.DataFrame, moments: pl.DataFrame) -> list[pl.Series]:
    """Count replies, and waits for the requester, up to the first resolution."""
    ids, resolved = _arrays(tickets, _c("ticket"), _known("first_resolved_s"))
    turn = turns(moments, {"reply": 1, "wait_begins": 2})
    named, at_s = (frozen(moments[name].to_numpy()) for name in ("ticket", "at_s"))
    reason = frozen(moments["reason"].to_physical().cast(pl.Int32).fill_null(-1).to_numpy())
    words = _words(moments["reason"])
    requester = words.index("requester") if "requester" in words else -1
    replies, asks = count_before(ids, named, at_s, turn, reason, requester, resolved)
    return [pl.Series("replies_before", replies), pl.Series("asked_back", asks > 0)]


def turns(moments: pl.DataFrame, numbers: Mapping[str, int]) -> NDArray[np.uint8]:
    """Return a number for every moment by what it is; 0 for what is not named."""
    what = moments["what"]
    table = np.array([numbers.get(word, 0) for word in _words(what)], dtype=np.uint8)
    return frozen(table[what.to_physical().to_numpy()])


def _words(column: pl.Series) -> list[str]:
    return column.dtype.categories.to_list() if isinstance(column.dtype, pl.Enum) else []


def _other_tickets(tickets: pl.DataFrame, switches: Switches) -> list[pl.Series]:
    """Look for other tickets of the same learner and category, or kind."""
    same = _category(tickets) if switches.repeat_same == "category" else tickets["kind"]
    learners, category = tickets["learner"].cast(pl.Categorical), same.alias("category")
    told = pl.DataFrame([learners, category, tickets["created_s"], tickets["first_resolved_s"]])
    learner, group, created, resolved = _arrays(
        told, _code("learner"), _code("category"), _known("created_s"), _known("first_resolved_s")
    )
    order = np.arange(len(created)) if (np.diff(created) >= 0).all() else np.argsort(created, kind="stable")
    order = by_two_codes(learner, group, frozen(order))
    spans = switches.repeat_days * 86_400, switches.verified_h * 3600
    repeat, second = other_tickets(frozen(order), learner, group, created, resolved, *spans)
    known = learner >= 0
    return [
        pl.Series("repeat", repeat).set(pl.Series(~known), None),
        pl.Series("second_contact", second & known),
    ]


def _category(tickets: pl.DataFrame) -> pl.Series:
    """Return the category of tickets, or their kind where there is none, as words with codes."""
    category, kind = tickets["category"], tickets["kind"]
    if not category.null_count():
        return category
    if category.null_count() == len(category):
        return kind
    both = pl.coalesce(_c("category").cast(pl.String), _c("kind").cast(pl.String))
    return tickets.select(both.cast(pl.Categorical)).to_series()
