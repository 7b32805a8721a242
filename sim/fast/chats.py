"""Several chats in one person's hands: at which rate, and whether there is room for one more."""

from typing import Any

from sim import rules
from sim.fast import learning
from sim.fast.forms import IDLE
from sim.fast.memory import compiled, inlined, kind_at, pace_at, person_at, ticket_at


@inlined
def rate_ppm(m: Any, person: int, skill: int, many: int, since_s: int) -> Any:
    """Return the rate in a skill, at work since an instant, of a person who has so many tickets in hand."""
    alone = learning.rate_on(m, person, skill, since_s)
    return alone if many == 1 else rules.shared_rate_ppm(alone, pace_at(m, person, many - 1).ppm)


@compiled
def has_room(m: Any, person: int) -> Any:
    """Return whether a person on duty who is busy with chats may begin one more."""
    p = person_at(m, person)
    return p.on_duty and not p.suspended and p.chats and 0 < p.in_hand < p.most


@compiled
def may_take(m: Any, ticket: int, person: int) -> Any:
    """Return whether a ticket of the pool may go to a person as far as chats go: somebody busy takes only chats.

    An inbox takes everything.
    """
    return m.inbox or person_at(m, person).status == IDLE or kind_at(m, ticket_at(m, ticket).kind).chat
