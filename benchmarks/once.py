"""One run of one of our engines in this process, as a line of JSON: `python -m benchmarks.once ENGINE WORKLOAD N`."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.model_w2 import columns, w1, w2, weeks_for, write
from benchmarks.w2_settle import checksum, settled, told
from sim import fast, model, sample
from sim.desk import Desk
from sim.log import Log

KERNEL, FAST, MODEL, EXPORT, EQUAL = "kernel", "fast", "model", "export", "equal"
TABLES = ("moments", "touches", "shifts", "cases", "people")
WORKLOADS: dict[str, Callable[..., Desk]] = {"w1": w1, "w2": w2}


def once(engine: str, workload: str, tickets: int) -> dict[str, Any]:
    """Run one of our engines in this process and return what a rival prints; `again_s` is the twin's second run."""
    few = WORKLOADS[workload](1, per_min=0.1)  # loads and compiles: the rivals' clocks start after that, too
    _timed(engine, few, 2)
    desk = WORKLOADS[workload](weeks_for(tickets))
    n, run_s, log = _timed(engine, desk, 1)
    told_of = {"n": n, "run_s": run_s, **_figures(log, n)}
    del log
    return told_of if engine == MODEL else told_of | {"again_s": _timed(engine, desk, 1)[1]}


def _figures(log: Log, tickets: int) -> dict[str, float]:
    """Return the mean wait of the served in minutes, and the share that left."""
    served = log.touches.filter(log.touches["started_s"].is_not_null())
    wait_s = (served["started_s"] - served["queued_s"]).to_numpy()
    left = log.moments.filter(log.moments["what"] == "left").height
    return {"mean_wait_min": float(wait_s.mean()) / 60, "abandoned": left / tickets}


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


def equal(tickets: int, engine: ModuleType = fast) -> dict[str, Any]:
    """Run W2 by its plain reference and by an engine; return checksums of starts and persons, and how many differ."""
    desk = w2(weeks_for(tickets))
    world = sample(desk, 1)
    one = settled({name: column.tolist() for name, column in columns(world).items()}, desk.until_s())
    other = told(engine.run(desk, world)[0], len(world))
    return {
        "n": len(world), "start": [checksum(one[0]), checksum(other[0])],
        "person": [checksum(one[1]), checksum(other[1])],
        "differ": int(((one[0] != other[0]) | (one[1] != other[1])).sum()),
    }  # fmt: skip


def main(what: str, workload: str, tickets: int, path: Path | None) -> dict[str, Any]:
    """Do what the command line asks for."""
    if what == EQUAL:
        return equal(tickets)
    return once(what, workload, tickets) if path is None else export(workload, tickets, path)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]) if sys.argv[4:] else None)))
