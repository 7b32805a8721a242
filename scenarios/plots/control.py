"""The picture of a control chart: a figure over periods, its limits, and lines to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from scenarios.plots.pictures import COLOURS, svg

_OUT = "#c0392b"
_LINES = ("#8a94a0", "#4f9d69", "#8e5ea2", "#d9822b")
_MOST_TICKS = 14


def control_chart(
    chart: Mapping[str, Any], lines: Sequence[tuple[str, float]], said: Mapping[str, str], unit: str,
    height: float = 2.8,
) -> str:  # fmt: skip
    """Return the SVG of a control chart.

    Parameters
    ----------
    chart
        A `sim.kpi.control.Chart` as plain data.
    lines
        Label and value of levels to compare with.
    said
        What the legend calls `value`, `limits`, `centre` and `out`.
    unit
        Label of the axis.
    height
        In inches.
    """
    at = np.arange(len(chart["periods"]))
    value, low, high = (
        np.array([np.nan if each is None else each for each in chart[key]]) for key in ("values", "low", "high")
    )
    out = np.array(chart["out"]) != 0

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        edges = np.append(at - 0.5, at[-1:] + 0.5)
        shown: dict[str, Any] = {"color": "#b8c4d0", "lw": 1.0}
        axes.stairs(np.nan_to_num(high), edges, baseline=np.nan_to_num(low), fill=True, color="#eef2f6", lw=0)
        axes.stairs(high, edges, baseline=None, label=said["limits"], **shown)
        axes.stairs(low, edges, baseline=None, **shown)
        axes.axhline(chart["centre"], color="#8a94a0", lw=1.0, label=said["centre"])
        for (label, level), colour in zip(lines, _LINES[1:], strict=False):
            axes.axhline(level, color=colour, lw=1.0, ls="--", label=label)
        axes.plot(at, value, "o-", color=COLOURS[0], ms=4, lw=1.4, label=said["value"])
        if out.any():
            axes.plot(at[out], value[out], "o", mfc="none", mec=_OUT, mew=1.6, ms=9, label=said["out"])
        step = max(1, -(-len(at) // _MOST_TICKS))
        axes.set_xticks(at[::step], [_short(each) for each in chart["periods"][::step]], fontsize=8.5)
        axes.set_xlim(-0.5, len(at) - 0.5)
        axes.set_ylabel(unit)
        figure.legend(fontsize=8.5, loc="outside upper left", ncols=4, borderaxespad=0.1)

    return svg(draw, 7.6, height)


def _short(period: str) -> str:
    return period[2:] if len(period) > 6 else period
