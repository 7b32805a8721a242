"""Rubrics: data, points, and the score of people by a log and by what people stated."""

from sim.kpi.rubric.alternatives import Alternative, Shift, alternatives, shifts
from sim.kpi.rubric.bands import Band, Borders, Text
from sim.kpi.rubric.consequences import Award, Consequences, Grade, Ladder, Pool, Step
from sim.kpi.rubric.course import Course, Courses
from sim.kpi.rubric.data import AS_WRITTEN, Category, Profile, Rubric, Tier, maximum, ranges
from sim.kpi.rubric.dimensions import FOUR, FOUR_OF_SIX, SIX, Weighed, dimension_of, weighed
from sim.kpi.rubric.explain import OneMore, drill, drill_all, one_more, one_more_each, to_next_tier
from sim.kpi.rubric.feedback import Missed, Sentence, feedback, missed
from sim.kpi.rubric.following import Following, following, from_pool, length_of, walk
from sim.kpi.rubric.forms import Forms, forms_of
from sim.kpi.rubric.items import Item, Source
from sim.kpi.rubric.lint import Finding, lint
from sim.kpi.rubric.periods import period_of
from sim.kpi.rubric.points import RubricError, points_of, tiers_of
from sim.kpi.rubric.policies import Policies
from sim.kpi.rubric.review import Figure, ItemReview, Review, RoleReview, review
from sim.kpi.rubric.score import forms_in, score, score_tally
from sim.kpi.rubric.standing import Standing, standing
from sim.kpi.rubric.tally import Tally, fault_of, tally
from sim.kpi.rubric.targets import Target, targets
from sim.kpi.rubric.versions import Scored, Version, in_order, score_versions, scored

__all__ = [
    "AS_WRITTEN",
    "FOUR",
    "FOUR_OF_SIX",
    "SIX",
    "Alternative",
    "Award",
    "Band",
    "Borders",
    "Category",
    "Consequences",
    "Course",
    "Courses",
    "Figure",
    "Finding",
    "Following",
    "Forms",
    "Grade",
    "Item",
    "ItemReview",
    "Ladder",
    "Missed",
    "OneMore",
    "Policies",
    "Pool",
    "Profile",
    "Review",
    "RoleReview",
    "Rubric",
    "RubricError",
    "Scored",
    "Sentence",
    "Shift",
    "Source",
    "Standing",
    "Step",
    "Tally",
    "Target",
    "Text",
    "Tier",
    "Version",
    "Weighed",
    "alternatives",
    "dimension_of",
    "drill",
    "drill_all",
    "fault_of",
    "feedback",
    "following",
    "forms_in",
    "forms_of",
    "from_pool",
    "in_order",
    "length_of",
    "lint",
    "maximum",
    "missed",
    "one_more",
    "one_more_each",
    "period_of",
    "points_of",
    "ranges",
    "review",
    "score",
    "score_tally",
    "score_versions",
    "scored",
    "shifts",
    "standing",
    "tally",
    "targets",
    "tiers_of",
    "to_next_tier",
    "walk",
    "weighed",
]
