"""What a page says about plans: one with what binds and what confirms it, or several side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from scenarios.labels import number, title_of, unit_label
from scenarios.plans import unreached
from scenarios.plots.hours import week
from scenarios.plots.maps import week_picture
from scenarios.report import page
from scenarios.texts import text
from sim.desk import Desk
from sim.experiment import summary
from sim.kpi.catalogue import find

if TYPE_CHECKING:
    from optimize.staffing import Plan
    from optimize.targets import Figure, Target
    from scenarios.sides import Risk, Side


def plan_parts(lang: str, desk: Desk, plan: Plan, level: float) -> list[str]:
    """Return parts of a page about a plan: its cost, heads with what binds, and what unseen worlds say.

    Parameters
    ----------
    lang
        `en` or `zh`.
    desk
        The desk that was planned for, with the heads that it has.
    plan
        The plan.
    level
        Level of all intervals together.
    """
    from optimize.master import head_costs

    costs, seats = head_costs(desk), desk.staff.seats
    paid = any(desk.staff.roles[seat.role].wage_per_h for seat in seats.values())
    unit = desk.currency if paid else text(lang, "staff.heads_unit")
    before = math.fsum(costs[group] * seat.heads for group, seat in seats.items())
    total = text(lang, "staff.total", cost=number(plan.cost, ""), before=number(before, ""), unit=unit)
    worlds = max((figure.n for figure in plan.confirmed.values()), default=0)
    said = [text(lang, f"staff.{plan.status}", targets=", ".join(plan.in_question))]
    if plan.out_of_reach:
        said.append(unreached(lang, plan))
    return [
        page.heading(text(lang, "plan_notebook.plan")), page.paragraph(total, "lead"), *map(page.paragraph, said),
        _seats(lang, desk, plan, costs),
        page.heading(text(lang, "staff.targets_title", worlds=worlds)), _figures(lang, plan.confirmed, level),
        page.paragraph(text(lang, "plan_notebook.service_note", level=f"{level:.0%}"), "note"),
        *(_gains(lang, plan, level) if plan.gains else ()),
    ]  # fmt: skip


def _seats(lang: str, desk: Desk, plan: Plan, costs: Mapping[str, float]) -> str:
    heads = [text(lang, f"staff.{key}") for key in ("group", "before", "heads", "cost", "holds")]
    lines: list[list[str]] = []
    marked: list[int] = []
    for group, count in plan.seats.items():
        binds = plan.binding.get(group, ())
        why = text(lang, "staff.least") if binds == ("least",) else ", ".join(binds) or "-"
        before = desk.staff.seats[group].heads
        marked += [len(lines)] if before != count else []
        lines.append([group, str(before), str(count), number(costs[group], ""), why])
    return page.table(heads, lines, numbers=(1, 2, 3), marked=marked)


def _figures(lang: str, found: Mapping[str, Figure], level: float) -> str:
    heads = [text(lang, "staff.target_head"), text(lang, "table.mean")]
    heads += [text(lang, "table.interval", level=f"{level:.0%}"), text(lang, "table.unit"), text(lang, "staff.met")]
    lines: list[list[str]] = []
    marked: list[int] = []
    for name, figure in found.items():
        unit = find(figure.target.kpi).unit
        marked += [] if figure.met else [len(lines)]
        met = text(lang, "staff.yes" if figure.met else "staff.no")
        between = f"{number(figure.low, unit)} … {number(figure.high, unit)}"
        lines.append([name, number(figure.mean, unit), between, unit_label(lang, unit), met])
    return page.table(heads, lines, numbers=(1, 2), marked=marked)


def _gains(lang: str, plan: Plan, level: float) -> list[str]:
    """Return what one head more in each group would change, where the interval leaves no doubt that it does."""
    heads = [text(lang, "staff.group"), text(lang, "plans.more_cost"), text(lang, "plans.more_buys")]
    lines = []
    for group, gain in plan.gains.items():
        sure = []
        for name, change in gain.changes.items():
            if change.low is None or change.high is None or change.low <= 0 <= change.high:
                continue
            target = plan.confirmed[name].target
            mean, low, high = (number(value, find(target.kpi).unit) for value in (change.mean, change.low, change.high))
            sure.append(f"{name.removesuffix(f'{target.sense}{target.value:.12g}')} {mean} [{low} … {high}]")
        lines.append([group, number(gain.cost, ""), "; ".join(sure) or text(lang, "plans.nothing_sure")])
    title = text(lang, "plans.more_title", level=f"{level:.0%}")
    return [page.heading(title), page.table(heads, lines, numbers=(1,))]


def names_of(sides: Sequence[Side]) -> list[str]:
    """Return a short name of each side, the base first; like names are numbered."""
    names = [side.scenario.name for side in sides]
    return [
        name if name not in names[:at] else f"{name} ({names[: at + 1].count(name)})" for at, name in enumerate(names)
    ]


def titles_of(lang: str, sides: Sequence[Side]) -> str:
    """Return a list of what stands behind the names."""
    titles = [title_of(lang, side.scenario.name, side.scenario.title) for side in sides]
    return page.points([f"{name}: {title}" for name, title in zip(names_of(sides), titles, strict=True)])


def side_tables(lang: str, sides: Sequence[Side], targets: Sequence[Target], level: float) -> list[str]:
    """Return parts of a page that set plans side by side: cost, service and risk, each with its interval.

    Parameters
    ----------
    lang
        `en` or `zh`.
    sides
        The base and the plans.
    targets
        Targets of one figure each.
    level
        Level of all intervals of the targets of one side together, and of each other interval.
    """
    from optimize.targets import figures
    from scenarios.sides import risks

    names = names_of(sides)
    promised = [figures(side.values, targets, level) for side in sides]
    risk = [risks(side.values, targets, level) for side in sides]
    cost = [_cost(side, level) for side in sides]
    service = [[_between(each[row]) for each in promised] for row in range(len(targets))]
    broken = [[_broken(lang, each[name]) for each in risk] for name in (*map(str, targets), "")]
    stated = [f"{target} ({unit_label(lang, find(target.kpi).unit)})" for target in targets]
    currency = sides[0].scenario.desk.currency
    shown = {
        "cost": [[text(lang, "plan_notebook.cost_row", currency=currency), *cost]],
        "service": [[name, *cells] for name, cells in zip(stated, service, strict=True)],
        "risk": [
            [name or text(lang, "plan_notebook.any"), *cells]
            for name, cells in zip((*map(str, targets), ""), broken, strict=True)
        ],
    }
    parts = [titles_of(lang, sides)]
    for key, lines in shown.items():
        parts += [page.heading(text(lang, f"plan_notebook.{key}")), page.table(["", *names], lines)]
        parts.append(page.paragraph(text(lang, f"plan_notebook.{key}_note", level=f"{level:.0%}"), "note"))
    return parts


def _cost(side: Side, level: float) -> str:
    found = summary(side.played.measured, level).filter(pl.col("name") == "cost_total").row(0, named=True)
    if found["mean"] is None:
        return "-"
    means, low, high = (number(found[key], found["unit"]) for key in ("mean", "low", "high"))
    return means if found["low"] is None else f"{means} [{low} … {high}]"


def _between(figure: Figure) -> str:
    unit = find(figure.target.kpi).unit
    mean = number(figure.mean, unit)
    return mean if figure.low is None else f"{mean} [{number(figure.low, unit)} … {number(figure.high, unit)}]"


def _broken(lang: str, risk: Risk) -> str:
    if not risk.worlds:
        return "-"
    shares = {key: number(value, "1") for key, value in (("low", risk.low), ("high", risk.high))}
    share = number(risk.broken / risk.worlds, "1")
    return text(lang, "plan_notebook.of_worlds", broken=risk.broken, worlds=risk.worlds, share=share, **shares)


def week_pictures(lang: str, sides: Sequence[Side]) -> list[str]:
    """Return for each side a heading and the picture of its week hour by hour, in the first world."""
    parts = []
    for name, side in zip(names_of(sides), sides, strict=True):
        made = week(side.played.log)
        drawn = page.figure(week_picture(made, lang), text(lang, "show.week_caption", monday=made.monday))
        parts += [page.subheading(name), drawn]
    return parts
