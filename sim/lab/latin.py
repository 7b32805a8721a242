"""Fresh random Latin squares: everybody of a role once in every seat, in fresh company in every world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import chance

type Seats = NDArray[np.int64]
"""Seat of each person by seating, shape (seatings, persons)."""

PURPOSE = chance.code("seating")
_SYMBOLS, _ROWS, _COLUMNS = range(3)


def square(people: int, seed: int, world: int, seatings: int | None = None) -> Seats:
    """Return the seatings of one world: the first rows of a random Latin square.

    Parameters
    ----------
    people
        Number of persons and of seats, at least 1.
    seed, world
        Name of the draw: the same pair, the same square; another world, an independent one.
    seatings
        Rows to take, 1 to `people`; all when absent.

    Returns
    -------
    ndarray of int, shape (seatings, people)
        Seat of every person by seating. No person sits twice in a seat, no seat is taken twice in a seating,
        and every row by itself is a uniformly random permutation, independent between worlds.

    Raises
    ------
    ValueError
        If `seatings` lies outside 1 ... `people`.

    Notes
    -----
    Row, columns and symbols of the cyclic square are permuted at random, each by its own numbers.
    Within a world neighbours are then not independent from row to row; the estimator multiplies only scores
    of different worlds, so this does not matter.

    Examples
    --------
    >>> rows = square(4, seed=1, world=0)
    >>> all(sorted(line.tolist()) == [0, 1, 2, 3] for line in (*rows, *rows.T))
    True
    """
    taken = people if seatings is None else seatings
    if not 1 <= taken <= people:
        raise ValueError(f"seatings must lie in 1 ... {people}, the number of persons, got {taken}")
    symbols, rows, columns = (_permutation(people, seed, world, part) for part in (_SYMBOLS, _ROWS, _COLUMNS))
    seats: Seats = symbols[(rows[:taken, None] + columns[None, :]) % people]
    return seats


def cyclic(people: int, seatings: int | None = None) -> Seats:
    """Return the fixed cyclic square, which is wrong: neighbours never change, so company looks like merit.

    It is kept as a negative control. Parameters and shape are those of `square`.
    """
    taken = people if seatings is None else seatings
    return (np.arange(taken)[:, None] + np.arange(people)[None, :]) % people


def _permutation(people: int, seed: int, world: int, part: int) -> NDArray[np.int64]:
    names = np.zeros((people, 3), np.uint32)
    names[:, 0], names[:, 1], names[:, 2] = np.arange(people), world, part
    order: NDArray[np.int64] = np.argsort(chance.uniforms(seed, PURPOSE, names), kind="stable")
    return order
