"""Why somebody has a score, as rows: items, the next tier, one more ticket, and the tickets behind each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from scenarios.plain import plain
from scenarios.problems import Problem, ScenarioError, nearest, shown
from sim.kpi.mix import Change
from sim.kpi.rubric import (
    Courses,
    Forms,
    Item,
    OneMore,
    Rubric,
    Tally,
    drill_all,
    feedback,
    forms_in,
    length_of,
    missed,
    one_more_each,
    standing,
    tally,
    targets,
    to_next_tier,
)
from sim.log import Log
from sim.log.periods import days_of

MOST_TICKETS = 1000
"""Rows behind an item that are told; the number of all is told beside."""

MOST_CHARTS = 2
"""Items whose weeks are shown, the weakest first."""


@dataclass(frozen=True)
class Reference:
    """Scores of a log that say how often a target is reached.

    Attributes
    ----------
    name, source
        Name of the log, and where it is from.
    rows
        As of `sim.kpi.rubric.score`.
    """

    name: str
    source: str
    rows: Sequence[Mapping[str, Any]]


class Reasons:
    """Why people have their scores: what many share is counted once.

    Parameters
    ----------
    log
        As it was scored.
    versions
        Versions of the rubric; each period goes by the one that was valid.
    scores
        As `sim.kpi.rubric.score` or `score_versions` returns them.
    reference
        Who says how often a target is reached, such as the people of a simulated log; by default the colleagues.
    """

    def __init__(
        self, log: Log, versions: Sequence[Rubric], scores: pl.DataFrame,
        reference: Reference | None = None,
    ) -> None:  # fmt: skip
        self.log, self.versions, self.scores = log, tuple(versions), scores
        self._counted: dict[int, tuple[Tally, Forms | None]] = {}
        self._more: dict[tuple[int, str], dict[str, list[OneMore]]] = {}
        self._rows: dict[tuple[int, str, str], dict[str, pl.DataFrame]] = {}
        self._courses: dict[int, Courses] = {}
        self.rows, self.reference = scores.to_dicts(), reference

    def of(self, person: str, period: str | None = None) -> dict[str, Any]:
        """Return why somebody has a score in a period.

        Parameters
        ----------
        person
            Name in the log.
        period
            As in the scores; the person's last when absent.

        Returns
        -------
        dict
            person, period, total, tier, `next_tier` (name and the points that are lacking), and `items`: each as in
            the scores, with `one_more` (points, total and tier after one more bad ticket) and `tickets`, what stands
            behind it. `standing`, `targets`, `changes` (since the period before), `weeks` and `feedback` are those of
            `sim.kpi.rubric`, as plain data, by item.

        Raises
        ------
        ScenarioError
            If the person or the period has no score; the message names the nearest.
        """
        asked = self.asked(person, period)
        row = self.scores.filter(pl.col("person") == person, pl.col("period") == asked).row(0, named=True)
        rubric = self.rubric(person, asked)
        more = {each.item: each for each in self._one_more(person, asked)}
        items: list[dict[str, Any]] = []
        for item, found in zip(rubric.items, row["items"], strict=True):
            extra = more.get(item.name)
            changed = None if extra is None else {"points": extra.points, "total": extra.total, "tier": extra.tier}
            told = {**found, "label": item.label, "one_more": changed}
            items.append(told | self._tickets(item, found, person, asked))
        ahead = None if row["total"] is None else to_next_tier(rubric, row["total"])
        return {
            "person": person, "period": asked, "total": row["total"], "tier": row["tier"],
            "next_tier": None if ahead is None else {"tier": ahead[0], "points": ahead[1]}, "items": items,
            **self._further(rubric, row, asked),
        }  # fmt: skip

    def _further(self, rubric: Rubric, row: dict[str, Any], period: str) -> dict[str, Any]:
        """Return what stands beside the items: others, targets, changes, weeks, sentences."""
        person, version = row["person"], self.version(row["person"], period)
        changes = self._changes(version, person, period)
        short = {}
        for item, found in zip(rubric.items, row["items"], strict=True):
            rows = None if found["log_points"] is None else self._behind(item, person, period)
            fell = None if rows is None else missed(rubric, item, rows)
            if fell is not None:
                short[item.name] = fell
        counted, _ = self._sums(version)
        others = None if self.reference is None else self.reference.rows
        aims = targets(rubric, self.rows, counted, person, period, reference=others)
        return {
            "feedback": [plain(each) for each in feedback(rubric, row["items"], short, changes)],
            "standing": [plain(each) for each in standing(rubric, self.rows, person, period)],
            "targets": [plain(each) for each in aims],
            "changes": {name: plain(change) for name, change in changes.items()},
            "weeks": self._weeks(version, row, period),
            "reference": None if self.reference is None else f"{self.reference.name} ({self.reference.source})",
        }  # fmt: skip

    def _course(self, version: int) -> Courses:
        if version not in self._courses:
            self._courses[version] = Courses(self.log, self.versions[version])
        return self._courses[version]

    def _changes(self, version: int, person: str, period: str) -> dict[str, Change]:
        """Return the changes of items since the period before; none where there is no such period."""
        days, course, rubric = days_of(period), self._course(version), self.versions[version]
        mine = {row["period"] for row in self.rows if row["person"] == person}
        before = [each for each in mine if (found := days_of(each)) and days and found[1] == days[0]]
        same = [each for each in before if length_of(each) == length_of(period)]
        if not same:
            return {}
        all_of_them = {item.name: course.change(item, person, same[0], period) for item in rubric.items}
        return {name: change for name, change in all_of_them.items() if change is not None}

    def _weeks(self, version: int, row: dict[str, Any], period: str) -> dict[str, Any]:
        """Return the course of the weakest items week by week."""
        rubric, course = self.versions[version], self._course(version)
        role = sorted({each["person"] for each in self.rows if each["role"] == row["role"]})
        scored = [
            found for found in row["items"]
            if found["log_points"] is not None and found["log_points"] < found["max_points"] - 1e-9
        ]  # fmt: skip
        weak = sorted(scored, key=lambda found: (found["log_points"] / found["max_points"], found["name"]))
        made: dict[str, Any] = {}
        for found in weak:
            weeks = course.weeks(rubric.item(found["name"]), row["person"], role, period)
            if weeks is not None and len(made) < MOST_CHARTS:
                made[found["name"]] = plain(weeks)
        return made

    def _sums(self, version: int) -> tuple[Tally, Forms | None]:
        if version not in self._counted:
            counted = tally(self.log, self.versions[version])
            self._counted[version] = counted, forms_in(self.log, self.versions[version], counted)
        return self._counted[version]

    def asked(self, person: str, period: str | None = None) -> str:
        """Return the period that is asked about: see `asked_period`.

        Raises
        ------
        ScenarioError
            If the person or the period has no score; the message names the nearest.
        """
        if self.scores.filter(pl.col("person") == person).is_empty():
            raise ScenarioError([_unknown("score_person", person, self.scores["person"].unique().sort().to_list())])
        return asked_period(self.scores, person, period)

    def rubric(self, person: str, period: str) -> Rubric:
        """Return the version of the rubric by which somebody was scored in a period."""
        return self.versions[self.version(person, period)]

    def version(self, person: str, period: str) -> int:
        """Return the number of the version by which somebody was scored in a period."""
        if len(self.versions) == 1 or "valid_from" not in self.scores.columns:
            return len(self.versions) - 1
        mine = self.scores.filter(pl.col("person") == person, pl.col("period") == period)["valid_from"].to_list()
        days = [each.valid_from for each in self.versions]
        return days.index(mine[0]) if mine and mine[0] in days else len(self.versions) - 1

    def _one_more(self, person: str, period: str) -> list[OneMore]:
        key = self.version(person, period), period
        if key not in self._more:
            counted, forms = self._sums(key[0])
            self._more[key] = one_more_each(self.versions[key[0]], counted, period, forms)
        return self._more[key].get(person, [])

    def _tickets(self, item: Item, found: dict[str, Any], person: str, period: str) -> dict[str, Any]:
        """Return the rows behind an item, the worst first; none where no ticket stands behind it."""
        if found["log_points"] is None:
            return {"rows": 0, "tickets": []}
        rows = self._behind(item, person, period)
        if rows is None:
            return {"rows": 0, "tickets": []}
        at = [self.log.timeline.iso(second) for second in rows["at_s"]]
        made = (
            rows.with_columns(at=pl.Series(at, dtype=pl.String))
            .drop("at_s")
            .sort("y", "x", descending=not item.higher_is_better(), maintain_order=True)
        )
        return {"rows": rows.height, "tickets": made.head(MOST_TICKETS).to_dicts()}

    def _behind(self, item: Item, person: str, period: str) -> pl.DataFrame | None:
        """Return the rows behind an item of somebody; None where it stands on shifts, or on what is open."""
        version = self.version(person, period)
        key = version, item.name, period
        if key not in self._rows:
            try:
                found = drill_all(self.log, self.versions[version], item, period)
            except ValueError:
                found = None
            parts = {} if found is None else found.partition_by("person", as_dict=True, include_key=False)
            self._rows[key] = {str(name): rows for (name,), rows in parts.items()}
        return self._rows[key].get(person)


def asked_period(scores: pl.DataFrame, person: str, period: str | None) -> str:
    """Return the period that is asked about: the one named, or the person's last of the shortest kind that is scored.

    Raises
    ------
    ScenarioError
        If the person has no score for it; the message names the nearest.
    """
    periods = scores.filter(pl.col("person") == person)["period"].to_list()
    if period is None and periods:
        spans = {each: days for each in periods if (days := days_of(each)) is not None}
        short = min((days[1] - days[0]).days for days in spans.values())
        kind = length_of(next(each for each, days in spans.items() if (days[1] - days[0]).days == short))
        last: str = max((each for each in spans if length_of(each) == kind), key=lambda each: spans[each])
        return last
    if period is not None and periods and period not in periods:
        raise ScenarioError([_unknown("score_period", period, periods)])
    return period or ""


def _unknown(what: str, said: str, known: list[str]) -> Problem:
    end, near = nearest(said, known)
    return Problem(f"{what}{end}", {**near, "got": shown(said)})
