"""What a score is made of: the variance between people, split into person, seat, fit and luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.lab.intervals import Estimate, jackknife_t
from sim.lab.latin import Seats

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """Shares of the variance between people in one world and seating; they sum to one and are not clipped.

    Attributes
    ----------
    person
        Stays with the person when seat and world change.
    seat
        Stays with the seat when person and world change.
    fit
        Belongs to this person in this seat, beyond both.
    luck
        The rest: the month's tickets, and the company in the other seats.
    variance
        The variance itself, in squared points.
    swing
        Variance between worlds of what all have in common, in squared points; it is in no share.
    reliability
        Person, seat and fit together: the correlation of two independent months of the same people in the
        same seats, which is what a split of a real log can show. How much of it is merit it cannot tell.
    worlds, seatings, people
        Size of the study.
    """

    person: Estimate
    seat: Estimate
    fit: Estimate
    luck: Estimate
    variance: Estimate
    swing: float
    reliability: Estimate
    worlds: int
    seatings: int
    people: int

    def half_width(self) -> float:
        """Return half the length of the longest interval of a share."""
        return max(each.half_width() for each in (self.person, self.seat, self.fit, self.luck))


def split(scores: Floats, seats: Seats, *, level: float = 0.95) -> Shares:
    """Return the shares of person, seat, fit and luck in scores.

    Parameters
    ----------
    scores
        Score by world, seating and person, shape (worlds, seatings, people); 2 worlds or more, 3 for
        intervals. NaN is a person without a score: it counts as the mean of its run.
    seats
        Seat of each person, 0 to people - 1, same shape. Seatings of different worlds must be independent,
        and in each world a seating must be uniformly random; see `sim.lab.latin.square`.
    level
        Level of the intervals.

    Returns
    -------
    Shares
        Intervals by delete-one-world jackknife-t. All null if nobody ever differs from anybody.

    Raises
    ------
    ValueError
        If the shapes differ, or there are fewer than 2 worlds or 2 people.

    Notes
    -----
    With X centred within world and seating, over pairs of *different* worlds w, w': person =
    cov[X(p,s,w), X(p,s',w')], seat = cov[X(p,s,w), X(p',s,w')], fit = cov[X(p,s,w), X(p,s,w')] less both,
    luck = V less the three, where V is the variance between people in one world and one seating. People and
    seats of a role are all there are: only worlds are random, so s' may be s.

    Centring takes part of the fit away: with everybody in some seat, the fits of a seating have a mean, which
    moves all alike and is no difference between people. For a fit c[p,s] that sums to zero over people and
    over seats, the product of two worlds gives (m-2)^2 / (m-1)^2 of the mean square of c, and V holds (m-2) /
    (m-1) of it; so the product is multiplied by (m-1) / (m-2), for m people. Two people have no fit.

    Seatings may be fewer than people. A person's mean over the seatings of a world then no longer holds every
    seat, but every seat is equally likely in it, so its expectation over the random square is still the
    person's mean over all seats; squares and errors of one world never meet each other in a product over two
    worlds, so the products keep the right expectation too. A pair of person and seat is seen in a world with
    probability seatings / people, and is weighted by the inverse (Horvitz & Thompson 1952). Fewer seatings
    cost precision, not truth.
    """
    worlds, seatings, people = _checked(scores, seats)
    with np.errstate(invalid="ignore"):
        level_of_run = np.nan_to_num(np.nanmean(np.where(np.isfinite(scores), scores, np.nan), axis=2, keepdims=True))
    centred = np.nan_to_num(scores - level_of_run)
    sums = _Sums.of(centred, seats)
    whole = sums.components(None)
    without = np.array([sums.components(world) for world in range(worlds)]) if worlds > 2 else np.full((1, 4), np.nan)

    def estimate(of: Callable[[Floats], Floats]) -> Estimate:
        return jackknife_t(float(of(whole[None])[0]), of(without), level)

    return Shares(
        person=estimate(lambda parts: _share(parts, 0)),
        seat=estimate(lambda parts: _share(parts, 1)),
        fit=estimate(lambda parts: _share(parts, 2)),
        luck=estimate(lambda parts: 1 - _kept(parts)),
        variance=estimate(lambda parts: parts[:, 3]),
        swing=float(level_of_run.mean(axis=(1, 2)).var(ddof=1)),
        reliability=estimate(_kept),
        worlds=worlds, seatings=seatings, people=people,
    )  # fmt: skip


def _share(parts: Floats, column: int) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(parts[:, 3] > 0, parts[:, column] / parts[:, 3], np.nan)


def _kept(parts: Floats) -> Floats:
    """Return person, seat and fit together: what one month has in common with the next in the same seats."""
    return _share(parts, 0) + _share(parts, 1) + _share(parts, 2)


def _checked(scores: Floats, seats: Seats) -> tuple[int, int, int]:
    if scores.ndim != 3 or scores.shape != seats.shape:
        raise ValueError(
            f"scores and seats need one shape (worlds, seatings, people), got {scores.shape}, {seats.shape}"
        )
    worlds, seatings, people = scores.shape
    if worlds < 2 or people < 2:
        raise ValueError(f"a split needs 2 worlds and 2 people or more, got {worlds} and {people}")
    if not (np.sort(seats, axis=2) == np.arange(people)).all():
        raise ValueError("in every seating everybody needs a seat of their own, 0 to people - 1")
    return worlds, seatings, people


@dataclass(frozen=True)
class _Sums:
    """Per world: means by person, by seat and by pair of both, and the variance between people."""

    by_person: Floats
    by_seat: Floats
    by_pair: Floats
    variance: Floats
    people: int

    @classmethod
    def of(cls, centred: Floats, seats: Seats) -> _Sums:
        worlds, seatings, people = centred.shape
        pairs = np.zeros((worlds, people, people))
        world, _, person = np.indices(centred.shape)
        np.add.at(pairs, (world, person, seats), centred)
        return cls(
            by_person=pairs.sum(axis=2) / seatings,
            by_seat=pairs.sum(axis=1) / seatings,
            by_pair=pairs.reshape(worlds, -1) * (people / seatings),
            variance=(centred**2).sum(axis=2).mean(axis=1) / (people - 1),
            people=people,
        )

    def components(self, without: int | None) -> Floats:
        """Return person, seat, fit and the variance between people, one world left out where one is named."""
        kept = np.arange(len(self.variance)) != (-1 if without is None else without)
        person, seat = (_across(part[kept]) / (self.people - 1) for part in (self.by_person, self.by_seat))
        pair = _across(self.by_pair[kept]) / (self.people * (self.people - 1))
        fit = (pair - person - seat) * (self.people - 1) / (self.people - 2) if self.people > 2 else 0.0
        return np.array([person, seat, fit, self.variance[kept].mean()])


def _across(parts: Floats) -> float:
    """Return the mean product over ordered pairs of different worlds, summed over columns."""
    worlds = len(parts)
    return float(((parts.sum(axis=0) ** 2).sum() - (parts**2).sum()) / (worlds * (worlds - 1)))
