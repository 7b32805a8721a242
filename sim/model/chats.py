"""Several chats in one person's hands: whether there is room for one more."""

from __future__ import annotations

from sim.model.state import State


def has_room(state: State, person: int) -> bool:
    """Return whether a person on duty who is busy with chats may begin one more."""
    in_hand = state.in_hand[person]
    if not state.on_duty[person] or not 0 < len(in_hand) < state.most[person]:
        return False
    return not state.suspended[person] and state.chat[state.kind[in_hand[0]]]
