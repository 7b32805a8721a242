"""Pictures of a scorecard: the share of the points by category, and the total over the periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from scenarios.plots.pictures import COLOURS, svg

type Total = tuple[str, float | None, float | None, float | None]
"""A period, the total of somebody in it, and the ends of its interval."""


def radar(
    names: Sequence[str], own: Sequence[float | None], others: Sequence[float | None], said: Sequence[str]
) -> str:
    """Return the SVG of shares by category: somebody's, and the mean of the role.

    Parameters
    ----------
    names
        Labels of the categories, three or more.
    own, others
        Shares of the points, 0 to 1; None where there are none, which leaves a gap in the line.
    said
        What the legend calls the two.
    """
    angles = np.linspace(0, 2 * np.pi, len(names), endpoint=False)

    def draw(figure: Figure) -> None:
        axes: Any = figure.add_subplot(projection="polar")
        axes.set_theta_offset(np.pi / 2)
        axes.set_theta_direction(-1)
        for shares, label, colour in zip((own, others), said, (COLOURS[0], "#8a94a0"), strict=True):
            values = np.array([np.nan if share is None else 100 * share for share in shares])
            axes.plot(np.append(angles, angles[0]), np.append(values, values[0]), "o-", color=colour, label=label, ms=4)
        axes.set_ylim(0, 100)
        axes.set_yticks([25, 50, 75, 100], ["25", "50", "75", "100 %"], fontsize=8)
        axes.set_xticks(angles, names, fontsize=9)
        figure.legend(loc="upper left", fontsize=9)

    return svg(draw, 7.6, 3.6)


def trend(
    totals: Sequence[Total], cuts: Sequence[tuple[str, float]], role: Sequence[float | None], said: Sequence[str]
) -> str:
    """Return the SVG of totals over periods, with intervals, the mean of the role and the cuts of the tiers.

    Parameters
    ----------
    totals
        In the order of time.
    cuts
        Tier and the total from which on it is given.
    role
        Mean of the role by period.
    said
        What the legend calls the person and the role.
    """
    at = np.arange(len(totals))
    own = np.array([np.nan if total is None else total for _, total, _, _ in totals])
    low = np.array([np.nan if end is None else end for _, _, end, _ in totals])
    high = np.array([np.nan if end is None else end for _, _, _, end in totals])

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for name, cut in cuts:
            axes.axhline(cut, color="#c5ccd3", lw=0.8, ls="--")
            axes.annotate(
                name, (1.0, cut), xycoords=("axes fraction", "data"), xytext=(4, -3), textcoords="offset points"
            )
        axes.vlines(at, low, high, color=COLOURS[0], lw=1.5)
        axes.plot(at, own, "o-", color=COLOURS[0], label=said[0])
        mean = np.array([np.nan if value is None else value for value in role])
        axes.plot(at, mean, "s:", color="#8a94a0", label=said[1], ms=4)
        axes.set_ylim(0, 100)
        axes.set_xlim(-0.5, len(totals) - 0.5)
        axes.set_xticks(at, [period for period, *_ in totals], fontsize=9)
        axes.legend(fontsize=9)

    return svg(draw, 7.6, 3.0)
