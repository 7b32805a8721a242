"""Random numbers of a present visit, each a pure function of the seed and a name."""

from typing import Any

import numpy as np

from sim import rules
from sim.chance import quantile, uniform
from sim.fast.memory import compiled, tables, ticket_at


@compiled
def drawn(m: Any, purpose: int, ticket: int) -> Any:
    """Return the uniform number of a ticket's present visit."""
    t = ticket_at(m, ticket)
    return uniform(m.key_0, m.key_1, purpose, t.name_0, t.name_1, t.name_2, t.visit)


@compiled
def drawn_ms(m: Any, row: int, purpose: int, ticket: int) -> Any:
    """Return a time of a ticket's present visit in milliseconds."""
    return np.int64(np.rint(quantile(tables(m), row, drawn(m, purpose, ticket))))


@compiled
def drawn_s(m: Any, row: int, purpose: int, ticket: int) -> Any:
    """Return a delay of a ticket's present visit in seconds; none without a row."""
    if row < 0:
        return 0
    return rules.delay_s(drawn_ms(m, row, purpose, ticket), m.clock_s)
