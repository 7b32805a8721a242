"""How a rolling plan weighs what it assigns: who does which ticket next, and when."""

from pydantic import Field

from sim.parameters import NotNegative, Parameters


class Planning(Parameters):
    """Weights and limits of the rolling plan: its cost is minutes of lateness, or what is worth as much."""

    lateness: NotNegative = Field(default=1.0, le=1e6, description="Cost of a minute of expected lateness.")
    breach: NotNegative = Field(
        default=60.0, le=1e6, description="Cost of a ticket that will be late for certain; of others by their chance."
    )
    fit: NotNegative = Field(
        default=0.5, le=1e6, description="Cost of a minute of work in a skill that is not the person's main one."
    )
    fairness: NotNegative = Field(
        default=10.0,
        le=1e4,
        description="Worth of a ticket that takes 1 off the person's mix deficit, in tickets; see `mix` of a policy.",
    )
    positions: int = Field(default=2, ge=1, le=20, description="Tickets that are planned ahead for each person.")
    assumed_due_h: NotNegative = Field(
        default=24.0,
        gt=0,
        le=87_600,
        description="A ticket that never falls due is taken as due so many hours after it became ready.",
    )
    gap: NotNegative = Field(default=1e-6, le=1, description="Relative gap at which the search may stop.")
    nodes: int = Field(
        default=1000, ge=1, le=10**6, description="Nodes that the search may look into; a limit that repeats exactly."
    )
