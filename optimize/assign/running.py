"""Engines that hand a desk of policy `plan` to its planner; every other desk runs as it always does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim.desk import Desk
from sim.world import World


def is_planned(desk: Desk) -> bool:
    """Return whether a desk goes by a rolling plan: policy `plan`, with epochs at which to decide."""
    return desk.routing.policy == "plan" and desk.routing.steer_every_min is not None


@dataclass(frozen=True)
class Planned:
    """An engine that steers desks of policy `plan` (see `optimize.Planner`), and runs all others as it is.

    The log of a run in which the plan gave way to `sla_slack` says so, and how often, in its `source`.

    Attributes
    ----------
    engine
        `sim.model.run` or its equal.
    """

    engine: Any

    def __post_init__(self) -> None:
        # What is kept of a run names its engine; a plan depends on our own sources and the solver's version, too.
        name = f"{self.engine.__module__}.{self.engine.__qualname__}"
        object.__setattr__(self, "__qualname__", f"Planned[{name}, {identity()}]")

    def __call__(self, desk: Desk, world: World) -> Any:
        """Return log and truth of a run."""
        if not is_planned(desk):
            return self.engine(desk, world)
        from optimize.assign.planner import Planner

        planner = Planner(desk)
        log, truth = self.engine(desk, world, steer=planner)
        if planner.given_way:
            said = f"{log.source}, sla_slack in place of a plan at {planner.given_way} of {planner.decisions} decisions"
            log = replace(log, source=said)
        return log, truth


@cache
def identity() -> str:
    """Return what a plan depends on beside the desk: versions of the solver, and a digest of how it is used."""
    digest, here = hashlib.sha256(), Path(__file__).parent
    for path in (*sorted(here.glob("*.py")), here.parent / "solve.py", here.parent / "rows.py"):
        digest.update(path.read_bytes())
    return f"pulp {version('pulp')}, highspy {version('highspy')}, {digest.hexdigest()[:16]}"
