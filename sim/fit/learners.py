"""Who the learners are, as far as a log tells it: shares of stages and courses, and tenure."""

from __future__ import annotations

import polars as pl

from sim.desk import Law, LifeStage, Population
from sim.desk.law import LONGEST_MIN
from sim.desk.learners import MOST_LEARNERS
from sim.fit.facts import Facts

UNKNOWN = "unknown"
"""Stage of those of whom none is on record."""
_LEAST_SCV = 1e-4


def population_of(facts: Facts) -> tuple[Population | None, int]:
    """Return the population of a log's table of learners, and how many learners there are; None without a table.

    Notes
    -----
    Tenure at the log's begin is lognormal by stage, with the mean and the variance of those who had joined by then; who
    joined later, or of whom that is unknown, gives none. A stage in which nobody had joined has not yet learners.
    """
    seen = facts.log.cases["learner"].drop_nulls().n_unique()
    table = facts.log.learners
    if table.is_empty() or table.height > MOST_LEARNERS:
        return None, max(seen, 1) if seen else 1000
    rows = table.select("joined_s", *(pl.col(name).cast(pl.String).fill_null(UNKNOWN) for name in ("stage", "course")))
    stages = {
        name: LifeStage(share=len(own) / len(rows), tenure=_tenure(own["joined_s"]))
        for (name,), own in rows.partition_by("stage", as_dict=True, maintain_order=True).items()
    }
    courses: dict[str, float] = {}
    if table["course"].null_count() < len(table):
        counts = rows["course"].value_counts().sort("course")
        courses = {name: many / len(rows) for name, many in counts.iter_rows()}
    facts.assume("fit.population")
    return Population(stages=dict(sorted(stages.items())), courses=courses), table.height


def _tenure(joined_s: pl.Series) -> Law | None:
    since = [-at_s / 60 for at_s in joined_s.drop_nulls().to_list() if at_s <= 0]
    if not since:
        return None
    mean = min(sum(since) / len(since), float(LONGEST_MIN))
    spread = sum((each - mean) ** 2 for each in since) / len(since)
    if mean == 0 or spread < _LEAST_SCV * mean**2:
        return Law(law="constant", mean_min=mean)
    return Law(law="lognormal", mean_min=mean, scv=spread / mean**2)
