"""Measure the score of 300 people over 12 months on 40 items: `python -m benchmarks.score [--tickets N] [--rounds K]`.

A log at random is written once; each round reads it in a process of its own, scores it and says what every step took.
The page is written to `benchmarks/score.md`.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.machine import load, machine, ours, peak_mb, scratch, versions
from scenarios.files.rubrics import load_rubric
from sim.calendar import Timeline
from sim.kpi.rubric import Category, Rubric, forms_in, score_tally, tally
from sim.log import Log, read, write
from sim.sla import Clause, Sla, Target

REPORT = Path(__file__).with_name("score.md")
PEOPLE, DAYS, DAY_S, ITEMS = 300, 365, 86_400, 40
UNTIL_S = DAYS * DAY_S
PRESETS = ("aftersales_100", "fair_merge", "learner_service", "techsupport_4d")
TICKETS = 480_000
"""So many tickets make about 3 million rows of moments, touches and cases."""

STEPS = {
    "read": "read the log",
    "derive": "derive its tickets",
    "tally": "count: whole numbers by person, day and item",
    "score": "score, without intervals",
    "intervals": "score, with the interval of every total and item over days",
}


def rubric(items: int = ITEMS) -> Rubric:
    """Return a rubric of so many items of those that come along, in one category."""
    presets = {name: load_rubric(name) for name in PRESETS}
    made = [
        item.changed(name=f"{name}_{item.name}", category="all", sources={"supervisor": 1.0})
        for name, preset in presets.items()
        for item in preset.items
    ]
    own = {name: kpi for preset in presets.values() for name, kpi in preset.kpi.items()}
    return presets["aftersales_100"].changed(
        title={"en": "benchmark"}, items=tuple(made[:items]), categories={"all": Category(weight=1.0)}, kpi=own,
        consequences=type(presets["aftersales_100"].consequences)(),
    )  # fmt: skip


def log_of(tickets: int, people: int = PEOPLE) -> Log:
    """Return a year of tickets at random, each with a reply, a resolution, two ratings of every other, and a touch."""
    draw = np.random.default_rng(1)
    created = np.sort(draw.integers(0, UNTIL_S - 5 * DAY_S, tickets))
    reply = created + 60 + draw.exponential(1800, tickets).astype(np.int64)
    resolved = reply + 60 + draw.exponential(7200, tickets).astype(np.int64)
    names = np.array([f"person {number:03d}" for number in range(people)])
    who, number = names[draw.integers(0, people, tickets)], np.arange(tickets)
    rated, back = draw.random(tickets) < 0.5, draw.random(tickets) < 0.05
    points = draw.integers(1, 6, tickets)

    def moment(which: Any, at_s: Any, what: str, whose: Any = None, reason: Any = None, value: Any = None) -> Any:
        size = len(which)
        told = {
            "ticket": which,
            "at_s": at_s,
            "what": [what] * size,
            "who": whose if whose is not None else [None] * size,
        }
        told |= {"reason": [reason] * size, "value": value if value is not None else [None] * size}
        kinds = {"who": pl.String, "reason": pl.String, "value": pl.Int64}
        return pl.DataFrame(told, schema_overrides=kinds)

    moments = pl.concat(
        [
            moment(number, created, "created"), moment(number, reply, "reply", who),
            moment(number, resolved, "resolved", who),
            moment(number[back], resolved[back] + DAY_S, "reopened"),
            moment(number[back], resolved[back] + DAY_S + 3600, "resolved", who[back]),
            *(
                moment(number[rated], resolved[rated] + 2 * DAY_S, "rated", None, reason, points[rated])
                for reason in ("outcome", "process")
            ),
        ]
    ).with_row_index("number")  # fmt: skip
    touches = pl.DataFrame(
        {
            "ticket": number, "stage": 0, "person": who, "seat": who, "team": "all", "department": "all",
            "queued_s": created, "started_s": reply, "ended_s": resolved, "work_s": 600, "ended": "done",
        }
    )  # fmt: skip
    days = np.arange(people * DAYS) % DAYS
    shifts = pl.DataFrame({"person": np.repeat(names, DAYS), "start_s": days * DAY_S + 32_400}).filter(
        pl.Series(days % 7 < 5)
    )
    shifts = shifts.with_columns(
        end_s=pl.col("start_s") + 28_800, paid_s=pl.lit(28_800), busy_s=pl.lit(20_000), role=pl.lit("agent")
    )
    cases = pl.DataFrame(
        {
            "ticket": number, "learner": [f"l{each}" for each in draw.integers(0, tickets // 4 + 1, tickets)],
            "kind": np.array(["a", "b", "c", "d"])[draw.integers(0, 4, tickets)], "category": "all",
            "priority": "normal", "difficulty": draw.integers(1, 6, tickets).astype(np.float64),
        }
    )  # fmt: skip
    target = Target(response=Clause(target_min=60), resolution=Clause(target_min=240))
    return Log.of(
        timeline=Timeline.midnight(date(2026, 1, 1), "Asia/Shanghai"), until_s=UNTIL_S, priorities=("normal",),
        moments=moments, touches=touches, shifts=shifts, cases=cases, sla=Sla(priorities={"normal": target}),
        people=pl.DataFrame({"person": names, "role": "agent"}),
    )  # fmt: skip


def one(path: Path, items: int = ITEMS) -> dict[str, Any]:
    """Return what a process of its own tells: seconds by step, memory, and how much was scored."""
    made, took = rubric(items), dict[str, float]()
    began = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal began
        took[step] = time.perf_counter() - began
        began = time.perf_counter()

    log = read(path)
    lap("read")
    rows = sum(getattr(log, name).height for name in ("moments", "touches", "cases", "shifts"))
    tickets = log.tickets.height
    lap("derive")
    counted = tally(log, made)
    forms = forms_in(log, made, counted)
    lap("tally")
    plain = score_tally(made, counted, forms=forms, level=None)
    lap("score")
    whole = score_tally(made, counted, forms=forms, level=0.95)
    lap("intervals")
    decided = sum(item.kpi is not None and item.name not in counted.reasons for item in made.items)
    return {
        "took": took, "peak_mb": peak_mb(), "rows": rows, "tickets": tickets, "scores": whole.height,
        "facts": counted.facts.height, "decided": decided, "same": plain["total"].equals(whole["total"]),
    }  # fmt: skip


def page(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the page as Markdown."""
    first = found[0]
    medians = {step: statistics.median(each["took"][step] for each in found) for step in STEPS}
    lines = [
        f"# Scores of {PEOPLE} people over 12 months on {ITEMS} items", "",
        "Made by `python -m benchmarks.score`. Absolute figures belong to the machine.", "",
        f"Machine: {machine()}; {load():.1f} processes wanted to run in the last minute before the end. Versions: "
        f"{versions(('fairdesk', 'polars', 'numba', 'numpy'))}.", "",
        f"A log at random of {first['rows']:,} rows ({first['tickets']:,} tickets) is read from Parquet; of {ITEMS} "
        f"items it decides {first['decided']}; {first['facts']:,} whole numbers by person, day and item stand behind "
        f"{first['scores']:,} scores. Rounds: {len(found)}, each in a process of its own; medians.", "",
        "| | s |", "|---|--:|",
        *(f"| {said} | {medians[step]:.2f} |" for step, said in STEPS.items()),
        f"| all but the score without intervals | {sum(medians.values()) - medians['score']:.2f} |", "",
        f"Peak memory: {statistics.median(each['peak_mb'] for each in found):,.0f} MB.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the page, or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.score", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tickets", type=int, default=TICKETS, help=f"tickets (default {TICKETS})")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (default 3)")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        print(json.dumps(one(asked.one)))
        return
    with scratch() as folder:
        write(log_of(asked.tickets), Path(folder) / "log")
        found = []
        for number in range(asked.rounds):
            print(f"round {number + 1} of {asked.rounds}", file=sys.stderr, flush=True)
            found.append(ours("score", "--one", Path(folder) / "log"))
    REPORT.write_text(page(found), "utf-8")
    print(page(found))


if __name__ == "__main__":
    main()
