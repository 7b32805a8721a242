"""The pass over the tables: every term of every KPI becomes rows of whole-number sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from sim.kpi.backlog import backlog
from sim.kpi.credit import credit
from sim.kpi.facts import PEOPLE
from sim.kpi.features import features
from sim.kpi.mechanism import Kpi, Term
from sim.kpi.statistics import GRID, PPM, SUMS, summed
from sim.log import Log

_WIDE = pl.Int128


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
        """Return the sums and the bins of `Statistics`."""
        terms = [(kpi.name, term) for kpi in kpis for term in kpi.statistics]
        frames = self._frames([term for _, term in terms])
        queries = [self._rows(frames[term.table, term.credit], name, term) for name, term in terms]
        grouped = [
            query.group_by("name", *self.axes, "day").agg(pl.col(SUMS).sum()) for query in queries
        ]
        sums = [self._plain(frame) for frame in pl.collect_all(grouped)]
        binned = [
            self._binned(frames[term.table, term.credit], name, term) for name, term in terms if term.binned
        ]
        return self._joined(sums, SUMS, _WIDE), self._joined(binned, ("bin", "count"), pl.Int64)

    def _joined(self, frames: list[pl.DataFrame], columns: tuple[str, ...], dtype: type[pl.DataType]) -> pl.DataFrame:
        keys = {"name": pl.String, **dict.fromkeys(self.axes, pl.String), "day": pl.Int32}
        empty = pl.DataFrame(schema={**keys, **dict.fromkeys(columns, dtype)})
        return summed(pl.concat([empty, *frames]), tuple(name for name in columns if name != "bin"))

    def _plain(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col(name).cast(pl.String) for name in self.axes)

    def _rows(self, frame: pl.DataFrame, name: str, term: Term) -> pl.LazyFrame:
        """Return one row of sums per row of the table that counts, or is censored."""
        known = term.known.fill_null(False)
        wide = {"y": term.y, "x": term.x}
        rows = self._looked_at(frame, term).select(
            pl.lit(name).alias("name"), *self.axes, "day", "weight", known=known, n=term.n,
            **{key: value.fill_null(0).cast(_WIDE) * pl.col("weight") for key, value in wide.items()},
        )  # fmt: skip
        y, x = pl.col("y"), pl.col("x")
        products = {"n": pl.col("n"), "y": y, "x": x, "yy": y * y, "xx": x * x, "xy": x * y}
        return rows.select(
            "name", *self.axes, "day",
            censored=(~pl.col("known")).cast(_WIDE),
            **{key: pl.when("known").then(value).otherwise(0).cast(_WIDE) for key, value in products.items()},
        ).select("name", *self.axes, "day", *SUMS)  # fmt: skip

    def _looked_at(self, frame: pl.DataFrame, term: Term) -> pl.LazyFrame:
        if not term.when:
            return frame.lazy()
        when = pl.col(term.when)
        last_s = self.end_s if self.end_s == self.log.until_s else self.end_s - 1
        kept = frame.lazy().filter(when.is_between(self.begin_s, last_s), term.where)
        return kept.with_columns(day=pl.col(f"_day_{term.when}"))

    def _binned(self, frame: pl.DataFrame, name: str, term: Term) -> pl.DataFrame:
        rows = self._looked_at(frame, term).filter(term.known)
        rows_ = rows.select(*self.axes, "day", count="weight", y=term.y).collect()
        found = np.searchsorted(GRID, rows_["y"].to_numpy(), "right") - 1
        counts = rows_.drop("y").with_columns(bin=pl.Series(found, dtype=pl.Int64))
        made = counts.group_by(*self.axes, "day", "bin").agg(pl.col("count").sum())
        return self._plain(made).select(pl.lit(name).alias("name"), *self.axes, "day", "bin", "count")

    def _frames(self, terms: list[Term]) -> dict[tuple[str, str], pl.DataFrame]:
        """Return each table once per way of crediting it, with group, weight and local days."""
        pairs = sorted({(term.table, term.credit) for term in terms})
        tickets = self._tickets(terms) if any(table == "tickets" for table, _ in pairs) else None
        made = {}
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
        owners = credit(self.log, self.attribution if credited == "policy" else credited)
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
