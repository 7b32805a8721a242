"""People who pick for themselves: they look around, then take what they like best of what they do not pass over."""

from typing import Any

import numpy as np

from sim import conduct, rules
from sim.chance import quantile, uniform
from sim.fast import caps, history, indices, lines, moves, shortcuts, work
from sim.fast.forms import IDLE, LOOKED
from sim.fast.memory import (
    ability_at,
    compiled,
    kind_at,
    leaning_at,
    opened_at,
    person_at,
    picking_at,
    queue_at,
    skill_at,
    tables,
    ticket_at,
    waiting_at,
)
from sim.layout import DECLINE, LOOK_AROUND

_LOW, _BITS = 0xFFFFF, 20


@compiled
def _drawn(m: Any, purpose: int, person: int, code: int) -> Any:
    """Return the uniform number of a person's present look around."""
    p = person_at(m, person)
    return uniform(m.key_0, m.key_1, purpose, p.code, code, p.looked & _LOW, p.looked >> _BITS)


@compiled
def _declines(m: Any, ticket: int, person: int) -> Any:
    kind = kind_at(m, ticket_at(m, ticket).kind)
    return kind.declines > 0 and rules.declines(_drawn(m, DECLINE, person, kind.code), kind.declines)


@compiled
def _favourite(m: Any, person: int) -> Any:
    """Return what a person picks of the heads of queues, -1 for none: the largest ticket index, ties by age.

    Somebody who picks the easy ones goes by another index.
    """
    best: Any = -1
    most: Any = 0
    easy: Any = False
    if m.tempted and leaning_at(m, person).cherry_pick > 0.0:
        easy = conduct.gives_in(_drawn(m, conduct.PICKS_EASY, person, 0), leaning_at(m, person).cherry_pick)
    for i in range(m.opened):
        skill = opened_at(m, i).skill
        if not ability_at(m, person, skill).may:
            continue
        for j in range(skill_at(m, skill).queues):
            ticket = queue_at(m, waiting_at(m, skill, j).queue).head
            if not indices.may_be_given(m, ticket, person, skill) or _declines(m, ticket, person):
                continue
            value = shortcuts.easy_index(m, ticket) if easy else indices.ticket_index(m, ticket, person)
            if best < 0 or value > most or (value == most and indices.older(m, ticket, best)):
                best, most = ticket, value
    return best


@compiled
def _is_wanted(m: Any, person: int) -> Any:
    """Return whether something waits whose skill a person has."""
    for i in range(m.opened):  # noqa: SIM110  (the compiler knows no generators)
        if ability_at(m, person, opened_at(m, i).skill).may:
            return True
    return False


@compiled
def _looks_around(m: Any, person: int) -> None:
    p = person_at(m, person)
    p.looked += 1
    drawn_ms: Any = np.int64(np.rint(quantile(tables(m), m.look_row, _drawn(m, LOOK_AROUND, person, 0))))
    p.looks_s = m.now_s + max(rules.delay_s(drawn_ms, m.clock_s), m.clock_s)
    lines.push(m, p.looks_s, LOOKED, person)


@compiled
def picks(m: Any) -> None:
    """Let those pick who have looked around, the longest idle first; then let idle people turn to what waits."""
    for i in range(m.picking):
        first = i
        for j in range(i + 1, m.picking):
            if lines.person_first(m, picking_at(m, j).person, picking_at(m, first).person):
                first = j
        person = picking_at(m, first).person
        picking_at(m, first).person = picking_at(m, i).person
        ticket: Any = -1
        if person_at(m, person).status == IDLE:
            ticket = _favourite(m, person)
        if ticket >= 0:
            moves.unqueues(m, ticket)
            caps.holds(m, ticket, person, 1)
            history.counts(m, ticket, person)
            work.starts(m, person, ticket)
    m.picking = 0
    if m.waiting > 0:
        for person in range(m.n_people):
            p = person_at(m, person)
            if p.status == IDLE and p.looks_s < 0 and _is_wanted(m, person):
                _looks_around(m, person)


@compiled
def looked(m: Any, person: int) -> None:
    """Somebody has looked around for long enough to pick."""
    p = person_at(m, person)
    if p.looks_s == m.now_s:
        p.looks_s = -1
        picking_at(m, m.picking).person = person
        m.picking += 1
        m.unsettled = 1
