"""Measure KPIs by person and month on large logs: `python -m benchmarks.kpi [--tickets N ...] [--rounds K]`.

Ours and what is written by hand with Polars, pandas and DuckDB read the same table of tickets, in turn, each in a
process of its own, and their figures are compared. The page is written to `benchmarks/kpi.md`. pandas and DuckDB come
with the extra `bench`; without it they are left out, and the page says so.
"""

import argparse
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.kpi_rivals import RIVALS, Figures, Prepared
from benchmarks.machine import load, machine, ours, peak_mb, scratch, versions
from sim.calendar import Timeline
from sim.kpi import measure
from sim.log import SCHEMAS, Log, table
from sim.log.framing import Sheet
from sim.log.tables import Tables
from sim.sla import Clause, Sla, Target

REPORT = Path(__file__).with_name("kpi.md")
PEOPLE, DAYS, DAY_S = 90, 365, 86_400
UNTIL_S = DAYS * DAY_S
TIMELINE = Timeline.midnight(date(2026, 1, 1), "Asia/Shanghai")
NAMES = ("first_response_mean", "first_response_p90", "response_overdue_rate", "fcr_no_followup")
"""With `n` of the first these are the five figures: count, mean and p90 of the response, late share, solved share."""

OURS = "ours"
LABELS = {
    OURS: "`sim.kpi.measure`",
    "polars": "Polars by hand, the same counts",
    "polars_prepared": "Polars by hand, one group-by over columns made beforehand",
    "pandas": "pandas by hand, the same counts",
    "duckdb": "DuckDB by hand, the same counts",
}
NEEDS = {"pandas": ("pandas", "pyarrow"), "duckdb": ("duckdb",)}
"""Libraries that Fairdesk itself does not need."""

BAR = 2.0
WARM = 1
TIMED = 3
MANY = 1000
"""Tickets from which on a quantile hardly depends on whether it is a value or lies between two."""


@dataclass(frozen=True)
class Speed:
    """Rounds of one contender on one table.

    Attributes
    ----------
    name
        A key of `LABELS`.
    tickets
        Rows of the table.
    run_s, cpu_s
        Seconds on the clock and of all cores in each round, the least of its runs.
    table_mb, peak_mb
        Memory of the process when it has its table, and at most; medians of the rounds.
    """

    name: str
    tickets: int
    run_s: tuple[float, ...]
    cpu_s: tuple[float, ...]
    table_mb: float
    peak_mb: float


def there() -> tuple[str, ...]:
    """Return the contenders whose libraries are installed."""
    return tuple(name for name in LABELS if all(importlib.util.find_spec(library) for library in NEEDS.get(name, ())))


def tickets(size: int) -> pl.DataFrame:
    """Return a year of tickets at random: the columns of `Log.tickets` that the figures need, sorted by creation."""
    draw = np.random.default_rng(1)
    created = np.sort(draw.integers(0, UNTIL_S - DAY_S, size))
    reply = created + draw.exponential(1800, size).astype(np.int64)
    resolved = reply + draw.exponential(7200, size).astype(np.int64)
    reopened = resolved + draw.integers(0, 10 * DAY_S, size)
    comes_back = (draw.random(size) < 0.2) & (reopened < UNTIL_S)
    people = pl.Enum([f"person {number:02d}" for number in range(PEOPLE)])
    who = pl.Series(draw.integers(0, PEOPLE, size).astype(np.uint8))

    def known(values: np.ndarray[Any, Any], where: np.ndarray[Any, Any]) -> pl.Series:
        return pl.Series(values).set(pl.Series(~where), None)

    def person(where: np.ndarray[Any, Any]) -> pl.Series:
        return who.set(pl.Series(~where), None).cat.to(people)

    never = pl.Series([None], dtype=pl.Int64).new_from_index(0, size)
    replied, solved = reply < UNTIL_S, resolved < UNTIL_S
    return pl.DataFrame(
        {
            "ticket": np.arange(size), "created_s": created, "first_reply_s": known(reply, replied),
            "first_resolved_s": known(resolved, solved), "first_reopened_s": known(reopened, comes_back & solved),
            "left_s": never, "blocked_s": never, "merged_s": never, "due_response_s": created + 3600,
            "first_replier": person(replied), "last_resolver": person(solved),
        }
    )  # fmt: skip


def log_of(path: Path) -> Log:
    """Return a log whose table of tickets is that of a file; what the figures do not need is empty."""
    tables = {name: table(name, pl.DataFrame(schema=columns), ("normal",)) for name, columns in SCHEMAS.items()}
    sla = Sla(priorities={"normal": Target(response=Clause(target_min=60))})
    log = Log(timeline=TIMELINE, until_s=UNTIL_S, priorities=("normal",), tables=Tables(tables), sla=sla)
    # A log derives its tickets when they are first read; here they are there before.
    vars(log)["_tickets"] = Sheet.of(pl.read_parquet(path))
    return log


def ours_on(path: Path) -> Prepared:
    """Return the measure of the log, and its figures as plain data."""
    log = log_of(path)

    def figures(made: pl.DataFrame) -> Figures:
        found: Figures = {"reply": {}, "late": {}, "fcr": {}}
        rows = {(row["name"], row["person"], row["month"]): row for row in made.iter_rows(named=True)}
        for (name, person, month), row in rows.items():
            if person is None or row["mean"] is None:
                continue
            key = person, 12 * int(month[:4]) + int(month[5:]) - 1
            if name == "first_response_mean":
                p90 = rows["first_response_p90", person, month]["mean"]
                found["reply"][key] = (row["n"], row["mean"] * 60, p90 * 60)
            elif name in ("response_overdue_rate", "fcr_no_followup"):
                found["late" if name[0] == "r" else "fcr"][key] = (row["mean"],)
        return found

    return lambda: measure(log, NAMES, by=("person", "month")), figures


def one(name: str, path: Path) -> dict[str, Any]:
    """Return what a process of its own tells of a contender: seconds, memory, and its figures."""
    start_s = int(TIMELINE.start.timestamp())
    run, figures = ours_on(path) if name == OURS else RIVALS[name](path, start_s, UNTIL_S)
    table_mb = peak_mb()
    clock, cores = [], []
    made = None
    for number in range(WARM + TIMED):
        began = time.perf_counter(), time.process_time()
        made = run()
        if number >= WARM:
            clock.append(time.perf_counter() - began[0])
            cores.append(time.process_time() - began[1])
    most = peak_mb()
    told = {key: sorted((*group, *values) for group, values in rows.items()) for key, rows in figures(made).items()}
    run_s, cpu_s = min(clock), min(cores)
    return {"run_s": run_s, "cpu_s": cpu_s, "table_mb": table_mb, "peak_mb": most, "figures": told}


def race(size: int, rounds: int, names: Sequence[str]) -> tuple[list[Speed], dict[str, str]]:
    """Return the speeds of contenders on a table, and how their figures compare with ours."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with scratch() as folder:
        path = Path(folder) / "tickets.parquet"
        tickets(size).write_parquet(path, compression="uncompressed")
        for _ in range(rounds):
            for name in names:
                print(f"{size:,} tickets: {name}", file=sys.stderr, flush=True)
                found[name].append(ours("kpi", "--one", name, "--path", path))
    speeds = [_speed(name, size, runs) for name, runs in found.items()]
    own = found[OURS][0]["figures"]
    return speeds, {name: agreement(own, runs[0]["figures"]) for name, runs in found.items() if runs[0]["figures"]}


def _speed(name: str, size: int, runs: Sequence[dict[str, Any]]) -> Speed:
    table_mb, most = (statistics.median(run[key] for run in runs) for key in ("table_mb", "peak_mb"))
    return Speed(name, size, tuple(r["run_s"] for r in runs), tuple(r["cpu_s"] for r in runs), table_mb, most)


def agreement(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> str:
    """Return how far the figures of two contenders are apart.

    Raises
    ------
    RuntimeError
        If they have other groups, or differ by more than the grid allows: then they did not count the same.
    """
    far = {"exact": 0.0, "p90": 0.0}
    for key, rows in one.items():
        if [row[:2] for row in rows] != [row[:2] for row in other[key]]:
            raise RuntimeError(f"{key}: the groups differ")
        for row, twin in zip(rows, other[key], strict=True):
            for place, (a, b) in enumerate(zip(row[2:], twin[2:], strict=True)):
                if key == "reply" and place == 2 and row[2] < MANY:
                    continue
                kind = "p90" if key == "reply" and place == 2 else "exact"
                far[kind] = max(far[kind], abs(a - b) / max(abs(a), abs(b), 1e-12))
    if far["exact"] > 1e-9 or far["p90"] > 0.03:
        raise RuntimeError(f"figures differ by {far}")
    return f"{far['exact']:.0e} and, p90, {far['p90']:.2%}"


def page(found: Sequence[tuple[list[Speed], dict[str, str]]], rounds: int) -> str:
    """Return the page as Markdown."""
    names = [speed.name for speed in found[0][0]]
    libraries = [name for name in NEEDS if name in names]
    left_out = [name for name in NEEDS if name not in names]
    without = f" Not installed, so left out: {', '.join(left_out)}." if left_out else ""
    lines = [
        "# KPIs by person and month", "",
        "Made by `python -m benchmarks.kpi`. Absolute figures belong to the machine; look at the ratios.", "",
        f"Machine: {machine()}; {load():.1f} processes wanted to run in the last minute before the end. Versions: "
        f"{versions(('fairdesk', 'polars', 'numba', 'numpy', *libraries))}.{without}", "",
        f"Five figures (count, mean and p90 of the first response, share of late replies, share of first-contact "
        f"resolutions) of {PEOPLE} people over {DAYS} days, by person and local month. Rounds: {rounds}, the "
        f"contenders in turn, each in a process of its own that reads the table of tickets, runs {WARM} time to "
        f"warm up and {TIMED} times against the clock, of which the fastest counts. Ours counts by person and local "
        "*day*, exactly, in statistics that merge with those of other logs, and gives every figure its interval "
        "over days and its number of tickets; those by hand give the figure alone. All but the prepared group-by "
        "count by the instant and the person that each figure goes by. p90 is compared where a group has at least "
        f"{MANY} tickets: ours is a value read off a grid of 1 %, theirs lies between two values.", "",
    ]  # fmt: skip
    for speeds, agreed in found:
        lines += [f"## {speeds[0].tickets:,} tickets", "", *_table(speeds, agreed), ""]
    lines.append(bar(found[-1][0]))
    return "\n".join(lines) + "\n"


def _table(speeds: Sequence[Speed], agreed: dict[str, str]) -> list[str]:
    own = next(speed for speed in speeds if speed.name == OURS)
    lines = [
        "| | median s | ours is | core-seconds | table MB | peak MB | figures apart by |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for speed in speeds:
        median, cores = statistics.median(speed.run_s), statistics.median(speed.cpu_s)
        ratio = statistics.median(own.run_s) / median
        lines.append(
            f"| {LABELS[speed.name]} | {median:.3f} | {ratio:.2f} x | {cores:.3f} | {speed.table_mb:,.0f} "
            f"| {speed.peak_mb:,.0f} | {agreed.get(speed.name, 'another count') if speed.name != OURS else ''} |"
        )
    return lines


def bar(speeds: Sequence[Speed]) -> str:
    """Return how the bar is met: at most twice the time of Polars by hand, below 4 GB."""
    by_name = {speed.name: speed for speed in speeds}
    ratio = statistics.median(by_name[OURS].run_s) / statistics.median(by_name["polars"].run_s)
    cores = statistics.median(by_name[OURS].cpu_s) / statistics.median(by_name["polars"].cpu_s)
    met = ratio <= BAR and by_name[OURS].peak_mb < 4000
    return (
        f"Bar: at most {BAR:g} x Polars by hand with the same counts, below 4,000 MB: "
        f"**{'met' if met else 'MISSED'}**, {ratio:.2f} x ({cores:.2f} x in core-seconds) "
        f"and {by_name[OURS].peak_mb:,.0f} MB at {speeds[0].tickets:,} tickets."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the page, or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kpi", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tickets", type=int, nargs="+", default=[10**6, 10**7], help="rows (default 10^6 and 10^7)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, interleaved (default 3)")
    parser.add_argument("--one", choices=LABELS, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        print(json.dumps(one(asked.one, asked.path)))
        return
    found = [race(size, asked.rounds, there()) for size in asked.tickets]
    REPORT.write_text(page(found, asked.rounds), "utf-8")
    print(bar(found[-1][0]))


if __name__ == "__main__":
    main()
