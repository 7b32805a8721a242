"""What a rolling plan may choose from, and what each choice costs: tickets that wait, and the next turns of people."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.assign.facts import Facts, Flags, Floats, Ints
from optimize.assign.lateness import breach_chance, lateness_min
from sim import rules
from sim.desk import Planning
from sim.layout import NEVER
from sim.steer import QUEUED, WORKED, View

LAST_S = 10**9
"""What nobody will ever come to by plan is taken to begin then, in seconds: after 31 years."""


class Waiting(NamedTuple):
    """The tickets of the pool, most urgent first: by due instant, then readiness, then number.

    Attributes
    ----------
    ticket, kind, skill
        Number of the ticket, kind, and skill that its present stage needs, shape (waiting,).
    work_s, rest_s
        Mean work of the stage at speed 1, and mean work after it until the instant that is promised: 0 if that is the
        reply at the begin of the work, in which case `begins` holds.
    due_s
        When it is due, assumed where nothing is promised.
    """

    ticket: Ints
    kind: Ints
    skill: Ints
    work_s: Floats
    rest_s: Floats
    begins: Flags
    due_s: Ints

    def __len__(self) -> int:
        return len(self.ticket)


class Turns(NamedTuple):
    """The next turns of people on duty, shape (turns,).

    Attributes
    ----------
    person, position, begin_s
        Whose it is, its position from 0, and its expected begin in seconds.
    before_s
        Expected seconds of work until then; the rest of the time to the begin is off duty, and certain.
    """

    person: Ints
    position: Ints
    begin_s: Ints
    before_s: Floats


class Choices(NamedTuple):
    """A decision of the plan: costs in minutes of lateness, or what is worth as much.

    Attributes
    ----------
    waiting, turns
        Rows and columns.
    cost
        By ticket and turn, shape (waiting, turns); infinite where the person may not do it.
    pool
        By ticket, the cost of leaving it to the pool, shape (waiting,).
    room
        By person and cap, how many more of its tickets the person may take, shape (people, caps).
    """

    waiting: Waiting
    turns: Turns
    cost: Floats
    pool: Floats
    room: Ints


def choices_of(facts: Facts, weights: Planning, view: View, *, last: bool = False) -> Choices:
    """Return what may be decided at an epoch.

    Parameters
    ----------
    facts, weights, view
        The desk, the weights of the plan, and what is seen.
    last
        Whether what is left to the pool comes after all turns, as in a plan in rounds; else people serve the pool as
        soon as their own list is empty.
    """
    waiting = waiting_of(facts, weights, view, np.flatnonzero(view.where == QUEUED))
    able = ables(facts, waiting) & view.on_duty
    turns = turns_of(facts, weights.positions, view, waiting, able)
    cost, pool = costs(facts, weights, view, waiting, turns, able), _pool(facts, weights, view, waiting, able, last)
    return Choices(waiting, turns, cost, pool, _room(facts, view))


def waiting_of(facts: Facts, weights: Planning, view: View, rows: Ints) -> Waiting:
    """Return the tickets of some rows of a view, most urgent first."""
    kind, step, rank = view.kind[rows], view.stage[rows], view.priority[rows]
    assumed_s = view.ready_s[rows] + round(3600 * weights.assumed_due_h)
    due_s = np.where(view.due_s[rows] >= NEVER, assumed_s, view.due_s[rows])
    replies = ~view.replied[rows] & facts.promised[kind, rank]
    order = np.lexsort((view.ticket[rows], view.ready_s[rows], due_s))
    rest_s = np.where(replies, 0.0, facts.rest_s[kind, step])
    columns = (
        view.ticket[rows], kind, facts.skill[kind, step], facts.work_s[kind, step], rest_s,
        replies & ~facts.at_end[kind], due_s,
    )  # fmt: skip
    return Waiting(*(np.asarray(column)[order] for column in columns))


def ables(facts: Facts, waiting: Waiting) -> Flags:
    """Return who may do which ticket, shape (waiting, people)."""
    able: Flags = facts.may[:, waiting.skill].T & ~facts.barred[:, waiting.kind].T
    return able


def turns_of(facts: Facts, positions: int, view: View, waiting: Waiting, able: Flags) -> Turns:
    """Return the next turns of everybody who may do something that waits.

    A turn begins when the tickets that the person holds, and as many of those that wait as there are turns before it,
    would be done if each took its mean time; breaks and nights by plan are left out.
    """
    held_s = _held_s(facts, view)
    own_s = waiting.work_s[:, None] / facts.speed[:, waiting.skill].T
    rows: list[tuple[int, int, int, float]] = []
    for person in np.flatnonzero(able.any(axis=0)).tolist():
        mine = able[:, person]
        mean_s = float(own_s[mine, person].mean())
        for position in range(min(positions, int(mine.sum()))):
            before_s = float(held_s[person]) + position * mean_s
            begin_s = facts.after_s(person, view.now_s, before_s)
            if begin_s < NEVER:
                rows.append((person, position, begin_s, before_s))
    who, position_of, begins_s, befores_s = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Turns(
        np.array(who, np.int64), np.array(position_of, np.int64), np.array(begins_s, np.int64),
        np.array(befores_s, np.float64),
    )  # fmt: skip


def _held_s(facts: Facts, view: View) -> Floats:
    """Return by person the mean time of the tickets that they hold: of what is in work, all of it may be left."""
    return _mean_s(facts, view, view.person >= 0)


def _worked_s(facts: Facts, view: View) -> Floats:
    """Return by person the mean time of the tickets that they have in work."""
    return _mean_s(facts, view, view.where == WORKED)


def _mean_s(facts: Facts, view: View, rows: Flags) -> Floats:
    held = np.flatnonzero(rows)
    who, kind, step = view.person[held], view.kind[held], view.stage[held]
    each_s = facts.work_s[kind, step] / facts.speed[who, facts.skill[kind, step]]
    return np.bincount(who, each_s, len(facts.people))


def costs(facts: Facts, weights: Planning, view: View, waiting: Waiting, turns: Turns, able: Flags) -> Floats:
    """Return the cost of each ticket at each turn, shape (waiting, turns)."""
    person = turns.person
    work_s = waiting.work_s[:, None] / facts.speed[person][:, waiting.skill].T
    late = late_cost(weights, waiting, turns.begin_s[None, :], turns.before_s[None, :], work_s)
    strange = ~facts.main[person][:, waiting.skill].T
    cost = late + weights.fit * strange * work_s / 60 - weights.fairness * _gains(facts, view, waiting)[:, person]
    return np.where(able[:, person], cost, np.inf)


def late_cost(weights: Planning, waiting: Waiting, begin_s: Floats | Ints, before_s: Floats, work_s: Floats) -> Floats:
    """Return the cost of lateness of tickets that begin at some instants, after so much work, and take so long."""
    mean_min, slack_min = spans_min(waiting, begin_s, before_s, work_s)
    late = weights.lateness * lateness_min(mean_min, slack_min) + weights.breach * breach_chance(mean_min, slack_min)
    return np.asarray(late, np.float64)


def spans_min(waiting: Waiting, begin_s: Floats | Ints, before_s: Floats, work_s: Floats) -> tuple[Floats, Floats]:
    """Return the minutes of work until what is promised is done, which are uncertain, and those that there are for it.

    Time off duty before the begin is certain: it is taken off the time to the due instant.
    """
    until_s = np.where(waiting.begins[:, None], 0.0, work_s + waiting.rest_s[:, None])
    mean_s = np.asarray(before_s + until_s, np.float64)
    slack_s = np.broadcast_to(waiting.due_s[:, None] - begin_s + before_s, mean_s.shape)
    return mean_s / 60, np.asarray(slack_s / 60, np.float64)


def _gains(facts: Facts, view: View, waiting: Waiting) -> Floats:
    """Return what each ticket takes off each person's mix deficit, in tickets, shape (waiting, people)."""
    roles = int(facts.role.max(initial=0)) + 1
    given = np.bincount(facts.role, view.given, roles).astype(np.int64)
    ease = np.bincount(facts.role, view.given_ease, roles).astype(np.int64)
    gains = np.zeros((len(waiting), len(facts.people)))
    for person, role in enumerate(facts.role.tolist()):
        of_role = int(given[role]), int(ease[role])
        deficit = rules.mix_deficit(int(view.given[person]), int(view.given_ease[person]), *of_role)
        by_kind = [rules.mix_gain(deficit, each, *of_role) for each in facts.ease.tolist()]
        gains[:, person] = np.array(by_kind, np.float64)[waiting.kind] / 1000
    return gains


def _pool(
    facts: Facts, weights: Planning, view: View, waiting: Waiting, able: Flags, last: bool
) -> Floats:  # fmt: skip
    """Return the cost of leaving each ticket to the pool, where whoever is free first takes the most urgent.

    Everybody on duty ends touches at the rate of the mean work of what waits for them, and shares them among the
    skills as the tickets that wait are shared. The n-th ticket of a skill begins after n touches, counted from when
    one of those who may do it serves the pool again, within the planned hours of whoever is there first. What it then
    costs is the mean over those who may do it.
    """
    if not len(waiting):
        return np.zeros(0)
    own_s = waiting.work_s[:, None] / facts.speed[:, waiting.skill].T
    many = able.sum(axis=0)
    mean_s = np.where(able, own_s, 0.0).sum(axis=0) / np.maximum(many, 1)
    ends = np.where(many > 0, 1 / np.maximum(mean_s, 1.0), 0.0)
    turns_s = weights.positions * mean_s if last else -_worked_s(facts, view)
    free_s = np.maximum(_held_s(facts, view) + turns_s, 0.0)
    begin_s, before_s = np.full(len(waiting), float(view.now_s)), np.zeros(len(waiting))
    for skill in np.unique(waiting.skill).tolist():
        mine = np.flatnonzero(waiting.skill == skill)
        rate = float((ends * able[mine].sum(axis=0) / np.maximum(many, 1)).sum())
        if rate > 0:
            before_s[mine] = free_s[able[mine].any(axis=0)].min() + np.arange(1, len(mine) + 1) / rate
            begin_s[mine] = _reached_s(facts, view, np.flatnonzero(able[mine].any(axis=0)), before_s[mine])
    weight = able * ends
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    work_s = (share * own_s).sum(axis=1)
    strange = (share * ~facts.main[:, waiting.skill].T).sum(axis=1)
    late = late_cost(weights, waiting, begin_s[:, None], before_s[:, None], work_s[:, None])[:, 0]
    cost = late + weights.fit * strange * work_s / 60
    return np.asarray(cost, np.float64)


def _reached_s(facts: Facts, view: View, people: Ints, work_s: Floats) -> Floats:
    """Return the instants at which so much time at work has passed for the first of some people who is there."""
    first = [facts.after_s(person, view.now_s, 0) for person in people.tolist()]
    person = int(people[int(np.argmin(first))])
    return np.array([min(facts.after_s(person, view.now_s, each), LAST_S) for each in work_s.tolist()], np.float64)


def _room(facts: Facts, view: View) -> Ints:
    """Return by person and cap how many more tickets the person may take; what is parked is not seen."""
    held = np.zeros(facts.most_held.shape, np.int64)
    for row in np.flatnonzero(view.person >= 0).tolist():
        held[view.person[row]] += facts.caps[view.kind[row]]
    room: Ints = np.maximum(facts.most_held - held, 0)
    return room
