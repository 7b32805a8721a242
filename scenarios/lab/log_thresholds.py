"""A rubric calibrated on one log: as reliable as bands and points can make it, which is not the same as merit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from optimize.thresholds import Ground, Guards, best_choice, calibrated
from scenarios.lab.menus import Menu, menu_of, points_by_category
from scenarios.lab.verdicts import needed
from sim.kpi.rubric import Item, Rubric
from sim.lab import Counts, Estimate, Marks, best_composite, centred, counted, jackknife_t, marks_of, parts_of
from sim.log import Log

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

MONTHS = 6
"""Whole months that a log needs: three to choose in, and three others to judge in, the fewest with an interval."""

PEOPLE = 8
"""People who are there in all of them: with fewer a reliability is a guess."""

ADJUSTED = "mix_adjusted"
"""Part of the name of a KPI from which the kinds of the tickets are taken out."""


@dataclass(frozen=True, eq=False)
class Months:
    """Whole months of a log, of people who were scored in all of them.

    Attributes
    ----------
    role, people
        Who they are.
    counts
        What the log counts of them, day by day.
    begins
        First day of each whole month, and the day after the last, shape (months + 1,).
    which
        Numbers of the months that this is about.
    """

    role: str
    people: tuple[str, ...]
    counts: Counts
    begins: Ints
    which: tuple[int, ...]

    @property
    def seats(self) -> Ints:
        """Everybody stays in one seat: shape (months, 1, people)."""
        return np.broadcast_to(np.arange(len(self.people)), (len(self.which), 1, len(self.people)))

    def marks(self, rubric: Rubric, which: int = 0) -> Marks:
        """Return the marks of all months under a version of the rubric that was counted; `which` plays no part."""
        return marks_of(rubric, self.role, len(self.people), [self.counts], self.begins)

    def shaped[T: np.generic](self, values: NDArray[T]) -> NDArray[T]:
        """Return what stands by run, month and person, of these months, in the shape of the seats."""
        return values[:, list(self.which)].reshape(self.seats.shape)

    def of(self, which: Sequence[int]) -> Months:
        """Return other months of the same people."""
        return Months(self.role, self.people, self.counts, self.begins, tuple(which))


@dataclass(frozen=True, eq=False)
class LogCalibration:
    """A rubric calibrated on a log.

    Attributes
    ----------
    rubric
        The calibrated rubric.
    role, people, left_out
        Whose months they are, how many people, and how many of the role were not scored in every month.
    items
        Names of the items that could move: those with the kinds taken out.
    present, found, ceiling
        Reliability of a month's points of these items, of the present rubric, the calibrated one and the best linear
        composite of the same figures, in months that nothing was chosen in.
    gain
        Of the calibrated rubric over the present one, in the same months.
    months
        Months of the choice and of the judgement.
    tickets
        Tickets per person and month.
    target, is_reachable
        Reliability that was wanted, and whether the ceiling, or what was found, reaches it.
    needed
        Tickets per person and month at which the better of the two would.
    """

    rubric: Rubric
    role: str
    people: int
    left_out: int
    items: tuple[str, ...]
    present: Estimate
    found: Estimate
    ceiling: Estimate
    gain: Estimate
    months: tuple[int, int]
    tickets: float
    target: float
    is_reachable: bool
    needed: float


def calibrate_on_log(
    log: Log, rubric: Rubric, role: str | None = None, *, guards: Guards | None = None, target: float = 0.7,
    level: float = 0.95,
) -> LogCalibration:  # fmt: skip
    """Return the rubric whose items with the kinds taken out are as reliable as its guards allow.

    Whose harm: in a log everybody stays in one seat, so what a seat brings, beyond the kinds of its tickets, counts as
    reliable here, as does conduct. Nobody should be paid by what this finds before a scenario has told merit from it.

    Parameters
    ----------
    log
        A log of at least `MONTHS` whole months.
    rubric
        The present rubric, without profiles. Items from which the kinds are not taken out stay as they are, because
        their most reliable part is the seat's; so does what people judge.
    role
        Role of the people; the largest one when absent.
    guards
        How far the rubric may move.
    target
        Reliability that is wanted, in (0, 1).
    level
        Level of the intervals.

    Raises
    ------
    Infeasible
        If no choice obeys the guards.
    ValueError
        If the rubric has profiles, no item of it qualifies, or months or people are too few.

    Notes
    -----
    Reliability of a month is the covariance of the points of one person in different months over the variance between
    people within a month (Spearman 1904; literature part C). Every other month is chosen in, the rest judge.
    """
    if rubric.profiles:
        raise ValueError(f"the rubric has profiles ({', '.join(rubric.profiles)}); calibrate one without")
    free = {item.name for item in rubric.items if item.kpi is not None and ADJUSTED in item.kpi}
    if not free:
        raise ValueError(
            "no item of the rubric has the kinds of the tickets taken out, so the most reliable ones would be those of "
            "the seat; calibrate it on a scenario"
        )
    every, left_out = months_of(log, rubric, role)
    search, judged = every.of(every.which[::2]), every.of(every.which[1::2])
    guards = guards or Guards()
    menu = menu_of(rubric, [search], guards, only=free)
    best = calibrated(rubric, _chosen(rubric, menu, search, guards))
    items = tuple(dict.fromkeys(offer.item for offer in menu.offers))
    before, after = (_points(each, items, judged) for each in (rubric, best))
    present, found = reliability(before, level=level), reliability(after, level=level)
    ceiling = reliability(_composite(rubric, items, search, judged), level=level)
    tickets = float(judged.shaped(judged.marks(rubric).tickets).mean())
    reached = max(ceiling.mean or 0.0, found.mean or 0.0)
    return LogCalibration(
        rubric=best, role=every.role, people=len(every.people), left_out=left_out, items=items, present=present,
        found=found, ceiling=ceiling, gain=reliability(after, before, level=level),
        months=(len(search.which), len(judged.which)), tickets=tickets, target=target,
        is_reachable=reached >= target, needed=needed(reached, target, tickets),
    )  # fmt: skip


def _chosen(rubric: Rubric, menu: Menu, search: Months, guards: Guards) -> dict[str, Item]:
    """Return the items with the largest reliability of their sum; every category keeps its points."""
    parts = parts_of(menu.points[0], search.seats)
    nothing = np.zeros_like(parts.seat)
    choice = best_choice(
        menu.offers, [Ground(parts.person, nothing, parts.whole)], categories=points_by_category(rubric, menu)
    )
    return {name: menu.items[at] for name, at in choice.offers.items()}


def _points(rubric: Rubric, items: Sequence[str], months: Months) -> Floats:
    marks = months.marks(rubric)
    return np.sum([months.shaped(marks.of(f"item.{name}")) for name in items], axis=0)


def _composite(rubric: Rubric, items: Sequence[str], search: Months, judged: Months) -> Floats:
    """Return the best linear composite of the figures behind items, fitted in some months, in others."""
    marks = search.marks(rubric)
    first, then = (
        centred(np.stack([each.shaped(marks.of(f"kpi.{name}")) for name in items], axis=-1))
        for each in (search, judged)
    )
    return np.asarray(then @ best_composite(first, search.seats), np.float64)


def reliability(points: Floats, less: Floats | None = None, *, level: float = 0.95) -> Estimate:
    """Return the reliability of a month of points, with the interval of leaving out one month at a time.

    Parameters
    ----------
    points
        By month, 1 and person, shape (months, 1, people), 3 months or more for an interval.
    less
        Points in the same months whose reliability is taken off; none when absent.
    level
        Level of the interval.
    """
    months = np.arange(len(points))

    def of(which: NDArray[np.bool_]) -> float:
        return _of_a_month(points[which]) - (0.0 if less is None else _of_a_month(less[which]))

    without = [of(months != at) for at in months] if len(points) > 2 else []
    return jackknife_t(of(months >= 0), np.array(without), level)


def _of_a_month(points: Floats) -> float:
    found = parts_of(points[..., None], np.broadcast_to(np.arange(points.shape[2]), points.shape))
    return float(found.person[0, 0] / found.whole[0, 0]) if found.whole[0, 0] > 0 else float("nan")


def months_of(log: Log, rubric: Rubric, role: str | None = None) -> tuple[Months, int]:
    """Return the whole months of a log with the people of a role who are scored in all of them, and how many are not.

    Raises
    ------
    ValueError
        If nobody has the role, or whole months or people are too few.
    """
    begins = _whole_months(log)
    if len(begins) - 1 < MONTHS:
        raise ValueError(
            f"a calibration on a log needs {MONTHS} whole months, three to choose in and three to judge in; this one "
            f"has {max(len(begins) - 1, 0)}"
        )
    name, people = _people(log, role)
    first, last = date.fromordinal(int(begins[0])), date.fromordinal(int(begins[-1]))
    made = Months(name, people, counted(log, rubric, first, last, people), begins, tuple(range(len(begins) - 1)))
    there = np.isfinite(made.marks(rubric).of("objective")).all(axis=(0, 1))
    kept = tuple(person for person, here in zip(people, there, strict=True) if here)
    if len(kept) < PEOPLE:
        raise ValueError(
            f"{len(kept)} people of role {name!r} are scored in all {len(begins) - 1} months; a calibration on a log "
            f"needs {PEOPLE} or more: with so few no threshold can be told from chance"
        )
    mine = Months(name, kept, counted(log, rubric, first, last, kept), begins, made.which)
    return mine, len(people) - len(kept)


def _whole_months(log: Log) -> Ints:
    """Return the first days of the months that lie wholly within a log, and the day after the last."""
    first, last = (date.fromordinal(int(log.timeline.day(at_s))) for at_s in (0, log.until_s))
    if log.timeline.second(first, 0) < 0:
        first += timedelta(days=1)
    begin = first if first.day == 1 else _next(first)
    days = []
    while begin <= last:
        days.append(begin.toordinal())
        begin = _next(begin)
    return np.array(days, dtype=np.int64)


def _next(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _people(log: Log, role: str | None) -> tuple[str, tuple[str, ...]]:
    """Return a role and its people; the role with the most of them when none is named, the first of equals."""
    known = log.people.select(pl.col("person", "role").cast(pl.String)).with_columns(pl.col("role").fill_null(""))
    sizes = known.group_by("role").len().sort("len", "role", descending=[True, False])
    if role is not None and role not in set(sizes["role"]):
        raise ValueError(f"nobody of the log has role {role!r}; roles: {', '.join(sorted(sizes['role']))}")
    name = sizes["role"][0] if role is None and sizes.height else role or ""
    return name, tuple(sorted(known.filter(pl.col("role") == name)["person"].to_list()))
