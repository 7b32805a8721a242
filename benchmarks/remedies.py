"""What would help: remedies of a rubric, a desk and a period, one at a time, in the same worlds.

Run `python -m benchmarks.remedies [--worlds N] [--unseen N]`; it writes `benchmarks/remedies.md`. The same table, for
any scenario and rubric, is `fairdesk fairness SCENARIO --role ROLE --remedies`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import load as load_of
from benchmarks.machine import machine, versions
from scenarios import load
from scenarios.commands.fairness import largest_role
from scenarios.files.rubrics import load_rubric
from scenarios.lab.further import surely
from scenarios.texts import text
from sim.experiment import kept_open, local
from sim.lab import Remedies, Setting, remedies

REPORT = Path(__file__).with_suffix(".md")
SCENARIO, RUBRIC, MERGED = "academy", "aftersales_100", "fair_merge"
WORLDS, UNSEEN, SEATINGS = 16, 50, 3

type Row = Mapping[str, Any]


def share(row: Row, name: str, shape: str = "{:.0%}") -> str:
    """Return a figure with its interval; a dash where there is none."""
    mean, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if mean is None:
        return "-"
    ends = "" if low is None else f" ({shape.format(low)} .. {shape.format(high)})"
    return shape.format(mean) + ends


def tables(rows: Sequence[Row]) -> list[str]:
    """Return two tables: what a score is made of and whom it hurts, and what it costs and who games it."""
    made = [
        "| variant | merit | against literal | seat | luck | conduct | validity |", "|---|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {_name(row)} | {share(row, 'merit')} | {share(row, 'merit_change', '{:+.0%}')} | {share(row, 'seat')} "
            f"| {share(row, 'luck')} | {share(row, 'conduct')} | {share(row, 'validity', '{:.2f}')} |"
            for row in rows
        ), "",
        "| variant | wrong tier | against literal | pay off | against literal | gaming gains, points "
        "| an SD of ability gains | resistance | gamed best by | mean wait, min | late replies | satisfaction | cost |",
        "|---|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|",
        *(
            f"| {_name(row)} | {share(row, 'wrong_tier')} | {share(row, 'wrong_tier_change', '{:+.1%}')} "
            f"| {share(row, 'pay_off', '{:.1%}')} | {share(row, 'pay_off_change', '{:+.1%}')} "
            f"| {share(row, 'gaming', '{:+.1f}')} | {share(row, 'ability', '{:+.1f}')} "
            f"| {share(row, 'resistance', '{:.2f}')} | {_gamed(row)} | {_cost(row, 'wait_mean', '{:+.1f}')} "
            f"| {_cost(row, 'response_overdue_rate', '{:+.1%}')} | {_cost(row, 'csat_mean', '{:+.2f}')} "
            f"| {_cost(row, 'cost_total', '{:+,.0f}')} |"
            for row in rows
        ),
    ]  # fmt: skip
    return made


def _name(row: Row) -> str:
    return text("en", f"lab_tests.variant_{row['variant']}")


def _gamed(row: Row) -> str:
    return "-" if row["gamed_by"] is None else text("en", f"lab_tests.conduct_{row['gamed_by']}")


def _cost(row: Row, name: str, shape: str) -> str:
    value = row[f"{name}_change"]
    return "-" if value is None else "0" if value == 0 else shape.format(value)


def page(found: Remedies, role: str, people: int, probed: int, took_s: float, asked: str) -> str:
    """Return the page."""
    rows = found.variants.to_dicts()
    left = ", ".join(text("en", f"lab_tests.variant_{name}") for name in found.left_out) or "none"
    return "\n".join([
        "# Remedies, one at a time", "",
        f"Made by `{asked}` in {took_s:.0f} s on {machine()}; {versions()}; {load_of():.1f} processes wanted to run "
        "in the last minute.", "",
        f"The {people} people of `{role}` in `{SCENARIO}`, appraised by `{RUBRIC}` as it is written, a month at a "
        f"time; {found.worlds} worlds, {found.seatings} random seatings each; true tiers from {found.unseen} unseen "
        "worlds. Every line changes one thing; rubrics are scored from the same runs, desks run on the same tickets. "
        "Shares are of the variance between people in one month's score of what the log decides (the fit is left "
        "out), with 95 % intervals over worlds; \"against literal\" is paired, world by world. A wrong tier is "
        "another than the true one of the same variant; pay off is the mean distance of the factor on performance pay "
        "from the true one; there are few of both, too, where nearly all are in one tier. Resistance is 1 less the "
        f"gain from the conduct that pays best, in SDs of ability, tried by one person in {probed} worlds; a dash "
        "stands where ability gains that person nothing that these worlds can tell from chance. The last four columns "
        "are what the service loses or gains; a change of the rubric alone costs it nothing, as nobody is "
        "modelled to work otherwise because of it. Larger and perfect audits are to be compared with the line in which "
        "audits decide compliance; what auditors cost is not counted.", "",
        surely(rows, "en"), "",
        *tables(rows), "",
        f"Nothing to change here: {left}.", "",
        "It is about those who would be paid by the score. It cannot see the points that people state.", "",
    ])  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Play all remedies and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.remedies", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--unseen", type=int, default=UNSEEN)
    parser.add_argument("--probed", type=int, default=WORLDS, help="worlds in which gaming is tried, at most --worlds")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=REPORT, help="file of the page")
    asked = parser.parse_args(arguments)
    desk, begun = load(SCENARIO), time.perf_counter()
    role = largest_role(desk)
    with kept_open(local("fast", asked.workers)) as pool:
        setting = Setting(desk, load_rubric(RUBRIC), role, asked.worlds, executor=pool)
        others = {MERGED: load_rubric(MERGED)}
        found = remedies(setting, others, unseen=asked.unseen, seatings=SEATINGS, probed_worlds=asked.probed)
    took_s = time.perf_counter() - begun
    command = f"python -m benchmarks.remedies --worlds {asked.worlds} --unseen {asked.unseen} --probed {asked.probed}"
    asked.out.write_text(page(found, role, len(setting.people), asked.probed, took_s, command), "utf-8")
    print(f"{took_s:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
