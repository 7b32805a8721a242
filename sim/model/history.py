"""What people were given and did: whose turn it is, who has worked how long today, whose tickets were how easy.

It is kept only if a policy of the run looks at it, or may come to do so by orders.
"""

from __future__ import annotations

from bisect import bisect_right

from sim import rules
from sim.model.state import BUSY, State


def counts(state: State, ticket: int, person: int) -> None:
    """The routing gives a ticket to a person."""
    if not state.tracks:
        return
    ease, role = state.layout.ease[state.kind[ticket]], state.layout.role[person]
    state.turn_s[person] = state.now
    state.given[person] += 1
    state.given_ease[person] += ease
    state.role_given[role] += 1
    state.role_ease[role] += ease


def busied(state: State, person: int, begin_s: int) -> None:
    """A stretch of work that began at `begin_s` ends now."""
    if not state.tracks:
        return
    midnight_s = _midnight_s(state)
    if state.busy_day_s[person] != midnight_s:
        state.busy_day_s[person], state.busy_s[person] = midnight_s, 0
    state.busy_s[person] += state.now - max(begin_s, midnight_s)


def busy_today_s(state: State, person: int) -> int:
    """Return the seconds that a person has worked since local midnight, work in hand included."""
    midnight_s = _midnight_s(state)
    ended_s = state.busy_s[person] if state.busy_day_s[person] == midnight_s else 0
    going_s = state.now - max(state.busy_since_s[person], midnight_s) if state.status[person] == BUSY else 0
    return ended_s + going_s


def mix_gain(state: State, ticket: int, person: int) -> int:
    """Return what a ticket would take off a person's mix deficit, in thousandths."""
    role = state.layout.role[person]
    of_role = state.role_given[role], state.role_ease[role]
    deficit = rules.mix_deficit(state.given[person], state.given_ease[person], *of_role)
    return int(rules.mix_gain(deficit, state.layout.ease[state.kind[ticket]], *of_role))


def _midnight_s(state: State) -> int:
    days = state.midnights_s
    return int(days[bisect_right(days, state.now) - 1])
