"""The scorecard of a person: what the score is, what it is made of, what stands behind it, and what it cannot see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scenarios.labels import number
from scenarios.notes import reason_in
from scenarios.plots.scorecard import radar, trend
from scenarios.report import page
from scenarios.report.explained import explained, sentences
from scenarios.texts import text
from sim.kpi.rubric import Rubric, length_of

MOST_ROWS = 10
"""Tickets that are shown behind an item."""

type Row = Mapping[str, Any]


def scorecard_page(path: Path, lang: str, rubric: Rubric, people: Sequence[Row], found: Row, foot: str) -> None:
    """Write the scorecard of a person as one offline page.

    Parameters
    ----------
    path
        File of the page.
    lang
        `en` or `zh`.
    rubric
        The rubric.
    people
        Rows of all scores.
    found
        As `scenarios.why.why` returns it.
    foot
        What made the figures.
    """
    own = next(row for row in people if row["person"] == found["person"] and row["period"] == found["period"])
    title = text(lang, "scorecard.title", person=found["person"], period=found["period"])
    parts = [
        page.paragraph(_lead(lang, rubric, own), "lead"), *_advice(lang, rubric, found),
        page.heading(text(lang, "feedback.title")), page.points(sentences(lang, rubric, found)),
        page.heading(text(lang, "scorecard.items")), _items(lang, rubric, found),
        *explained(lang, rubric, found), *_pictures(lang, rubric, people, own), *_behind(lang, rubric, found),
        page.heading(text(lang, "scorecard.limits")), page.paragraph(text(lang, "scorecard.cannot_see")),
    ]  # fmt: skip
    page.write(path, page.page(lang, title, parts, foot))


def _name(lang: str, label: Mapping[Any, str], other: str) -> str:
    return label.get(lang, other)


def _lead(lang: str, rubric: Rubric, own: Row) -> str:
    if own["total"] is None:
        return text(lang, "scorecard.no_score", role=own["role"] or "-")
    span = (
        "" if own["low"] is None else text(lang, "scorecard.span", low=f"{own['low']:.1f}", high=f"{own['high']:.1f}")
    )
    said = {
        "total": f"{own['total']:.1f}", "span": span, "tier": own["tier"] or text(lang, "scorecard.no_tier"),
        "share": f"{own['objective_share']:.0%}", "rubric": _name(lang, rubric.title, ""),
    }  # fmt: skip
    return text(lang, "scorecard.lead", **said)


def _advice(lang: str, rubric: Rubric, found: Row) -> list[str]:
    """Return the way to the next tier, the weakest items, and what one ticket would have changed."""
    said = []
    if found["next_tier"] is not None:
        points = number(found["next_tier"]["points"], "points")
        said.append(text(lang, "rubric.to_next", points=points, tier=found["next_tier"]["tier"]))
    scored = [item for item in found["items"] if item["points"] is not None]
    weak = sorted(scored, key=lambda item: item["points"] / item["max_points"])[:2]
    if weak:
        names = ", ".join(_name(lang, item["label"], item["name"]) for item in weak)
        said.append(text(lang, "scorecard.weakest", items=names))
    moves = [item for item in found["items"] if item["one_more"] and item["one_more"]["tier"] != found["tier"]]
    if moves:
        names = ", ".join(_name(lang, item["label"], item["name"]) for item in moves)
        said.append(text(lang, "rubric.one_ticket", items=names))
    return [page.paragraph(each) for each in said]


def _items(lang: str, rubric: Rubric, found: Row) -> str:
    keys = ("item", "value", "interval", "tickets", "points", "stated", "if_one_more")
    heads = [text(lang, f"scorecard.{key}") for key in keys]
    lines = []
    for item in found["items"]:
        stated = "; ".join(f"{text(lang, f'source.{each["source"]}')} {each['points']:g}" for each in item["stated"])
        more = item["one_more"]
        lines.append([
            _name(lang, item["label"], item["name"]),
            _why_not(lang, item) if item["value"] is None else f"{item['value']:.4g} {item['unit']}",
            "" if item["low"] is None else f"{item['low']:.4g} .. {item['high']:.4g}",
            "" if item["value"] is None else str(item["n"]),
            f"{number(item['points'], 'points')} / {item['max_points']:g}", stated,
            "" if more is None or more["total"] is None else f"{more['total']:+.2f}",
        ])  # fmt: skip
    return page.table(heads, lines, numbers=(2, 3, 4, 6))


def _why_not(lang: str, item: Row) -> str:
    return "" if item["reason"] is None else reason_in(lang, item["reason"])


def _pictures(lang: str, rubric: Rubric, people: Sequence[Row], own: Row) -> list[str]:
    length = length_of(own["period"])
    mates = [row for row in people if row["role"] == own["role"] and length_of(row["period"]) == length]
    now = [row for row in mates if row["period"] == own["period"]]
    said = (own["person"], text(lang, "scorecard.role_mean", role=own["role"] or "-"))
    parts = []
    if len(rubric.categories) >= 3:
        names = [_name(lang, category.label, name) for name, category in rubric.categories.items()]
        mine = [_share(rubric, [own], name) for name in rubric.categories]
        others = [_share(rubric, now, name) for name in rubric.categories]
        parts += [page.heading(text(lang, "scorecard.categories")),
                  page.figure(radar(names, mine, others, said), text(lang, "scorecard.radar"))]  # fmt: skip
    rows = sorted((row for row in mates if row["person"] == own["person"]), key=lambda row: str(row["period"]))
    if len(rows) > 1:
        means = [_mean([row["total"] for row in mates if row["period"] == each["period"]]) for each in rows]
        totals = [(row["period"], row["total"], row["low"], row["high"]) for row in rows]
        cuts = [(tier.name, tier.lower) for tier in rubric.tiers if tier.lower is not None]
        parts += [page.heading(text(lang, "scorecard.over_time")),
                  page.figure(trend(totals, cuts, means, said), text(lang, "scorecard.trend"))]  # fmt: skip
    return parts


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _share(rubric: Rubric, rows: Sequence[Row], category: str) -> float | None:
    """Return which share of the points of a category was earned, the mean over people who have any."""
    names = {item.name for item in rubric.items if item.category == category}
    shares = []
    for row in rows:
        items = [item for item in row["items"] if item["name"] in names and item["points"] is not None]
        if items:
            shares.append(sum(item["points"] for item in items) / sum(item["max_points"] for item in items))
    return _mean(shares)


def _behind(lang: str, rubric: Rubric, found: Row) -> list[str]:
    """Return the tickets behind each item, the worst first."""
    parts = [page.heading(text(lang, "scorecard.behind"))]
    for item in found["items"]:
        if not item["tickets"]:
            continue
        of = rubric.item(item["name"])
        shown = item["tickets"][:MOST_ROWS]
        named = _name(lang, item["label"], item["name"])
        title = text(lang, "scorecard.rows", item=named, shown=len(shown), all=item["rows"])
        heads = [text(lang, f"scorecard.{key}") for key in ("ticket", "kind", "at", "counts")]
        lines = [[_ticket(row), str(row["kind"] or ""), _at(row), _counts(lang, of.unit, row)] for row in shown]
        parts += [page.subheading(title), page.table(heads, lines)]
    return parts


def _ticket(row: Row) -> str:
    return str(row["label"] if row["label"] is not None else "" if row["ticket"] is None else row["ticket"])


def _at(row: Row) -> str:
    return str(row["at"])[:16].replace("T", " ")


def _counts(lang: str, unit: str, row: Row) -> str:
    """Return what a row adds: a time, or whether it is among those that count."""
    if unit in ("min", "h"):
        return f"{row['y'] / {'min': 60, 'h': 3600}[unit]:.4g} {unit}"
    if unit == "%":
        return text(lang, f"scorecard.{'counts_yes' if row['y'] else 'counts_no'}")
    return f"{row['y']:g}"
