"""The pass over the rows of one table: pieces of it, one after the other or side by side, into sums by cell."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.calendar import Timeline
from sim.kpi.cells import Labels, groups_of, words
from sim.kpi.features import rowwise
from sim.kpi.kernels import (
    BIN_BITS,
    DAY_BITS,
    Ints,
    add,
    add_products,
    bins_of,
    cells_of,
    frozen,
    places,
    runs,
    sort_radix,
)
from sim.kpi.mechanism import Term
from sim.kpi.plan import Item, Plan, Value
from sim.kpi.statistics import GRID
from sim.kpi.sums import COLUMNS, FIGURES_WIDTH, WIDTH, Bins, Sums, merge_marks, normal
from sim.kpi.wide import product

PIECE = 1 << 17
"""Rows that are worked on at a time: their columns stay close to the processor, and memory is bounded."""

_EXACT = int(np.flatnonzero(np.diff(GRID) > 1)[0]) + 1
_GRID, _STARTS = frozen(GRID), frozen(places(GRID))
_NO_INTS, _ALL = frozen(np.zeros(0, dtype=np.int64)), frozen(np.zeros(0, dtype=np.bool_))

_Key = tuple[Any, ...]


class TooLargeError(ValueError):
    """A number of a row is too large to be summed exactly; it is one of those that `item` sums."""

    def __init__(self, item: Item) -> None:
        super().__init__("a number of the log is too large to be summed exactly")
        self.item = item


class Source(NamedTuple):
    """The rows of a table and how they are to be read.

    Attributes
    ----------
    frame
        Columns of the table, the axes, and `weight` where rows have one.
    labels
        The labels of the axes.
    timeline, begin_s, last_s, until_s
        The seconds that are looked at, the last included, and the end of the log.
    weighted
        Whether there are weights.
    """

    frame: pl.DataFrame
    labels: Labels
    timeline: Timeline
    begin_s: int
    last_s: int
    until_s: int
    weighted: bool

    @property
    def groups(self) -> int:
        """How many groups there may be."""
        return int(np.prod([len(known) + 1 for known in self.labels.values()], dtype=object))

    def days(self) -> tuple[int, int]:
        """Return the first local day that a row may have, and how many; wall clocks may be put back over midnight."""
        first, last = (self.timeline.day(at_s) for at_s in (self.begin_s, self.last_s))
        return min(first, last) - 1, abs(last - first) + 3


class Slots(NamedTuple):
    """Where the sums of cells stand: one place for every possible cell, or only for those that occur, sorted."""

    first_day: int
    days: int
    size: int
    cells: Ints | None

    def cell(self, slot: Ints) -> Ints:
        """Return the cells of some slots."""
        if self.cells is not None:
            return self.cells[slot]
        return ((slot // self.days) << DAY_BITS) + slot % self.days + self.first_day


@dataclass
class Marks:
    """Slots with bins as single numbers, and the weights of these, in the room that all rows could need."""

    mark: Ints
    weight: Ints
    size: int = 0

    @classmethod
    def room(cls, rows: int, *, weighted: bool) -> Marks:
        """Return the room for so many rows."""
        return cls(np.empty(rows, dtype=np.int64), np.empty(rows if weighted else 0, dtype=np.int64))

    def run(self, bits: int) -> tuple[Ints, Ints]:
        """Return the marks sorted, equal ones once, and how much there is of each; marks are below 2^bits."""
        mark, weight = self.mark[: self.size], self.weight[: self.size]
        spare = np.empty_like(mark)
        if len(weight):
            order = np.argsort(mark, kind="stable")
            mark, weight = mark[order], weight[order]
        elif sort_radix(mark, spare, bits):
            mark, spare = spare, mark
        size = runs(mark, frozen(weight), spare)
        return mark[:size], spare[:size]


@dataclass
class Tally:
    """What has been summed, by what is summed, the plain sums in one room; `runs` are sorted marks and their totals."""

    room: Ints
    sums: dict[Item, Ints]
    products: dict[_Key, Ints]
    runs: dict[_Key, tuple[Ints, Ints]] = field(default_factory=dict)

    def take(self, other: Tally) -> Tally:
        """Add what another has summed to this one, and return it."""
        self.room += other.room
        for key, sums in other.products.items():
            self.products[key] += sums
        for key, run in other.runs.items():
            self.runs[key] = merge_marks(self.runs[key], run)
        return self

    def settled(self) -> Tally:
        """Carry what the limbs of the sums have too much."""
        self.room[:] = normal(self.room.reshape(-1, FIGURES_WIDTH)).reshape(self.room.shape)
        return self


class Work(NamedTuple):
    """What is to be summed over the rows of a source, each once.

    Attributes
    ----------
    items
        Counts, y and x.
    products
        Instant, where, known and both factors.
    binned
        Instant, where, known and the value that is counted on the grid.
    dated
        Whether rows have a local day instead of an instant.
    """

    items: frozenset[Item]
    products: frozenset[tuple[str, str, str, Value, Value]]
    binned: frozenset[tuple[str, str, str, Value]]
    dated: bool

    @property
    def slot_bytes(self) -> int:
        """What a slot takes."""
        return 48 * (len(self.items) + len(self.products))


def tallied(source: Source, plan: Plan, work: Work, slots: Slots) -> Tally:
    """Return the sums over all rows; they are whole numbers, so neither pieces nor threads play a part."""
    starts = range(0, source.frame.height, PIECE)
    threads = min(pl.thread_pool_size(), len(starts))
    if threads < 2:
        return _tally(source, plan, work, slots, starts).settled()
    # Neighbours stay together: what is sorted apart then hardly mixes when it is merged.
    edges = [len(starts) * number // threads for number in range(threads + 1)]
    shares = [starts[first:last] for first, last in pairwise(edges)]
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(lambda share: _tally(source, plan, work, slots, share), shares)
        return reduce(Tally.take, parts).settled()


def _tally(source: Source, plan: Plan, work: Work, slots: Slots, starts: range) -> Tally:
    room = np.zeros((len(work.items), slots.size, FIGURES_WIDTH), dtype=np.int64)
    made = Tally(
        room=room,
        sums=dict(zip(work.items, room, strict=True)),
        products={key: np.zeros((slots.size, 6), dtype=np.int64) for key in work.products},
    )
    rows = min(source.frame.height, len(starts) * PIECE)
    marks = {key: Marks.room(rows, weighted=source.weighted) for key in work.binned}
    for start in starts:
        piece = _Piece.of(source, plan, work, slots, start)
        _add(made, piece, work)
        for key, found in marks.items():
            _mark(found, piece, *key)
    made.runs.update({key: found.run((slots.size << BIN_BITS).bit_length()) for key, found in marks.items()})
    return made


class _Piece(NamedTuple):
    """Columns of some rows, and the slot of each row by the column of its instant."""

    columns: dict[str, NDArray[Any]]
    slot: dict[str, Ints]
    weight: Ints

    @classmethod
    def of(cls, source: Source, plan: Plan, work: Work, slots: Slots, start: int) -> _Piece:
        columns, group = _read(source, plan.columns, plan.derived, start)
        whens = {item.when for item in work.items}
        slot = {when: frozen(_slots(source, slots, columns[when], group, work.dated)) for when in whens}
        return cls(columns, slot, columns["weight"] if source.weighted else _NO_INTS)

    def ints(self, value: Value) -> NDArray[Any]:
        return self.columns[value.column] if value.column else _NO_INTS

    def truth(self, column: str) -> NDArray[Any]:
        return self.columns[column] if column else _ALL


def _read(
    source: Source, columns: Sequence[pl.Expr], derived: frozenset[str], start: int
) -> tuple[dict[str, NDArray[Any]], Ints]:
    """Return columns of some rows, and the number of the group of each row."""
    piece = source.frame.slice(start, PIECE)
    if made := rowwise(derived, source.until_s):
        piece = piece.with_columns(made)
    codes = [pl.col(axis).to_physical().cast(pl.Int32).fill_null(-1) for axis in source.labels]
    found = piece.select(*columns, *codes, *(["weight"] if source.weighted else []))
    arrays = {column.name: frozen(column.to_numpy()) for column in found.iter_columns()}
    numbers = {axis: _ranks(source, axis)[arrays[axis]] for axis in source.labels}
    return arrays, frozen(groups_of(source.labels, numbers))


def _ranks(source: Source, axis: str) -> Ints:
    """Return the number of the label for each code of an axis; its last place is nobody's, whose code is -1."""
    place = {word: number + 1 for number, word in enumerate(source.labels[axis])}
    return np.array([*(place[word] for word in words(source.frame, axis)), 0], dtype=np.int64)


def _slots(source: Source, slots: Slots, at: Ints, group: Ints, dated: bool) -> Ints:
    out = np.empty(len(at), dtype=np.int64)
    if dated:
        own = group if len(group) else np.zeros(len(at), dtype=np.int64)
        out[:] = own * slots.days + at - slots.first_day if slots.days else (own << DAY_BITS) + at
    else:
        begins, shown, _ = source.timeline.offsets(source.begin_s, source.last_s)
        days = (slots.first_day, slots.days)
        cells_of(at, group, source.begin_s, source.last_s, frozen(begins), frozen(shown), *days, out)
    if slots.cells is None or not slots.size:
        return out
    return np.where(out < 0, -1, np.searchsorted(slots.cells, out))


def slots_for(source: Source, plan: Plan, work: Work, room: int) -> Slots:
    """Return where sums stand: a place for every cell if `room` bytes suffice, else for those that occur."""
    first_day, days = source.days()
    if source.groups * days * work.slot_bytes <= room:
        return Slots(first_day, days, source.groups * days, None)
    open_ = Slots(0, 0, 0, None)
    whens = {item.when for item in work.items}
    columns = [column for column in plan.columns if column.meta.output_name() in whens]
    found = np.zeros(0, dtype=np.int64)
    for start in range(0, source.frame.height, PIECE):
        arrays, group = _read(source, columns, plan.derived, start)
        cells = [np.unique(_slots(source, open_, arrays[when], group, work.dated)) for when in whens]
        found = np.unique(np.concatenate([found, *cells]))
    found = found[found >= 0]
    return Slots(0, 0, len(found), frozen(found))


def _add(made: Tally, piece: _Piece, work: Work) -> None:
    """Add the rows of a piece."""
    for item in work.items:
        n, y, x = item.n, item.y, item.x
        seen = add(
            made.sums[item], piece.slot[item.when], piece.truth(item.where), piece.truth(item.known),
            piece.ints(n), piece.ints(y), piece.ints(x), piece.weight, n.each, y.each, x.each,
        )  # fmt: skip
        if seen >> (42 if len(piece.weight) else 60):
            raise TooLargeError(item)
    for (when, where, known, u, v), sums in made.products.items():
        factors = (piece.ints(u), piece.ints(v), piece.weight, u.each, v.each)
        add_products(sums, piece.slot[when], piece.truth(where), piece.truth(known), *factors)


def _mark(found: Marks, piece: _Piece, when: str, where: str, known: str, y: Value) -> None:
    """Add slot and bin, as one number, of the rows that count, and their weights."""
    slot = piece.slot[when]
    row = np.empty(len(slot) if len(piece.weight) else 0, dtype=np.int64)
    values = piece.ints(y) if y.column else frozen(np.full(len(slot), y.each, dtype=np.int64))
    truths = (piece.truth(where), piece.truth(known))
    size = bins_of(found.mark[found.size :], slot, *truths, values, _GRID, _STARTS, _EXACT, row)
    if len(piece.weight):
        found.weight[found.size : found.size + size] = piece.weight[row[:size]]
    found.size += size


def sums_of(made: Tally, item: Item, term: Term, slots: Slots, *, scaled: bool, full: bool) -> Sums:
    """Return the sums of one term: those that were made, and those that follow; products only if they are wanted."""
    plain = made.sums[item]
    slot = np.flatnonzero(plain.any(axis=1))
    if not full:
        return Sums(slots.cell(slot), plain[slot])
    values = np.zeros((len(slot), WIDTH), dtype=np.int64)
    values[:, :FIGURES_WIDTH] = plain[slot]
    for key, (u, v) in item.products(term, scaled).items():
        values[:, COLUMNS[key]] = product(made.products[item.when, item.where, item.known, u, v][slot])
    for key, same in item.follows(term, scaled).items():
        values[:, COLUMNS[key]][:, 2:] = values[:, COLUMNS[same]]
    return Sums(slots.cell(slot), normal(values))


def bins_of_term(made: Tally, item: Item, slots: Slots) -> Bins:
    """Return the counts of one term on the grid."""
    marks, totals = made.runs.get((item.when, item.where, item.known, item.y), (_NO_INTS, _NO_INTS))
    bins = Bins.of(marks, totals)
    return bins._replace(cell=slots.cell(bins.cell))
