"""Compiled passes over the rows of a log: small loops over whole numbers, exact, that hold no lock.

Sums are held in limbs of 32 bits, each in a number of 64: a column of high parts and one of low parts. So adding is two
additions without a carry, and more than two thousand million rows can be added before anything has to be carried.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

NONE = int(np.iinfo(np.int64).min)
"""An instant that is not known."""

LIMB = 32
MASK = (1 << LIMB) - 1
HALF = 31
_HALF_MASK = (1 << HALF) - 1
DAY_S = 86_400
EPOCH_DAY = 719_163
"""1 January 1970, as `date.toordinal` counts."""

DAY_BITS = 20
"""A cell is a number: the group, and in its lowest bits the local day; the year 2399 needs 20."""

BIN_BITS = 13
"""A bin of a cell is a number too: the cell's, and in its lowest bits one more than the bin."""

_LEVELS, _PLACES, _FIRST_SHIFT, _STEP = 4, 4096, 5, 7
_RADIX = 11


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that cannot be written to, so that compiled functions see one type of argument."""
    made = array.view()
    made.flags.writeable = False
    return made


@njit(cache=True, nogil=True)
def cells_of(
    at_s: Ints, group: Ints, begin_s: int, last_s: int, begins: Ints, shown: Ints, first_day: int, days: int, out: Ints
) -> None:
    """Write the cell of every row: its group and the local day of its instant; -1 outside of [begin_s, last_s].

    Parameters
    ----------
    at_s
        Instants in seconds, `NONE` where there is none.
    group
        Groups from 0, or no element where all rows are of group 0.
    begin_s, last_s
        The first and the last second that is looked at.
    begins, shown
        As `Timeline.offsets` gives them.
    first_day, days
        Cells are group x days + day, counted from the first day; with 0 days they are numbered as in `sim.kpi.cells`.
    out
        Where cells go.
    """
    piece, last = 0, len(begins) - 1
    for i in range(len(at_s)):
        at = at_s[i]
        if at < begin_s or at > last_s:
            out[i] = -1
            continue
        while piece < last and begins[piece + 1] <= at:
            piece += 1
        while piece > 0 and begins[piece] > at:
            piece -= 1
        day = (at + shown[piece]) // DAY_S + EPOCH_DAY - first_day
        own = group[i] if len(group) else 0
        out[i] = own * days + day if days else (own << DAY_BITS) + day


@njit(cache=True, nogil=True)
def add(
    sums: Ints, slot: Ints, where: Bools, known: Bools, n: Ints, y: Ints, x: Ints, weight: Ints,
    n_each: int, y_each: int, x_each: int,
) -> int:  # fmt: skip
    """Add rows to the sums of their slots: n, censored, and y and x in two limbs each.

    Parameters
    ----------
    sums
        Shape (slots, 6).
    slot
        Row of `sums`; a negative one is left out.
    where, known
        Which rows count, and which of these are not censored. No element: all.
    n, y, x, weight
        Whole numbers; no element: `n_each`, `y_each`, `x_each` and 1 for every row.
    n_each, y_each, x_each
        What stands for them.

    Returns
    -------
    int
        At least the greatest magnitude of what was added, before weights, and below twice it.
    """
    wheres, knowns = len(where) > 0, len(known) > 0
    ns, ys, xs, weights = len(n) > 0, len(y) > 0, len(x) > 0, len(weight) > 0
    seen = 0
    for i in range(len(slot)):
        at = slot[i]
        if at < 0 or (wheres and not where[i]):
            continue
        if knowns and not known[i]:
            sums[at, 1] += 1
            continue
        sums[at, 0] += n[i] if ns else n_each
        above = y[i] if ys else y_each
        below = x[i] if xs else x_each
        seen |= (above ^ (above >> 63)) | (below ^ (below >> 63))
        if weights:
            above *= weight[i]
            below *= weight[i]
        sums[at, 2] += above >> LIMB
        sums[at, 3] += above & MASK
        sums[at, 4] += below >> LIMB
        sums[at, 5] += below & MASK
    return seen


@njit(cache=True, nogil=True)
def add_products(
    sums: Ints, slot: Ints, where: Bools, known: Bools, u: Ints, v: Ints, weight: Ints, u_each: int, v_each: int
) -> None:
    """Add u v of rows to their slots, in three parts of two limbs: times 2^62, times 2^31, and plain.

    Parameters
    ----------
    sums
        Shape (slots, 6).
    slot, where, known, weight
        As in `add`; weights multiply both factors.
    u, v
        Factors below 2^62 in magnitude, weights included.
    u_each, v_each
        What stands for a factor without elements.
    """
    wheres, knowns, us, vs, weights = len(where) > 0, len(known) > 0, len(u) > 0, len(v) > 0, len(weight) > 0
    for i in range(len(slot)):
        at = slot[i]
        if at < 0 or (wheres and not where[i]) or (knowns and not known[i]):
            continue
        one = u[i] if us else u_each
        two = v[i] if vs else v_each
        if weights:
            one *= weight[i]
            two *= weight[i]
        a, b, c, d = one >> HALF, one & _HALF_MASK, two >> HALF, two & _HALF_MASK
        high, middle, low = a * c, a * d + b * c, b * d
        sums[at, 0] += high >> LIMB
        sums[at, 1] += high & MASK
        sums[at, 2] += middle >> LIMB
        sums[at, 3] += middle & MASK
        sums[at, 4] += low >> LIMB
        sums[at, 5] += low & MASK


def places(edges: Ints) -> Ints:
    """Return where to begin to look for the bin of a number: per level of width, the bin of each stretch's begin."""
    made = np.empty((_LEVELS, _PLACES), dtype=np.int64)
    for level in range(_LEVELS):
        begins = np.arange(_PLACES, dtype=np.int64) << (_FIRST_SHIFT + _STEP * level)
        made[level] = np.searchsorted(edges, begins, "right") - 1
    return made


@njit(cache=True, nogil=True)
def bin_of(value: int, edges: Ints, starts: Ints, exact: int) -> int:
    """Return the last bin whose lower edge is at most the value; -1 below the first.

    Parameters
    ----------
    value
        A whole number.
    edges
        Lower edges of the bins; the first `exact` ones are 0, 1, 2 ...
    starts
        Their `places`.
    exact
        How many bins hold a single number.
    """
    if value < exact:
        return max(value, -1)
    last = len(edges) - 1
    if value >= edges[last]:
        return last
    level, shift = 0, _FIRST_SHIFT
    while value >> shift >= _PLACES:
        level += 1
        shift += _STEP
    found = starts[level, value >> shift]
    while edges[found + 1] <= value:
        found += 1
    return int(found)


@njit(cache=True, nogil=True)
def bins_of(
    out: Ints, slot: Ints, where: Bools, known: Bools, y: Ints, edges: Ints, starts: Ints, exact: int, row: Ints
) -> int:
    """Write slot and bin, as one number, of every row that counts, and which row it was; return how many."""
    wheres, knowns = len(where) > 0, len(known) > 0
    count = 0
    for i in range(len(slot)):
        if slot[i] < 0 or (wheres and not where[i]) or (knowns and not known[i]):
            continue
        out[count] = (slot[i] << BIN_BITS) + bin_of(y[i], edges, starts, exact) + 1
        if len(row):
            row[count] = i
        count += 1
    return count


@njit(cache=True, nogil=True)
def sort_radix(keys: Ints, spare: Ints, bits: int) -> bool:
    """Sort numbers from 0 below 2^bits; say whether the result stands in `spare`."""
    here, there, swapped = keys, spare, False
    for shift in range(0, bits, _RADIX):
        ends = np.zeros((1 << _RADIX) + 1, dtype=np.int64)
        for key in here:
            ends[((key >> shift) & ((1 << _RADIX) - 1)) + 1] += 1
        for digit in range(1 << _RADIX):
            ends[digit + 1] += ends[digit]
        for key in here:
            digit = (key >> shift) & ((1 << _RADIX) - 1)
            there[ends[digit]] = key
            ends[digit] += 1
        here, there, swapped = there, here, not swapped
    return swapped


@njit(cache=True, nogil=True)
def runs(keys: Ints, weight: Ints, counts: Ints) -> int:
    """Put equal neighbours together, in place: their number once, their weights (1 each where none) in `counts`."""
    found = -1
    for i in range(len(keys)):
        each = weight[i] if len(weight) else 1
        if found >= 0 and keys[found] == keys[i]:
            counts[found] += each
        else:
            found += 1
            keys[found] = keys[i]
            counts[found] = each
    return found + 1


@njit(cache=True, nogil=True)
def merged(one: Ints, ones: Ints, two: Ints, twos: Ints, keys: Ints, counts: Ints) -> int:
    """Merge two sorted lists of different numbers with their counts; return the length of the result."""
    i, j, k = 0, 0, 0
    while i < len(one) or j < len(two):
        first = j == len(two) or (i < len(one) and one[i] <= two[j])
        both = i < len(one) and j < len(two) and one[i] == two[j]
        keys[k] = one[i] if first else two[j]
        counts[k] = (ones[i] if first else 0) + (twos[j] if both or not first else 0)
        i += 1 if first else 0
        j += 1 if both or not first else 0
        k += 1
    return k


@njit(cache=True, nogil=True)
def split(marks: Ints, slot: Ints, stop: Ints, bin_: NDArray[np.int16]) -> int:
    """Write each slot of sorted marks once, where its bins end, and the bin of every mark; return how many slots."""
    found = -1
    for i in range(len(marks)):
        own = marks[i] >> BIN_BITS
        if found < 0 or slot[found] != own:
            found += 1
            slot[found] = own
        stop[found] = i + 1
        bin_[i] = (marks[i] & ((1 << BIN_BITS) - 1)) - 1
    return found + 1


@njit(cache=True, nogil=True)
def joined(place: Ints, stop: Ints, bin_: NDArray[np.int16], marks: Ints) -> None:
    """Write the marks of bins whose cells stand at some places: what `split` takes apart."""
    i = 0
    for k in range(len(place)):
        while i < stop[k]:
            marks[i] = (place[k] << BIN_BITS) + bin_[i] + 1
            i += 1


@njit(cache=True, nogil=True)
def below(
    stop: Ints,
    bin_: NDArray[np.int16],
    total: Ints,
    limit: Ints,
    under: Floats,
    every: Floats,
) -> None:
    """Write for each cell what lies at or below its limit, a bin, and what there is at all."""
    i = 0
    for k in range(len(stop)):
        low, all_ = 0, 0
        while i < stop[k]:
            all_ += total[i]
            low += total[i] if bin_[i] <= limit[k] else 0
            i += 1
        under[k], every[k] = low, all_


@njit(cache=True, nogil=True)
def ranks_at(run: Ints, bin_: NDArray[np.int16], count: Ints, share: Floats, bins: int, found: Ints) -> None:
    """Write the first bin at which a share of a run's counts lies at or below; -1 for a run of nothing.

    Parameters
    ----------
    run
        Begin of each run of rows, and the end of the last; shape (runs + 1,).
    bin_, count
        Bin and count of each row.
    share
        Of each run, in [0, 1] or beyond, where the first or the last bin is taken.
    bins
        How many bins there are.
    found
        Where the bins go, one per run.
    """
    histogram = np.zeros(bins + 1, dtype=np.int64)
    for k in range(len(run) - 1):
        histogram[:] = 0
        total = 0
        for i in range(run[k], run[k + 1]):
            histogram[bin_[i] + 1] += count[i]
            total += count[i]
        found[k] = -1
        if total == 0:
            continue
        needed = min(max(int(np.ceil(share[k] * total)), 1), total)
        running, at = 0, -1
        while running < needed:
            at += 1
            running += histogram[at]
        found[k] = at - 1
