"""`fairdesk tune`: which routing policy, weights, time-out and warning serve a goal best."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, INTERRUPTED
from scenarios.commands.confirming import mean_row, say_gain, seen_parts, short, show_targets
from scenarios.commands.options import LEVEL, amount, output_options, run_options, whole
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.space import Space
    from optimize.tuning import Tuning
    from scenarios.files.desks import Scenario
    from sim.desk import Desk

EXAMPLE = "fairdesk tune academy_small --goal wait_mean --out out/tuned"

GOAL = "wait_mean"
"""What is bettered where nothing is stated."""

WEEKS = 4
"""A longer scenario is judged on its first weeks, unless `--weeks` says otherwise."""

CANDIDATES = 32
"""Most candidates, unless `--candidates` says otherwise."""

SHOWN = 12
"""Candidates in the table; the document has all."""


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("scenario", metavar="SCENARIO", help=text(lang, "help.scenario"))
    add("--space", metavar="FILE", help=text(lang, "tune.space"))
    about = text(lang, "tune.goal", default=GOAL)
    add("--goal", action="extend", nargs="+", default=[], metavar="KPI", help=about)
    add(
        "--indifference",
        type=amount("tune.expected_indifference", lang),
        metavar="NUMBER",
        help=text(lang, "tune.indifference"),
    )
    add("--budget", type=whole("--budget", 1, 10_000_000, lang), metavar="N", help=text(lang, "tune.budget"))
    about = text(lang, "tune.candidates", default=CANDIDATES)
    add("--candidates", type=whole("--candidates", 2, 10_000, lang), default=CANDIDATES, metavar="N", help=about)
    run_options(parser, lang, replications=8)
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Find the best setting, show it and what unseen worlds say about it; return the exit code."""
    from optimize.goal import Goal
    from optimize.space import default_space
    from optimize.tuning import tune
    from scenarios.commands.common import engine_of, inputs_of, over, pool_of
    from scenarios.files.desks import read
    from scenarios.files.spaces import load_space
    from scenarios.folder import Folder

    base = read(args.scenario)
    desk = over(base, args.weeks or min(base.desk.weeks, WEEKS)).desk
    space = default_space(desk) if args.space is None else load_space(args.space)
    _check(args, desk, space)
    goal = Goal.of(args.goal or [GOAL], desk)
    inputs = {
        "scenario": inputs_of(base), "goal": str(goal), "space": space.model_dump(mode="json", exclude_none=True),
        "indifference": args.indifference, "budget": args.budget, "candidates": args.candidates, "weeks": desk.weeks,
        "replications": args.replications, "engine": args.engine,
    }  # fmt: skip
    folder = Folder(args.out, args.lang) if args.out else None
    with _progress(args) as tell:
        plan = tune(
            desk, goal, space, indifference=args.indifference, budget=args.budget, most=args.candidates,
            run=engine_of(args), executor=pool_of(args, args.replications), worlds=args.replications, seed=args.seed,
            level=LEVEL, on_progress=tell,
        )  # fmt: skip
    _give(args, inputs, base, plan, goal, space, folder)
    return INTERRUPTED if plan.status == "interrupted" else DONE


def _check(args: argparse.Namespace, desk: Desk, space: Space) -> None:
    """Refuse too few worlds, and a budget that does not reach for the first look, in the words of the options."""
    from optimize.space import as_it_is, candidates
    from optimize.tuning import FIRST

    if args.replications < FIRST:
        raise ValueError(text(args.lang, "tune.few", least=FIRST, got=args.replications))
    tried = candidates(space, args.candidates, args.seed)
    number = len(tried) + (as_it_is(desk, space) not in tried)
    if args.budget is not None and args.budget < number * args.replications:
        said = {"candidates": number, "worlds": args.replications, "least": number * args.replications}
        raise ValueError(text(args.lang, "tune.small_budget", **said, got=args.budget))


def _give(
    args: argparse.Namespace, inputs: dict[str, Any], base: Scenario, plan: Tuning, goal: Any, space: Space, folder: Any
) -> None:
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.plans import write_plan

    made = document(
        "tune", inputs, args.seed, plan=_plan(plan), **seen_parts(plan.seen, str(goal), "more_undone"),
        selection=_selection(plan), candidates=_candidates(plan), sensitivity=_effects(plan), undone=list(plan.undone),
        runs=plan.runs,
    )  # fmt: skip
    if folder:
        from scenarios.plots.tuning import picture

        folder.write("tune.json", as_json(made))
        folder.write("candidates.csv", as_csv([_flat(row) for row in _candidates(plan)]))
        names = [words(args.lang, setting, number == 0) for number, setting in enumerate(plan.settings)]
        label = text(args.lang, "train.missed") if goal.targets else str(goal)
        folder.write("tune.svg", picture(plan, names, label, args.lang))
        title = text(args.lang, "tune.plan_title", name=base.name)
        write_plan(folder, args.lang, base, plan.desk.changed(weeks=base.desk.weeks), title)
    give(args, made, lambda: _show(args, base, plan, goal, space), folder)


def _plan(plan: Tuning) -> dict[str, Any]:
    """Return the plan; it changes no head, so its cost is that of the desk as it is, and there is no master model."""
    from optimize.master import head_costs

    seats = {name: seat.heads for name, seat in sorted(plan.desk.staff.seats.items())}
    costs = head_costs(plan.desk)
    cost = math.fsum(costs[name] * heads for name, heads in seats.items())
    return {"cost": cost, "status": plan.status, "master_gap": None, "seats": seats, "setting": plan.best}


def _selection(plan: Tuning) -> dict[str, Any]:
    found = plan.selection
    return {
        "best": found.best, "alike": list(found.alike), "probability": found.probability, "bound": "bonferroni",
        "reached": found.reached, "replications": found.total,
    }  # fmt: skip


def _candidates(plan: Tuning) -> list[dict[str, Any]]:
    found = plan.selection
    rows = []
    for number, setting in enumerate(plan.settings):
        low, high = found.interval(number, LEVEL)
        gap = {"mean": found.gaps[number], "low": low, "high": high}
        figures = {"mean": found.means[number], "n": found.n[number], "gap": gap}
        rows.append({"setting": dict(setting), **figures, "verdict": _verdict(plan, number)})
    return rows


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    gap = {"gap" if key == "mean" else f"gap_{key}": value for key, value in row["gap"].items()}
    return {**row["setting"], **{key: row[key] for key in ("mean", "n", "verdict")}, **gap}


def _verdict(plan: Tuning, number: int) -> str:
    if number == plan.selection.best:
        return "best"
    return "alike" if number in plan.selection.alike else "others"


def _effects(plan: Tuning) -> dict[str, Any] | None:
    if plan.effects is None:
        return None
    shares = {name: mean_row(found) for name, found in plan.effects.shares.items()}
    return {"shares": shares, "together": mean_row(plan.effects.rest), "variance": plan.effects.variance}


def words(lang: str, setting: Mapping[str, str | int], now: bool = False) -> str:
    """Return a setting as a line: the factors' names are keys of the space file, so they stay as they are."""
    said = ", ".join(f"{name} = {value:,}" if isinstance(value, int) else str(value) for name, value in setting.items())
    return f"{said} {text(lang, 'tune.now')}" if now else said


def _show(args: argparse.Namespace, base: Scenario, plan: Tuning, goal: Any, space: Space) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import title_of

    lang, found = args.lang, plan.selection
    order = sorted(range(len(plan.settings)), key=lambda system: (found.gaps[system], system))
    heads = [text(lang, f"tune.{key}") for key in ("setting", "mean", "gap")]
    heads += [text(lang, "tune.interval", level=f"{LEVEL:.0%}"), text(lang, "tune.n"), text(lang, "tune.verdict")]
    lines = [_line(lang, plan, number) for number in order[:SHOWN]]
    said = text(lang, "train.missed") if goal.targets else str(goal)
    title = text(lang, "tune.title", title=title_of(lang, base.name, base.title), goal=said)
    show_table(title, heads, lines, (1, 2, 4))
    if len(order) > SHOWN:
        say(text(lang, "tune.cut", shown=SHOWN, all=len(order)))
    if not plan.whole:
        say(text(lang, "tune.sampled", all=f"{space.size():,}", tried=len(order) + len(plan.undone)))
    if plan.undone:
        names = "; ".join(words(lang, setting) for setting in plan.undone[:SHOWN])
        say(text(lang, "tune.undone", count=len(plan.undone), names=names))
    if plan.effects is not None or plan.seen is not None:
        _show_effects(lang, plan)
    _show_verdict(args, plan, said)


def _line(lang: str, plan: Tuning, number: int) -> list[str]:
    found = plan.selection
    gap = "-" if number == found.best else short(found.gaps[number])
    between = "-" if number == found.best else " .. ".join(map(short, found.interval(number, LEVEL)))
    said = [words(lang, plan.settings[number], number == 0), short(found.means[number]), gap, between]
    return [*said, str(found.n[number]), text(lang, f"tune.{_verdict(plan, number)}")]


def _show_effects(lang: str, plan: Tuning) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number

    if plan.effects is None:
        say(text(lang, "tune.no_effects"))
        return
    rows = {**plan.effects.shares, text(lang, "tune.together"): plan.effects.rest}
    heads = [text(lang, "tune.factor"), f"{text(lang, 'tune.share')}, %"]
    heads += [text(lang, "table.interval", level=f"{LEVEL:.0%}")]
    lines = [[name, number(f.mean, "1"), f"{number(f.low, '1')} .. {number(f.high, '1')}"] for name, f in rows.items()]
    show_table(text(lang, "tune.effects_title"), heads, lines, (1,))


def _show_verdict(args: argparse.Namespace, plan: Tuning, goal: str) -> None:
    from scenarios.commands.output import say

    lang, found = args.lang, plan.selection
    say(text(lang, "tune.best_is", setting=words(lang, plan.best, found.best == 0)))
    say(text(lang, "tune.tied", count=1 + len(found.alike)) if found.alike else text(lang, "tune.alone"))
    by = text(lang, "tune.by", indifference=short(args.indifference)) if args.indifference else ""
    probability = f"{math.floor(1000 * found.probability) / 10:g} %"
    say(text(lang, "tune.probability", by=by, probability=probability, runs=found.total))
    if not found.reached:
        say(text(lang, "tune.stopped"))
    if plan.seen is not None:
        show_targets(lang, text(lang, "tune.targets_title", worlds=plan.seen.after.n), plan.seen.figures)
        if plan.status != "none":
            say_gain(lang, "tune", plan.seen, goal)
        if plan.seen.undone.certain:
            say(text(lang, "tune.more_undone", more=short(plan.seen.undone.mean)))
    say(text(lang, f"tune.{plan.status}"))


@contextlib.contextmanager
def _progress(args: argparse.Namespace) -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far the search is, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    from rich.console import Console

    key, name = ("looking", "most") if args.indifference is None else ("dropping", "left")
    with Console(stderr=True).status("") as status:
        yield lambda done, other: status.update(text(args.lang, f"tune.{key}", done=done, **{name: other}))
