"""`fairdesk rubric calibrate --log`: the most reliable bands and points of one log, and what a log cannot say."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.codes import DONE, NEGATIVE
from scenarios.commands.calibrate import guards_of
from scenarios.commands.options import LEVEL
from scenarios.commands.vain import vain_for_a_log
from scenarios.texts import text

if TYPE_CHECKING:
    from scenarios.lab.log_thresholds import LogCalibration
    from sim.kpi.rubric import Rubric
    from sim.lab import Estimate

TARGET = 0.7
"""Reliability that is wanted where none is named: fit to act upon."""

NEEDS_A_SCENARIO = (
    "--scenario", "--worlds", "--unseen", "--against", "--tiers", "--free-categories", "--engine", "--workers",
    "--cluster",
)  # fmt: skip
"""Options of a calibration that say nothing on a log."""

CANNOT = ("seat", "conduct", "validity", "money")
"""What a calibration on a log does not see."""


def run_on_log(args: argparse.Namespace) -> int:
    """Calibrate a rubric on a log; the exit code is 1 if no threshold reaches the reliability that was wanted."""
    from scenarios.commands.common import log_named
    from scenarios.commands.output import as_json, document, give
    from scenarios.commands.score import rubric_inputs
    from scenarios.files.rubrics import load_rubric, rubric_text
    from scenarios.folder import Folder
    from scenarios.lab.log_thresholds import calibrate_on_log
    from scenarios.report.calibrated import changes

    vain_for_a_log(args, NEEDS_A_SCENARIO)
    rubric, guards, target = load_rubric(args.rubric), guards_of(args), args.target or TARGET
    folder = Folder(args.out, args.lang) if args.out else None
    log, about, _ = log_named(args.log, args.mapping)
    found = calibrate_on_log(log, rubric, args.role, guards=guards, target=target, level=LEVEL)
    inputs = {
        **about, "rubric": rubric_inputs(args.rubric, rubric), "role": found.role, "target": target,
        "guards": guards.model_dump(mode="json"),
    }  # fmt: skip
    told = {name: value for name, value in asdict(found).items() if name not in ("rubric", "items", "role")}
    made = document(
        "rubric calibrate", inputs, None, maximises="reliability", reliability=told, could_move=list(found.items),
        items=changes(rubric, found.rubric),
        cannot_show={key: text("en", f"calibrate_log.cannot_{key}") for key in CANNOT},
    )  # fmt: skip
    if folder:
        folder.write("calibrate.json", as_json(made))
        folder.write(f"{Path(args.rubric).stem}_calibrated.toml", rubric_text(found.rubric))
    give(args, made, lambda: _show(args.lang, rubric, found), folder)
    return DONE if found.is_reachable else NEGATIVE


def _show(lang: str, rubric: Rubric, found: LogCalibration) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number
    from scenarios.report.calibrated import changes_table

    months = dict(zip(("search", "judged"), found.months, strict=True))
    title = text(
        lang, "calibrate_log.title", role=found.role or "-", people=found.people, left_out=found.left_out,
        tickets=f"{found.tickets:.0f}", **months,
    )  # fmt: skip
    sides = {"present": found.present, "calibrated": found.found, "ceiling": found.ceiling}
    lines = [[text(lang, f"calibrate.{name}"), _share(each)] for name, each in sides.items()]
    show_table(title, ["", text(lang, "calibrate_log.reliability")], lines, right=(1,))
    labels = [rubric.item(name).label.get("zh" if lang == "zh" else "en", name) for name in found.items]
    say(text(lang, "calibrate_log.could_move", items=text(lang, "score.between_items").join(labels)))
    heads, rows = changes_table(lang, rubric, found.rubric)
    if rows:
        show_table(text(lang, "calibrate.changes"), heads, rows)
    say(gain_sentence(lang, found.gain))
    told = {
        "target": number(found.target, "1"), "ceiling": number(found.ceiling.mean, "1"),
        "found": number(found.found.mean, "1"), "tickets": f"{found.tickets:.0f}", "needed": f"{found.needed:,.0f}",
    }  # fmt: skip
    reached = (found.found.mean or 0.0) >= found.target
    say(text(lang, f"calibrate_log.{'reached' if reached else 'short' if found.is_reachable else 'cannot'}", **told))
    say(text(lang, "calibrate_log.not_merit"))
    for key in CANNOT:
        say(f"- {text(lang, f'calibrate_log.cannot_{key}')}")


def gain_sentence(lang: str, gain: Estimate) -> str:
    """Return whether the calibrated rubric is more reliable in months that nothing was chosen in."""
    if gain.mean is None or gain.low is None:
        return text(lang, "calibrate_log.gain_unknown")
    return text(lang, f"calibrate_log.{'gain' if gain.low > 0 else 'no_gain'}", gain=_share(gain))


def _share(each: Estimate) -> str:
    from scenarios.labels import number

    low = "" if each.low is None else f" [{number(each.low, '1')} .. {number(each.high, '1')}]"
    return f"{number(each.mean, '1')}{low}"
