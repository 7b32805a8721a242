"""The three modes of a reopening side by side: what each makes of one log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import polars as pl

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.measure import Window, measure
from sim.log import Log

ReopenMode = Literal["resume", "restart", "new_cycle"]
REOPEN_MODES: Final = get_args(ReopenMode)
"""What a reopening may do to the resolution clock; see `sim.sla.cycles`."""


def reopen_modes(
    log: Log, kpis: Sequence[str] | None = None, *, by: Sequence[str] | str = (), window: Window | None = None,
    attribution: str = "last_resolver", level: float = 0.95, book: Book = STANDARD_BOOK,
) -> pl.DataFrame:  # fmt: skip
    """Return KPIs of a log under each mode of a reopening: the same moments, the dues computed again.

    Parameters
    ----------
    log
        A log with an agreement.
    kpis, by, window, attribution, level, book
        As in `measure`.

    Returns
    -------
    DataFrame
        The rows of `measure` under `resume`, `restart` and `new_cycle`, named in the column `reopen`, the first.

    Raises
    ------
    ValueError
        If the log has no agreement, or as in `measure`.
    """
    if log.sla is None:
        raise ValueError("the log has no agreement, so reopenings have no mode")
    made = []
    for mode in REOPEN_MODES:
        under = log.under(log.sla.changed(reopen=mode), log.calendars)
        rows = measure(under, kpis, by=by, window=window, attribution=attribution, level=level, book=book)
        made.append(rows.insert_column(0, pl.Series("reopen", [mode] * rows.height, dtype=pl.Enum(REOPEN_MODES))))
    return pl.concat(made)
