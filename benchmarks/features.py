"""What each mechanic costs: `python -m benchmarks.features [--tickets N] [--rounds N]`.

Each row is the desk of W2 with one mechanic switched on, run by the twin's kernel (and a shorter one by the model) in
turn with the plain desk, all in this process; `benchmarks/features.md` has the medians.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any, NamedTuple

from benchmarks.machine import load, machine, versions
from benchmarks.model_w2 import w2, weeks_for
from sim import fast, model, sample
from sim.desk import Desk, Law, Leaning, Shift
from sim.desk.attention import Neglect, Pull
from sim.desk.conduct import ConductName, Shortcuts
from sim.desk.learning import Learning, Newcomers
from sim.desk.staff import Meeting
from sim.sla import Clause, Sla, Target

REPORT = Path(__file__).parent / "features.md"
HOURS = tuple(f"{begin:02}:00-{begin + 8:02}:00" for begin in (0, 8, 16))
_ALL = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Feature(NamedTuple):
    """A mechanic, and the desk that has it."""

    name: str
    change: Callable[[Desk], Desk]


def _changed(desk: Desk, **tables: dict[str, Any]) -> Desk:
    """Return a desk with other values in its parts: table -> key -> value."""
    made = desk.changed(**{name: getattr(desk, name).changed(**values) for name, values in tables.items()})
    assert isinstance(made, Desk)
    return made


def _kinds(desk: Desk, **values: Any) -> Desk:
    return _changed(desk, demand={"kinds": {name: kind.changed(**values) for name, kind in desk.demand.kinds.items()}})


def _stages(desk: Desk, **values: Any) -> Desk:
    kinds = desk.demand.kinds.items()
    routed = {name: kind.changed(route=tuple(stage.changed(**values) for stage in kind.route)) for name, kind in kinds}
    return _changed(desk, demand={"kinds": routed})


def _two_stages(desk: Desk) -> Desk:
    """Return the desk with every stage cut in two halves, done one after the other."""
    kinds = desk.demand.kinds.items()
    half = Law(mean_min=5.0)
    made = {}
    for name, kind in kinds:
        first = kind.route[0].changed(work=half)
        made[name] = kind.changed(route=(first, first.changed(department="second")))
    return _changed(desk, demand={"kinds": made})


def _shifts(desk: Desk, **routing: Any) -> Desk:
    """Return the desk with a third more people, in three shifts of eight hours each."""
    shifts = {f"{number}": Shift(days=_ALL, hours=hours) for number, hours in enumerate(HOURS)}
    seats = {
        f"{name}-{shift}": seat.changed(shift=shift) for name, seat in desk.staff.seats.items() for shift in shifts
    }  # fmt: skip
    made = _changed(desk, staff={"shifts": shifts, "seats": seats})
    return _changed(made, routing=routing) if routing else made


def _meetings(desk: Desk) -> Desk:
    made = _shifts(desk)
    meetings = {
        name: Meeting(days=_ALL, hours=f"{8 * int(name) + 4:02}:00-{8 * int(name) + 4:02}:30") for name in "012"
    }
    seats = {name: seat.changed(meetings=(seat.shift,)) for name, seat in made.staff.seats.items()}
    return _changed(made, staff={"meetings": meetings, "seats": seats})


def _sla(desk: Desk, **more: Any) -> Desk:
    target = Target(response=Clause(target_min=30), resolution=Clause(target_min=240), **more)
    made = desk.changed(sla=Sla(priorities=dict.fromkeys(desk.priorities, target)))
    assert isinstance(made, Desk)
    return made


def _conduct(desk: Desk, intensity: float, conduct: ConductName = "early_close", **routing: Any) -> Desk:
    """Return the desk whose people have a conduct, by default early closing, on a share of its occasions."""
    leans: dict[ConductName, Leaning] = {conduct: Leaning(share=1.0, intensity=intensity)}
    made = _roles(desk, conduct=leans)
    return _changed(made, routing=routing) if routing else made


def _passed_on(desk: Desk) -> Desk:
    made = _conduct(desk, 0.1, "pass_on").changed(shortcuts=Shortcuts(hard=tuple(desk.demand.kinds)))
    assert isinstance(made, Desk)
    return made


def _roles(desk: Desk, **values: Any) -> Desk:
    return _changed(desk, staff={"roles": {name: role.changed(**values) for name, role in desk.staff.roles.items()}})


_PULL: dict[str, Any] = {"mode": "pull", "pull": Pull(look_around=Law(mean_min=0.5))}
NEW = Newcomers(share=0.3, within_weeks=12.0)

FEATURES = (
    Feature("as it is", lambda desk: desk),
    Feature("service targets, warnings 10 minutes before", _sla),
    Feature("next-response target besides", lambda desk: _sla(desk, next_response=Clause(target_min=60))),
    Feature("two stages", _two_stages),
    Feature("a tenth ask the requester", lambda desk: _stages(desk, asks=0.1, answer=Law(mean_min=60.0))),
    Feature("a tenth wait for a third party", lambda desk: _stages(desk, refers=0.1, third_party=Law(mean_min=60.0))),
    Feature("a tenth reopen", lambda desk: _changed(desk, outcome={"solved_logit": 2.2})),
    Feature("conduct is stated, and 0", lambda desk: _conduct(desk, 0.0)),
    Feature("a tenth are closed early, and reopen", lambda desk: _conduct(desk, 0.1)),
    Feature("a tenth are passed on to a colleague", _passed_on),
    Feature("three in ten are newcomers, who learn", lambda desk: _roles(desk, learning=Learning(), newcomers=NEW)),
    Feature(
        "a tenth are called back",
        lambda desk: _kinds(
            desk, calls_back=0.1, call_back_after=Law(mean_min=600.0), call_back_work=Law(mean_min=5.0)
        ),
    ),
    Feature("three shifts, work finished", _shifts),
    Feature("three shifts, work carried over", lambda desk: _shifts(desk, at_shift_end="carry_over")),
    Feature("three shifts, work handed back", lambda desk: _shifts(desk, at_shift_end="hand_back")),
    Feature("three shifts, a meeting a day", _meetings),
    Feature("inbox", lambda desk: _changed(desk, routing={"mode": "inbox", "pickup": Law(mean_min=2.0)})),
    Feature(
        "inbox, a tenth forgotten, reminders",
        lambda desk: _changed(
            desk,
            routing={
                "mode": "inbox", "pickup": Law(mean_min=2.0),
                "neglect": Neglect(share=0.1, forgotten=Law(mean_min=120.0), remind_min=10),
            },
        ),
    ),
    Feature(
        "inbox, a tenth get a token reply first",
        lambda desk: _conduct(desk, 0.1, "token_reply", mode="inbox", pickup=Law(mean_min=2.0)),
    ),
    Feature("pull", lambda desk: _changed(desk, routing=_PULL)),
    Feature("pull, a tenth of the picks take the easiest", lambda desk: _conduct(desk, 0.1, "cherry_pick", **_PULL)),
    Feature("policy fair_mix", lambda desk: _changed(desk, routing={"policy": "fair_mix", "custom": None})),
    Feature("policy least_busy", lambda desk: _changed(desk, routing={"policy": "least_busy", "custom": None})),
    Feature("policy cmu", lambda desk: _changed(desk, routing={"policy": "cmu", "custom": None})),
)  # fmt: skip
"""What is measured, the plain desk first."""


class Cost(NamedTuple):
    """Seconds of an engine's loop, by round, and how much it did."""

    run_s: list[float]
    tickets: int
    touches: int


def cost(engine: ModuleType, desk: Desk) -> tuple[float, int, int]:
    """Return seconds of the loop alone, tickets, and touches."""
    world = sample(desk, 1)
    state = engine.begin(desk, world)
    began = time.perf_counter()
    engine.advance(state, desk.until_s())
    return time.perf_counter() - began, len(world), engine.log(state)[0].touches.height


def measure(engine: ModuleType, tickets: int, rounds: int, tell: Callable[[str], None]) -> dict[str, Cost]:
    """Return the costs by feature; the desks take turns in every round."""
    found = {feature.name: Cost([], 0, 0) for feature in FEATURES}
    for number in range(rounds + 1):  # the first round loads and compiles
        for feature in FEATURES:
            tell(f"{engine.__name__} {number}/{rounds} {feature.name}")
            run_s, count, touches = cost(engine, feature.change(w2(weeks_for(tickets))))
            kept = found[feature.name].run_s
            found[feature.name] = Cost([*kept, run_s] if number else kept, count, touches)
    return found


def page(kernel: dict[str, Cost], told: dict[str, Cost], command: str) -> str:
    """Return the page as Markdown."""
    plain = {"fast": kernel["as it is"], "model": told["as it is"]}
    rows = []
    for name, row in kernel.items():
        spent, base = median(row.run_s), median(plain["fast"].run_s)
        slow, slow_base = median(told[name].run_s), median(plain["model"].run_s)
        per_touch = 1e9 * spent / row.touches
        rows.append(
            f"| {name} | {row.touches / row.tickets:.2f} | {1e6 * spent / row.tickets:.3f} | {spent / base:.2f} x | "
            f"{per_touch:.0f} | {1e6 * slow / told[name].tickets:.1f} | {slow / slow_base:.2f} x |"
        )
    return "\n".join([
        "# What each mechanic costs", "",
        f"Made by `{command}`. Machine: {machine()}. Versions: {versions()}. Load at the end: {load():.1f}.", "",
        f"W2 with {plain['fast'].tickets:,} tickets for the twin's kernel and {plain['model'].tickets:,} for the "
        f"model, medians of {len(plain['fast'].run_s)} and {len(plain['model'].run_s)} rounds in turn. A mechanic that "
        "makes more touches, or longer queues, costs what these cost; a desk that does not use one runs the first "
        "row.", "",
        "| W2, with | touches a ticket | twin, us a ticket | over as it is | twin, ns a touch | model, us a ticket | "
        "over as it is |",
        "|---|--:|--:|--:|--:|--:|--:|", *rows, "",
    ])  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.features", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tickets", type=int, default=160_000, help="of the twin; the model has a tenth")
    parser.add_argument("--rounds", type=int, default=5, help="of the twin; the model has one")
    parser.add_argument("--out", type=Path, default=REPORT, help="file of the page")
    asked = parser.parse_args(arguments)

    def tell(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    kernel = measure(fast, asked.tickets, asked.rounds, tell)
    told = measure(model, asked.tickets // 10, 1, tell)
    command = f"python -m benchmarks.features --tickets {asked.tickets} --rounds {asked.rounds}"
    asked.out.write_text(page(kernel, told, command), "utf-8")


if __name__ == "__main__":
    main()
