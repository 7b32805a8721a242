"""The rows of a log behind a KPI of people: whose they are, on which day, and what makes their cases alike."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import polars as pl

from sim.kpi.behind import behind
from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.catalogue import find
from sim.kpi.credit import POLICIES, SHARED, placed
from sim.kpi.facts import facts_of, seen, why_not
from sim.kpi.observed import LEAST, Observed, of_rows
from sim.log import Log

AXES = ("kind", "priority", "category", "channel", "team", "seat")
"""What may make cases alike."""

MIX = ("kind", "priority")
"""What makes cases alike unless something else is asked for."""

TABLES = ("tickets", "touches", "next_replies")
FORMULA = "it is a formula over finished figures"
NO_RATIO = "it is no ratio of sums over tickets"


def shown(
    log: Log, name: str, *, mix: tuple[str, ...] = MIX, role: str | None = None, least: int = LEAST,
    attribution: str = "last_resolver", book: Book = STANDARD_BOOK,
) -> Observed:  # fmt: skip
    """Return what a log shows of people in a KPI.

    Parameters
    ----------
    log
        A log, real or simulated.
    name
        A KPI that is a ratio of sums over tickets, touches or replies.
    mix
        Of `AXES`: what makes cases alike; the last one is given up first where too few are.
    role
        Only people of this role; all by default.
    least
        How many rows somebody must have to be judged, at least 2.
    attribution, book
        As in `sim.kpi.count`; a policy that shares tickets out has no rows.

    Raises
    ------
    ValueError
        If the KPI has no rows of people or cannot be computed from this log (the message says why), or an axis, role or
        policy is unknown (the message names the nearest).
    """
    kpi = find(name, book.kpis)
    if reason := why_none(log, name, book):
        raise ValueError(f"{name}: {reason}")
    rows = cases(behind(log, name, attribution=_policy(attribution), book=book), log, mix, role)
    scale = kpi.finish.times / kpi.finish.divide
    return of_rows(rows, name, better=kpi.better, unit=kpi.unit, scale=scale, mix=mix, least=least)


def why_none(log: Log, name: str, book: Book = STANDARD_BOOK) -> str | None:
    """Return why a KPI cannot be judged by the rows of people in a log; None if it can."""
    kpi = find(name, book.kpis)
    if name in book.formulas:
        return FORMULA
    if kpi.finish.how != "ratio" or kpi.finish.root or any(term.table not in TABLES for term in kpi.statistics):
        return NO_RATIO
    return why_not(kpi, facts_of(seen(log, [kpi], ("person",))), ("person",))


def cases(rows: pl.DataFrame, log: Log, mix: tuple[str, ...] = MIX, role: str | None = None) -> pl.DataFrame:
    """Return rows of tickets and people with their days and what may make their cases alike.

    Parameters
    ----------
    rows
        Columns ticket, person, at_s, y and x.
    log
        Their log.
    mix, role
        As of `shown`.

    Raises
    ------
    ValueError
        If an axis or the role is unknown.
    """
    _known("axis of the mix", mix, AXES)
    roles = sorted({str(each) for each in log.people["role"].cast(pl.String)})
    _known("role", () if role is None else (role,), roles)
    words = {"person": pl.String, "kind": pl.String, "priority": pl.String, "category": pl.String, "channel": pl.String}
    about = log.cases.select("ticket", "learner", "kind", "priority", "category", "channel")
    made = placed(rows.with_columns(_plain(rows, "person", log)), log).join(
        about, on="ticket", how="left", maintain_order="left"
    )
    day = pl.Series("day", log.timeline.day(made["at_s"].to_numpy()))
    made = made.with_columns(pl.col(name).cast(words[name]) for name in words).with_columns(day)
    return made if role is None else made.filter(pl.col("role").cast(pl.String) == role)


def stints(log: Log, targets_s: Mapping[str, int]) -> pl.DataFrame:
    """Return every piece of work of somebody, with whether it took longer than the target of its ticket's priority.

    Parameters
    ----------
    log
        A log.
    targets_s
        Seconds from being handed a ticket to passing it on or ending it, by priority.

    Returns
    -------
    DataFrame
        As `cases` wants it: ticket, person, at_s (when it ended), y (1 if longer), x. Pieces that still run, and those
        of priorities without a target, are left out.

    Raises
    ------
    ValueError
        If a priority is unknown, or a target is not above 0.
    """
    _known("priority", tuple(targets_s), log.priorities)
    for name, target_s in targets_s.items():
        if target_s <= 0:
            raise ValueError(f"target of {name} must be above 0 s, got {target_s}")
    own = log.touches.join(log.cases.select("ticket", "priority"), on="ticket", how="left", maintain_order="left")
    target = pl.col("priority").cast(pl.String).replace_strict(dict(targets_s), default=None, return_dtype=pl.Int64)
    begin = pl.coalesce("assigned_s", "queued_s", "started_s")
    known = own.with_columns(target_s=target, took_s=pl.col("ended_s") - begin).filter(
        pl.col("person").is_not_null() & pl.col("target_s").is_not_null() & pl.col("took_s").is_not_null()
    )
    longer = (pl.col("took_s") > pl.col("target_s")).cast(pl.Int64)
    return known.select("ticket", "person", at_s="ended_s", y=longer, x=pl.lit(1, dtype=pl.Int64))


def _plain(rows: pl.DataFrame, name: str, log: Log) -> pl.Expr:
    return pl.col(name).cast(log.people.schema[name]) if name in rows.columns else pl.lit(None)


def _policy(name: str) -> str:
    if name in SHARED:
        raise ValueError(f"attribution {name!r}: a policy that shares tickets out has no rows of people")
    _known("attribution", (name,), tuple(each for each in POLICIES if each not in SHARED))
    return name


def _known(what: str, asked: tuple[str, ...], known: tuple[str, ...] | list[str]) -> None:
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise ValueError(f"no {what} {name!r}; {hint}")
