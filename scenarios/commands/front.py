"""`fairdesk staff --front`: plans between which only a planner can choose."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from scenarios.codes import DONE, INTERRUPTED
from scenarios.commands.confirming import figure_rows
from scenarios.commands.options import LEVEL
from scenarios.texts import text

if TYPE_CHECKING:
    from optimize.judging import Trial
    from optimize.master import Limits
    from optimize.pareto import Point
    from optimize.targets import Target
    from scenarios.files.desks import Scenario
    from scenarios.folder import Folder
    from sim.desk import Desk

type Looking = Callable[[str], AbstractContextManager[Callable[[Trial], None]]]

_FORM = re.compile(
    r"(?P<kpi>[a-z0-9_]+)(?P<by>\[[^\]]*\])?\s*((?P<sense><=|>=)\s*(?P<values>\S.*?))?(?P<days>\s+on\s+\S+)?"
)


def swept(lang: str, said: str) -> tuple[Target, list[float]]:
    """Return the KPI that is swept, as a target whose value plays no part, and the bounds; none if none are stated.

    Raises
    ------
    ValueError
        If the text has another form, names no known KPI, or a bound is no number that the KPI can have.
    """
    from optimize.targets import Target
    from sim.kpi.catalogue import find

    form = _FORM.fullmatch(said.strip())
    if form is None:
        raise ValueError(text(lang, "front.expected", got=said[:80]))
    better = find(form["kpi"]).better
    sense = form["sense"] or (">=" if better == "higher" else "<=")
    values = [value.strip() for value in (form["values"] or "").split(",")] if form["values"] else []
    place = form["kpi"] + (form["by"] or "") + sense
    try:
        bounds = [Target.of(f"{place}{value}{form['days'] or ''}") for value in values]
    except ValueError as error:
        raise ValueError(f"--front: {error}") from None
    least = max(find(form["kpi"]).possible[0], -1e9)
    return (bounds[0] if bounds else Target.of(f"{place}{least:g}{form['days'] or ''}")), [
        target.value for target in bounds
    ]


def run(
    args: argparse.Namespace, base: Scenario, desk: Desk, stated: Sequence[Target | str], limits: Limits,
    inputs: dict[str, Any], folder: Folder | None, looking: Looking,
) -> int:  # fmt: skip
    """Find the front, show and write it; return the exit code.

    Parameters
    ----------
    args
        The options of `fairdesk staff`.
    base, desk
        The scenario as it was read, and its desk over the weeks that are planned.
    stated
        What every plan must reach besides; without any, the usual targets on other KPIs.
    limits, inputs, folder
        What a planner rules out, the document's inputs, and where files go.
    looking
        Shows how the search goes, in a language.
    """
    from optimize.pareto import bounds_from, front, opportunity_spread, undominated
    from optimize.targets import default_targets, expanded
    from scenarios.commands.common import engine_of, pool_of

    one, bounds = swept(args.lang, args.front)
    engine, pool = engine_of(args, desk), pool_of(args, args.replications)
    bounds = bounds or bounds_from(desk, one, run=engine, worlds=args.replications, seed=args.seed)
    usual = [target for target in default_targets(desk) if target.kpi != one.kpi]
    targets = expanded(stated, desk) if stated else tuple(usual)
    inputs |= {"front": args.front, "bounds": bounds, "targets": [str(target) for target in targets]}
    found: list[Point] = []
    try:
        with looking(args.lang) as tell:
            front(
                desk, one, bounds, targets, third=opportunity_spread(run=engine, executor=pool), run=engine,
                executor=pool, worlds=args.replications, seed=args.seed, level=LEVEL, limits=limits,
                trials=args.trials, on_progress=tell, on_point=found.append,
            )  # fmt: skip
    except KeyboardInterrupt:
        if not found:
            raise
        give(args, inputs, base, undominated(found), folder)
        return INTERRUPTED
    give(args, inputs, base, undominated(found), folder)
    return DONE


def give(
    args: argparse.Namespace, inputs: dict[str, Any], base: Scenario, points: Sequence[Point], folder: Folder | None
) -> None:
    """Show the front; write it, its picture and every plan into the folder."""
    from scenarios.commands import output
    from scenarios.plans import write_plan

    made = output.document("staff", inputs, args.seed, front=[_point(point) for point in points])
    if folder:
        folder.write("front.json", output.as_json(made))
        folder.write("front.csv", output.as_csv([_row(number, point) for number, point in enumerate(points, 1)]))
        folder.write("front.svg", _picture(args.lang, base, points))
        for number, point in enumerate(points, 1):
            title = text(args.lang, "front.plan_title", number=number, name=base.name)
            beside = type(folder)(folder.file(f"plan_{number}"), args.lang)
            write_plan(beside, args.lang, base, point.desk.changed(weeks=base.desk.weeks), title)
            folder.written += beside.written
    output.give(args, made, lambda: _show(args, base, points), folder)


def _point(point: Point) -> dict[str, Any]:
    return {
        "bound": point.asked.value, "cost": point.cost, "service": _known(point.service), "spread": point.third,
        "status": "confirmed" if point.confirmed else "unconfirmed", "seats": point.seats,
        "confirmed": figure_rows(point.figures),
    }  # fmt: skip


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _row(number: int, point: Point) -> dict[str, Any]:
    return {
        "plan": number, "bound": point.asked.value, "cost": point.cost, "service": _known(point.service),
        "spread": point.third, "confirmed": point.confirmed, **{f"heads {g}": n for g, n in point.seats.items()},
    }  # fmt: skip


def _unit(lang: str, base: Scenario) -> str:
    staff = base.desk.staff
    paid = any(staff.roles[seat.role].wage_per_h for seat in staff.seats.values())
    return base.desk.currency if paid else text(lang, "staff.heads_unit")


def _picture(lang: str, base: Scenario, points: Sequence[Point]) -> str:
    from scenarios.plots.fronts import front

    return front(points, text(lang, f"kpi.{points[0].asked.kpi}"), _unit(lang, base), lang)


def _show(args: argparse.Namespace, base: Scenario, points: Sequence[Point]) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number

    lang = args.lang
    heads = [text(lang, "front.number"), f"{text(lang, 'front.cost')} ({_unit(lang, base)})"]
    heads += [text(lang, f"kpi.{points[0].asked.kpi}"), text(lang, "front.spread"), text(lang, "front.heads")]
    lines = [
        [
            str(place), number(point.cost, ""), f"{point.service:.4g}",
            "-" if point.third is None else f"{point.third:.3g}",
            ", ".join(f"{group} {heads}" for group, heads in point.seats.items()), _confirmed(lang, point),
        ]
        for place, point in enumerate(points, 1)
    ]  # fmt: skip
    show_table(
        text(lang, "front.title", title=base.title), [*heads, text(lang, "front.confirmed")], lines, right=(0, 1, 2, 3)
    )
    say(text(lang, "front.told", worlds=max(f.n for point in points for f in point.figures.values())))


def _confirmed(lang: str, point: Point) -> str:
    open_ones = [name for name, figure in point.figures.items() if not figure.met]
    return text(lang, "front.no", targets=", ".join(open_ones)) if open_ones else text(lang, "front.yes")
