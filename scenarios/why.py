"""Why somebody has a score, as rows: items, the next tier, one more ticket, and the tickets behind each item."""

from __future__ import annotations

from typing import Any

import polars as pl

from scenarios.problems import Problem, ScenarioError, nearest, shown
from sim.kpi.rubric import Rubric, drill, forms_in, length_of, one_more, tally, to_next_tier
from sim.log import Log
from sim.log.periods import days_of

MOST_TICKETS = 1000
"""Rows behind an item that are told; the number of all is told beside."""


def why(log: Log, rubric: Rubric, scores: pl.DataFrame, person: str, period: str | None) -> dict[str, Any]:
    """Return why somebody has a score in a period.

    Parameters
    ----------
    log, rubric
        As they were scored.
    scores
        As `sim.kpi.rubric.score` returns them.
    person
        Name in the log.
    period
        As in the scores; the person's last when absent.

    Returns
    -------
    dict
        person, period, total, tier, `next_tier` (name and the points that are lacking), and `items`: each as in the
        scores, with `one_more` (points, total and tier after one more bad ticket) and `tickets`, what stands behind it.

    Raises
    ------
    ScenarioError
        If the person or the period has no score; the message names the nearest.
    """
    mine = scores.filter(pl.col("person") == person)
    if mine.is_empty():
        raise ScenarioError([_unknown("score_person", person, scores["person"].unique().sort().to_list())])
    asked = asked_period(scores, person, period)
    row = mine.filter(pl.col("period") == asked).row(0, named=True)
    counted = tally(log, rubric)
    more = {each.item: each for each in one_more(rubric, counted, person, asked, forms_in(log, rubric, counted))}
    items: list[dict[str, Any]] = []
    for item, found in zip(rubric.items, row["items"], strict=True):
        extra = more.get(item.name)
        told = {
            **found, "label": item.label,
            "one_more": None if extra is None else {"points": extra.points, "total": extra.total, "tier": extra.tier},
        }  # fmt: skip
        items.append(told | _tickets(log, rubric, number=len(items), found=found, person=person, period=asked))
    ahead = None if row["total"] is None else to_next_tier(rubric, row["total"])
    return {
        "person": person, "period": asked, "total": row["total"], "tier": row["tier"],
        "next_tier": None if ahead is None else {"tier": ahead[0], "points": ahead[1]}, "items": items,
    }  # fmt: skip


def asked_period(scores: pl.DataFrame, person: str, period: str | None) -> str:
    """Return the period that is asked about: the one named, or the person's last of the shortest kind that is scored.

    Raises
    ------
    ScenarioError
        If the person has no score for it; the message names the nearest.
    """
    periods = scores.filter(pl.col("person") == person)["period"].to_list()
    if period is None and periods:
        spans = {each: days for each in periods if (days := days_of(each)) is not None}
        short = min((days[1] - days[0]).days for days in spans.values())
        kind = length_of(next(each for each, days in spans.items() if (days[1] - days[0]).days == short))
        last: str = max((each for each in spans if length_of(each) == kind), key=lambda each: spans[each])
        return last
    if period is not None and periods and period not in periods:
        raise ScenarioError([_unknown("score_period", period, periods)])
    return period or ""


def _tickets(
    log: Log, rubric: Rubric, *, number: int, found: dict[str, Any], person: str, period: str
) -> dict[str, Any]:
    """Return the rows behind an item, the worst first; none where no ticket stands behind it."""
    if found["log_points"] is None:
        return {"rows": 0, "tickets": []}
    try:
        rows = drill(log, rubric, rubric.items[number], person, period)
    except ValueError:
        return {"rows": 0, "tickets": []}  # the KPI stands on shifts, or on what is open
    at = [log.timeline.iso(second) for second in rows["at_s"]]
    made = (
        rows.with_columns(at=pl.Series(at, dtype=pl.String))
        .drop("at_s")
        .sort("y", "x", descending=not rubric.items[number].higher_is_better())
    )
    return {"rows": rows.height, "tickets": made.head(MOST_TICKETS).to_dicts()}


def _unknown(what: str, said: str, known: list[str]) -> Problem:
    end, near = nearest(said, known)
    return Problem(f"{what}{end}", {**near, "got": shown(said)})
