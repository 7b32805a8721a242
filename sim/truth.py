"""What only the simulator knows. No module of the measure wing may import this."""

from dataclasses import dataclass

import polars as pl

from sim.log import Tables


@dataclass(frozen=True)
class Truth:
    """The truth behind a simulated log.

    Attributes
    ----------
    tables
        `people`, `conduct`, `tickets` and `busyness`, each made when it is first read. Each is an attribute, too.
    """

    tables: Tables

    @property
    def people(self) -> pl.DataFrame:
        """One row per person and skill.

        Columns person, role, skill, speed (1 = reference), quality (logits), courtesy (points), all as of somebody who
        is settled, and tenure_weeks (in the role before the first day; null for who is not new).
        """
        return self.tables["people"]

    @property
    def conduct(self) -> pl.DataFrame:
        """One row per person and instant from which on intensities hold; those of the begin come first.

        Columns person, role, from_s (seconds), and the intensity of each conduct, 0 to 1: token_reply, early_close,
        cherry_pick, pass_on, happy_survey.
        """
        return self.tables["conduct"]

    @property
    def tickets(self) -> pl.DataFrame:
        """One row per ticket, in their order.

        Columns ticket, kind, difficulty (logits), work_ms (content of all stages of the first visit, at speed 1),
        visits (times worked through), solved (whether the last resolution was one; null before any).
        """
        return self.tables["tickets"]

    @property
    def busyness(self) -> pl.DataFrame:
        """One row per local day: day (date ordinal), factor (the busyness that all kinds shared)."""
        return self.tables["busyness"]
