"""What people do with tickets for the sake of their figures: see `sim.conduct`."""

from typing import Any

from sim import conduct
from sim.fast import draws, duplicates, moves, written
from sim.fast.forms import OWED
from sim.fast.memory import (
    ability_at,
    barred_at,
    compiled,
    inlined,
    kind_at,
    leaning_at,
    person_at,
    shortcut_at,
    step_at,
    ticket_at,
)
from sim.record import HANDED_ON, REPLY, TOKEN


@inlined
def _is_own(m: Any, ticket: int) -> Any:
    """Return whether a number is that of a ticket at a stage of its route: no errand, no look, no wrong queue."""
    t = ticket_at(m, ticket)
    return ticket < m.coming and t.stage < kind_at(m, t.kind).stages


@compiled
def accepts(m: Any, person: int, ticket: int) -> None:
    """Somebody has taken note of a ticket: they may reply at once, without substance, if nobody has replied yet.

    The real reply comes when it would have come.
    """
    t, intensity = ticket_at(m, ticket), leaning_at(m, person).token_reply
    if t.replied or intensity == 0.0 or not _is_own(m, ticket):
        return
    if conduct.gives_in(draws.drawn(m, conduct.REPLIES_EARLY, ticket), intensity):
        written.note(m, ticket, REPLY, person, TOKEN)
        t.replied = OWED
        t.left_ms += m.token_ms


@compiled
def _colleague(m: Any, person: int, ticket: int) -> Any:
    """Return who on duty is handed a ticket by a person, -1 for nobody."""
    t = ticket_at(m, ticket)
    skill: Any = step_at(m, t.kind, t.stage).skill
    best: Any = -1
    least: Any = 0
    for other in range(m.n_people):
        p = person_at(m, other)
        if not p.on_duty or other == person or not ability_at(m, other, skill).may:
            continue
        if barred_at(m, other, t.kind).barred:
            continue
        value = conduct.burden(p.holds, other, person, m.n_people)
        if best < 0 or value < least:
            best, least = other, value
    return best


@compiled
def _would_pass(m: Any, person: int, ticket: int) -> Any:
    t, intensity = ticket_at(m, ticket), leaning_at(m, person).pass_on
    if intensity == 0.0 or not kind_at(m, t.kind).hard or shortcut_at(m, ticket).passed == t.visit:
        return False
    if not conduct.gives_in(draws.drawn(m, conduct.PASSES_ON, ticket), intensity):
        return False
    return _colleague(m, person, ticket) >= 0


@compiled
def _closes_early(m: Any, person: int, ticket: int) -> Any:
    intensity = leaning_at(m, person).early_close
    return intensity > 0.0 and conduct.gives_in(draws.drawn(m, conduct.CLOSES_EARLY, ticket), intensity)


@compiled
def begins(m: Any, person: int, ticket: int) -> None:
    """Somebody begins to work on a ticket: they may be about to pass it on, or to close it before it is done."""
    t = ticket_at(m, ticket)
    if not _is_own(m, ticket) or (m.merging and duplicates.merges(m, ticket) >= 0):
        return
    kind, s = kind_at(m, t.kind), shortcut_at(m, ticket)
    if kind.replies_at_end:
        accepts(m, person, ticket)
    if _would_pass(m, person, ticket):
        s.taken, s.undone_ms = conduct.PASSED_ON, t.left_ms
        t.left_ms = m.pass_ms
    elif t.stage == kind.stages - 1 and _closes_early(m, person, ticket):
        s.taken, s.undone_ms = conduct.CUT_SHORT, conduct.cut_ms(t.left_ms, m.early_ppm)
        t.left_ms -= s.undone_ms


@inlined
def taken(m: Any, ticket: int) -> Any:
    """Return what is done with a ticket in hand: `HONEST`, `CUT_SHORT` or `PASSED_ON`."""
    if m.tempted and ticket < m.coming:
        return shortcut_at(m, ticket).taken
    return conduct.HONEST


@compiled
def thinks_better(m: Any, ticket: int) -> None:
    """A ticket is handed back before it was closed early, or passed on: what it needs is to be done."""
    was = taken(m, ticket)
    if was == conduct.HONEST:
        return
    t, s = ticket_at(m, ticket), shortcut_at(m, ticket)
    t.left_ms = s.undone_ms + (0 if was == conduct.PASSED_ON else t.left_ms)
    s.taken = conduct.HONEST


@inlined
def closed_early(m: Any, ticket: int) -> Any:
    """Return whether a ticket that is resolved now was closed early; then nothing else of it is waited for."""
    if taken(m, ticket) != conduct.CUT_SHORT:
        return False
    shortcut_at(m, ticket).taken = conduct.HONEST
    t = ticket_at(m, ticket)
    t.rest_ms, t.refers = -1, 0
    return True


@compiled
def passes(m: Any, ticket: int, person: int) -> None:
    """A ticket goes to a colleague's list, or to the pool if nobody is on duty any more; nothing of it is done."""
    t, s = ticket_at(m, ticket), shortcut_at(m, ticket)
    s.taken, s.passed, t.left_ms = conduct.HONEST, t.visit, s.undone_ms
    written.note(m, ticket, HANDED_ON, person, -1)
    colleague = _colleague(m, person, ticket)
    if colleague < 0:
        moves.queues(m, ticket, m.now_s)
        return
    t.assigned_s, t.accepted_s = m.now_s, m.now_s
    moves.gives(m, ticket, colleague, m.now_s)


@compiled
def easy_index(m: Any, ticket: int) -> Any:
    """Return the index of a ticket for somebody who picks the easy ones."""
    t = ticket_at(m, ticket)
    return conduct.easy_index(kind_at(m, t.kind).ease, step_at(m, t.kind, t.stage).mean_s, m.now_s - t.ready_s)
