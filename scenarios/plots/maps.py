"""Pictures of a desk by hour: a week of arrivals, work and waits, and the map of queue against capacity."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from scenarios.plots.hours import WEEK_H, Floats, Line, Week
from scenarios.plots.lanes import shown
from scenarios.plots.pictures import svg
from scenarios.plots.standing import DAY_H, FEW, Heat
from scenarios.texts import text

_BLUE, _ORANGE, _INK = "#0072b2", "#d55e00", "#1f2933"
_EDGES = np.arange(WEEK_H + 1)
_DIVERGING = LinearSegmentedColormap.from_list("gap", ["#1f5f99", "#9cc3e0", "#f7f7f7", "#f3b272", "#b3500a"])
"""From free people (blue) by nothing (white) to waiting tickets (orange): told apart by the colour-blind."""
_RISING = LinearSegmentedColormap.from_list("wait", ["#f7f7f7", "#f3b272", "#b3500a"])
MOST_ROWS = 40
_MANY_MIN = 240
_USUAL = 0.97
_APART_H = 5


def week_picture(found: Week, lang: str) -> str:
    """Return the hours of the week in three rows: arrivals, work against people on duty, waits."""
    chosen = text(lang, "show.chosen_week", monday=found.monday)

    def draw(figure: Figure) -> None:
        known = found.offered is not None or found.staffed is not None
        rows = figure.subplots(2 + known, 1, sharex=True)
        _line(rows[0], found.arrivals, _BLUE, text(lang, "show.mean"), chosen, text(lang, "show.band"))
        _limit(rows[0], found.arrivals, 1, found.arrivals.high, found.arrivals.mean)
        rows[0].set_ylabel(text(lang, "plot.tickets_per_hour"), fontsize=8.5)
        if known:
            _against(rows[1], found, lang)
        waits, unit = _readable(found.waits)
        _line(rows[-1], waits, _BLUE, text(lang, "show.mean"), chosen, text(lang, "show.band"), joined=False)
        _limit(rows[-1], waits, _USUAL, waits.high, waits.mean)
        label = text(lang, f"show.wait_{found.waits_for}", unit=text(lang, f"show.unit_{unit}"))
        rows[-1].set_ylabel(label, fontsize=8.5)
        for axes in rows:
            axes.tick_params(labelsize=8.5)
            axes.grid(axis="x", visible=False)
            for day in range(1, 7):
                axes.axvline(24 * day, color="#cbd2d9", linewidth=0.7, zorder=0.4)
        rows[0].set_xlim(0, WEEK_H)
        _days(rows[-1], lang)
        handles, words = rows[0].get_legend_handles_labels()
        figure.legend(handles, words, fontsize=8, ncols=3, loc="outside upper left", borderaxespad=0.1)

    return svg(draw, width=9.4, height=6.6 if found.offered or found.staffed else 4.6)


def _readable(waits: Line) -> tuple[Line, str]:
    """Return waits in minutes, or in hours where minutes would be many, and which of them."""
    most = np.nanmax(waits.mean, initial=0)
    if most < _MANY_MIN:
        return waits, "min"
    return Line(waits.mean / 60, waits.low / 60, waits.high / 60, waits.chosen / 60, waits.n), "h"


def _line(axes: Axes, line: Line, colour: str, mean: str, chosen: str, band: str, joined: bool = True) -> None:
    """Draw the band of the weeks, their mean and the chosen week, hour by hour; a gap where nothing was observed."""
    high, low = np.nan_to_num(line.high), np.nan_to_num(line.low)
    axes.stairs(high, _EDGES, baseline=low, fill=True, color=colour, alpha=0.18, linewidth=0, label=band)
    axes.stairs(line.mean, _EDGES, baseline=None, color=colour, linewidth=1.6, label=mean)
    if joined:
        axes.stairs(line.chosen, _EDGES, baseline=None, color=_ORANGE, linewidth=0.9, label=chosen)
    else:
        axes.plot(_EDGES[:-1] + 0.5, line.chosen, ".", markersize=3.5, color=_ORANGE, label=chosen)


def _limit(axes: Axes, line: Line, usual: float, *seen: Floats) -> None:
    """End the axis a little above what the hours usually show; the figures beyond are written at the edge.

    Parameters
    ----------
    axes
        Where the line is drawn.
    line
        Its mean and its chosen week are written where they lie beyond.
    usual
        Quantile of the hours; 1 for all of them.
    seen
        What the axis must hold.
    """
    tops = [float(np.nanquantile(each, usual)) for each in seen if np.isfinite(each).any()]
    top = max([1.25 * each for each in tops] + [1e-9])
    axes.set_ylim(0, top)
    last = -WEEK_H
    for hour in range(WEEK_H):
        beyond = [
            (each[hour], colour) for each, colour in ((line.mean, _BLUE), (line.chosen, _ORANGE)) if each[hour] > top
        ]
        if not beyond or hour - last < _APART_H:
            continue
        value, colour = max(beyond)
        axes.text(hour + 0.5, top, f"↑{value:,.0f}", fontsize=6.5, ha="center", va="bottom", color=colour)
        last = hour


def _against(axes: Axes, found: Week, lang: str) -> None:
    """Draw the work that comes against the people on duty, each as far as a log knows it."""
    entries = ((found.offered, _BLUE, "show.offered"), (found.staffed, _INK, "show.staffed"))
    for line, colour, key in entries:
        if line is None:
            continue
        if colour == _BLUE:
            high, low = np.nan_to_num(line.high), np.nan_to_num(line.low)
            axes.stairs(high, _EDGES, baseline=low, fill=True, color=colour, alpha=0.18, linewidth=0)
            axes.stairs(line.chosen, _EDGES, baseline=None, color=_ORANGE, linewidth=0.9)
        axes.stairs(line.mean, _EDGES, baseline=None, color=colour, linewidth=1.6, label=text(lang, key))
    unknown = [key for line, key in ((found.offered, "no_offered"), (found.staffed, "no_staffed")) if line is None]
    for place, key in enumerate(unknown):
        words = text(lang, f"show.{key}")
        axes.text(0.01, 0.94 - 0.14 * place, words, transform=axes.transAxes, fontsize=8, va="top", color="#52606d")
    axes.set_ylabel(text(lang, "plot.persons"), fontsize=8.5)
    lines = [line for line, *_ in entries if line is not None]
    if lines:
        _limit(axes, lines[0], 1, *(each for line in lines for each in (line.mean, line.high)))
        axes.legend(fontsize=8, ncols=2, loc="upper right", borderaxespad=0.1)


def _days(axes: Axes, lang: str) -> None:
    axes.set_xticks(np.arange(12, WEEK_H, 24), text(lang, "plot.weekdays").split())
    axes.tick_params(axis="x", length=0)


def heat_picture(found: Heat, lang: str) -> str:
    """Return the map of queue against capacity: a cell an hour of the day, a row a weekday or a team."""
    names = row_names(found, lang)[:MOST_ROWS]
    values, n = found.gap()[:MOST_ROWS], found.n[:MOST_ROWS]
    known = np.abs(values[np.isfinite(values)])
    most = max(float(known.max()) if known.size else 0.0, 1e-9)

    def draw(figure: Figure) -> None:
        axes: Axes = figure.subplots()
        spread = (0.0, most) if found.free is None else (-most, most)
        axes.pcolormesh(
            np.arange(DAY_H + 1), np.arange(len(names) + 1), np.ma.masked_invalid(values), vmin=spread[0],
            vmax=spread[1],
            cmap=_RISING if found.free is None else _DIVERGING, edgecolors="white", linewidth=0.8,
        )  # fmt: skip
        _cells(axes, found, values, n, most)
        axes.invert_yaxis()
        axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=8.5)
        axes.set_xticks(np.arange(0, DAY_H + 1, 2), [f"{hour}:00" for hour in range(0, DAY_H + 1, 2)], fontsize=8)
        axes.tick_params(length=0)
        axes.grid(visible=False)
        for side in axes.spines.values():
            side.set_visible(False)
        _scale(figure, most, found.free is not None, lang)

    return svg(draw, width=9.4, height=1.5 + 0.34 * len(names))


def row_names(found: Heat, lang: str) -> list[str]:
    """Return the names of the rows: weekdays in a language, teams as they are."""
    days = text(lang, "plot.weekdays").split()
    return [days[int(row)] if found.by_day else shown(row, 22) for row in found.rows]


def _cells(axes: Axes, found: Heat, values: Floats, n: NDArray[np.int64], most: float) -> None:
    """Write the figure into each cell, how many hours are behind it where they are few, and hatch what is closed."""
    for row, hour in np.ndindex(values.shape):
        value = float(values[row, hour])
        if not np.isfinite(value):
            continue
        few = n[row, hour] < FEW
        colour = "white" if abs(value) > 0.72 * most else _INK
        said = cell(value, found.free is not None)
        axes.text(hour + 0.5, row + (0.4 if few else 0.5), said, fontsize=6.6, ha="center", va="center", color=colour)
        if few:
            axes.text(hour + 0.5, row + 0.78, f"n={n[row, hour]}", fontsize=5, ha="center", va="center", color=colour)
        if found.on_duty is not None and found.on_duty[row, hour] == 0:
            axes.add_patch(
                Rectangle((hour, row), 1, 1, fill=False, hatch="///", edgecolor="#b8c2cc", linewidth=0, zorder=1.5)
            )


def cell(value: float, signed: bool) -> str:
    """Return a figure of a cell: with a sign if it may be below zero, with a digit after the point if it is small.

    Examples
    --------
    >>> cell(3.14, True), cell(-0.04, True), cell(12.6, False), cell(-2.5, True)
    ('+3.1', '0', '13', '−2.5')
    """
    digits = 0 if abs(value) >= 9.95 else 1
    said = f"{abs(value):.{digits}f}"
    if float(said) == 0:
        return "0"
    return f"{('−' if value < 0 else '+') if signed else ''}{said}"


def _scale(figure: Figure, most: float, signed: bool, lang: str) -> None:
    """Draw the scale of the colours under the map, with words for what they stand for."""
    colours, places = (_DIVERGING, (-1.0, -0.5, 0.0, 0.5, 1.0)) if signed else (_RISING, (0.0, 0.25, 0.5, 0.75, 1.0))
    handles = [Patch(facecolor=colours((at + 1) / 2 if signed else at), edgecolor="#cbd2d9") for at in places]
    title = text(lang, "show.scale" if signed else "show.scale_queue")
    figure.legend(
        handles, [cell(at * most, signed) for at in places], title=title, ncols=len(places), fontsize=8,
        title_fontsize=8, loc="outside lower center", handlelength=2.2, borderaxespad=0.1,
    )  # fmt: skip
