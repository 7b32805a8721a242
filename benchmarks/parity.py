"""Twin and model on thousands of random desks: `python -m benchmarks.parity [--desks 2000] [--seed S]`.

The desks are those of the tests: small, of every feature, with clocks so coarse that nearly everything ties. Each is
run in a random world by both engines, in one go or cut at random instants, some from open tickets, some steered; all
tables of log and truth, and what `view` shows at every cut, must be equal. Then come all scenarios and what-ifs of the
catalogue, over two weeks. A difference is shrunk and printed as a scenario file that `fairdesk run` accepts, with
the rest of the case.

The counts go to `benchmarks/parity.json`, where `python -m benchmarks.run` finds them.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from benchmarks.parity_words import paragraph
from scenarios.files.desks import load, load_what_if, names, what_if_names
from scenarios.files.writing import scenario_text
from sim import fast, model, sample
from sim.desk import Desk, Policy, seats_of
from sim.layout import lay_out
from sim.opening import Opening, opening_of
from sim.steer import Orders, View
from sim.world import World
from tests.drawn import POLICY, TABLES, desks

FOUND = Path(__file__).with_name("parity.json")
TRUTHS = ("people", "conduct", "tickets", "busyness")
WEEK_S = 7 * 86_400


@dataclass(frozen=True)
class Case:
    """A desk, a world, and how the run is done.

    Attributes
    ----------
    desk, seed
        The desk and the seed of its world.
    cuts
        Instants at which `advance` stops, rising.
    open_at_s
        The run begins with the tickets that are open at this second in the world of the next seed; None for none.
    policies, pick
        Steering: the weights that take turns, none for a run that is not steered; which ticket is reserved.
    """

    desk: Desk
    seed: int
    cuts: tuple[int, ...] = ()
    open_at_s: int | None = None
    policies: tuple[Policy, ...] = ()
    pick: int = 1

    def __str__(self) -> str:
        """Return the case as a scenario file; what is no part of a scenario stands in its comments."""
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "desk"}
        return scenario_text(self.desk, [f"{name}: {value}" for name, value in rest.items()])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case; about half are steered, and half begin with open tickets."""
    desk = draw(desks())
    policies: tuple[Policy, ...] = ()
    if draw(st.booleans()):
        policies = tuple(draw(st.lists(POLICY, min_size=1, max_size=3)))
        every = max(draw(st.sampled_from([30, 600])), desk.clock_s // 60)
        desk = desk.model_validate(desk.changed(routing=desk.routing.changed(steer_every_min=every)).model_dump())
    instants = st.integers(0, WEEK_S)
    return Case(
        desk, draw(st.integers(0, 2**32)), tuple(sorted(draw(st.lists(instants, max_size=3)))),
        draw(instants | st.none()), policies, draw(st.integers(1, 7)),
    )  # fmt: skip


class Steers:
    """Changes the weights and reserves tickets now and then, and remembers what it was shown."""

    def __init__(self, case: Case, world: World, opening: Opening | None) -> None:
        self.policies, self.pick = case.policies, case.pick
        self.layout = lay_out(case.desk, world, opening)
        self.seen: list[View] = []

    def __call__(self, view: View, epoch: int) -> Orders | None:
        """Return orders."""
        self.seen.append(view)
        if epoch % 5 == 4:
            return None
        queued = np.flatnonzero(view.where == 0)
        reserve = []
        if len(queued) and epoch % 2:
            at = queued[(epoch * self.pick) % len(queued)]
            skill = self.layout.routes[view.kind[at]][view.stage[at]].skill
            may = [person for person in np.flatnonzero(view.on_duty) if skill in self.layout.crew.takes[person]]
            reserve = [(int(view.ticket[at]), int(may[0]))] if may else []
        lean = ((0, "early_close", epoch % 3 / 2),) if self.layout.tempted and epoch % 4 == 1 else ()
        return Orders(self.policies[epoch % len(self.policies)] if epoch % 3 == 0 else None, tuple(reserve), lean)


def run(engine: ModuleType, case: Case, world: World, opening: Opening | None) -> tuple[dict[str, Any], list[View]]:
    """Return the tables of log and truth by name, or the message of a refusal, and every view that was shown."""
    steers = Steers(case, world, opening) if case.policies else None
    views: list[View] = []
    try:
        state = engine.begin(case.desk, world, opening, steers)
        for until_s in (*case.cuts, case.desk.until_s()):
            engine.advance(state, until_s)
            views.append(state.view())
        log, truth = engine.log(state)
    except ValueError as refused:
        return {"refused": str(refused)}, views + (steers.seen if steers else [])
    tables = {name: getattr(log, name) for name in TABLES} | {f"true {name}": getattr(truth, name) for name in TRUTHS}
    return tables, views + (steers.seen if steers else [])


def compare(case: Case) -> Counter[str]:
    """Run a case by both engines and return what was compared.

    Raises
    ------
    AssertionError
        If the engines differ, in a table or in a view.
    """
    world = sample(case.desk, case.seed)
    opening = None
    if case.open_at_s is not None:
        opening = opening_of(fast.run(case.desk, sample(case.desk, case.seed + 1))[0], case.open_at_s)
    (one, seen), (other, shown) = (run(engine, case, world, opening) for engine in (model, fast))
    assert one.keys() == other.keys(), f"{list(one)} and {list(other)}"
    assert len(seen) == len(shown), f"{len(seen)} views and {len(shown)}"
    for view, same in zip(seen, shown, strict=True):
        for part in fields(View):
            np.testing.assert_array_equal(getattr(view, part.name), getattr(same, part.name), err_msg=part.name)
    if "refused" in one:
        assert one == other, f"{one} and {other}"
        return Counter(refused=1, cases=1)
    for name, table in one.items():
        assert_frame_equal(table, other[name])
    return Counter(
        cases=1, cut=bool(case.cuts), opened=opening is not None, steered=bool(case.policies), tickets=len(world),
        inbox=case.desk.routing.mode == "inbox", views=len(seen), moments=one["moments"].height,
        touches=one["touches"].height,
    )  # fmt: skip


def random_desks(count: int, seed: int, *, shrink: bool = True) -> tuple[Counter[str], Case | None, str]:
    """Return what was compared, and the least case that differs (the first, unless it is shrunk), with how it does."""
    total: Counter[str] = Counter()
    failed: list[tuple[Case, str]] = []

    @seeded(seed)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    @given(cases())
    def every(case: Case) -> None:
        try:
            total.update(compare(case))
        except AssertionError as error:
            failed.append((case, str(error)))
            raise

    try:
        every()
    except AssertionError:
        return total, *failed[-1]
    return total, None, ""


def catalogue(weeks: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Return what was compared over all scenarios and what-ifs, and the names of those that differ."""
    total: Counter[str] = Counter()
    wrong: list[str] = []
    made = {name: load(name) for name in names()}
    small = [name for name, desk in made.items() if len(seats_of(desk)) <= 100]
    for name in what_if_names():
        for base in small:
            try:
                made[f"{base} + {name}"] = load_what_if(base, name)
            except ValueError:
                continue  # it changes what this scenario lacks
    for name, desk in made.items():
        short = Desk.model_validate(desk.changed(weeks=weeks).model_dump())
        try:
            total.update(compare(Case(short, seed, (86_400, 5 * 86_400 + 1))))
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    return total + Counter(scenarios=len(made)), wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and write what was found; the exit code is 1 if the engines differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--desks", type=int, default=2000, help="random desks (default 2,000)")
    parser.add_argument("--seed", type=int, default=1, help="of the desks (default 1)")
    parser.add_argument("--weeks", type=int, default=2, help="of the scenarios of the catalogue (default 2)")
    parser.add_argument("--out", type=Path, default=FOUND, help="file of the counts (default parity.json)")
    asked = parser.parse_args(arguments)
    total, case, how = random_desks(asked.desks, asked.seed)
    if case is not None:
        print(f"{case}\n# {how}".replace("\n\n\n", "\n\n"))
    scenarios, wrong = catalogue(asked.weeks, asked.seed)
    print("\n".join(wrong), file=sys.stderr)
    said = f"python -m benchmarks.parity --desks {asked.desks} --seed {asked.seed} --weeks {asked.weeks}"
    found = {
        "command": said, "weeks": asked.weeks,
        "desks": dict(sorted(total.items())), "catalogue": dict(sorted(scenarios.items())),
        "differences": len(wrong) + (case is not None),
    }  # fmt: skip
    asked.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(paragraph(found))
    return 1 if found["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
