"""The best linear composite of measures: the ceiling that no choice of points and weights on them can beat by much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

RIDGE = 0.02
"""Share of each measure's own variance that is added to it, so that few worlds do not fit their noise."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The variance between people of several measures, as matrices over the measures.

    Attributes
    ----------
    person
        What stays with the person when seat and world change: mean products over pairs of different worlds.
    seat
        What stays with the seat when person and world change, likewise.
    whole
        All of it, in one world and seating.
    """

    person: Floats
    seat: Floats
    whole: Floats


def centred(values: Floats) -> Floats:
    """Return values less the mean of their run over people; who has none counts as the mean.

    Parameters
    ----------
    values
        Shape (..., people, measures); NaN where there is nothing.
    """
    known = ~np.isnan(values)
    counts = known.sum(axis=-2, keepdims=True)
    sums = np.where(known, values, 0.0).sum(axis=-2, keepdims=True)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    return np.where(known, values - means, 0.0)


def parts_of(values: Floats, seats: Ints) -> Parts:
    """Return how measures vary between people.

    Parameters
    ----------
    values
        By world, seating, person and measure, shape (worlds, seatings, people, measures); 2 worlds or more.
    seats
        Seat of each person, 0 to people - 1, shape (worlds, seatings, people).

    Notes
    -----
    The same estimates as `sim.lab.split`, with products of two measures in the place of squares.
    """
    worlds, seatings, people, measures = values.shape
    if worlds < 2:
        raise ValueError(f"what stays with a person needs 2 worlds or more, got {worlds}")
    rows = centred(values)
    by_seat = np.take_along_axis(rows, np.argsort(seats, axis=2)[..., None], axis=2)
    person, seat = (_across(part.mean(axis=1)) / (people - 1) for part in (rows, by_seat))
    flat = rows.reshape(-1, measures)
    return Parts(person, seat, flat.T @ flat / (worlds * seatings * (people - 1)))


def _across(means: Floats) -> Floats:
    """Return the mean product of two measures over ordered pairs of different worlds, summed over people or seats."""
    every, worlds = means.sum(axis=0), len(means)
    made = every.T @ every - np.einsum("wpj,wpk->jk", means, means)
    return np.asarray((made + made.T) / (2 * worlds * (worlds - 1)), np.float64)


def best_composite(values: Floats, seats: Ints, ridge: float = RIDGE) -> Floats:
    """Return the weights of the measures whose sum has the largest merit share, one month at a time.

    Parameters
    ----------
    values, seats
        As of `parts_of`, of the worlds that it is fitted on. It must be judged on others.
    ridge
        Share of each measure's variance that is added to it, at least 0.

    Returns
    -------
    NDArray
        Weights in units of 1 / the measure's, shape (measures,), with the largest of the standardised ones positive;
        0 for a measure in which nobody ever differs.

    Notes
    -----
    The merit share of a sum with weights a is a'Pa / a'Va (P, V as of `parts_of`), a Rayleigh quotient; its maximum
    is the first generalised eigenvector (Hotelling 1936).
    """
    made = parts_of(values, seats)
    scale = np.sqrt(np.diag(made.whole))
    some = scale > 1e-12
    found = np.zeros(len(scale))
    if not some.any():
        return found
    unit = np.outer(scale[some], scale[some])
    whole = made.whole[np.ix_(some, some)] / unit
    _, vectors = linalg.eigh(made.person[np.ix_(some, some)] / unit, whole + ridge * np.eye(int(some.sum())))
    first = vectors[:, -1]
    found[some] = first * np.sign(first[np.argmax(np.abs(first))]) / scale[some]
    return found
