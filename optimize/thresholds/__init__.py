"""Bands, points and tier cuts of a rubric, chosen from finite menus so that scores tell people apart, not seats."""

from optimize.thresholds.choice import Choice, Ground, Offer, best_choice, frontier
from optimize.thresholds.menu import Guards, calibrated, moved, scaled, tables_of, worths_of
from optimize.thresholds.tiers import Cuts, cuts_by_cost, cuts_by_share, expected_cost, ranks_of, shares_of

__all__ = [
    "Choice",
    "Cuts",
    "Ground",
    "Guards",
    "Offer",
    "best_choice",
    "calibrated",
    "cuts_by_cost",
    "cuts_by_share",
    "expected_cost",
    "frontier",
    "moved",
    "ranks_of",
    "scaled",
    "shares_of",
    "tables_of",
    "worths_of",
]
