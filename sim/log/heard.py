"""What learners and auditors said of each ticket: columns that are empty where a log holds nothing of the kind."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.calendar import Seconds
from sim.log.framing import Column, Known, Nothing, Sheet, numbers_of, words_of
from sim.log.tables import WHAT
from sim.log.told import NONE, Moments, what_of

HEARD = ("complained_s", "refunded_s", "nps", "audit")


def heard(moments: Sheet, arrays: Moments, tickets: int) -> dict[str, Column]:
    """Return the columns of `HEARD`, in the order of the tickets.

    Parameters
    ----------
    moments, arrays
        The table of moments, and its arrays.
    tickets
        How many tickets there are.

    Returns
    -------
    dict
        `complained_s`, `refunded_s`: the first complaint and refund in dispute, in seconds; `nps`: how willingly the
        learner recommends the desk, 0 to 10, and `audit`: whether an audit found the ticket resolved (1) or not (0),
        the last of each.
    """
    made = {
        "complained_s": _first(arrays, arrays.what == WHAT.index("complaint"), tickets),
        "refunded_s": _first(arrays, arrays.what == WHAT.index("refund"), tickets),
    }
    words = words_of(moments, "reason")
    for reason in ("nps", "audit"):
        said = np.zeros(0, np.int64)
        if reason in words:
            code = numbers_of(moments, ("reason",))["reason"]
            said = np.flatnonzero((what_of(moments) == WHAT.index("rated")) & (code == words.index(reason)))
        made[reason] = _column(arrays.row[said], arrays.value[said], tickets)
    return made


def _first(arrays: Moments, wanted: NDArray[np.bool_], tickets: int) -> Column:
    rows = np.flatnonzero(wanted)[::-1]
    return _column(arrays.row[rows], arrays.at_s[rows], tickets)


def _column(row: Seconds, values: Seconds, tickets: int) -> Column:
    """Return a value for each row that has one; the last that is given for a row counts."""
    if not len(row):
        return Nothing(pl.Int64)
    out = np.full(tickets, NONE)
    out[row] = values
    return Known(out, NONE)
