"""Does each what-if move what its seed says, and nothing that it cannot? `python -m benchmarks.what_ifs [--worlds N]`.

Each what-if of the catalogue runs in the same worlds as its base. A claim holds if the interval of its paired
differences leaves out 0 on the stated side; kinds that a what-if cannot reach must stay identical, ticket by ticket,
and so must all that happens before the day on which a dated what-if begins. The report is written to
`benchmarks/what_ifs.md`; the exit code is 1 if anything is not as stated.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import polars as pl
from polars import selectors as cs

from benchmarks.machine import machine
from benchmarks.reach import untouched
from scenarios import Scenario, read, read_what_if
from sim.desk import Desk
from sim.experiment import replicate, threads
from sim.experiment.intervals import interval
from sim.kpi import measure
from sim.log import Log
from sim.truth import Truth

BASE = "academy"
AGAINST = {
    "surge_prepared": "month_start_surge",
    "no_reminders": "assigned_inboxes",
    "token_replies": "assigned_inboxes",
}
"""What a what-if is compared with, where that is not the base itself."""
BEGINS = {"flu_week": date(2026, 3, 16), "platform_outage": date(2026, 3, 18)}
"""The day before which a what-if changes nothing."""
LEVEL = 0.95
"""Level at which all intervals of the report hold together (Bonferroni)."""
REPORT = Path(__file__).with_name("what_ifs.md")
ELSEWHERE = ("rolling_plan",)
"""What-ifs with a page of their own: an engine alone does not plan, `benchmarks.assign` does."""

type Key = tuple[str, str, str]
"""A KPI, and the column and the group that it is taken for; both empty for all tickets."""


@dataclass(frozen=True)
class Claim:
    """What a seed says that a what-if does to a KPI.

    Attributes
    ----------
    what_if
        Name in the catalogue.
    kpi
        Name of the KPI.
    up
        Whether it rises.
    source
        Requirements that say so.
    by, group
        Column and group that it is taken for; empty for all tickets.
    """

    what_if: str
    kpi: str
    up: bool
    source: str
    by: str = ""
    group: str = ""

    @property
    def key(self) -> Key:
        """Return the figure that the claim is about."""
        return self.kpi, self.by, self.group


_FIRST = "first_response_mean"
CLAIMS = (
    Claim("month_start_surge", "tickets_created", True, "R000-57"),
    Claim("month_start_surge", _FIRST, True, "R000-57", "kind", "course_enquiry"),
    Claim("month_start_surge", "utilisation", True, "R000-57"),
    Claim("month_start_surge", "abandoned_rate", True, "R000-57"),
    Claim("surge_prepared", _FIRST, False, "R000-58", "kind", "course_enquiry"),
    Claim("surge_prepared", "abandoned_rate", False, "R000-58"),
    Claim("surge_prepared", _FIRST, True, "R000-58, the price", "kind", "after_class_question"),
    Claim("cross_training", _FIRST, False, "R000-07, R001-13", "kind", "course_enquiry"),
    Claim("cross_training", _FIRST, True, "R000-07, the price", "kind", "after_class_question"),
    Claim("auto_verified_enrolment", "work_min_mean", False, "R000-60", "kind", "enrolment"),
    Claim("auto_verified_enrolment", _FIRST, False, "R000-60", "kind", "enrolment"),
    Claim("auto_verified_enrolment", _FIRST, False, "R000-60, a side effect", "kind", "course_enquiry"),
    Claim("auto_verified_enrolment", "utilisation", False, "R000-60"),
    Claim("assigned_inboxes", "wait_mean", True, "R000-10, R000-24: a ticket waits for one person, not for the first"),
    Claim("no_reminders", _FIRST, True, "R000-23, R000-24"),
    Claim("no_reminders", "response_overdue_rate", True, "R000-23, R000-24"),
    Claim("no_reminders", "resolution_overdue_rate", True, "R000-23, R000-24"),
    Claim("manual_dispatch", "assignment_latency_mean", True, "R000-14"),
    Claim("manual_dispatch", "accept_since_creation_mean", True, "R000-15"),
    Claim("manual_dispatch", "assignment_accuracy_rate", False, "R000-11"),
    Claim("manual_dispatch", "handoffs_mean", True, "R000-11"),
    Claim("sla_24h", "response_overdue_rate", False, "R001-26, A-07: milder than 30 min", "priority", "urgent"),
    Claim("sla_24h", "response_overdue_rate", True, "R001-26, A-07: nights and holidays count", "priority", "normal"),
    Claim("platform_outage", "tickets_created", True, "R001-14", "kind", "platform_question"),
    Claim("platform_outage", _FIRST, True, "R001-14", "kind", "platform_question"),
    Claim("platform_outage", "backlog_mean", True, "R001-14"),
    Claim("gaming", "fcr_verified_72h", False, "R003-47: closed, not solved"),
    Claim("gaming", "handoffs_mean", True, "R003-47: passed on"),
    Claim("token_replies", _FIRST, False, "R003-18: replied, not answered"),
    Claim("new_hires", _FIRST, True, "R001-28: slower at first", "kind", "course_enquiry"),
    Claim("new_hires", "fcr_verified_72h", False, "R001-28: solves less at first", "kind", "course_enquiry"),
    Claim("flu_week", _FIRST, True, "R000-58"),
    Claim("flu_week", "backlog_mean", True, "R000-58"),
)  # fmt: skip
"""What the what-ifs of the catalogue move, and in which direction."""


class Seen(NamedTuple):
    """What one world of one desk shows.

    Attributes
    ----------
    figures
        Mean by figure.
    marks
        Digest of all that happened to the tickets of each kind, whatever their numbers.
    early
        Digest of all that happened before an instant.
    """

    figures: dict[Key, float | None]
    marks: dict[str, int]
    early: int


def marks(log: Log) -> dict[str, int]:
    """Return a digest of all that happened to the tickets of each kind: the same for the same facts in any run.

    A ticket goes by its place among those of its kind, as other kinds may move the numbers.
    """
    place = pl.int_range(pl.len()).over("kind").alias("place")
    own = log.cases.sort("ticket").select("ticket", pl.col("kind").cast(pl.String), place)
    found: dict[str, int] = {}
    for name in ("cases", "moments", "touches"):
        table = log.tables[name].drop("kind", "label", strict=False).join(own, on="ticket").drop("ticket")
        plain = table.with_columns(cs.by_dtype(pl.Enum, pl.Categorical).cast(pl.String))
        for kind, mark in _digests(plain, ["kind"]).rows():
            found[kind] = hash((found.get(kind, 0), mark))
    return found


def _digests(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return rows.select(*by, mark=pl.struct(pl.all()).hash(1)).group_by(by).agg(pl.col("mark").sum())


def seen(keys: tuple[Key, ...], before_s: int, log: Log, _: Truth) -> Seen:
    """Return what one world shows of the figures that are asked for.

    Parameters
    ----------
    keys
        Figures.
    before_s
        The instant up to which all that happens is digested.
    log
        Log of a run.
    """
    figures: dict[Key, float | None] = {}
    for by in dict.fromkeys(by for _, by, _ in keys):
        names = sorted({kpi for kpi, column, _ in keys if column == by})
        for row in measure(log, names, by=[by] if by else []).iter_rows(named=True):
            figures[row["name"], by, row[by] if by else ""] = row["mean"]
    early = log.moments.filter(pl.col("at_s") < before_s)
    plain = early.with_columns(cs.by_dtype(pl.Enum, pl.Categorical).cast(pl.String), all=pl.lit(0))
    mark = _digests(plain, ["all"])["mark"]
    return Seen({key: figures.get(key) for key in keys}, marks(log), mark.item() if len(mark) else 0)


def played(desk: Desk, seeds: Sequence[int], keys: tuple[Key, ...], before_s: int, workers: int = 1) -> list[Seen]:
    """Return what the worlds of the seeds show of a desk."""
    then = partial(seen, keys, before_s)
    results = dict(replicate(desk, seeds, then, executor=threads(workers) if workers > 1 else None))
    return [results[at] for at in range(len(seeds))]


@dataclass(frozen=True)
class Found:
    """What a what-if did in all worlds.

    Attributes
    ----------
    what_if, against
        Names.
    claims
        Each claim with the mean of its paired differences and their interval.
    kinds
        Kinds that it cannot reach.
    moved
        Those of them that differ in some world.
    reached
        In how many worlds some other kind differs: the digest sees what there is to see.
    early
        In how many worlds something differs before the what-if begins; None for one without a date.
    worlds
        How many.
    """

    what_if: str
    against: str
    claims: tuple[tuple[Claim, float, float, float], ...]
    kinds: tuple[str, ...]
    moved: tuple[str, ...]
    reached: int
    early: int | None
    worlds: int

    def holds(self) -> bool:
        """Return whether all is as stated."""
        return not self.moved and not self.early and all(holds(*each) for each in self.claims)


def holds(claim: Claim, _: float, low: float, high: float) -> bool:
    """Return whether an interval lies on the stated side of 0.

    Examples
    --------
    >>> holds(CLAIMS[0], 2.0, 1.0, 3.0), holds(CLAIMS[0], 2.0, -1.0, 5.0)
    (True, False)
    """
    return low > 0 if claim.up else high < 0


def compared(
    base: Scenario,
    what_ifs: Sequence[str],
    seeds: Sequence[int],
    workers: int = 1,
    claims: Sequence[Claim] | None = None,
) -> list[Found]:
    """Return what what-ifs do to a base in the same worlds; the claims are those of `CLAIMS` if none are given."""
    claims = CLAIMS if claims is None else claims
    desks = {base.name: base.desk}
    for name in what_ifs:
        for each in (AGAINST.get(name, base.name), name):
            desks.setdefault(each, read_what_if(base, each).desk if each != base.name else base.desk)
    keys = tuple(dict.fromkeys(claim.key for claim in claims))
    level = 1 - (1 - LEVEL) / len(claims)
    shown = {name: played(desk, seeds, keys, _begins(name, desk), workers) for name, desk in desks.items()}
    early = {
        name: played(base.desk, seeds, (), _begins(name, base.desk), workers) for name in what_ifs if name in BEGINS
    }
    found = []
    for name in what_ifs:
        against = AGAINST.get(name, base.name)
        pairs = list(zip(shown[against], shown[name], strict=True))
        told = tuple((claim, *_paired(claim.key, pairs, level)) for claim in claims if claim.what_if == name)
        kinds = untouched(desks[against], desks[name])
        differing = [{k for k in a.marks.keys() | b.marks.keys() if a.marks.get(k) != b.marks.get(k)} for a, b in pairs]
        moved = tuple(sorted(set().union(*differing) & set(kinds)))
        before = (
            sum(a.early != b.early for a, b in zip(early[name], shown[name], strict=True)) if name in early else None
        )
        reached = sum(bool(each - set(kinds)) for each in differing)
        found.append(Found(name, against, told, kinds, moved, reached, before, len(pairs)))
    return found


def _begins(name: str, desk: Desk) -> int:
    """Return the second before which a what-if changes nothing; people's absence is known `orphan_h` before."""
    if name not in BEGINS:
        return 0
    return desk.timeline().second(BEGINS[name], 0) - int(3600 * desk.routing.orphan_h)


def _paired(key: Key, pairs: list[tuple[Seen, Seen]], level: float) -> tuple[float, float, float]:
    values = [(a.figures[key], b.figures[key]) for a, b in pairs]
    gaps = pl.Series([b - a for a, b in values if a is not None and b is not None], dtype=pl.Float64)
    mean, low, high = interval(gaps.to_numpy(), level)
    return (mean or 0.0, -float("inf") if low is None else low, float("inf") if high is None else high)


def page(found: Sequence[Found], command: str) -> str:
    """Return the report as Markdown."""
    claims = sum(len(each.claims) for each in found)
    kept = sum(holds(*each) for one in found for each in one.claims)
    worlds = found[0].worlds
    versions = ", ".join(f"{name} {version(name)}" for name in ("fairdesk", "numpy", "polars"))
    lines = [
        "# What the what-ifs move", "",
        f"- {kept} of {claims} claims hold in {worlds} worlds of `{BASE}`.",
        f"- Kinds that a what-if cannot reach are identical, ticket by ticket, in all worlds: "
        f"{'yes' if not any(each.moved for each in found) else 'NO'}.", "",
        f"Made by `{command}`. Machine: {machine()}. Versions: {versions}. Seeds 1 to {worlds}. Differences are "
        f"paired, world by world; all intervals hold together at {LEVEL:.0%} (Student's t, Bonferroni over {claims} "
        "claims).",
        "", "| what-if | against | KPI | of | seed says | difference | interval | source | |",
        "|---|---|---|---|---|--:|--:|---|---|",
    ]  # fmt: skip
    for each in found:
        for claim, mean, low, high in each.claims:
            verdict = "holds" if holds(claim, mean, low, high) else "FAILS"
            lines.append(
                f"| `{each.what_if}` | `{each.against}` | `{claim.kpi}` | {claim.group or 'all'} "
                f"| {'up' if claim.up else 'down'} | {mean:+,.4g} | {low:+,.4g} to {high:+,.4g} | {claim.source} "
                f"| {verdict} |"
            )
    lines += ["", "## What they cannot move", "", "| what-if | kinds out of reach | of these moved | worlds in which "
              "other kinds differ | worlds that differ before it begins |", "|---|---|---|--:|--:|"]  # fmt: skip
    for each in found:
        early = "no date" if each.early is None else each.early
        lines.append(
            f"| `{each.what_if}` | {', '.join(each.kinds) or 'none'} | {', '.join(each.moved) or 'none'} "
            f"| {each.reached} of {each.worlds} | {early} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report; the exit code is 1 if anything is not as stated."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.what_ifs", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--worlds", type=int, default=100, metavar="N", help="worlds, at least 2 (default 100)")
    parser.add_argument("--workers", type=int, default=2, help="threads; results do not depend on it (default 2)")
    parser.add_argument("--out", type=Path, default=REPORT, help="file of the report (default what_ifs.md)")
    asked = parser.parse_args(arguments)
    if asked.worlds < 2:
        parser.error(f"--worlds must be at least 2, got {asked.worlds}")
    names = list(dict.fromkeys(claim.what_if for claim in CLAIMS))
    found = compared(read(BASE), names, range(1, asked.worlds + 1), asked.workers)
    asked.out.write_text(page(found, f"python -m benchmarks.what_ifs --worlds {asked.worlds}"), "utf-8")
    print("\n".join(page(found, "").splitlines()[2:4]))
    return 0 if all(each.holds() for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
