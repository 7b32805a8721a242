"""People who pick for themselves: they look around, then take what they like best of what they do not pass over."""

from __future__ import annotations

from collections.abc import Iterator

from sim import rules
from sim.chance import quantile, uniform
from sim.conduct import PICKS_EASY
from sim.layout import DECLINE, LOOK_AROUND
from sim.model import caps
from sim.model.history import counts
from sim.model.indices import may_be_given, ticket_index
from sim.model.moves import head, unqueues
from sim.model.shortcuts import easy_index, picks_easy
from sim.model.state import IDLE, LOOKED, State
from sim.model.work import starts


def picks(state: State) -> None:
    """Let those pick who have looked around, the longest idle first; then let idle people turn to what waits."""
    for person in sorted(state.picking, key=lambda p: (state.since_s[p], p)):
        if state.status[person] == IDLE and (found := list(_offered(state, person))):
            easy = state.layout.tempted and picks_easy(state, _u(state, PICKS_EASY, person, 0), person)
            ticket = max(found, key=lambda t: (_index(state, t, person, easy), -state.ready_s[t], -t))
            unqueues(state, ticket)
            caps.holds(state, ticket, person, 1)
            counts(state, ticket, person)
            starts(state, person, ticket)
    state.picking.clear()
    for person, status in enumerate(state.status) if state.waiting else ():
        if status == IDLE and state.looks_s[person] < 0 and not state.may[person].isdisjoint(state.waiting):
            _looks_around(state, person)


def _offered(state: State, person: int) -> Iterator[int]:
    """Yield the heads of queues that a person may take and does not pass over."""
    for skill in state.waiting.keys() & state.may[person]:
        for queue in state.waiting[skill]:
            ticket = head(state, queue)[1]
            if may_be_given(state, ticket, person) and not _declines(state, ticket, person):
                yield ticket


def _index(state: State, ticket: int, person: int, easy: bool) -> int:
    return easy_index(state, ticket) if easy else ticket_index(state, ticket, person)


def _declines(state: State, ticket: int, person: int) -> bool:
    kind = state.kind[ticket]
    share = state.layout.declines[kind]
    return share > 0 and bool(rules.declines(_u(state, DECLINE, person, state.layout.kind_codes[kind]), share))


def _u(state: State, purpose: int, person: int, code: int) -> float:
    """Return the uniform number of a person's present look around."""
    (k0, k1), times = state.layout.key, state.looked[person]
    who = state.layout.codes[person]
    return float(uniform(k0, k1, purpose, who, code, times & 0xFFFFF, times >> 20))


def _looks_around(state: State, person: int) -> None:
    state.looked[person] += 1
    layout = state.layout
    drawn = quantile(layout.tables, layout.look_row, _u(state, LOOK_AROUND, person, 0))
    state.looks_s[person] = state.now + max(int(rules.delay_s(round(drawn), layout.clock_s)), layout.clock_s)
    state.at(state.looks_s[person], LOOKED, person)


def looked(state: State, person: int) -> None:
    """Somebody has looked around for long enough to pick."""
    if state.looks_s[person] == state.now:
        state.looks_s[person] = -1
        state.picking.append(person)
        state.unsettled = True
