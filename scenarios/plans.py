"""A plan as scenario files: a what-if of only the differences, and the whole desk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.files.changes import Data, leading
from scenarios.files.desks import CATALOGUE, Scenario
from scenarios.files.writing import scenario_text, toml_text
from scenarios.folder import Folder
from scenarios.texts import text
from sim.desk import Desk

if TYPE_CHECKING:
    from optimize.staffing import Plan

WHAT_IF = "plan.toml"
"""Name of the file that holds only what a plan changes."""

WHOLE = "planned.toml"
"""Name of the file that holds the whole desk of a plan."""


def write_plan(folder: Folder, lang: str, base: Scenario, desk: Desk, title: str) -> None:
    """Write a plan twice: as a what-if of its base (`plan.toml`) and as a whole scenario (`planned.toml`).

    `fairdesk run` takes both; `fairdesk compare BASE --what-if` takes the first.

    Parameters
    ----------
    folder
        Where the files go. The what-if finds its base again if both are moved together.
    lang
        Language of the comments.
    base
        The scenario that was planned for, as it was read.
    desk
        The plan, over the same weeks as its base.
    title
        Title of both files, in `lang`.
    """
    folder.write(WHAT_IF, what_if_text(base, desk, title, folder.path, lang))
    folder.write(WHOLE, scenario_text(desk.changed(title=title), [text(lang, "plans.whole", name=base.name)]))


def what_if_text(base: Scenario, desk: Desk, title: str, beside: Path, lang: str) -> str:
    """Return the text of a what-if that makes a plan of its base.

    Parameters
    ----------
    base, desk, title, lang
        As in `write_plan`. A base that no file holds is not named: such a what-if needs `compare BASE`.
    beside
        Folder in which the what-if is to lie.

    Notes
    -----
    A plan that changes nothing says so, and states its title as the one change, because a what-if needs one.
    """
    steps = leading(base.data(), desk.changed(title=base.desk.title).model_dump(mode="json"))
    notes = [] if steps else [f"# - {text(lang, 'plans.same', name=base.name)}", ""]
    found = base_of(base, beside)
    head: Data = {"title": title} | ({"base": found} if found else {})
    return "\n".join([*notes, toml_text(head | (steps or {"change": {"title": title}}))])


def unreached(lang: str, plan: Plan) -> str:
    """Return in words which targets no number of heads reaches, and what far too many heads make of them."""
    best = [f"{name} ({'-' if mean is None else f'{mean:.4g}'})" for name, mean in plan.out_of_reach.items()]
    return text(lang, "plans.out_of_reach", targets=", ".join(best))


def base_of(base: Scenario, beside: Path) -> str | None:
    """Return how a file in a folder names a scenario: a catalogue name, or a path; None if no file holds it."""
    if not base.made_of:
        return None
    path = base.made_of[-1]
    if CATALOGUE.resolve() in path.parents:
        return path.stem
    try:
        said = Path(os.path.relpath(path, beside.resolve())).as_posix()
    except ValueError:  # another drive
        return path.as_posix()
    return said if "/" in said else f"./{said}"
