"""What items are to weigh, and what they weigh: written shares beside those of the differences they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from scenarios.plots.pictures import COLOURS, svg
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import RoleReview


def weights_picture(lang: str, names: Mapping[str, str], role: RoleReview) -> str:
    """Return the SVG of what the rubric gives each item, and the share of the differences that it makes.

    Parameters
    ----------
    lang
        `en` or `zh`.
    names
        What the items are called.
    role
        The review of a role; items without points are left out.
    """
    items = [each for each in role.items if each.weight is not None]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places = range(len(items))
        axes.barh(places, [100 * (each.weight or 0.0) for each in items], 0.62, color=COLOURS[0], alpha=0.3,
                  label=text(lang, "review.head_weight"))  # fmt: skip
        known = [(at, each.decides) for at, each in enumerate(items) if each.decides.value is not None]
        axes.plot([100 * found.value for _, found in known if found.value is not None], [at for at, _ in known], "o",
                  color=COLOURS[1], markersize=5, label=text(lang, "review.head_decides"))  # fmt: skip
        for at, found in known:
            if found.low is not None and found.high is not None:
                axes.plot([100 * found.low, 100 * found.high], [at, at], color=COLOURS[1], linewidth=1.3)
        axes.set_yticks(places, [names[each.item] for each in items])
        axes.invert_yaxis()
        axes.axvline(0, color="#8a94a0", linewidth=0.8)
        axes.set_xlabel(text(lang, "review.axis"))
        figure.legend(loc="outside upper right", ncols=2, fontsize=9)

    return svg(draw, height=1.0 + 0.32 * max(len(items), 3))
