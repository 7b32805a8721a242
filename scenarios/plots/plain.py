"""The numbers behind the pictures as plain data, for a document: seconds since second 0 and local times."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from scenarios.plots.course import Course
from scenarios.plots.hours import Floats, Line, Week
from scenarios.plots.standing import Heat, Queue
from scenarios.plots.walls import Stretch
from scenarios.plots.working_day import Day
from sim.calendar import Timeline

type Data = dict[str, Any]

_DIGITS = 6


def of_course(found: Course, timeline: Timeline, priorities: Sequence[str]) -> Data:
    """Return the course of a ticket."""
    row = found.ticket
    moments = [
        {
            "at": timeline.iso(each["at_s"]), "at_s": each["at_s"], "what": each["what"], "who": each["who"],
            "reason": each["reason"],
            "value": priorities[each["value"]] if each["what"] == "priority" and each["value"] is not None
            else each["value"],
        }
        for each in found.moments
    ]  # fmt: skip
    return {
        "ticket": row["ticket"], "label": row["label"], "kind": row["kind"], "priority": row["priority"],
        "channel": row["channel"], "created": timeline.iso(row["created_s"]), "moments": moments,
        "touches": [{key: value for key, value in each.items() if key != "ticket"} for each in found.touches],
        "waits": [each._asdict() for each in found.waits], "dues": [each._asdict() for each in found.dues],
        "shaded": {"by": found.closed_by or None, "stretches": _pairs(found.closed)},
        "begin_s": found.begin_s, "end_s": found.end_s,
    }  # fmt: skip


def of_day(found: Day, timeline: Timeline) -> Data:
    """Return the day of a person."""
    touches = [
        {**each._asdict(), "begin": timeline.iso(each.begin_s), "stretches": _pairs(each.stretches)}
        for each in found.worked
    ]
    return {
        "person": found.person, "day": found.day.isoformat(),
        "shifts": [{key: value for key, value in each.items() if key != "person"} for each in found.shifts],
        "offs": None if found.offs is None else [each._asdict() for each in found.offs],
        "touches": touches, "idle": _pairs(found.idle), "overtime": _pairs(found.overtime),
        "seconds": found.sums, "utilisation": _number(found.utilisation()),
        "moments": [{"at_s": at_s, "ticket": ticket, "what": what} for at_s, ticket, what in found.moments],
    }  # fmt: skip


def of_week(found: Week) -> Data:
    """Return the week by hour; every list runs over the 168 hours from Monday 00:00, null where nothing was seen."""
    lines = {name: getattr(found, name) for name in ("arrivals", "offered", "staffed", "waits")}
    return {
        "chosen": found.monday.isoformat(), "weeks": found.weeks, "waits_for": found.waits_for,
        "unserved": found.unserved,
        **{name: None if line is None else _line(line) for name, line in lines.items()},
    }  # fmt: skip


def of_queue(found: Queue) -> Data:
    """Return the maps of queue against capacity: a list per row over the 24 hours of the day."""
    return {
        "waits_for": found.waits_for, "breaks_known": found.breaks_known, "no_team_share": _number(found.no_team),
        "by_weekday": _heat(found.days), "by_team": None if found.teams is None else _heat(found.teams),
    }  # fmt: skip


def _line(line: Line) -> Data:
    figures = {name: _numbers(getattr(line, name)) for name in ("mean", "low", "high", "chosen")}
    return {**figures, "n": line.n.tolist()}


def _heat(heat: Heat) -> list[Data]:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    tables = {name: getattr(heat, name) for name in ("waiting", "free", "on_duty")}
    return [
        {
            "row": days[int(row)] if heat.by_day else row,
            **{name: None if table is None else _numbers(table[place]) for name, table in tables.items()},
            "n": heat.n[place].tolist(),
        }
        for place, row in enumerate(heat.rows)
    ]  # fmt: skip


def _numbers(values: Floats) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float | None) -> float | None:
    """Return a figure with six digits after the point; none where there is none."""
    return None if value is None or not np.isfinite(value) else round(value, _DIGITS)


def _pairs(stretches: Iterable[Stretch]) -> list[list[int]]:
    return [list(stretch) for stretch in stretches]
