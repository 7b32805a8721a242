"""What the commands that plan share: what unseen worlds say of a plan, in a document and in tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.confirmation import Confirmation
    from optimize.goal import Mean
    from optimize.targets import Figure


def mean_row(found: Mean) -> dict[str, Any]:
    """Return a mean over worlds as a document has it."""
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}


def figure_rows(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """Return the figure of each target over unseen worlds as a document has it."""
    return {name: {"mean": f.mean, "low": f.low, "high": f.high, "met": f.met, "n": f.n} for name, f in figures.items()}


def seen_parts(seen: Confirmation | None, goal: str, undone: str) -> dict[str, Any]:
    """Return what unseen worlds say of a plan, as keys of a document; nothing is confirmed where nobody asked them.

    A goal without bounds is met if the plan is better than the desk as it is.

    Parameters
    ----------
    seen, goal
        What they say, and what the goal is called.
    undone
        Key of how many more tickets are left undone.
    """
    if seen is None:
        return {"confirmed": {}, "gain": None, undone: None, "before": None, "after": None}
    return {
        "confirmed": figure_rows(seen.figures) or {goal: {**mean_row(seen.after), "met": seen.gain.certain}},
        "gain": mean_row(seen.gain), undone: mean_row(seen.undone), "before": mean_row(seen.before),
        "after": mean_row(seen.after),
    }  # fmt: skip


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


def say_gain(lang: str, key: str, seen: Confirmation, goal: str) -> None:
    """Print how a plan compares with the desk as it is in unseen worlds.

    Parameters
    ----------
    lang
        One of `scenarios.texts.LANGUAGES`.
    key
        Section of the command's texts, which has a sentence `result`.
    seen
        What unseen worlds say.
    goal
        What the goal is called.
    """
    from scenarios.commands.output import say

    shown = {"before": seen.before.mean, "after": seen.after.mean, "gain": seen.gain.mean}
    figures = {name: short(value) for name, value in {**shown, "low": seen.gain.low, "high": seen.gain.high}.items()}
    say(text(lang, f"{key}.result", goal=goal, worlds=seen.after.n, level=f"{LEVEL:.0%}", **figures))
