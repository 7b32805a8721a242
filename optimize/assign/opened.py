"""A plan for the tickets that are open at one instant: who does which, in which order, and what is expected of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from optimize.assign.choices import Choices, ables, choices_of, spans_min, waiting_of
from optimize.assign.facts import Facts, Flags, Ints, facts_of
from optimize.assign.lateness import breach_chance, lateness_min
from optimize.assign.model import chosen
from sim import fast
from sim.desk import Desk, Planning
from sim.layout import NEVER
from sim.opening import Opening
from sim.steer import APART, AWAY, HELD, QUEUED, View
from sim.world import sample

WINDOW = 100
"""So many of the most urgent tickets are planned together; the next ones when these have their turns."""


@dataclass(frozen=True)
class Assignment:
    """What is planned for one open ticket; instants in seconds from the plan's begin, None where there is none.

    Attributes
    ----------
    ticket
        Its number in the opening.
    person, position
        Who does it, and as which of their tickets, from 1.
    begin_s, end_s
        When the work is expected to begin and to end.
    due_s
        When it falls due next; None if nothing is promised.
    late_min, late_chance
        Expected minutes late and chance of being late; of a ticket that never falls due, by the assumed one.
    why
        `theirs`: the person worked on it before; `only`: nobody else may; `fit`: it is the person's main skill; `due`:
        who of the others may is soonest or lacks its like; `nobody`: nobody may do it; `hours`: nobody who may has
        planned hours left; `apart`: it is worked on by several at once.
    """

    ticket: int
    person: str | None
    position: int | None
    begin_s: int | None
    end_s: int | None
    due_s: int | None
    late_min: float | None
    late_chance: float | None
    why: str


class Expected(NamedTuple):
    """What is expected of a way to assign: minutes late in all, and tickets late."""

    late_min: float
    late: float


@dataclass(frozen=True)
class OpenPlan:
    """A plan for open tickets.

    Attributes
    ----------
    assignments
        One per open ticket, in the order of the opening.
    cost, gap
        Cost in minutes of lateness, or what is worth as much: lateness, breaches and strange skills, by the weights of
        `sim.desk.Planning`; the solver's largest gap.
    plan, slack
        What is expected of the plan, and of `sla_slack`: the most urgent ticket goes to whoever is first free.
    orders
        By person, ticket and the stage it is at, both by number, in the order of the plan.
    """

    assignments: tuple[Assignment, ...]
    cost: float
    gap: float
    plan: Expected
    slack: Expected
    orders: tuple[tuple[tuple[int, int], ...], ...]


def plan_open(desk: Desk, opening: Opening, seed: int = 0) -> OpenPlan:
    """Return a plan for the tickets that are open when a run begins.

    Parameters
    ----------
    desk
        The desk; its weights are `routing.plan`, the usual ones if it has none.
    opening
        The open tickets. Those whose owner has begun their present stage stay with the owner.
    seed
        A world of the desk, for how it is laid out; no number of the world plays a part.

    Raises
    ------
    ValueError
        If a ticket is of a kind or a priority that the desk does not have.
    NoSolution
        If the search ends at its limits without a plan.

    Notes
    -----
    The tickets are planned in rounds, at most `WINDOW` of the most urgent together: each round is one model (see
    `optimize.assign.model`), and what it leaves to the pool is left to the next. Everybody with planned hours takes
    part, on duty now or later.
    """
    facts, weights = facts_of(desk), desk.routing.plan or Planning()
    view = fast.begin(desk, sample(desk, seed), opening).view()
    there = np.array([facts.after_s(person, 0, 0) < NEVER for person in range(len(facts.people))], np.bool_)
    view = replace(view, on_duty=there)
    queues, gap = _rounds(facts, weights, view)
    plan = _sequence(facts, weights, view, queues)
    slack = _sequence(facts, weights, view, _by_slack(facts, weights, view))
    return OpenPlan(
        tuple(_told(facts, view, plan, row) for row in np.argsort(view.ticket, kind="stable").tolist()),
        _cost(facts, weights, view, plan), gap, _expected(plan), _expected(slack),
        tuple(tuple((int(view.ticket[row]), int(view.stage[row])) for row in own) for own in queues),
    )  # fmt: skip


type Queues = tuple[list[int], ...]
"""By person, rows of the view in the order in which they are done."""


def _rounds(facts: Facts, weights: Planning, view: View) -> tuple[Queues, float]:
    """Return who does which tickets of the pool in which order, and the largest gap."""
    queues: Queues = tuple([] for _ in facts.people)
    where, person, gap = view.where.copy(), view.person.copy(), 0.0
    given, ease = view.given.copy(), view.given_ease.copy()
    while True:
        window = _window(facts, weights, view, where)
        now = replace(view, where=window, person=person, given=given, given_ease=ease)
        choices = choices_of(facts, weights, now, last=True)
        if not len(choices.waiting) or not np.isfinite(choices.cost).any():
            return queues, gap
        row_of = {int(ticket): row for row, ticket in enumerate(view.ticket)}
        found = chosen(facts, weights, choices)
        gap = max(gap, found.gap)
        for ticket, turn in found.pairs or _first(choices):
            row, who = row_of[int(choices.waiting.ticket[ticket])], int(choices.turns.person[turn])
            where[row], person[row] = HELD, who
            queues[who].append(row)
            given[who] += 1
            ease[who] += facts.ease[view.kind[row]]


def _window(facts: Facts, weights: Planning, view: View, where: Ints) -> Ints:
    """Return where the tickets are, but for all but the most urgent of those in the pool that somebody may do."""
    rows = np.flatnonzero(where == QUEUED)
    waiting = waiting_of(facts, weights, view, rows)
    able = (ables(facts, waiting) & view.on_duty).any(axis=1)
    near = set(waiting.ticket[able][:WINDOW].tolist())
    shown = where.copy()
    shown[[row for row in rows.tolist() if int(view.ticket[row]) not in near]] = AWAY
    return shown


def _first(choices: Choices) -> tuple[tuple[int, int], ...]:
    """Return the most urgent ticket that has a turn, with its cheapest: where the model leaves all to the pool."""
    ticket = int(np.flatnonzero(np.isfinite(choices.cost).any(axis=1))[0])
    return ((ticket, int(np.argmin(choices.cost[ticket]))),)


def _by_slack(facts: Facts, weights: Planning, view: View) -> Queues:
    """Return who does what if the most urgent ticket goes to whoever is first free, of those who may do it."""
    queues: Queues = tuple([] for _ in facts.people)
    waiting = waiting_of(facts, weights, view, np.flatnonzero(view.where == QUEUED))
    able = ables(facts, waiting) & view.on_duty
    load_s = [sum(_work_s(facts, view, row, who) for row in _theirs(view, who)) for who in range(len(facts.people))]
    row_of = {int(ticket): row for row, ticket in enumerate(view.ticket)}
    for number, ticket in enumerate(waiting.ticket.tolist()):
        free = [(facts.after_s(who, view.now_s, load_s[who]), who) for who in np.flatnonzero(able[number]).tolist()]
        if free and min(free)[0] < NEVER:
            who = min(free)[1]
            queues[who].append(row_of[ticket])
            load_s[who] += _work_s(facts, view, row_of[ticket], who)
    return queues


def _theirs(view: View, person: int) -> list[int]:
    """Return the rows of what a person holds already, most urgent first."""
    rows = np.flatnonzero(view.person == person)
    order = np.lexsort((view.ticket[rows], view.ready_s[rows], view.due_s[rows]))
    return [int(row) for row in rows[order]]


def _work_s(facts: Facts, view: View, row: int, person: int) -> float:
    kind, step = view.kind[row], view.stage[row]
    return float(facts.work_s[kind, step] / facts.speed[person, facts.skill[kind, step]])


class _Turn(NamedTuple):
    """What is expected of one ticket in somebody's order."""

    person: int
    position: int
    begin_s: int
    end_s: int
    late_min: float
    late_chance: float
    held: bool


def _sequence(facts: Facts, weights: Planning, view: View, queues: Queues) -> dict[int, _Turn]:
    """Return by row of the view what is expected if everybody does what they hold, then their tickets in order."""
    made: dict[int, _Turn] = {}
    for person, own in enumerate(queues):
        held, before_s = _theirs(view, person), 0.0
        for position, row in enumerate([*held, *own], 1):
            work_s = _work_s(facts, view, row, person)
            begin_s, end_s = (facts.after_s(person, view.now_s, each) for each in (before_s, before_s + work_s))
            waiting = waiting_of(facts, weights, view, np.array([row]))
            mean_min, slack_min = spans_min(
                waiting, np.array([[begin_s]]), np.array([[before_s]]), np.array([[work_s]])
            )
            late, chance = (float(of(mean_min, slack_min)[0, 0]) for of in (lateness_min, breach_chance))
            made[row] = _Turn(person, position, begin_s, end_s, late, chance, row in held)
            before_s += work_s
    return made


def _expected(turns: dict[int, _Turn]) -> Expected:
    rows = sorted(turns)
    return Expected(sum(turns[row].late_min for row in rows), sum(turns[row].late_chance for row in rows))


def _cost(facts: Facts, weights: Planning, view: View, turns: dict[int, _Turn]) -> float:
    """Return what a plan costs: lateness, breaches and work in strange skills."""
    cost = 0.0
    for row in sorted(turns):
        turn, kind = turns[row], view.kind[row]
        cost += weights.lateness * turn.late_min + weights.breach * turn.late_chance
        if not facts.main[turn.person, facts.skill[kind, view.stage[row]]]:
            cost += weights.fit * _work_s(facts, view, row, turn.person) / 60
    return cost


def _told(facts: Facts, view: View, turns: dict[int, _Turn], row: int) -> Assignment:
    ticket, due_s = int(view.ticket[row]), int(view.due_s[row])
    due = None if due_s >= NEVER else due_s
    if row not in turns:
        return Assignment(ticket, None, None, None, None, due, None, None, _why_not(facts, view, row))
    turn = turns[row]
    begin_s, end_s = (None if each >= NEVER else each for each in (turn.begin_s, turn.end_s))
    return Assignment(
        ticket, facts.people[turn.person], turn.position, begin_s, end_s, due, turn.late_min, turn.late_chance,
        "theirs" if turn.held else _why(facts, view, row, turn.person),
    )  # fmt: skip


def _able(facts: Facts, view: View, row: int) -> Flags:
    kind = view.kind[row]
    able: Flags = facts.may[:, facts.skill[kind, view.stage[row]]] & ~facts.barred[:, kind]
    return able


def _why(facts: Facts, view: View, row: int, person: int) -> str:
    if (_able(facts, view, row) & view.on_duty).sum() == 1:
        return "only"
    return "fit" if facts.main[person, facts.skill[view.kind[row], view.stage[row]]] else "due"


def _why_not(facts: Facts, view: View, row: int) -> str:
    if view.where[row] == APART:
        return "apart"
    return "hours" if _able(facts, view, row).any() else "nobody"
