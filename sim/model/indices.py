"""The two indices by which tickets and people are compared, and who may be given what."""

from __future__ import annotations

from sim import rules
from sim.chance import lot
from sim.model.branches import may_take
from sim.model.caps import may_hold
from sim.model.history import busy_today_s, mix_gain
from sim.model.state import IDLE, State


def ticket_index(state: State, ticket: int, person: int) -> int:
    """Return the ticket index, for a person if the policy tells people apart, else for -1."""
    due_s = state.due_resolution_s[ticket] if state.replied[ticket] else state.due_first_s[ticket]
    now, somebody = state.now, person >= 0
    index = rules.ticket_index(
        *state.ticket_weights, state.ranks - 1 - state.priority[ticket], now - state.ready_s[ticket],
        min(due_s - now, rules.BIG), state.kind_weight[state.kind[ticket]], state.warned[ticket],
        int(somebody and is_main(state, ticket, person)), int(somebody and state.owner[ticket] == person),
    )  # fmt: skip
    return int(index) + (_more_ticket_index(state, ticket, person) if state.more_of_tickets else 0)


def _more_ticket_index(state: State, ticket: int, person: int) -> int:
    kind = state.kind[ticket]
    step = state.layout.routes[kind][state.stage[ticket]]
    w_cmu, _, _, w_mix = weights = state.more_ticket_weights
    touches = rules.touches_per_ms(state.rate[person][step.skill], step.mean_s) if w_cmu and person >= 0 else 0
    gain = mix_gain(state, ticket, person) if w_mix and person >= 0 else 0
    ease = state.layout.ease[kind]
    return int(rules.more_ticket_index(*weights, state.kind_weight[kind] * touches, ease, step.mean_s, gain))


def person_index(state: State, ticket: int, person: int) -> int:
    """Return the person index of a ticket."""
    takes, skill = state.layout.crew.takes[person], state.skill_of(ticket)
    idle_s = state.now - state.since_s[person] if state.inbox or state.status[person] == IDLE else 0
    index = rules.person_index(
        *state.person_weights, idle_s, state.rate[person][skill], len(takes), int(takes[0] == skill),
        state.holds[person], int(state.owner[ticket] == person),
    )  # fmt: skip
    return int(index) + (_more_person_index(state, ticket, person) if state.more_of_people else 0)


def _more_person_index(state: State, ticket: int, person: int) -> int:
    _, w_lot, w_busy, w_mix = weights = state.more_person_weights
    drawn = _lot(state, ticket, person) if w_lot else 0
    busy_s = busy_today_s(state, person) if w_busy else 0
    gain = mix_gain(state, ticket, person) if w_mix else 0
    return int(rules.more_person_index(*weights, state.now - state.turn_s[person], drawn, busy_s, gain))


def _lot(state: State, ticket: int, person: int) -> int:
    step = state.layout.routes[state.kind[ticket]][state.stage[ticket]]
    (k0, k1), (n0, n1, n2) = state.layout.key, state.name[ticket]
    return int(lot(k0, k1, step.lot_purpose, n0, n1, n2, state.visit[ticket], state.layout.codes[person]))


def is_main(state: State, ticket: int, person: int) -> bool:
    """Return whether a ticket needs a person's main skill."""
    return state.layout.crew.takes[person][0] == state.skill_of(ticket)


def may_be_given(state: State, ticket: int, person: int) -> bool:
    """Return whether a ticket of the pool may go to a person who has its skill."""
    if state.sorts_s.get(ticket, -1) > state.now or state.kind[ticket] in state.layout.crew.barred[person]:
        return False
    if state.layout.parallel and not may_take(state, ticket, person):
        return False
    if state.chatting and not state.inbox and state.status[person] != IDLE and not state.chat[state.kind[ticket]]:
        return False
    if state.capped and not may_hold(state, ticket, person):
        return False
    age_s = state.now - state.ready_s[ticket]
    return bool(rules.open_to(int(is_main(state, ticket, person)), age_s, state.main_only_s))
