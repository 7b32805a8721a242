"""Why there is no plan of staff, in a planner's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scenarios.texts import text

if TYPE_CHECKING:
    from optimize import Infeasible, Relaxation

_HOUR = r"(?P<hour>(mon|tue|wed|thu|fri|sat|sun)_\d\d)"
_WORK = re.compile(rf"(cover_(?P<live>.+)|due_(?P<later>.+)_\d+)_{_HOUR}")
_LIMIT = re.compile(r"(?P<what>at_most|at_least|team)_(?P<group>.+)")


def refusal_lines(lang: str, none: Infeasible) -> list[str]:
    """Return in a planner's words why there is no plan: the rules that collide and the cheapest way out."""
    lines = [text(lang, "staff.infeasible")]
    if none.rows:
        lines.append(text(lang, "staff.collide", rules="; ".join(_rules(lang, none.rows))))
    if none.relaxation:
        steps = ", ".join(_step(lang, step) for step in none.relaxation[:8])
        lines.append(text(lang, "staff.way_out", steps=steps))
    return lines


def _rules(lang: str, rows: Sequence[str]) -> list[str]:
    """Return the rules behind rows, the limits first; the hours of a skill are one rule."""
    limits, hours = [], dict[str, set[str]]()
    for row in rows:
        if row == "budget":
            limits.append(text(lang, "staff.rule_budget"))
        elif limit := _LIMIT.fullmatch(row):
            limits.append(text(lang, f"staff.rule_{limit['what']}", group=limit["group"]))
        elif work := _WORK.fullmatch(row):
            hours.setdefault(work["live"] or work["later"], set()).add(work["hour"])
    return limits + [text(lang, "staff.rule_work", skill=s, hours=len(hours[s])) for s in sorted(hours)]


def _step(lang: str, step: Relaxation) -> str:
    by = f"{step.by:.6g}"
    if step.row == "budget":
        return text(lang, "staff.out_budget", by=by)
    if limit := _LIMIT.fullmatch(step.row):
        return text(lang, f"staff.out_{limit['what']}", by=by, group=limit["group"])
    if work := _WORK.fullmatch(step.row):
        return text(lang, "staff.out_work", by=by, skill=work["live"] or work["later"], hour=work["hour"])
    return text(lang, "staff.out_other", by=by, row=step.row)
