"""Places in a ranking with simultaneous intervals: who can be told apart from whom, and who cannot."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DRAWS = 4000
_SEED = 20_240_601
_CHUNK = 1 << 21


class Ranks(NamedTuple):
    """Places of people, 1 is the best.

    Attributes
    ----------
    place
        By the figure; ties go by the order of the people.
    low, high
        The places that somebody may truly have: all of these intervals hold together at the level.
    told_apart
        Share of the pairs of people who can be told apart, 0 to 1.
    critical
        How many standard errors of their difference two people must lie apart.
    """

    place: Ints
    low: Ints
    high: Ints
    told_apart: float
    critical: float


def ranks(
    value: NDArray[Any], error: NDArray[Any], days: NDArray[Any], *, higher: bool, level: float = 0.95
) -> Ranks:  # fmt: skip
    """Return places with simultaneous intervals.

    Whose harm: whoever stands at the end of a ranking whose order luck has made. Places compare people as they were
    seated; who is told apart may be told apart by the seat.

    Parameters
    ----------
    value, error
        Figures of two or more people, and their standard errors, at least one above 0.
    days
        How many days each error rests on, 2 or more.
    higher
        Whether a higher figure is better.
    level
        Coverage of all intervals together, in (0, 1).

    Raises
    ------
    ValueError
        If there are fewer than 2 people.

    Notes
    -----
    Somebody's best place is 1 and those who are better beyond doubt, the worst that of all who are not worse beyond
    doubt (Mogstad, Romano, Shaikh and Wilhelm 2024). The doubt: the quantile of the largest studentised difference of
    any pair, if all were alike, from 4,000 draws of normal figures and of the chi-squared errors that so few days give.
    The draws are the same in every run.
    """
    y, e, n = (np.asarray(each, np.float64) for each in (value, error, days))
    size = len(y)
    if size < 2:
        raise ValueError(f"a ranking needs 2 people or more, got {size}")
    critical = float(np.quantile(_largest(e, n), level))
    gap = (y[None, :] - y[:, None]) * (1 if higher else -1)
    beyond = gap > critical * np.sqrt(e[None, :] ** 2 + e[:, None] ** 2)
    place = places(y, higher=higher)
    low, high = 1 + beyond.sum(axis=1), size - beyond.sum(axis=0)
    return Ranks(place, low, high, float(beyond.sum() / (size * (size - 1) / 2)), critical)


def places(value: NDArray[Any], *, higher: bool) -> Ints:
    """Return the place of each figure, 1 is the best; ties go by the order of the people."""
    y = np.asarray(value, np.float64)
    made = np.empty(len(y), dtype=np.int64)
    made[np.argsort(-y if higher else y, kind="stable")] = np.arange(1, len(y) + 1)
    return made


def _largest(error: NDArray[np.float64], days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest studentised difference of any pair in each draw of people who are alike."""
    draw = np.random.default_rng(_SEED)
    one, two = np.triu_indices(len(error), 1)
    made = []
    for part in np.array_split(np.arange(DRAWS), max(1, DRAWS * len(one) // _CHUNK)):
        shape = (len(part), len(error))
        at = draw.standard_normal(shape) * error
        spread = error**2 * draw.chisquare(days - 1, shape) / (days - 1)
        scale = np.sqrt(spread[:, one] + spread[:, two])
        made.append(
            np.divide(np.abs(at[:, one] - at[:, two]), scale, where=scale > 0, out=np.zeros(scale.shape)).max(axis=1)
        )
    return np.concatenate(made)
