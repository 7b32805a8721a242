"""Measure anew and write `benchmarks/README.md`: `python -m benchmarks.run [--tickets N] [--rounds K]`."""

import argparse
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import model_w2
from benchmarks.model_w2 import NAIVE, OURS, Speed

REPORT = Path(__file__).with_name("README.md")
LIBRARIES = ("fairdesk", "simpy", "numpy", "numba", "polars")


def machine() -> str:
    """Return what the figures were measured on: processor, cores, system."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        lines = information.read_text("utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def bar(speeds: Sequence[Speed]) -> str:
    """Return how the bar of the model is met: at least as fast as textbook SimPy."""
    by_name = {speed.engine: speed for speed in speeds}
    if NAIVE not in by_name:
        return "Textbook SimPy was not there to be compared with."
    ratio = by_name[OURS].per_s / by_name[NAIVE].per_s
    return (
        f"Bar: `sim.model.run`, which writes the full log, is at least as fast as textbook SimPy, which "
        f"writes none: **{'met' if ratio >= 1 else 'MISSED'}**, {ratio:.2f} x."
    )


def page(speeds: Sequence[Speed], rounds: int) -> str:
    """Return the page as Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    lines = [
        "# Benchmarks", "",
        "Made by `python -m benchmarks.run`. Absolute figures belong to the machine; look at the ratios.",
        "", f"Machine: {machine()}. Versions: {versions}.", "",
        "## Right: the engine against exact queueing theory", "",
        "[theory.md](theory.md), made by `python -m benchmarks.theory`.", "",
        "## True: fitted desks beside the real logs", "",
        "[fidelity.md](fidelity.md), made by `python -m benchmarks.fidelity`; it needs the two real logs in "
        "`../shared/data`.", "",
        "## Fast: workload W2", "",
        f"Six kinds, 90 people, priorities and patience, near the limit of the staff; {rounds} rounds, the "
        "engines in turn, each in a process of its own. Every engine draws its own world of the same laws "
        "before its clock starts; ours runs in whole seconds and hands over a complete log.", "",
        model_w2.table(speeds), "", bar(speeds),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").strip())
    parser.add_argument("--tickets", type=int, default=160_000, help="tickets in a round (default 160,000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, interleaved (default 5)")
    asked = parser.parse_args(arguments)
    speeds = model_w2.race(asked.tickets, asked.rounds)
    REPORT.write_text(page(speeds, asked.rounds), "utf-8")
    print(bar(speeds))


if __name__ == "__main__":
    main()
