"""A year under one seating: how far a month, a quarter and a year may be relied upon, and what they bring people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.desk import Desk
from sim.experiment import Pool, Run, keepable, simulate
from sim.kpi.rubric import Rubric
from sim.lab.counts import Counts
from sim.lab.fairness import BATCH, LARGEST_FULL, WIDEST, in_order
from sim.lab.given import beside, given, pay_off
from sim.lab.intervals import Estimate, jackknife_t
from sim.lab.latin import square
from sim.lab.marks import OBJECTIVE, Marks
from sim.lab.needed import TARGETS, Needed, check_targets, lasting, needed
from sim.lab.seating import WARM_UP_DAYS, Trial, marked, moved_to, played, role_of, without_conduct
from sim.lab.split import FIT, MERIT, PERSON, SEAT, Shares, components, split
from sim.lab.unseen import LEAST, one_unseen, rounds, true_marks
from sim.world import sample

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""Lengths of a period, in months."""
YEARS = 500_000_000
"""The worlds of years are numbered from the study's seed and this on."""


@keepable
@dataclass(frozen=True, eq=False)
class Year:
    """What one world gave in a year, under each of its seatings.

    Attributes
    ----------
    seats
        Seat by seating and person, shape (seatings, people).
    scores, honest
        Length to the objective totals, shape (seatings, periods of the length, people); as lived and with conduct off.
    brought
        Length to who is given what (see `sim.lab.given`), each of shape (seatings, periods, people).
    tickets
        Tickets behind a month of a person, on average.
    """

    seats: Ints
    scores: Mapping[str, Floats]
    honest: Mapping[str, Floats] | None
    brought: Mapping[str, Mapping[str, Floats]]
    tickets: float


@dataclass(frozen=True)
class Course:
    """A year of a role, in many worlds.

    Attributes
    ----------
    role, people, begin, end
        Who was scored; first day of the year, and the day after the last.
    shares
        Length (`month`, `quarter`, `year`) to the shares of its own scores; `reliability` among them.
    stepped
        Length to what Spearman and Brown expect from the reliability of a month.
    most
        Share of what is reliable that is merit: where reliability goes with ever more months in the same seats, this
        is how much of it says anything of the person.
    needed
        Months and tickets for each target.
    brought
        length, what (see `sim.lab.given.given`), due, given, wrongful, missed: shares of person-periods, of ladders of
        person-years in which the state was ever reached. `wrongful` was given though not due, `missed` due though not
        given, each with `_low` and `_high`.
    pay
        Length to the mean distance between a person's pay and the due one, in parts of a whole performance pay.
    tickets
        Tickets behind a month of a person.
    worlds, seatings, unseen, precise
        Size of the study, and whether the month's shares are as precise as asked for.
    level
        Level of the intervals.
    """

    role: str
    people: int
    begin: date
    end: date
    shares: dict[str, Shares]
    stepped: dict[str, Estimate]
    most: Estimate
    needed: tuple[Needed, ...]
    brought: pl.DataFrame
    pay: dict[str, Estimate]
    tickets: float
    worlds: int
    seatings: int
    unseen: int
    precise: bool
    level: float


def year_of_desk(desk: Desk) -> tuple[Desk, date, date]:
    """Return the desk moved to a warm-up month and four whole quarters of the calendar, and the year's ends.

    The year begins with the first quarter that has a full month of the desk before it, or, where the desk's calendars
    do not reach so far, with the last quarter from which they do. Backlog carries over from month to month, the
    warm-up's into the first.

    Raises
    ------
    ValueError
        If the desk's calendars hold no such year.
    """
    month = desk.start if desk.start.day == 1 else _later(desk.start.replace(day=1), 1)
    first = next(later for number in (1, 2, 3) if (later := _later(month, number)).month % 3 == 1)
    refusal: ValueError | None = None
    for back in range(9):
        begin = _later(first, -3 * back)
        try:
            return moved_to(desk, _later(begin, -1), _later(begin, 12)), begin, _later(begin, 12)
        except ValueError as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def periods_of(begin: date, length: str) -> tuple[list[str], Ints]:
    """Return the names of a year's periods, and their first days with the day after the last.

    Examples
    --------
    >>> periods_of(date(2026, 4, 1), "quarter")[0]
    ['2026-Q2', '2026-Q3', '2026-Q4', '2027-Q1']
    """
    step = MONTHS[length]
    firsts = [_later(begin, number) for number in range(0, 13, step)]
    names = {
        "month": [f"{day:%Y-%m}" for day in firsts],
        "quarter": [f"{day.year}-Q{(day.month + 2) // 3}" for day in firsts],
        "year": [f"{begin.isoformat()}/{_later(begin, 12) - timedelta(days=1)}"] * 2,
    }[length]
    return names[:-1], np.array([day.toordinal() for day in firsts], dtype=np.int64)


def _later(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def one_year(trial: Trial, seed: int, seatings: int, index: int) -> Year:
    """Return what one world gives in a year under each of its seatings; parameters as of `one_world`."""
    people, _ = role_of(trial.desk, trial.role)
    number = seed + YEARS + index
    world, rows = sample(trial.desk, number), square(len(people), seed + YEARS, index, seatings)
    found = [played(trial, world, row)[0] for row in rows.tolist()]
    plain = [played(trial, world, row, honest=True)[0] for row in rows.tolist()] if trial.honest is not None else []
    marks = _by_length(trial, found)
    brought = {
        length: given(trial.rubric, trial.role, each, periods_of(trial.begin, length)[0])
        for length, each in marks.items()
        if length != "year"
    }
    return Year(
        seats=rows, scores=_scores(marks), honest=_scores(_by_length(trial, plain)) if plain else None,
        brought=brought, tickets=float(marks["month"].tickets.mean()),
    )  # fmt: skip


def _by_length(trial: Trial, runs: list[Counts]) -> dict[str, Marks]:
    return {length: marked(trial, runs, periods_of(trial.begin, length)[1]) for length in MONTHS}


def _scores(marks: Mapping[str, Marks]) -> dict[str, Floats]:
    return {length: each.of(OBJECTIVE) for length, each in marks.items()}


def course(
    desk: Desk, rubric: Rubric, role: str, worlds: int = 20, *, run: Run = simulate, executor: Pool | None = None,
    seed: int = 1, seatings: int | None = None, unseen: int = LEAST, targets: tuple[float, ...] = TARGETS,
    widest: float = WIDEST, level: float = 0.95, on_progress: Callable[[int, int], None] | None = None,
) -> Course:  # fmt: skip
    """Return what a year of a role is like: a warm-up month, then twelve months under one seating.

    Parameters
    ----------
    desk, rubric, role, run, executor, seatings, widest, level
        As of `sim.lab.fairness`.
    worlds
        Most worlds, 3 or more; added 20 at a time until every share of the month is known to +- `widest`. The world,
        not the month, is what is independent.
    seed
        Of the study; its worlds are numbered apart from those of `fairness`.
    unseen
        Worlds of a month each, behind the true tiers.
    targets
        Reliabilities to reach, each between 0 and 1.
    on_progress
        Called with the worlds done and the most there can be.

    Raises
    ------
    ValueError
        As of `fairness`, or if a target is not between 0 and 1.

    Notes
    -----
    The reliability of a month is the covariance of the same month of the same people in the same seats between
    different worlds, over the variance between people, averaged over the twelve months; that of a quarter and a year
    comes from their own scores. Spearman (1910), Brown (1910): of m months m R / (1 + (m - 1) R); so R' takes
    R' (1 - R) / (R (1 - R')) months.
    """
    check_targets(targets)
    people, _ = role_of(desk, role)
    if worlds < 3:
        raise ValueError(f"an interval needs 3 worlds or more, got {worlds}")
    rows = min(len(people), LARGEST_FULL) if seatings is None else min(seatings, len(people))
    moved, begin, end = year_of_desk(desk)
    trial = Trial(moved, without_conduct(moved), rubric, role, begin, end, run)
    behind = rounds(12 * len(people), unseen)
    found: list[Year] = []
    while len(found) < worlds:
        batch = range(len(found), min(len(found) + BATCH, worlds))
        for result in in_order(partial(one_year, trial, seed, rows), batch, executor):
            found.append(result)
            if on_progress is not None:
                on_progress(len(found), worlds + behind)
        precise = _shares(found, "month", level).half_width() <= widest
        if precise:
            break
    months, parts = _months(trial), []
    for part in in_order(partial(_unseen_month, months, seed, len(people)), range(behind), executor):
        parts.append(part)
        if on_progress is not None:
            on_progress(len(found) + len(parts), worlds + behind)
    true = true_marks(trial, parts)
    return _told(trial, found, true, len(parts), targets, precise, level)


def _months(trial: Trial) -> list[Trial]:
    """Return the same trial of every month of the year by itself, a week before it."""
    days = [_later(trial.begin, number) for number in range(13)]
    return [
        trial._replace(
            desk=(desk := moved_to(trial.desk, first - timedelta(days=WARM_UP_DAYS), after)),
            honest=without_conduct(desk), begin=first, end=after,
        )
        for first, after in pairwise(days)
    ]  # fmt: skip


def _unseen_month(months: list[Trial], seed: int, people: int, index: int) -> Counts:
    """Return what an unseen world counts: in each month of the year everybody sits in every seat equally often."""
    return one_unseen(months[(index // people) % 12], seed, index)


def _shares(found: list[Year], length: str, level: float) -> Shares:
    """Return the shares of the scores of one length, averaged over its periods in the year."""
    scores = np.stack([each.scores[length] for each in found])
    plain = [each.honest[length] for each in found if each.honest is not None]
    return split(
        np.moveaxis(scores, 2, 0), np.stack([each.seats for each in found]),
        honest=np.moveaxis(np.stack(plain), 2, 0) if plain else None, level=level,
    )  # fmt: skip


def _told(
    trial: Trial, found: list[Year], true: Marks, unseen: int, targets: Sequence[float], precise: bool, level: float
) -> Course:
    shares = {length: _shares(found, length, level) for length in MONTHS}
    month = shares["month"]
    tickets = float(np.mean([each.tickets for each in found]))
    due = {length: _due(trial, true, length) for length in found[0].brought}
    got = {length: _got(found, length) for length in due}
    return Course(
        role=trial.role, people=month.people, begin=trial.begin, end=trial.end, shares=shares,
        stepped={length: lasting(month.reliability, m) for length, m in MONTHS.items()},
        most=most_merit(found, level), needed=tuple(needed(month.reliability, each, tickets) for each in targets),
        brought=pl.concat([beside(length, got[length], due[length], level) for length in due]),
        pay={length: pay_off(got[length]["pay"], due[length]["pay"], level) for length in due}, tickets=tickets,
        worlds=len(found), seatings=month.seatings, unseen=unseen, precise=precise, level=level,
    )  # fmt: skip


def most_merit(found: list[Year], level: float) -> Estimate:
    """Return which part of what is reliable in a month is merit, with a jackknife over worlds."""
    seats = np.stack([each.seats for each in found])
    scores = np.moveaxis(np.stack([each.scores["month"] for each in found]), 2, 0)
    plain = [each.honest["month"] for each in found if each.honest is not None]
    honest = np.moveaxis(np.stack(plain), 2, 0) if plain else None
    parts = components(scores, seats, honest)
    kept = parts[:, PERSON] + parts[:, SEAT] + parts[:, FIT]
    ratio = np.divide(parts[:, MERIT], kept, out=np.full(len(kept), np.nan), where=kept > 0)
    return jackknife_t(float(ratio[0]), ratio[1:], level)


def _got(found: list[Year], length: str) -> dict[str, Floats]:
    """Return who was given what in every world, shape (worlds, seatings, periods, people)."""
    return {name: np.stack([each.brought[length][name] for each in found]) for name in found[0].brought[length]}


def _due(trial: Trial, true: Marks, length: str) -> dict[str, Floats]:
    """Return who would be given what if every period brought the true score, shape (1, periods, people)."""
    names, _ = periods_of(trial.begin, length)
    return given(trial.rubric, trial.role, true.repeated(len(names)), names)
