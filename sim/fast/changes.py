"""Changes of priority and of agreement in mid-life: the target is another one, and no pause is lost."""

from typing import Any

from sim import rules
from sim.fast import branches, dues, lines, moves, written
from sim.fast.forms import CHANGES, COMES_UNDER, GONE, RESTING
from sim.fast.memory import change_at, compiled, due_at, pause_at, promise_at, response_at, run_at, ticket_at
from sim.layout import NEVER
from sim.record import PRIORITY, SLA


@compiled
def will_change(m: Any, ticket: int) -> None:
    """Let a ticket's priority and agreement be looked at again, if it was drawn for that."""
    c = change_at(m, ticket)
    if c.at_s >= 0:
        lines.push(m, c.at_s, CHANGES, ticket)
    if c.under_s >= 0:
        lines.push(m, c.under_s, COMES_UNDER, ticket)


@compiled
def paused(m: Any, ticket: int, begin_s: int, end_s: int) -> None:
    """Keep a pause of a ticket whose priority or agreement may still change."""
    c = change_at(m, ticket)
    if max(c.at_s, c.under_s) < m.now_s:
        return
    pause = pause_at(m, m.paused)
    pause.begin_s, pause.end_s, pause.after = begin_s, end_s, -1
    if c.first_pause < 0:
        c.first_pause = m.paused
    else:
        pause_at(m, c.last_pause).after = m.paused
    c.last_pause = m.paused
    m.paused += 1


@compiled
def restarts(m: Any, ticket: int) -> None:
    """Let a new run of the resolution clock begin now, without pauses."""
    c = change_at(m, ticket)
    c.from_s, c.first_pause = m.now_s, -1


@compiled
def _resolution_s(m: Any, ticket: int) -> Any:
    """Begin the run of the resolution clock anew under the present priority; return when the ticket falls due."""
    t, c = ticket_at(m, ticket), change_at(m, ticket)
    if promise_at(m, t.kind, dues.standing(m, ticket)).clock < 0:
        return NEVER
    dues.begin_run(m, ticket, c.from_s)
    i = c.first_pause
    while i >= 0:
        dues.pause(m, ticket, pause_at(m, i).begin_s, pause_at(m, i).end_s)
        i = pause_at(m, i).after
    return rules.due_after_change_s(run_at(m, ticket).moved_due_s // m.clock_s * m.clock_s, c.changed_s)


@compiled
def _response_s(m: Any, ticket: int) -> Any:
    t, c = ticket_at(m, ticket), change_at(m, ticket)
    promise = response_at(m, t.kind, dues.standing(m, ticket))
    if promise.clock < 0:
        return NEVER
    due_s = dues.due_s(m, promise.clock, promise.open_s, promise.days, t.created_s)
    return rules.due_after_change_s(due_s // m.clock_s * m.clock_s, c.changed_s)


@compiled
def _falls_due_anew(m: Any, ticket: int) -> None:
    """Let the new target count from the same begin, with the same pauses, and from no earlier than now."""
    t = ticket_at(m, ticket)
    if not t.replied:
        due_s = _response_s(m, ticket)
        if due_s != due_at(m, ticket).response_s:
            due_at(m, ticket).response_s, change_at(m, ticket).warns_s = due_s, -1
            moves.warns_of(m, ticket, 0, due_s)
    due_s = _resolution_s(m, ticket)
    if due_s != t.due_resolution_s:
        t.due_resolution_s, t.warns_s = due_s, -1
        moves.warns_of(m, ticket, 1, due_s)
    t.due_first_s = min(due_at(m, ticket).response_s, t.due_resolution_s)


@compiled
def changes(m: Any, ticket: int) -> None:
    """An open ticket turns out to be more, or less, urgent than it seemed."""
    t, priority = ticket_at(m, ticket), change_at(m, ticket).to
    if t.place == RESTING or t.place == GONE or priority == t.priority:
        return
    written.note(m, ticket, PRIORITY, -1, priority)
    if t.place >= 0:
        moves.unqueues(m, ticket)
        t.priority = priority
        moves.queues(m, ticket, t.ready_s)
    t.priority, change_at(m, ticket).changed_s = priority, m.now_s
    _falls_due_anew(m, ticket)
    if m.parallel:
        branches.tells_all(m, ticket)


@compiled
def comes_under(m: Any, ticket: int) -> None:
    """An open ticket comes under another agreement."""
    t, c = ticket_at(m, ticket), change_at(m, ticket)
    if t.place == RESTING or t.place == GONE:
        return
    written.note(m, ticket, SLA, -1, c.under_to)
    c.under, c.changed_s = c.under_to, m.now_s
    _falls_due_anew(m, ticket)
    if m.parallel:
        branches.tells_all(m, ticket)
