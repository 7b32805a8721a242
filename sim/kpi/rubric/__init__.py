"""Rubrics: data, points, and the score of people by a log."""

from sim.kpi.rubric.data import Band, Borders, Category, Item, Policies, Rubric, Tier, maximum, ranges
from sim.kpi.rubric.points import RubricError, points_of, tiers_of
from sim.kpi.rubric.score import score, score_tally
from sim.kpi.rubric.tally import Tally, month_of, tally

__all__ = [
    "Band",
    "Borders",
    "Category",
    "Item",
    "Policies",
    "Rubric",
    "RubricError",
    "Tally",
    "Tier",
    "maximum",
    "month_of",
    "points_of",
    "ranges",
    "score",
    "score_tally",
    "tally",
    "tiers_of",
]
