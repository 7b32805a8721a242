"""Pictures of a team: cells that stand out, bars of complaints, courses of several teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from scenarios.plots.pictures import svg

MOST_ROWS, MOST_COLUMNS = 30, 10
"""Labels of a map; those with the fewest tickets are left out."""

_DIVERGING = LinearSegmentedColormap.from_list("gap", ["#1f5f99", "#9cc3e0", "#f7f7f7", "#f3b272", "#b3500a"])
"""From better (blue) to worse (orange) than the rest: told apart by the colour-blind."""
_GREY, _INK = "#e3e6e9", "#1f2933"
_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_MOST_TICKS = 14

type Row = Mapping[str, Any]


def labels_of(cells: Sequence[Row], key: str, most: int) -> list[str]:
    """Return the labels of rows or columns that are shown: those with most tickets, in the order of their names.

    Parameters
    ----------
    cells
        Cells of a scan as plain data.
    key
        `row` or `column`.
    most
        So many at most.
    """
    sizes: dict[str, int] = {}
    for cell in cells:
        if cell[key] is not None:
            sizes[cell[key]] = sizes.get(cell[key], 0) + cell["n"]
    return sorted(sorted(sizes, key=lambda name: (-sizes[name], name))[:most])


def heat_map(cells: Sequence[Row], better: str, shown: Mapping[str, str]) -> str:
    """Return the SVG of a map of cells: kinds down, teams across.

    Parameters
    ----------
    cells
        Cells of a scan as plain data.
    better
        `lower` or `higher`: which way is good.
    shown
        Text of each cell, by `row` and `column` with a line break between.
    """
    across, down = labels_of(cells, "row", MOST_COLUMNS), labels_of(cells, "column", MOST_ROWS)
    drawn = [cell for cell in cells if cell["row"] in across and cell["column"] in down]
    widest = max((abs(cell["difference"]) for cell in drawn if cell["difference"] is not None), default=1.0) or 1.0
    sign = 1.0 if better == "lower" else -1.0

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.grid(visible=False)
        for cell in drawn:
            _cell(axes, cell, across.index(cell["row"]), down.index(cell["column"]), sign / widest, shown)
        axes.set_xlim(0, len(across))
        axes.set_ylim(len(down), 0)
        axes.set_xticks(np.arange(len(across)) + 0.5, across, fontsize=8.5)
        axes.set_yticks(np.arange(len(down)) + 0.5, down, fontsize=8.5)
        axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        for side in axes.spines.values():
            side.set_visible(False)

    return svg(draw, 8.4, 0.7 + 0.42 * len(down))


def _cell(axes: Axes, cell: Row, x: int, y: int, scale: float, shown: Mapping[str, str]) -> None:
    known = cell["difference"] is not None
    colour: Any = _DIVERGING(0.5 + 0.5 * cell["difference"] * scale) if known else _GREY
    axes.add_patch(Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, facecolor=colour, edgecolor="none"))
    if cell["stands_out"]:
        frame = Rectangle((x + 0.03, y + 0.06), 0.94, 0.88, facecolor="none", edgecolor=_INK, linewidth=1.8)
        axes.add_patch(frame)
    dark = known and abs(cell["difference"] * scale) > 0.75
    words = shown.get(f"{cell['row']}\n{cell['column']}", "")
    axes.text(x + 0.5, y + 0.5, words, ha="center", va="center", fontsize=7.5, color="#fff" if dark else _INK)


def pareto_chart(parts: Sequence[Row], said: Mapping[str, str]) -> str:
    """Return the SVG of a Pareto chart.

    Parameters
    ----------
    parts
        Bars as plain data, the largest first.
    said
        What the axes call `count` and `cumulative`, and `none` for tickets without a kind.
    """
    at = np.arange(len(parts))

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        colours = [_LINES[0] if part["vital"] else "#b8c4d0" for part in parts]
        axes.bar(at, [part["count"] for part in parts], color=colours, width=0.75)
        axes.set_ylabel(said["count"])
        names = [part["label"] or said["none"] for part in parts]
        axes.set_xticks(at, names, rotation=35, ha="right", fontsize=8.5)
        other = axes.twinx()
        other.plot(at, [100 * part["cumulative"] for part in parts], "o-", color=_LINES[1], ms=4)
        other.axhline(80, color="#8a94a0", lw=0.8, ls="--")
        other.set_ylim(0, 105)
        other.set_ylabel(said["cumulative"])
        other.grid(visible=False)

    return svg(draw, 7.6, 3.3)


def courses(
    weeks: Sequence[str], lines: Mapping[str, Sequence[Row]], unit: str, factor: float,
    possible: Sequence[float | None] = (None, None),
) -> str:  # fmt: skip
    """Return the SVG of a KPI of several teams week by week, with intervals.

    Parameters
    ----------
    weeks
        Their names.
    lines
        By team, rows with `week`, `mean`, `low` and `high`.
    unit
        Label of the axis.
    factor
        Figures are multiplied by it.
    possible
        The least and the largest value that there can be; beyond them the axis ends.
    """
    place = {week: at for at, week in enumerate(weeks)}

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for number, (label, rows) in enumerate(lines.items()):
            at = np.array([place[row["week"]] for row in rows]) + 0.08 * (number - len(lines) / 2)
            value = factor * np.array([row["mean"] for row in rows])
            colour = _LINES[number % len(_LINES)]
            axes.plot(at, value, "o-", color=colour, ms=3.5, lw=1.3, label=label)
            for x, row in zip(at, rows, strict=True):
                if row["low"] is not None:
                    axes.plot([x, x], [factor * row["low"], factor * row["high"]], color=colour, lw=0.7, alpha=0.6)
        every = np.array([factor * row["mean"] for rows in lines.values() for row in rows])
        spread = max(np.ptp(every), 1e-9) if every.size else 1.0
        if every.size:
            low, high = (factor * end if end is not None else None for end in possible)
            bottom, top = every.min() - spread, every.max() + spread
            axes.set_ylim(bottom if low is None else max(bottom, low), top if high is None else min(top, high))
        step = max(1, -(-len(weeks) // _MOST_TICKS))
        axes.set_xticks(np.arange(len(weeks))[::step], [week[2:] for week in weeks[::step]], fontsize=8.5)
        axes.set_xlim(-0.6, len(weeks) - 0.4)
        axes.set_ylabel(unit)
        figure.legend(fontsize=8.5, loc="outside upper left", ncols=6, borderaxespad=0.1)

    return svg(draw, 7.6, 3.0)
