"""The way from the tables of a log to the sums of KPIs: which rows, who answers for them, what is summed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import polars as pl

from sim.kpi.ages import open_tickets
from sim.kpi.backlog import backlog
from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.cells import Labels, labels_of
from sim.kpi.credit import credit
from sim.kpi.externals import told
from sim.kpi.facts import AXES, PEOPLE
from sim.kpi.features import elsewhere
from sim.kpi.mechanism import Kpi, Term
from sim.kpi.plan import Plan, plan
from sim.kpi.segments import segmented
from sim.kpi.statistics import PPM
from sim.kpi.sums import Bins, Sums, added, gathered
from sim.kpi.tallies import Source, Tally, TooLargeError, Work, bins_of_term, slots_for, sums_of, tallied
from sim.log import Log
from sim.log.framing import Sheet

_Named = tuple[str, Term]
_Place = tuple[str, str, bool]
"""Table, who answers for its rows, and whether replies without substance are automatic ones."""

ROOM = 1 << 29
"""How many bytes sums may take before they are made for fewer KPIs at a time, or only for cells that occur."""


@dataclass(frozen=True)
class Counted:
    """Labels of the axes, and sums and bins by KPI."""

    labels: Labels
    sums: dict[str, Sums]
    bins: dict[str, Bins]


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
    book
        How open questions are answered, and what is expected of tickets.
    products
        Whether sums of products are wanted; no figure needs them.
    """

    log: Log
    axes: tuple[str, ...]
    begin_s: int
    end_s: int
    attribution: str
    scale: int
    book: Book = STANDARD_BOOK
    products: bool = True

    def count(self, kpis: Iterable[Kpi]) -> Counted:
        """Return the sums and the bins of KPIs."""
        places: dict[_Place, list[_Named]] = {}
        for kpi in kpis:
            for term in kpi.statistics:
                places.setdefault(self._place(term), []).append((kpi.name, term))
        frames = {place: self._frame(place, [term for _, term in named]) for place, named in places.items()}
        labels = labels_of(self.axes, frames.values())
        sums: dict[str, list[Sums]] = {}
        bins: dict[str, list[Bins]] = {}
        for place, named in places.items():
            source = self._source(frames.pop(place), labels)
            for batch in _batches(named, source, self.products):
                self._sum(source, batch, sums, bins)
        return Counted(
            labels, {name: added(parts) for name, parts in sums.items()},
            {name: gathered(parts) for name, parts in bins.items()},
        )  # fmt: skip

    def _place(self, term: Term) -> _Place:
        """Return the table of a term, who answers for its rows if that plays a part, and how replies are read."""
        split = term.table == "tickets" and bool(set(self.axes) & set(PEOPLE))
        credited = (self.attribution if term.credit == "policy" else term.credit) if split else ""
        return term.table, credited, term.substantive

    def _source(self, frame: pl.DataFrame, labels: Labels) -> Source:
        last_s = self.end_s if self.end_s == self.log.until_s else self.end_s - 1
        return Source(
            frame, labels, self.log.timeline, self.begin_s, last_s, self.log.until_s, weighted=self.scale > 1
        )  # fmt: skip

    def _sum(
        self, source: Source, named: list[_Named], sums: dict[str, list[Sums]], bins: dict[str, list[Bins]]
    ) -> None:
        """Add the sums and bins of some terms over one source to those that are there."""
        terms = tuple(term for _, term in named)
        made = plan(terms)
        work = _work(made, terms, self.scale > 1, self.products)
        slots = slots_for(source, made, work, ROOM)
        try:
            found: Tally = tallied(source, made, work, slots)
        except TooLargeError as error:
            names = dict.fromkeys(name for (name, _), item in zip(named, made.items, strict=True) if item == error.item)
            raise ValueError(f"{', '.join(names)}: {error}") from None
        for (name, term), item in zip(named, made.items, strict=True):
            one = sums_of(found, item, term, slots, scaled=self.scale > 1, full=self.products)
            sums.setdefault(name, []).append(one)
            if term.binned:
                bins.setdefault(name, []).append(bins_of_term(found, item, slots))

    def _frame(self, place: _Place, terms: list[Term]) -> pl.DataFrame:
        """Return what is needed of a table: columns, axes, and weights if rows have them."""
        table, credited, substantive = place
        if substantive:
            log = segmented(self.log.substantive, self.axes, self.book.switches)
            return replace(self, log=log)._frame((table, credited, False), terms)
        if table == "tickets":
            return self._tickets(credited, terms)
        makers: dict[str, Callable[[], pl.DataFrame | Sheet]] = {
            "touches": self._touches, "shifts": lambda: self.log.sheet("shifts"), "backlog": self._backlog,
            "next_replies": self._next_replies, "open": self._open, "externals": lambda: told(self.log),
        }  # fmt: skip
        frame = makers[table]()
        names = _unique(*self.axes, *_raw(terms), *(("day",) if table == "backlog" else ()))
        return self._weighted(Sheet.of(frame).some(names))

    def _tickets(self, credited: str, terms: list[Term]) -> pl.DataFrame:
        cases = [axis for axis in self.axes if axis not in PEOPLE]
        people = [axis for axis in self.axes if axis in PEOPLE]
        raw = _raw(terms)
        tickets = self.log.sheet("tickets")
        beside = elsewhere(self.log, plan(tuple(terms)).derived, self.book.switches, self.book.expected or ())
        if not people:
            return self._weighted(_some(tickets, beside, _unique(*cases, *raw)))
        if people == ["person"] and credited in tickets.names:
            person = tickets[credited].alias("person")
            return self._weighted(_some(tickets, beside, _unique(*cases, *raw)).hstack([person]))
        owners = credit(self.log, credited, people != ["person"])
        made = _some(tickets, beside, _unique("ticket", *cases, *raw)).join(
            owners.select("ticket", *people, "weight"), on="ticket", how="left", maintain_order="left"
        )
        return made.with_columns(pl.col("weight").fill_null(PPM)) if self.scale == PPM else made

    def _weighted(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(weight=pl.lit(self.scale, dtype=pl.Int64)) if self.scale > 1 else frame

    def _touches(self) -> pl.DataFrame | Sheet:
        if not {"role"}.union(AXES["backlog"]).intersection(self.axes):
            return self.log.sheet("touches")
        rows = self.log.touches
        if "role" in self.axes:
            rows = rows.join(self.log.people.select("person", "role"), on="person", how="left")
        if cases := [axis for axis in self.axes if axis not in PEOPLE]:
            rows = rows.join(self.log.tickets.select("ticket", *cases), on="ticket", how="left")
        return rows

    def _open(self) -> pl.DataFrame:
        return open_tickets(self.log, self.axes, self.begin_s, self.end_s)

    def _next_replies(self) -> pl.DataFrame:
        rows = self.log.next_replies.rename({"who": "person"}).with_columns(until_s=pl.lit(self.log.until_s))
        if {"role", "team", "seat"} & set(self.axes):
            people = self.log.people.select("person", "role", "team", "seat")
            rows = rows.join(people, on="person", how="left", maintain_order="left")
        if cases := [axis for axis in self.axes if axis not in PEOPLE]:
            rows = rows.join(self.log.tickets.select("ticket", *cases), on="ticket", how="left", maintain_order="left")
        return rows

    def _backlog(self) -> pl.DataFrame:
        return backlog(self.log, self.axes, self.begin_s, self.end_s)


def _raw(terms: list[Term]) -> frozenset[str]:
    return plan(tuple(terms)).raw


def _some(tickets: Sheet, told: list[pl.Series], names: list[str]) -> pl.DataFrame:
    """Return some columns of the tickets, and of what is told of them beside."""
    beside = {column.name: column for column in told}
    own = tickets.some(name for name in names if name not in beside)
    return pl.DataFrame([beside[name] if name in beside else own[name] for name in names])


def _unique(*names: str) -> list[str]:
    return sorted(set(names))


def _work(made: Plan, terms: tuple[Term, ...], scaled: bool, products: bool) -> Work:
    pairs = list(zip(made.items, terms, strict=True))
    return Work(
        items=frozenset(made.items),
        products=frozenset(
            (item.when, item.where, item.known, *factors)
            for item, term in pairs
            for factors in (item.products(term, scaled).values() if products else ())
        ),
        binned=frozenset((item.when, item.where, item.known, item.y) for item, term in pairs if term.binned),
        dated=terms[0].table == "backlog",
    )


def _batches(named: list[_Named], source: Source, products: bool) -> Iterable[list[_Named]]:
    """Yield terms that can be summed at a time; where groups are many, a few terms at a time."""
    most = 48 * (4 if products else 1) * source.groups * source.days()[1]
    size = max(4, ROOM // max(most, 1))
    return (named[first : first + size] for first in range(0, len(named), size))
