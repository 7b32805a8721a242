"""The moments of a log: what an engine wrote down, merged with what follows from it."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from sim.layout import Layout
from sim.log import WHAT
from sim.log.framing import Coded, Column, Known, Later, Nothing, Sheet
from sim.record.satisfaction import Ratings
from sim.record.words import (
    AUTO_REPLY,
    BY_SOLUTION,
    CLOSED,
    CREATED,
    HANDED_ON,
    MORE_REASONS,
    OFTEN,
    RATED,
    REASONS,
    RECOMMENDED,
    REOPENED,
    REPLY,
    RESOLVED,
    SURVEY_SENT,
    VERDICTS,
    WAIT_BEGINS,
    WAIT_ENDS,
    Ints,
    Rows,
    enum_of,
    place_of,
)  # fmt: skip

_STATED = (WAIT_BEGINS, WAIT_ENDS, HANDED_ON, REPLY)
"""What has a reason that the engine states."""
_WHAT = enum_of(WHAT)
_FEW = 32
"""Rows of one second up to which insertion is the quickest way to sort them."""


class Came(NamedTuple):
    """What is told of tickets that came before the run's present end, in the order of creation.

    Attributes
    ----------
    created_s
        Instants of creation, not falling, shape (n,).
    automatic
        Whether a machine answered at once, shape (n,).
    replied_s
        Of the tickets that were open when the run began, which are the first: when somebody unknown had replied to
        them, below 0, or 0 if nobody had; shape (opening,).
    """

    created_s: Ints
    automatic: NDArray[np.bool_]
    replied_s: Ints


@njit(cache=True, nogil=True)
def closings(moved: Rows, tickets: int, after_s: int, reached_s: int) -> Any:
    """Return the rows of resolutions that held until the ticket closed, in their order.

    Parameters
    ----------
    moved
        Rows of `MOMENT` in the order in which they happened.
    tickets
        Number of tickets.
    after_s
        Age at which a resolved ticket closes, in seconds.
    reached_s
        Instant before which a closing is seen.
    """
    last = np.full(tickets, -1, np.int64)
    found = np.empty(len(moved), np.int64)
    many = 0
    for row in range(len(moved)):
        what = moved[row, 2]
        if what == RESOLVED:
            last[moved[row, 0]] = row
            found[many] = row
            many += 1
        elif what == REOPENED:
            last[moved[row, 0]] = -1
    kept = 0
    for i in range(many):
        row = found[i]
        if last[moved[row, 0]] == row and moved[row, 1] + after_s < reached_s:
            found[kept] = row
            kept += 1
    return found[:kept].copy()


class _Out(NamedTuple):
    """Columns of moments; `value` has no rows if nothing has a value."""

    ticket: Any
    at_s: Any
    what: Any
    who: Any
    value: Any


@njit(cache=True, nogil=True)
def _put(out: _Out, at: int, ticket: Any, at_s: Any, what: Any) -> None:
    out.ticket[at], out.at_s[at], out.what[at], out.who[at] = ticket, at_s, what, -1
    if len(out.value):
        out.value[at] = -1


@njit(cache=True, nogil=True)
def _in_order(out: _Out, begin: int, end: int) -> None:
    """Sort the rows of one second by ticket; rows of a ticket stay in their order."""
    if end - begin > _FEW:
        order = begin + np.argsort(out.ticket[begin:end], kind="mergesort")
        out.ticket[begin:end], out.what[begin:end] = out.ticket[order], out.what[order]
        out.who[begin:end] = out.who[order]
        if len(out.value):
            out.value[begin:end] = out.value[order]
        return
    for row in range(begin + 1, end):
        to = row
        while to > begin and out.ticket[to - 1] > out.ticket[to]:
            _swap(out, to - 1, to)
            to -= 1


@njit(cache=True, nogil=True)
def _swap(out: _Out, one: int, other: int) -> None:
    out.ticket[one], out.ticket[other] = out.ticket[other], out.ticket[one]
    out.what[one], out.what[other] = out.what[other], out.what[one]
    out.who[one], out.who[other] = out.who[other], out.who[one]
    if len(out.value):
        out.value[one], out.value[other] = out.value[other], out.value[one]


@njit(cache=True, nogil=True)
def _merge(out: _Out, told: Any, place: Any, after_s: int) -> None:
    """Merge five streams that are each in the order of time; a second's rows are then sorted by ticket."""
    created_s, automatic, replied_s, begun, moved, held, asked, answered, rated_s, points = told
    never = np.int64(2**62)
    a, b, c, d, e, at, size = 0, 0, 0, 0, 0, 0, len(out.ticket)
    next_a = created_s[0] if len(created_s) else never
    next_b = moved[0, 1] if len(moved) else never
    next_c = moved[held[0], 1] + after_s if len(held) else never
    next_d = rated_s[0] if len(answered) else never
    next_e = replied_s[begun[0]] if len(begun) else never
    while at < size:
        now = min(next_a, next_b, next_c, next_d, next_e)
        first = at
        while next_a == now:
            _put(out, at, a, now, CREATED)
            at += 1
            if automatic[a]:
                _put(out, at, a, now, AUTO_REPLY)
                at += 1
            a += 1
            next_a = created_s[a] if a < len(created_s) else never
        while next_e == now:
            _put(out, at, begun[e], now, REPLY)
            at += 1
            e += 1
            next_e = replied_s[begun[e]] if e < len(begun) else never
        while next_b == now:
            _put(out, at, moved[b, 0], now, moved[b, 2])
            out.who[at] = place[moved[b, 3]]
            if len(out.value):
                out.value[at] = moved[b, 4]
            at += 1
            b += 1
            next_b = moved[b, 1] if b < len(moved) else never
        while next_c == now:
            _put(out, at, moved[held[c], 0], now, CLOSED)
            at += 1
            if asked[c]:
                _put(out, at, moved[held[c], 0], now, SURVEY_SENT)
                at += 1
            c += 1
            next_c = moved[held[c], 1] + after_s if c < len(held) else never
        while next_d == now:
            for reason in range(2):
                _put(out, at, answered[d], now, RATED)
                out.value[at] = points[reason, d]
                at += 1
            d += 1
            next_d = rated_s[d] if d < len(answered) else never
        if at - first > 1:
            _in_order(out, first, at)


@njit(cache=True, nogil=True)
def _numbers(ticket: Ints, tickets: int) -> Any:
    """Return of each moment how many its ticket had before."""
    count, number = np.zeros(tickets, np.int32), np.empty(len(ticket), np.int32)
    for row in range(len(ticket)):
        number[row] = count[ticket[row]]
        count[ticket[row]] += 1
    return number


def moments_of(layout: Layout, came: Came, moved: Rows, held: Ints, ratings: Ratings) -> Sheet:
    """Return the table of moments.

    Parameters
    ----------
    layout
        What the engine ran on.
    came
        The tickets that came.
    moved
        Rows of `MOMENT` in the order in which they happened.
    held
        Rows of the resolutions that closed, see `closings`.
    ratings
        Questionnaires about them.
    """
    replied = np.flatnonzero(came.replied_s < 0)
    begun = replied[np.argsort(came.replied_s[replied], kind="stable")]
    more = int(came.automatic.sum()) + len(begun) + int(ratings.asked.sum()) + 2 * len(ratings.ticket)
    size = len(came.created_s) + len(moved) + len(held) + more
    place, people = place_of(layout.crew.names)
    valued = len(ratings.ticket) > 0 or bool((moved[:, 4] >= 0).any())
    out = _Out(
        np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.uint8),
        np.empty(size, place.dtype), np.empty(size if valued else 0, np.int64),
    )  # fmt: skip
    _merge(out, (*came, begun, moved, held, *ratings), place, layout.close_after_s)
    reason = _reasons(out.what, out.value)
    return Sheet(
        {
            "ticket": out.ticket, "at_s": out.at_s,
            "number": Later(partial(_numbers, out.ticket, len(came.created_s))), "what": Coded(out.what, _WHAT),
            "who": Coded(out.who, people), "reason": reason,
            "value": Known(out.value) if valued else Nothing(pl.Int64),
        }
    )  # fmt: skip


def _reasons(what: NDArray[np.uint8], value: Ints) -> Column:
    """Return the reason of each moment, and take those that an engine stated out of the values.

    Ratings come in pairs, of the outcome and of the process; verdicts with another reason become ratings here.
    """
    rated, words, stated = np.flatnonzero(what == RATED), REASONS, np.flatnonzero(value >= 0)
    said = np.flatnonzero(what >= RECOMMENDED)
    stated = stated[np.isin(what[stated], _STATED)]
    if len(stated) or len(said):
        words = (*REASONS, *MORE_REASONS[: max(OFTEN, int(value[stated].max(initial=-1)) + 1)])
    if not len(rated) and not len(stated) and not len(said):
        return Nothing(enum_of(words))
    reason = np.full(len(what), -1, np.int8)
    if len(said):
        reason[said] = len(words) + what[said] - RECOMMENDED
        words = (*words, *VERDICTS)
        what[said] = np.where(what[said] == BY_SOLUTION, RESOLVED, RATED)
    reason[rated] = np.arange(len(rated)) % 2
    reason[stated] = len(REASONS) + value[stated]
    value[stated] = -1
    if len(said):
        reason, words = _as_read(reason, words)
    return Coded(reason, enum_of(words))


def _as_read(reason: NDArray[np.int8], words: tuple[str, ...]) -> tuple[NDArray[np.int8], tuple[str, ...]]:
    """Return codes and words as those of a log that is read: the words that occur, sorted."""
    many = np.bincount(reason + 1, minlength=len(words) + 1)[1:]
    kept = tuple(sorted(word for word, count in zip(words, many, strict=True) if count))
    place = [kept.index(word) if word in kept else -1 for word in words]
    return np.array([*place, -1], np.int8)[reason], kept
