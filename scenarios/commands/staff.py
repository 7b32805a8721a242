"""`fairdesk staff`: the cheapest heads per seat group that meet the targets."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, INTERRUPTED, NEGATIVE
from scenarios.commands.confirming import figure_rows, show_targets
from scenarios.commands.options import LEVEL, amount, output_options, run_options, whole
from scenarios.refusals import refusal_lines
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.explain import Infeasible
    from optimize.judging import Trial
    from optimize.partly import Partly
    from optimize.staffing import Plan
    from scenarios.files.desks import Scenario

EXAMPLE = "fairdesk staff academy_small --target 'response_overdue_rate[priority=normal]<=0.1' --out out/plan"

WEEKS = 4
"""A longer scenario is planned on its first weeks, unless `--weeks` says otherwise."""


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("scenario", metavar="SCENARIO", help=text(lang, "help.scenario"))
    add(
        "--target",
        action="extend",
        nargs="+",
        default=[],
        metavar="KPI<=VALUE",
        help=text(lang, "staff.target"),
    )
    add("--strategy", choices=("balanced", "retention", "cost"), help=text(lang, "plans.strategy"))
    for option in ("--at-most", "--at-least"):
        about = text(lang, f"staff.{option[2:].replace('-', '_')}")
        add(option, action="append", default=[], type=_limit(option, lang), metavar="GROUP=HEADS", help=about)
    add(
        "--budget", type=amount("staff.expected_budget", lang, least=0), metavar="COST", help=text(lang, "staff.budget")
    )
    add(
        "--trials", type=whole("--trials", 1, 10_000, lang), default=48,
        help=text(lang, "staff.trials", default=48),
    )  # fmt: skip
    add("--front", metavar="KPI<=VALUE,...", help=text(lang, "front.option"))
    parser.epilog = f"{parser.epilog}\n\n{text(lang, 'staff.codes')}"
    run_options(parser, lang, replications=6, least=2)
    output_options(parser, lang)


def _limit(option: str, lang: str) -> Callable[[str], tuple[str, int]]:
    def read(said: str) -> tuple[str, int]:
        group, _, heads = said.rpartition("=")
        if not group or not heads.isascii() or not heads.isdigit() or len(heads) > 6:
            raise argparse.ArgumentTypeError(text(lang, "staff.expected_limit", option=option, got=said[:60]))
        return group, int(heads)

    return read


def run(args: argparse.Namespace) -> int:
    """Find a plan, show it and what unseen worlds say about it; return the exit code."""
    from optimize.explain import Infeasible
    from optimize.master import Limits
    from optimize.partly import nearest
    from optimize.staffing import staff
    from optimize.strategies import targets_of
    from optimize.targets import default_targets, expanded
    from scenarios.commands import front
    from scenarios.commands.common import engine_of, inputs_of, over, pool_of
    from scenarios.files.desks import read
    from scenarios.folder import Folder

    base = read(args.scenario)
    scenario = over(base, args.weeks or min(base.desk.weeks, WEEKS))
    desk = scenario.desk
    asked = targets_of(args.strategy, desk) if args.strategy else ()
    stated = (*asked, *args.target)
    targets = expanded(stated if stated or args.strategy else default_targets(desk), desk)
    limits = Limits(dict(args.at_most), dict(args.at_least), args.budget)
    inputs = {
        "scenario": inputs_of(scenario), "targets": [str(target) for target in targets],
        "at_most": dict(limits.at_most), "at_least": dict(limits.at_least), "budget": limits.budget,
        "replications": args.replications, "weeks": desk.weeks, "engine": args.engine, "trials": args.trials,
        "strategy": args.strategy,
    }  # fmt: skip
    folder = Folder(args.out, args.lang) if args.out else None
    try:
        if args.front:
            return front.run(args, base, desk, stated, limits, inputs, folder, _progress)
        with _progress(args.lang) as tell:
            plan = staff(
                desk, targets, run=engine_of(args, desk), executor=pool_of(args, args.replications),
                worlds=args.replications, seed=args.seed, level=LEVEL, limits=limits, trials=args.trials,
                gains=True, on_progress=tell,
            )  # fmt: skip
    except Infeasible as none:
        return _refuse(args, inputs, none, nearest(desk, limits))
    _give(args, inputs, base, plan, folder)
    return INTERRUPTED if plan.status == "interrupted" else DONE


def _give(args: argparse.Namespace, inputs: dict[str, Any], scenario: Scenario, plan: Plan, folder: Any) -> None:
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.plans import write_plan

    made = document("staff", inputs, args.seed, plan=_plan(plan), confirmed=figure_rows(plan.confirmed))
    if folder:
        seats = scenario.desk.staff.seats
        rows = [{"seat_group": g, "now": seats[g].heads, "heads": n} for g, n in plan.seats.items()]
        folder.write("staff.json", as_json(made))
        folder.write("seats.csv", as_csv(rows))
        title = text(args.lang, "staff.plan_title", name=scenario.name)
        write_plan(folder, args.lang, scenario, plan.desk.changed(weeks=scenario.desk.weeks), title)
    give(args, made, lambda: _show(args, scenario, plan), folder)


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "cost": plan.cost, "status": plan.status, "master_gap": plan.master_gap, "seats": plan.seats,
        "binding": {group: list(broken) for group, broken in plan.binding.items()},
        "gains": {group: asdict(gain) for group, gain in plan.gains.items()},
        "out_of_reach": plan.out_of_reach,
    }  # fmt: skip


def _show(args: argparse.Namespace, scenario: Scenario, plan: Plan) -> None:
    from optimize.master import head_costs
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number
    from scenarios.plans import unreached

    lang, desk = args.lang, scenario.desk
    costs, seats = head_costs(desk), desk.staff.seats
    paid = any(desk.staff.roles[seat.role].wage_per_h for seat in seats.values())
    heads = [text(lang, f"staff.{key}") for key in ("group", "before", "heads", "cost", "holds")]
    lines = [
        [group, str(seats[group].heads), str(number_of), number(costs[group], ""), _holds(lang, plan, group)]
        for group, number_of in plan.seats.items()
    ]
    show_table(text(lang, "staff.title", title=scenario.title), heads, lines, right=(1, 2, 3))
    worlds = max(figure.n for figure in plan.confirmed.values())
    show_targets(lang, text(lang, "staff.targets_title", worlds=worlds), plan.confirmed)
    if plan.gains:
        _show_gains(lang, plan)
    before = math.fsum(costs[group] * seat.heads for group, seat in seats.items())
    unit = desk.currency if paid else text(lang, "staff.heads_unit")
    say(text(lang, "staff.total", cost=number(plan.cost, ""), before=number(before, ""), unit=unit))
    say(text(lang, f"staff.{plan.status}", targets=", ".join(plan.in_question)))
    if plan.out_of_reach:
        say(unreached(lang, plan))


def _show_gains(lang: str, plan: Plan) -> None:
    """Show what one head more in each group would change, where the interval leaves no doubt that it does."""
    from scenarios.commands.output import show_table
    from scenarios.labels import number

    heads = [text(lang, "staff.group"), text(lang, "plans.more_cost"), text(lang, "plans.more_buys")]
    lines = []
    for group, gain in plan.gains.items():
        sure = [
            f"{name.partition('<')[0].partition('>')[0]} {change.mean:+.4g} ({change.low:+.4g} .. {change.high:+.4g})"
            for name, change in gain.changes.items()
            if change.low is not None and change.high is not None and (change.low > 0 or change.high < 0)
        ]
        lines.append([group, number(gain.cost, ""), "; ".join(sure) or text(lang, "plans.nothing_sure")])
    show_table(text(lang, "plans.more_title", level=f"{LEVEL:.0%}"), heads, lines, right=(1,))


def _holds(lang: str, plan: Plan, group: str) -> str:
    broken = plan.binding.get(group, ())
    return text(lang, "staff.least") if broken == ("least",) else ", ".join(broken) or "-"


def _refuse(args: argparse.Namespace, inputs: dict[str, Any], none: Infeasible, partly: Partly | None) -> int:
    """Say in a planner's words why there is no plan, and what the nearest one leaves undone; return the exit code."""
    from scenarios.commands.output import as_json, document

    plan: dict[str, Any] = {"cost": None, "status": "infeasible", "master_gap": None, "seats": {}}
    why = {
        "rows": list(none.rows),
        "relaxation": [{"row": step.row, "by": step.by, "side": step.side} for step in none.relaxation],
        "partly": None if partly is None else _partly(partly),
    }
    lang = args.lang
    if args.json:
        sys.stdout.write(as_json(document("staff", inputs, args.seed, plan=plan, confirmed={}, infeasible=why)))
    print("\n".join([*refusal_lines(lang, none), *partly_lines(lang, partly)]), file=sys.stderr)
    return NEGATIVE


def _partly(partly: Partly) -> dict[str, Any]:
    from optimize.partly import spans

    unmet = [{"skill": u.skill, "hours": spans(u.hours), "person_h": round(u.person_h, 6)} for u in partly.unmet]
    return {"cost": partly.cost, "seats": partly.seats, "unmet": unmet}


def partly_lines(lang: str, partly: Partly | None) -> list[str]:
    """Return in a planner's words what the plan that comes nearest leaves undone, and when."""
    from optimize.partly import spans

    if partly is None:
        return []
    seats = ", ".join(f"{group} {heads}" for group, heads in partly.seats.items())
    lines = [text(lang, "plans.partly", seats=seats)]
    return lines + [
        text(
            lang, "plans.unmet", skill=unmet.skill, person_h=f"{unmet.person_h:.3g}", number=len(unmet.hours),
            hours=spans(unmet.hours),
        )
        for unmet in partly.unmet
    ]  # fmt: skip


@contextlib.contextmanager
def _progress(lang: str) -> Iterator[Callable[[Trial], None]]:
    """Show on standard error how many plans were looked at, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    count = 0
    with Console(stderr=True).status("") as status:

        def tell(trial: Trial) -> None:
            nonlocal count
            count += 1
            status.update(text(lang, "staff.looking", trials=count, cost=f"{trial.cost:,.6g}"))

        yield tell
