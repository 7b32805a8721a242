"""What a score is made of: the variance between people, split into person, seat, fit and luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.lab.intervals import Estimate, jackknife_t
from sim.lab.latin import Seats

type Floats = NDArray[np.float64]

PERSON, MERIT, SEAT, FIT, V = range(5)


@dataclass(frozen=True)
class Shares:
    """Shares of the variance between people in one world and seating; they sum to one and are not clipped.

    Attributes
    ----------
    person
        Stays with the person when seat and world change: merit and conduct together.
    merit
        What of it would be there without conduct: the covariance of the person effect as lived with the one with
        conduct off.
    conduct
        The rest of it. Exactly 0 where no run without conduct is given.
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
    merit: Estimate
    conduct: Estimate
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
        parts = (self.merit, self.conduct, self.seat, self.fit, self.luck)
        return max(each.half_width() for each in parts)

    def named(self) -> dict[str, Estimate]:
        """Return merit, conduct, seat, fit and luck, which sum to one, by name."""
        return {
            "merit": self.merit, "conduct": self.conduct, "seat": self.seat, "fit": self.fit, "luck": self.luck,
        }  # fmt: skip


def split(scores: Floats, seats: Seats, *, honest: Floats | None = None, level: float = 0.95) -> Shares:
    """Return the shares of merit, conduct, seat, fit and luck in scores.

    Parameters
    ----------
    scores
        Score by world, seating and person, shape (worlds, seatings, people); 2 worlds or more, 3 for
        intervals. NaN is a person without a score: it counts as the mean of its run. With one more dimension in front,
        shape (periods, worlds, seatings, people), components are averaged over periods before shares are taken.
    seats
        Seat of each person, 0 to people - 1, shape (worlds, seatings, people). Seatings of different worlds must be
        independent, and in each world a seating must be uniformly random; see `sim.lab.latin.square`.
    honest
        Scores of the same people in the same worlds and seatings with conduct off, in the shape of `scores`; None
        where nobody has any conduct.
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

    Of the person effect P, with P0 the one with conduct off, merit = cov(P, P0) and conduct = cov(P, P - P0), again
    over pairs of different worlds. Conduct is negative where it takes differences away that ability makes.

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
    periods = scores[None] if scores.ndim == 3 else scores
    worlds, seatings, people = _checked(periods, seats)
    whole = components(scores, seats, honest)
    swings = [float(_centred(period)[1].mean(axis=(1, 2)).var(ddof=1)) for period in periods]

    def estimate(of: Callable[[Floats], Floats]) -> Estimate:
        left = of(whole[1:]) if worlds > 2 else np.full(1, np.nan)
        return jackknife_t(float(of(whole[:1])[0]), left, level)

    return Shares(
        person=estimate(lambda parts: _share(parts, parts[:, PERSON])),
        merit=estimate(lambda parts: _share(parts, parts[:, MERIT])),
        conduct=estimate(lambda parts: _share(parts, parts[:, PERSON] - parts[:, MERIT])),
        seat=estimate(lambda parts: _share(parts, parts[:, SEAT])),
        fit=estimate(lambda parts: _share(parts, parts[:, FIT])),
        luck=estimate(lambda parts: 1 - _kept(parts)),
        variance=estimate(lambda parts: parts[:, V]),
        swing=float(np.mean(swings)),
        reliability=estimate(_kept).within(-1.0, 1.0),
        worlds=worlds, seatings=seatings, people=people,
    )  # fmt: skip


def components(scores: Floats, seats: Seats, honest: Floats | None = None) -> Floats:
    """Return the components in squared points: of all worlds, and without each of them.

    Parameters
    ----------
    scores, seats, honest
        As of `split`.

    Returns
    -------
    NDArray
        Columns `PERSON`, `MERIT`, `SEAT`, `FIT` and `V`, shape (1 + worlds, 5).
    """
    periods = scores[None] if scores.ndim == 3 else scores
    others = periods if honest is None else honest.reshape(periods.shape)
    parts = []
    for period, plain in zip(periods, others, strict=True):
        without = None if honest is None else _centred(plain)[0]
        parts.append(_Sums.of(_centred(period)[0], without, seats).components())
    found: Floats = np.mean(parts, axis=0)
    return found


def merit_shares(scores: Floats, seats: Seats, honest: Floats | None = None) -> Floats:
    """Return the share of merit from all worlds, and without each of them, shape (1 + worlds,); see `split`.

    Two scores of the same worlds are compared by the difference of these, world by world.
    """
    parts = components(scores, seats, honest)
    return _share(parts, parts[:, MERIT])


def _share(parts: Floats, part: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(parts[:, V] > 0, part / parts[:, V], np.nan)


def _kept(parts: Floats) -> Floats:
    """Return person, seat and fit together: what one month has in common with the next in the same seats."""
    return _share(parts, parts[:, PERSON]) + _share(parts, parts[:, SEAT]) + _share(parts, parts[:, FIT])


def _checked(scores: Floats, seats: Seats) -> tuple[int, int, int]:
    if scores.ndim != 4 or scores.shape[1:] != seats.shape:
        raise ValueError(
            "scores and seats need one shape (worlds, seatings, people), "
            f"got {scores.shape[1:] if len(scores) == 1 else scores.shape}, {seats.shape}"
        )
    _, worlds, seatings, people = scores.shape
    if worlds < 2 or people < 2:
        raise ValueError(f"a split needs 2 worlds and 2 people or more, got {worlds} and {people}")
    if not (np.sort(seats, axis=2) == np.arange(people)).all():
        raise ValueError("in every seating everybody needs a seat of their own, 0 to people - 1")
    return worlds, seatings, people


def _centred(scores: Floats) -> tuple[Floats, Floats]:
    """Return scores less the mean of their run, 0 where there is none, and these means."""
    known = np.isfinite(scores)
    counts = known.sum(axis=2, keepdims=True)
    sums = np.where(known, scores, 0.0).sum(axis=2, keepdims=True)
    level_of_run = np.divide(sums, counts, out=np.zeros(sums.shape), where=counts > 0)
    return np.where(known, scores - level_of_run, 0.0), level_of_run


@dataclass(frozen=True)
class _Sums:
    """Per world: means by person, by seat and by pair of both, and the variance between people."""

    by_person: Floats
    by_honest: Floats
    by_seat: Floats
    by_pair: Floats
    variance: Floats
    people: int

    @classmethod
    def of(cls, centred: Floats, honest: Floats | None, seats: Seats) -> _Sums:
        worlds, seatings, people = centred.shape
        pairs = np.zeros((worlds, people, people))
        where = np.arange(worlds)[:, None, None], np.arange(people)[None, None, :], seats
        np.add.at(pairs, where, centred)
        by_person = centred.mean(axis=1)
        return cls(
            by_person=by_person,
            by_honest=by_person if honest is None else honest.mean(axis=1),
            by_seat=pairs.sum(axis=1) / seatings,
            by_pair=pairs.reshape(worlds, -1) * (people / seatings),
            variance=(centred**2).sum(axis=2).mean(axis=1) / (people - 1),
            people=people,
        )

    def components(self) -> Floats:
        """Return person, merit, seat, fit and the variance of all worlds, then without each: (1 + worlds, 5)."""
        free = self.people - 1
        person, seat = (_across(part, part) / free for part in (self.by_person, self.by_seat))
        merit = person if self.by_honest is self.by_person else _across(self.by_person, self.by_honest) / free
        pair = _across(self.by_pair, self.by_pair) / (self.people * free)
        fit = (pair - person - seat) * free / (self.people - 2) if self.people > 2 else np.zeros(len(person))
        worlds, total = len(self.variance), self.variance.sum()
        variance = np.concatenate([[total / worlds], (total - self.variance) / (worlds - 1)])
        return np.stack([person, merit, seat, fit, variance], axis=1)


def _across(one: Floats, other: Floats) -> Floats:
    """Return the mean product over ordered pairs of different worlds, summed over columns; then without each world.

    Without world w the sum over pairs is (A - a)(B - b) - (Q - ab), where A and B are the sums over worlds, a and b
    what w adds to them, and Q the sum of ab: shape (1 + worlds,).
    """
    worlds = len(one)
    own = (one * other).sum(axis=1)
    sums, others = one.sum(axis=0), other.sum(axis=0)
    whole = float(sums @ others - own.sum())
    without = whole - one @ others - other @ sums + 2 * own
    pairs = worlds * (worlds - 1)
    fewer = max((worlds - 1) * (worlds - 2), 1)
    return np.concatenate([[whole / pairs], without / fewer])
