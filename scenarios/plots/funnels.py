"""Pictures of people's figures in a log: the funnel, and places with their intervals."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from scenarios.plots.pictures import COLOURS, svg
from sim.kpi.appraised import Appraised

_MOST_NAMED = 12


def funnel_plot(found: Appraised, below: str, beside: str) -> str:
    """Return the SVG of adjusted figures over the number of tickets, between limits that luck and usual spread draw.

    Parameters
    ----------
    found
        What a log says of a KPI, with limits.
    below, beside
        Labels of the axes.
    """
    people = [one for one in found.people if one.adjusted is not None and one.limit is not None]
    times = 100.0 if found.unit == "1" else 1.0
    n = np.array([one.n for one in people])
    value, limit = (np.array([getattr(one, key) or 0.0 for one in people]) * times for key in ("adjusted", "limit"))
    overall = (found.overall or 0.0) * times
    order = np.argsort(n, kind="stable")

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(overall, color="#8a94a0", lw=1)
        for sign in (-1, 1):
            axes.plot(n[order], overall + sign * limit[order], color=COLOURS[0], lw=1)
            axes.plot(n[order], overall + sign * limit[order] * 3.090232 / 1.959964, color=COLOURS[0], lw=1, ls="--")
        out = np.array([bool(one.outside) for one in people])
        for mask, colour in ((~out, "#5b6670"), (out, COLOURS[1])):
            axes.plot(n[mask], value[mask], "o", color=colour, ms=5)
        for place in np.flatnonzero(out)[:_MOST_NAMED]:
            at = (float(n[place]), float(value[place]))
            axes.annotate(people[place].person, at, xytext=(5, 3), textcoords="offset points", fontsize=8)
        axes.set_xlabel(below)
        axes.set_ylabel(beside)

    return svg(draw, 7.6, 3.4)


def caterpillar(found: Appraised, below: str) -> str:
    """Return the SVG of places by the adjusted figure, each with the places that the person may truly have.

    Parameters
    ----------
    found
        What a log says of a KPI, with places.
    below
        Label of the axis.
    """
    people = [one for one in found.people if one.place is not None]
    at = np.arange(len(people))
    place, low, high, raw = (
        np.array([getattr(one, key) or 0 for one in people])
        for key in ("place", "place_low", "place_high", "place_raw")
    )

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.hlines(at, low, high, color="#a9b4be", lw=3)
        axes.plot(raw, at, "o", color="none", markeredgecolor=COLOURS[1], ms=6)
        axes.plot(place, at, "o", color=COLOURS[0], ms=5)
        axes.set_yticks(at, [one.person for one in people], fontsize=8)
        axes.invert_yaxis()
        axes.set_xlim(0.5, len(people) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(below)

    return svg(draw, 7.6, min(1.2 + 0.2 * len(people), 30.0))
