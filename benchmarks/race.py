"""Our engines beside others on W1 and W2, in turn, each in a process of its own.

The rivals are programs in a folder beside this repository; they are compiled and run from there and never copied, and
without the folder only our engines are measured. They draw their own world of the same laws; the C++ loop also runs
the very tickets of our world. A clock starts when the world is there and ends when the run does; ours starts before
`begin` is called, or, for the kernel alone, after it.
"""

import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT, child, ours
from benchmarks.once import EXPORT, FAST, KERNEL, MODEL

RIVALS = ROOT.parent / "shared" / "bench"
AGAIN = "_again"
CPP_OURS, CPP, NUMBA = "cpp_ours", "cpp", "numba"
TEXTBOOK, KEYED, CIMBA, CLERKS, CIW, SALABIM = "simpy_naive", "simpy_tuned", "cimba", "cimba_clerks", "ciw", "salabim"
LABELS = {
    KERNEL: "`sim.fast.advance`, the kernel alone",
    KERNEL + AGAIN: "`sim.fast.advance`, the second in its process",
    FAST: "`sim.fast.run`, with all tables of its log",
    FAST + AGAIN: "`sim.fast.run`, all tables, the second in its process",
    MODEL: "`sim.model.run`, with all tables of its log",
    CPP_OURS: "C++ loop on the same tickets as ours",
    CPP: "C++ loop",
    NUMBA: "bare Numba loop",
    CIMBA: "Cimba, a process per ticket",
    CLERKS: "Cimba, a process per person",
    KEYED: "SimPy, keyed callbacks",
    TEXTBOOK: "SimPy, textbook",
    CIW: "Ciw",
    SALABIM: "salabim",
}
PEERS = (CIMBA, CLERKS, KEYED, TEXTBOOK, CIW, SALABIM)
"""Libraries for simulation; the bare loops are limits, not peers."""
FEWER = {CIW: 10, SALABIM: 40}
"""Slow ones are given fewer tickets: their speed does not depend on how many."""


@dataclass(frozen=True)
class Speed:
    """Rounds of one engine on one workload.

    Attributes
    ----------
    engine
        A key of `LABELS`.
    tickets
        Tickets in one round.
    run_s
        Seconds of each round.
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


class Field:
    """Who takes part, and how each is called.

    Parameters
    ----------
    folder
        For worlds and compiled programs; deleted by who made it.
    tickets
        Tickets in a round.
    python
        Interpreter that has the rivals' libraries.
    """

    def __init__(self, folder: Path, tickets: int, python: Path) -> None:
        self.folder, self.tickets, self.python = folder, tickets, python
        self.missing: dict[str, str] = {}
        self._counts: dict[Path, int] = {}
        self.cpp = self._compiled()

    def _compiled(self) -> bool:
        compiler, source = shutil.which("g++"), RIVALS / "des.cpp"
        if compiler is None or not source.is_file():
            self.missing[CPP] = self.missing[CPP_OURS] = "no g++" if compiler is None else f"no {source.name}"
            return False
        command = [compiler, "-O3", "-march=native", "-std=c++20", str(source), "-o", str(self._program), "-lz"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            self.missing[CPP] = self.missing[CPP_OURS] = (done.stderr.splitlines() or ["does not compile"])[0][:120]
        return done.returncode == 0

    @property
    def _program(self) -> Path:
        return self.folder / "des"

    def run(self, engine: str, workload: str) -> dict[str, Any]:
        """Run an engine once and return what it prints, or why it does not run."""
        if engine in (KERNEL, FAST, MODEL):
            return child([sys.executable, "-m", "benchmarks.once", engine, workload, str(self.tickets)])
        if engine in (CPP, CPP_OURS):
            world, n = self._world(workload, of_ours=engine == CPP_OURS)
            return child([str(self._program), workload, str(n), str(world)], self.folder)
        script = RIVALS / f"{engine}_{workload}.py"
        tickets = self.tickets // FEWER.get(engine, 1)
        cache = {"NUMBA_CACHE_DIR": str(self.folder / "numba")}
        return child([str(self.python), str(script), str(tickets)], RIVALS, cache)

    def _world(self, workload: str, *, of_ours: bool) -> tuple[Path, int]:
        path = self.folder / f"{workload}-{'ours' if of_ours else 'own'}.bin"
        if of_ours:
            if path not in self._counts:
                self._counts[path] = int(ours("once", EXPORT, workload, self.tickets, path)["n"])
            return path, self._counts[path]
        if not path.exists():
            make = f"import world; world.to_bin({self.tickets}, {str(path)!r})"
            child([str(self.python), "-c", f"{make}; print('{{}}')"], RIVALS)
        return path, self.tickets

    def entries(self, workload: str) -> list[str]:
        """Return who can run a workload, ours first."""
        return [
            engine
            for engine in LABELS
            if engine in (KERNEL, FAST, MODEL)
            or (engine in (CPP, CPP_OURS) and self.cpp)
            or (RIVALS / f"{engine}_{workload}.py").is_file()
        ]


def race(
    field: Field, workload: str, rounds: int, on_done: Callable[[str], None] | None = None
) -> tuple[list[Speed], dict[str, str]]:
    """Run everybody in turn, round by round.

    Returns
    -------
    tuple
        The speeds, and why those that did not run did not.
    """
    found: dict[str, list[dict[str, Any]]] = {engine: [] for engine in field.entries(workload)}
    why = dict(field.missing)
    for number in range(rounds):
        for engine in list(found):
            row = field.run(engine, workload)
            if "why" in row:
                why[engine] = row["why"]
                del found[engine]
                continue
            found[engine].append(row)
            if on_done is not None:
                on_done(f"{workload}, round {number + 1} of {rounds}: {engine}")
    for engine in (KERNEL, FAST):
        found[engine + AGAIN] = [{**row, "run_s": row["again_s"]} for row in found[engine]]
    return [_speed(engine, found[engine]) for engine in LABELS if found.get(engine)], why


def _speed(engine: str, rows: Sequence[dict[str, Any]]) -> Speed:
    return Speed(
        engine=engine, tickets=int(rows[0]["n"]), run_s=tuple(float(row["run_s"]) for row in rows),
        wait_min=float(rows[0]["mean_wait_min"]), left=float(rows[0].get("abandoned", 0.0)),
    )  # fmt: skip


def table(speeds: Sequence[Speed]) -> str:
    """Return a race as a Markdown table, with each speed over that of the C++ loop, if it took part."""
    by_name = {speed.engine: speed for speed in speeds}
    limit = by_name.get(CPP_OURS) or by_name.get(CPP)
    lines = [
        "| engine | tickets | median of run, s | least to most, s | tickets/s | over C++ | mean wait, min | left |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for speed in speeds:
        over = "" if limit is None else f"{speed.per_s / limit.per_s:.4g}"
        lines.append(
            f"| {LABELS[speed.engine]} | {speed.tickets:,} | {statistics.median(speed.run_s):.4g} "
            f"| {min(speed.run_s):.4g} to {max(speed.run_s):.4g} | {speed.per_s:,.0f} | {over} "
            f"| {speed.wait_min:.3f} | {speed.left:.2%} |"
        )
    return "\n".join(lines)
