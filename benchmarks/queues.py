"""Textbook queues as desks: streams of tickets before pools of people, around the clock.

The unit of time is the mean work of 1, held as `MEAN_S` = 10,000 seconds. The desk knows whole seconds only,
so work is rounded up by half a second on average: 0.005 % of its mean, far below what the checks can see.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil

from sim.calendar import WEEKDAYS
from sim.desk import Demand, Desk, Kind, Law, Person, Policy, Role, Routing, Seat, Shift, Staff, Stage, Team

MEAN_S = 10_000
MEAN_MIN = MEAN_S / 60
WEEK_S = 7 * 86_400
EXPONENTIAL = Law(mean_min=MEAN_MIN)


@dataclass(frozen=True)
class Stream:
    """Tickets of one class that come at random.

    Attributes
    ----------
    rate
        Arrivals per mean work.
    work
        Law of the work content.
    leaving
        Rate of the exponential patience, per mean work; 0 if nobody leaves.
    shares
        Share of each priority, the most urgent first.
    weight
        Weight of the class for a policy that looks at it.
    """

    rate: float
    work: Law = EXPONENTIAL
    leaving: float = 0.0
    shares: tuple[float, ...] = (1.0,)
    weight: int = 1


@dataclass(frozen=True)
class Pool:
    """Like people who serve some streams, the main one first, at a speed."""

    heads: int
    serves: tuple[int, ...] = (0,)
    speed: float = 1.0


@dataclass(frozen=True)
class Queue:
    """A queue of theory, ready to be made a desk.

    Attributes
    ----------
    streams, pools
        Who comes and who serves.
    policy
        A named policy, or the weights of one.
    places
        Places to wait for all streams together; None without limit.
    warm_up, length
        Mean works that are cut off, and that are measured after it.
    cool_down
        Mean works after the last ticket that is measured, in which it finds its end.
    """

    streams: tuple[Stream, ...]
    pools: tuple[Pool, ...]
    policy: str | Policy = "longest_idle"
    places: int | None = None
    warm_up: float = 1000.0
    length: float = 5000.0
    cool_down: float = 100.0
    title: str = field(default="queue")

    def weeks(self) -> int:
        """Return the length of a run in whole weeks."""
        return ceil((self.warm_up + self.length + self.cool_down) * MEAN_S / WEEK_S)

    def window_s(self) -> tuple[int, int]:
        """Return the first and the last second of the tickets that are measured."""
        return round(self.warm_up * MEAN_S), self.weeks() * WEEK_S - round(self.cool_down * MEAN_S)

    def desk(self) -> Desk:
        """Return the desk; its kinds are named after the title, so that every queue has chance of its own."""
        ranks = tuple(f"rank-{rank}" for rank in range(max(len(stream.shares) for stream in self.streams)))
        return Desk(
            title=self.title, start=date(2026, 1, 5), weeks=self.weeks(), time_zone="UTC", priorities=ranks,
            demand=self._demand(ranks), staff=self._staff(), routing=self._routing(),
        )  # fmt: skip

    def _demand(self, ranks: Sequence[str]) -> Demand:
        kinds = {
            f"{self.title.replace('.', '_')}-{number}": Kind(
                category="ticket", per_week=stream.rate * WEEK_S / MEAN_S, weight=stream.weight,
                priorities=dict(zip(ranks, stream.shares, strict=False)),
                route=(Stage(department="desk", skill=f"skill-{number}", work=stream.work),),
                patience=Law(mean_min=MEAN_MIN / stream.leaving) if stream.leaving else None,
                room=None if self.places is None else "room",
            )
            for number, stream in enumerate(self.streams)
        }  # fmt: skip
        return Demand(kinds=kinds, rooms={} if self.places is None else {"room": self.places})

    def _staff(self) -> Staff:
        skills = tuple(f"skill-{number}" for number in range(len(self.streams)))
        seats = {
            f"pool-{number}": Seat(
                role="agent", team="desk", shift="always", heads=pool.heads,
                takes=tuple(skills[stream] for stream in pool.serves),
            )
            for number, pool in enumerate(self.pools)
        }  # fmt: skip
        persons = {
            f"person-{number}-{head}": Person(
                role="agent", seat=f"pool-{number}", speed=dict.fromkeys(skills, pool.speed)
            )
            for number, pool in enumerate(self.pools)
            for head in range(pool.heads)
            if pool.speed != 1.0
        }
        return Staff(
            roles={"agent": Role(skills=skills)}, teams={"desk": Team(department="desk")},
            shifts={"always": Shift(days=WEEKDAYS, hours="00:00-24:00")}, seats=seats, persons=persons,
        )  # fmt: skip

    def _routing(self) -> Routing:
        if isinstance(self.policy, str):
            return Routing(policy=self.policy)
        return Routing(policy="custom", custom=self.policy)
