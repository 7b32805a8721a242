"""Who is scored for which period, and what the facts of an item are by cell: one person in one period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.rubric.consequences import Cadence
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.periods import period_of
from sim.kpi.rubric.tally import Tally

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Facts:
    """Rows of facts in columns: the cell, the local day, the part, the value and how much of it.

    Sorted by cell, day, part and value.
    """

    cell: Ints
    day: Ints
    part: Ints
    value: Ints
    n: Ints

    def by(self, group: Ints) -> Facts:
        """Return the same facts with another number in place of the cell's, no longer sorted."""
        return replace(self, cell=group[self.cell])

    def of(self, part: int) -> Facts:
        """Return the facts of one part."""
        here = self.part == part
        return Facts(self.cell[here], self.day[here], self.part[here], self.value[here], self.n[here])


@dataclass(frozen=True)
class Cells:
    """People by period.

    Attributes
    ----------
    frame
        person, role, profile, period: a row per cell, by period, role and person. Who changed roles within a period
        has the one with the most rostered seconds in it, of two alike the first by name.
    team
        Number of role and period, shape (cells,).
    facts
        Facts by item.
    duty
        Rostered seconds as facts: `n` is their number.
    """

    frame: pl.DataFrame
    team: Ints
    facts: dict[str, Facts]
    duty: Facts

    def __len__(self) -> int:
        """Return the number of cells."""
        return self.frame.height

    @property
    def teams(self) -> int:
        """Number of roles and periods."""
        return int(self.team.max(initial=-1)) + 1

    def profiles(self) -> list[tuple[str | None, Ints]]:
        """Return each profile with the cells that fall under it; None stands for a rubric without profiles."""
        names = self.frame["profile"].to_list()
        found: dict[str | None, list[int]] = {}
        for number, name in enumerate(names):
            found.setdefault(name, []).append(number)
        return [(name, np.array(rows, dtype=np.int64)) for name, rows in found.items()]


def cells_of(rubric: Rubric, counted: Tally, stated: pl.DataFrame | None = None) -> Cells:
    """Return everybody in every period in which they were on duty, have facts, or are judged.

    Parameters
    ----------
    rubric
        Says who is scored for what periods.
    counted
        The sums of a log.
    stated
        person, period and cadence of points that people stated, for cells that nothing else makes.
    """
    cadences = cadences_of(rubric)
    frame = frame_of(rubric, counted, stated)
    team = frame.select(pl.struct("period", "role").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    numbered = frame.with_row_index("cell")
    items = [item.name for item in rubric.items if item.kpi]
    duty = counted.duty.select("person", "day", item=pl.lit(""), part=pl.lit(0), value=pl.lit(0), n="rostered_s")
    facts = _placed(counted.facts, numbered, cadences, items)
    of_duty = _placed(duty, numbered, cadences, [""])[""]
    return Cells(frame.select("person", "role", "profile", "period"), team, facts, of_duty)


def frame_of(rubric: Rubric, counted: Tally, stated: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return person, role, profile, period and cadence of everybody who is scored, as of `cells_of`, in its order."""
    made = [_of_cadence(rubric, counted, cadence, stated) for cadence in cadences_of(rubric)]
    return pl.concat(made).sort("period", "role", "person")


def cadences_of(rubric: Rubric) -> list[Cadence]:
    """Return for what periods anybody is scored."""
    return list(dict.fromkeys(c for profile in (*rubric.profiles, None) for c in rubric.cadences_of(profile)))


def _of_cadence(rubric: Rubric, counted: Tally, cadence: Cadence, stated: pl.DataFrame | None) -> pl.DataFrame:
    """Return person, role, profile, period and cadence of those whose profile is scored for such periods."""
    duty = counted.duty.with_columns(period=period_of("day", cadence))
    days = counted.facts.select("person", "day").unique()
    seen = days.with_columns(period=period_of("day", cadence)).select("person", "period")
    keys = [duty.select("person", "period"), seen]
    if stated is not None:
        keys.append(stated.filter(pl.col("cadence") == cadence).select("person", "period"))
    most = (
        duty.filter(pl.col("role").is_not_null())
        .group_by("person", "period", "role")
        .agg(pl.col("rostered_s").sum())
        .sort("person", "period", pl.col("rostered_s").neg(), "role")
        .unique(["person", "period"], keep="first", maintain_order=True)
        .select("person", "period", worked="role")
    )
    frame = (
        pl.concat(keys)
        .unique()
        .join(counted.people, on="person", how="left")
        .join(most, on=["person", "period"], how="left")
        .with_columns(role=pl.coalesce("worked", "role"), cadence=pl.lit(cadence))
    )
    roles = frame["role"].unique().to_list()
    profile = {role: rubric.profile_of(role) for role in roles}
    scored = [role for role in roles if cadence in rubric.cadences_of(profile[role])]
    names = pl.DataFrame(
        {"role": roles, "profile": [profile[role] for role in roles], "scored": [role in scored for role in roles]},
        schema={"role": pl.String, "profile": pl.String, "scored": pl.Boolean},
    )
    kept = frame.join(names, on="role", how="left", nulls_equal=True).filter("scored")
    return kept.select("person", "role", "profile", "period", "cadence")


def _placed(
    facts: pl.DataFrame, numbered: pl.DataFrame, cadences: Sequence[Cadence], items: Sequence[str]
) -> dict[str, Facts]:
    """Return facts by item and cell; a day belongs to a cell of each cadence that its person is scored for."""
    days = facts.select("person", "day").unique()
    where = pl.concat(
        days.with_columns(period=period_of("day", cadence))
        .join(numbered.filter(pl.col("cadence") == cadence), on=["person", "period"])
        .select("person", "day", "cell")
        for cadence in cadences
    )
    names = pl.DataFrame(
        {"item": list(items), "number": range(len(items))}, schema={"item": pl.String, "number": pl.Int64}
    )
    columns = ("cell", "day", "part", "value", "n")
    joined = facts.join(names, on="item").drop("item").join(where, on=["person", "day"])
    number, *rows = (joined[name].cast(pl.Int64).to_numpy() for name in ("number", *columns))
    order = np.lexsort((*reversed(rows[:-1]), number))
    ends = np.searchsorted(number[order], np.arange(len(items) + 1))
    arrays = [array[order] for array in rows]
    return {
        name: Facts(*(array[first:last] for array in arrays))
        for name, (first, last) in zip(items, pairwise(ends.tolist()), strict=True)
    }
