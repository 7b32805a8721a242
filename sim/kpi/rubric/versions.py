"""The score under a rubric that changes: each period by the version that is valid on its first day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import TIMES
from sim.kpi.rubric.score import forms_in, score_tally
from sim.kpi.rubric.tally import Tally, check_item, tally
from sim.log import Log
from sim.log.periods import days_of

NO_VERSION = "no version of the rubric is valid in the period"


@dataclass(frozen=True)
class Version:
    """A version of a rubric and the periods that it is for.

    Attributes
    ----------
    rubric
        The version.
    begin, end
        It is for the periods whose first day is in [begin, end).
    """

    rubric: Rubric
    begin: date
    end: date

    def scores(self, period: str) -> bool:
        """Return whether it is for a period."""
        days = days_of(period)
        return days is not None and self.begin <= days[0] < self.end


@dataclass(frozen=True)
class Scored:
    """The score of everybody, and what became of the points that people stated.

    Attributes
    ----------
    people
        As of `score`, with `valid_from` of the version.
    set_aside
        Rows of the table `appraisals` that no score stands on, with a `reason_not`.
    """

    people: pl.DataFrame
    set_aside: pl.DataFrame


def in_order(versions: Sequence[Rubric]) -> tuple[Version, ...]:
    """Return versions by their first day, and what periods each is for.

    Raises
    ------
    ValueError
        If two versions begin on one day.
    """
    ordered = sorted(versions, key=lambda each: each.valid_from or date.min)
    begins = [each.valid_from or date.min for each in ordered]
    if len(set(begins)) < len(begins):
        raise ValueError(f"two versions of the rubric are valid from {max(begins, key=begins.count)}")
    ends = [*begins[1:], date.max]
    return tuple(Version(*each) for each in zip(ordered, begins, ends, strict=True))


def score_versions(log: Log, versions: Sequence[Rubric], *, level: float | None = 0.95) -> pl.DataFrame:
    """Return the score under a rubric that changes; the people of `scored`."""
    return scored(log, versions, level=level).people


def scored(log: Log, versions: Sequence[Rubric], *, level: float | None = 0.95) -> Scored:
    """Return the score under a rubric that changes, and the stated points that no score stands on.

    Parameters
    ----------
    log
        As of `score`.
    versions
        Versions with different `valid_from`; periods that begin before the first are not scored.
    level
        As of `score`.

    Raises
    ------
    ValueError
        If two versions begin on one day.
    """
    frames, aside, counted = [], [], dict[object, Tally]()
    stated = log.appraisals["period"].cast(pl.String).unique().to_list()
    placed = [days_of(name) for name in stated]
    ordered = in_order(versions)
    for number, version in enumerate(ordered):
        rubric = version.rubric
        key = counting(rubric)
        sums = counted[key] if key in counted else counted.setdefault(key, tally(log, rubric))
        forms = forms_in(log, rubric, sums)
        frame = score_tally(rubric, sums, forms=forms, level=level)
        mine = [period for period in frame["period"].unique() if version.scores(period)]
        tier, valid_from = pl.col("tier").cast(pl.String), pl.lit(rubric.valid_from, dtype=pl.Date)
        frames.append(frame.filter(pl.col("period").is_in(mine)).with_columns(tier, valid_from=valid_from))
        if forms is not None:
            unread = [name for name, days in zip(stated, placed, strict=True) if days is None]
            here = [name for name in stated if version.scores(name)] + (unread if number == 0 else [])
            aside.append(forms.set_aside.filter(pl.col("period").is_in(here)))
    early = [name for name, days in zip(stated, placed, strict=True) if days and days[0] < ordered[0].begin]
    rows = log.appraisals.with_columns(pl.col("person", "period", "item", "source").cast(pl.String))
    before = rows.filter(pl.col("period").is_in(early)).with_columns(reason_not=pl.lit(NO_VERSION))
    return Scored(pl.concat(frames).sort("period", "role", "person"), pl.concat([before, *aside], how="diagonal"))


def counting(rubric: Rubric) -> object:
    """Return what the sums of a log depend on: rubrics that agree in it share one `Tally`.

    Raises
    ------
    RubricError
        If an item names an unknown KPI, or a statistic that does not fit it.
    """
    items = []
    for item in rubric.items:
        if item.kpi is not None:
            check_item(rubric, item)
            on_duty = item.statistic == "relative" and item.per == "rostered_hour"
            items.append((item.name, item.kpi, item.statistic in TIMES, on_duty))
    return tuple(items), rubric.policy.attribution, rubric.switches, tuple(rubric.kpi.items())
