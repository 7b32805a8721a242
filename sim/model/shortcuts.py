"""What people do with tickets for the sake of their figures: see `sim.conduct`."""

from __future__ import annotations

from sim import conduct
from sim.layout import Layout
from sim.model.moves import gives, queues
from sim.model.state import OWED, UNANSWERED, State
from sim.record import HANDED_ON, REPLY, TOKEN


def accepts(state: State, person: int, ticket: int) -> None:
    """Somebody has taken note of a ticket: they may reply at once, without substance, if nobody has replied yet.

    The real reply comes when it would have come.
    """
    if state.replied[ticket] != UNANSWERED or not _is_own(state, ticket):
        return
    if _gives_in(state, person, ticket, conduct.REPLIES_EARLY, conduct.TOKEN_REPLY):
        state.note(ticket, REPLY, person, TOKEN)
        state.replied[ticket] = OWED
        state.left_ms[ticket] += state.layout.token_ms


def begins(state: State, person: int, ticket: int) -> None:
    """Somebody begins to work on a ticket: they may be about to pass it on, or to close it before it is done."""
    layout, kind = state.layout, state.kind[ticket]
    if not _is_own(state, ticket) or (state.merges and state.merges[ticket]):
        return
    if state.replies_at_end[kind]:
        accepts(state, person, ticket)
    if _would_pass(state, person, ticket):
        state.undone[ticket] = conduct.PASSED_ON, state.left_ms[ticket]
        state.left_ms[ticket] = layout.pass_ms
    elif state.stage[ticket] == layout.last[kind] and _gives_in(
        state, person, ticket, conduct.CLOSES_EARLY, conduct.EARLY_CLOSE
    ):
        undone_ms = int(conduct.cut_ms(state.left_ms[ticket], layout.early_ppm))
        state.undone[ticket] = conduct.CUT_SHORT, undone_ms
        state.left_ms[ticket] -= undone_ms


def _is_own(state: State, ticket: int) -> bool:
    """Return whether a number is that of a ticket at a stage of its route: no errand, no look, no wrong queue."""
    return ticket < state.tickets and state.stage[ticket] <= state.layout.last[state.kind[ticket]]


def _gives_in(state: State, person: int, ticket: int, purpose: int, which: int) -> bool:
    intensity = state.conduct[person][which]
    return intensity > 0 and bool(conduct.gives_in(state.u(purpose, ticket), intensity))


def _would_pass(state: State, person: int, ticket: int) -> bool:
    layout = state.layout
    if not layout.hard[state.kind[ticket]] or state.passed.get(ticket) == state.visit[ticket]:
        return False
    wants = _gives_in(state, person, ticket, conduct.PASSES_ON, conduct.PASS_ON)
    return wants and _colleague(state, person, ticket) >= 0


def _colleague(state: State, person: int, ticket: int) -> int:
    """Return who on duty is handed a ticket by a person, -1 for nobody."""
    layout, skill, kind = state.layout, state.skill_of(ticket), state.kind[ticket]
    able = [
        other
        for other, on_duty in enumerate(state.on_duty)
        if on_duty and other != person and skill in state.may[other] and kind not in layout.crew.barred[other]
    ]
    return min(able, key=lambda p: int(conduct.burden(state.holds[p], p, person, len(state.may))), default=-1)


def thinks_better(state: State, ticket: int) -> None:
    """A ticket is handed back before it was closed early, or passed on: what it needs is to be done."""
    taken, undone_ms = state.undone.pop(ticket, (conduct.HONEST, 0))
    state.left_ms[ticket] = undone_ms + (0 if taken == conduct.PASSED_ON else state.left_ms[ticket])


def taken(state: State, ticket: int) -> int:
    """Return what is done with a ticket in hand: `HONEST`, `CUT_SHORT` or `PASSED_ON`."""
    return state.undone[ticket][0] if ticket in state.undone else conduct.HONEST


def closed_early(state: State, ticket: int) -> bool:
    """Return whether a ticket that is resolved now was closed early; then nothing else of it is waited for."""
    if ticket not in state.undone:
        return False
    del state.undone[ticket]
    state.rest_ms[ticket], state.refers[ticket] = -1, False
    return True


def passes(state: State, ticket: int, person: int) -> None:
    """A ticket goes to a colleague's list, or to the pool if nobody is on duty any more; nothing of it is done."""
    _, state.left_ms[ticket] = state.undone.pop(ticket)
    state.passed[ticket] = state.visit[ticket]
    state.note(ticket, HANDED_ON, person)
    colleague = _colleague(state, person, ticket)
    if colleague < 0:
        queues(state, ticket, state.now)
        return
    state.assigned_s[ticket] = state.accepted_s[ticket] = state.now
    gives(state, ticket, colleague, state.now)


def picks_easy(state: State, u: float, person: int) -> bool:
    """Return whether somebody picks the easy ones at a look around, whose uniform is `u`."""
    return bool(conduct.gives_in(u, state.conduct[person][conduct.CHERRY_PICK]))


def easy_index(state: State, ticket: int) -> int:
    """Return the index of a ticket for somebody who picks the easy ones."""
    layout: Layout = state.layout
    age_s = state.now - state.ready_s[ticket]
    return int(conduct.easy_index(layout.ease[state.kind[ticket]], state.step_of(ticket).mean_s, age_s))
