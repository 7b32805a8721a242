"""What targets come to in worlds: the simulator as the optimizer sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from optimize.targets import Target
from sim.desk import Desk
from sim.experiment import Pool, Run, replicate
from sim.kpi import measure
from sim.log import Log

type Estimate = Callable[[Desk, Sequence[int]], pl.DataFrame]
"""Gives the figures of a desk in the worlds of some seeds: columns target, kind, seed, value.

`kind` is null in the row of the target itself; the other rows say what the same KPI is for each kind, so that
a target that is missed can be traced to the skills that miss. `value` is null where it could not be computed.
"""

SCHEMA = {"target": pl.String, "kind": pl.String, "seed": pl.UInt64, "value": pl.Float64}


def simulated(targets: Sequence[Target], *, run: Run | None = None, executor: Pool | None = None) -> Estimate:
    """Return an estimate by simulation.

    Parameters
    ----------
    targets
        Targets of one figure each.
    run
        The engine; the default one if none is given.
    executor
        Makes a pool, see `sim.experiment.processes`; None runs here.
    """

    def estimate(desk: Desk, seeds: Sequence[int]) -> pl.DataFrame:
        found = dict(replicate(desk, seeds, partial(_values, tuple(targets)), run=run, executor=executor))
        rows = [(target, kind, seed, value) for index, seed in enumerate(seeds) for target, kind, value in found[index]]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    return estimate


def _values(targets: Sequence[Target], log: Log, _: object) -> list[tuple[str, str | None, float | None]]:
    """Return (target, kind, value) of one replication."""
    measured: dict[str | None, dict[tuple[str, str | None], float | None]] = {}
    for by in sorted({target.by for target in targets} | {"kind"}, key=str):
        names = sorted({target.kpi for target in targets if by in (target.by, "kind")})
        measured[by] = _by(log, names, by)
    rows: list[tuple[str, str | None, float | None]] = []
    for target in targets:
        rows.append((str(target), None, measured[target.by].get((target.kpi, target.at))))
        rows += [
            (str(target), kind, value)
            for (name, kind), value in measured["kind"].items()
            if name == target.kpi and kind is not None
        ]
    return rows


def _by(log: Log, names: Sequence[str], by: str | None) -> dict[tuple[str, str | None], float | None]:
    frame = measure(log, names, by=() if by is None else (by,))
    groups = [None] * len(frame) if by is None else frame[by].cast(pl.String).to_list()
    return dict(zip(zip(frame["name"], groups, strict=True), frame["mean"], strict=True))
