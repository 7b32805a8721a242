"""What a planner rules out, as lines of text."""

from __future__ import annotations

import math

from optimize.master import Limits
from scenarios.problems import Problem, ScenarioError
from sim.desk import Desk


def limits_of(desk: Desk, at_most: str = "", at_least: str = "", budget: str = "") -> Limits:
    """Return limits from lines such as `front_day=4`, and a budget from a number; empty text limits nothing.

    Parameters
    ----------
    desk
        Says which seat groups there are.
    at_most, at_least
        Heads by seat group, one group a line.
    budget
        Most cost per week.

    Raises
    ------
    ScenarioError
        If a line or the number cannot be read.

    Examples
    --------
    >>> from scenarios import load
    >>> limits_of(load("academy_small"), "front_day = 4", budget="20,000")
    Limits(at_most={'front_day': 4}, at_least={}, budget=20000.0)
    """
    return Limits(_heads(desk, at_most), _heads(desk, at_least), _budget(budget))


def _heads(desk: Desk, lines: str) -> dict[str, int]:
    found = {}
    for said in filter(None, map(str.strip, lines.splitlines())):
        group, _, heads = (part.strip() for part in said.rpartition("="))
        if not group or not heads.isascii() or not heads.isdigit() or len(heads) > 6:
            raise ScenarioError([Problem("no_heads", {"said": said[:60]})])
        if group not in desk.staff.seats:
            known = ", ".join(sorted(desk.staff.seats))
            raise ScenarioError([Problem("no_group", {"said": said[:60], "group": group, "known": known})])
        found[group] = int(heads)
    return found


def _budget(said: str) -> float | None:
    if not said.strip():
        return None
    try:
        value = float(said.replace(",", ""))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ScenarioError([Problem("no_number_of_cost", {"got": said[:40]})])
    return value
