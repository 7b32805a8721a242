"""What candidates are compared by: one KPI, or by how much weighted targets are missed; and its value in worlds."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from optimize.targets import AXES, Figure, Target, expanded, figures, values_of
from sim.desk import Desk
from sim.experiment import Pool, Run, replicate
from sim.experiment.intervals import interval
from sim.kpi import measure
from sim.kpi.catalogue import find
from sim.log import Log

Floats = NDArray[np.float64]

_KPI = re.compile(r"(?P<kpi>[a-z0-9_]+)(\[(?P<by>[a-z]+)=(?P<at>[^\]\s]+)\])?")
_WEIGHTED = re.compile(r"(?:(?P<weight>[0-9.]+)\s*\*\s*)?(?P<target>\S.*)")
_LEAST_BOUND = 1e-3


@dataclass(frozen=True)
class Mean:
    """A mean over worlds with its t interval.

    Attributes
    ----------
    mean, low, high
        The mean and the ends of its interval.
    n
        Worlds behind it, at least 2.
    """

    mean: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Floats, level: float) -> Mean:
        """Return the mean of one value for each world, and its interval at a level."""
        mean, low, high = interval(values, level)
        assert mean is not None and low is not None and high is not None, "two worlds are the least"
        return cls(mean, low, high, len(values))

    @property
    def certain(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.low > 0


@dataclass(frozen=True)
class Part:
    """One figure of a goal: a KPI of all tickets (`by` None) or of those whose `by` is `at`."""

    kpi: str
    by: str | None = None
    at: str | None = None

    def __str__(self) -> str:
        return self.kpi if self.by is None else f"{self.kpi}[{self.by}={self.at}]"


@dataclass(frozen=True)
class Goal:
    """What is to be made small or large.

    Attributes
    ----------
    parts
        The figures behind it: one KPI, or one of each target.
    targets
        The targets, empty where the goal is a KPI. Then the value of a world is the sum over the targets of
        weight x max(0, distance to the bound on the wrong side / size of the bound): 0 = all are met.
    weights
        Weight by target, above 0.
    lower
        Whether small is good.
    """

    parts: tuple[Part, ...]
    targets: tuple[Target, ...] = ()
    weights: tuple[float, ...] = ()
    lower: bool = True

    def __str__(self) -> str:
        if not self.targets:
            return str(self.parts[0])
        pairs = zip(self.weights, self.targets, strict=True)
        return " + ".join(f"{weight:g}*{target}" if weight != 1 else str(target) for weight, target in pairs)

    @property
    def unit(self) -> str:
        """Unit of the value; `1` for how far targets are missed."""
        return "1" if self.targets else find(self.parts[0].kpi).unit

    @classmethod
    def of(cls, said: Sequence[str], desk: Desk) -> Goal:
        """Return the goal that texts state: one KPI as `wait_mean` or `wait_mean[kind=refund]`, or targets.

        A target may have a weight before it, as `2*wait_mean<=30`; it is 1 where none stands.

        Raises
        ------
        ValueError
            If a text has another form, names what there is not, or KPIs without bounds stand beside others.
        """
        bounds = [text for text in said if "<=" in text or ">=" in text]
        if bounds and len(bounds) == len(said):
            return cls._of_targets(said, desk)
        if len(said) != 1:
            raise ValueError(f"goal: expected one KPI, or targets with bounds, got {', '.join(said) or 'nothing'}")
        found = _KPI.fullmatch(said[0].strip())
        if found is None:
            raise ValueError(f"goal {said[0]!r}: expected as wait_mean, wait_mean[kind=refund] or wait_mean<=30")
        kpi = find(found["kpi"])
        if kpi.better not in ("lower", "higher"):
            raise ValueError(
                f"goal {kpi.name}: neither low nor high is better for it; state a bound, as <=, or another"
            )
        part = Part(kpi.name, found["by"], found["at"])
        _check(part, desk)
        return cls((part,), lower=kpi.better == "lower")

    @classmethod
    def _of_targets(cls, said: Sequence[str], desk: Desk) -> Goal:
        weights: dict[Target, float] = {}
        for text in said:
            found = _WEIGHTED.fullmatch(text.strip())
            weight = _number(found["weight"] or "1") if found else math.nan
            if found is None or not (0 < weight < math.inf):
                raise ValueError(f"goal {text!r}: expected a weight above 0 before the star, as 2*wait_mean<=30")
            for target in expanded([found["target"]], desk):
                weights[target] = weight
        parts = tuple(Part(target.kpi, target.by, target.at) for target in weights)
        return cls(parts, tuple(weights), tuple(weights.values()))

    def values(self, found: Floats) -> Floats:
        """Return the goal's value of each world from its figures, shape (worlds, parts)."""
        if not self.targets:
            return found[:, 0]
        margins = np.array([[t.margin(x) for t, x in zip(self.targets, row, strict=True)] for row in found.tolist()])
        sizes = np.array([max(abs(target.value), _LEAST_BOUND) for target in self.targets])
        return np.asarray((np.maximum(-margins, 0.0) / sizes) @ np.array(self.weights))

    def figures(self, found: Floats, level: float) -> tuple[Figure, ...]:
        """Return the figure of each target over worlds, with intervals that hold together at a level."""
        rows = [
            (str(t), None, seed, row[k]) for seed, row in enumerate(found.tolist()) for k, t in enumerate(self.targets)
        ]
        schema = {"target": pl.String, "kind": pl.String, "seed": pl.UInt64, "value": pl.Float64}
        return figures(pl.DataFrame(rows, schema=schema, orient="row"), self.targets, level)


def _number(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        return math.nan


def _check(part: Part, desk: Desk) -> None:
    if part.by is None:
        return
    if part.by not in AXES:
        raise ValueError(f"goal {part}: cannot split by {part.by!r}; known: {', '.join(AXES)}")
    if part.at not in (known := values_of(desk, part.by)):
        raise ValueError(f"goal {part}: unknown {part.by} {part.at!r}; known: {', '.join(known)}")


class Worlds:
    """The figures of a goal in worlds, by simulation; nothing is run twice.

    Parameters
    ----------
    goal
        What is measured.
    run, executor
        Engine (the default one if none is given) and pool.
    """

    def __init__(self, goal: Goal, *, run: Run | None = None, executor: Pool | None = None) -> None:
        self.goal, self._run, self._executor = goal, run, executor
        self._known: dict[tuple[Hashable, int], tuple[float, ...]] = {}

    @property
    def runs(self) -> int:
        """Replications that were run."""
        return len(self._known)

    def figures(self, key: Hashable, desk: Desk, seeds: Sequence[int]) -> Floats:
        """Return the figures of a desk, shape (seeds, parts).

        Parameters
        ----------
        key
            Stands for the desk: the same key, the same desk.
        desk, seeds
            What is run.

        Raises
        ------
        ValueError
            If a figure cannot be computed in a world.
        """
        return np.array(self._all(key, desk, seeds), dtype=np.float64).reshape(len(seeds), -1)[:, :-1]

    def unseen(self, key: Hashable, desk: Desk, seeds: Sequence[int]) -> Floats:
        """Return how many tickets the goal's KPIs leave out because their end was not seen, shape (seeds,).

        A desk that leaves tickets undone to the end of a run may look good on those that it took up.
        """
        return np.array([found[-1] for found in self._all(key, desk, seeds)], dtype=np.float64)

    def _all(self, key: Hashable, desk: Desk, seeds: Sequence[int]) -> list[tuple[float, ...]]:
        missing = [seed for seed in seeds if (key, seed) not in self._known]
        then = partial(_figures, self.goal.parts)
        for index, found in replicate(desk, missing, then, run=self._run, executor=self._executor):
            if None in found:
                part = self.goal.parts[found.index(None)]
                raise ValueError(f"goal {part}: there is nothing to measure in world {missing[index]}; run more weeks")
            self._known[key, missing[index]] = tuple(value for value in found if value is not None)
        return [self._known[key, seed] for seed in seeds]

    def values(self, key: Hashable, desk: Desk, seeds: Sequence[int]) -> Floats:
        """Return the goal's value of a desk in each world, shape (seeds,)."""
        return self.goal.values(self.figures(key, desk, seeds))


def _figures(parts: Sequence[Part], log: Log, _: object) -> list[float | None]:
    """Return the figures of one replication, and the tickets that they leave out as their end was not seen."""
    measured: dict[str | None, dict[tuple[str, str | None], tuple[float | None, int]]] = {}
    for by in sorted({part.by for part in parts}, key=str):
        frame = measure(log, sorted({part.kpi for part in parts if part.by == by}), by=() if by is None else (by,))
        groups = [None] * len(frame) if by is None else frame[by].cast(pl.String).to_list()
        measured[by] = dict(zip(zip(frame["name"], groups, strict=True), frame["mean", "censored"].rows(), strict=True))
    found = [measured[part.by].get((part.kpi, part.at), (None, 0)) for part in parts]
    return [*(mean for mean, _ in found), float(sum(censored for _, censored in found))]
