"""Columns of a ticket that its moments tell beside those of the log: escalations, solutions, empty replies."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.kernels import NONE
from sim.log import WHAT, Log
from sim.log.framing import Sheet, numbers_of, words_of
from sim.log.told import rows_of, what_of

SOLUTION = "solution"
"""Reason of a resolution by a solution that stood in the knowledge base."""
TOKEN = "token"
"""Reason of a reply without substance."""


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
        `escalated_s`: the first escalation, in seconds; `by_solution`: whether the last resolution was one of the
        knowledge base; `token_reply`: whether the first reply of a person was one without substance.
    """
    moments = log.sheet("moments")
    tickets = numbers_of(log.sheet("cases"), values={"ticket": NONE})["ticket"]
    return [VOICES[name](moments, tickets).alias(name) for name in VOICES if name in needed]


def _told(moments: Sheet, tickets: NDArray[np.int64], word: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the moments of a sort, in their order, and the rows of their tickets."""
    which = np.flatnonzero(what_of(moments) == WHAT.index(word))
    return which, rows_of(numbers_of(moments, values={"ticket": NONE})["ticket"][which], tickets)


def _escalated(moments: Sheet, tickets: NDArray[np.int64]) -> pl.Series:
    which, row = _told(moments, tickets, "escalated")
    first_s = np.full(len(tickets), NONE)
    first_s[row[::-1]] = numbers_of(moments, values={"at_s": NONE})["at_s"][which[::-1]]
    return pl.Series(first_s).set(pl.Series(first_s == NONE), None)


def _by_solution(moments: Sheet, tickets: NDArray[np.int64]) -> pl.Series:
    which, row = _told(moments, tickets, "resolved")
    words = words_of(moments, "reason")
    last = np.full(len(tickets), -2, np.int32)
    last[row] = numbers_of(moments, ("reason",))["reason"][which]
    known = words.index(SOLUTION) if SOLUTION in words else -3
    return pl.Series(last == known).set(pl.Series(last == -2), None)


def _token_reply(moments: Sheet, tickets: NDArray[np.int64]) -> pl.Series:
    which, row = _told(moments, tickets, "reply")
    words = words_of(moments, "reason")
    first = np.full(len(tickets), -2, np.int32)
    first[row[::-1]] = numbers_of(moments, ("reason",))["reason"][which[::-1]]
    known = words.index(TOKEN) if TOKEN in words else -3
    return pl.Series(first == known).set(pl.Series(first == -2), None)


VOICES: dict[str, Callable[[Sheet, NDArray[np.int64]], pl.Series]] = {
    "escalated_s": _escalated,
    "by_solution": _by_solution,
    "token_reply": _token_reply,
}
"""Column: what makes it of the moments and the numbers of the tickets."""
