"""A world: all tickets that a seed sends to a desk, with every number that they all need.

Arrivals of a kind are a unit-rate Poisson process on the plane (time x rate), cut into strips of fixed height:
a strip of a day has its own numbers, and the points below the day's actual rate are tickets. So a higher rate
reads more strips and adds tickets, and no ticket ever changes its name or its draws.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.desk import Demand, Desk, Kind
from sim.laws import table_ms

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STRIP_PER_DAY = 32.0
"""Height of a strip, in tickets per 86,400 s."""
STRIP_S = 90_000
"""Length of a strip in seconds: a longer local day is refused."""
_POINTS = STRIP_PER_DAY * STRIP_S / 86_400
_COUNTS = special.pdtr(np.arange(400), _POINTS)

POINTS, PLACE, BUSY = chance.code("points"), chance.code("place"), chance.code("busyness")
PRIORITY, LEARNER, DIFFICULTY, PATIENCE = (
    chance.code(purpose) for purpose in ("priority", "learner", "difficulty", "patience")
)
WORK = tuple(chance.code("work", stage) for stage in range(12))
ASKS = tuple(chance.code("asks", stage) for stage in range(12))


@dataclass(frozen=True, eq=False)
class World:
    """The tickets of one seed, in the order of creation.

    Attributes
    ----------
    seed
        Seed of every number, drawn already or computed when needed.
    kinds
        Names of the kinds, sorted; `kind` holds positions in it.
    priorities
        Names of the priorities, highest first; `priority` holds positions in it.
    until_s
        End of the arrivals in seconds.
    created_s
        Instant of creation, shape (n,), not falling.
    kind, priority, learner
        Shape (n,); learners are numbered from 0.
    name
        Name of each ticket as three 32-bit words, shape (n, 3): kind, day and strip, number.
    difficulty
        Latent difficulty in logits, shape (n,).
    patience_s
        Seconds that the learner waits for work to begin, -1 without limit, at least a grain of the clock, shape (n,).
    work_ms
        Work content at the first visit by stage, at speed 1, shape (n, stages).
    asks
        Whether the stage stops once for the requester, shape (n, stages).
    busyness
        Factor of each local day on all rates, shape (days,).
    """

    seed: int
    kinds: tuple[str, ...]
    priorities: tuple[str, ...]
    until_s: int
    created_s: Ints
    kind: Ints
    priority: Ints
    learner: Ints
    name: chance.Names
    difficulty: Floats
    patience_s: Ints
    work_ms: Ints
    asks: NDArray[np.bool_]
    busyness: Floats

    def __len__(self) -> int:
        return len(self.created_s)


def sample(desk: Desk, seed: int) -> World:
    """Return the world of a seed: it depends on the demand part of the desk and the calendar, not on the staff.

    Parameters
    ----------
    desk
        The desk.
    seed
        0 to 2^64 - 1.

    Raises
    ------
    ValueError
        If the seed is out of range; if a kind has more than 2 million tickets on a day, or two kinds' names have one
        code (see `sim.chance.code`); if a local day of the run is longer than 25 hours.
    """
    kinds = tuple(sorted(desk.demand.kinds))
    chance.check_apart("demand.kinds", kinds)
    edges = _day_edges(desk)
    busyness = _busyness(desk.demand, seed, len(edges) - 1)
    found = [_arrivals(desk, name, seed, edges, busyness) for name in kinds]
    created = np.concatenate([at_s for at_s, _ in found])
    names = np.concatenate([name for _, name in found])
    kind = np.repeat(np.arange(len(kinds), dtype=np.int64), [len(at_s) for at_s, _ in found])
    order = np.lexsort((names[:, 2], names[:, 1], kind, created))
    created, names, kind = created[order], names[order], kind[order]
    return World(
        seed=seed, kinds=kinds, priorities=desk.priorities, until_s=int(edges[-1]), created_s=created, kind=kind,
        name=names, busyness=busyness, **_features(desk, kinds, kind, names, seed),
    )  # fmt: skip


def _day_edges(desk: Desk) -> Ints:
    timeline = desk.timeline()
    days = range(7 * desk.weeks + 1)
    edges = np.array([timeline.second(desk.start, 1440 * day) for day in days], np.int64)
    lasts_s = np.diff(edges)
    if lasts_s.max() > STRIP_S:
        day = int(lasts_s.argmax())
        raise ValueError(
            f"time_zone: {desk.start + timedelta(days=day)} lasts {lasts_s[day] / 3600:g} h in {desk.time_zone}; "
            f"a day of more than {STRIP_S // 3600} h is beyond this model"
        )
    return edges


def _busyness(demand: Demand, seed: int, days: int) -> Floats:
    if demand.busyness_shape is None:
        return np.ones(days)
    names = np.zeros((days, 3), np.uint32)
    names[:, 0] = np.arange(days)
    shape = demand.busyness_shape
    u = np.minimum(chance.uniforms(seed, BUSY, names), 1 - 2.0**-53)
    return np.asarray(special.gammaincinv(shape, u) / shape, np.float64)


def hourly_per_day(demand: Demand, kind: Kind) -> Floats:
    """Return the rate of a kind by hour of week in tickets per 86,400 s, in an ordinary week, shape (168,)."""
    shape = np.ones(168) if kind.curve == "flat" else np.array(demand.curves[kind.curve].shape())
    return np.asarray(kind.per_week / 7 * shape / shape.mean(), np.float64)


def day_factors(desk: Desk, kind: str) -> Floats:
    """Return the factor of surges and special days on each local day of a run, shape (days,)."""
    factors = np.ones(7 * desk.weeks)
    for day in range(7 * desk.weeks):
        date = desk.start + timedelta(days=day)
        factors[day] = desk.demand.special_days.get(date.isoformat(), 1.0)
        for _, surge in sorted(desk.demand.surges.items()):
            if surge.first_day <= date.day <= surge.last_day and (surge.kinds is None or kind in surge.kinds):
                factors[day] *= surge.factor
    return factors


def _arrivals(desk: Desk, name: str, seed: int, edges: Ints, busyness: Floats) -> tuple[Ints, chance.Names]:
    """Return created seconds and names of one kind's tickets."""
    hourly = hourly_per_day(desk.demand, desk.demand.kinds[name])
    factor = day_factors(desk, name) * busyness
    height = np.ceil(factor * hourly.max() / STRIP_PER_DAY)
    if height.max() >= 2**16:
        raise ValueError(f"demand.kinds.{name}: more than 2 million tickets a day are beyond this model")
    strips = height.astype(np.int64)
    day = np.repeat(np.arange(len(strips)), strips)
    strip = np.arange(strips.sum()) - np.repeat(np.cumsum(strips) - strips, strips)
    cells = np.zeros((len(day), 3), np.uint32)
    cells[:, 0], cells[:, 1] = chance.code(name), (day << 16) | strip
    count = np.searchsorted(_COUNTS, chance.uniforms(seed, POINTS, cells), side="left")
    names = np.repeat(cells, count, axis=0)
    names[:, 2] = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    place = chance.pairs(seed, PLACE, names)
    day, strip = np.repeat(day, count), np.repeat(strip, count)
    offset = (place[:, 0] * STRIP_S).astype(np.int64)
    at_s = edges[day] + offset
    level = (strip + place[:, 1]) * STRIP_PER_DAY
    inside = at_s < edges[day + 1]
    rate = np.where(inside, hourly[desk.timeline().hour_of_week(np.minimum(at_s, edges[-1] - 1))], 0.0) * factor[day]
    kept = level < rate
    return at_s[kept] // desk.clock_s * desk.clock_s, names[kept]


def _features(desk: Desk, kinds: tuple[str, ...], kind: Ints, names: chance.Names, seed: int) -> dict[str, Any]:
    """Return what every ticket needs, kind by kind: one uniform per quantity and ticket."""
    n, stages = len(kind), max(len(desk.demand.kinds[name].route) for name in kinds)
    out = {
        "priority": np.zeros(n, np.int64), "difficulty": np.zeros(n), "patience_s": np.full(n, -1, np.int64),
        "work_ms": np.zeros((n, stages), np.int64), "asks": np.zeros((n, stages), np.bool_),
        "learner": (chance.uniforms(seed, LEARNER, names) * desk.demand.learners).astype(np.int64)
        .clip(max=desk.demand.learners - 1),
    }  # fmt: skip
    for number, name in enumerate(kinds):
        rows = np.flatnonzero(kind == number)
        mine, what = names[rows], desk.demand.kinds[name]
        shares = np.array([what.priorities.get(priority, 0.0) for priority in desk.priorities])
        found = np.searchsorted(np.cumsum(shares), chance.uniforms(seed, PRIORITY, mine), side="left")
        out["priority"][rows] = found.clip(max=np.flatnonzero(shares).max())
        if what.difficulty_sd or what.difficulty_mean:
            u = np.minimum(chance.uniforms(seed, DIFFICULTY, mine), 1 - 2.0**-53)
            out["difficulty"][rows] = what.difficulty_mean + what.difficulty_sd * special.ndtri(u)
        if what.patience is not None:
            ms = _drawn_ms(table_ms(what.patience), chance.uniforms(seed, PATIENCE, mine))
            out["patience_s"][rows] = _ceil_s(ms, desk.clock_s)
        for stage, step in enumerate(what.route):
            out["work_ms"][rows, stage] = _drawn_ms(table_ms(step.work), chance.uniforms(seed, WORK[stage], mine))
            if step.asks > 0:
                out["asks"][rows, stage] = chance.uniforms(seed, ASKS[stage], mine) <= step.asks
    return out


def _drawn_ms(table: Floats, u: Floats) -> Ints:
    drawn: Floats = chance.quantiles(table[None, :], np.zeros(len(u), np.int64), u)
    return np.rint(drawn).astype(np.int64)


def _ceil_s(ms: Ints, clock_s: int) -> Ints:
    return np.asarray(np.maximum(-(-ms // (1000 * clock_s)) * clock_s, clock_s), np.int64)
