"""What a run counts of the people of a role, in columns of whole numbers: small, added without loss, quick to score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.experiment import keepable
from sim.kpi import Statistics, count
from sim.kpi.cells import codes_of, days_of, words
from sim.kpi.rubric import Rubric, Tally
from sim.kpi.rubric.forms import Stated
from sim.kpi.rubric.items import TIMES
from sim.kpi.rubric.tally import (
    ALL_LEFT,
    FIRST,
    NO_SHIFTS,
    TICKETS,
    check_item,
    duty_of,
    parts_of,
    timed,
    window_of,
)
from sim.kpi.sums import COLUMNS
from sim.kpi.wide import plain
from sim.log import Log

type Ints = NDArray[np.int64]

PERSON, DAY, PART, VALUE, N = range(5)
"""Rows of the columns of an item; see `sim.kpi.rubric.Tally` for part, value and n."""


keepable(Stated)


@keepable
@dataclass(frozen=True, eq=False)
class Counts:
    """The facts of a tally as columns, for some people.

    Attributes
    ----------
    facts
        Item to its facts, shape (5, rows): position of the person, local day (as `date.toordinal` counts), part, value
        and n.
    duty
        Position of the person, local day, rostered seconds, shape (3, rows).
    reasons
        Items that no log of these can decide, and why.
    stated
        What people stated of them, by person and item; None where nobody was asked.
    """

    facts: Mapping[str, Ints]
    duty: Ints
    reasons: Mapping[str, str]
    stated: Stated | None = None

    def periods(self, begins: Ints) -> Counts:
        """Return the same with the number of the period in place of the day; what lies in none is left out.

        Parameters
        ----------
        begins
            First day of each period and the day after the last, ascending, shape (periods + 1,).
        """
        facts = {name: _placed(rows, begins) for name, rows in self.facts.items()}
        return Counts(facts, _placed(self.duty, begins), self.reasons, self.stated)


def counted(log: Log, rubric: Rubric, begin: date, end: date, people: Sequence[str]) -> Counts:
    """Return what a log counts of some people in a span of days.

    Parameters
    ----------
    log
        The log of a run.
    rubric
        Its items with a KPI are counted.
    begin, end
        First local day, and the day after the last.
    people
        Their names; the others are left out.

    Raises
    ------
    RubricError
        If an item names an unknown KPI, or a statistic that does not fit it.

    Notes
    -----
    The sums are those of `sim.kpi.rubric.tally`, taken from its sources without tables on the way.
    """
    window, items = window_of(log, begin, end), [item for item in rubric.items if item.kpi]
    for item in items:
        check_item(rubric, item)
    book, place = rubric.book(), {person: number for number, person in enumerate(people)}
    names = list(dict.fromkeys(name for item in items for name in parts_of(rubric, item)))
    sums = count(log, names, by=("person",), window=window, attribution=rubric.policy.attribution, book=book)
    duty = duty_of(log, window)
    nulls, facts, reasons = sums.nulls, dict[str, Ints](), dict[str, str]()
    for item in items:
        parts = parts_of(rubric, item)
        found: Ints | str
        if reason := next((nulls[name] for name in parts if name in nulls), None):
            found = reason
        elif item.statistic == "relative" and item.per == "rostered_hour" and duty.is_empty():
            found = NO_SHIFTS
        elif item.statistic in TIMES:
            found = _of_times(timed(log, book.kpis[parts[0]], rubric, window), place)
        else:
            found = _of_sums(sums, parts, place)
        if isinstance(found, str):
            reasons[item.name] = found
        else:
            facts[item.name] = found
    return Counts(facts, _of_duty(duty, people), reasons)


def _of_times(rows: pl.DataFrame | str, place: Mapping[str, int]) -> Ints | str:
    """Return how many tickets of each person and day took so many seconds, or the reason why nobody knows."""
    if isinstance(rows, str):
        return rows
    at = np.array([place.get(word, -1) for word in words(rows, "person")], dtype=np.int64)[
        rows["person"].to_physical().to_numpy()
    ]
    mine = at >= 0
    columns = [at[mine], rows["day"].to_numpy()[mine], rows["value"].to_numpy()[mine]]
    ones = np.ones(len(columns[0]), dtype=np.int64)
    return _added(np.stack([columns[0], columns[1], np.zeros_like(ones), columns[2], ones]))


def _of_sums(sums: Statistics, parts: Sequence[str], place: Mapping[str, int]) -> Ints | str:
    """Return the sums of some KPIs by person and day, one part after the other, or a reason."""
    people = np.array([-1, *(place.get(word, -1) for word in sums.labels["person"])], dtype=np.int64)
    rows, anybody = [np.zeros((5, 0), dtype=np.int64)], False
    for number, name in enumerate(parts):
        cell, values = sums.found[name]
        who = codes_of(sums.labels, cell)["person"]
        anybody = anybody or bool((who > 0).any())
        at, day = people[who], days_of(cell)
        above, below = (plain(values[:, COLUMNS[key]]) for key in ("y", "x"))
        ways = [(FIRST + 2 * number, above), (FIRST + 2 * number + 1, below)]
        if number == 0:
            ways.append((TICKETS, values[:, 0]))
        for part, n in ways:
            mine = (at >= 0) & (n != 0)
            size = int(mine.sum())
            rows.append(np.stack([at[mine], day[mine], np.full(size, part), np.zeros(size, dtype=np.int64), n[mine]]))
    if not anybody:
        return ALL_LEFT
    return _sorted(np.concatenate(rows, axis=1))


def _of_duty(duty: pl.DataFrame, people: Sequence[str]) -> Ints:
    place = pl.DataFrame({"person": people, "at": range(len(people))}, schema={"person": pl.String, "at": pl.Int64})
    return _columns(duty.join(place, on="person").sort("at", "day"), ["at", "day", "rostered_s"])


def counts_of(made: Tally, people: Sequence[str]) -> Counts:
    """Return a tally as columns, for some people, by item, person, day, part and value."""
    place = pl.DataFrame({"person": people, "at": range(len(people))}, schema={"person": pl.String, "at": pl.Int64})
    order = ["at", "day", "part", "value"]
    rows = made.facts.join(place, on="person").sort("item", *order)
    facts = {
        str(name): _columns(part, [*order, "n"]) for (name,), part in rows.partition_by("item", as_dict=True).items()
    }
    return Counts(facts, _columns(made.duty.join(place, on="person").sort("at", "day"), ["at", "day", "rostered_s"]),
                  made.reasons)  # fmt: skip


def pooled(parts: Sequence[Counts]) -> Counts:
    """Return the sums of all parts together, with every day written as 0; an item is out if it is out everywhere.

    What people stated is averaged.

    Parameters
    ----------
    parts
        At least one, of the same people.
    """
    names = sorted({name for part in parts for name in part.facts})
    facts = {name: _summed([part.facts[name] for part in parts if name in part.facts]) for name in names}
    out = {name: reason for part in parts for name, reason in part.reasons.items()}
    duty, reasons = _summed([part.duty for part in parts]), {k: out[k] for k in sorted(out) if k not in facts}
    stated = [part.stated for part in parts if part.stated is not None]
    return Counts(facts, duty, reasons, _mean(stated) if stated else None)


def _mean(stated: Sequence[Stated]) -> Stated:
    """Return points and weights averaged over worlds."""
    return Stated(*(np.mean([getattr(each, name) for each in stated], axis=0) for name in _STATED))


_STATED = ("points", "weight", "prefilled")


def joined(stated: Sequence[Stated]) -> Stated:
    """Return what was stated in several runs, one after the other."""
    return Stated(*(np.concatenate([getattr(each, name) for each in stated]) for name in _STATED))


def _columns(frame: pl.DataFrame, names: Sequence[str]) -> Ints:
    return np.stack([frame[name].cast(pl.Int64).to_numpy() for name in names])


def _placed(rows: Ints, begins: Ints) -> Ints:
    period = np.searchsorted(begins, rows[DAY], side="right") - 1
    kept = (period >= 0) & (period < len(begins) - 1)
    made = rows[:, kept]
    made[DAY] = period[kept]
    return made


def _sorted(rows: Ints) -> Ints:
    """Return rows in the order of all but the last column, the first first."""
    made: Ints = rows[:, np.lexsort(rows[-2::-1])]
    return made


def _added(rows: Ints) -> Ints:
    """Return rows in order, those that agree in all but the last column as one."""
    rows = _sorted(rows)
    new = np.ones(rows.shape[1], dtype=bool)
    new[1:] = (np.diff(rows[:-1], axis=1) != 0).any(axis=0)
    made: Ints = rows[:, new]
    if made.shape[1]:
        made[-1] = np.add.reduceat(rows[-1], np.flatnonzero(new))
    return made


def _summed(parts: Sequence[Ints]) -> Ints:
    """Return rows added up by all but the last column, the day aside."""
    rows = np.concatenate(parts, axis=1)
    rows[DAY] = 0
    return _added(rows)
