"""The page of a team as plain data: weeks, trends, cells that stand out, complaints, efficiency and hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from scenarios.plain import plain
from sim.kpi import measure
from sim.kpi.board import EFFICIENCY, axis_of, complaints_by_kind, hours, weekly
from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.scan import FALSE_ALARMS, LEAST, scan
from sim.log import Log

HEAT = (("csat_low_share",), ("resolution_overdue_rate", "resolution_time_mean"), ("reopen_rate",))
"""KPIs that are looked at cell by cell: of each group the first that the log tells (R000-40)."""

TRENDS = (("csat_mean",), ("resolution_overdue_rate", "resolution_time_mean"), ("fcr_verified_72h",))

MOST_LINES = 6
"""Teams whose course is drawn: those with most tickets."""

type Row = dict[str, Any]


def board_of(log: Log, *, axis: str | None = None, least: int | None = None, book: Book = STANDARD_BOOK) -> Row:
    """Return what the page of a team shows.

    Parameters
    ----------
    log
        A log.
    axis
        What the desk is split by; team, department or role by default, the first that tells anything apart.
    least
        A cell of fewer tickets is not judged.
    book
        What the KPIs are.

    Returns
    -------
    dict
        `axis`, `weeks` (`figures` and `missing`), `trends`, `heat`, `complaints`, `efficiency`, `hours`: figures with
        intervals and n, as plain data.
    """
    by = axis or axis_of(log)
    weeks, missing = weekly(log, book=book)
    parts, none = complaints_by_kind(log, book)
    return {
        "axis": by, "weeks": {"figures": [plain(each) for each in weeks], "missing": missing},
        "trends": _trends(log, by, book), "heat": _heat(log, by, least or LEAST, book),
        "complaints": {"parts": [plain(each) for each in parts], "reason": none},
        "efficiency": _efficiency(log, by, book), "hours": hours(log, by).to_dicts(),
    }  # fmt: skip


def _told(log: Log, groups: tuple[tuple[str, ...], ...], book: Book) -> list[str]:
    """Return of each group of KPIs the first that the log can tell."""
    frame = measure(log, [name for group in groups for name in group], book=book)
    known = set(frame.filter(pl.col("mean").is_not_null())["name"].cast(pl.String))
    return [found[0] for group in groups if (found := [name for name in group if name in known])]


def _trends(log: Log, axis: str, book: Book) -> list[Row]:
    """Return KPIs by label and week."""
    names = _told(log, TRENDS, book)
    if not names:
        return []
    frame = measure(log, names, by=(axis, "week"), book=book).filter(pl.col("mean").is_not_null())
    came = measure(log, ["tickets_created"], by=("week",), book=book).filter(pl.col("mean") > 0)["week"].sort()
    made = []
    for name in names:
        rows = frame.filter(pl.col("name") == name, pl.col(axis).is_not_null(), pl.col("week").is_in(came.implode()))
        sizes = rows.group_by(axis).agg(pl.col("n").sum()).sort("n", axis, descending=[True, False])
        shown = sizes[axis].to_list()[:MOST_LINES]
        told = rows.sort("week").select(axis, "week", "mean", "low", "high", "n")
        lines = {str(label): told.filter(pl.col(axis) == label).drop(axis).to_dicts() for label in shown}
        kpi = book.kpis[name]
        made.append(
            {
                "name": name,
                "unit": kpi.unit,
                "weeks": came.to_list(),
                "lines": lines,
                "labels": sizes.height,
                "possible": plain(kpi.possible),
            }
        )
    return made


def _heat(log: Log, axis: str, least: int, book: Book) -> list[Row]:
    made = []
    for name in _told(log, HEAT, book):
        cells = [plain(cell) for cell in scan(log, name, axis, "kind", least=least, book=book)]
        kpi, whole = book.kpis[name], measure(log, [name], book=book)
        told: Mapping[str, Any] = {
            "name": name, "unit": kpi.unit, "better": kpi.better, "least": least, "false_alarms": FALSE_ALARMS,
            "whole": whole["mean"].item(), "judged": sum(cell["q"] is not None for cell in cells), "cells": cells,
        }  # fmt: skip
        made.append(dict(told))
    return made


def _efficiency(log: Log, axis: str, book: Book) -> list[Row]:
    frame = measure(log, list(EFFICIENCY), by=(axis,), book=book)
    whole = measure(log, list(EFFICIENCY), book=book).with_columns(
        pl.lit(None, pl.String).alias(axis), all=pl.lit(True)
    )
    both = pl.concat([frame.filter(pl.col(axis).is_not_null()).with_columns(all=pl.lit(False)), whole], how="diagonal")
    return both.select(
        pl.col("name").cast(pl.String), "unit", label=pl.col(axis).cast(pl.String), all="all", mean="mean", low="low",
        high="high", n="n", reason="reason",
    ).to_dicts()  # fmt: skip
