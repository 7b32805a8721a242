"""What people do with tickets for the sake of their figures: see `sim.conduct`."""

from __future__ import annotations

from sim import conduct
from sim.model.state import State


def begins(state: State, person: int, ticket: int) -> None:
    """Somebody begins to work on a ticket: they may be about to close it before it is done."""
    kind, layout = state.kind[ticket], state.layout
    if ticket >= state.tickets or state.stage[ticket] != layout.last[kind]:
        return
    if state.merges and state.merges[ticket]:
        return
    if conduct.gives_in(state.u(conduct.CLOSES_EARLY, ticket), state.conduct[person][conduct.EARLY_CLOSE]):
        state.undone_ms[ticket] = int(conduct.cut_ms(state.left_ms[ticket], layout.early_ppm))
        state.left_ms[ticket] -= state.undone_ms[ticket]


def thinks_better(state: State, ticket: int) -> None:
    """A ticket is handed back before it was closed early: what would have been left undone is to be done."""
    state.left_ms[ticket] += state.undone_ms.pop(ticket, 0)


def closed_early(state: State, ticket: int) -> bool:
    """Return whether a ticket that is resolved now was closed early; then nothing else of it is waited for."""
    if ticket not in state.undone_ms:
        return False
    del state.undone_ms[ticket]
    state.rest_ms[ticket], state.refers[ticket] = -1, False
    return True
