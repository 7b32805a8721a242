"""What is odd about the points that people stated, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl

from scenarios.texts import known, text

REGULARS = "regulars"
_ALL = "all"
_SHOWN = (
    "halo",
    "inter_item",
    "ceiling",
    "floor",
    "pasted",
    "no_note",
    "missing",
    "held_rho",
    "icc",
    "icc_beside_held",
)
_PLAIN = ("inter_item", "held_rho", "icc", "icc_beside_held")
_NOTE = 60

type Row = dict[str, Any]


class Table(NamedTuple):
    """Heads, lines, and which columns hold numbers."""

    heads: list[str]
    lines: list[list[str]]
    right: tuple[int, ...] = ()


def judge_sentences(defects: pl.DataFrame, lang: str) -> list[str]:
    """Return a sentence per source: halo, ceiling, the note pasted most, points by time held, spread between people.

    Parameters
    ----------
    defects
        As of `sim.kpi.judge_defects`.
    lang
        `en` or `zh`.
    """
    said = []
    for source in defects["source"].unique(maintain_order=True):
        rows = defects.filter(pl.col("source") == source).to_dicts()
        parts = [part for part in _parts(rows, lang) if part]
        if parts:
            name = text(lang, f"source.{source}") if known(lang, f"source.{source}") else str(source)
            said.append(
                text(lang, "fairlog.judged", source=name, parts=text(lang, "fairlog.between_parts").join(parts))
            )
    return said


def _parts(rows: list[Row], lang: str) -> Iterator[str]:
    part = REGULARS if any(row["part"] == REGULARS for row in rows) else _ALL
    for defect in ("halo", "ceiling", "pasted", "held_rho", "icc"):
        wanted = _ALL if defect == "pasted" else part
        row = next((row for row in rows if row["defect"] == defect and row["part"] == wanted), None)
        if row is not None and row["value"] is not None:
            value = f"{row['value']:.2f}" if defect == "held_rho" else f"{100 * row['value']:.0f}"
            yield text(lang, f"fairlog.judged_{defect}", value=value, n=row["n"])


def judge_table(defects: pl.DataFrame, lang: str) -> Table:
    """Return a line per source, group of people and defect, means by team and author among them."""
    heads = [text(lang, f"fairlog.head_{key}") for key in ("source", "part", "defect", "figure", "interval", "forms")]
    rows = [row for row in defects.to_dicts() if row["defect"] in _SHOWN or _of_group(row)]
    lines = [
        [
            text(lang, f"source.{row['source']}") if known(lang, f"source.{row['source']}") else row["source"],
            _part(row, lang), _defect(row, lang), _figure(row, "value"),
            "-" if row["low"] is None else f"{_figure(row, 'low')} .. {_figure(row, 'high')}", f"{row['n']:,}",
        ]
        for row in rows
    ]  # fmt: skip
    return Table(heads, lines, (3, 4, 5))


def _of_group(row: Row) -> bool:
    return row["defect"] == "mean" and not str(row["what"]).startswith("period:")


def _part(row: Row, lang: str) -> str:
    named = str(row["what"] if row["defect"] == "mean" else row["part"])
    if named in (_ALL, REGULARS):
        return text(lang, f"fairlog.part_{named}")
    return named.partition(":")[2] or named


def _defect(row: Row, lang: str) -> str:
    said = text(lang, f"fairlog.defect_{row['defect']}")
    return said if row["defect"] != "pasted" else f"{said}: {str(row['what'])[:_NOTE]}"


def _figure(row: Row, key: str) -> str:
    value = row[key]
    if value is None:
        return "-"
    return f"{value:.2f}" if row["defect"] in _PLAIN else f"{100 * value:.0f} %"
