"""Judges of simulated people: who states points of them, with what habits, and what they look at."""

from sim.lab.judges.data import Judge, Judges, Trait, check_judged
from sim.lab.judges.fitting import fit_judges
from sim.lab.judges.merits import Basis, aspects, basis_of, cells_to_judge, merits
from sim.lab.judges.writing import judge, marked, stated

__all__ = [
    "Basis",
    "Judge",
    "Judges",
    "Trait",
    "aspects",
    "basis_of",
    "cells_to_judge",
    "check_judged",
    "fit_judges",
    "judge",
    "marked",
    "merits",
    "stated",
]
