"""The ledger of a ticket: the stretches in which it waits for its requester, or rests when resolved.

It is kept apart from targets and calendars, so that a change of priority or of the agreement loses no pause.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sim.log import told


def stretches(moments: pl.DataFrame, until_s: int) -> pl.DataFrame:
    """Return when tickets were paused, from the moments alone.

    Parameters
    ----------
    moments
        The moments of a log, in the order of their instants.
    until_s
        End of the observation: a wait that still runs then ends there.

    Returns
    -------
    DataFrame
        `ticket`, `begin_s`, `end_s` and `rests`: true from a resolution to the reopening after it, false
        while the requester is waited for. Sorted by ticket and begin, never overlapping, never empty. What
        is said about waiting while a ticket rests is ignored.

    Notes
    -----
    A `wait_begins` with the reason `requester`, or with none, stops the resolution clock; another reason does not.
    """
    tickets = np.unique(moments["ticket"].to_numpy())
    found = told.stretches(told.Moments.of(moments, tickets), len(tickets), until_s)
    columns = {"ticket": tickets[found.row], "begin_s": found.begin_s, "end_s": found.end_s, "rests": found.rests}
    return pl.DataFrame(columns)
