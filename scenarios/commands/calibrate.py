"""`fairdesk rubric calibrate`: the bands and points that tell the people of a desk best apart."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL, amount, engine_options, whole
from scenarios.commands.vain import vain_without_a_log
from scenarios.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimize.thresholds import Guards
    from scenarios.thresholds import Calibration, OnDesk
    from scenarios.tiers import Tiers
    from scenarios.verdicts import Verdict
    from sim.kpi.rubric import Item, Rubric
    from sim.lab import Estimate

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
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_json, document, give, progress
    from scenarios.commands.score import rubric_inputs
    from scenarios.files import read
    from scenarios.rubric_files import load_rubric
    from scenarios.thresholds import calibrate
    from sim.experiment import kept_open

    if args.log is not None:
        from scenarios.commands.calibrate_log import run_on_log

        return run_on_log(args)
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
    return 0 if found.is_reachable and found.is_valid else 1


def _to_write(found: Calibration) -> Rubric:
    """Return the calibrated rubric, its tiers cut anew if that was asked for and leaves no tier without a place."""
    from scenarios.tiers import with_cuts

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


def rubric_text(rubric: Rubric) -> str:
    """Return a rubric as the text of a file; reading it gives the same rubric."""
    from scenarios.writing import toml_text

    return toml_text(rubric.model_dump(exclude_defaults=True, exclude_none=True))


def parts_of(rubric: Rubric, found: Calibration, names: Sequence[str]) -> dict[str, Any]:
    """Return a calibration as the keys of its document."""
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


def changes(before: Rubric, after: Rubric) -> list[dict[str, Any]]:
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


def _show(args: argparse.Namespace, rubric: Rubric, found: Calibration, names: Sequence[str]) -> None:
    from scenarios.commands.output import say, show_table

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


def title_of(lang: str, name: str, found: Calibration, each: OnDesk) -> str:
    """Return who was scored, and where."""
    return text(
        lang, "calibrate.title", name=name, role=each.role, people=each.people, unseen=found.worlds[2],
        tickets=f"{each.tickets:.0f}",
    )  # fmt: skip


def gap_sentence(lang: str, gap: Estimate) -> str:
    """Return whether the validity of the rubric that it is held against is kept in the worlds of the judgement."""
    if gap.mean is None or gap.low is None or gap.high is None:
        return text(lang, "calibrate.gap_unknown")
    key = "gap_kept" if gap.mean >= 0 else "gap_unsure" if gap.high >= 0 else "gap_lost"
    return text(lang, f"calibrate.{key}", mean=f"{gap.mean:+.3f}", low=f"{gap.low:+.3f}", high=f"{gap.high:+.3f}")


def verdict_table(lang: str, found: OnDesk) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: present rubric, calibrated one and ceiling, judged in unseen worlds."""
    names = ("merit", "seat", "luck", "validity", "least_category", "money", "wrong")
    sides = {"present": found.present, "calibrated": found.found, "ceiling": found.ceiling, "against": found.against}
    lines = [[text(lang, f"calibrate.{name}"), *_line(each)] for name, each in sides.items() if each is not None]
    return ["", *(text(lang, f"calibrate.{name}") for name in names)], lines


def frontier_table(lang: str, found: Calibration, place: int = 0) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: what the program found for each limit of the seat's share, in the worlds that decide.

    Parameters
    ----------
    lang
        Language.
    found
        The calibration.
    place
        Number of the desk.
    """
    names = ("spread", "merit", "seat", "money")
    lines = [
        [
            "-" if each.choice is None else f"{each.choice.spread[place]:.1f}",
            *(_line(each.verdicts[place])[at] for at in (0, 1, 5)),
        ]
        for each in found.candidates
    ]
    keys = ["present" if each.choice is None else "choice" for each in found.candidates]
    whose = [text(lang, f"calibrate.{key}") for key in keys]
    heads = ["", *(text(lang, f"calibrate.{name}") for name in names)]
    return heads, [[name, *line] for name, line in zip(whose, lines, strict=True)]


def tiers_table(lang: str, rubric: Rubric, found: Tiers) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: tiers as written, with their shares kept, and at the least wrong-tier money."""
    from scenarios.commands.output import number

    written = [tier.lower for tier in rubric.tiers if tier.lower is not None]
    lines = []
    for name, cut in (("written", found.written), ("kept", found.kept), ("cheapest", found.cheapest)):
        borders = _row([round(each, 1) for each in cut.borders or written])
        shares = ", ".join(number(each, "1") for each in cut.shares)
        told = [f"{100 * cut.money:.1f}", number(cut.wrong, "1"), f"{cut.pay:.3f}"]
        lines.append([text(lang, f"calibrate.cut_{name}"), borders, shares, *told])
    heads = ("cut_borders", "cut_shares", "money", "wrong", "cut_pay")
    return ["", *(text(lang, f"calibrate.{key}") for key in heads)], lines


def changes_table(lang: str, rubric: Rubric, after: Rubric) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: points and borders of the items that change."""
    from scenarios.commands.output import unit_label

    lines = [
        [rubric.item(row["name"]).label.get("zh" if lang == "zh" else "en", row["name"]), unit_label(lang, row["unit"]),
         f"{row['points']:g}", f"{row['points_now']:g}", *(_row(row[key]) for key in ("borders", "borders_now"))]
        for row in changes(rubric, after)
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


def answer(lang: str, found: Calibration, each: OnDesk) -> str:
    """Return whether the merit share that was wanted can be had with so many tickets."""
    from scenarios.commands.output import number

    told = {
        "target": number(found.target, "1"), "ceiling": number(each.ceiling.merit.mean, "1"),
        "found": number(each.found.merit.mean, "1"), "tickets": f"{each.tickets:.0f}", "needed": f"{each.needed:,.0f}",
    }  # fmt: skip
    reached = (each.found.merit.mean or 0.0) >= found.target
    key = "reached" if reached else "short" if each.is_reachable else "cannot"
    return text(lang, f"calibrate.{key}", **told)
