"""How people come to a ticket: who forgets it, what reminds them, how they pick, who assigns by hand or supervises."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.desk.law import LONGEST_MIN, Law
from sim.parameters import Name, Names, Parameters, Share


class Neglect(Parameters):
    """Assigned tickets that are forgotten in an inbox, until a reminder is heeded or they come to mind (R000-24)."""

    share: Share = Field(description="Chance that an assigned ticket is forgotten.")
    forgotten: Law = Field(description="For how long it is forgotten, from the end of the pick-up delay.")
    remind_min: int = Field(
        default=0,
        ge=0,
        le=LONGEST_MIN,
        description="Minutes from the assignment to the first reminder, and from each to the next, of every ticket "
        "that was not accepted yet (R000-23); 0 = no reminders.",
    )
    heeds: Share = Field(
        default=1.0,
        gt=0,
        description="Chance that a reminder is heeded: then a forgotten ticket is accepted at once, but not before "
        "the pick-up delay is over.",
    )


class Pull(Parameters):
    """How idle people pick tickets for themselves."""

    look_around: Law = Field(
        description="Time from turning to the pool to picking a ticket, at least a grain of the clock."
    )
    declines: dict[Name, Annotated[Share, Field(lt=1)]] = Field(
        default={}, description="Chance, below 1, that somebody who looks around passes over the tickets of a kind."
    )


class Dispatch(Parameters):
    """A dispatcher, by whose hand every ticket goes before somebody gets it."""

    delay: Law = Field(description="Time on duty until the dispatcher comes to a ticket that entered the pool.")
    seats: Names = Field(
        default=(),
        description="Seat groups that dispatch: somebody is on duty when anybody of these is; none = around the clock.",
    )
    errors: Share = Field(
        default=0.0,
        description="Share of the tickets that are first given to somebody of a wrong skill, any of the others alike "
        "(R000-11).",
    )
    finds_out: Law | None = Field(
        default=None, description="Work of whom it was given to until it is found out that it is the wrong person."
    )

    @model_validator(mode="after")
    def _found_out(self) -> Self:
        if self.errors > 0 and self.finds_out is None:
            raise ValueError("a dispatcher who makes errors needs `finds_out`, the law of the work that each costs")
        return self


class Supervisor(Parameters):
    """Somebody who looks at every ticket that is escalated, before it is worked on again (R000-54, R001-11)."""

    skill: Name = Field(description="Skill of those who look at it: a seat with heads takes it.")
    work: Law = Field(description="Work content of a look, for a person of speed 1.")


class Assist(Parameters):
    """A colleague who is asked for help with a stage (R003-41)."""

    skill: Name = Field(description="Skill of the colleague: a seat with heads takes it.")
    work: Law = Field(description="Work content of the help, for a person of speed 1.")
