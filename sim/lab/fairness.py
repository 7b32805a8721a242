"""Merit, conduct, seat, fit and luck in one month's score of a role, by reseating it in every world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.desk import Desk
from sim.experiment import Pool, Remembering, Run, Store, simulate, spread
from sim.kpi.rubric import Rubric
from sim.lab.arrays import Arrays
from sim.lab.counts import Counts
from sim.lab.intervals import Estimate, jackknife_t
from sim.lab.judges import Judges
from sim.lab.marks import PAY
from sim.lab.persons import persons_of
from sim.lab.seating import Month, Seated, Trial, month_of_desk, one_world, role_of, stay, without_conduct
from sim.lab.split import Shares
from sim.lab.unseen import LEAST, one_unseen, rounds, true_marks
from sim.lab.wrong import Wrong, wrong
from sim.notes import Note

type Floats = NDArray[np.float64]

LARGEST_FULL = 12
"""Roles up to this size are seated in every seat; larger ones in as many random seatings per world."""
WIDEST = 0.05
"""Half-width of the longest interval of a share at which no more worlds are added."""
LEAST_WORLDS = 3
"""Fewer worlds have no intervals."""
BATCH = 20
"""Worlds are added by so many at a time, whatever the number of workers."""

NO_CONDUCT = Note.of("fairness.no_conduct")
FEW = 3
"""A role of so few people is said to be one."""


@dataclass(frozen=True)
class Fairness:
    """What a rubric's score is made of in a role.

    Attributes
    ----------
    role, people, month
        Who was scored, and when.
    headline
        The measure that `shares`, `reliability` and `validity` are of: the total with what judges state, if there are
        any, else that of what the log decides.
    shares
        Merit, conduct, seat, fit and luck as shares of `variance`; they sum to one and are not clipped.
    variance, swing
        Variance between people in one world and seating, and between worlds of what all have in common, in
        squared points.
    validity
        Rank correlation of expected score and declared value (`sim.lab.value`); null if either never differs.
    reliability
        Correlation of two months of the same people in the same seats: person, seat and fit together.
    wrong_tier
        Probability that a person's month earns another tier than the true one: the rubric on statistics
        pooled over all seats and many unseen worlds, conduct off.
    wrong
        The same with sanctions, missed cases and pay.
    measures
        The shares of every KPI, item, category, of the objective total and of pay, by the names of
        `sim.lab.marks.Marks`.
    objective_share
        Share of the rubric's points that a log can decide.
    persons
        Per person: person, expected (mean total) with its interval over worlds (`expected_low`, `expected_high`), tier
        (true), tier_expected (of the mean total), value with its interval (`value_low`, `value_high`), tickets (behind
        a month, on average).
    arrays
        What all this was worked out from.
    worlds, seatings, unseen, precise
        Size of the study, worlds behind the true tiers, and whether it reached the precision that was asked for.
    level
        Level of all intervals.
    interrupted
        Whether somebody stopped it: it is about the worlds until then, and has no true tiers if none were reached.
    notes
        What a reader must know.
    """

    role: str
    people: int
    month: Month
    headline: str
    shares: dict[str, Estimate]
    variance: Estimate
    swing: float
    validity: Estimate
    reliability: Estimate
    wrong_tier: Estimate
    wrong: Wrong
    measures: dict[str, Shares]
    objective_share: float
    persons: pl.DataFrame
    arrays: Arrays
    worlds: int
    seatings: int
    unseen: int
    precise: bool
    level: float
    interrupted: bool
    notes: tuple[Note, ...]


def fairness(
    desk: Desk, rubric: Rubric, role: str, worlds: int = 60, *, run: Run = simulate,
    executor: Pool | None = None, seed: int = 1, seatings: int | None = None, unseen: int = LEAST,
    widest: float = WIDEST, level: float = 0.95, judges: Judges | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Fairness:  # fmt: skip
    """Return what one month's score of a role is made of.

    Parameters
    ----------
    desk
        The desk; its first full calendar month is scored.
    rubric
        The rubric; the items that a log can decide count.
    role
        Whose people are reseated. Everybody else stays.
    worlds
        Most worlds, 3 or more. Worlds are added 20 at a time until every share's interval is at most +-
        `widest`.
    run
        The engine.
    executor
        Makes a pool, see `sim.experiment.processes`; the result does not depend on it.
    seed
        The worlds are `seed`, `seed` + 1, ...; the seatings are drawn from it too.
    seatings
        Seatings per world; all of a Latin square up to 12 people, else 12. Fewer are quicker and less
        precise.
    unseen
        Worlds behind the true tiers, numbered away from all others; rounded up until everybody sits in every seat
        equally often.
    widest
        Half-width to reach, as a share.
    level
        Level of the intervals.
    judges
        Who states points for the items that no log decides; without any the score is of what the log decides.
    on_progress
        Called with the worlds done and the most there can be.

    Raises
    ------
    ValueError
        If the role is unknown or has fewer than two people, there are fewer than 3 worlds, or no item of the rubric
        can be decided by a simulated log.

    Notes
    -----
    It is about people whose pay hangs on the score. Without judges it cannot see the items that people judge: their
    luck comes on top. Where somebody at the desk has a conduct, every run is matched by one with conduct off, in the
    same world and seating.
    """
    people, _ = role_of(desk, role)
    if worlds < LEAST_WORLDS:
        raise ValueError(f"an interval needs {LEAST_WORLDS} worlds or more, got {worlds}")
    rows = min(len(people), LARGEST_FULL) if seatings is None else min(seatings, len(people))
    moved, month = month_of_desk(desk)
    trial = Trial(moved, without_conduct(moved), rubric, role, month.begin, month.end, run, judges)
    behind = rounds(len(people), unseen)
    done = _Progress(worlds + behind, on_progress)
    found: list[Seated] = []
    parts: list[Counts] = []
    stopped = False
    try:
        _seat(trial, people, found, worlds, (seed, rows), executor, widest, level, done)
        for part in in_order(partial(one_unseen, trial, seed), range(behind), executor):
            parts.append(done.with_one(part))
    except KeyboardInterrupt:
        if len(found) < LEAST_WORLDS:
            raise
        stopped, parts = True, parts[: len(parts) // len(people) * len(people)]
    return _concluded(trial, month, found, parts, widest, level, stopped)


def _seat(
    trial: Trial, people: list[str], found: list[Seated], worlds: int, drawn: tuple[int, int], executor: Pool | None,
    widest: float, level: float, done: _Progress,
) -> None:  # fmt: skip
    """Add worlds until the headline's shares are as precise as asked for, or there are enough of them."""
    seed, rows = drawn
    while len(found) < worlds:
        batch = range(len(found), min(len(found) + BATCH, worlds))
        for result in in_order(partial(one_world, trial, seed, rows), batch, executor):
            found.append(done.with_one(result))
        shares = Arrays.of(people, found).split(_headline(found), level)
        if shares.half_width() <= widest or shares.variance.mean == 0:
            return


class _Progress:
    """Tells how many worlds are done."""

    def __init__(self, most: int, tell: Callable[[int, int], None] | None) -> None:
        self.most, self.tell, self.done = most, tell, 0

    def with_one[T](self, result: T) -> T:
        """Count one world more, and hand on what it gave."""
        self.done += 1
        if self.tell is not None:
            self.tell(self.done, self.most)
        return result


def in_order[T](task: Callable[[int], T], batch: Sequence[int], executor: Pool | None) -> Iterator[T]:
    """Yield what a task gives for every number of a batch, in their order, however they come.

    Parameters
    ----------
    task
        A function that a worker can import.
    batch
        Numbers of worlds.
    executor
        Makes a pool; None works here. One that remembers works out what it has not kept, and keeps it as it comes.
    """
    if isinstance(executor, Remembering):
        with executor.store(task) as store:
            yield from _remembered(task, batch, executor.pool, store)
        return
    if executor is None:
        yield from map(task, batch)
        return
    waiting: dict[int, T] = {}
    for index, result in spread(task, [(index, index) for index in batch], executor):
        waiting[index] = result
        while batch and batch[0] in waiting:
            yield waiting.pop(batch[0])
            batch = batch[1:]


def _remembered[T](task: Callable[[int], T], batch: Sequence[int], pool: Pool | None, store: Store) -> Iterator[T]:
    """Yield the same, what is kept from the memory; the rest is kept before it is handed on."""
    missing = store.lacks(batch)
    fresh, new = in_order(task, missing, pool), set(missing)
    for index in batch:
        if index not in new:
            yield store.read(index)
            continue
        result = next(fresh)
        store.write(index, result)
        yield result


def _headline(found: list[Seated]) -> str:
    """Return the measure that the study is about.

    Raises
    ------
    ValueError
        If nothing of the rubric could be decided.
    """
    if not any(name.startswith("item.") for each in found for name in each.marks.names):
        raise ValueError("no item of the rubric can be decided by a simulated log, so there is no score to split")
    return found[0].marks.headline


def _concluded(
    trial: Trial, month: Month, found: list[Seated], parts: list[Counts], widest: float, level: float, stopped: bool
) -> Fairness:
    """Return the study: the shares of every measure, and what rests on true tiers."""
    people, _ = role_of(trial.desk, trial.role)
    arrays, headline = Arrays.of(people, found), _headline(found)
    measures = {name: arrays.split(name, level) for name in arrays.lived}
    shares, (true_tier, true_pay) = measures[headline], _true(trial, len(people), parts)
    hurt = wrong(trial.rubric, arrays.tiers, arrays.lived[PAY], true_tier, true_pay, level)
    return Fairness(
        role=trial.role, people=len(people), month=month, headline=headline, shares=shares.named(),
        variance=shares.variance, swing=shares.swing,
        validity=_validity(arrays.lived[headline], arrays.values, level), reliability=shares.reliability,
        wrong_tier=hurt.tier, wrong=hurt, measures=measures,
        objective_share=float(np.mean([each.marks.share for each in found])),
        persons=persons_of(trial.rubric, people, arrays, headline, true_tier, level), arrays=arrays,
        worlds=len(found), seatings=shares.seatings, unseen=len(parts), precise=shares.half_width() <= widest,
        level=level, interrupted=stopped, notes=_notes(trial, len(people), len(found), stopped),
    )  # fmt: skip


def _true(trial: Trial, people: int, parts: list[Counts]) -> tuple[NDArray[np.int64], Floats]:
    """Return true tiers and the pay that they bring; none where no unseen world was played."""
    if not parts:
        return np.full(people, -1, dtype=np.int64), np.full(people, np.nan)
    true = true_marks(trial, parts)
    return true.tiers[0, 0], true.of(PAY)[0, 0]


def _notes(trial: Trial, people: int, worlds: int, stopped: bool) -> tuple[Note, ...]:
    """Return what a reader must know."""
    staying = stay(trial.desk, trial.role)
    notes = [NO_CONDUCT] if trial.honest is None else []
    if staying:
        notes.append(Note.of("fairness.staying", people=", ".join(staying)))
    if people <= FEW:
        notes.append(Note.of("fairness.few", people=people))
    if stopped:
        notes.append(Note.of("fairness.interrupted", worlds=worlds))
    return tuple(notes)


def _validity(scores: Floats, values: Floats, level: float) -> Estimate:
    """Return the rank correlation of expected score and value, with a jackknife over worlds."""
    with np.errstate(invalid="ignore"):
        by_world = np.nan_to_num(np.nanmean(scores, axis=1))
    worth = values.mean(axis=1)
    worlds = len(scores)

    def ranked(score: Floats, value: Floats) -> float:
        if np.ptp(score) == 0 or np.ptp(value) == 0:
            return np.nan
        return float(stats.spearmanr(score, value).statistic)

    whole = ranked(by_world.sum(axis=0), worth.sum(axis=0))
    without = np.array([
        ranked(by_world.sum(axis=0) - by_world[w], worth.sum(axis=0) - worth[w]) for w in range(worlds)
    ])  # fmt: skip
    return jackknife_t(whole, without, level).within(-1, 1)
