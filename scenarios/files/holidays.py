"""Tables of public holidays and make-up days, and the calendars of a scenario that take them."""

import copy
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from scenarios.files.reading import read_toml
from scenarios.positions import Place, Places
from scenarios.problems import Problem, ScenarioError, dotted, nearest, shown

FOLDER = FilePath(__file__).parents[1] / "calendars"
"""Where the tables are, one file each."""

_KEY, _FIELDS = "public_holidays", ("holidays", "make_up_days")


class Table(NamedTuple):
    """Public holidays and make-up days of some years.

    Attributes
    ----------
    years
        The years that it states, rising.
    holidays, make_up_days
        Dates, rising; a make-up day is a Saturday or a Sunday that is worked.
    """

    years: tuple[int, ...]
    holidays: tuple[date, ...]
    make_up_days: tuple[date, ...]


def table_names() -> tuple[str, ...]:
    """Return the names of the tables, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def table_named(name: str) -> Table:
    """Return a table of the folder by its name; see `read_table`."""
    return read_table(FOLDER / f"{name}.toml", f"calendars/{name}.toml")


def read_table(path: FilePath, label: str | None = None) -> Table:
    """Return the table of a file: a TOML table per year with `holidays` and `make_up_days`.

    Parameters
    ----------
    path
        The file.
    label
        How messages call it; the path when absent.

    Raises
    ------
    ScenarioError
        If the file is no such table, a date lies in another year than its table or stands twice, a day is both a
        holiday and a make-up day, or a make-up day is no Saturday or Sunday: one line per problem.
    """
    data, found = read_toml(path, label)
    problems = [
        Problem("rule", {"message": message}, found.value(way), dotted(way))
        for key, year in data.items()
        for way, message in _faults(key, year)
    ]
    if problems:
        raise ScenarioError(problems)
    holidays, make_up_days = (
        tuple(sorted(day for year in data.values() for day in year.get(name, ()))) for name in _FIELDS
    )
    return Table(tuple(sorted(map(int, data))), holidays, make_up_days)


def _faults(key: str, year: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Return where and what is wrong with the table of a year."""
    if not (key.isdecimal() and len(key) == 4 and isinstance(year, dict)):
        return [((key,), "expected a table of a year, as [2026]")]
    faults: list[tuple[tuple[str | int, ...], str]] = []
    seen: dict[date, str] = {}
    for name, days in year.items():
        if name not in _FIELDS or not isinstance(days, list):
            faults.append(((key, name), "a year has the lists holidays and make_up_days"))
            continue
        for number, day in enumerate(days):
            if message := _fault_of(day, int(key), name, seen):
                faults.append(((key, name, number), message))
    return faults


def _fault_of(day: Any, year: int, name: str, seen: dict[date, str]) -> str | None:
    if not isinstance(day, date) or type(day) is not date:
        return f"expected a date as 2026-05-01, got {shown(day)}"
    if day in seen:
        return f"{day} is named twice" if seen[day] == name else f"{day} is both a holiday and a make-up day"
    seen[day] = name
    if day.year != year:
        return f"{day} lies in another year than {year}"
    if name == "make_up_days" and day.weekday() < 5:
        return f"{day} is no Saturday or Sunday, so it cannot be a make-up day"
    return None


def with_public_holidays(data: Mapping[str, Any], found: Places) -> dict[str, Any]:
    """Return the data of a desk in which every calendar holds the dates of the table that it names.

    A date that the calendar states itself goes before the table's: a holiday of the table may be stated as a make-up
    day, and the other way round.

    Parameters
    ----------
    data
        Data of a desk as a file states them; not changed.
    found
        Where its keys stand.

    Raises
    ------
    ScenarioError
        If there is no table of a name; the message names the nearest.
    """
    calendars = data.get("calendars")
    tables = calendars.items() if isinstance(calendars, dict) else ()
    made = copy.deepcopy(dict(data))
    for name in [name for name, each in tables if isinstance(each, dict) and isinstance(each.get(_KEY), str)]:
        calendar, way = made["calendars"][name], ("calendars", name, _KEY)
        if calendar[_KEY] not in table_names():
            raise ScenarioError([_unknown(calendar[_KEY], found.value(way), dotted(way))])
        _fill(calendar, table_named(calendar[_KEY]))
    return made


def _unknown(name: str, place: Place | None, key: str) -> Problem:
    end, near = nearest(name, table_names())
    return Problem(f"no_holidays{end}", {**near, "got": shown(name)}, place, key)


def _fill(calendar: dict[str, Any], table: Table) -> None:
    """Add the dates of a table; what is no list is left for the check of the desk to name."""
    if not all(isinstance(calendar.get(name, []), list) for name in (*_FIELDS, "years")):
        return
    own = {name: [str(day) for day in calendar.get(name, ())] for name in _FIELDS}
    for name, other in zip(_FIELDS, reversed(_FIELDS), strict=True):
        more = [str(day) for day in getattr(table, name) if str(day) not in own[other]]
        calendar[name] = own[name] + [day for day in more if day not in own[name]]
    calendar["years"] = sorted({*calendar.get("years", ()), *table.years})
