"""The two indices by which tickets and people are compared, and who may be given what."""

from typing import Any

import numpy as np

from sim import rules
from sim.chance import lot
from sim.fast import branches, caps, chats, history, moves
from sim.fast.forms import IDLE
from sim.fast.memory import ability_at, barred_at, compiled, delay_at, inlined, kind_at, person_at, step_at, ticket_at


@inlined
def older(m: Any, one: int, other: int) -> Any:
    """Return whether one ticket has been ready for longer than another; ties by number."""
    a, b = ticket_at(m, one).ready_s, ticket_at(m, other).ready_s
    return a < b or (a == b and one < other)


@compiled
def _more_ticket_index(m: Any, ticket: int, person: int) -> Any:
    t = ticket_at(m, ticket)
    step, kind = step_at(m, t.kind, t.stage), kind_at(m, t.kind)
    touches: Any = 0
    gain: Any = 0
    if m.w_cmu != 0 and person >= 0:
        touches = rules.touches_per_ms(ability_at(m, person, step.skill).rate_ppm, step.mean_s)
    if m.w_mix != 0 and person >= 0:
        gain = history.mix_gain(m, ticket, person)
    return rules.more_ticket_index(
        m.w_cmu, m.w_ease, m.w_work, m.w_mix, kind.weight * touches, kind.ease, step.mean_s, gain
    )


@compiled
def ticket_index(m: Any, ticket: int, person: int) -> Any:
    """Return the ticket index, for a person if the policy tells people apart, else for -1."""
    t = ticket_at(m, ticket)
    due_s = t.due_resolution_s if t.replied else t.due_first_s
    main: Any = 0
    returns: Any = 0
    if person >= 0:
        main = np.int64(person_at(m, person).main == moves.skill_of(m, ticket))
        returns = np.int64(t.owner == person)
    index = rules.ticket_index(
        m.w_priority, m.w_age, m.w_slack, m.w_kind, m.w_warned, m.w_main, m.w_returns,
        m.ranks - 1 - t.priority, m.now_s - t.ready_s, min(due_s - m.now_s, rules.BIG), kind_at(m, t.kind).weight,
        t.warned, main, returns,
    )  # fmt: skip
    if m.more_of_tickets:
        index += _more_ticket_index(m, ticket, person)
    return index


@compiled
def _lot(m: Any, ticket: int, person: int) -> Any:
    t = ticket_at(m, ticket)
    purpose = step_at(m, t.kind, t.stage).lot_purpose
    return lot(m.key_0, m.key_1, purpose, t.name_0, t.name_1, t.name_2, t.visit, person_at(m, person).code)


@compiled
def _more_person_index(m: Any, ticket: int, person: int) -> Any:
    drawn: Any = 0
    busy_s: Any = 0
    gain: Any = 0
    if m.p_lot != 0:
        drawn = _lot(m, ticket, person)
    if m.p_busy != 0:
        busy_s = history.busy_today_s(m, person)
    if m.p_mix != 0:
        gain = history.mix_gain(m, ticket, person)
    turn_s = m.now_s - person_at(m, person).turn_s
    return rules.more_person_index(m.p_turn, m.p_lot, m.p_busy, m.p_mix, turn_s, drawn, busy_s, gain)


@compiled
def person_index(m: Any, ticket: int, person: int, skill: int) -> Any:
    """Return the person index of a ticket that needs a skill."""
    p = person_at(m, person)
    idle_s = m.now_s - p.since_s if m.inbox or p.status == IDLE else 0
    main: Any = np.int64(p.main == skill)
    returns: Any = np.int64(ticket_at(m, ticket).owner == person)
    index = rules.person_index(
        m.p_idle, m.p_speed, m.p_permissions, m.p_main, m.p_open, m.p_returns,
        idle_s, ability_at(m, person, skill).rate_ppm, p.permissions, main, p.holds, returns,
    )  # fmt: skip
    if m.more_of_people:
        index += _more_person_index(m, ticket, person)
    return index


@compiled
def may_be_given(m: Any, ticket: int, person: int, skill: int) -> Any:
    """Return whether a ticket of the pool may go to a person who has the skill that it needs."""
    t = ticket_at(m, ticket)
    if (m.dispatch_row >= 0 and delay_at(m, ticket).sorts_s > m.now_s) or barred_at(m, person, t.kind).barred:
        return False
    if m.chatting and not chats.may_take(m, ticket, person):
        return False
    if m.parallel and not branches.may_take(m, ticket, person, skill):
        return False
    if m.caps > 0 and not caps.may_hold(m, ticket, person):
        return False
    main: Any = np.int64(person_at(m, person).main == skill)
    return rules.open_to(main, m.now_s - ticket_at(m, ticket).ready_s, m.main_only_s)
