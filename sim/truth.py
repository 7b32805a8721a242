"""What only the simulator knows. No module of the measure wing may import this."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Truth:
    """The truth behind a simulated log.

    Attributes
    ----------
    people
        person, role, skill, speed (1 = reference), quality (logits), courtesy (points): one row per person and skill.
    tickets
        ticket, kind, difficulty (logits), work_ms (content of all stages of the first visit, at speed 1),
        visits (times worked through), solved (whether the last resolution was one; null before any).
    busyness
        day (local date ordinal), factor: the day-level busyness that all kinds shared.
    """

    people: pl.DataFrame
    tickets: pl.DataFrame
    busyness: pl.DataFrame
