"""What a planner rules out, as lines of text."""

from __future__ import annotations

import math

from optimize.master import Limits
from scenarios.texts import text
from sim.desk import Desk


def limits_of(lang: str, desk: Desk, at_most: str = "", at_least: str = "", budget: str = "") -> Limits:
    """Return limits from lines such as `front_day=4`, and a budget from a number; empty text limits nothing.

    Parameters
    ----------
    lang
        Language of the messages.
    desk
        Says which seat groups there are.
    at_most, at_least
        Heads by seat group, one group a line.
    budget
        Most cost per week.

    Raises
    ------
    ValueError
        If a line or the number cannot be read; the message says so in `lang`.

    Examples
    --------
    >>> from scenarios import load
    >>> limits_of("en", load("academy_small"), "front_day = 4", budget="20,000")
    Limits(at_most={'front_day': 4}, at_least={}, budget=20000.0)
    """
    return Limits(_heads(lang, desk, at_most), _heads(lang, desk, at_least), _budget(lang, budget))


def _heads(lang: str, desk: Desk, lines: str) -> dict[str, int]:
    found = {}
    for said in filter(None, map(str.strip, lines.splitlines())):
        group, _, heads = (part.strip() for part in said.rpartition("="))
        if not group or not heads.isascii() or not heads.isdigit() or len(heads) > 6:
            raise ValueError(text(lang, "plan_notebook.no_heads", said=said[:60]))
        if group not in desk.staff.seats:
            known = ", ".join(sorted(desk.staff.seats))
            raise ValueError(text(lang, "plan_notebook.no_group", said=said[:60], group=group, known=known))
        found[group] = int(heads)
    return found


def _budget(lang: str, said: str) -> float | None:
    if not said.strip():
        return None
    try:
        value = float(said.replace(",", ""))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(text(lang, "plan_notebook.no_number", got=said[:40]))
    return value
