"""Empty forms for whoever states points: a row for each person, period and item that a source judges."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl

from sim.kpi.rubric import Item, Rubric

type Lang = Literal["en", "zh"]

COLUMNS = (
    "person", "period", "item", "source", "author", "points", "reason", "provenance", "label", "max_points", "bands",
    "log_points",
)  # fmt: skip
"""The columns of a form; those from `label` on are for whoever fills it in, and are not read back."""


def forms(scores: pl.DataFrame, rubric: Rubric, lang: Lang = "en") -> dict[str, list[dict[str, Any]]]:
    """Return the rows of empty forms by source.

    Parameters
    ----------
    scores
        As `sim.kpi.rubric.score` returns them: they say who is scored for what period, and what the log decides.
    rubric
        Says who judges what.
    lang
        Language of labels.

    Returns
    -------
    dict
        Rows with `COLUMNS`. An item that the log decides stands only on prefilled forms, with the log's points:
        another value there needs a reason (A-09).
    """
    made: dict[str, list[dict[str, Any]]] = {}
    for row in scores.iter_rows(named=True):
        counted = rubric.items_of(row["profile"]) if row["profile"] or not rubric.profiles else frozenset()
        of_log = {item["name"]: item["log_points"] for item in row["items"]}
        for item in rubric.items:
            if item.name not in counted:
                continue
            for source in rubric.sources_of(item):
                if item.kpi is None or source in rubric.policy.prefilled:
                    made.setdefault(source, []).append(_row(row, item, source, of_log[item.name], lang))
    return made


def _row(row: dict[str, Any], item: Item, source: str, log_points: float | None, lang: Lang) -> dict[str, Any]:
    said = {
        "person": row["person"], "period": row["period"], "item": item.name, "source": source,
        "label": item.label.get(lang, item.name), "max_points": item.max_points,
        "bands": "; ".join(_band(item, number, lang) for number in range(len(item.bands))), "log_points": log_points,
    }  # fmt: skip
    return {column: said.get(column) for column in COLUMNS}


def _band(item: Item, number: int, lang: Lang) -> str:
    band = item.bands[number]
    points = f"{band.low_points:g}" + (f"-{band.high_points:g}" if band.high_points > band.low_points else "")
    return f"{points} {band.label.get(lang, '')}".strip()
