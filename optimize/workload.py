"""The work that a desk expects in a week, by skill and hour, and until when it may wait.

This is where the master model of staffing starts from; only worlds confirm a plan. It is kept simple:

- Work is expected arrivals of an average week of the run (surges and special days included) times mean work
  content at speed 1, plus the work of expected reopenings. A question to the requester adds no work.
- All stages of a kind fall into the hour of arrival. The first may wait for the response target on its
  calendar (the tightest of the run's first four weeks), but no longer than the learner's mean patience; later
  stages and reopened work may wait for the resolution target, if there is one.
- Work that may wait less than two hours must be done in its hour. Work that falls due while nobody is on duty
  is caught up with in the day from the next duty on; learners with patience have left by then.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.calendar import WEEKDAYS
from sim.desk import Desk, Kind, span_of
from sim.sla import SlaClock
from sim.world import day_factors, hourly_per_day

Hours = NDArray[np.float64]
"""A figure per hour of the week, Monday 00:00-00:59 first, shape (168,)."""

HOURS = 168
HOUR_S = 3600
CATCH_UP_H = 24
"""Hours from the next duty on in which work that nobody could have done in time is caught up with."""

MOST_REOPENINGS = 3.0
"""The expected reopenings of a ticket are cut off here; a desk beyond it never finishes anything."""


@dataclass(frozen=True)
class Batch:
    """Work of one skill that may wait alike.

    Attributes
    ----------
    skill
        The skill that it needs.
    work_h
        Person-hours at speed 1 that arrive in each hour of the week.
    wait_h
        How many further hours work of that hour may wait, 0 to 167: 0 = to be done within its hour.
    """

    skill: str
    work_h: Hours
    wait_h: tuple[int, ...]


def hour_name(hour: int) -> str:
    """Return the name of an hour of the week.

    Examples
    --------
    >>> hour_name(33)
    'tue_09'
    """
    return f"{WEEKDAYS[hour // 24]}_{hour % 24:02d}"


def on_duty(desk: Desk) -> dict[str, Hours]:
    """Return the share of each hour of the week that a head of a seat group is on duty, less meetings and absence."""
    return {group: _duty(desk, group) for group in sorted(desk.staff.seats)}


def _duty(desk: Desk, group: str) -> Hours:
    seat = desk.staff.seats[group]
    shift = desk.staff.shifts[seat.shift]
    minutes = np.zeros(HOURS * 60)
    for day in shift.weekdays():
        for begin, end in shift.spans_min():
            minutes[np.arange(day * 1440 + begin, day * 1440 + end) % len(minutes)] = 1.0
    for meeting in (desk.staff.meetings[name] for name in seat.meetings):
        begin, end = span_of(meeting.hours)
        for day in meeting.weekdays():
            minutes[np.arange(day * 1440 + begin, day * 1440 + end) % len(minutes)] = 0.0
    present = 1.0 - desk.staff.roles[seat.role].absent
    return np.asarray(minutes.reshape(HOURS, 60).mean(axis=1) * present, np.float64)


def paid_h_per_week(desk: Desk, group: str) -> float:
    """Return the paid hours of a head of a seat group in an ordinary week."""
    shift = desk.staff.shifts[desk.staff.seats[group].shift]
    return len(shift.days) * sum(end - begin for begin, end in shift.spans_min()) / 60


def workload(desk: Desk) -> tuple[Batch, ...]:
    """Return the work of an average week in batches, ordered by skill and waiting time."""
    staffed = _staffed(desk)
    found: dict[tuple[str, tuple[int, ...]], Hours] = defaultdict(lambda: np.zeros(HOURS))
    for name, kind in sorted(desk.demand.kinds.items()):
        arrivals = _arrivals(desk, name, kind)
        for priority, share in sorted(kind.priorities.items()):
            first_h, later_h = _allowed_h(desk, name, kind, priority)
            parts = [
                (branch.skill, branch.work.mean_min / 60, first_h, kind.patience is not None)
                for branch in kind.route[0].branches()
            ]
            parts += [(skill, content_h, later_h, False) for skill, content_h in _later_work_h(desk, name).items()]
            for skill, content_h, allowed_h, leaves in parts:
                waits, kept = _fitted(allowed_h, staffed[skill], leaves)
                found[skill, waits] += arrivals * share * content_h * kept
    order = sorted(key for key, work_h in found.items() if work_h.any())
    return tuple(Batch(skill, found[skill, waits], waits) for skill, waits in order)


def load_h(batches: tuple[Batch, ...]) -> dict[str, float]:
    """Return the person-hours of a week by skill."""
    total: dict[str, float] = defaultdict(float)
    for batch in batches:
        total[batch.skill] += float(batch.work_h.sum())
    return dict(sorted(total.items()))


def lasting_h(desk: Desk) -> dict[str, float]:
    """Return the person-hours of a week by skill that no impatience takes away: they must be done some time."""
    total: dict[str, float] = defaultdict(float)
    for name, kind in sorted(desk.demand.kinds.items()):
        tickets = float(_arrivals(desk, name, kind).sum())
        if kind.patience is None:
            for branch in kind.route[0].branches():
                total[branch.skill] += tickets * branch.work.mean_min / 60
            for skill, content_h in _later_work_h(desk, name).items():
                total[skill] += tickets * content_h
    return dict(sorted(total.items()))


def out_of_reach(desk: Desk, tickets: Sequence[tuple[str, str]]) -> float:
    """Return the share of tickets whose response falls due before anybody who may begin is on duty.

    No number of heads changes it. It is counted by whole hours, an hour in doubt for the desk, so it is a lower
    bound of the share that is answered late.

    Parameters
    ----------
    desk
        The desk.
    tickets
        Kinds and priorities of the tickets.
    """
    staffed = _staffed(desk)
    late, all_of_them = 0.0, 0.0
    for name, priority in tickets:
        kind = desk.demand.kinds[name]
        here = _arrivals(desk, name, kind) * kind.priorities.get(priority, 0.0)
        limits = [math.inf] * HOURS
        if desk.sla is not None:
            clock = SlaClock.of(desk.sla, desk.calendars, desk.timeline(), 0, desk.until_s())
            limits = _tightest_h(desk, partial(clock.due_response, name, priority))
        duty = np.any([staffed[branch.skill] for branch in kind.route[0].branches()], axis=0)
        for hour, limit in enumerate(limits):
            steps = range(math.ceil(min(limit, HOURS - 1)) + 1)
            late += 0.0 if any(duty[(hour + step) % HOURS] for step in steps) else float(here[hour])
        all_of_them += float(here.sum())
    return late / all_of_them if all_of_them else 0.0


def _arrivals(desk: Desk, name: str, kind: Kind) -> Hours:
    """Return expected tickets by hour of week, averaged over the days of the run."""
    factor = day_factors(desk, name)
    weekday = (desk.start.weekday() + np.arange(len(factor))) % 7
    mean = np.array([factor[weekday == day].mean() for day in range(7)])
    # Each repeat may repeat again, so a ticket brings a geometric series of them.
    many = (1.0 - kind.deflected) / (1.0 - min(kind.repeats.share if kind.repeats else 0.0, 0.99))
    return np.asarray(
        many * hourly_per_day(desk.demand, kind) / 24 * np.repeat(mean, 24) + _scheduled(kind), np.float64
    )


def _scheduled(kind: Kind) -> Hours:
    """Return the tickets of schedules by hour of week."""
    found = np.zeros(HOURS)
    for plan in kind.schedules.values():
        hours = [24 * WEEKDAYS.index(day) + minute // 60 for day in plan.days for minute in plan.minutes()]
        np.add.at(found, np.array(hours) % HOURS, plan.tickets / plan.every_weeks)
    return found


def _later_work_h(desk: Desk, name: str) -> dict[str, float]:
    """Return mean work per ticket of a kind in hours by skill beside the first stage, reopenings included.

    Notes
    -----
    With solving probability p = 1 / (1 + exp(-(a - d))) for difficulty d, the expected reopenings are
    (1 - p) / p = exp(d - a); for normal d its mean is exp(mean + variance / 2 - a).
    """
    kind, triage = desk.demand.kinds[name], desk.demand.triage
    work: dict[str, float] = defaultdict(float)
    for other, share in triage.confusion.get(name, {}).items() if triage else ():
        if (skill := desk.demand.kinds[other].route[0].skill) != kind.route[0].skill:
            work[skill] += share * triage.finds_out.mean_min / 60 if triage else 0.0
    if (dispatch := desk.routing.dispatch) is not None and dispatch.finds_out is not None and dispatch.errors:
        taken = {skill for seat in desk.staff.seats.values() if seat.heads for skill in seat.takes}
        for skill in (others := taken - {kind.route[0].skill}):
            work[skill] += dispatch.errors / len(others) * dispatch.finds_out.mean_min / 60
    for stage in kind.route:
        if stage.assist is not None:  # at most: who takes the skill themselves asks nobody
            work[stage.assist.skill] += stage.assists * stage.assist.work.mean_min / 60
    for stage in kind.route[1:]:
        for branch in stage.branches():
            work[branch.skill] += branch.work.mean_min / 60
    last = kind.route[-1]
    exponent = kind.difficulty_mean + kind.difficulty_sd**2 / 2 - desk.outcome.solved_logit
    reopenings = min(math.exp(min(exponent, 10.0)), MOST_REOPENINGS)
    for branch in last.branches():
        work[branch.skill] += reopenings * desk.outcome.reopen_work * branch.work.mean_min / 60
    if kind.call_back_work is not None:
        work[last.skill] += kind.calls_back * kind.call_back_work.mean_min / 60
    return dict(work)


def _allowed_h(desk: Desk, name: str, kind: Kind, priority: str) -> tuple[list[float], list[float]]:
    """Return by hour of arrival how many hours first and later stages may wait; 0 if nothing is stated."""
    patience_h = math.inf if kind.patience is None else kind.patience.mean_min / 60
    first = later = [math.inf] * HOURS
    if desk.sla is not None:
        clock = SlaClock.of(desk.sla, desk.calendars, desk.timeline(), 0, desk.until_s())
        first = _tightest_h(desk, partial(clock.due_response, name, priority))
        later = _tightest_h(desk, partial(clock.due_resolution, name, priority))
    first = [min(limit, patience_h) for limit in first]
    first = [0.0 if math.isinf(limit) else limit for limit in first]
    return first, [a if math.isinf(b) else max(a, b) for a, b in zip(first, later, strict=True)]


def _tightest_h(desk: Desk, due: Callable[[int], int | None]) -> list[float]:
    """Return the shortest time in hours from each hour of the week to the due, over the first four weeks."""
    timeline, shortest = desk.timeline(), [math.inf] * HOURS
    for hour in range(min(desk.until_s(), 4 * HOURS * HOUR_S) // HOUR_S):
        due_s = due(hour * HOUR_S)
        if due_s is not None:
            place = int(timeline.hour_of_week(hour * HOUR_S))
            shortest[place] = min(shortest[place], due_s / HOUR_S - hour)
    return shortest


def _staffed(desk: Desk) -> dict[str, NDArray[np.bool_]]:
    """Return by skill the hours in which any seat group that takes it is on duty."""
    duty = on_duty(desk)
    found: dict[str, NDArray[np.bool_]] = defaultdict(lambda: np.zeros(HOURS, np.bool_))
    for group, seat in desk.staff.seats.items():
        for skill in seat.takes:
            found[skill] |= duty[group] > 0
    return found


def _fitted(allowed_h: list[float], staffed: NDArray[np.bool_], leaves: bool) -> tuple[tuple[int, ...], Hours]:
    """Return waits that end while somebody is on duty, and the share of the work that is still there then."""
    waits, kept = [], np.ones(HOURS)
    for hour, limit_h in enumerate(allowed_h):
        wait = int(min(max(limit_h - 1, 0), HOURS - 1))
        if not any(staffed[(hour + step) % HOURS] for step in range(wait + 1)):
            if leaves or not staffed.any():
                kept[hour] = 0.0
            else:
                first = next(step for step in range(HOURS) if staffed[(hour + step) % HOURS])
                wait = min(first + CATCH_UP_H - 1, HOURS - 1)
        waits.append(wait)
    return tuple(waits), kept
