"""What the commands that better a goal share: their goal's figures in a document and in tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.goal import Mean
    from optimize.targets import Figure
    from optimize.training import Training
    from optimize.tuning import Tuning


def mean_row(found: Mean) -> dict[str, Any]:
    """Return a mean over worlds as a document has it."""
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}


def confirmed_rows(plan: Training | Tuning, goal: str) -> dict[str, Any]:
    """Return what unseen worlds say of a plan, by target.

    A goal without bounds is met if the plan is better than the desk as it is.
    """
    if not plan.confirmed:
        return {goal: {**mean_row(plan.after), "met": plan.gain.certain}}
    return {
        name: {"mean": f.mean, "low": f.low, "high": f.high, "met": f.met, "n": f.n}
        for name, f in plan.confirmed.items()
    }


def short(value: float | None) -> str:
    """Return a figure for a table, in four digits; a dash where there is none.

    Examples
    --------
    >>> short(0.123456), short(None)
    ('0.1235', '-')
    """
    return "-" if value is None else f"{value:.4g}"


def between(found: Mean | Figure) -> str:
    """Return the interval of a mean for a table."""
    return f"{short(found.low)} .. {short(found.high)}"


def show_targets(lang: str, title: str, confirmed: Mapping[str, Figure]) -> None:
    """Print each target's figure in unseen worlds and whether it is met; nothing where there is no target."""
    from scenarios.commands.output import show_table

    if not confirmed:
        return
    heads = [text(lang, "staff.target_head"), text(lang, "table.mean")]
    heads += [text(lang, "table.interval", level=f"{LEVEL:.0%}"), text(lang, "staff.met")]
    lines = [
        [name, short(f.mean), between(f), text(lang, f"staff.{'yes' if f.met else 'no'}")]
        for name, f in confirmed.items()
    ]
    show_table(title, heads, lines, (1, 2))


def say_gain(lang: str, key: str, plan: Training | Tuning, goal: str) -> None:
    """Print how a plan compares with the desk as it is in unseen worlds.

    Parameters
    ----------
    lang
        One of `scenarios.texts.LANGUAGES`.
    key
        Section of the command's texts, which has a sentence `result`.
    plan
        What was found.
    goal
        What the goal is called.
    """
    from scenarios.commands.output import say

    shown = {"before": plan.before.mean, "after": plan.after.mean, "gain": plan.gain.mean}
    figures = {name: short(value) for name, value in {**shown, "low": plan.gain.low, "high": plan.gain.high}.items()}
    say(text(lang, f"{key}.result", goal=goal, worlds=plan.after.n, level=f"{LEVEL:.0%}", **figures))
