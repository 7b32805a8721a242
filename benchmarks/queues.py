"""Textbook queues as desks: streams of tickets before pools of people, around the clock or by the hour.

The unit of time is the mean work of 1, held as `MEAN_S` = 10,000 seconds unless a queue says otherwise. The desk
knows whole seconds only, so work is rounded up by half a second on average: 0.005 % of its mean, far below what
the checks can see.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil

from sim.calendar import WEEKDAYS
from sim.desk import Curve, Demand, Desk, Kind, Law, Person, Policy, Role, Routing, Seat, Shift, Staff, Stage, Team

MEAN_S = 10_000
MEAN_MIN = MEAN_S / 60
WEEK_S = 7 * 86_400
EXPONENTIAL = Law(mean_min=MEAN_MIN)
ALL_DAY = "00:00-24:00"


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
    hours
        Relative rates by hour of week, Monday first, of mean 1; None if the rate never changes.
    third
        How long a third party is waited for after all work; None if nobody is.
    deflected
        Share of the tickets that never come.
    """

    rate: float
    work: Law = EXPONENTIAL
    leaving: float = 0.0
    shares: tuple[float, ...] = (1.0,)
    weight: int = 1
    hours: tuple[float, ...] | None = None
    third: Law | None = None
    deflected: float = 0.0


@dataclass(frozen=True)
class Pool:
    """Like people who serve some streams, the main one first, at a speed, in some hours of some days of the week."""

    heads: int
    serves: tuple[int, ...] = (0,)
    speed: float = 1.0
    hours: str = ALL_DAY
    days: int = 7


@dataclass(frozen=True)
class Queue:
    """A queue of theory, ready to be made a desk.

    Attributes
    ----------
    streams, pools
        Who comes and who serves.
    policy
        A named policy, the weights of one, or all rules of routing.
    places
        Places to wait for all streams together; None without limit.
    warm_up, length
        Mean works that are cut off, and that are measured after it.
    cool_down
        Mean works after the last ticket that is measured, in which it finds its end.
    mean_s
        Seconds of one mean work; laws of the streams, which are stated for `MEAN_S`, are stretched to it.
    late, late_by
        Probability that a person comes late to a shift, and by how many mean works: the mean of an exponential law.
    """

    streams: tuple[Stream, ...]
    pools: tuple[Pool, ...]
    policy: str | Policy | Routing = "longest_idle"
    places: int | None = None
    warm_up: float = 1000.0
    length: float = 5000.0
    cool_down: float = 100.0
    title: str = field(default="queue")
    mean_s: float = MEAN_S
    late: float = 0.0
    late_by: float = 1.0

    def weeks(self) -> int:
        """Return the length of a run in whole weeks."""
        return ceil((self.warm_up + self.length + self.cool_down) * self.mean_s / WEEK_S - 1e-9)

    def window_s(self) -> tuple[int, int]:
        """Return the first and the last second of the tickets that are measured."""
        return round(self.warm_up * self.mean_s), self.weeks() * WEEK_S - round(self.cool_down * self.mean_s)

    def stretched(self, law: Law) -> Law:
        """Return a law whose mean is stated for `MEAN_S` in the unit of this queue."""
        return Law.model_validate(law.changed(mean_min=law.mean_min * self.mean_s / MEAN_S))

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
                category="ticket", per_week=stream.rate * WEEK_S / self.mean_s, weight=stream.weight,
                curve="flat" if stream.hours is None else f"curve-{number}", deflected=stream.deflected,
                priorities=dict(zip(ranks, stream.shares, strict=False)),
                route=(self._stage(number, stream),),
                patience=self.stretched(Law(mean_min=MEAN_MIN / stream.leaving)) if stream.leaving else None,
                room=None if self.places is None else "room",
            )
            for number, stream in enumerate(self.streams)
        }  # fmt: skip
        changing = {n: stream.hours for n, stream in enumerate(self.streams) if stream.hours is not None}
        curves = {f"curve-{number}": Curve(week=hours) for number, hours in changing.items()}
        return Demand(kinds=kinds, curves=curves, rooms={} if self.places is None else {"room": self.places})

    def _stage(self, number: int, stream: Stream) -> Stage:
        third = None if stream.third is None else self.stretched(stream.third)
        return Stage(
            department="desk", skill=f"skill-{number}", work=self.stretched(stream.work),
            refers=0.0 if third is None else 1.0, third_party=third,
        )  # fmt: skip

    def _staff(self) -> Staff:
        skills = tuple(f"skill-{number}" for number in range(len(self.streams)))
        kept = sorted({(pool.days, pool.hours) for pool in self.pools})
        shift_of = {pool: f"shift-{kept.index((pool.days, pool.hours))}" for pool in self.pools}
        late_by = Law(mean_min=self.late_by * self.mean_s / 60)
        seats = {
            f"pool-{number}": Seat(
                role="agent", team="desk", shift=shift_of[pool], heads=pool.heads,
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
            roles={"agent": Role(skills=skills, late=self.late, late_by=late_by)},
            teams={"desk": Team(department="desk")},
            shifts={f"shift-{n}": Shift(days=WEEKDAYS[:days], hours=hours) for n, (days, hours) in enumerate(kept)},
            seats=seats, persons=persons,
        )  # fmt: skip

    def _routing(self) -> Routing:
        if isinstance(self.policy, Routing):
            return self.policy
        if isinstance(self.policy, str):
            return Routing(policy=self.policy)
        return Routing(policy="custom", custom=self.policy)


def beside(copies: int, stream: Stream, heads: int, length: float, cool_down: float, hours: str = ALL_DAY) -> Queue:
    """Return many like queues that start empty and know nothing of each other, side by side at one desk."""
    pools = tuple(Pool(heads, (number,), hours=hours) for number in range(copies))
    return Queue((stream,) * copies, pools, warm_up=0.0, length=length, cool_down=cool_down)


def stairs(staff: Sequence[int]) -> tuple[Pool, ...]:
    """Return pools whose hours add up to a staff by hour of day; hours of one level must follow on each other.

    Raises
    ------
    ValueError
        If some level of the staff is left and reached again on one day.
    """
    levels: dict[str, int] = {}
    for level in range(1, max(staff) + 1):
        on = [hour for hour in range(24) if staff[hour] >= level]
        if on[-1] - on[0] != len(on) - 1:
            raise ValueError(f"staff {list(staff)}: {level} heads are there twice a day")
        hours = f"{on[0]:02}:00-{on[-1] + 1:02}:00"
        levels[hours] = levels.get(hours, 0) + 1
    return tuple(Pool(heads, hours=hours) for hours, heads in levels.items())
