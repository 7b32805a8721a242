"""Sums and bins of one KPI in columns of whole numbers: how they are added together, and how they travel."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.cells import Labels, named
from sim.kpi.kernels import Ints, frozen, joined, merged, split
from sim.kpi.wide import carried, series

COLUMNS = {
    "n": slice(0, 1), "censored": slice(1, 2), "y": slice(2, 4), "x": slice(4, 6), "yy": slice(6, 10),
    "xx": slice(10, 14), "xy": slice(14, 18),
}  # fmt: skip
"""Where the limbs of each sum stand (see `wide`)."""

WIDTH = 18
FIGURES_WIDTH = 6
"""How many of these columns a figure needs: the products only describe the spread between tickets."""


class Sums(NamedTuple):
    """The sums of one KPI: cells, sorted, and a row of `COLUMNS` for each; empty cells are left out."""

    cell: Ints
    values: Ints


class Bins(NamedTuple):
    """Counts of one KPI on the grid, sorted by cell and bin.

    Attributes
    ----------
    cell, stop
        The cells, and where the bins of each end; those of the first begin at 0.
    bin, total
        Index into the grid, -1 below it, and how much there is of it.
    """

    cell: Ints
    stop: Ints
    bin: NDArray[np.int16]
    total: Ints

    @classmethod
    def of(cls, marks: Ints, totals: Ints) -> Bins:
        """Return bins from sorted marks (see `sim.kpi.kernels.split`); `cell` is the slot of each yet."""
        slot, stop = np.empty(len(marks), dtype=np.int64), np.empty(len(marks), dtype=np.int64)
        bins = np.empty(len(marks), dtype=np.int16)
        size = split(frozen(marks), slot, stop, bins)
        return cls(slot[:size].copy(), stop[:size].copy(), bins, totals)


def added(parts: Sequence[Sums]) -> Sums:
    """Return the sums of all parts together."""
    if len(parts) == 1:
        return parts[0]
    width = min(part.values.shape[1] for part in parts)
    cells = np.concatenate([part.cell for part in parts])
    cell, place = np.unique(cells, return_inverse=True)
    values = np.zeros((len(cell), width), dtype=np.int64)
    np.add.at(values, place, np.concatenate([part.values[:, :width] for part in parts]))
    return Sums(cell, normal(values))


def normal(values: Ints) -> Ints:
    """Carry what the limbs of each sum have too much."""
    made = values.copy()
    for where in COLUMNS.values():
        if where.stop <= values.shape[1] and where.stop - where.start > 1:
            made[:, where] = carried(values[:, where])
    return made


def gathered(parts: Sequence[Bins]) -> Bins:
    """Return the counts of all parts together."""
    return reduce(_both, parts)


def _both(one: Bins, two: Bins) -> Bins:
    cell = np.unique(np.concatenate([one.cell, two.cell]))
    marks, totals = merge_marks(*((_marks(part, cell), part.total) for part in (one, two)))
    made = Bins.of(marks, totals)
    return made._replace(cell=cell[made.cell])


def _marks(bins: Bins, cell: Ints) -> Ints:
    marks = np.empty(len(bins.bin), dtype=np.int64)
    joined(frozen(np.searchsorted(cell, bins.cell)), frozen(bins.stop), frozen(bins.bin), marks)
    return marks


def merge_marks(one: tuple[Ints, Ints], two: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Return two sorted lists of marks with their totals in one."""
    marks = np.empty(len(one[0]) + len(two[0]), dtype=np.int64)
    totals = np.empty_like(marks)
    size = merged(frozen(one[0]), frozen(one[1]), frozen(two[0]), frozen(two[1]), marks, totals)
    return marks[:size], totals[:size]


def sums_frame(found: dict[str, Sums], labels: Labels) -> pl.DataFrame:
    """Return the sums of KPIs as a frame: `name`, the axes, `day`, and every sum in 128 bits; sorted by the former."""
    frames = [pl.DataFrame(schema={"name": pl.String, **_keys(labels), **dict.fromkeys(COLUMNS, pl.Int128)})]
    for name in sorted(found):
        cell, values = found[name]
        there = {key: where for key, where in COLUMNS.items() if where.stop <= values.shape[1]}
        columns = [series(values[:, where]).alias(key) for key, where in there.items()]
        frames.append(pl.DataFrame([_name(name, len(cell)), *named(labels, cell), *columns]))
    return pl.concat(frames, how="diagonal")


def bins_frame(found: dict[str, Bins], labels: Labels) -> pl.DataFrame:
    """Return the counts of KPIs as a frame: `name`, the axes, `day`, `bin` and `count`; sorted by all but the last."""
    schema = {"name": pl.String, **_keys(labels), "bin": pl.Int64, "count": pl.Int64}
    frames = [pl.DataFrame(schema=schema)]
    for name in sorted(found):
        bins = found[name]
        cell = np.repeat(bins.cell, np.diff(bins.stop, prepend=0))
        columns = [pl.Series("bin", bins.bin.astype(np.int64)), pl.Series("count", bins.total)]
        frames.append(pl.DataFrame([_name(name, len(cell)), *named(labels, cell), *columns]))
    return pl.concat(frames)


def _keys(labels: Labels) -> dict[str, Any]:
    return {**dict.fromkeys(labels, pl.String), "day": pl.Int32}


def _name(name: str, size: int) -> pl.Series:
    return pl.Series("name", [name], dtype=pl.String).new_from_index(0, size)


Packed = tuple[tuple[tuple[tuple[int, ...], str, int], ...], bytes]
"""Shape, kind of number and step of each array, and all their bytes, made small."""


def packed(arrays: Iterable[NDArray[Any]]) -> Packed:
    """Return arrays of whole numbers of one or two dimensions in few bytes: columns, steps, narrow numbers, zlib."""
    heads, body = [], []
    for array in arrays:
        columns = np.ascontiguousarray(array.T)
        stepped = array.ndim == 1 and bool(len(array)) and bool((np.diff(array) >= 0).all())
        raw = np.diff(columns, prepend=0) if stepped else columns
        low, high = (int(raw.min()), int(raw.max())) if raw.size else (0, 0)
        kind = next(k for k in ("i1", "i2", "i4", "i8") if np.iinfo(k).min <= low and high <= np.iinfo(k).max)
        heads.append((array.shape, f"{array.dtype.str}{'+' if stepped else ''}", int(kind[1])))
        body.append(raw.astype(kind).tobytes())
    return tuple(heads), zlib.compress(b"".join(body), 1)


def unpacked(made: Packed) -> list[NDArray[Any]]:
    """Return the arrays that were packed."""
    heads, small = made
    body, at, arrays = zlib.decompress(small), 0, []
    for shape, dtype, size in heads:
        count = int(np.prod(shape))
        raw = np.frombuffer(body, f"i{size}", count, at).reshape(shape[::-1])
        at += count * size
        wide = np.cumsum(raw, dtype=np.int64) if dtype.endswith("+") else raw
        arrays.append(np.ascontiguousarray(wide.T.astype(dtype.rstrip("+"))))
    return arrays
