"""The page of a team: the weekly board, trends, cells that stand out, complaints, efficiency and hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scenarios.labels import label, number, unit_label
from scenarios.notes import reason_in
from scenarios.plots.team import MOST_COLUMNS, MOST_ROWS, courses, heat_map, labels_of, pareto_chart
from scenarios.report import page
from scenarios.report.explained import chart_of
from scenarios.texts import text
from sim.kpi.board import QUALITY, TIME, VOLUME

MOST_WEEKS = 13
"""Weeks of the board, the last ones."""

CHARTS = ("complaint_rate", "resolution_overdue_rate", "resolution_time_mean", "fcr_verified_72h", "csat_mean")
"""KPIs whose control charts are drawn, if there are limits (R001-37: complaints first)."""

_WHOLE = "\u2011"
"""A hyphen at which no line breaks."""

MOST_CELLS = 15
"""Cells that are told in words."""

type Row = Mapping[str, Any]


def team_page(path: Path, lang: str, name: str, found: Row, currency: str, foot: str) -> None:
    """Write the page of a team.

    Parameters
    ----------
    path
        File of the page.
    lang
        `en` or `zh`.
    name
        Of the log.
    found
        As `scenarios.board.board_of` returns it.
    currency
        Of costs.
    foot
        What made the figures.
    """
    axis = text(lang, f"team.axis_{found['axis']}")
    parts = [
        page.paragraph(text(lang, "team.lead", axis=axis), "lead"),
        *_board(lang, found["weeks"]), *_charts(lang, found["weeks"]), *_trends(lang, found["trends"], axis),
        *_heat(lang, found["heat"], axis), *_complaints(lang, found["complaints"]),
        *_efficiency(lang, found["efficiency"], axis, currency), *_hours(lang, found["hours"], axis),
        page.heading(text(lang, "scorecard.limits")), page.paragraph(text(lang, "team.cannot_see")),
    ]  # fmt: skip
    page.write(path, page.page(lang, text(lang, "team.title", name=name), parts, foot))


def marks(found: Row) -> list[str]:
    """Return for each week of a KPI whether it lies beyond the limits, and which way that is: good, bad, or neither.

    Parameters
    ----------
    found
        A `sim.kpi.board.Weeks` as plain data.
    """
    if found["chart"] is None:
        return [""] * len(found["figures"])
    worse = {"lower": 1, "higher": -1}.get(found["better"], 0)
    return ["" if not out else "?" if not worse else "!" if out == worse else "+" for out in found["chart"]["out"]]


def _board(lang: str, weeks: Row) -> list[str]:
    """Return the weekly board (R003-50): a line per week, the latest first, for time and for quality."""
    parts = [page.heading(text(lang, "team.board"))]
    for key, names in (("time", (*VOLUME, *TIME)), ("quality", QUALITY)):
        figures = [each for each in weeks["figures"] if each["name"] in names]
        if figures:
            parts += [page.subheading(text(lang, f"team.{key}")), _by_week(lang, figures)]
    parts.append(page.paragraph(text(lang, "team.board_about"), "note"))
    missing = [f"{label(lang, name)} ({reason_in(lang, reason)})" for name, reason in weeks["missing"].items()]
    return (
        parts if not missing else [*parts, page.paragraph(text(lang, "team.missing", names="; ".join(missing)), "note")]
    )


def _by_week(lang: str, figures: Sequence[Row]) -> str:
    weeks = sorted({row["week"] for each in figures for row in each["figures"]})[-MOST_WEEKS:]
    heads = [text(lang, "team.week"), *(_headed(lang, each) for each in figures)]
    cells = [
        {row["week"]: (row, mark) for row, mark in zip(each["figures"], marks(each), strict=True)} for each in figures
    ]
    lines: list[list[str]] = []
    marked: list[int] = []
    for week in reversed(weeks):
        row = [rows.get(week) for rows in cells]
        if any(cell is not None and cell[1] == "!" for cell in row):
            marked.append(len(lines))
        words = [_in_week(cell, each["unit"]) for cell, each in zip(row, figures, strict=True)]
        lines.append([week.replace("-", _WHOLE), *words])
    return page.table(heads, lines, numbers=range(1, len(heads)), marked=marked)


def _headed(lang: str, each: Row) -> str:
    unit = "" if each["unit"] in ("tickets", "1") else f", {unit_label(lang, each['unit'])}"
    return f"{label(lang, each['name'])}{unit}"


def _in_week(cell: tuple[Row, str] | None, unit: str) -> str:
    """Return a figure with the tickets behind it, and its mark, over its interval; a number of tickets is its own."""
    if cell is None:
        return "-"
    row, mark = cell
    said = f"{row['mean']:,.0f}" if unit == "tickets" else f"{_value(row['mean'], unit)} ({row['n']})"
    return page.stacked(f"{said} {mark}".rstrip(), _between(row, unit))


def _between(row: Row, unit: str) -> str:
    """Return the interval of a figure; nothing where it has none."""
    if row["low"] is None or row["high"] is None:
        return ""
    low, high = (f"{row[end]:,.0f}" if unit == "tickets" else _value(row[end], unit) for end in ("low", "high"))
    return f"{low} .. {high}"


def _value(value: float | None, unit: str) -> str:
    return number(value, unit) + (" %" if unit == "1" and value is not None else "")


def _charts(lang: str, weeks: Row) -> list[str]:
    known = {each["name"]: each for each in weeks["figures"] if each["chart"] is not None}
    parts = []
    for name in (name for name in CHARTS if name in known):
        each = known[name]
        chart = each["chart"] if each["unit"] != "1" else _in_percent(each["chart"])
        course = {"chart": chart, "limits_from": "before"}
        title = label(lang, name)
        parts += [page.subheading(title), chart_of(lang, course, [], title, unit_label(lang, each["unit"]))]
    return [page.heading(text(lang, "team.charts")), *parts] if parts else []


def _in_percent(chart: Row) -> dict[str, Any]:
    def times(value: float | None) -> float | None:
        return None if value is None else 100 * value

    lines = {key: [times(each) for each in chart[key]] for key in ("values", "low", "high")}
    return {**chart, **lines, "centre": times(chart["centre"])}


def _trends(lang: str, trends: Sequence[Row], axis: str) -> list[str]:
    parts = [page.heading(text(lang, "team.trends", axis=axis))] if trends else []
    for each in trends:
        factor = 100.0 if each["unit"] == "1" else 1.0
        drawn = courses(each["weeks"], each["lines"], unit_label(lang, each["unit"]), factor, each["possible"])
        n = [row["n"] for rows in each["lines"].values() for row in rows]
        ends = {"least": min(n, default=0), "most": max(n, default=0)}
        said = text(lang, "team.trend", shown=len(each["lines"]), all=each["labels"], **ends)
        parts += [page.subheading(label(lang, each["name"])), page.figure(drawn, said)]
    return parts


def _heat(lang: str, maps: Sequence[Row], axis: str) -> list[str]:
    parts = [page.heading(text(lang, "team.heat", axis=axis))] if maps else []
    for each in maps:
        shown = {
            f"{cell['row']}\n{cell['column']}": _in_cell(cell, each["unit"]) for cell in each["cells"]
        }  # fmt: skip
        few = sum(cell["q"] is None for cell in each["cells"])
        rows = len(labels_of(each["cells"], "column", 10**6)) - MOST_ROWS
        columns = len(labels_of(each["cells"], "row", 10**6)) - MOST_COLUMNS
        said = text(
            lang, "team.heat_about", judged=each["judged"], few=few, least=each["least"],
            whole=_value(each["whole"], each["unit"]), share=f"{each['false_alarms']:.0%}",
            left=max(rows, 0) + max(columns, 0),
        )  # fmt: skip
        parts += [
            page.subheading(_headed(lang, each)),
            page.figure(heat_map(each["cells"], each["better"], shown), said), *_out(lang, each, axis),
        ]  # fmt: skip
    return parts


def _in_cell(cell: Row, unit: str) -> str:
    return f"n {cell['n']}" if cell["mean"] is None else f"{_value(cell['mean'], unit)} (n {cell['n']})"


def _out(lang: str, each: Row, axis: str) -> list[str]:
    """Return the cells that stand out as a table, the clearest first; or that there are none."""
    out = sorted((cell for cell in each["cells"] if cell["stands_out"]), key=lambda cell: (cell["q"], -cell["n"]))
    if not out:
        return [page.paragraph(text(lang, "team.none_out"))]
    heads = [axis, *(text(lang, f"team.{key}") for key in ("kind", "value", "n", "difference", "q"))]
    lines = [
        [
            cell["row"] or text(lang, "team.nobody"), cell["column"] or text(lang, "change.no_kind"),
            _value(cell["mean"], each["unit"]), str(cell["n"]),
            _signed(cell, each["unit"]), f"{cell['q']:.2g}",
        ]
        for cell in out[:MOST_CELLS]
    ]  # fmt: skip
    more = [] if len(out) <= MOST_CELLS else [page.paragraph(text(lang, "team.more_out", more=len(out) - MOST_CELLS))]
    return [page.table(heads, lines, numbers=(2, 3, 4, 5)), *more]


def _signed(cell: Row, unit: str) -> str:
    times: Callable[[float], str] = lambda value: f"{100 * value if unit == '1' else value:+.3g}"  # noqa: E731
    return f"{times(cell['difference'])} ({times(cell['low'])} .. {times(cell['high'])})"


def _complaints(lang: str, found: Row) -> list[str]:
    head = page.heading(text(lang, "team.complaints"))
    if not found["parts"]:
        return [head, page.paragraph(text(lang, "team.no_complaints", reason=reason_in(lang, found["reason"] or "")))]
    said = {key: text(lang, f"team.{key}") for key in ("count", "cumulative")} | {"none": text(lang, "change.no_kind")}
    heads = [text(lang, f"team.{key}") for key in ("kind", "count", "share", "cumulative", "rate")]
    lines = [
        [
            part["label"] or said["none"], str(part["count"]), f"{part['share']:.0%}", f"{part['cumulative']:.0%}",
            "-" if part["rate"] is None else _rate(part),
        ]
        for part in found["parts"]
    ]  # fmt: skip
    return [
        head, page.figure(pareto_chart(found["parts"], said), text(lang, "team.pareto")),
        page.table(heads, lines, numbers=(1, 2, 3, 4)),
    ]  # fmt: skip


def _rate(part: Row) -> str:
    span = "" if part["low"] is None else f" ({100 * part['low']:.2g} .. {100 * part['high']:.2g})"
    return f"{100 * part['rate']:.3g} %{span}"


def _efficiency(lang: str, rows: Sequence[Row], axis: str, currency: str) -> list[str]:
    """Return the efficiency report (R000-43): a line per team, the whole desk last."""
    names = list(dict.fromkeys(row["name"] for row in rows if row["mean"] is not None))
    units = {row["name"]: row["unit"] for row in rows}
    labels = sorted({row["label"] for row in rows if row["label"] is not None})
    found = {(row["name"], None if row["all"] else row["label"]): row for row in rows}
    heads = [axis, *(f"{label(lang, name)}, {unit_label(lang, units[name], currency)}" for name in names)]
    lines = [[each or text(lang, "team.all"), *(_measured(found.get((name, each))) for name in names)]
             for each in (*labels, None)]  # fmt: skip
    return [
        page.heading(text(lang, "team.efficiency")), page.table(heads, lines, numbers=range(1, len(heads))),
        page.paragraph(text(lang, "team.efficiency_about"), "note"),
    ]  # fmt: skip


def _measured(row: Row | None) -> str:
    if row is None or row["mean"] is None:
        return "-"
    span = "" if row["low"] is None else f" ({number(row['low'], row['unit'])} .. {number(row['high'], row['unit'])})"
    return f"{number(row['mean'], row['unit'])}{span}"


def _hours(lang: str, rows: Sequence[Row], axis: str) -> list[str]:
    """Return the report on the use of hours (R000-43)."""
    head = page.heading(text(lang, "team.hours"))
    if not rows:
        return [head, page.paragraph(text(lang, "team.no_shifts"))]
    keys = ("busy", "idle", "break", "meeting", "late", "absent")
    heads = [axis, *(text(lang, f"team.{key}") for key in ("shifts", "rostered", *keys, "overtime"))]
    lines = [
        [
            row["label"] or "-", str(row["shifts"]), f"{row['rostered_h']:,.0f}",
            *("-" if row[key] is None else f"{100 * row[key]:.1f} %" for key in keys),
            "-" if row["overtime_h"] is None else f"{row['overtime_h']:,.0f}",
        ]
        for row in rows
    ]  # fmt: skip
    return [
        head, page.table(heads, lines, numbers=range(1, len(heads))),
        page.paragraph(text(lang, "team.hours_about"), "note"),
    ]  # fmt: skip
