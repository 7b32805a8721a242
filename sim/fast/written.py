"""What is written down as it happens: moments, touches, parts of touches."""

from typing import Any

from sim.fast.memory import inlined, moment_at, segment_at, ticket_at, touch_at


@inlined
def note(m: Any, ticket: int, what: int, who: int, value: int) -> None:
    """Write down a moment; -1 for none."""
    row = moment_at(m, m.told)
    m.told += 1
    row.ticket, row.at_s, row.what, row.who, row.value = ticket, m.now_s, what, who, value


@inlined
def touch(m: Any, ticket: int, person: int, started_s: int, ended_s: int, work_s: int, ended: int) -> None:
    """Write down a touch."""
    t = ticket_at(m, ticket)
    row = touch_at(m, m.touched)
    m.touched += 1
    row.ticket, row.stage, row.visit, row.person = ticket, t.stage, t.visit, person
    row.ready_s, row.assigned_s, row.accepted_s = t.ready_s, t.assigned_s, t.accepted_s
    row.started_s, row.ended_s, row.work_s, row.ended = started_s, ended_s, work_s, ended


@inlined
def segment(m: Any, person: int, begin_s: int, end_s: int) -> None:
    """Write down a part of a touch that was interrupted."""
    row = segment_at(m, m.split)
    m.split += 1
    row.person, row.begin_s, row.end_s = person, begin_s, end_s
