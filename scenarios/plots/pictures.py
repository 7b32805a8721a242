"""Pictures as SVG text: the same bytes for the same numbers, letters kept as letters."""

import gc
import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from scenarios.plots import series
from scenarios.texts import text
from sim.kpi import measure
from sim.log import Log

COLOURS = ("#3b6ea5", "#d9822b", "#4f9d69", "#8e5ea2")
"""One colour per scenario, the base first; told apart by the colour-blind."""

_FONTS = ["DejaVu Sans", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "PingFang SC"]
_FAMILIES = re.compile(rf"'{_FONTS[0]}'(, '[^']*')*")
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "fairdesk", "font.size": 10,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e5e8eb",
    "axes.axisbelow": True, "axes.edgecolor": "#8a94a0", "legend.frameon": False, "axes.titlesize": 11,
    "axes.titlelocation": "left", "text.parse_math": False,
}  # fmt: skip

HOURS = np.arange(169)
"""Borders of the hours of a week."""

type Logs = Mapping[str, Log]
"""Logs by the label that the legend shows, the base first."""


def svg(draw: Callable[[Figure], None], width: float = 7.6, height: float = 3.0) -> str:
    """Return the SVG of a figure that `draw` fills.

    Parameters
    ----------
    draw
        Draws into the figure.
    width, height
        In inches.
    """
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    out = io.StringIO()
    with _uncollected(), mpl.rc_context(_STYLE | {"font.family": _at_hand()}), warnings.catch_warnings():
        # Letters stay letters in the SVG, so a glyph that this machine's fonts lack is no loss.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        # `savefig` would draw a figure with a layout twice, to the same effect.
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(out, metadata={"Date": None, "Creator": None})
    found = out.getvalue()
    return _FAMILIES.sub(", ".join(f"'{name}'" for name in _FONTS), found[found.index("<svg") :])


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let nobody look for garbage: a figure is thousands of objects that lead to each other, and lives shortly."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@lru_cache
def _at_hand() -> list[str]:
    """Return those of the fonts that this machine has: each one that is missing is looked for at every letter."""
    here = set(font_manager.get_font_names())
    return [name for name in _FONTS if name in here]


def all_pictures(logs: Logs, lang: str) -> dict[str, str]:
    """Return the pictures of a page by their key: load, waits, backlog, occupancy."""
    drawn = {"load": load(logs, lang), "waits": waits(logs, lang), "backlog": backlog(logs, lang)}
    busy = occupancy(logs, lang)
    return drawn if busy is None else drawn | {"occupancy": busy}


def _week(axes: Axes, lang: str) -> None:
    axes.set_xlim(0, 168)
    axes.set_xticks(np.arange(0, 168, 24), text(lang, "plot.weekdays").split())
    for label in axes.get_xticklabels():
        label.set_horizontalalignment("left")


def load(logs: Logs, lang: str) -> str:
    """Return arrivals against capacity by hour of week: in persons where work was timed, else in tickets."""
    timed = {name: series.offered_by_hour(log) for name, log in logs.items()}
    in_persons = all(offered is not None for offered in timed.values())

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        people = axes if in_persons else axes.twinx()
        for colour, (name, log) in zip(COLOURS, logs.items(), strict=False):
            offered, staffed = timed[name] if in_persons else series.arrivals_by_hour(log), series.staffed_by_hour(log)
            if offered is not None:
                label = f"{name}: {text(lang, 'plot.offered' if in_persons else 'plot.arriving')}"
                axes.stairs(offered, HOURS, fill=True, color=colour, alpha=0.35, label=label)
            if staffed is not None:
                people.stairs(
                    staffed, HOURS, color=colour, linewidth=1.6, label=f"{name}: {text(lang, 'plot.staffed')}"
                )
        axes.set_ylabel(text(lang, "plot.persons" if in_persons else "plot.tickets_per_hour"))
        if not in_persons:
            people.set_ylabel(text(lang, "plot.persons"))
            people.grid(visible=False)
        _week(axes, lang)
        for side in dict.fromkeys((axes, people)):
            side.set_ylim(0, max(side.get_ylim()[1], 1e-9) * 1.3)
        figure.legend(fontsize=8, ncols=2, loc="outside upper right")

    return svg(draw)


def waits(logs: Logs, lang: str) -> str:
    """Return the share of tickets answered within a time, on a logarithmic axis."""
    minutes = np.geomspace(1, 7 * 1440, 200)
    ticks = {1: "1", 5: "5", 15: "15", 60: "1 h", 240: "4 h", 1440: "1 d", 4320: "3 d", 10080: "7 d"}

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for colour, (name, log) in zip(COLOURS, logs.items(), strict=False):
            axes.plot(minutes, 100 * series.answered_within(log, minutes), color=colour, label=name)
        axes.set_xscale("log")
        axes.set_xticks(list(ticks), list(ticks.values()))
        axes.minorticks_off()
        axes.set(xlim=(1, 7 * 1440), ylim=(0, 102))
        axes.set_xlabel(text(lang, "plot.wait_axis"))
        axes.set_ylabel(text(lang, "plot.answered"))
        axes.legend(fontsize=8, loc="lower right")

    return svg(draw)


def backlog(logs: Logs, lang: str) -> str:
    """Return the number of open tickets over time."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for colour, (name, log) in zip(COLOURS, logs.items(), strict=False):
            days, level = series.open_tickets(log)
            axes.plot(days, level, color=colour, linewidth=1.0, label=name)
        axes.set_xlabel(text(lang, "plot.days"))
        axes.set_ylabel(text(lang, "plot.open_tickets"))
        axes.set_ylim(bottom=0)
        axes.margins(x=0.01)
        axes.legend(fontsize=8, loc="upper left")

    return svg(draw)


def occupancy(logs: Logs, lang: str, most: int = 40) -> str | None:
    """Return busy time over working time by person, at most `most` people; null where it is unknown."""
    rows: dict[str, dict[str, float]] = {}
    for name, log in logs.items():
        found = (
            measure(log, ["utilisation"], by=("person",))
            .drop_nulls("mean")
            .with_columns(pl.col("person").cast(pl.String))
        )
        rows[name] = dict(zip(found["person"], found["mean"], strict=True))
    people = sorted({person for found in rows.values() for person in found}, key=_natural)
    if not people:
        return None
    shown = people[:most]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        place, width = np.arange(len(shown)), 0.8 / len(rows)
        for number, (colour, (name, found)) in enumerate(zip(COLOURS, rows.items(), strict=False)):
            values = [100 * found.get(person, np.nan) for person in shown]
            axes.bar(place + (number + 0.5) * width - 0.4, values, width, color=colour, label=name)
        axes.axhline(85, color="#b03030", linewidth=0.8, linestyle="--")
        axes.set_xticks(place, shown, rotation=60, ha="right", fontsize=8)
        axes.set_ylabel(text(lang, "plot.occupancy"))
        axes.set_ylim(0, 112)
        axes.margins(x=0.01)
        axes.legend(fontsize=8, ncols=3, loc="upper right")

    return svg(draw, height=3.4)


def _natural(name: str) -> tuple[str, int]:
    head, _, tail = name.rpartition("#")
    return (head, int(tail)) if head and tail.isdigit() else (name, 0)


def bars(lang: str, shares: Mapping[str, tuple[float, float | None, float | None]], axis: str) -> str:
    """Return labelled shares with their intervals as horizontal bars.

    Parameters
    ----------
    lang
        Language of the axis.
    shares
        Label -> mean, low, high as fractions.
    axis
        Key of the axis' text.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        names: Sequence[str] = list(shares)
        for place, (mean, low, high) in enumerate(shares.values()):
            axes.barh(place, 100 * mean, color=COLOURS[place % len(COLOURS)], alpha=0.8, height=0.6)
            if low is not None and high is not None:
                axes.plot([100 * low, 100 * high], [place, place], color="#222", linewidth=1.4)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.axvline(0, color="#8a94a0", linewidth=0.8)
        axes.set_xlabel(text(lang, axis))

    return svg(draw, height=0.6 + 0.45 * max(len(shares), 2))
