"""What the split of a score gets right, and what a study costs.

`python -m benchmarks.fairness [--studies N] [--worlds N] [--only planted|academy]`. Planted parts
(`benchmarks/planted.py`) say how often intervals hold the truth; the academy says what a month of its largest role and
a year of every role cost. `benchmarks/fairness.md` has both; `--only` keeps the other's part of the page.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import load, machine, peak_mb, versions
from benchmarks.planted import PEOPLE, Plant, bootstrapped, covered, truth
from scenarios.commands.fairness import largest_role
from scenarios.files.desks import read
from scenarios.files.rubrics import load_rubric
from sim.desk import Desk
from sim.experiment import threads
from sim.kpi.rubric import Rubric
from sim.lab import course, fairness
from sim.lab.fairness import LARGEST_FULL

REPORT, FOUND = Path(__file__).parent / "fairness.md", Path(__file__).parent / "fairness.json"
KINDS = {"own": "own scores", "zero_sum": "zero-sum", "shared": "shared queue"}
PLANTS = [Plant(kind, seats) for kind in KINDS for seats in (0, 1, 2)]
PLAYED = [Plant(kind, 1, conduct=2.0) for kind in ("own", "zero_sum")]
CLONES = [Plant(kind, 1, ability=0) for kind in KINDS]
WORLDS = 20


def planted(studies: int) -> dict[str, Any]:
    """Return coverage by plant, and of the negative controls."""
    seeds, rows = range(studies), []
    for plant in (*PLANTS, *PLAYED, *CLONES):
        true = truth(plant)
        rows.append({"kind": plant.kind, "seats": plant.seats, "ability": plant.ability, "conduct": plant.conduct,
                     "true": true, "held": covered(plant, seeds, WORLDS, true)})  # fmt: skip
        print(rows[-1], file=sys.stderr)
    fixed, clone = Plant("zero_sum", 0), Plant("own", 1, ability=0)
    few = range(min(studies, 100))
    return {
        "studies": studies, "rows": rows,
        "cyclic": covered(fixed, seeds, WORLDS, truth(fixed), fixed=True), "cyclic_true": truth(fixed),
        "bootstrap": bootstrapped(clone, few, WORLDS, truth(clone), 200), "bootstrap_studies": len(few),
    }  # fmt: skip


def academy(worlds: int) -> dict[str, Any]:
    """Return what a month's study of the largest role costs, and twelve months of every role, on two threads."""
    desk, rubric = read("academy").desk, load_rubric("aftersales_100")
    largest = largest_role(desk)
    fairness(desk, rubric, largest, 3, seatings=1, unseen=1)
    before = load()
    month, month_s = _timed(lambda: fairness(desk, rubric, largest, 20, executor=threads(2)))
    rows = [
        {"study": "a month", "role": largest, "people": month.people, "worlds": month.worlds, **month_s,
         "seatings": month.seatings, "unseen": month.unseen, "precise": month.precise,
         "half_width": float(max(each.half_width() for each in month.shares.values()))}
    ]  # fmt: skip
    for role in sorted(desk.staff.roles):
        rows.append(_year(desk, rubric, role, worlds))
        print(rows[-1], file=sys.stderr)
    return {"rows": rows, "load_before": before, "load_after": load(), "peak_mb": peak_mb()}


def _year(desk: Desk, rubric: Rubric, role: str, worlds: int) -> dict[str, Any]:
    year, year_s = _timed(lambda: course(desk, rubric, role, worlds, executor=threads(2)))
    shares = year.shares["month"]
    return {
        "study": "twelve months", "role": role, "people": year.people, "worlds": year.worlds, **year_s,
        "seatings": year.seatings, "unseen": year.unseen, "precise": year.precise,
        "half_width": float(shares.half_width()), "shares": {name: each.mean for name, each in shares.named().items()},
        "reliability": {name: each.reliability.mean for name, each in year.shares.items()},
    }  # fmt: skip


def _timed[T](work: Callable[[], T]) -> tuple[T, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def page(found: dict[str, Any]) -> str:
    """Return the page as Markdown."""
    lines = ["# The split of a score", "", f"Made by `python -m benchmarks.fairness`. {found['machine']}", ""]
    if "planted" in found:
        lines += _planted(found["planted"])
    if "academy" in found:
        lines += _academy(found["academy"])
    return "\n".join(lines)


def _planted(found: dict[str, Any]) -> list[str]:
    rows = found["rows"]
    plain = [row for row in rows if row["ability"] and not row["conduct"]]
    pooled = np.mean([list(row["held"].values()) for row in plain])
    clones = min(row["held"]["merit"] for row in rows if not row["ability"])
    lines = [
        "## How often 95 % intervals hold the truth", "",
        f"{PEOPLE} people in three teams, {WORLDS} worlds a study, everybody in every seat, {found['studies']} studies "
        "a row; the truth is that of 2,000 worlds. In brackets the true share. `Zero-sum` is tickets over the mean of "
        "the team, `shared queue` points for a wait that the whole team makes. Conduct: three in ten gain two SD of "
        "ability.",
        "",
        f"Bar: like, fitted and double seats pooled over shares 90-98 %: **{100 * pooled:.1f} %**. Bar: clones' merit "
        f"in at least 90 %: **{100 * clones:.1f} %** in the worst row.", "",
        "| score | seats | people | conduct | merit | conduct | seat | fit | luck |",
        "|---|---|---|---|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    for row in rows:
        seats = {0: "like", 1: "fitted", 2: "double"}[int(row["seats"])]
        parts = [
            f"{100 * row['held'][name]:.1f} % ({_plain(row['true'][name])})" if name in row["held"] else ""
            for name in ("merit", "conduct", "seat", "fit", "luck")
        ]
        people, conduct = "unlike" if row["ability"] else "clones", "some" if row["conduct"] else "none"
        lines.append(f"| {KINDS[row['kind']]} | {seats} | {people} | {conduct} | {' | '.join(parts)} |")
    held, true = found["cyclic"], found["cyclic_true"]
    told = ", ".join(f"{name} {100 * held[name]:.0f} %" for name in ("merit", "fit", "luck"))
    boot = ", ".join(f"{name} {100 * share:.0f} %" for name, share in sorted(found["bootstrap"].items()))
    return [
        *lines, "", "### What must fail, and does", "",
        f"The fixed cyclic square on the zero-sum score in like seats (true merit {true['merit']:.2f}): its intervals "
        f"hold the truth of {told}. The percentile bootstrap over worlds, clones in fitted seats, "
        f"{found['bootstrap_studies']} studies of 200 draws: {boot}.", "",
    ]  # fmt: skip


def _plain(share: float) -> str:
    """Return a share with two decimals, without a negative zero."""
    return f"{round(share, 2) + 0.0:.2f}"


def _academy(found: dict[str, Any]) -> list[str]:
    rows = found["rows"]
    years = [row for row in rows if row["study"] != "a month"]
    wall, cpu = (sum(row[key] for row in years) for key in ("wall_s", "cpu_s"))
    loads = f"{found['load_before']:.1f} before and {found['load_after']:.1f} after"
    people = sum(row["people"] for row in years)
    lines = [
        "## What a study costs", "",
        f"The academy, `aftersales_100`, compiled before, two threads; the machine's load was {loads}. Squares are "
        f"fresh in every world, with {LARGEST_FULL} seatings at most; worlds are added until the half-width is 0.05. "
        f"Largest memory {found['peak_mb']:,.0f} MB. Twelve months of all {len(years)} roles, {people} people: "
        f"**{wall:.0f} s** of wall, {cpu:.0f} s of processor.", "",
        "| study | role | people | worlds | seatings | unseen worlds | widest half-width | seconds of processor | "
        "seconds of wall |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    for row in rows:
        lines.append(
            f"| {row['study']} | {row['role']} | {row['people']} | {row['worlds']} | {row['seatings']} | "
            f"{row['unseen']} | {row['half_width']:.3f}{'' if row['precise'] else ' (not reached)'} | "
            f"{row['cpu_s']:.0f} | {row['wall_s']:.0f} |"
        )
    lines += ["", "What a month's score is made of, and reliability by own scores:", "",
              "| role | merit | conduct | seat | fit | luck | month | quarter | year |",
              "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]  # fmt: skip
    for row in years:
        parts = [_known(row["shares"][name]) for name in ("merit", "conduct", "seat", "fit", "luck")]
        parts += [_known(row["reliability"][name]) for name in ("month", "quarter", "year")]
        lines.append(f"| {row['role']} | {' | '.join(parts)} |")
    return [*lines, ""]


def _known(share: float | None) -> str:
    return "-" if share is None else _plain(share)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--only", choices=["planted", "academy"])
    chosen = parser.parse_args(arguments)
    found: dict[str, Any] = json.loads(FOUND.read_text("utf-8")) if FOUND.is_file() else {}
    if chosen.only != "academy":
        found["planted"] = planted(chosen.studies)
    if chosen.only != "planted":
        found["academy"] = academy(chosen.worlds)
    found["machine"] = f"Machine: {machine()}. Versions: {versions()}."
    FOUND.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    REPORT.write_text(page(found), "utf-8")


if __name__ == "__main__":
    main()
