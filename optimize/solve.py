"""The one door to PuLP and HiGHS: an honest status, a checked solution, and an infeasible model explained."""

from __future__ import annotations

import difflib
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import highspy
import pulp

from optimize.explain import Infeasible, explained, highs_of
from optimize.rows import Model, gathered

OWN_OPTIONS = {
    "threads": "threads",
    "time_limit": "time_limit_s",
    "mip_rel_gap": "gap",
    "random_seed": "seed",
    "solve_relaxation": "problem",
}
"""Options of HiGHS that `solve` sets itself, and the argument that states each."""

PROVEN = 1e-6
"""A relative gap up to this is called optimal: it is the tolerance to which HiGHS itself works."""

EXPLAINING_S = 15.0
"""Seconds after which a step of the explanation of an infeasible model gives up."""

_ONE_AT_A_TIME = threading.Lock()


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
        `optimal` if the gap is at most `PROVEN`, else `feasible`.
    """

    values: dict[str, float | int]
    objective: float
    bound: float
    gap: float
    status: str


class _Highs(pulp.HiGHS):
    """HiGHS in a thread of its own, so that an interrupt reaches Python and stops the search."""

    def callSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802 -- the name is PuLP's
        highs = highs_of(lp)
        highspy.Highs.resetGlobalScheduler(True)  # else the first solve of a process fixes its thread count
        highs.HandleUserInterrupt = True
        worker = highs.startSolve()
        try:
            while not highs.wait(0.1)[0]:
                pass
        except KeyboardInterrupt:
            highs.cancelSolve()  # type: ignore[no-untyped-call]
            worker.join()
            raise


def _run(problem: pulp.LpProblem, *, mip: bool, time_limit_s: float, **settings: Any) -> pulp.LpSolveStats:
    """Hand a problem to HiGHS; one at a time, because the pool of threads belongs to the process."""
    with _ONE_AT_A_TIME:
        return problem.solve(_Highs(mip=mip, msg=False, timeLimit=time_limit_s, **settings))


def solve(
    problem: pulp.LpProblem,
    *,
    time_limit_s: float = 60.0,
    gap: float = 1e-6,
    seed: int = 0,
    threads: int = 1,
    options: Mapping[str, bool | int | float | str] | None = None,
    prices: Mapping[str, float] | None = None,
) -> Solution:
    """Return a checked solution of a linear model, whole numbers or not.

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
    _check_arguments(time_limit_s, gap, seed, threads)
    model = gathered(problem)
    settings = {"gapRel": gap, "threads": threads, "random_seed": seed, **checked_options(options or {})}
    stats = _run(problem, mip=True, time_limit_s=time_limit_s, **settings)
    status = highs_of(problem).getModelStatus()
    statuses = highspy.HighsModelStatus
    if status in (statuses.kUnbounded, statuses.kUnboundedOrInfeasible, statuses.kInfeasible):
        _refuse(model, time_limit_s, prices or {})
    if not stats.has_solution:
        raise NoSolution(f"no solution within {time_limit_s:g} s ({stats.status_str})")
    return _read(model, problem, stats.best_bound)


def checked_options(options: Mapping[str, bool | int | float | str]) -> dict[str, bool | int | float | str]:
    """Return the options after asking HiGHS whether it knows each name and takes its value.

    PuLP passes options on without looking at the answer, so a misspelt one would be ignored in silence.

    Raises
    ------
    ValueError
        If HiGHS does not know an option, refuses its value, or `solve` has an argument for it.
    """
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


def _check_arguments(time_limit_s: float, gap: float, seed: int, threads: int) -> None:
    if not (time_limit_s > 0 and math.isfinite(time_limit_s)):
        raise ValueError(f"time_limit_s must be finite and above 0, got {time_limit_s}")
    if not (gap >= 0 and math.isfinite(gap)):
        raise ValueError(f"gap must be finite and at least 0, got {gap}")
    if seed < 0 or threads < 1:
        raise ValueError(f"seed must be at least 0 and threads at least 1, got {seed} and {threads}")


def _refuse(model: Model, time_limit_s: float, prices: Mapping[str, float]) -> NoReturn:
    """Raise the right refusal: the solver may leave open whether a model is infeasible or unbounded."""

    def run(problem: pulp.LpProblem, mip: bool) -> pulp.LpSolveStats:
        limit_s = min(time_limit_s, EXPLAINING_S)
        return _run(problem, mip=mip, time_limit_s=limit_s, gapRel=0.01, threads=1, random_seed=0)

    flat = model.problem(objective=False)
    stats = run(flat, True)
    if highs_of(flat).getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        raise explained(model, prices, run)
    if not stats.has_solution:
        raise NoSolution(f"no solution within {time_limit_s:g} s ({stats.status_str})")
    relaxed = model.problem()
    run(relaxed, False)
    _, found, ray = highs_of(relaxed).getPrimalRay()  # type: ignore[attr-defined]
    steps = zip(model.columns, ray, strict=True) if found else ()
    raise Unbounded(tuple(column.name for column, step in steps if step))


def _read(model: Model, problem: pulp.LpProblem, bound: float | None) -> Solution:
    raw = {variable.name: float(variable.varValue or 0.0) for variable in problem.variables()}
    values = model.whole(raw)
    broken = model.broken(values) if values is not None else ["a whole number is not whole"]
    if values is None or broken:
        raise WrongSolution(f"the solver's values break the model: {'; '.join(broken[:5])}")
    objective = model.objective(values)
    best = objective if bound is None else bound
    gap = abs(objective - best) / max(abs(objective), 1e-9) if objective != best else 0.0
    return Solution(values, objective, best, gap, "optimal" if gap <= PROVEN else "feasible")


__all__ = ["Infeasible", "NoSolution", "Solution", "Unbounded", "WrongSolution", "checked_options", "solve"]
