"""Rosters: named people to shifts, day by day, under rules that hold or have a price.

The public names are loaded when they are first asked for, because PuLP takes half a second to import.
"""

import importlib
from typing import Any

_HOMES = {
    "Broken": "optimize.roster.checker",
    "Contract": "optimize.roster.rules",
    "Made": "optimize.roster.weeks",
    "Need": "optimize.roster.rules",
    "NoRoster": "optimize.roster.model",
    "Own": "optimize.roster.rules",
    "Question": "optimize.roster.data",
    "Request": "optimize.roster.rules",
    "Rules": "optimize.roster.rules",
    "Wish": "optimize.roster.rules",
    "again": "optimize.roster.again",
    "broken": "optimize.roster.checker",
    "question_of": "optimize.roster.desks",
    "rostered": "optimize.roster.weeks",
    "with_roster": "optimize.roster.desks",
}

__all__ = [
    "Broken",
    "Contract",
    "Made",
    "Need",
    "NoRoster",
    "Own",
    "Question",
    "Request",
    "Rules",
    "Wish",
    "again",
    "broken",
    "question_of",
    "rostered",
    "with_roster",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'optimize.roster' has no attribute {name!r}")
