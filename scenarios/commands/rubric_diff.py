"""`fairdesk rubric diff`: what other answers to the open questions of a rubric change."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.rubric_forms import subject
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import Shift


def diff(args: argparse.Namespace) -> int:
    """Score a log, or one run of a scenario, under every other answer, and say who changes tier or pay."""
    from scenarios.commands.output import as_csv, as_json, document, give, progress
    from scenarios.commands.score import rubric_inputs
    from scenarios.files.rubrics import read_rubric
    from scenarios.folder import Folder
    from sim.kpi.rubric import alternatives, in_order, shifts

    versions = in_order(read_rubric(args.rubric).versions)
    log, about = subject(args, [each.rubric for each in versions])
    folder = Folder(args.out, args.lang) if args.out else None
    others = [alternatives(each.rubric) for each in versions]
    rows: list[dict[str, Any]] = []
    with progress(args.lang, sum(map(len, others))) as advance:
        for version, mine in zip(versions, others, strict=True):
            day = version.rubric.valid_from
            begins = {"valid_from": day and day.isoformat()} if len(versions) > 1 else {}
            for each in shifts(log, version.rubric, mine, version.scores):
                rows.append(begins | _shifted(args, each))
                advance()
    inputs = {**about, "rubric": rubric_inputs(args.rubric, *(each.rubric for each in versions)), "pay": args.pay}
    made = document("rubric diff", inputs, args.seed if args.log is None else None, switches=rows)
    if folder:
        folder.write("diff.json", as_json(made))
        folder.write("diff.csv", as_csv([{k: v for k, v in row.items() if k != "moves"} for row in rows]))
    give(args, made, lambda: _show_diff(args, Path(args.rubric).stem, rows), folder)
    return 0


def _shifted(args: argparse.Namespace, each: Shift) -> dict[str, Any]:
    other = each.alternative
    return {
        "question": other.question, "switch": other.switch, "from": _plain(other.was), "to": _plain(other.to),
        "scored": each.scored, "changed": each.moves.height, "mean_change": each.mean_change,
        "pay_moved": each.pay_moved * (args.pay or 1.0), "refused": each.refused or None,
        "moves": each.moves.to_dicts(),
    }  # fmt: skip


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _show_diff(args: argparse.Namespace, name: str, rows: list[dict[str, Any]]) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number

    lang = args.lang
    heads = [text(lang, f"rubric.{k}") for k in ("question", "switch", "from", "to", "changed", "mean_change", "paid")]
    for begins in dict.fromkeys(row.get("valid_from") for row in rows):
        lines = [
            [row["question"], row["switch"], _said(row["from"]), _said(row["to"]),
             text(lang, "rubric.refused") if row["refused"] else f"{row['changed']} / {row['scored']}",
             number(row["mean_change"], "points"), "-" if row["refused"] else f"{row['pay_moved']:,.2f}"]
            for row in rows if row.get("valid_from") == begins
        ]  # fmt: skip
        version = "" if begins is None else text(lang, "rubric.version_from", day=begins)
        show_table(text(lang, "rubric.diff_title", name=f"{name}{version}"), heads, lines, right=(4, 5, 6))
    say(text(lang, "rubric.diff_says" if args.pay else "rubric.diff_says_parts"))


def _said(value: object) -> str:
    return "+".join(map(str, value)) or "-" if isinstance(value, list) else str(value)
