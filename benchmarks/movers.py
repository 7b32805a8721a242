"""Person apart from seat in logs with movers, against what rotation shows: `python -m benchmarks.movers`.

Forty people of one role work for half a year in four seats of ten heads, which take unlike kinds of tickets. After a
quarter some of them exchange seats. What the logs say (`sim.kpi.movers`) is set beside the truth of the same people:
many quarters in which everybody is seated anew at random, so that person and seat are told apart by design.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.machine import machine, versions
from scenarios import load
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi.behind import behind
from sim.kpi.movers import movers
from sim.kpi.observed import Observed, of_rows
from sim.kpi.shown import cases
from sim.lab.seating import role_of, seated
from sim.world import sample

type Floats = NDArray[np.float64]

BASE, ROLE, WEEKS = "calibration_double", "agent", 13
PEOPLE, SEATS = 40, 4
KPIS = ("work_min_mean", "fcr_no_followup")
SHARES = (0.0, 0.05, 0.3)
_TRUE_WORLDS = 5_000
PARTS = ("person", "seat", "both")
NAMES = sorted(f"agent#{number}" for number in range(1, PEOPLE + 1))


def desk() -> Desk:
    """Return the calibration desk with twice the people and tickets, over a quarter."""
    base = load(BASE)
    seats = {name: seat.changed(heads=PEOPLE // SEATS) for name, seat in base.staff.seats.items()}
    kinds = {name: kind.changed(per_week=2 * kind.per_week) for name, kind in base.demand.kinds.items()}
    made = base.changed(
        weeks=WEEKS, staff=base.staff.changed(seats=seats), demand=base.demand.changed(kinds=kinds)
    )  # fmt: skip
    assert isinstance(made, Desk)
    return made


def rows_of(of: Desk, row: Sequence[int], seed: int, first_day: int) -> dict[str, pl.DataFrame]:
    """Return the rows of each KPI in a quarter under one seating; its days are counted on from another day."""
    log, _ = simulate(seated(of, ROLE, row), sample(of, seed))
    made = {}
    for name in KPIS:
        found = cases(behind(log, name), log).with_columns(pl.col("seat", "team", "role").cast(pl.String))
        made[name] = found.with_columns(pl.col("day") + first_day, pl.col("ticket") + 1_000_000 * (first_day > 0))
    return made


def exchanged(share: float, seed: int) -> list[int]:
    """Return the seating of the second half: pairs from different seats exchange theirs, this share of people."""
    draw, row = np.random.default_rng([seed, 3]), list(range(PEOPLE))
    heads = PEOPLE // SEATS
    free = list(draw.permutation(PEOPLE))
    for _ in range(round(share * PEOPLE / 2)):
        one = free.pop()
        two = next(each for each in free if each // heads != one // heads)
        free.remove(two)
        row[one], row[two] = row[two], row[one]
    return row


def half_year(of: Desk, share: float, seed: int) -> dict[str, Observed]:
    """Return the rows of half a year in which this share of people change seats after the first quarter."""
    first = rows_of(of, list(range(PEOPLE)), seed, 0)
    second = rows_of(of, exchanged(share, seed), seed + 1_000, 7 * WEEKS)
    return {
        name: of_rows(pl.concat([first[name], second[name]], how="diagonal"), name, least=2) for name in KPIS
    }  # fmt: skip


def as_a_manager_sees(rows: Observed) -> Observed:
    """Return the rows without their kinds: what a seat's mix of tickets does is the seat's."""
    return replace(rows, kinds=("",), kind=np.zeros(len(rows.kind), dtype=np.int64))


@dataclass(frozen=True)
class Truth:
    """Effects of people and of seats on a KPI by halves of the worlds, shape (2, people) and (2, seats)."""

    people: Floats
    seats: Floats

    def parts(self, row: Sequence[int], second: Sequence[int], order: Sequence[str]) -> Floats:
        """Return the variances of people, of the seats they felt over both quarters, and twice the covariance.

        Products are those of different halves of the worlds, which share no luck.
        """
        heads = PEOPLE // SEATS
        felt = (self.seats[:, np.array(row) // heads] + self.seats[:, np.array(second) // heads]) / 2
        place = [NAMES.index(name) for name in order]
        own, felt = self.people[:, place], felt[:, place]

        def across(one: Floats, two: Floats) -> float:
            return float(np.cov(one[0], two[1])[0, 1] + np.cov(one[1], two[0])[0, 1]) / 2

        return np.array([across(own, own), across(felt, felt), 2 * across(own, felt)])


def truth(of: Desk, worlds: int) -> dict[str, Truth]:
    """Return what people and seats do to each KPI, from quarters in which everybody is seated anew."""
    names, chairs = role_of(of, ROLE)
    seats = sorted({chair.partition("#")[0] for chair in chairs})
    lines: dict[str, list[list[tuple[Floats, float]]]] = {name: [[], []] for name in KPIS}
    for world in range(worlds):
        row = np.random.default_rng([world, 5]).permutation(PEOPLE).tolist()
        for name, found in rows_of(of, row, _TRUE_WORLDS + world, 0).items():
            lines[name][world % 2] += _lines(found, names, seats)
    made = {}
    for name, halves in lines.items():
        effects = np.array([_effects(half) for half in halves])
        made[name] = Truth(effects[:, : len(names)], effects[:, len(names) :])
    return made


def _lines(found: pl.DataFrame, names: list[str], seats: list[str]) -> list[tuple[Floats, float]]:
    """Return a line of the model and a figure by person, of one quarter."""
    sums = found.filter(pl.col("person").is_not_null()).group_by("person").agg(
        pl.col("y").sum(), pl.col("x").sum(), pl.col("seat").first()
    )  # fmt: skip
    made = []
    for person, y, x, seat in sums.sort("person").iter_rows():
        line = np.zeros(len(names) + len(seats))
        line[names.index(person)] = 1
        line[len(names) + seats.index(seat.partition("#")[0])] = 1
        made.append((line, y / x))
    return made


def _effects(lines: list[tuple[Floats, float]]) -> Floats:
    model, values = np.array([line for line, _ in lines]), np.array([value for _, value in lines])
    made: Floats = np.linalg.lstsq(model, values, rcond=None)[0]
    return made


def study(of: Desk, true: dict[str, Truth], share: float, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return a row per KPI and log: what it says, and what is true of the people whom it connects."""
    made = []
    for seed in seeds:
        for name, rows in half_year(of, share, seed).items():
            found = movers(as_a_manager_sees(rows))
            kinds = movers(rows)
            known = true[name].parts(range(PEOPLE), exchanged(share, seed), found.people)
            made.append({"kpi": name, "share": share, "found": found, "true": known, "kinds": kinds})
    return made


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the lines of the table: by KPI and share of movers, the three parts found and true, and the coverage."""
    lines = [
        "| KPI | movers | connected | part | true | found, mean | SD | intervals hold | least squares | kinds out |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in KPIS:
        for share in SHARES:
            own = [row for row in rows if row["kpi"] == name and row["share"] == share]
            told = [row for row in own if row["found"].reason is None]
            if not told:
                lines.append(f"| {name} | {share:.0%} | - | {own[0]['found'].reason} | | | | | | |")
                continue
            lines += [_line(name, share, told, at, part) for at, part in enumerate(PARTS)]
    return lines


def _line(name: str, share: float, told: list[dict[str, Any]], at: int, part: str) -> str:
    scale = 3600 if name == "work_min_mean" else 1e-4
    found = np.array([getattr(row["found"], part).mean for row in told]) / scale
    plain = np.array([row["found"].plain[at] for row in told]) / scale
    kinds = np.array([getattr(row["kinds"], part).mean for row in told if row["kinds"].reason is None]) / scale
    true = np.array([row["true"][at] for row in told]) / scale
    ends = [(getattr(row["found"], part), row["true"][at]) for row in told]
    held = [one.low <= mark <= one.high for one, mark in ends if one.low is not None]
    people = np.mean([len(row["found"].people) for row in told])
    said = f"{sum(held)} of {len(held)}"
    return (
        f"| {name} | {share:.0%} | {people:.0f} | {part} | {true.mean():.1f} | {found.mean():.1f} "
        f"| {found.std(ddof=1):.1f} | {said} | {plain.mean():.1f} | {kinds.mean():.1f} |"
    )


def page(rows: list[dict[str, Any]], logs: int, worlds: int, took_s: float) -> str:
    """Return the page."""
    about = [
        "# Person apart from seat in logs with movers", "",
        (__doc__ or "").split("\n\n", 1)[1].strip(), "",
        f"Made by `python -m benchmarks.movers --logs {logs} --worlds {worlds}` in {took_s:.0f} s on",
        f"one core of a machine with other work: {machine()}; {versions()}. Desk `{BASE}` with {PEOPLE} people.", "",
        "Variances between people, in min^2 of mean work per touch and in squared percentage points of tickets not",
        "reopened; the kinds of tickets count as the seat's, as a manager sees it. `found` is the leave-out estimate;",
        "beside it least squares, and what is found with kinds in the model. Intervals hold: how many of the 95 %",
        "intervals hold what is true. Truth is that of the people connected, so it differs by row. Speed multiplies",
        "work, where the model adds; so the two may differ by more than luck.", "",
        *table(rows), "",
    ]  # fmt: skip
    return "\n".join(about)


def main() -> None:
    """Run the study and write its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=8, help="logs at each share of movers; one where none moves")
    parser.add_argument("--worlds", type=int, default=40, help="quarters of the rotation")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    args = parser.parse_args()
    begun, of = time.perf_counter(), desk()
    true = truth(of, args.worlds)
    rows = [row for share in SHARES for row in study(of, true, share, range(1, (args.logs if share else 1) + 1))]
    args.out.write_text(page(rows, args.logs, args.worlds, time.perf_counter() - begun), "utf-8")


if __name__ == "__main__":
    main()
