"""The front of plans as a picture: cost across, service upwards, the third objective as colour."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from optimize.pareto import Point
from scenarios.plots.pictures import COLOURS, svg
from scenarios.texts import text


def front(points: Sequence[Point], label: str, unit: str, lang: str) -> str:
    """Return the picture of a front as SVG; a plan that is not confirmed is a hollow mark.

    Parameters
    ----------
    points
        The plans, at least one, the cheapest first; each is marked with its number.
    label
        Of the KPI that is the service.
    unit
        In which cost is counted.
    lang
        Language of the other words.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        costs, services = [point.cost for point in points], [point.service for point in points]
        axes.step(costs, services, where="post", color="#8a94a0", linewidth=0.8, zorder=1)
        thirds = [point.third for point in points]
        known = [third for third in thirds if third is not None]
        if known and len(known) == len(points):
            marks = axes.scatter(costs, services, c=known, cmap="viridis_r", s=60, zorder=2)
            figure.colorbar(marks, label=text(lang, "front.spread"))
        else:
            axes.scatter(costs, services, color=COLOURS[0], s=60, zorder=2)
        open_ones = [point for point in points if not point.confirmed]
        axes.scatter([p.cost for p in open_ones], [p.service for p in open_ones], color="white", s=16, zorder=3)
        for number, point in enumerate(points, 1):
            axes.annotate(str(number), (point.cost, point.service), xytext=(7, 5), textcoords="offset points")
        axes.set_xlabel(text(lang, "front.cost_axis", unit=unit))
        axes.set_ylabel(label)
        axes.set_title(text(lang, "front.picture"))
        axes.margins(0.12)

    return svg(draw, height=3.8)
