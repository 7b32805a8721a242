"""One run of one of our engines in this process, as a line of JSON: `python -m benchmarks.once ENGINE WORKLOAD N`."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.model_w2 import w1, w2, weeks_for, write
from sim import fast, model, sample
from sim.desk import Desk
from sim.log import Log

KERNEL, FAST, MODEL, EXPORT = "kernel", "fast", "model", "export"
TABLES = ("moments", "touches", "shifts", "cases", "people")
WORKLOADS: dict[str, Callable[..., Desk]] = {"w1": w1, "w2": w2}


def once(engine: str, workload: str, tickets: int) -> dict[str, Any]:
    """Run one of our engines once in this process and return what a rival prints."""
    few = WORKLOADS[workload](1, per_min=0.1)  # loads and compiles: the rivals' clocks start after that, too
    _timed(engine, few, 2)
    desk = WORKLOADS[workload](weeks_for(tickets))
    n, run_s, log = _timed(engine, desk, 1)
    served = log.touches.filter(log.touches["started_s"].is_not_null())
    wait_s = (served["started_s"] - served["queued_s"]).to_numpy()
    left = log.moments.filter(log.moments["what"] == "left").height
    return {"n": n, "run_s": run_s, "mean_wait_min": float(wait_s.mean()) / 60, "abandoned": left / n}


def _timed(engine: str, desk: Desk, seed: int) -> tuple[int, float, Log]:
    world = sample(desk, seed)
    if engine == KERNEL:
        state = fast.begin(desk, world)
        began = time.perf_counter()
        fast.advance(state, desk.until_s())
        run_s = time.perf_counter() - began
        return len(world), run_s, fast.log(state)[0]
    began = time.perf_counter()
    log, _ = (fast if engine == FAST else model).run(desk, world)
    for name in TABLES:
        getattr(log, name)
    return len(world), time.perf_counter() - began, log


def export(workload: str, tickets: int, path: Path) -> dict[str, Any]:
    """Write the world of the first seed for other programs."""
    world = sample(WORKLOADS[workload](weeks_for(tickets)), 1)
    write(world, path)
    return {"n": len(world)}


if __name__ == "__main__":
    what, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    print(json.dumps(export(name, count, Path(sys.argv[4])) if what == EXPORT else once(what, name, count)))
