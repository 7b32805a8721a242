"""Measure anew and write `benchmarks/README.md`: `python -m benchmarks.run [--quick] [--rivals-python PYTHON]`.

What was measured is kept in `benchmarks/measured.json`; `--page` writes page and pictures from it again.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import page, race, scaling
from benchmarks.machine import load, machine, ours, scratch, versions

HERE = Path(__file__).parent
REPORT, MEASURED, PLOTS = HERE / "README.md", HERE / "measured.json", HERE / "plots"


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Attributes
    ----------
    race, rounds
        Tickets of a round of the race, and rounds of everything that is compared.
    tickets, largest
        Tickets by size, of 90 people; tickets and people in a group of the largest run.
    groups, crowd
        People in a group, and tickets, where the number of people is varied.
    replications
        Quarters beside the kernel alone.
    workers, many
        Quarters by engine for one worker and two; for two workers once.
    weeks
        Of the large academy.
    """

    race: int
    rounds: int
    tickets: tuple[int, ...]
    largest: tuple[int, int]
    groups: tuple[int, ...]
    crowd: int
    replications: int
    workers: dict[str, int]
    many: int
    weeks: int


FULL = Extent(
    race=200_000, rounds=5, tickets=(10_000, 100_000, 1_000_000, 10_000_000), largest=scaling.MOST,
    groups=(2, 15, 167, 1667), crowd=1_000_000, replications=100, workers={"fast": 60, "simpy": 12}, many=1000,
    weeks=52,
)  # fmt: skip
QUICK = Extent(
    race=20_000, rounds=1, tickets=(10_000, 100_000), largest=(200_000, 170), groups=(2, 15, 167), crowd=50_000,
    replications=5, workers={"fast": 6}, many=10, weeks=1,
)  # fmt: skip


def measure(extent: Extent, python: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Return all figures of the page.

    Parameters
    ----------
    extent
        How much is measured.
    python
        Interpreter that has the rivals' libraries.
    tell
        Called with what is measured next.
    """
    found: dict[str, Any] = {
        "machine": machine(), "versions": versions(), "load_before": load(), "rounds": extent.rounds,
        "began": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }  # fmt: skip
    with scratch() as folder:
        field = race.Field(Path(folder), extent.race, python)
        for workload in ("w2", "w1"):
            speeds, why = race.race(field, workload, extent.rounds, tell)
            found[workload] = {"speeds": [asdict(speed) for speed in speeds], "why": why}
    found["equality"] = ours("once", "equal", "w2", extent.race)
    found["tickets"] = scaling.tickets(extent.tickets, 15, tell)
    found["largest"] = scaling.largest(*extent.largest, tell)
    found["stages"] = scaling.stages(extent.race, extent.rounds, tell)
    found["people"] = scaling.people(extent.groups, extent.crowd, tell, extent.rounds)
    found["quarter"] = scaling.quarter(extent.replications, extent.rounds, tell)
    found["workers"] = scaling.workers(extent.workers, min(extent.rounds, 3), tell)
    found["many"] = scaling.many(extent.many, tell)
    found["first"] = scaling.first(extent.rounds, tell)
    found["year"] = scaling.year(extent.weeks, tell)
    found["redraw"] = scaling.redraw(3, extent.rounds, tell)
    return found | {"load_after": load()}


def write(found: dict[str, Any], folder: Path) -> str:
    """Write the page and its pictures into a folder, and return the table of bars."""
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    scaling.draw_tickets(found["tickets"], plots)
    scaling.draw_people(found["people"], plots)
    for workload in ("w1", "w2"):
        speeds = page.speeds_of(found[workload])
        labels = [race.LABELS[speed.engine].replace("`", "") for speed in speeds]
        scaling.draw_race(labels, [speed.per_s for speed in speeds], plots / f"race-{workload}.svg")
    (folder / "README.md").write_text(page.page(found), "utf-8")
    return page.bars(found)


def _tell(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a minute or two: few tickets, one round")
    parser.add_argument("--page", action="store_true", help="measure nothing; write the page anew")
    parser.add_argument("--rivals-python", type=Path, default=Path(sys.executable), help="has the rivals' libraries")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of page, pictures and figures")
    asked = parser.parse_args(arguments)
    kept = asked.out / MEASURED.name
    if not asked.page:
        asked.out.mkdir(parents=True, exist_ok=True)
        found = measure(QUICK if asked.quick else FULL, asked.rivals_python, _tell)
        found["command"] = f"python -m benchmarks.run{' --quick' * asked.quick}"
        kept.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(write(json.loads(kept.read_text("utf-8")), asked.out))


if __name__ == "__main__":
    main()
