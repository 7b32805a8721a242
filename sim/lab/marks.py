"""The marks of people over many runs as arrays: every KPI, item, category, total, tier and pay of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.experiment import keepable
from sim.kpi.rubric import Rubric, from_pool, tiers_of
from sim.kpi.rubric.cells import Cells, Facts
from sim.kpi.rubric.forms import Stated
from sim.kpi.rubric.points import rounded
from sim.kpi.rubric.score import earned_of
from sim.kpi.rubric.totals import share_of, totals
from sim.lab.counts import DAY, PART, PERSON, VALUE, Counts, N, joined

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

OBJECTIVE, TOTAL, PAY = "objective", "total", "pay"
"""Names of measures: the total of what the log decides, that with what people stated (there only where somebody was
asked), and the factor on performance pay that follows from the score."""


@keepable
@dataclass(frozen=True, eq=False)
class Marks:
    """What everybody got in runs and periods.

    Attributes
    ----------
    names
        The measures: `kpi.<item>` (value in the item's unit), `item.<item>` (points), `category.<category>` (0 to
        100), `objective` (points of all that the log decides), `total` (the same with what people stated, if anybody
        was asked), `pay` (factor). Items that nobody decides are missing.
    values
        By measure, run, period and person, shape (measures, runs, periods, people); NaN where there is nothing.
    tiers
        Rank of the tier, -1 where there is none, shape (runs, periods, people).
    n
        Item to the tickets behind it, shape (runs, periods, people).
    tickets
        Tickets behind the item that has the most of them, shape (runs, periods, people).
    share
        Mean share of the rubric's points that the log decides, in [0, 1].
    """

    names: tuple[str, ...]
    values: Floats
    tiers: Ints
    n: Mapping[str, Ints]
    tickets: Ints
    share: float

    @property
    def headline(self) -> str:
        """The measure that the score is: the total with what people stated, if anybody was asked."""
        return TOTAL if TOTAL in self.names else OBJECTIVE

    def of(self, name: str) -> Floats:
        """Return one measure, shape (runs, periods, people).

        Raises
        ------
        KeyError
            If the marks have no such measure.
        """
        if name not in self.names:
            raise KeyError(f"no measure {name!r}; known: {', '.join(self.names)}")
        found: Floats = self.values[self.names.index(name)]
        return found

    def first(self, people: int) -> Marks:
        """Return the marks of the first so many people."""
        return Marks(
            self.names, self.values[..., :people], self.tiers[..., :people],
            {name: n[..., :people] for name, n in self.n.items()}, self.tickets[..., :people], self.share,
        )  # fmt: skip

    def repeated(self, periods: int) -> Marks:
        """Return the same with every period so many times over."""
        return Marks(
            self.names, np.repeat(self.values, periods, axis=2), np.repeat(self.tiers, periods, axis=1),
            {name: np.repeat(n, periods, axis=1) for name, n in self.n.items()},
            np.repeat(self.tickets, periods, axis=1), self.share,
        )  # fmt: skip


def marks_of(rubric: Rubric, role: str, people: int, runs: Sequence[Counts], begins: Ints | None = None) -> Marks:
    """Return the marks of the people of a role in many runs, all scored at once.

    Parameters
    ----------
    rubric
        The rubric; items that people judge count where the runs hold what they stated, in one period only.
    role
        Role of the people, which decides their profile.
    people
        How many they are.
    runs
        What each run counts of them.
    begins
        First day of each period and the day after the last, as `date.toordinal` counts, shape (periods + 1,); all
        that was counted is one period when absent.

    Notes
    -----
    The points are those of `sim.kpi.rubric.score_tally`, whose functions are called; what is spared is a table for
    every run. The mean of the role, which some items need, is that of the same run and period.
    """
    periods = 1 if begins is None else len(begins) - 1
    placed = [_in_one(run) if begins is None else run.periods(begins) for run in runs]
    cells, dense = _cells(rubric, role, people, placed, periods)
    out = {name for name in placed[0].reasons if all(name in run.reasons for run in placed)}
    by_log = np.array([item.kpi is not None and item.name not in out for item in rubric.items])
    earned = earned_of(rubric, cells, by_log)
    shape, size = (len(runs), periods, people), len(runs) * periods * people

    def spread(values: Floats) -> Floats:
        made = np.full(size, np.nan)
        made[dense] = values
        return made.reshape(shape)

    said = [run.stated for run in runs if run.stated is not None]
    stated = _of_cells(joined(said), dense) if len(said) == len(runs) and periods == 1 else None
    points = earned.points if stated is None else stated.with_log(earned.points)
    decided = by_log if stated is None else by_log | (stated.weight > 0).any(axis=0)
    objective, share = totals(rubric, earned.points, cells, by_log)
    total, share = (objective, share) if stated is None else totals(rubric, points, cells, decided)
    ranks = _ranks(rubric, total, share)
    parts = {f"kpi.{item.name}": earned.value[:, at] for at, item in enumerate(rubric.items) if by_log[at]}
    parts |= {f"item.{item.name}": points[:, at] for at, item in enumerate(rubric.items) if decided[at]}
    parts |= _categories(rubric, points, cells, decided)
    parts |= {OBJECTIVE: objective} | ({} if stated is None else {TOTAL: total})
    parts |= {PAY: _pay(rubric, total, ranks, cells)}
    tiers = np.full(size, -1, dtype=np.int64)
    tiers[dense] = ranks
    behind = np.zeros((size, len(rubric.items)), dtype=np.int64)
    behind[dense] = earned.n
    of_log = (~np.isnan(earned.points)).astype(np.float64) if stated is None else stated.log_share(earned.points)
    given = share_of(rubric, of_log, cells)
    return Marks(
        names=tuple(parts), values=np.stack([spread(part) for part in parts.values()]), tiers=tiers.reshape(shape),
        n={item.name: behind[:, at].reshape(shape) for at, item in enumerate(rubric.items) if by_log[at]},
        tickets=behind.max(axis=1).reshape(shape), share=float(given.sum()) / size,
    )  # fmt: skip


def _of_cells(stated: Stated, dense: Ints) -> Stated:
    """Return what was stated of some cells, by their dense numbers."""
    return Stated(stated.points[dense], stated.weight[dense], stated.prefilled[dense])


def _in_one(run: Counts) -> Counts:
    """Return the same with day 0 throughout: one period."""
    every = np.array([0, np.iinfo(np.int64).max], dtype=np.int64)
    return run.periods(every)


def _cells(rubric: Rubric, role: str, people: int, runs: Sequence[Counts], periods: int) -> tuple[Cells, Ints]:
    """Return the cells of those who were on duty or have facts, and the dense number of each cell."""
    none = np.zeros((5, 0), dtype=np.int64)
    names = [item.name for item in rubric.items if item.kpi]
    columns = {name: _joined([run.facts.get(name, none) for run in runs], people, periods) for name in names}
    duty = _joined([np.insert(run.duty, 2, np.zeros((2, 1), dtype=np.int64), axis=0) for run in runs], people, periods)
    dense = np.unique(np.concatenate([duty[PERSON], *(rows[PERSON] for rows in columns.values())]))
    team = dense // people
    frame = pl.DataFrame({"profile": pl.Series([rubric.profile_of(role)] * len(dense), dtype=pl.String)})
    facts = {name: _facts(rows, dense) for name, rows in columns.items()}
    return Cells(frame, np.searchsorted(np.unique(team), team), facts, _facts(duty, dense)), dense


def _joined(runs: Sequence[Ints], people: int, periods: int) -> Ints:
    """Return the rows of all runs, with run, period and person as one number in the place of the person."""
    made = np.concatenate(runs, axis=1)
    run = np.repeat(np.arange(len(runs)), [rows.shape[1] for rows in runs])
    made[PERSON] += people * (made[DAY] + periods * run)
    return made


def _facts(rows: Ints, dense: Ints) -> Facts:
    return Facts(np.searchsorted(dense, rows[PERSON]), rows[DAY], rows[PART], rows[VALUE], rows[N])


def _ranks(rubric: Rubric, total: Floats, share: Floats) -> Ints:
    """Return the rank of the tier of each total, -1 where there is none."""
    known = ~np.isnan(total) & (share >= rubric.policy.least_share - 1e-9)
    ranks = np.full(len(total), -1, dtype=np.int64)
    ranks[known] = tiers_of(rubric.tiers, rounded(total[known], rubric.policy.round_total), rubric.policy)
    return ranks


def _categories(rubric: Rubric, points: Floats, cells: Cells, by_log: NDArray[np.bool_]) -> dict[str, Floats]:
    """Return the score of each category alone, of those in which the log decides something."""
    made = {}
    for name in rubric.categories:
        mine = np.array([item.category == name for item in rubric.items]) & by_log
        if mine.any():
            alone = np.where(mine, points, np.nan)
            made[f"category.{name}"] = totals(rubric, alone, cells, mine)[0]
    return made


def _pay(rubric: Rubric, total: Floats, ranks: Ints, cells: Cells) -> Floats:
    """Return the factor on performance pay: the tier's, or what a role's pool gives in the period."""
    pay = np.full(len(total), np.nan)
    if rubric.consequences.pay == "coefficient":
        pay[ranks >= 0] = np.array([tier.coefficient for tier in rubric.tiers])[ranks[ranks >= 0]]
        return pay
    for team in range(cells.teams):
        mine = np.flatnonzero((cells.team == team) & ~np.isnan(total))
        pay[mine] = from_pool(total[mine], rubric.consequences.pool)
    return pay
