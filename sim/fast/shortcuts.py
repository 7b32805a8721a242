"""What people do with tickets for the sake of their figures: see `sim.conduct`."""

from typing import Any

from sim import conduct
from sim.fast import draws, duplicates
from sim.fast.memory import compiled, inlined, kind_at, leaning_at, shortcut_at, ticket_at


@compiled
def begins(m: Any, person: int, ticket: int) -> None:
    """Somebody begins to work on a ticket: they may be about to close it before it is done."""
    t = ticket_at(m, ticket)
    if ticket >= m.coming or t.stage != kind_at(m, t.kind).stages - 1:
        return
    if m.merging and duplicates.merges(m, ticket) >= 0:
        return
    if conduct.gives_in(draws.drawn(m, conduct.CLOSES_EARLY, ticket), leaning_at(m, person).early_close):
        s = shortcut_at(m, ticket)
        s.taken, s.undone_ms = conduct.CUT_SHORT, conduct.cut_ms(t.left_ms, m.early_ppm)
        t.left_ms -= s.undone_ms


@inlined
def taken(m: Any, ticket: int) -> Any:
    """Return what is done with a ticket in hand: `HONEST` or `CUT_SHORT`."""
    if m.tempted and ticket < m.coming:
        return shortcut_at(m, ticket).taken
    return conduct.HONEST


@compiled
def thinks_better(m: Any, ticket: int) -> None:
    """A ticket is handed back before it was closed early: what would have been left undone is to be done."""
    if taken(m, ticket) == conduct.CUT_SHORT:
        ticket_at(m, ticket).left_ms += shortcut_at(m, ticket).undone_ms
        shortcut_at(m, ticket).taken = conduct.HONEST


@inlined
def closed_early(m: Any, ticket: int) -> Any:
    """Return whether a ticket that is resolved now was closed early; then nothing else of it is waited for."""
    if taken(m, ticket) != conduct.CUT_SHORT:
        return False
    shortcut_at(m, ticket).taken = conduct.HONEST
    t = ticket_at(m, ticket)
    t.rest_ms, t.refers = -1, 0
    return True
