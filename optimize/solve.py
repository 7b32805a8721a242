"""The one door to PuLP and HiGHS: an honest status, a checked solution, and an infeasible model explained."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import highspy
import pulp

from optimize.explain import Infeasible, explained, highs_of
from optimize.rows import Model, gathered
from optimize.running import Progress, gap_of, has_solution, run, stopped_by

OWN_OPTIONS = {
    "threads": "threads",
    "time_limit": "time_limit_s",
    "mip_rel_gap": "gap",
    "random_seed": "seed",
    "solve_relaxation": "problem",
    "mip_max_nodes": "nodes",
}
"""Options of HiGHS that `solve` sets itself, and the argument that states each."""

PROVEN = 1e-6
"""A relative gap up to this is called optimal: it is the tolerance to which HiGHS itself works."""

EXPLAINING_S = 15.0
"""Seconds after which a step of the explanation of an infeasible model gives up."""


class Unbounded(ValueError):  # noqa: N818 -- it names a finding, as StopIteration does
    """The objective can be improved without end along the named variables."""

    def __init__(self, variables: tuple[str, ...]) -> None:
        named = f" along {', '.join(variables[:5])}" if variables else ""
        super().__init__(f"the objective can be improved without end{named}: a bound or a rule is missing")
        self.variables = variables


class NoSolution(RuntimeError):  # noqa: N818
    """The solver stopped before it found any solution; whether there is one is unknown."""


class WrongSolution(RuntimeError):  # noqa: N818
    """The solver returned values that break the model by more than the tolerance."""


@dataclass(frozen=True)
class Solution:
    """A solution that was checked against every row, bound and whole number of its model.

    Attributes
    ----------
    values
        Value by name of the variable; whole numbers are `int`.
    objective
        Objective at these values.
    bound
        No solution is better than this.
    gap
        Distance of objective and bound over the size of the objective, at least 0.
    status
        `optimal` if the gap is at most `PROVEN`; `interrupted` if an interrupt ended the search; else `feasible`.
    stopped
        What ended the search: `proof` (of the gap that was asked for), `nodes`, `time`, `interrupt`, or `limit`,
        which is another of the solver's own. What a search had found when its time was up depends on the machine.
    """

    values: dict[str, float | int]
    objective: float
    bound: float
    gap: float
    status: str
    stopped: str = "proof"


def solve(
    problem: pulp.LpProblem,
    *,
    time_limit_s: float = 60.0,
    gap: float = 1e-6,
    seed: int = 0,
    threads: int = 1,
    options: Mapping[str, bool | int | float | str] | None = None,
    prices: Mapping[str, float] | None = None,
    nodes: int | None = None,
    start: Mapping[str, float] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Solution:
    """Return a checked solution of a linear model, whole numbers or not.

    Ctrl-C ends the search: the best solution so far is returned, with status `interrupted`, and is checked as any
    other. Where there is none yet, KeyboardInterrupt goes on to the caller.

    Parameters
    ----------
    problem
        The model. Its rows and variables must have names, each once: they are what an error speaks of.
    time_limit_s
        Seconds after which the best solution so far is returned, above 0. Such a stop depends on the machine;
        a stop by `gap` does not.
    gap
        Relative gap at which the search may stop, at least 0.
    seed
        Seed of the solver, at least 0.
    threads
        Threads, at least 1; one gives the same solution in every run.
    options
        Further options of HiGHS by name.
    prices
        Price per unit of relaxing a row, by its name, for the explanation of an infeasible model; 1 where
        missing, `math.inf` for a rule that must not give way.
    nodes
        Nodes of the tree after which the best solution so far is returned, at least 1; None = no limit. Such a
        stop is the same on every machine.
    start
        Values by name of the variable, from which the search may start; those that are missing are filled in by
        the solver. It may change which of several best solutions is found.
    on_progress
        Told how far the search has come, at most once in `TELLING_S` seconds.

    Raises
    ------
    Infeasible
        If no values obey all rows; it names the rows that collide and the cheapest relaxation.
    Unbounded
        If the objective has no end.
    NoSolution
        If the search stopped without a solution.
    WrongSolution
        If the solver's values break the model: a bug, not a property of the model.
    ValueError
        If an option is unknown to HiGHS, or an argument or a name is no good.
    """
    _check_arguments(time_limit_s, gap, seed, threads, nodes)
    model = gathered(problem)
    settings = {"gapRel": gap, "threads": threads, "random_seed": seed, **checked_options(options or {})}
    if nodes is not None:
        settings["mip_max_nodes"] = nodes
    if start is not None:
        settings["warmStart"] = _started(problem, start)
    run(problem, mip=True, time_limit_s=time_limit_s, tell=on_progress, keeps=True, **settings)
    highs = highs_of(problem)
    statuses = highspy.HighsModelStatus
    if highs.getModelStatus() in (statuses.kUnbounded, statuses.kUnboundedOrInfeasible, statuses.kInfeasible):
        _refuse(model, time_limit_s, prices or {})
    if not has_solution(highs):
        limits = {"nodes": f"{nodes} nodes", "time": f"{time_limit_s:g} s"}
        limit = limits.get(stopped_by(highs), highs.modelStatusToString(highs.getModelStatus()).lower())
        raise NoSolution(f"no solution within {limit}")
    return _read(model, problem)


def _started(problem: pulp.LpProblem, start: Mapping[str, float]) -> bool:
    """Hand the solver values to start from, and say whether there are any.

    Raises
    ------
    ValueError
        If a value is of no variable, or not finite.
    """
    variables = {variable.name: variable for variable in problem.variables()}
    for name, value in start.items():
        if name not in variables:
            near = difflib.get_close_matches(name, variables, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"start {name}: the model has no such variable{hint}")
        if not math.isfinite(value):
            raise ValueError(f"start {name}: must be finite, got {value}")
    for name, variable in variables.items():
        variable.varValue = start.get(name)
    return bool(start)


def checked_options(options: Mapping[str, bool | int | float | str]) -> dict[str, bool | int | float | str]:
    """Return the options after asking HiGHS whether it knows each name and takes its value.

    PuLP passes options on without looking at the answer, so a misspelt one would be ignored in silence.

    Raises
    ------
    ValueError
        If HiGHS does not know an option, refuses its value, or `solve` has an argument for it.
    """
    if not options:
        return {}
    probe: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    probe.silent()
    known = [name for name in dir(probe.getOptions()) if not name.startswith("_")]
    for name, value in options.items():
        if name in OWN_OPTIONS:
            raise ValueError(f"option {name}: state it by the argument `{OWN_OPTIONS[name]}`")
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"option {name}: HiGHS has none such{hint}")
        if probe.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"option {name}: HiGHS does not take the value {value!r}")
    return dict(options)


def _check_arguments(time_limit_s: float, gap: float, seed: int, threads: int, nodes: int | None) -> None:
    if not (time_limit_s > 0 and math.isfinite(time_limit_s)):
        raise ValueError(f"time_limit_s must be finite and above 0, got {time_limit_s}")
    if not (gap >= 0 and math.isfinite(gap)):
        raise ValueError(f"gap must be finite and at least 0, got {gap}")
    if seed < 0 or threads < 1:
        raise ValueError(f"seed must be at least 0 and threads at least 1, got {seed} and {threads}")
    if nodes is not None and nodes < 1:
        raise ValueError(f"nodes must be at least 1, got {nodes}")


def _refuse(model: Model, time_limit_s: float, prices: Mapping[str, float]) -> NoReturn:
    """Raise the right refusal: the solver may leave open whether a model is infeasible or unbounded."""

    def again(problem: pulp.LpProblem, mip: bool) -> pulp.LpSolveStats:
        limit_s = min(time_limit_s, EXPLAINING_S)
        return run(problem, mip=mip, time_limit_s=limit_s, gapRel=0.01, threads=1, random_seed=0)

    flat = model.problem(objective=False)
    stats = again(flat, True)
    if highs_of(flat).getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        raise explained(model, prices, again)
    if not stats.has_solution:
        raise NoSolution(f"no solution within {time_limit_s:g} s ({stats.status_str})")
    relaxed = model.problem()
    again(relaxed, False)
    _, found, ray = highs_of(relaxed).getPrimalRay()  # type: ignore[attr-defined]
    steps = zip(model.columns, ray, strict=True) if found else ()
    raise Unbounded(tuple(column.name for column, step in steps if step))


def _read(model: Model, problem: pulp.LpProblem) -> Solution:
    highs = highs_of(problem)
    raw = {variable.name: float(variable.varValue or 0.0) for variable in problem.variables()}
    values = model.whole(raw)
    broken = model.broken(values) if values is not None else ["a whole number is not whole"]
    if values is None or broken:
        raise WrongSolution(f"the solver's values break the model: {'; '.join(broken[:5])}")
    objective = model.objective(values)
    stopped = stopped_by(highs)
    bound = _bound(model, highs, objective, stopped)
    gap = gap_of(objective, bound)
    status = "optimal" if gap <= PROVEN else "interrupted" if stopped == "interrupt" else "feasible"
    return Solution(values, objective, bound, gap, status, stopped)


def _bound(model: Model, highs: highspy.Highs, objective: float, stopped: str) -> float:
    """Return the proven bound; a linear model has none before its proof."""
    bound = float(highs.getInfo().mip_dual_bound) if any(column.whole for column in model.columns) else math.inf
    if math.isfinite(bound) or stopped != "proof":
        return bound if math.isfinite(bound) else math.inf if model.maximise else -math.inf
    return objective


__all__ = ["Infeasible", "NoSolution", "Progress", "Solution", "Unbounded", "WrongSolution", "checked_options", "solve"]
