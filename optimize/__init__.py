"""The optimizer: models in PuLP, solved by HiGHS, believed only after worlds have confirmed them.

The public names are loaded when they are first asked for, because PuLP takes half a second to import.
"""

import importlib
from typing import Any

_HOMES = {
    "Cover": "optimize.covering",
    "Gain": "optimize.gains",
    "Goal": "optimize.goal",
    "Infeasible": "optimize.explain",
    "Limits": "optimize.master",
    "NoSolution": "optimize.solve",
    "Plan": "optimize.staffing",
    "Planner": "optimize.assign.planner",
    "Point": "optimize.pareto",
    "Progress": "optimize.running",
    "Selection": "optimize.samples",
    "Solution": "optimize.solve",
    "Space": "optimize.space",
    "Step": "optimize.permissions",
    "Target": "optimize.targets",
    "Training": "optimize.training",
    "Tuning": "optimize.tuning",
    "Unbounded": "optimize.solve",
    "WrongSolution": "optimize.solve",
    "cover": "optimize.covering",
    "default_targets": "optimize.targets",
    "front": "optimize.pareto",
    "kn": "optimize.selection",
    "ocba": "optimize.selection",
    "opportunity_spread": "optimize.pareto",
    "staff": "optimize.staffing",
    "train": "optimize.training",
    "tune": "optimize.tuning",
}

__all__ = [
    "Cover",
    "Gain",
    "Goal",
    "Infeasible",
    "Limits",
    "NoSolution",
    "Plan",
    "Planner",
    "Point",
    "Progress",
    "Selection",
    "Solution",
    "Space",
    "Step",
    "Target",
    "Training",
    "Tuning",
    "Unbounded",
    "WrongSolution",
    "cover",
    "default_targets",
    "front",
    "kn",
    "ocba",
    "opportunity_spread",
    "staff",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'optimize' has no attribute {name!r}")
