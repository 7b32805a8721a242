"""Service levels: targets by priority and kind, each on its own calendar, and when tickets fall due."""

from sim.sla.agreement import CLAUSES, PRESETS, Clause, Sla, Target, standings
from sim.sla.clock import Cycle, Pauses, Promise, SlaClock, cycles

__all__ = [
    "CLAUSES",
    "PRESETS",
    "Clause",
    "Cycle",
    "Pauses",
    "Promise",
    "Sla",
    "SlaClock",
    "Target",
    "cycles",
    "standings",
]
