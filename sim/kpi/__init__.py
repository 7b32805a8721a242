"""Measures of a desk, from logs alone: exact sums that merge, figures with intervals, and who moves them."""

from sim.kpi.book import Book
from sim.kpi.catalogue import KPIS, STANDARD, catalogue
from sim.kpi.diagnosis import bottlenecks, heat
from sim.kpi.finishers import finish
from sim.kpi.measure import Window, count, measure
from sim.kpi.mechanism import Kpi
from sim.kpi.modes import REOPEN_MODES, reopen_modes
from sim.kpi.own import KpiFile
from sim.kpi.reliability import reliability
from sim.kpi.statistics import Statistics, merge
from sim.kpi.switches import Switches

__all__ = [
    "KPIS",
    "REOPEN_MODES",
    "STANDARD",
    "Book",
    "Kpi",
    "KpiFile",
    "Statistics",
    "Switches",
    "Window",
    "bottlenecks",
    "catalogue",
    "count",
    "finish",
    "heat",
    "measure",
    "merge",
    "reliability",
    "reopen_modes",
]
