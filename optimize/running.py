"""A search under way: HiGHS in a thread of its own, that tells how far it is and can be stopped."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import pulp

from optimize.explain import highs_of

TELLING_S = 1.0
"""Seconds between two reports of how far a search has come."""

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Progress:
    """How far a search has come.

    Attributes
    ----------
    best
        Objective of the best solution so far; None before the first.
    bound
        No solution is better than this; infinite before anything is proven.
    gap
        Their relative distance, at least 0; infinite before the first solution.
    seconds
        Seconds since the search began.
    nodes
        Nodes of the tree that were looked at.
    """

    best: float | None
    bound: float
    gap: float
    seconds: float
    nodes: int


class _Highs(pulp.HiGHS):
    """HiGHS in a thread of its own, so that an interrupt reaches Python and stops the search.

    Parameters
    ----------
    tell
        Told how far the search has come, in the caller's thread.
    keeps
        Whether an interrupt may leave the best solution so far; else it is raised.
    **rest
        As of `pulp.HiGHS`.
    """

    def __init__(self, *, tell: Callable[[Progress], None] | None = None, keeps: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self.tell, self.keeps = tell, keeps
        self.seen: Progress | None = None

    def callSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802 -- the name is PuLP's
        highs = highs_of(lp)
        highspy.Highs.resetGlobalScheduler(True)  # else the first solve of a process fixes its thread count
        highs.HandleUserInterrupt = True
        if self.tell is not None:
            highs.cbMipInterrupt += self._look
        worker = highs.startSolve()
        try:
            self._wait(highs)
        except BaseException as error:
            highs.cancelSolve()  # type: ignore[no-untyped-call]
            worker.join()
            if not (self.keeps and isinstance(error, KeyboardInterrupt) and has_solution(highs)):
                raise

    def _wait(self, highs: highspy.Highs) -> None:
        told_s = -math.inf
        while not highs.wait(0.1)[0]:
            seen = self.seen
            if self.tell is not None and seen is not None and seen.seconds >= told_s + TELLING_S:
                self.tell(seen)
                told_s = seen.seconds

    def _look(self, event: Any) -> None:
        """Take note in the solver's thread; what is told is told in the caller's."""
        found = event.data_out
        best = found.mip_primal_bound if math.isfinite(found.mip_primal_bound) else None
        gap = gap_of(best, found.mip_dual_bound) if best is not None else math.inf
        self.seen = Progress(best, found.mip_dual_bound, gap, found.running_time, int(found.mip_node_count))


def has_solution(highs: highspy.Highs) -> bool:
    """Say whether the solver holds values that obey all rows; a search that was cut short may hold others."""
    return int(highs.getInfo().primal_solution_status) == int(highspy.SolutionStatus.kSolutionStatusFeasible)


def run(
    problem: pulp.LpProblem,
    *,
    mip: bool,
    time_limit_s: float,
    tell: Callable[[Progress], None] | None = None,
    keeps: bool = False,
    **settings: Any,
) -> pulp.LpSolveStats:
    """Hand a problem to HiGHS; one at a time, because the pool of threads belongs to the process."""
    solver = _Highs(mip=mip, msg=False, timeLimit=time_limit_s, tell=tell, keeps=keeps, **settings)
    with _ONE_AT_A_TIME:
        return problem.solve(solver)


def stopped_by(highs: highspy.Highs) -> str:
    """Return what ended the last search, see `optimize.solve.Solution.stopped`."""
    statuses = highspy.HighsModelStatus
    known = {
        statuses.kOptimal: "proof",
        statuses.kTimeLimit: "time",
        statuses.kInterrupt: "interrupt",
        statuses.kSolutionLimit: "nodes",
    }
    return known.get(highs.getModelStatus(), "limit")


def gap_of(objective: float, bound: float) -> float:
    """Return the distance of objective and bound over the size of the objective, at least 0."""
    return abs(objective - bound) / max(abs(objective), 1e-9) if objective != bound else 0.0
