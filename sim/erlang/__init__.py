"""Queues with an exact answer: what a simulated desk must reproduce, and a first guess at its staff.

Tickets arrive at random (a Poisson process), wait in one line and are served in order of arrival by staff who
are alike; figures are those of the steady state. Rates are tickets per minute and times are minutes
throughout; any other unit of time does as well, if it is the same everywhere.
"""

from sim.erlang.exponential import (
    erlang_a,
    erlang_a_served_within,
    erlang_b,
    erlang_c,
    mmc,
    mmc_waits_longer,
    mmck,
    staff_for,
)
from sim.erlang.general import mdc, mg1, mphc
from sim.erlang.priority import cobham, cobham_mg1, cobham_waits_longer
from sim.erlang.steady import Steady

__all__ = [
    "Steady",
    "cobham",
    "cobham_mg1",
    "cobham_waits_longer",
    "erlang_a",
    "erlang_a_served_within",
    "erlang_b",
    "erlang_c",
    "mdc",
    "mg1",
    "mmc",
    "mmc_waits_longer",
    "mmck",
    "mphc",
    "staff_for",
]
