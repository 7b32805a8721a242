"""How good are the plans of `fairdesk staff`? `python -m benchmarks.staffing [--quick] [--part PART ...] [--page]`.

Three parts: exact optima, scored by queueing theory; random small desks, enumerated with the twin; and what a user
would pick instead, on a week of the academy. What is found is kept in `benchmarks/staffing.json` after every plan, so
that a run that was stopped goes on where it stood; `--page` only writes `benchmarks/staffing.md` from it. A part is
measured anew once its entries are deleted there. `--quick` tries a few instances of each part and writes to a folder
of its own. `--rivals-python` is a Python that has pyworkforce 0.5.4; without one, pyworkforce is left out.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import staffing_exact, staffing_page, staffing_rivals, staffing_small
from benchmarks.machine import machine, scratch, versions

HERE = Path(__file__).parent
FOUND, PAGE, PICTURE = "staffing.json", "staffing.md", staffing_page.PICTURE
LIBRARIES = ("fairdesk", "numpy", "numba", "polars", "pulp", "highspy")


@dataclass(frozen=True)
class Extent:
    """How much is tried.

    Attributes
    ----------
    n_seeds, n_weeks, erlang_seeds, offices
        Sets of worlds for opt_N, and weeks of its runs; sets for each value of staff_erlangC; small weeks of days off.
    worlds, trials
        Of a search.
    small, small_weeks, common
        Random small desks, weeks of a run, and worlds of their enumeration.
    scenario, weeks, played, searched, looks
        What rivals plan too, and its weeks; worlds in which plans for it are played; worlds and trials of our search.
    """

    n_seeds: int
    n_weeks: int
    erlang_seeds: int
    offices: int
    worlds: int
    trials: int
    small: int
    small_weeks: int
    common: int
    scenario: str
    weeks: int
    played: int
    searched: int
    looks: int


FULL = Extent(
    n_seeds=50, n_weeks=4, erlang_seeds=2, offices=50, worlds=20, trials=80, small=30, small_weeks=2, common=16,
    scenario="academy", weeks=1, played=10, searched=6, looks=24,
)  # fmt: skip
QUICK = Extent(
    n_seeds=1, n_weeks=1, erlang_seeds=0, offices=2, worlds=3, trials=8, small=1, small_weeks=1, common=2,
    scenario="academy_small", weeks=1, played=2, searched=2, looks=4,
)  # fmt: skip

type Step = tuple[str, Callable[[], Any]]
"""Where a result is kept, as `part/key`, and what makes it."""


def exact_steps(extent: Extent, _: str | None) -> Iterator[Step]:
    """Yield what the exact part tries."""
    yield "post_office/record", staffing_exact.post_office
    for number in range(extent.offices):
        yield f"post_office/{number}", lambda number=number: staffing_exact.small_office(number)
    seen: set[str] = set()
    for known, number in staffing_exact.instances(extent.erlang_seeds, extent.n_seeds, extent.n_weeks):
        if known.name not in seen:
            seen.add(known.name)
            yield f"slack/{known.name}", lambda known=known: staffing_exact.slack(known, extent.worlds)
        yield (
            f"exact/{known.name} {number}",
            lambda known=known, number=number: staffing_exact.scored(known, number, extent.worlds, extent.trials),
        )


def small_steps(extent: Extent, _: str | None) -> Iterator[Step]:
    """Yield the random small desks."""
    for number in range(extent.small):
        yield (
            f"small/{number}",
            lambda number=number: staffing_small.enumerated(
                number, worlds=extent.worlds, trials=extent.trials, common=extent.common, weeks=extent.small_weeks
            ),
        )


def rivals_steps(extent: Extent, python: str | None) -> Iterator[Step]:
    """Yield the weeks of the academy."""
    yield (
        "rivals/week",
        lambda: staffing_rivals.compared(
            extent.scenario,
            weeks=extent.weeks,
            worlds=extent.played,
            searched=extent.searched,
            trials=extent.looks,
            python=python,
        ),
    )


PARTS = {"exact": exact_steps, "small": small_steps, "rivals": rivals_steps}


def tried(steps: Iterator[Step], kept: Path, found: dict[str, Any]) -> None:
    """Do what is missing, and keep what is found after every step."""
    for place, make in steps:
        part, _, key = place.partition("/")
        known = found.setdefault(part, {})
        if key in known:
            continue
        known[key] = make()
        print(place, json.dumps(known[key]), file=sys.stderr, flush=True)
        beside = kept.with_suffix(".new")
        beside.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
        os.replace(beside, kept)


def made_in(folder: Path, extent: Extent, parts: Sequence[str], python: str | None) -> dict[str, Any]:
    """Try parts, and return all that is found in a folder's file."""
    kept = folder / FOUND
    found: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    stated = {"extent": asdict(extent), "machine": machine(), "versions": versions(LIBRARIES)}
    if found.get("made", stated)["extent"] != stated["extent"]:
        raise SystemExit(f"{kept}: was begun with another extent; delete it to begin again")
    found["made"] = stated
    for part in parts:
        tried(PARTS[part](extent, python), kept, found)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what is missing and write the page; the exit code is 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.staffing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few instances of each part, in a folder of their own")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be repeated")
    parser.add_argument("--page", action="store_true", help="only write the page from what was found")
    parser.add_argument("--out", type=Path, help="folder of the page (default benchmarks, for --quick a temporary one)")
    parser.add_argument("--rivals-python", metavar="PYTHON", help="a Python that has pyworkforce")
    asked = parser.parse_args(arguments)
    extent, parts = (QUICK if asked.quick else FULL), () if asked.page else asked.part or tuple(PARTS)
    with scratch() as aside:
        folder = asked.out or (Path(aside) if asked.quick else HERE)
        found = made_in(folder, extent, parts, asked.rivals_python)
        text = staffing_page.page(found)
        (folder / PAGE).write_text(text, "utf-8")
        if "rivals" in found:
            (folder / "plots").mkdir(exist_ok=True)
            (folder / PICTURE).write_text(staffing_page.picture(found["rivals"]["week"]), "utf-8")
        print(text)
    return 0 if all(bar.met for bar in staffing_page.bars(found)) else 1


if __name__ == "__main__":
    sys.exit(main())
