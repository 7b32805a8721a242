"""The picture of a tuning: candidates with their intervals, and what each factor explains."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from optimize.goal import Mean
from optimize.tuning import Tuning
from scenarios.plots.pictures import COLOURS, svg
from scenarios.texts import text

MOST = 24
"""Candidates that are drawn: the best ones."""

_GREY = "#8a94a0"


def picture(plan: Tuning, names: Sequence[str], goal: str, lang: str) -> str:
    """Return the picture as SVG.

    Parameters
    ----------
    plan
        What was found.
    names
        A label for each setting.
    goal
        What the settings are compared by.
    lang
        One of `scenarios.texts.LANGUAGES`.
    """
    order = sorted(range(len(names)), key=lambda system: (plan.selection.gaps[system], system))[:MOST]

    widths = (1,) if plan.effects is None else (3, 2)

    def draw(figure: Figure) -> None:
        left, *right = figure.subplots(1, 1 if plan.effects is None else 2, squeeze=False, width_ratios=widths)[0]
        _candidates(left, plan, order, names, goal, lang)
        if plan.effects is not None:
            _shares(right[0], {**plan.effects.shares, text(lang, "tune.together"): plan.effects.rest}, lang)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)

    return svg(draw, width=11.0, height=1.6 + 0.27 * len(order))


def _candidates(axes: Axes, plan: Tuning, order: Sequence[int], names: Sequence[str], goal: str, lang: str) -> None:
    groups = {"best": [plan.selection.best], "alike": plan.selection.alike}
    groups["others"] = [i for i in order if i not in (plan.selection.best, *plan.selection.alike)]
    for colour, (key, members) in zip((COLOURS[1], COLOURS[0], _GREY), groups.items(), strict=True):
        drawn = [(place, system) for place, system in enumerate(order) if system in members]
        if not drawn:
            continue
        gaps = [plan.selection.gaps[system] for _, system in drawn]
        halves = [plan.selection.interval(system)[1] - gap for (_, system), gap in zip(drawn, gaps, strict=True)]
        axes.errorbar(
            gaps, [place for place, _ in drawn], xerr=halves, fmt="o", color=colour, capsize=3,
            label=text(lang, f"tune.{key}"),
        )  # fmt: skip
    axes.axvline(0.0, color=COLOURS[1], linewidth=1)
    axes.set_yticks(range(len(order)), [names[system] for system in order], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(text(lang, "tune.gap_axis", goal=goal))
    axes.set_title(text(lang, "tune.candidates_plot", shown=len(order), all=len(names)))


def _shares(axes: Axes, shares: dict[str, Mean], lang: str) -> None:
    found = list(shares.values())
    axes.barh(
        range(len(found)), [100 * each.mean for each in found], color=COLOURS[0],
        xerr=[[100 * (each.mean - each.low) for each in found], [100 * (each.high - each.mean) for each in found]],
        capsize=3, ecolor=_GREY, height=0.5,
    )  # fmt: skip
    axes.set_yticks(range(len(found)), list(shares), fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(text(lang, "tune.share_axis"))
    axes.set_title(text(lang, "tune.effects_plot"))
