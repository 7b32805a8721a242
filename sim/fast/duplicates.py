"""Duplicates: a person who begins to work on one recognises it and merges it into the first ticket."""

from typing import Any

from sim.fast.forms import GONE
from sim.fast.memory import compiled, duplicate_at, kind_at, ticket_at


@compiled
def recognises(m: Any, ticket: int) -> None:
    """Let little be left to do at a duplicate whose first ticket the desk still has."""
    if ticket >= m.coming:
        return
    d, t = duplicate_at(m, ticket), ticket_at(m, ticket)
    if d.of < 0 or d.merges or t.stage != 0 or t.visit != 0 or ticket_at(m, d.of).place == GONE:
        return
    d.merges = 1
    t.left_ms, t.rest_ms, t.refers = kind_at(m, t.kind).merge_ms, -1, 0


@compiled
def merges(m: Any, ticket: int) -> Any:
    """Return the first ticket that a ticket in work is merged into, -1 for none."""
    if ticket < m.coming and duplicate_at(m, ticket).merges:
        return duplicate_at(m, ticket).of
    return -1
