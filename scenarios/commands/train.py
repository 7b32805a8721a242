"""`fairdesk train`: which permission, or which move, for whom under a budget."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, INTERRUPTED
from scenarios.commands.confirming import between, mean_row, say_gain, seen_parts, short, show_targets
from scenarios.commands.options import LEVEL, amount, output_options, run_options
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.goal import Mean
    from optimize.permissions import Step
    from optimize.training import Training
    from scenarios.files.desks import Scenario

EXAMPLE = "fairdesk train academy --budget 2 --goal wait_mean --out out/training"

GOAL = "wait_mean"
"""What is bettered where nothing is stated."""

WEEKS = 4
"""A longer scenario is judged on its first weeks, unless `--weeks` says otherwise."""

SHOWN = 4
"""So many of the steps that cannot be told apart are named in a sentence; the document names all."""


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("scenario", metavar="SCENARIO", help=text(lang, "help.scenario"))
    add(
        "--budget",
        type=amount("train.expected_budget", lang),
        required=True,
        metavar="COST",
        help=text(lang, "train.budget"),
    )
    about = text(lang, "train.goal", default=GOAL)
    add("--goal", action="extend", nargs="+", default=[], metavar="KPI", help=about)
    about = text(lang, "train.cost")
    add("--cost", action="append", default=[], type=_cost(lang), metavar="NAME=COST", help=about)
    add("--moves", action="store_true", help=text(lang, "train.moves"))
    add("--surge", metavar="NAME", help=text(lang, "train.surge"))
    run_options(parser, lang, replications=12)
    output_options(parser, lang)


def _number(said: str) -> float:
    try:
        value = float(said)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and value > 0 else math.nan


def _cost(lang: str) -> Callable[[str], tuple[str, float]]:
    def read(said: str) -> tuple[str, float]:
        name, _, cost = said.rpartition("=")
        if not name or math.isnan(_number(cost)):
            raise argparse.ArgumentTypeError(text(lang, "train.expected_cost", got=said[:60]))
        return name, _number(cost)

    return read


def run(args: argparse.Namespace) -> int:
    """Find a plan, show it and what unseen worlds say about it; return the exit code."""
    from optimize.goal import Goal
    from optimize.permissions import surge_days
    from optimize.training import FIRST, train
    from scenarios.commands.common import engine_of, inputs_of, over, pool_of
    from scenarios.files.desks import read
    from scenarios.folder import Folder

    if args.surge is not None and not args.moves:
        raise ValueError(text(args.lang, "train.surge_alone"))
    if args.replications < FIRST:
        raise ValueError(text(args.lang, "train.few", least=FIRST, got=args.replications))
    base = read(args.scenario)
    desk = over(base, args.weeks or min(base.desk.weeks, WEEKS)).desk
    surge = None
    if args.moves:
        surge, desk = surge_days(desk, args.surge)
    goal = Goal.of(args.goal or [GOAL], desk)
    inputs = {
        "scenario": inputs_of(base), "goal": str(goal), "budget": args.budget, "cost": dict(args.cost),
        "moves": args.moves, "surge": surge, "start": desk.start.isoformat(), "weeks": desk.weeks,
        "replications": args.replications, "engine": args.engine,
    }  # fmt: skip
    folder = Folder(args.out, args.lang) if args.out else None
    with _progress(args.lang) as tell:
        plan = train(
            desk, goal, budget=args.budget, cost=dict(args.cost), moves=args.moves, run=engine_of(args),
            executor=pool_of(args, args.replications), worlds=args.replications, seed=args.seed, level=LEVEL,
            on_progress=tell,
        )  # fmt: skip
    _give(args, inputs, base, plan, str(goal), bool(goal.targets), surge, folder)
    return INTERRUPTED if plan.status == "interrupted" else DONE


def _give(
    args: argparse.Namespace, inputs: dict[str, Any], base: Scenario, plan: Training, goal: str, by_targets: bool,
    surge: str | None, folder: Any,
) -> None:  # fmt: skip
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.plans import write_plan

    made = document(
        "train", inputs, args.seed, plan=_plan(plan), **seen_parts(plan.seen, goal, "undone"),
        singles=_singles(plan), runs=plan.runs,
    )  # fmt: skip
    if folder:
        folder.write("train.json", as_json(made))
        folder.write("steps.csv", as_csv([_flat(row) for row in _singles(plan)]))
        title = text(args.lang, f"train.{'moves_' if surge else ''}plan_title", name=base.name, surge=surge or "")
        desk = plan.desk.changed(start=base.desk.start, weeks=base.desk.weeks)
        write_plan(folder, args.lang, base, desk, title)
    give(args, made, lambda: _show(args, base, plan, goal, by_targets, surge), folder)


def _step(step: Step) -> dict[str, Any]:
    return {"person": step.person, "seat_group": step.group, "skill": step.skill, "to": step.to}


def _plan(plan: Training) -> dict[str, Any]:
    taken = [
        {**_step(each.step), "cost": each.cost, "gain": mean_row(each.gain), "alike": [_step(s) for s in each.alike]}
        for each in plan.taken
    ]
    return {
        "cost": plan.cost, "status": plan.status, "master_gap": plan.master_gap, "seats": plan.seats, "steps": taken,
    }  # fmt: skip


def _singles(plan: Training) -> list[dict[str, Any]]:
    return [{**_step(step), "gain": mean_row(gain)} for step, gain in plan.singles]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in row.items() if key != "gain"}, **row["gain"]}


def words(lang: str, step: Step) -> str:
    """Return a step in a language; a head without a name is one of its group."""
    if "#" in step.person:
        who = text(lang, "train.one_of", group=step.group)
    else:
        who = text(lang, "train.named", person=step.person, group=step.group)
    if step.to is not None:
        return text(lang, "train.move", who=who, to=step.to)
    return text(lang, "train.permission", who=who, skill=step.skill)


def _show(
    args: argparse.Namespace, base: Scenario, plan: Training, goal: str, by_targets: bool, surge: str | None
) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number, title_of

    lang = args.lang
    title = title_of(lang, base.name, base.title)
    heads = [text(lang, f"train.{key}") for key in ("step", "cost_head", "gain")]
    heads += [text(lang, "table.interval", level=f"{LEVEL:.0%}")]
    lines = [[words(lang, each.step), number(each.cost, ""), *_figures(each.gain)] for each in plan.taken]
    key = "train.moves_title" if surge else "train.title"
    show_table(text(lang, key, title=title, surge=surge or ""), heads, lines, (1, 2))
    for number_of, each in enumerate(plan.taken, start=1):
        if each.alike:
            names = _named(lang, (each.step, *each.alike))
            say(text(lang, "train.tied", number=number_of, count=1 + len(each.alike), names=names))
    ranked = sorted(plan.singles, key=lambda single: -single[1].mean)
    alone = [[words(lang, step), *_figures(gain), str(gain.n)] for step, gain in ranked]
    show_table(text(lang, "train.singles_title"), [heads[0], *heads[2:], text(lang, "table.n")], alone, (1, 3))
    if plan.seen is not None:
        show_targets(lang, text(lang, "train.targets_title", worlds=plan.seen.after.n), plan.seen.figures)
        say_gain(lang, "train", plan.seen, text(lang, "train.missed") if by_targets else goal)
    say(text(lang, "train.spent", cost=number(plan.cost, ""), budget=number(args.budget, "")))
    if plan.seen is not None and plan.seen.undone.certain:
        say(text(lang, "train.undone", more=short(plan.seen.undone.mean)))
    say(text(lang, f"train.{plan.status}"))


def _figures(found: Mean) -> list[str]:
    return [short(found.mean), between(found)]


def _named(lang: str, some: Sequence[Step]) -> str:
    said = "; ".join(words(lang, step) for step in some[:SHOWN])
    return text(lang, "train.others", first=said, count=len(some) - SHOWN) if len(some) > SHOWN else said


@contextlib.contextmanager
def _progress(lang: str) -> Iterator[Callable[[int, tuple[Step, ...]], None]]:
    """Show on standard error how far the search is, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda runs, plan: status.update(text(lang, "train.looking", runs=runs, steps=len(plan)))
