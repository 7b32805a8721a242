"""What may be said to somebody about a score: from figures, and never beyond their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from sim.kpi.control import how_of
from sim.kpi.mix import Change
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import TIMES, Item
from sim.kpi.rubric.times import SCALE

WEAKEST = 2
"""Of so many items the tickets are pointed out."""

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Missed:
    """The tickets behind an item that fell short.

    Attributes
    ----------
    bad, n
        How many of how many.
    cut
        For times, in the item's unit: where the best band ends; None for yes or no.
    kind, of_kind
        The kind with the most of them, and how many of them are of it; None and 0 where no kind is known.
    """

    bad: int
    n: int
    cut: float | None
    kind: str | None
    of_kind: int


@dataclass(frozen=True)
class Sentence:
    """A sentence as data; `feedback.<key>` of the texts says it.

    Attributes
    ----------
    key
        `strongest`, `missed`, `slow`, `unsure`, `not_theirs`, `better`, `worse`, `still`.
    item
        The item that it is about; None for the whole.
    values
        What it says.
    """

    key: str
    item: str | None
    values: Mapping[str, Any]


def missed(rubric: Rubric, item: Item, rows: pl.DataFrame) -> Missed | None:
    """Return which tickets of an item fell short; None where single tickets cannot.

    Parameters
    ----------
    rubric, item
        The rubric and one of its items.
    rows
        As of `drill`.

    Notes
    -----
    Of shares: tickets that did not count where more is better, that counted where less is. Of times: tickets beyond
    the end of the best band.
    """
    if item.kpi is None or item.ideal is not None or rows.is_empty():
        return None
    if item.statistic in TIMES:
        cut = item.cuts()[0]
        up, down = SCALE[item.unit]
        short = rows.filter(pl.col("y") * up > cut * down)
    elif item.statistic == "ratio" and how_of(rubric.book().kpis[item.kpi]) == "p":
        cut, good = None, item.higher_is_better()
        short = rows.filter((pl.col("y") == 0) if good else (pl.col("y") > 0))
    else:
        return None
    counts = short.drop_nulls("kind").group_by("kind").len().sort("len", "kind", descending=[True, False])
    kind, of_kind = counts.row(0) if counts.height else (None, 0)
    return Missed(short.height, rows.height, cut, kind, int(of_kind))


def feedback(
    rubric: Rubric, items: Sequence[Row], short: Mapping[str, Missed], changes: Mapping[str, Change],
) -> list[Sentence]:  # fmt: skip
    """Return what may be said about a score, the good first.

    Parameters
    ----------
    rubric
        The rubric.
    items
        The person's items, as of `score`.
    short
        By item, what fell short.
    changes
        By item, the change since the period before.

    Notes
    -----
    An item is called better or worse only where the interval of its change leaves out 0; a weak item whose interval
    reaches the next band is said to be unsure; an item that somebody else moves is said to be theirs. That the
    strongest item is the strongest, and the weakest the weakest, is a statement about points, not about merit.
    """
    scored = [found for found in items if found["log_points"] is not None and found["value"] is not None]
    ranked = sorted(scored, key=lambda found: (found["log_points"] / found["max_points"], found["name"]))
    made: list[Sentence] = []
    if len(ranked) > 1:
        best = ranked[-1]
        keys = ("value", "low", "high", "unit", "n", "points", "max_points")
        made.append(Sentence("strongest", best["name"], {key: best[key] for key in keys}))
    for found in [each for each in ranked if each["log_points"] < each["max_points"] - 1e-9][:WEAKEST]:
        made += _of_weak(rubric, rubric.item(found["name"]), found, short.get(found["name"]))
    made += [_moved(rubric.item(name), change) for name, change in changes.items() if change.change.apart()]
    known = [change.change for change in changes.values() if change.change.low is not None]
    if known and not any(change.apart() for change in known):
        made.append(Sentence("still", None, {"items": len(known)}))
    return made


def _of_weak(rubric: Rubric, item: Item, found: Row, short: Missed | None) -> list[Sentence]:
    made = []
    if short is not None and short.bad:
        said = {"bad": short.bad, "n": short.n, "cut": short.cut, "unit": item.unit,
                "kind": short.kind, "of_kind": short.of_kind}  # fmt: skip
        made.append(Sentence("missed" if short.cut is None else "slow", item.name, said))
    up, low, high = item.higher_is_better(), found["low"], found["high"]
    if low is not None and item.ideal is None:
        next_cut = [cut for cut in item.cuts() if (found["value"] < cut <= high if up else low <= cut < found["value"])]
        if next_cut:
            cut = min(next_cut) if up else max(next_cut)
            made.append(Sentence("unsure", item.name, {"low": low, "high": high, "cut": cut, "unit": item.unit}))
    moves = rubric.book().kpis[str(item.kpi)].controllable_by
    if moves != "person":
        made.append(Sentence("not_theirs", item.name, {"who": moves}))
    return made


def _moved(item: Item, change: Change) -> Sentence:
    better = (change.change.mean > 0) == item.higher_is_better()
    said = {"change": change.change.mean, "low": change.change.low, "high": change.change.high, "unit": item.unit,
            "mix": change.mix.mean, "rate": change.rate.mean}  # fmt: skip
    return Sentence("better" if better else "worse", item.name, said)
