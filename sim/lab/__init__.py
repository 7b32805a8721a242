"""The laboratory: the only floor that sees truth and KPIs together."""

from sim.lab.fairness import Fairness, fairness
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.latin import cyclic, square
from sim.lab.seating import Month, Seated, month_of_desk, one_world, role_of
from sim.lab.split import Shares, split
from sim.lab.value import value_of

__all__ = [
    "Estimate",
    "Fairness",
    "Month",
    "Seated",
    "Shares",
    "cyclic",
    "fairness",
    "jackknife_t",
    "mean_t",
    "month_of_desk",
    "one_world",
    "role_of",
    "split",
    "square",
    "value_of",
]
