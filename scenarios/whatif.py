"""What sliders ask: a scenario with a few things moved, played in the same worlds as its base."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from scenarios.files.changes import Data, apply
from scenarios.files.desks import Scenario
from scenarios.positions import Places
from scenarios.problems import ScenarioError
from sim.desk import Desk
from sim.experiment import measured, simulate
from sim.log import Log
from sim.truth import Truth
from sim.world import World

KEY_KPIS = (
    "wait_mean", "first_response_mean", "response_overdue_rate", "resolution_time_mean",
    "resolution_overdue_rate", "abandoned_rate", "csat_mean", "utilisation", "backlog_mean",
    "tickets_resolved", "overtime_h", "cost_total",
)  # fmt: skip
"""KPIs that a planner sees first."""

_VOLUME = "demand.kinds.*.per_week"
_STYLE = """
.fairdesk { line-height: 1.5; } .fairdesk table { border-collapse: collapse; width: 100%; font-size: .92rem; }
.fairdesk th, .fairdesk td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8a94a055; }
.fairdesk td.number, .fairdesk th.number { text-align: right; font-variant-numeric: tabular-nums; }
.fairdesk tr.marked td { background: #d9822b22; } .fairdesk .wide { overflow-x: auto; }
.fairdesk .note, .fairdesk figcaption, .fairdesk th { opacity: .75; font-size: .88rem; }
.fairdesk figure { margin: .4rem 0 0; background: #fff; color: #1f2933; padding: .3rem; }
.fairdesk svg { width: 100%; height: auto; max-width: 60rem; }
.fairdesk .short { max-height: 12rem; overflow-y: auto; } .fairdesk pre { white-space: pre-wrap; }
.fairdesk h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem; }
.fairdesk svg text { font-family: "DejaVu Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
  "WenQuanYi Micro Hei", sans-serif !important; }
"""


@dataclass(frozen=True)
class Moves:
    """What sliders may move of a scenario; nothing by default.

    Attributes
    ----------
    volume
        Factor on the arrivals of every kind, at least 0.
    heads
        More heads by seat group; negative for fewer.
    policy
        Named routing policy; the scenario's own when absent.
    """

    volume: float = 1.0
    heads: Mapping[str, int] = field(default_factory=dict)
    policy: str | None = None


@dataclass(frozen=True, eq=False)
class Played:
    """A desk played in some worlds.

    Attributes
    ----------
    log
        Log of the first world, for pictures.
    measured
        KPIs of every world, as `sim.experiment.measured` returns them.
    """

    log: Log
    measured: pl.DataFrame


def what_if(base: Scenario, moves: Moves) -> Data:
    """Return the moves as the data of a what-if file: only what differs from the base.

    Raises
    ------
    ValueError
        If a seat group is unknown.
    """
    change: Data = {}
    if moves.policy is not None and moves.policy != base.desk.routing.policy:
        change["routing"] = {"policy": moves.policy}
    seats = base.desk.staff.seats
    if unknown := sorted(moves.heads.keys() - seats.keys()):
        raise ValueError(f"unknown seat group {unknown[0]!r}; known: {', '.join(sorted(seats))}")
    if more := {group: seats[group].heads + count for group, count in moves.heads.items() if count}:
        change["staff"] = {"seats": {group: {"heads": heads} for group, heads in sorted(more.items())}}
    data: Data = {"change": change} if change else {}
    return data if moves.volume == 1 else data | {"scale": {_VOLUME: moves.volume}}


def moved(base: Scenario, moves: Moves) -> Scenario:
    """Return a scenario with the moves made, through the same door as a what-if file.

    Raises
    ------
    ScenarioError, pydantic.ValidationError
        If the moved desk breaks a rule.
    """
    made = apply(base.data(), base.places, what_if(base, moves), Places({}, {}))
    if made.problems:
        raise ScenarioError(made.problems)
    desk = Desk.model_validate_json(json.dumps(made.data, default=str))
    return Scenario(base.name, base.title, base.asks, desk, made.places)


def as_toml(data: Data, base: str) -> str:
    """Return a what-if as the text of a file that `fairdesk compare` reads.

    Parameters
    ----------
    data
        As `what_if` returns it.
    base
        Name of the scenario that it changes.

    Examples
    --------
    >>> print(as_toml({"scale": {"demand.kinds.*.per_week": 1.2}}, "academy"), end="")
    base = "academy"
    <BLANKLINE>
    [scale]
    "demand.kinds.*.per_week" = 1.2
    """
    return f"base = {_value(base)}\n" + "".join(_table(data, ()))


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Return the lines of a table: its own values under its head, then the tables inside."""
    own, inner = [], []
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner += _table(value, (*path, key))
        else:
            own.append(f"{_key(key)} = {_value(value)}\n")
    head = [f"\n[{'.'.join(_key(part) for part in path)}]\n"] if own and path else []
    return [*head, *own, *inner]


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _value(key)


def _value(value: str | float) -> str:
    return json.dumps(value, ensure_ascii=False)


def play(
    desk: Desk,
    seeds: Sequence[int],
    names: Sequence[str] | None = KEY_KPIS,
    *,
    on_done: Callable[[int], None] | None = None,
    look: Callable[[int, Log], object] | None = None,
) -> Played:
    """Run a desk in the world of each seed, here, and return its KPIs and the log of the first world.

    Parameters
    ----------
    desk
        The desk.
    seeds
        Seeds of the worlds, at least one.
    names
        KPIs; all when None.
    on_done
        Called with the number of worlds that are done.
    look
        Called with the seed and the log of each world.

    Raises
    ------
    ValueError
        If there is no seed.
    """
    if not seeds:
        raise ValueError("at least one seed is needed")
    kept: list[Log] = []

    def run(desk: Desk, world: World) -> tuple[Log, Truth]:
        log, truth = simulate(desk, world)
        if not kept:
            kept.append(log)
        if look is not None:
            look(world.seed, log)
        return log, truth

    found = measured(desk, seeds, names, run=run, on_done=on_done)
    return Played(kept[0], found)


def fragment(*parts: str) -> str:
    """Return parts that `scenarios.report.page` made as HTML with its own style, for another page."""
    return f'<style>{_STYLE}</style><div class="fairdesk">{"".join(parts)}</div>'
