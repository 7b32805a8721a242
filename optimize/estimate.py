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

type _Table = dict[tuple[str, str | None], tuple[float | None, ...]]

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
    measured: dict[tuple[str | None, bool], _Table] = {}
    for daily in sorted({target.days is not None for target in targets}):
        mine = [target for target in targets if (target.days is not None) == daily]
        for by in sorted({target.by for target in mine} | {"kind"}, key=str):
            names = sorted({target.kpi for target in mine if by in (target.by, "kind")})
            measured[by, daily] = _by(log, names, by, daily)
    rows: list[tuple[str, str | None, float | None]] = []
    for target in targets:
        daily = target.days is not None
        values = measured[target.by, daily].get((target.kpi, target.at), ())
        rows.append((str(target), None, _value(target, values)))
        rows += [
            (str(target), kind, _value(target, values))
            for (name, kind), values in measured["kind", daily].items()
            if name == target.kpi and kind is not None
        ]
    return rows


def _by(log: Log, names: Sequence[str], by: str | None, daily: bool) -> _Table:
    """Return the values of KPIs by name and group: one, or one for each day."""
    axes = (() if by is None else (by,)) + (("day",) if daily else ())
    frame = measure(log, names, by=axes)
    groups = [None] * len(frame) if by is None else frame[by].cast(pl.String).to_list()
    found: _Table = {}
    for name, group, value in zip(frame["name"], groups, frame["mean"], strict=True):
        found[name, group] = (*found.get((name, group), ()), value)
    return found


def _value(target: Target, values: Sequence[float | None]) -> float | None:
    """Return the KPI, or of a target on a share of days that share; None where nothing could be computed."""
    known = [value for value in values if value is not None]
    if not known or target.days is None:
        return known[0] if known else None
    return sum(target.of_a_day(value) >= 0 for value in known) / len(known)
