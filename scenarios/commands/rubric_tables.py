"""`fairdesk rubric map` and `questions`: what a rubric weighs, and what its documents leave open."""

from __future__ import annotations

import argparse
from pathlib import Path

from scenarios.texts import text


def weights(args: argparse.Namespace) -> int:
    """Say what the four and the six dimensions weigh in each version of a rubric."""
    from scenarios.commands.output import as_json, document, give, show_table
    from scenarios.commands.score import rubric_inputs
    from scenarios.files.rubrics import read_rubric
    from scenarios.folder import Folder
    from sim.kpi.rubric import FOUR, FOUR_OF_SIX, SIX, weighed

    versions = read_rubric(args.rubric, as_written=True).versions
    folder = Folder(args.out, args.lang) if args.out else None
    found = [(version.valid_from, each) for version in versions for each in weighed(version)]
    rows = [
        {"valid_from": day and day.isoformat(), "profile": each.profile, "six": dict(each.six), "four": dict(each.four),
         "balanced": not each.out_of_balance()}
        for day, each in found
    ]  # fmt: skip
    inputs = {"rubric": rubric_inputs(args.rubric, *versions)}
    made = document("rubric map", inputs, None, map=dict(FOUR_OF_SIX), shares=rows)
    if folder:
        folder.write("map.json", as_json(made))

    def show() -> None:
        for four in (True, False):
            names = (*(FOUR if four else SIX), "unsaid")
            said = [text(args.lang, f"rubric.four_{name}" if four else f"dimension.{name}") for name in names[:-1]]
            heads = [text(args.lang, "rubric.whom"), *said, text(args.lang, "rubric.unsaid")]
            lines = [
                [each.profile or text(args.lang, "rubric.everybody"),
                 *(f"{(each.four if four else each.six)[name]:.0%}" for name in names)]
                for _, each in found
            ]  # fmt: skip
            title = text(args.lang, f"rubric.map_{'four' if four else 'six'}", name=Path(args.rubric).stem)
            show_table(title, heads, lines, right=tuple(range(1, len(heads))))

    give(args, made, show, folder)
    return 0


def questions(args: argparse.Namespace) -> int:
    """Show what the documents leave open: the switch of each question, its answer by default, the others, the tests."""
    from scenarios.commands.output import as_json, document, give, show_table
    from scenarios.folder import Folder
    from scenarios.questions import open_questions, others, plain, questions_page

    found = open_questions()
    rows = [
        {"question": each.id, "asks": each.asks[args.lang], "where": each.where, "switch": each.switch,
         "default": each.default, "other": list(each.other), "tests": list(each.tests)}
        for each in found
    ]  # fmt: skip
    made = document("rubric questions", {}, None, questions=rows)
    folder = Folder(args.out, args.lang) if args.out else None
    if folder:
        folder.write("questions.json", as_json(made))
        folder.write("questions.md", questions_page(args.lang))

    def show() -> None:
        heads = [text(args.lang, f"rubric.{key}") for key in ("question", "asks", "switch", "default", "others")]
        lines = [
            [each.id, each.asks[args.lang], each.switch or "-", plain(each.default), others(each)] for each in found
        ]
        show_table(text(args.lang, "rubric.questions_title"), heads, lines)

    give(args, made, show, folder)
    return 0
