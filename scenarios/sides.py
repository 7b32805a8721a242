"""Plans side by side: played in the same worlds, with what each promises and how often it breaks that."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy import special

from optimize.targets import Target
from scenarios.files.desks import Scenario, over, read, read_what_if
from scenarios.files.reading import read_toml
from scenarios.problems import Problem, ScenarioError
from scenarios.whatif import Played, play
from sim.kpi import measure
from sim.log import Log

MOST = 4
"""Sides that a picture can tell apart by their colours."""

_SCHEMA = {"target": pl.String, "kind": pl.String, "seed": pl.Int64, "value": pl.Float64}


@dataclass(frozen=True, eq=False)
class Side:
    """A scenario played in some worlds.

    Attributes
    ----------
    scenario
        The scenario.
    played
        Its KPIs in each world, and the log of the first.
    values
        What each target's KPI is in each world: columns target, kind (null), seed, value.
    """

    scenario: Scenario
    played: Played
    values: pl.DataFrame


@dataclass(frozen=True)
class Risk:
    """How many worlds break a target.

    Attributes
    ----------
    broken, worlds
        Worlds that break it, and those in which it could be judged.
    low, high
        Interval of the share; None where no world could be judged.
    """

    broken: int
    worlds: int
    low: float | None
    high: float | None


def sides_of(
    base: Scenario, names: Sequence[str | Path], weeks: int, uploads: Iterable[tuple[str, bytes]] = ()
) -> list[Scenario]:
    """Return a base and the plans to be set beside it, over like weeks.

    Parameters
    ----------
    base
        The scenario that the plans change.
    names
        What-ifs of the catalogue, or TOML files: what-ifs, or whole scenarios.
    weeks
        Length of all runs.
    uploads
        Names and contents of more files.

    Raises
    ------
    ScenarioError
        If one of them cannot be used; the message names the file. If there is none, or more than pictures tell apart.
    """
    uploads = list(uploads)
    count = len(names) + len(uploads)
    if not 0 < count < MOST:
        raise ScenarioError(
            [Problem("too_many_plans" if count else "too_few_plans", {"count": count, "most": MOST - 1})]
        )
    found = [_plan(base, name) for name in names]
    with tempfile.TemporaryDirectory() as folder:
        for name, content in uploads:
            path = Path(folder) / Path(name).name
            path.write_bytes(content)
            found.append(_plan(base, path))
    return [over(each, weeks) for each in (base, *found)]


def _plan(base: Scenario, name: str | Path) -> Scenario:
    path = Path(name)
    whole = path.suffix == ".toml" and "demand" in read_toml(path, path.name)[0]
    return read(path) if whole else read_what_if(base, name)


def play_side(
    scenario: Scenario,
    seeds: Sequence[int],
    targets: Sequence[Target],
    *,
    on_done: Callable[[int], None] | None = None,
) -> Side:
    """Play a scenario in the world of each seed, here.

    Parameters
    ----------
    scenario
        The scenario.
    seeds
        Seeds of the worlds, at least one.
    targets
        Targets of one figure each; see `optimize.targets.expanded`.
    on_done
        Called with the number of worlds that are done.
    """
    rows: list[tuple[str, None, int, float | None]] = []

    def look(seed: int, log: Log) -> None:
        rows.extend((str(target), None, seed, value) for target, value in values_in(log, targets))

    played = play(scenario.desk, seeds, on_done=on_done, look=look)
    return Side(scenario, played, pl.DataFrame(rows, schema=_SCHEMA, orient="row"))


def values_in(log: Log, targets: Sequence[Target]) -> list[tuple[Target, float | None]]:
    """Return what each target's KPI is in a log; None where it could not be computed."""
    found: dict[tuple[str | None, str, str | None], float | None] = {}
    for by in dict.fromkeys(target.by for target in targets):
        names = list(dict.fromkeys(target.kpi for target in targets if target.by == by))
        for row in measure(log, names, by=() if by is None else by).iter_rows(named=True):
            found[by, row["name"], None if by is None else row[by]] = row["mean"]
    return [(target, found.get((target.by, target.kpi, target.at))) for target in targets]


def risks(values: pl.DataFrame, targets: Sequence[Target], level: float) -> dict[str, Risk]:
    """Return by target how many worlds break it; under the empty name, how many break any.

    Parameters
    ----------
    values
        As in `Side`.
    targets
        The targets.
    level
        Level of each interval of a share, which is Wilson's (1927).
    """
    margins = [
        (str(target), row["seed"], target.margin(row["value"]) < 0)
        for target in targets
        for row in values.filter(pl.col("target") == str(target)).drop_nulls("value").iter_rows(named=True)
    ]
    made = {str(target): [broken for name, _, broken in margins if name == str(target)] for target in targets}
    seeds = dict.fromkeys(seed for _, seed, _ in margins)
    made[""] = [any(broken for _, other, broken in margins if other == seed) for seed in seeds]
    return {name: _risk(sum(each), len(each), level) for name, each in made.items()}


def _risk(broken: int, worlds: int, level: float) -> Risk:
    if not worlds:
        return Risk(0, 0, None, None)
    z2 = float(special.ndtri((1 + level) / 2)) ** 2
    share = broken / worlds
    middle = (share + z2 / (2 * worlds)) / (1 + z2 / worlds)
    half = float(np.sqrt(z2 * share * (1 - share) / worlds + (z2 / (2 * worlds)) ** 2)) / (1 + z2 / worlds)
    return Risk(broken, worlds, max(middle - half, 0.0), min(middle + half, 1.0))
