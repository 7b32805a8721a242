"""Fairdesk's simulator: the desk, its worlds, its engines, its measures and its laboratory.

The public names are loaded when they are first asked for, so that a program which needs one room does not pay for
the imports of all.
"""

import importlib
from typing import Any

_HOMES = {
    "Desk": "sim.desk",
    "Log": "sim.log",
    "Window": "sim.kpi",
    "measure": "sim.kpi",
    "replicate": "sim.experiment",
    "sample": "sim.world",
}

__all__ = ["Desk", "Log", "Window", "measure", "model", "replicate", "sample"]


def __getattr__(name: str) -> Any:
    if name == "model":
        return importlib.import_module("sim.model")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")
