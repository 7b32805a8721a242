"""A world: all tickets that a seed sends to a desk, with every number that they all need.

Arrivals of a kind are a unit-rate Poisson process on the plane (time x rate), cut into strips of fixed height:
a strip of a day has its own numbers, and the points below the day's actual rate are tickets. So a higher rate
reads more strips and adds tickets, and no ticket ever changes its name or its draws.
"""

from sim.world.arrivals import ASKS, STRIP_PER_DAY, WORK, drawn
from sim.world.changes import agreements_of, changes_of
from sim.world.course import course_of, day_factors, demand_of, hourly_per_day
from sim.world.solutions import known_solutions, with_solutions
from sim.world.world import World, sample

__all__ = [
    "ASKS",
    "STRIP_PER_DAY",
    "WORK",
    "World",
    "agreements_of",
    "changes_of",
    "course_of",
    "day_factors",
    "demand_of",
    "drawn",
    "hourly_per_day",
    "known_solutions",
    "sample",
    "with_solutions",
]
