"""What a ticket of a kind is expected to take, from a whole log: so that hard and easy kinds can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from sim.log import Log

PPM = 1_000_000
Expected = tuple[tuple[str, int], ...]
"""The mean work of a resolved ticket in millionths of a second: of all of them, named "", and of each kind, sorted."""

COLUMNS = ("mix_ppm", "work_off_ppm")
"""Columns that `relative` makes."""

_c = pl.col


def work_by_kind(log: Log, window: tuple[int, int] | None = None) -> dict[str, tuple[int, int]]:
    """Return seconds of work and the number of tickets of each kind; sums over parts of a log are those of the whole.

    Parameters
    ----------
    log
        A log.
    window
        The seconds [begin, end) in which the tickets must have been resolved; any by default.
    """
    begin_s, end_s = window or (-(2**62), 2**62)
    done = log.tickets.filter(_c("resolved_s").is_between(begin_s, end_s - 1))
    told = done.select("ticket", _c("kind").cast(pl.String)).join(_work(log), on="ticket").filter(_c("work_s") > 0)
    sums = told.group_by("kind").agg(work_s=_c("work_s").sum(), n=pl.len()).sort("kind")
    return {kind: (int(work_s), int(n)) for kind, work_s, n in sums.rows()}


def _work(log: Log) -> pl.DataFrame:
    return log.touches.filter(_c("person").is_not_null()).group_by("ticket").agg(_c("work_s").sum())


def expected_of(parts: Iterable[Mapping[str, tuple[int, int]]]) -> Expected:
    """Return the expected work from what `work_by_kind` gave of all parts of a log."""
    sums: dict[str, tuple[int, int]] = {}
    for part in parts:
        for kind, (work_s, n) in part.items():
            for name in ("", kind):
                known = sums.get(name, (0, 0))
                sums[name] = (known[0] + work_s, known[1] + n)
    return tuple((name, (work_s * PPM + n // 2) // n) for name, (work_s, n) in sorted(sums.items()))


def relative(log: Log, expected: Expected) -> list[pl.Series]:
    """Return what each ticket weighs by its kind, and how far its work lies off that of its kind.

    Parameters
    ----------
    log
        A log.
    expected
        As of `expected_of`.

    Returns
    -------
    list of Series
        `mix_ppm`: the expected work of the kind over that of all tickets; `work_off_ppm`: the square of the difference
        between the work and that expected of the kind, over the square of the latter. In parts per million, rounded
        down; null where either is unknown.
    """
    means = dict(expected)
    own = log.tickets["kind"].cast(pl.String).replace_strict(means, default=None, return_dtype=pl.Int64)
    told = log.tickets.select("ticket", own=own).join(_work(log), on="ticket", how="left", maintain_order="left")
    off = _c("work_s").replace(0, None).cast(pl.Float64) * PPM / _c("own") - 1
    mix = _c("own").cast(pl.Float64) * PPM / max(means.get("", 1), 1)
    made = told.select(mix_ppm=mix.floor().cast(pl.Int64), work_off_ppm=(off * off * PPM).floor().cast(pl.Int64))
    return list(made.iter_columns())
