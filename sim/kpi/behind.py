"""The rows behind a figure: which tickets count for whom, when, and by how much. They add up to the figure's sums."""

from __future__ import annotations

import polars as pl

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.catalogue import find
from sim.kpi.credit import SHARED, credit
from sim.kpi.externals import told
from sim.kpi.features import elsewhere, rowwise
from sim.kpi.kinds import expected_by_kind
from sim.kpi.measure import Window
from sim.kpi.mechanism import Term
from sim.kpi.plan import plan
from sim.kpi.statistics import PPM
from sim.log import Log

SHOWN = ("ticket", "person", "at_s", "y", "x", "weight")
"""Columns of the rows behind a figure."""


def behind(
    log: Log, name: str, *, window: Window | None = None, attribution: str = "last_resolver",
    book: Book = STANDARD_BOOK,
) -> pl.DataFrame:  # fmt: skip
    """Return the rows of a log that a KPI counts, with who answers for each.

    Parameters
    ----------
    log
        A log, real or simulated.
    name
        A KPI of tickets, touches, next replies or external values; no formula.
    window, attribution, book
        As of `sim.kpi.count`.

    Returns
    -------
    DataFrame
        ticket (null where a row is of no ticket), person (null where nobody answers), at_s (the instant that puts it
        into a period), y and x (what it adds above and below the line), weight (what the row weighs: its millionths
        where tickets are shared out, else 1). By person, y and x times weight add up to the sums of `sim.kpi.count`.

    Raises
    ------
    ValueError
        If the KPI is unknown, a formula, or stands on no such rows.
    """
    kpi = find(name, book.kpis)
    if name in book.formulas:
        raise ValueError(f"{name} is a formula; ask for what it names: {', '.join(book.parts(name))}")
    frames = [
        _of_term(log, term, window or Window(0, max(log.until_s, 1)), attribution, book) for term in kpi.statistics
    ]
    return pl.concat(frames).sort("at_s", "ticket", "person", "y", "x", nulls_last=True)


def _of_term(log: Log, term: Term, window: Window, attribution: str, book: Book) -> pl.DataFrame:
    last_s = window.end_s if window.end_s == log.until_s else window.end_s - 1
    rows = _rows(log, term, attribution, book)
    counted = rows.filter(term.where & term.known & pl.col(term.when).is_between(window.begin_s, last_s))
    shared = attribution in SHARED
    whole = pl.lit(PPM, dtype=pl.Int64)
    weight = pl.col("weight").fill_null(whole) if "weight" in rows.columns else whole
    return counted.select(
        pl.col("ticket").cast(pl.Int64), pl.col("person").cast(pl.String), at_s=pl.col(term.when).cast(pl.Int64),
        y=term.y.cast(pl.Int64).fill_null(0), x=term.x.cast(pl.Int64).fill_null(0),
        weight=weight if shared else pl.lit(1, dtype=pl.Int64),
    )  # fmt: skip


def _rows(log: Log, term: Term, attribution: str, book: Book) -> pl.DataFrame:
    """Return the rows of the table of a term, with a ticket and a person."""
    log = log.substantive if term.substantive else log
    if term.table == "touches":
        return log.touches
    if term.table == "next_replies":
        return log.next_replies.rename({"who": "person"}).with_columns(until_s=pl.lit(log.until_s))
    if term.table == "externals":
        return told(log).with_columns(ticket=pl.lit(None, dtype=pl.Int64))
    if term.table != "tickets":
        raise ValueError(f"no rows of tickets stand behind a KPI of {term.table}")
    needed = plan((term,)).derived
    expected = expected_by_kind(log, needed, book.switches) if book.expected is None else book.expected
    beside = elsewhere(log, needed, book.switches, expected)
    taken = [name for name in log.tickets.columns if name not in {column.name for column in beside}]
    tickets = log.tickets.select(taken).hstack(beside).with_columns(rowwise(needed, log.until_s))
    owners = credit(log, attribution if term.credit == "policy" else term.credit, places=False)
    return tickets.join(owners.select("ticket", "person", "weight"), on="ticket", how="left", maintain_order="left")
