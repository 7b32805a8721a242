"""Thresholds on trial: what was counted once is scored again under every move of a band, and drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scenarios.plots import svg
from scenarios.plots.pictures import COLOURS
from scenarios.texts import text
from sim.kpi.rubric import Band, Item, Rubric
from sim.lab import Estimate, Shares, Trials, jackknife_t, split

type Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scored:
    """Trials under one rubric.

    Attributes
    ----------
    totals
        Total in points by world, seating and person; NaN where there is none.
    points
        Points by item, in the same shape.
    tiers
        Rank of the tier by world, seating and person, -1 where there is none.
    shares
        What the totals are made of.
    objective_share
        Share of the rubric's points that the logs decide; the rest is judged by people.
    """

    totals: Floats
    points: Mapping[str, Floats]
    tiers: NDArray[np.int64]
    shares: Shares
    objective_share: float


def scored(made: Trials, rubric: Rubric, *, level: float = 0.95) -> Scored:
    """Score trials under a rubric that differs from the counted one in points, borders and weights only.

    Parameters
    ----------
    made
        The trials, of one rubric, as `sim.lab.trials` returns them.
    rubric
        The rubric, its bands moved or not.
    level
        Level of the intervals.
    """
    marks = made.marks(rubric)
    totals = made.shaped(marks.of(marks.headline))
    points = {item.name: made.shaped(marks.of(f"item.{item.name}")) for item in rubric.items if item.name in marks.n}
    return Scored(totals, points, made.shaped(marks.tiers), split(totals, made.seats, level=level), marks.share)


def change_of_share(
    before: Scored, after: Scored, seats: NDArray[np.int64], part: str, level: float = 0.95
) -> Estimate:
    """Return by how much a share changes between two rubrics in the same worlds, paired, as a fraction.

    Parameters
    ----------
    before, after
        The same trials under two rubrics.
    seats
        As in `sim.lab.Trials`.
    part
        `person`, `seat`, `fit` or `luck`.
    level
        Level of the interval: a delete-one-world jackknife-t of the difference, null below 3 worlds.
    """

    def gap(kept: NDArray[np.bool_]) -> float:
        ends = [getattr(split(each.totals[kept], seats[kept]), part).mean for each in (before, after)]
        return float("nan") if None in ends else float(ends[1] - ends[0])

    worlds = len(seats)
    whole = gap(np.ones(worlds, dtype=bool))
    if worlds < 3:
        return Estimate(None if np.isnan(whole) else whole, None, None)
    return jackknife_t(whole, np.array([gap(np.arange(worlds) != left) for left in range(worlds)]), level)


def with_borders(rubric: Rubric, moves: Mapping[str, Sequence[float]]) -> Rubric:
    """Return a rubric with the borders of some items moved; the points of each band stay.

    Parameters
    ----------
    rubric
        The rubric.
    moves
        Item to its borders, the best band's first, in the item's unit: where each band but the last ends
        towards the next worse one. A hole that was written between two bands keeps its width.

    Raises
    ------
    ValueError
        If an item has another number of borders, or the moved borders are out of order.
    """
    items = tuple(_moved(item, moves[item.name]) if item.name in moves else item for item in rubric.items)
    changed = rubric.changed(items=items)
    assert isinstance(changed, Rubric)
    return changed


def _moved(item: Item, cuts: Sequence[float]) -> Item:
    written = item.cuts()
    if len(cuts) != len(written):
        raise ValueError(f"{item.name}: {len(written)} borders are wanted, got {len(cuts)}")
    up = item.higher_is_better()
    if any((near <= far) if up else (near >= far) for near, far in pairwise(cuts)):
        raise ValueError(f"{item.name}: borders must be in order, the best band's first, got {list(cuts)}")
    bands = [band.model_dump() for band in item.bands]
    near, far = ("lower", "upper") if up else ("upper", "lower")
    for rank, (old, new) in enumerate(zip(written, cuts, strict=True)):
        bands[rank][near] = float(new)
        edge = bands[rank + 1][far]
        bands[rank + 1][far] = float(new) if edge is None else float(new) + edge - old
    changed = item.changed(bands=tuple(Band.model_validate(band) for band in bands))
    assert isinstance(changed, Item)
    return changed


def tier_changes(before: Scored, after: Scored) -> Floats:
    """Return by person the share of months in which the two rubrics give different tiers."""
    return np.asarray((before.tiers != after.tiers).mean(axis=(0, 1)), np.float64)


def mean_by_person(months: Floats) -> list[float | None]:
    """Return the mean points of each person over the months that have any, null for somebody without one.

    Parameters
    ----------
    months
        Points by world, seating and person, NaN where there are none.
    """
    columns = [column[~np.isnan(column)] for column in months.reshape(-1, months.shape[-1]).T]
    return [float(column.mean()) if len(column) else None for column in columns]


def points_picture(
    lang: str,
    made: Trials,
    sides: Mapping[str, Scored],
    items: Mapping[str, str],
    low: int = 10,
    high: int = 90,
) -> str:
    """Return the points of each person: the mean over all months, and the middle of what single months gave.

    Parameters
    ----------
    lang
        `en` or `zh`.
    made
        The trials.
    sides
        The trials' scores by the label of their rubric.
    items
        Labels of the items to draw, by name; the total comes last.
    low, high
        Percentiles between which a line is drawn.
    """
    panels = [*items, None]

    def draw(figure: Figure) -> None:
        for axes, name in zip(np.atleast_1d(figure.subplots(1, len(panels), sharey=True)), panels, strict=True):
            for place, (label, side) in enumerate(sides.items()):
                months = (side.totals if name is None else side.points[name]).reshape(-1, len(made.people))
                _dots(axes, months, (low, high), place, label)
            axes.set_title(text(lang, "notebook.total") if name is None else items[name])
            axes.set_xlabel(text(lang, "notebook.points_axis"))
            axes.set_yticks(range(len(made.people)), made.people)
            axes.margins(y=0.2)
        axes.invert_yaxis()
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=len(sides), fontsize=8)

    return svg(draw, height=1.5 + 0.42 * len(made.people))


def _dots(axes: Axes, months: Floats, percentiles: tuple[int, int], place: int, label: str) -> None:
    at = np.arange(months.shape[1]) + 0.24 * place - 0.12
    known = ~np.isnan(months).all(axis=0)
    low, high = np.nanpercentile(months[:, known], percentiles, axis=0)
    axes.hlines(at[known], low, high, color=COLOURS[place], linewidth=2, alpha=0.5)
    axes.plot(np.nanmean(months[:, known], axis=0), at[known], "o", color=COLOURS[place], label=label)


def shares_picture(lang: str, sides: Mapping[str, Scored], parts: Mapping[str, str]) -> str:
    """Return the shares of a score under several rubrics, with their intervals.

    Parameters
    ----------
    lang
        `en` or `zh`.
    sides
        Scores by the label of their rubric.
    parts
        Labels of `person`, `seat`, `fit` and `luck`, in the order to draw.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, (label, side) in enumerate(sides.items()):
            at = np.arange(len(parts)) + 0.36 * place - 0.18
            found: list[Estimate] = [getattr(side.shares, part) for part in parts]
            means = [np.nan if each.mean is None else 100 * each.mean for each in found]
            axes.barh(at, means, 0.34, color=COLOURS[place], alpha=0.8, label=label)
            for y, each in zip(at, found, strict=True):
                if each.low is not None and each.high is not None:
                    axes.plot([100 * each.low, 100 * each.high], [y, y], color="#222222", linewidth=1.2)
        axes.axvline(0, color="#8a94a0", linewidth=0.8)
        axes.set_yticks(range(len(parts)), list(parts.values()))
        axes.invert_yaxis()
        axes.set_xlabel(text(lang, "plot.share"))
        axes.legend(fontsize=8, loc="best")

    return svg(draw)
