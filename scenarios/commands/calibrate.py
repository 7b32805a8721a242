"""`fairdesk rubric calibrate`: the bands and points that tell the people of a desk best apart."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, NEGATIVE
from scenarios.commands.options import LEVEL, amount, engine_options, whole
from scenarios.commands.vain import vain_without_a_log
from scenarios.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimize.thresholds import Guards
    from scenarios.lab.thresholds import Calibration, OnDesk
    from sim.kpi.rubric import Rubric

WORLDS, UNSEEN, TARGET = 12, 20, 0.5
OPTIONS = ("unseen", "target", "change", "points_change", "free_categories", "against", "tiers")
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
    add("--against", metavar="RUBRIC", help=text(lang, "calibrate.against_option"))
    add("--free-categories", action="store_true", default=None, help=text(lang, "calibrate.free_categories"))
    add("--tiers", action="store_true", default=None, help=text(lang, "calibrate.tiers_option"))
    engine_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Calibrate a rubric on scenarios; the exit code is 1 if no threshold reaches what was wanted."""
    from scenarios.commands.common import engine_of, inputs_of, pool_of
    from scenarios.commands.fairness import largest_role
    from scenarios.commands.output import as_json, document, give, progress
    from scenarios.commands.score import rubric_inputs
    from scenarios.files.desks import read
    from scenarios.files.rubrics import load_rubric, rubric_text
    from scenarios.folder import Folder
    from scenarios.lab.thresholds import calibrate
    from sim.experiment import kept_open

    _check(args)
    stated, rubric = [read(each) for each in args.scenario], load_rubric(args.rubric)
    against = load_rubric(args.against) if args.against else None
    desks = [(each.desk, args.role or largest_role(each.desk)) for each in stated]
    worlds, unseen, target = args.worlds or WORLDS, args.unseen or UNSEEN, args.target or TARGET
    folder = Folder(args.out, args.lang) if args.out else None
    guards, steps = guards_of(args), len(desks) * (worlds + 2 * unseen)
    with kept_open(pool_of(args, worlds)) as pool, progress(args.lang, steps) as advance:
        found = calibrate(
            desks, rubric, against=against, guards=guards, worlds=worlds, unseen=unseen, seed=args.seed,
            target=target, cuts=bool(args.tiers), level=LEVEL, run=engine_of(args, desks[0][0]), executor=pool,
            on_done=advance,
        )  # fmt: skip
    inputs = {
        "scenarios": [inputs_of(each) for each in stated], "rubric": rubric_inputs(args.rubric, rubric),
        "against": against and rubric_inputs(args.against, against), "roles": [role for _, role in desks],
        "worlds": worlds, "unseen": unseen, "target": target, "guards": guards.model_dump(mode="json"),
    }  # fmt: skip
    names = [each.name for each in stated]
    made = document("rubric calibrate", inputs, args.seed, **parts_of(rubric, found, names))
    if folder:
        folder.write("calibrate.json", as_json(made))
        folder.write(f"{Path(args.rubric).stem}_calibrated.toml", rubric_text(_to_write(found)))
    give(args, made, lambda: _show(args, rubric, found, names), folder)
    return DONE if found.is_reachable and found.is_valid else NEGATIVE


def _to_write(found: Calibration) -> Rubric:
    """Return the calibrated rubric, its tiers cut anew if that was asked for and leaves no tier without a place."""
    from scenarios.lab.tiers import with_cuts

    borders = None if found.tiers is None else found.tiers.cheapest.borders
    return found.rubric if borders is None else with_cuts(found.rubric, borders) or found.rubric


def _check(args: argparse.Namespace) -> None:
    """Refuse a log in the place of a scenario, and the same scenario twice."""
    from scenarios.commands.fairness_log import is_log
    from scenarios.problems import Problem, ScenarioError

    if not args.scenario or any(map(is_log, args.scenario)):
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "calibrate.scenario_alone")})])
    vain_without_a_log(args, ["--mapping"])
    if twice := {each for each in args.scenario if args.scenario.count(each) > 1}:
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "calibrate.twice", name=min(twice))})])


def guards_of(args: argparse.Namespace) -> Guards:
    """Return how far a rubric may move, by the options."""
    from optimize.thresholds import Guards

    stated = {"change": args.change, "points_change": args.points_change}
    kept = {name: value for name, value in stated.items() if value is not None}
    return Guards(keep_categories=not args.free_categories, **kept)


def parts_of(rubric: Rubric, found: Calibration, names: Sequence[str]) -> dict[str, Any]:
    """Return a calibration as the keys of its document."""
    from scenarios.report.calibrated import changes

    return {
        "desks": [_desk_part(name, each) for name, each in zip(names, found.desks, strict=True)],
        "reachable": found.is_reachable,
        "valid": found.is_valid,
        "frontier": [
            asdict(each.choice) | {
                "decided": [asdict(one) for one in each.verdicts], "gaps": [asdict(one) for one in each.gaps],
                "money": each.money,
            }
            for each in found.candidates if each.choice is not None
        ],
        "items": changes(rubric, found.rubric),
        "tiers": None if found.tiers is None else asdict(found.tiers) | {"names": [tier.name for tier in rubric.tiers]},
    }  # fmt: skip


def _desk_part(name: str, each: OnDesk) -> dict[str, Any]:
    whole = each.ceiling.merit.mean
    sides = {"present": each.present, "calibrated": each.found}
    return {
        "scenario": name, "role": each.role, "people": each.people, "tickets": each.tickets,
        "reachable": each.is_reachable, "needed_tickets": each.needed,
        **{side: asdict(one) for side, one in sides.items()}, "ceiling": asdict(each.ceiling),
        "against": each.against and asdict(each.against), "validity_gap": each.gap and asdict(each.gap),
        "of_ceiling": {
            side: None if not whole or one.merit.mean is None else one.merit.mean / whole
            for side, one in sides.items()
        },
    }  # fmt: skip


def _show(args: argparse.Namespace, rubric: Rubric, found: Calibration, names: Sequence[str]) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.report.calibrated import answer, changes_table, gap_sentence, tiers_table, title_of, verdict_table

    lang = args.lang
    for name, each in zip(names, found.desks, strict=True):
        show_table(title_of(lang, name, found, each), *verdict_table(lang, each), right=range(1, 8))
    heads, lines = changes_table(lang, rubric, found.rubric)
    if lines:
        show_table(text(lang, "calibrate.changes"), heads, lines)
    else:
        say(text(lang, "calibrate.unchanged"))
    for name, each in zip(names, found.desks, strict=True):
        said = [answer(lang, found, each), *([] if each.gap is None else [gap_sentence(lang, each.gap)])]
        for sentence in said:
            say(sentence if len(names) == 1 else text(lang, "calibrate.of_desk", name=name, said=sentence))
    if not found.is_valid:
        say(text(lang, "calibrate.invalid"))
    if found.tiers is not None:
        show_table(text(lang, "calibrate.cuts"), *tiers_table(lang, rubric, found.tiers), right=range(1, 6))
        say(text(lang, "calibrate.cuts_note"))
        if _to_write(found) == found.rubric:
            say(text(lang, "calibrate.cuts_one"))
    say(text(lang, "calibrate.blind"))
