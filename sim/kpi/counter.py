"""The pass over the tables: every term of every KPI becomes rows of whole-number sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from sim.kpi.backlog import backlog
from sim.kpi.cells import KEY, Cells
from sim.kpi.credit import credit
from sim.kpi.facts import PEOPLE
from sim.kpi.features import features
from sim.kpi.mechanism import ONE, ZERO, Kpi, Term
from sim.kpi.statistics import GRID, PPM, SUMS
from sim.log import Log

_WIDE = pl.Int128
_Named = tuple[str, Term]
_Place = tuple[str, str]


@dataclass(frozen=True)
class Counter:
    """How a log is counted.

    Attributes
    ----------
    log
        The log.
    axes
        What is split by, periods apart.
    begin_s, end_s
        The seconds [begin_s, end_s) to look at; a log that ends at `end_s` is looked at to its last second.
    attribution
        Who answers for a ticket.
    scale
        What a whole ticket weighs.
    """

    log: Log
    axes: tuple[str, ...]
    begin_s: int
    end_s: int
    attribution: str
    scale: int

    def count(self, kpis: Iterable[Kpi]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the sums and the bins of `Statistics`, sorted by their keys."""
        terms = [(kpi.name, term) for kpi in kpis for term in kpi.statistics]
        frames = self._frames([term for _, term in terms])
        cells = Cells.of(self.axes, frames.values())
        frames = {place: cells.placed(frame) for place, frame in frames.items()}
        sums: dict[str, list[pl.DataFrame]] = {}
        for together in _alike(terms):
            for (name, _), piece in zip(together, self._summed(frames, cells, together), strict=True):
                sums.setdefault(name, []).append(piece)
        bins = {
            name: [self._binned(frames[term.table, term.credit], cells, term)] for name, term in terms if term.binned
        }
        return cells.named(sums, (), SUMS, _WIDE), cells.named(bins, ("bin",), ("count",), pl.Int64)

    def _summed(self, frames: dict[_Place, pl.DataFrame], cells: Cells, together: list[_Named]) -> list[pl.DataFrame]:
        """Return the sums of terms over the same rows, one frame each, by cell."""
        first = together[0][1]
        rows = self._looked_at(frames[first.table, first.credit], cells, first)
        columns = [
            value.alias(f"{number}.{key}")
            for number, (_, term) in enumerate(together)
            for key, value in self._parts(term).items()
        ]
        found = rows.select(KEY, *columns).group_by(KEY).agg(pl.all().sum()).sort(KEY).collect()
        return [self._piece(found, number, term) for number, (_, term) in enumerate(together)]

    def _parts(self, term: Term) -> dict[str, pl.Expr]:
        """Return what is summed over rows: 0 where a row does not count. Sums that follow are left out."""
        where = term.where.fill_null(False)
        known = where & term.known.fill_null(False)
        y, x = term.y.fill_null(0), term.x.fill_null(0)
        if self.scale > 1:
            y, x = (value.cast(_WIDE) * pl.col("weight") for value in (y, x))
        wide_y, wide_x = y.cast(_WIDE), x.cast(_WIDE)
        parts = {"n": term.n, "y": y}
        if self._has(term, "yy"):
            # Rows of the backlog are sums over tickets, whose squares would not add up over parts of a log.
            parts["yy"] = wide_y * y if term.table != "backlog" else ZERO
        if self._has(term, "xx"):
            parts |= {"x": x, "xx": wide_x * x, "xy": wide_x * y}
        made = {key: pl.when(known).then(value).otherwise(0) for key, value in parts.items()}
        return made | {"censored": (where & ~known).cast(pl.Int64)}

    def _has(self, term: Term, product: str) -> bool:
        """Say whether a product must be summed, or follows: of whole tickets, 1 x 1 = 1 and 1 x y = y."""
        follows = term.binary if product == "yy" else term.x is ONE
        return self.scale > 1 or not follows

    def _piece(self, found: pl.DataFrame, number: int, term: Term) -> pl.DataFrame:
        """Return the sums of one term, with those that follow; cells in which nothing counts are left out."""
        follows = {"yy": "y"} if not self._has(term, "yy") else {}
        if not self._has(term, "xx"):
            follows |= {"x": "n", "xx": "n", "xy": "y"}
        sums = [pl.col(f"{number}.{follows.get(key, key)}").cast(_WIDE).alias(key) for key in SUMS]
        return found.select(KEY, *sums).filter(pl.any_horizontal(pl.col(SUMS) != 0))

    def _looked_at(self, frame: pl.DataFrame, cells: Cells, term: Term) -> pl.LazyFrame:
        """Return the rows within the window, with their cell."""
        if not term.when:
            return frame.lazy().with_columns(cells.key(pl.col("day")))
        last_s = self.end_s if self.end_s == self.log.until_s else self.end_s - 1
        kept = frame.lazy().filter(pl.col(term.when).is_between(self.begin_s, last_s))
        return kept.with_columns(cells.key(pl.col(f"_day_{term.when}")))

    def _binned(self, frame: pl.DataFrame, cells: Cells, term: Term) -> pl.DataFrame:
        """Return counts on the grid, by cell."""
        rows = self._looked_at(frame, cells, term).filter(term.where, term.known)
        found = rows.select(KEY, count="weight", y=term.y).collect()
        place = np.searchsorted(GRID, found["y"].to_numpy(), "right") - 1
        counts = found.drop("y").with_columns(bin=pl.Series(place, dtype=pl.Int64))
        return counts.group_by(KEY, "bin").agg(pl.col("count").sum())

    def _frames(self, terms: list[Term]) -> dict[_Place, pl.DataFrame]:
        """Return each table once per way of crediting it, with group, weight and local days."""
        pairs = sorted({(term.table, term.credit) for term in terms})
        tickets = self._tickets(terms) if any(table == "tickets" for table, _ in pairs) else None
        made: dict[_Place, pl.DataFrame] = {}
        for table, credited in pairs:
            if tickets is not None and table == "tickets":
                frame = self._credited(tickets, credited)
            else:
                frame = {"touches": self._touches, "shifts": self._shifts, "backlog": self._backlog}[table]()
            instants = {term.when for term in terms if (term.table, term.credit) == (table, credited)} - {""}
            made[table, credited] = frame.with_columns(self._day(frame[name]) for name in sorted(instants))
        return made

    def _day(self, instants: pl.Series) -> pl.Series:
        days = self.log.timeline.day(instants.fill_null(0).to_numpy())
        known = instants.is_not_null()
        return pl.Series(f"_day_{instants.name}", days, dtype=pl.Int32).set(~known, None)

    def _tickets(self, terms: list[Term]) -> pl.DataFrame:
        own = [term for term in terms if term.table == "tickets"]
        expressions = [e for term in own for e in (term.where, term.known, term.y, term.x, term.n)]
        needed = {name for e in expressions for name in e.meta.root_names()} | {term.when for term in own}
        cases = [axis for axis in self.axes if axis not in PEOPLE]
        return features(self.log, frozenset(needed)).select("ticket", *sorted(needed | set(cases)))

    def _credited(self, tickets: pl.DataFrame, credited: str) -> pl.DataFrame:
        places = [axis for axis in self.axes if axis in PEOPLE]
        whole = pl.lit(self.scale, dtype=pl.Int64)
        if not places:
            return tickets.with_columns(weight=whole)
        policy = self.attribution if credited == "policy" else credited
        owners = credit(self.log, policy, places != ["person"])
        weight = pl.col("weight") if self.scale == PPM else whole
        owners = owners.select("ticket", *places, weight=weight)
        made = tickets.join(owners, on="ticket", how="left", maintain_order="left")
        return made.with_columns(pl.col("weight").fill_null(self.scale))

    def _touches(self) -> pl.DataFrame:
        rows = self.log.touches
        if "role" in self.axes:
            rows = rows.join(self.log.people.select("person", "role"), on="person", how="left")
        cases = [axis for axis in self.axes if axis not in PEOPLE]
        if cases:
            rows = rows.join(self.log.tickets.select("ticket", *cases), on="ticket", how="left")
        return rows.with_columns(weight=pl.lit(self.scale, dtype=pl.Int64))

    def _shifts(self) -> pl.DataFrame:
        return self.log.shifts.with_columns(weight=pl.lit(self.scale, dtype=pl.Int64))

    def _backlog(self) -> pl.DataFrame:
        made = backlog(self.log, self.axes, self.begin_s, self.end_s)
        return made.with_columns(weight=pl.lit(self.scale, dtype=pl.Int64))


def _alike(terms: list[_Named]) -> list[list[_Named]]:
    """Put terms together that go over the same rows by the same instant."""
    made: dict[tuple[str, str, str], list[_Named]] = {}
    for name, term in terms:
        made.setdefault((term.table, term.credit, term.when), []).append((name, term))
    return list(made.values())
