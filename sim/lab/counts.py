"""What a run counts of the people of a role, in columns of whole numbers: small, added without loss, quick to score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.rubric import Rubric, Tally, tally
from sim.log import Log

type Ints = NDArray[np.int64]

PERSON, DAY, PART, VALUE, N = range(5)
"""Rows of the columns of an item; see `sim.kpi.rubric.Tally` for part, value and n."""


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
    """

    facts: Mapping[str, Ints]
    duty: Ints
    reasons: Mapping[str, str]

    def periods(self, begins: Ints) -> Counts:
        """Return the same with the number of the period in place of the day; what lies in none is left out.

        Parameters
        ----------
        begins
            First day of each period and the day after the last, ascending, shape (periods + 1,).
        """
        facts = {name: _placed(rows, begins) for name, rows in self.facts.items()}
        return Counts(facts, _placed(self.duty, begins), self.reasons)


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
    """
    return counts_of(tally(log, rubric, begin=begin, end=end), people)


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

    Parameters
    ----------
    parts
        At least one, of the same people.
    """
    names = sorted({name for part in parts for name in part.facts})
    facts = {name: _summed([part.facts[name] for part in parts if name in part.facts]) for name in names}
    out = {name: reason for part in parts for name, reason in part.reasons.items()}
    return Counts(facts, _summed([part.duty for part in parts]), {k: out[k] for k in sorted(out) if k not in facts})


def _columns(frame: pl.DataFrame, names: Sequence[str]) -> Ints:
    return np.stack([frame[name].cast(pl.Int64).to_numpy() for name in names])


def _placed(rows: Ints, begins: Ints) -> Ints:
    period = np.searchsorted(begins, rows[DAY], side="right") - 1
    kept = (period >= 0) & (period < len(begins) - 1)
    made = rows[:, kept]
    made[DAY] = period[kept]
    return made


def _summed(parts: Sequence[Ints]) -> Ints:
    """Return rows added up by all but the last column, the day aside."""
    rows = np.concatenate(parts, axis=1)
    rows[DAY] = 0
    keys, place = np.unique(rows[:-1], axis=1, return_inverse=True)
    amounts = np.zeros(keys.shape[1], dtype=np.int64)
    np.add.at(amounts, place.ravel(), rows[-1])
    return np.concatenate([keys, amounts[None]])
