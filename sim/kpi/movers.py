"""Person, seat and kind apart, from those who have worked in more than one seat: what a log alone can say of merit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import pinvh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import stdtrit

from sim.kpi.observed import Floats, Ints, Observed

NOBODY_MOVED = "nobody worked in two seats, so person and seat cannot be told apart"
ONE_SEAT = "all worked in one seat, so nothing can be said of seats"
TOO_FEW = "fewer than 3 people are connected by those who moved"
MIN_PEOPLE = 3
GROUPS = 10
_ALONE = 1 - 1e-7


class Part(NamedTuple):
    """A variance or covariance in the figure's unit squared, with its interval; None where days are too few."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Movers:
    """What the figures of people are made of, as far as those who moved let it be told.

    Attributes
    ----------
    people, seats, moved, left_out
        Names of the people and number of the seats of the largest connected set, how many of these people worked in two
        seats or more, and how many people are outside of it, of whom nothing is said.
    person
        Variance between people's own effects.
    seat
        Variance between people of the effects of the seats that they sat in.
    both
        Twice the covariance of the two: positive if the better sit better.
    plain
        The same three as ordinary least squares gives them, which takes luck for difference.
    reason
        Why there is nothing.
    """

    people: tuple[str, ...]
    seats: int
    moved: int
    left_out: int
    person: Part | None = None
    seat: Part | None = None
    both: Part | None = None
    plain: tuple[float, float, float] | None = None
    reason: str | None = None


def movers(rows: Observed, *, level: float = 0.95) -> Movers:
    """Return the variance of people's and of seats' effects on a figure, kinds taken out.

    Whose harm: people who are paid for the seat that they were given. It cannot see that somebody fits one seat better
    than another, nor who was moved because of the figure.

    Parameters
    ----------
    rows
        As of `sim.kpi.shown`; `place` is the seat, or the team where no seat is known. Raw: kinds are in the model.
    level
        Coverage of the intervals, in (0, 1).

    Notes
    -----
    Person, seat and kind effects add up (Abowd, Kramarz and Margolis 1999) on the largest connected set. Variances by
    Kline, Saggio and Soelvsten (2020): the bias of the plain estimate is taken off with the leave-out variance of each
    person-day in a seat, as tickets of one day hang together; person-days without which an effect could not be told are
    dropped. Estimates may be below 0. Intervals: jackknife over ten groups of days, so people and seats are as they
    are, and only luck is new.
    """
    cells = _person_days(rows)
    # Where nobody moved there is nothing to fit, however large the log is.
    cells = _connected(cells) if _moved(cells) else cells.of(_largest(cells.person, cells.seat))
    everybody = len(np.unique(rows.person))
    people, seats = (len(np.unique(each)) for each in (cells.person, cells.seat))
    moved = _moved(cells)
    names = tuple(rows.people[number] for number in np.unique(cells.person))
    counts = names, seats, moved, everybody - people
    if len(np.unique(rows.place)) < 2:
        return Movers(*counts, reason=ONE_SEAT)
    if moved == 0 or seats < 2:
        return Movers(*counts, reason=NOBODY_MOVED)
    if people < MIN_PEOPLE:
        return Movers(*counts, reason=TOO_FEW)
    corrected, plain = _components(cells)
    spans = _intervals(cells, corrected, (people, seats), level)
    person, seat, both = (Part(float(mean), *span) for mean, span in zip(corrected, spans, strict=True))
    told = (float(plain[0]), float(plain[1]), float(plain[2]))
    return Movers(*counts, person, seat, both, told)


class _Cells(NamedTuple):
    """Person-days in a seat: mean of y, shares of the kinds, and the rows behind them."""

    person: Ints
    seat: Ints
    day: Ints
    y: Floats
    kinds: Floats
    n: Floats

    def of(self, rows: NDArray[np.bool_]) -> _Cells:
        return _Cells(self.person[rows], self.seat[rows], self.day[rows], self.y[rows], self.kinds[rows], self.n[rows])


def _person_days(rows: Observed) -> _Cells:
    if not len(rows.person):
        none = np.zeros(0, dtype=np.int64)
        return _Cells(none, none, none, np.zeros(0), np.zeros((0, 0)), np.zeros(0))
    keys, place = np.unique(np.stack([rows.person, rows.place, rows.day]), axis=1, return_inverse=True)
    size, many = keys.shape[1], len(rows.kinds)
    n = np.bincount(place, rows.x, size)
    kept = n > 0
    y = np.bincount(place, rows.y - rows.overall * rows.x, size)
    kinds = np.bincount(place * many + rows.kind, rows.x, size * many).reshape(size, many)
    weight = np.where(kept, n, 1.0)
    made = _Cells(keys[0], keys[1], keys[2], y / weight, kinds / weight[:, None], n)
    return made.of(kept)


def _connected(cells: _Cells) -> _Cells:
    """Return the largest connected set in which no effect hangs on a single person-day."""
    while len(cells.person):
        largest = cells.of(_largest(cells.person, cells.seat))
        sums, _ = _sums(largest)
        kept = _leverage(largest, pinvh(sums)) < _ALONE
        cells = largest.of(kept)
        if kept.all():
            break
    return cells


def _largest(person: Ints, seat: Ints) -> NDArray[np.bool_]:
    """Return which rows belong to the component with the most people, the first of several."""
    if not len(person):
        return np.zeros(0, dtype=np.bool_)
    size = int(person.max()) + 1
    both = size + int(seat.max()) + 1
    graph = csr_array((np.ones(len(person)), (person, size + seat)), shape=(both, both))
    _, found = connected_components(graph, directed=False)
    own = found[person]
    pairs = np.unique(np.stack([own, person]), axis=1)
    return np.asarray(own == np.bincount(pairs[0]).argmax())


def _moved(cells: _Cells) -> int:
    pairs = np.unique(np.stack([cells.person, cells.seat]), axis=1) if len(cells.person) else np.zeros((2, 0), int)
    return int((np.bincount(pairs[0]) > 1).sum()) if pairs.size else 0


class _Design(NamedTuple):
    """Columns of the model by cell: a person, a seat other than the first, and shares of the kinds but the first."""

    person: Ints
    seat: Ints
    kinds: Floats
    people: int
    seats: int

    def dense(self, some: slice) -> Floats:
        """Return the rows of some cells."""
        person, seat, kinds = self.person[some], self.seat[some], self.kinds[some]
        made = np.zeros((len(person), self.people + self.seats - 1 + kinds.shape[1]))
        at = np.arange(len(person))
        made[at, person] = 1
        later = seat > 0
        made[at[later], self.people + seat[later] - 1] = 1
        made[:, self.people + self.seats - 1 :] = kinds
        return made


_STEP = 20_000


def _design(cells: _Cells) -> _Design:
    people, person = np.unique(cells.person, return_inverse=True)
    seats, seat = np.unique(cells.seat, return_inverse=True)
    used = cells.kinds.any(axis=0)
    return _Design(person, seat, cells.kinds[:, used][:, 1:], len(people), len(seats))


def _slices(size: int) -> list[slice]:
    return [slice(begin, min(begin + _STEP, size)) for begin in range(0, size, _STEP)]


def _sums(cells: _Cells) -> tuple[Floats, Floats]:
    """Return X'NX and X'Ny."""
    design = _design(cells)
    width = design.dense(slice(0, 0)).shape[1]
    sums, moments = np.zeros((width, width)), np.zeros(width)
    for some in _slices(len(cells.y)):
        x = design.dense(some)
        weighed = x * cells.n[some, None]
        sums += x.T @ weighed
        moments += weighed.T @ cells.y[some]
    return sums, moments


def _leverage(cells: _Cells, inverse: Floats) -> Floats:
    return _quadratic(cells, inverse) * cells.n


def _quadratic(cells: _Cells, form: Floats) -> Floats:
    """Return x' form x of every cell."""
    design = _design(cells)
    parts = [x @ form * x for x in map(design.dense, _slices(len(cells.y)))]
    return np.concatenate([part.sum(axis=1) for part in parts])


def _forms(cells: _Cells, width: int) -> list[Floats]:
    """Return the quadratic forms of the coefficients: variance of people, of their seats, twice the covariance."""
    design = _design(cells)
    k = design.people
    own = np.zeros((k, width))
    own[np.arange(k), np.arange(k)] = 1
    seats = np.zeros((k, design.seats))
    np.add.at(seats, (design.person, design.seat), cells.n)
    felt = np.zeros((k, width))
    felt[:, k : k + design.seats - 1] = (seats / seats.sum(axis=1, keepdims=True))[:, 1:]
    own, felt = (each - each.mean(axis=0) for each in (own, felt))
    cross = own.T @ felt
    return [own.T @ own / (k - 1), felt.T @ felt / (k - 1), (cross + cross.T) / (k - 1)]


def _components(cells: _Cells) -> tuple[Floats, Floats]:
    """Return the three components, with the bias of luck taken off, and as least squares gives them."""
    sums, moments = _sums(cells)
    inverse = pinvh(sums)
    effects = inverse @ moments
    design = _design(cells)
    fitted = np.concatenate([design.dense(some) @ effects for some in _slices(len(cells.y))])
    left = np.maximum(1 - _leverage(cells, inverse), 1 - _ALONE)
    noise = cells.n**2 * cells.y * (cells.y - fitted) / left
    plain, bias = [], []
    for form in _forms(cells, len(effects)):
        plain.append(float(effects @ form @ effects))
        bias.append(float((_quadratic(cells, inverse @ form @ inverse) * noise).sum()))
    return np.array(plain) - np.array(bias), np.array(plain)


def _intervals(
    cells: _Cells, whole: Floats, shape: tuple[int, int], level: float
) -> list[tuple[float | None, float | None]]:  # fmt: skip
    """Return jackknife intervals over groups of days; None if a group holds what connects people and seats."""
    nothing: list[tuple[float | None, float | None]] = [(None, None)] * len(whole)
    group = np.unique(cells.day, return_inverse=True)[1] % GROUPS
    if len(np.unique(group)) < GROUPS:
        return nothing
    without = []
    for left in range(GROUPS):
        rest = _connected(cells.of(group != left))
        if (len(np.unique(rest.person)), len(np.unique(rest.seat))) != shape:
            return nothing
        without.append(_components(rest)[0])
    spread = np.array(without)
    error = np.sqrt(((spread - spread.mean(axis=0)) ** 2).sum(axis=0) * (GROUPS - 1) / GROUPS)
    margin = float(stdtrit(GROUPS - 1, 0.5 + level / 2)) * error
    return [(float(mean - half), float(mean + half)) for mean, half in zip(whole, margin, strict=True)]
