"""Cells: group and local day as one whole number, so that one key is all that sums have to be sorted by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from sim.kpi.kernels import DAY_BITS, Ints

Labels = Mapping[str, tuple[str, ...]]
"""Axis: what may stand in it, sorted. Number 0 is nobody, number k the k-th label."""

_DAYS = (1 << DAY_BITS) - 1


def labels_of(axes: Sequence[str], frames: Iterable[pl.DataFrame]) -> Labels:
    """Return the labels of some axes in frames that hold them as enums.

    Raises
    ------
    ValueError
        If there are more than 2^42 possible groups.
    """
    frames = list(frames)
    found = {axis: tuple(sorted({word for frame in frames for word in words(frame, axis)})) for axis in axes}
    return checked(found)


def words(frame: pl.DataFrame, axis: str) -> list[str]:
    """Return the names that an axis of a frame may hold, in the order of their codes."""
    dtype = frame.schema[axis]
    return dtype.categories.to_list() if isinstance(dtype, pl.Enum) else []


def checked(labels: Labels) -> Labels:
    """Return the labels, unless their groups are too many to be numbered.

    Raises
    ------
    ValueError
        If so.
    """
    groups = 1
    for known in labels.values():
        groups *= len(known) + 1
    if groups >= 1 << (62 - DAY_BITS):
        raise ValueError(f"cannot split by {', '.join(labels)} at once: {groups} possible groups are too many")
    return labels


def groups_of(labels: Labels, codes: Mapping[str, Ints]) -> Ints:
    """Return the number of the group of each row from the numbers of its labels."""
    made = np.zeros(0, dtype=np.int64)
    for axis, known in labels.items():
        made = codes[axis] if not made.size else made * (len(known) + 1) + codes[axis]
    return made


def codes_of(labels: Labels, cells: Ints) -> dict[str, Ints]:
    """Return the numbers of the labels of each cell."""
    group = cells >> DAY_BITS
    made = {}
    for axis, known in reversed(list(labels.items())):
        made[axis] = group % (len(known) + 1)
        group = group // (len(known) + 1)
    return {axis: made[axis] for axis in labels}


def days_of(cells: Ints) -> Ints:
    """Return the local day of each cell, as `date.toordinal` counts."""
    return cells & _DAYS


def renamed(cells: Ints, old: Labels, new: Labels) -> Ints:
    """Return the cells under other labels, which hold the old ones."""
    if old == new:
        return cells
    codes = codes_of(old, cells)
    for axis, known in old.items():
        place = {word: number + 1 for number, word in enumerate(new[axis])}
        codes[axis] = np.array([0, *(place[word] for word in known)], dtype=np.int64)[codes[axis]]
    group = groups_of(new, codes)
    return (group << DAY_BITS) + days_of(cells)


def named(labels: Labels, cells: Ints) -> list[pl.Series]:
    """Return the labels and the day of each cell as columns; nobody is null."""
    made = [
        pl.Series(axis, [None, *labels[axis]], dtype=pl.String).gather(code)
        for axis, code in codes_of(labels, cells).items()
    ]
    return [*made, pl.Series("day", days_of(cells), dtype=pl.Int32)]
