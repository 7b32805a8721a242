"""Workload W2 in our engine, full log included, beside SimPy scripts: `python -m benchmarks.model_w2`.

W2: six kinds, 90 people in six groups of 15 (a group serves its own kind first and the next group's second),
8.4 tickets a minute, priorities .1, .3 and .6, exponential work of 10 minutes and patience of 30. A ticket
goes to the longest idle person of its primary group, else of the group that has it second, else it waits; a freed
person takes the best priority, then the oldest ticket.

The rivals are scripts in a folder beside this repository; they are run there and never copied. Without the
folder only our engine is measured.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from sim import model, sample
from sim.calendar import WEEKDAYS
from sim.desk import (
    Demand,
    Desk,
    Kind,
    Law,
    PersonWeights,
    Policy,
    Role,
    Routing,
    Seat,
    Shift,
    Staff,
    Stage,
    Team,
    TicketWeights,
)

ROOT = Path(__file__).resolve().parents[1]
RIVALS = ROOT.parent / "shared" / "bench"
NAIVE, TUNED = "simpy_naive_w2.py", "simpy_tuned_w2.py"
OURS = "sim.model"

KINDS, HEADS = 6, 15
PER_MIN, WORK_MIN, PATIENCE_MIN = 8.4, 10.0, 30.0
PRIORITIES = {"urgent": 0.1, "important": 0.3, "normal": 0.6}
FIRST = 1_000_000_000
"""Above any age in seconds: the priority is compared first, and the primary group before idle time."""

W2_POLICY = Policy(ticket=TicketWeights(priority=FIRST, age_s=1), person=PersonWeights(main=FIRST, idle_s=1))


def w2(weeks: int, per_min: float = PER_MIN) -> Desk:
    """Return the desk of W2: six kinds in equal shares, around the clock; `per_min` of all kinds together."""
    kinds = {
        f"kind-{g}": Kind(
            category="ticket", per_week=per_min * 10_080 / KINDS, priorities=PRIORITIES,
            route=(Stage(department="desk", skill=f"skill-{g}", work=Law(mean_min=WORK_MIN)),),
            patience=Law(mean_min=PATIENCE_MIN),
        )
        for g in range(KINDS)
    }  # fmt: skip
    seats = {
        f"group-{g}": Seat(
            role="agent", team="desk", shift="always", heads=HEADS,
            takes=(f"skill-{g}", f"skill-{(g + 1) % KINDS}"),
        )
        for g in range(KINDS)
    }  # fmt: skip
    return Desk(
        title="W2", start=date(2026, 1, 5), weeks=weeks, time_zone="UTC", demand=Demand(kinds=kinds),
        staff=Staff(
            roles={"agent": Role(skills=tuple(f"skill-{g}" for g in range(KINDS)))},
            teams={"desk": Team(department="desk")},
            shifts={"always": Shift(days=WEEKDAYS, hours="00:00-24:00")}, seats=seats,
        ),
        routing=Routing(policy="custom", custom=W2_POLICY),
    )  # fmt: skip


@dataclass(frozen=True)
class Speed:
    """Rounds of one engine.

    Attributes
    ----------
    engine
        What was run.
    tickets
        Tickets in one round.
    run_s
        Seconds of each round, from the drawn world to the end of the run (ours: to the finished log).
    wait_min, left
        Mean wait of the served in minutes, and the share that left: the same workload gives nearly the same.
    """

    engine: str
    tickets: int
    run_s: tuple[float, ...]
    wait_min: float
    left: float

    @property
    def per_s(self) -> float:
        """Tickets per second, by the median round."""
        return self.tickets / statistics.median(self.run_s)


def ours(tickets: int) -> dict[str, Any]:
    """Run W2 once with about so many tickets and return what a rival prints."""
    desk = w2(ceil(tickets / (PER_MIN * 10_080)))
    world = sample(desk, 1)
    began = time.perf_counter()
    log, _ = model.run(desk, world)
    run_s = time.perf_counter() - began
    served = log.touches.filter(log.touches["started_s"].is_not_null())
    first = (served["started_s"] - served["queued_s"]).to_numpy()
    left = log.moments.filter(log.moments["what"] == "left").height
    return {
        "engine": OURS, "n": len(world), "run_s": run_s, "mean_wait_min": float(np.mean(first)) / 60,
        "abandoned": left / len(world),
    }  # fmt: skip


def once(engine: str, tickets: int) -> dict[str, Any]:
    """Run one engine in a process of its own and return the JSON line that it prints last."""
    if engine == OURS:
        command, folder = [sys.executable, "-m", "benchmarks.model_w2", "--once", str(tickets)], ROOT
    else:
        command, folder = [sys.executable, engine, str(tickets)], RIVALS
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def race(tickets: int, rounds: int) -> list[Speed]:
    """Run all engines that are there, in turn, round by round; ours is the first of the list."""
    engines = [OURS] + [name for name in (NAIVE, TUNED) if (RIVALS / name).is_file()]
    found: dict[str, list[dict[str, Any]]] = {engine: [] for engine in engines}
    for number in range(rounds):
        for engine in engines:
            found[engine].append(once(engine, tickets))
            print(f"round {number + 1} of {rounds}: {engine}", file=sys.stderr, flush=True)
    return [_speed(engine, rows) for engine, rows in found.items()]


def _speed(engine: str, rows: Sequence[dict[str, Any]]) -> Speed:
    return Speed(
        engine=engine, tickets=int(rows[0]["n"]), run_s=tuple(float(row["run_s"]) for row in rows),
        wait_min=float(rows[0]["mean_wait_min"]), left=float(rows[0]["abandoned"]),
    )  # fmt: skip


def table(speeds: Sequence[Speed]) -> str:
    """Return the race as a Markdown table, with our speed over each engine's."""
    labels = {
        OURS: "`sim.model.run`, full log",
        NAIVE: "SimPy, textbook, no log",
        TUNED: "SimPy, keyed callbacks, no log",
    }
    lines = [
        "| engine | tickets | median of run, s | least to most, s | tickets/s | `sim.model` over it "
        "| mean wait, min | left |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for speed in speeds:
        lines.append(
            f"| {labels[speed.engine]} | {speed.tickets:,} | {statistics.median(speed.run_s):.2f} "
            f"| {min(speed.run_s):.2f} to {max(speed.run_s):.2f} | {speed.per_s:,.0f} "
            f"| {speeds[0].per_s / speed.per_s:.2f} | {speed.wait_min:.3f} | {speed.left:.2%} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Race and print the table, or run ours once and print a JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_w2")
    parser.add_argument("--tickets", type=int, default=160_000, help="tickets in a round (default 160,000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, interleaved (default 3)")
    parser.add_argument("--once", type=int, metavar="TICKETS", help="run ours once and print JSON")
    asked = parser.parse_args(arguments)
    if asked.once is not None:
        few = w2(1, per_min=0.1)  # loads and compiles: the rivals' clocks start after that, too
        model.run(few, sample(few, 1))
        print(json.dumps(ours(asked.once)))
    else:
        print(table(race(asked.tickets, asked.rounds)))


if __name__ == "__main__":
    main()
