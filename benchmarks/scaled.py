"""One measurement of size in this process, as a line of JSON: `python -m benchmarks.scaled WHAT NUMBERS`.

| what | numbers | gives |
|---|---|---|
| `size` | tickets, people in a group, depth | W2 by stage: world, begin, kernel, log, KPIs, and the memory after each |
| `stages` | workload, tickets | seconds of every step of W2 with its log, or of an academy quarter with its KPIs |
| `quarter` | replications, with KPIs or not | replications of the academy quarter, one after the other |
| `workers` | engine, workers, replications | the same through a pool |
| `first` | - | what a fresh process waits for |
| `year` | engine, weeks | a year of `academy_large` with all KPIs, by stage, and the memory after each |
| `redraw` | worlds | what the what-if notebook does between a slider's move and its new pictures |
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from benchmarks.machine import peak_mb

DEPTHS = ("kernel", "log", "kpis")
KPIS = ("tickets_created", "wait_mean", "wait_p90", "abandoned_rate", "utilisation")
"""What is counted at the depth `kpis`."""


def size(tickets: int, heads: int, depth: str) -> dict[str, Any]:
    """Run W2 with six groups of people at the load of W2, as far as a depth, and time each stage."""
    from benchmarks.model_w2 import HEADS, PER_MIN, w2, weeks_for
    from benchmarks.once import TABLES
    from sim import fast, measure, sample

    few = w2(1, per_min=0.1)
    state = fast.begin(few, sample(few, 1))
    fast.advance(state, 200_000)  # loads and compiles, what a run that is cut needs, too
    log, _ = fast.log(state)
    for name in TABLES:
        getattr(log, name)
    measure(log, KPIS)
    per_min = PER_MIN * heads / HEADS
    desk = w2(weeks_for(tickets, per_min), per_min, heads)
    found: dict[str, Any] = {"people": 6 * heads}
    clock = _clock(found)
    world = sample(desk, 1)
    clock("world")
    found["n"], found["drawn"] = min(tickets, len(world)), len(world)
    # The world has whole weeks; the run ends with the ticket that was asked for.
    until_s = int(world.created_s[tickets]) if len(world) > tickets else desk.until_s()
    state = fast.begin(desk, world)
    clock("begin")
    fast.advance(state, until_s)
    clock("kernel")
    if depth == "kernel":
        del state  # its memory goes back, and the next run finds it
        state = fast.begin(desk, world)
        clock("again_begin")
        fast.advance(state, until_s)
        clock("again")
        return found
    log, _ = fast.log(state)
    del state, world
    for name in TABLES:
        getattr(log, name)
    clock("log")
    if depth == "kpis":
        measure(log, KPIS)
        clock("kpis")
    return found


def _clock(found: dict[str, Any]) -> Callable[[str], None]:
    last = [time.perf_counter()]

    def lap(stage: str) -> None:
        now = time.perf_counter()
        found[f"{stage}_s"], found[f"{stage}_mb"], last[0] = now - last[0], peak_mb(), now

    return lap


def stages(name: str, tickets: int) -> dict[str, Any]:
    """Time every step from a world to all tables of the log, or to the KPIs of an academy quarter."""
    from benchmarks.model_w2 import w2, weeks_for
    from benchmarks.once import TABLES
    from scenarios import load
    from sim import fast, measure, sample

    found: dict[str, Any] = {}
    for desk in (load("academy"), w2(weeks_for(tickets)) if name == "w2" else load("academy")):
        found = {}
        clock = _clock(found)
        world = sample(desk, 1)
        clock("world")
        state = fast.begin(desk, world)
        clock("begin")
        fast.advance(state, desk.until_s())
        clock("kernel")
        log, _ = fast.log(state)
        clock("log")
        if name == "w2":
            for table in TABLES:
                getattr(log, table)
                clock(table)
        else:
            measure(log)
            clock("kpis")
    return {key: value for key, value in found.items() if key.endswith("_s")}


def quarter(replications: int, depth: str) -> dict[str, Any]:
    """Run replications of the academy quarter in turn: only the kernel, or all the way to the KPIs."""
    from scenarios import load
    from sim import fast, sample
    from sim.experiment import measured

    desk = load("academy")
    measured(desk, [10**6], run=fast.run)  # loads and compiles
    found: dict[str, Any] = {"replications": replications, "first_mb": peak_mb(), "run_s": 0.0, "n": 0}
    done: list[float] = []
    if depth == "kpis":
        began = time.perf_counter()
        measured(desk, range(replications), run=fast.run, on_done=lambda count: done.append(peak_mb()))
        found["run_s"] = time.perf_counter() - began
        found["tenth_mb"] = done[max(replications // 10 - 1, 0)]
    else:
        for seed in range(replications):
            world = sample(desk, seed)
            state = fast.begin(desk, world)
            began = time.perf_counter()
            fast.advance(state, desk.until_s())
            found["run_s"] += time.perf_counter() - began
            found["n"] += len(world)
    found["last_mb"] = peak_mb()
    return found


def workers(engine: str, count: int, replications: int) -> dict[str, Any]:
    """Run replications of the academy quarter with KPIs through a pool that is open already."""
    from scenarios import load
    from sim.experiment import ENGINES, kept_open, local, measured

    desk, run = load("academy"), ENGINES[engine]
    with kept_open(local(engine, count)) as pool:
        measured(desk, range(10**6, 10**6 + 2 * count), run=run, executor=pool)  # loads and compiles, in every worker
        began = time.perf_counter()
        rows = measured(desk, range(replications), run=run, executor=pool)
        run_s = time.perf_counter() - began
    return {"run_s": run_s, "replications": replications, "rows": rows.height, "last_mb": peak_mb()}


def first() -> dict[str, Any]:
    """Import the twin, and run for the first time, on the academy quarter."""
    began = time.perf_counter()
    from scenarios import load
    from sim import fast, sample

    imported = time.perf_counter()
    desk = load("academy")
    world = sample(desk, 1)
    sampled = time.perf_counter()
    fast.run(desk, world)
    run = time.perf_counter()
    fast.run(desk, world)
    again = time.perf_counter()
    return {
        "import_s": imported - began, "sample_s": sampled - imported, "run_s": run - sampled, "again_s": again - run,
    }  # fmt: skip


def year(engine: str, weeks: int) -> dict[str, Any]:
    """Run `academy_large` from its world to every KPI of the catalogue, and the standard ones by person and month."""
    from importlib import import_module

    from benchmarks.once import TABLES
    from scenarios import load
    from sim import fast, measure, sample
    from sim.kpi import KPIS

    few = load("academy_small")
    log, _ = fast.run(few, sample(few, 1))  # loads and compiles
    measure(log, list(KPIS))
    measure(log, by=("person", "month"))
    desk = load("academy_large").changed(start=date(2025, 1, 1), weeks=weeks)  # holidays are known for it
    home = import_module({"fast": "sim.fast", "simpy": "sim.model"}[engine])
    found: dict[str, Any] = {"engine": engine, "weeks": weeks}
    clock = _clock(found)
    world = sample(desk, 1)
    found["n"] = len(world)
    clock("world")
    state = home.begin(desk, world)
    clock("begin")
    home.advance(state, desk.until_s())
    clock("kernel")
    log, _ = home.log(state)
    found["people"] = log.people.height
    del state, world
    for name in TABLES:
        getattr(log, name)
    clock("tables")
    _ = log.tickets
    clock("tickets")
    found["kpis"] = measure(log, list(KPIS)).height
    clock("kpis")
    found["rows"] = measure(log, by=("person", "month")).height
    clock("by_person")
    found["moments"], found["touches"] = log.moments.height, log.touches.height
    return found


def redraw(worlds: int) -> dict[str, Any]:
    """Do what the cells of the what-if notebook do after a slider has moved, on the academy quarter."""
    from scenarios.files.desks import difference, read
    from scenarios.report.compare import changes_table, moved_table, pictures
    from scenarios.whatif import Moves, moved, play
    from sim.experiment import paired, summary

    base, seeds, found = read("academy"), range(1, worlds + 1), {}
    played = play(base.desk, seeds)
    for volume in (1.1, 1.2):  # the first one loads what pictures need
        clock = _clock(found)
        other = moved(base, Moves(volume=volume, policy=base.desk.routing.policy))
        again = play(other.desk, seeds)
        clock("play")
        one, two = summary(played.measured, 0.95), summary(again.measured, 0.95)
        differences = paired(played.measured, again.measured, 0.95)
        moved_table("zh", one, two, differences, base.desk.currency, ("base", "moved"))
        changes_table("zh", difference(base, other))
        clock("tables")
        pictures("zh", {"base": played.log, "moved": again.log})
        clock("pictures")
    return found | {"run_s": found["play_s"] + found["tables_s"] + found["pictures_s"], "worlds": worlds}


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    measured_here = {
        "size": size, "stages": stages, "quarter": quarter, "workers": workers, "first": first, "redraw": redraw,
        "year": year,
    }[what]  # fmt: skip
    numbers = [int(word) if word.isdigit() else word for word in given]
    print(json.dumps(measured_here(*numbers)))  # type: ignore[operator]
