"""Experiments: the same desk in many worlds, here or over threads, processes and a cluster; desks compared."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.experiment.engines import DEFAULT_ENGINE, ENGINES, Run, local, simulate
    from sim.experiment.intervals import interval, paired, summary
    from sim.experiment.memory import Remembering, Store
    from sim.experiment.packing import keepable
    from sim.experiment.pools import Pool, PoolError, kept_open, processes, threads
    from sim.experiment.reaction import Reacting, rubrics_of
    from sim.experiment.remote import cluster
    from sim.experiment.replications import differences, kpis, measured, replicate
    from sim.experiment.work import spread

__all__ = [
    "DEFAULT_ENGINE", "ENGINES", "Pool", "PoolError", "Reacting", "Remembering", "Run", "Store", "cluster",
    "differences", "interval", "keepable", "kept_open", "kpis", "local", "measured", "paired", "processes", "replicate",
    "rubrics_of", "simulate", "spread", "summary", "threads",
]  # fmt: skip

_HOMES = {
    "DEFAULT_ENGINE": "engines", "ENGINES": "engines", "Run": "engines", "local": "engines",
    "simulate": "engines", "interval": "intervals",
    "Remembering": "memory", "Store": "memory", "keepable": "packing",
    "paired": "intervals", "summary": "intervals", "Pool": "pools", "PoolError": "pools", "kept_open": "pools",
    "processes": "pools", "threads": "pools", "cluster": "remote", "differences": "replications",
    "Reacting": "reaction", "rubrics_of": "reaction",
    "kpis": "replications", "measured": "replications", "replicate": "replications", "spread": "work",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: the name of an engine costs no table library."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
