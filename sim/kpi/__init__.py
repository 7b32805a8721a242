"""Measures of a desk, from logs alone: exact sums that merge, figures with intervals, and who moves them."""

from sim.kpi.catalogue import KPIS, catalogue
from sim.kpi.finishers import finish
from sim.kpi.measure import Window, count, measure
from sim.kpi.mechanism import Kpi
from sim.kpi.statistics import Statistics, merge

__all__ = ["KPIS", "Kpi", "Statistics", "Window", "catalogue", "count", "finish", "measure", "merge"]
