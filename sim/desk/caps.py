"""Caps: how many tickets of some kinds a person may hold open at once."""

from pydantic import Field

from sim.parameters import Names, Parameters


class Cap(Parameters):
    """A limit on the open tickets of some kinds, together, in one person's hands."""

    most: int = Field(ge=1, le=100_000, description="Tickets of the kinds that a person may hold open at once.")
    kinds: Names | None = Field(default=None, min_length=1, description="Kinds that count, together; all when absent.")
    seats: Names | None = Field(
        default=None, min_length=1, description="Seat groups whose people it binds; all when absent."
    )
