"""How cost grows: tickets, people, workers, replications, and the first call; with pictures.

Each measurement is made in a process of its own (`benchmarks.scaled`), several times in turn; the median counts.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import ours, scratch

Rows = list[dict[str, Any]]
Tell = Callable[[str], None]
ONE_EACH = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
"""Workers are compared where no library starts threads of its own."""
STAGES = ("world", "begin", "kernel", "log", "kpis")
MOST = (10_000_000, 1772)
"""Tickets and people in a group of the largest run: 10,632 people at the load of W2, for about a week."""


def tickets(sizes: Sequence[int], heads: int, tell: Tell, rounds: int = 1) -> Rows:
    """Return W2 from few tickets to many, with log and KPIs, the median round of each."""
    return [_size(tell, rounds, size, heads, "kpis") for size in sizes]


def people(groups: Sequence[int], size: int, tell: Tell, rounds: int) -> Rows:
    """Return the kernel's cost from few people to many, at equal load, the rounds in turn."""
    runs: dict[int, Rows] = {heads: [] for heads in groups}
    for _ in range(rounds):
        for heads in groups:
            runs[heads].append(_size(tell, 1, size, heads, "kernel"))
    return [_median(found) for found in runs.values()]


def largest(size: int, heads: int, tell: Tell) -> dict[str, Any]:
    """Return the largest run, with log and KPIs."""
    return _size(tell, 1, size, heads, "kpis")


def _size(tell: Tell, rounds: int, *what: object) -> dict[str, Any]:
    tell(f"size {' '.join(map(str, what))}")
    return _median([ours("scaled", "size", *what) for _ in range(rounds)])


def _median(runs: Rows) -> dict[str, Any]:
    """Return the median of each number over some runs."""
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def stages(size: int, rounds: int, tell: Tell) -> dict[str, Any]:
    """Return where the time of W2 with its log, and of an academy quarter with its KPIs, goes: medians."""
    found = {}
    for name in ("w2", "academy"):
        tell(f"stages of {name}")
        found[name] = _median([ours("scaled", "stages", name, size) for _ in range(rounds)])
    return found


def quarter(replications: int, rounds: int, tell: Tell) -> dict[str, Any]:
    """Return replications of the academy quarter with KPIs beside the kernel alone on the same tickets, in turn."""
    runs: dict[str, Rows] = {"kernel": [], "kpis": []}
    for _ in range(rounds):
        for depth, found in runs.items():
            tell(f"{replications} quarters, {depth}")
            found.append(ours("scaled", "quarter", replications, depth, environment=ONE_EACH))
    kernel, kpis = _median(runs["kernel"]), _median(runs["kpis"])
    return {
        "replications": replications, "tickets": kernel["n"], "kernel_s": kernel["run_s"], "kpis_s": kpis["run_s"],
        "tenth_mb": kpis["tenth_mb"], "last_mb": kpis["last_mb"],
    }  # fmt: skip


def workers(plan: Mapping[str, int], rounds: int, tell: Tell) -> Rows:
    """Return one worker beside two, for every engine with its number of replications, in turn."""
    rows: Rows = []
    for engine, replications in plan.items():
        runs: dict[int, Rows] = {1: [], 2: []}
        for _ in range(rounds):
            for count, found in runs.items():
                tell(f"{engine}, {count} workers")
                found.append(ours("scaled", "workers", engine, count, replications, environment=ONE_EACH))
        one, two = _median(runs[1])["run_s"], _median(runs[2])["run_s"]
        rows.append({"engine": engine, "replications": replications, "one_s": one, "two_s": two})
    return rows


def many(replications: int, tell: Tell) -> dict[str, Any]:
    """Return many replications of the academy quarter with KPIs on two workers, by the twin."""
    tell(f"{replications} replications on 2 workers")
    return ours("scaled", "workers", "fast", 2, replications, environment=ONE_EACH)


def first(rounds: int, tell: Tell) -> dict[str, Any]:
    """Return what a fresh process waits for, with what was compiled before and without."""
    with scratch() as folder:
        tell("first call, nothing compiled")
        cold = ours("scaled", "first", environment={"NUMBA_CACHE_DIR": folder})
        warm: Rows = []
        for _ in range(rounds):
            tell("first call")
            warm.append(ours("scaled", "first", environment={"NUMBA_CACHE_DIR": folder}))
    return {"cold": cold, "warm": _median(warm)}


def year(weeks: int, tell: Tell) -> Rows:
    """Return what a year of the large academy takes, by engine."""
    rows: Rows = []
    for engine in ("fast", "simpy"):
        tell(f"{weeks} weeks of academy_large, {engine}")
        rows.append(ours("scaled", "year", engine, weeks))
    return rows


def redraw(worlds: int, rounds: int, tell: Tell) -> dict[str, Any]:
    """Return what the what-if notebook needs to draw itself anew."""
    tell("redraw of the what-if notebook")
    return _median([ours("scaled", "redraw", worlds) for _ in range(rounds)])


def _figure(x: str, y: str) -> tuple[Any, Any]:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "fairdesk"}):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    axes.grid(visible=True, which="major", alpha=0.3)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    from matplotlib import rc_context

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "fairdesk"}):
        figure.savefig(path, format="svg", metadata={"Date": None})


def draw_tickets(rows: Rows, folder: Path) -> None:
    """Draw time and memory by the number of tickets."""
    n = [row["n"] for row in rows]
    figure, axes = _figure("tickets", "seconds")
    for stage in STAGES:
        axes.loglog(n, [row[f"{stage}_s"] for row in rows], marker="o", label=stage)
    axes.legend(frameon=False)
    _save(figure, folder / "tickets-time.svg")
    figure, axes = _figure("tickets", "largest memory of the process, MB")
    for stage in ("kernel", "log", "kpis"):
        axes.loglog(n, [row[f"{stage}_mb"] for row in rows], marker="o", label=f"after {stage}")
    axes.legend(frameon=False)
    _save(figure, folder / "tickets-memory.svg")


def draw_people(rows: Rows, folder: Path) -> None:
    """Draw the kernel's cost per ticket by the number of people."""
    figure, axes = _figure("people, at equal load", "kernel, microseconds per ticket")
    for stage, label in (("kernel_s", "first run of a process"), ("again_s", "second run")):
        cost = [1e6 * row[stage] / row["n"] for row in rows]
        axes.semilogx([row["people"] for row in rows], cost, marker="o", label=label)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    _save(figure, folder / "people.svg")


def draw_race(names: Sequence[str], per_s: Sequence[float], path: Path) -> None:
    """Draw tickets per second of every engine."""
    figure, axes = _figure("tickets per second", "")
    axes.barh(list(names)[::-1], list(per_s)[::-1], color="#4477aa")
    axes.set_xscale("log")
    _save(figure, path)
