"""`fairdesk rubric review`: which items tell people apart, say it again next time, and say what no other one says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL
from scenarios.notes import reason_in
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import Review, Rubric


def review_items(args: argparse.Namespace) -> int:
    """Say what each item of a rubric, in its last version, does among people, and return the exit code."""
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.commands.rubric_forms import subject
    from scenarios.commands.score import rubric_inputs
    from scenarios.files.rubrics import read_rubric
    from scenarios.folder import Folder
    from scenarios.report.review import review_page
    from sim.kpi.rubric import review

    rubric = read_rubric(args.rubric).versions[-1]
    log, about = subject(args, [rubric])
    folder = Folder(args.out, args.lang) if args.out else None
    found = _of_role(args, review(log, rubric, level=LEVEL))
    inputs = {**about, "rubric": rubric_inputs(args.rubric, rubric), "role": args.role}
    told = asdict(found)
    made = document("rubric review", inputs, args.seed if args.log is None else None, **told)
    if folder:
        folder.write("review.json", as_json(made))
        folder.write("review.csv", as_csv(list(_rows(told))))
        page = partial(review_page, lang=args.lang, rubric=rubric, found=found, name=Path(args.rubric).stem, foot="")
        folder.make("review.html", page)
    give(args, made, lambda: _show(args, rubric, found), folder)
    return 0


def _of_role(args: argparse.Namespace, found: Review) -> Review:
    """Return the review of the role that is named; of all where none is.

    Raises
    ------
    ScenarioError
        If nobody has the role, or it has too few people; the message names the nearest.
    """
    from scenarios.problems import Problem, ScenarioError, nearest, shown
    from sim.kpi.rubric import Review

    if args.role is None:
        return found
    if mine := tuple(each for each in found.roles if each.role == args.role):
        return Review(mine, ())
    for role, reason in found.left_out:
        if role == args.role:
            raise ScenarioError([Problem("rule", {"message": f"{role}: {reason_in(args.lang, reason)}"}, key="--role")])
    end, near = nearest(args.role, sorted(each.role for each in found.roles))
    raise ScenarioError([Problem(f"no_role{end}", {**near, "got": shown(args.role)}, key="--role")])


def _rows(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a row per role and item whose figures stand each in a column of their own."""
    for item in (item for role in told["roles"] for item in role["items"]):
        flat: dict[str, Any] = {}
        for key, value in item.items():
            flat |= _ends(key, value) if isinstance(value, dict) else {key: value}
        yield flat


def _ends(key: str, figure: dict[str, Any]) -> dict[str, Any]:
    return {key: figure["value"], f"{key}_low": figure["low"], f"{key}_high": figure["high"]}


def _show(args: argparse.Namespace, rubric: Rubric, found: Review) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.report.review import RIGHT, heads, lines, role_sentences, without

    for role in found.roles:
        show_table(text(args.lang, "review.role", role=role.role), heads(args.lang), lines(args.lang, rubric, role),
                   right=RIGHT)  # fmt: skip
        for sentence in (*role_sentences(args.lang, role), *without(args.lang, rubric, role)):
            say(sentence)
    for name, reason in found.left_out:
        say(text(args.lang, "review.left_out", role=name, reason=reason_in(args.lang, reason)))
    say(text(args.lang, "review.says"))
