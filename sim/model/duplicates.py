"""Duplicates: a person who begins to work on one recognises it and merges it into the first ticket."""

from __future__ import annotations

from sim.model.state import GONE, State


def recognises(state: State, ticket: int) -> None:
    """Let little be left to do at a duplicate whose first ticket the desk still has."""
    layout = state.layout
    first = state.duplicate_of[ticket]
    if first < 0 or state.merges[ticket] or state.stage[ticket] != 0 or state.visit[ticket] != 0:
        return
    if state.place[first] == GONE:
        return
    state.merges[ticket] = True
    state.left_ms[ticket] = layout.merge_ms[state.kind[ticket]]
    state.rest_ms[ticket], state.refers[ticket] = -1, False
