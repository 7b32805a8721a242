"""`fairdesk rubric calibrate`: the bands and points that tell the people of a desk best apart."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL, amount, engine_options, whole
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.thresholds import Guards
    from scenarios.thresholds import Calibration
    from scenarios.verdicts import Verdict
    from sim.kpi.rubric import Item, Rubric

WORLDS, UNSEEN, TARGET = 12, 20, 0.5
OPTIONS = ("unseen", "target", "change", "points_change", "free_categories")
"""Options that only this command reads."""


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of a calibration."""
    add = parser.add_argument
    unseen = whole("--unseen", 3, 10_000, lang)
    add("--unseen", type=unseen, metavar="N", help=text(lang, "calibrate.unseen", default=UNSEEN))
    share = amount("calibrate.expected_share", lang, most=0.99)
    add("--target", type=share, metavar="SHARE", help=text(lang, "calibrate.target", default=TARGET))
    change = amount("calibrate.expected_change", lang, least=0, most=0.5)
    add("--change", type=change, metavar="SHARE", help=text(lang, "calibrate.change"))
    points = amount("calibrate.expected_points", lang, least=0, most=100)
    add("--points-change", type=points, metavar="POINTS", help=text(lang, "calibrate.points_change"))
    add("--free-categories", action="store_true", default=None, help=text(lang, "calibrate.free_categories"))
    engine_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Calibrate a rubric on a scenario; the exit code is 1 if no threshold reaches the merit share that was wanted."""
    from scenarios.commands.common import engine_of, inputs_of, pool_of
    from scenarios.commands.fairness import largest_role
    from scenarios.commands.fairness_log import is_log
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_json, document, give, progress
    from scenarios.commands.score import rubric_inputs
    from scenarios.files import read
    from scenarios.problems import Problem, ScenarioError
    from scenarios.rubric_files import load_rubric
    from scenarios.thresholds import calibrate
    from sim.experiment import kept_open

    if args.scenario is None or args.log is not None or is_log(args.scenario):
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "calibrate.scenario_alone")})])
    scenario, rubric = read(args.scenario), load_rubric(args.rubric)
    role = args.role or largest_role(scenario.desk)
    worlds, unseen, target = args.worlds or WORLDS, args.unseen or UNSEEN, args.target or TARGET
    folder = Folder(args.out, args.lang) if args.out else None
    guards = _guards(args)
    with kept_open(pool_of(args, worlds)) as pool, progress(args.lang, worlds + 2 * unseen) as advance:
        found = calibrate(
            scenario.desk, rubric, role, guards=guards, worlds=worlds, unseen=unseen, seed=args.seed, target=target,
            level=LEVEL, run=engine_of(args, scenario.desk), executor=pool, on_done=advance,
        )  # fmt: skip
    inputs = {
        "scenario": inputs_of(scenario), "rubric": rubric_inputs(args.rubric, rubric), "role": role,
        "worlds": worlds, "unseen": unseen, "target": target, "guards": guards.model_dump(mode="json"),
    }  # fmt: skip
    made = document("rubric calibrate", inputs, args.seed, **parts_of(rubric, found))
    if folder:
        folder.write("calibrate.json", as_json(made))
        folder.write(f"{Path(args.rubric).stem}_calibrated.toml", rubric_text(found.rubric))
    give(args, made, lambda: _show(args, rubric, found), folder)
    return 0 if found.reachable else 1


def _guards(args: argparse.Namespace) -> Guards:
    from optimize.thresholds import Guards

    stated = {"change": args.change, "points_change": args.points_change}
    kept = {name: value for name, value in stated.items() if value is not None}
    return Guards(keep_categories=not args.free_categories, **kept)


def rubric_text(rubric: Rubric) -> str:
    """Return a rubric as the text of a file; reading it gives the same rubric."""
    from scenarios.writing import toml_text

    return toml_text(rubric.model_dump(exclude_defaults=True, exclude_none=True))


def parts_of(rubric: Rubric, found: Calibration) -> dict[str, Any]:
    """Return a calibration as the keys of its document."""
    return {
        "present": asdict(found.present),
        "calibrated": asdict(found.found),
        "ceiling": asdict(found.ceiling),
        "of_ceiling": _of_ceiling(found),
        "tickets": found.tickets,
        "reachable": found.reachable,
        "needed_tickets": found.needed,
        "frontier": [
            {
                "merit": each.choice.merit, "seat": each.choice.seat, "spread": each.choice.spread,
                "proven": each.choice.proven, "decided": asdict(each.verdict),
            }
            for each in found.candidates if each.choice is not None
        ],
        "items": _changes(rubric, found.rubric),
    }  # fmt: skip


def _of_ceiling(found: Calibration) -> dict[str, float | None]:
    """Return the merit shares of both rubrics over that of the ceiling."""
    whole = found.ceiling.merit.mean
    sides = {"present": found.present, "calibrated": found.found}
    return {
        name: None if not whole or each.merit.mean is None else each.merit.mean / whole for name, each in sides.items()
    }


def _changes(before: Rubric, after: Rubric) -> list[dict[str, Any]]:
    """Return the items that changed: points and borders before and after."""
    return [
        {
            "name": old.name, "unit": old.unit, "points": old.max_points, "points_now": new.max_points,
            "borders": _borders(old), "borders_now": _borders(new),
        }
        for old, new in zip(before.items, after.items, strict=True) if old != new
    ]  # fmt: skip


def _borders(item: Item) -> list[float]:
    from optimize.thresholds.menu import knots_of

    return list(knots_of(item))


def _show(args: argparse.Namespace, rubric: Rubric, found: Calibration) -> None:
    from scenarios.commands.output import say, show_table

    lang = args.lang
    show_table(title_of(lang, found), *verdict_table(lang, found), right=range(1, 8))
    heads, lines = changes_table(lang, rubric, found)
    if lines:
        show_table(text(lang, "calibrate.changes"), heads, lines)
    else:
        say(text(lang, "calibrate.unchanged"))
    say(answer(lang, found))
    say(text(lang, "calibrate.blind"))


def title_of(lang: str, found: Calibration) -> str:
    """Return who was scored, and where."""
    return text(
        lang, "calibrate.title", role=found.role, people=found.people, unseen=found.worlds[2],
        tickets=f"{found.tickets:.0f}",
    )  # fmt: skip


def verdict_table(lang: str, found: Calibration) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: present rubric, calibrated one and ceiling, judged in unseen worlds."""
    names = ("merit", "seat", "luck", "validity", "least_category", "money", "wrong")
    sides = {"present": found.present, "calibrated": found.found, "ceiling": found.ceiling}
    lines = [[text(lang, f"calibrate.{name}"), *_line(each)] for name, each in sides.items()]
    return ["", *(text(lang, f"calibrate.{name}") for name in names)], lines


def frontier_table(lang: str, found: Calibration) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: what the program found for each limit of the seat's share, in the worlds that decide."""
    names = ("spread", "merit", "seat", "money")
    lines = [
        ["-" if each.choice is None else f"{each.choice.spread:.1f}", *(_line(each.verdict)[at] for at in (0, 1, 5))]
        for each in found.candidates
    ]
    keys = ["present" if each.choice is None else "choice" for each in found.candidates]
    whose = [text(lang, f"calibrate.{key}") for key in keys]
    heads = ["", *(text(lang, f"calibrate.{name}") for name in names)]
    return heads, [[name, *line] for name, line in zip(whose, lines, strict=True)]


def changes_table(lang: str, rubric: Rubric, found: Calibration) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: points and borders of the items that change."""
    from scenarios.commands.output import unit_label

    lines = [
        [rubric.item(row["name"]).label.get("zh" if lang == "zh" else "en", row["name"]), unit_label(lang, row["unit"]),
         f"{row['points']:g}", f"{row['points_now']:g}", *(_row(row[key]) for key in ("borders", "borders_now"))]
        for row in _changes(rubric, found.rubric)
    ]  # fmt: skip
    columns = ("item", "unit", "points", "points_now", "borders", "borders_now")
    return [text(lang, f"calibrate.{key}") for key in columns], lines


def _row(borders: list[float]) -> str:
    return ", ".join(f"{each:g}" for each in borders)


def _line(each: Verdict) -> list[str]:
    from scenarios.commands.output import number

    def share(of: Any) -> str:
        low = "" if of.low is None else f" [{number(of.low, '1')} .. {number(of.high, '1')}]"
        return f"{number(of.mean, '1')}{low}"

    return [
        *(share(of) for of in (each.merit, each.seat, each.luck)),
        "-" if each.validity is None else f"{each.validity:.2f}",
        "-" if each.least_category is None else f"{each.least_category:g}", f"{100 * each.money:.1f}",
        number(each.wrong, "1"),
    ]  # fmt: skip


def answer(lang: str, found: Calibration) -> str:
    """Return whether the merit share that was wanted can be had with so many tickets."""
    from scenarios.commands.output import number

    told = {
        "target": number(found.target, "1"), "ceiling": number(found.ceiling.merit.mean, "1"),
        "found": number(found.found.merit.mean, "1"), "tickets": f"{found.tickets:.0f}",
        "needed": f"{found.needed:,.0f}",
    }  # fmt: skip
    reached = (found.found.merit.mean or 0.0) >= found.target
    key = "reached" if reached else "short" if found.reachable else "cannot"
    return text(lang, f"calibrate.{key}", **told)
