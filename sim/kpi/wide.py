"""Whole numbers of up to 128 bits in columns: limbs of 32 bits, the highest first, the highest with the sign."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.kernels import HALF, LIMB, MASK, Ints


def carried(limbs: Ints) -> Ints:
    """Return the same numbers with all limbs but the highest in 0 ... 2^32 - 1; shape (numbers, limbs)."""
    made = limbs.copy()
    for place in range(made.shape[1] - 1, 0, -1):
        made[:, place - 1] += made[:, place] >> LIMB
        made[:, place] &= MASK
    return made


def widened(two: Ints) -> Ints:
    """Return numbers of two limbs in four."""
    made = np.zeros((len(two), 4), dtype=np.int64)
    made[:, 2:] = two
    # The high limb of two may be greater than 32 bits: it is carried on.
    return carried(made)


def product(parts: Ints) -> Ints:
    """Return the numbers that `add_products` summed in three parts, shape (numbers, 6), in four limbs."""
    high, middle, low = (widened(parts[:, place : place + 2]) for place in (0, 2, 4))
    low[:, :3] += (high << (2 * HALF - LIMB))[:, 1:]
    return carried(carried(low) + carried(middle << HALF))


def floats(two: Ints) -> NDArray[np.float64]:
    """Return the nearest floats to numbers of two limbs."""
    high, low = two[:, 0], two[:, 1]
    small = (high >= -(2**31)) & (high < 2**31)
    if small.all():
        return ((high << LIMB) + low).astype(np.float64)
    return np.array([float((int(h) << LIMB) + int(r)) for h, r in zip(high, low, strict=True)], dtype=np.float64)


def plain(two: Ints) -> Ints:
    """Return numbers of two limbs as one each.

    Raises
    ------
    OverflowError
        If one does not fit 64 bits.
    """
    if ((two[:, 0] < -(2**31)) | (two[:, 0] >= 2**31)).any():
        raise OverflowError("a sum does not fit 64 bits")
    return (two[:, 0] << LIMB) + two[:, 1]


def series(limbs: Ints) -> pl.Series:
    """Return the numbers as a column of 128 bits."""
    frame = pl.DataFrame({str(place): limbs[:, place] for place in range(limbs.shape[1])})
    made = pl.col("0").cast(pl.Int128)
    for place in range(1, limbs.shape[1]):
        made = made * pl.lit(2**LIMB, dtype=pl.Int128) + pl.col(str(place)).cast(pl.Int128)
    return frame.select(made).to_series()
