"""Fairdesk's simulator: the desk, its worlds, its engines, its measures and its laboratory."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.compilation import keep_apart

if TYPE_CHECKING:
    from sim import fast, model
    from sim.desk import Desk
    from sim.experiment import replicate
    from sim.kpi import Window, measure
    from sim.log import Log
    from sim.world import sample

keep_apart()

__all__ = ["Desk", "Log", "Window", "fast", "measure", "model", "replicate", "sample"]

_HOMES = {
    "Desk": "sim.desk", "Log": "sim.log", "Window": "sim.kpi", "measure": "sim.kpi", "replicate": "sim.experiment",
    "sample": "sim.world",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: who needs one room does not pay for all."""
    if name in ("fast", "model"):
        return import_module(f"sim.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
