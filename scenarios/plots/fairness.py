"""Pictures of what scores are made of: shares with their intervals, and tiers given beside true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scenarios.plots.pictures import COLOURS, svg
from scenarios.texts import text
from sim.lab.intervals import Estimate

type Floats = NDArray[np.float64]


def intervals(rows: Mapping[str, Sequence[Estimate]], said: Sequence[str], lang: str) -> str:
    """Return the SVG of shares with their intervals, a line per measure.

    Parameters
    ----------
    rows
        Label -> the shares to show, in the same order for every label; unknown ones leave a gap.
    said
        What the legend calls them.
    lang
        Language of the axis.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for which, label in enumerate(said):
            colour, shift = COLOURS[which], 0.13 * (2 * which - len(said) + 1)
            known = [(place + shift, each[which]) for place, each in enumerate(rows.values())]
            dots = [(100 * share.mean, at) for at, share in known if share.mean is not None]
            axes.plot([x for x, _ in dots], [y for _, y in dots], "o", color=colour, markersize=4, label=label)
            for at, share in known:
                if share.low is not None and share.high is not None:
                    axes.plot([100 * share.low, 100 * share.high], [at, at], color=colour, linewidth=1.3)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.invert_yaxis()
        axes.axvline(0, color="#8a94a0", linewidth=0.8)
        axes.set_xlabel(text(lang, "plot.share"))
        figure.legend(loc="outside upper right", ncols=len(said), fontsize=9)

    return svg(draw, height=1.0 + 0.32 * max(len(rows), 3))


def tiers(names: Sequence[str], rows: Sequence[Mapping[str, Any]], lang: str) -> str:
    """Return the SVG of how often a true tier is taken for which.

    Parameters
    ----------
    names
        Tiers, the best first.
    rows
        With the keys `true`, `tier` and `share`, of all person-months.
    lang
        Language of the axes.
    """
    table = np.zeros((len(names), len(names)))
    for row in rows:
        table[names.index(row["true"]), names.index(row["tier"])] += 100 * row["share"]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.grid(visible=False)
        axes.pcolormesh(table, cmap="Blues", vmin=0, vmax=100)
        for (true, given), share in np.ndenumerate(table):
            wrong = share > 0 and true != given
            look: dict[str, Any] = {"color": "white" if share > 60 else "#222", "weight": "bold" if wrong else "normal"}
            axes.text(given + 0.5, true + 0.5, f"{share:.1f} %", ha="center", va="center", **look)
        axes.set_xticks(np.arange(len(names)) + 0.5, names)
        axes.set_yticks(np.arange(len(names)) + 0.5, names)
        axes.invert_yaxis()
        axes.set_xlabel(text(lang, "lab_page.given"))
        axes.set_ylabel(text(lang, "lab_page.true"))

    return svg(draw, height=0.9 + 0.42 * max(len(names), 3))


def marks(people: Sequence[str], values: Floats, label: str, lang: str) -> str:
    """Return the SVG of everybody's values in all worlds and seatings, and their means.

    Parameters
    ----------
    people
        Names.
    values
        Shape (worlds, seatings, people), NaN where there is none.
    label
        What the measure is called.
    lang
        Language of the legend.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        flat = values.reshape(-1, len(people))
        spread = np.linspace(-0.28, 0.28, len(flat))
        means = [float(np.nanmean(own)) if np.isfinite(own).any() else np.nan for own in flat.T]
        for place, own in enumerate(flat.T):
            axes.plot(own, place + spread, ".", color=COLOURS[0], markersize=3, alpha=0.5)
        axes.plot(means, range(len(people)), "|", color="#222", markersize=14, label=text(lang, "table.mean"))
        axes.set_yticks(range(len(people)), list(people))
        axes.invert_yaxis()
        axes.set_xlabel(label)
        figure.legend(loc="outside upper right", fontsize=9)

    return svg(draw, height=0.9 + 0.28 * max(len(people), 3))
