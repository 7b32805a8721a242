"""Arrivals and draws, compiled: which points of the plane (time x rate) are tickets, and what each ticket needs.

Every uniform number is a pure function of seed, purpose and name (see `sim.chance`), so the order in which the tickets
are gone over plays no part.
"""

from typing import Any

import numpy as np
from numba import njit
from scipy import special

from sim import chance
from sim.chance import quantile, two_uniforms, uniform
from sim.desk import Desk
from sim.world.course import STRIP_S, Course, course_of

STRIP_PER_DAY = 32.0
"""Height of a strip, in tickets per 86,400 s."""
_POINTS = STRIP_PER_DAY * STRIP_S / 86_400
_COUNTS = special.pdtr(np.arange(400), _POINTS)

POINTS, PLACE = chance.code("points"), chance.code("place")
PRIORITY, LEARNER, DIFFICULTY, PATIENCE = (
    chance.code(purpose) for purpose in ("priority", "learner", "difficulty", "patience")
)
WORK = tuple(chance.code("work", stage) for stage in range(12))
ASKS = tuple(chance.code("asks", stage) for stage in range(12))
_WORK, _ASKS = np.array(WORK), np.array(ASKS)


def arrivals(course: Course, key: tuple[int, int], factor: Any, clock_s: int) -> Any:
    """Return created seconds, kinds and names of all tickets, in the order of their names.

    Parameters
    ----------
    course
        Of the desk.
    key
        Words of the seed.
    factor
        Factor on the rate by kind and day, shape (kinds, days).
    clock_s
        Grain of all instants.

    Raises
    ------
    ValueError
        If a kind has more than 2 million tickets on a day.
    """
    strips = np.ceil(factor * course.peak * course.hourly.max(axis=1)[:, None] / STRIP_PER_DAY)
    if strips.max() >= 2**16:
        name = course.kinds[int(strips.max(axis=1).argmax())]
        raise ValueError(f"demand.kinds.{name}: more than 2 million tickets a day are beyond this model")
    many = strips.astype(np.int64)
    count = _counts(*key, course.codes, many)
    return _points(
        *key, course.codes, many, count, course.edges, course.hourly, factor, course.bursts, *course.segments, clock_s
    )


@njit(cache=True, nogil=True)
def _counts(k0: int, k1: int, codes: Any, strips: Any) -> Any:
    """Return the number of points of every strip, by kind, day and strip."""
    count = np.empty(strips.sum(), np.int64)
    at = 0
    for kind in range(strips.shape[0]):
        for day in range(strips.shape[1]):
            for strip in range(strips[kind, day]):
                u = uniform(k0, k1, POINTS, codes[kind], (day << 16) | strip, 0, 0)
                count[at] = np.searchsorted(_COUNTS, u)
                at += 1
    return count


@njit(cache=True, nogil=True)
def _points(
    k0: int, k1: int, codes: Any, strips: Any, count: Any, edges: Any, hourly: Any, factor: Any, bursts: Any,
    begins: Any, shown: Any, clock_s: int,
) -> Any:  # fmt: skip
    """Return instant, kind and name of the points below the rate."""
    most = count.sum()
    created_s, kinds = np.empty(most, np.int64), np.empty(most, np.int64)
    names = np.empty((most, 3), np.uint32)
    place, many, segment = 0, 0, 0
    for kind in range(strips.shape[0]):
        for day in range(strips.shape[1]):
            for strip in range(strips[kind, day]):
                word = (day << 16) | strip
                for number in range(count[place]):
                    along, up = two_uniforms(k0, k1, PLACE, codes[kind], word, number)
                    at_s = edges[day] + np.int64(along * STRIP_S)
                    if at_s >= edges[day + 1]:
                        continue
                    while segment > 0 and begins[segment] > at_s:
                        segment -= 1
                    while segment + 1 < len(begins) and begins[segment + 1] <= at_s:
                        segment += 1
                    hour = ((at_s + shown[segment]) // 3600 + 72) % 168
                    rate = hourly[kind, hour] * factor[kind, day]
                    for burst in range(len(bursts.factor)):
                        if bursts.touches[burst, kind] and bursts.spans[burst, 0] <= at_s < bursts.spans[burst, 1]:
                            rate *= bursts.factor[burst]
                    if (strip + up) * STRIP_PER_DAY < rate:
                        created_s[many], kinds[many] = at_s // clock_s * clock_s, kind
                        names[many, 0], names[many, 1], names[many, 2] = codes[kind], word, number
                        many += 1
                place += 1
    return created_s[:many], kinds[:many], names[:many]


def drawn(desk: Desk, seed: int, kind: Any, names: Any) -> dict[str, Any]:
    """Return what every ticket needs: one uniform per quantity and ticket.

    Parameters
    ----------
    desk
        The desk.
    seed
        0 to 2^64 - 1.
    kind, names
        Position of the kind among the sorted kinds, shape (n,); names of the tickets, shape (n, 3).

    Returns
    -------
    dict
        The attributes `priority`, `learner`, `difficulty`, `patience_s`, `work_ms` and `asks` of `World`.
    """
    course = course_of(desk)
    n, stages = len(kind), course.work_row.shape[1]
    out = {
        "priority": np.empty(n, np.int64), "learner": np.empty(n, np.int64), "patience_s": np.empty(n, np.int64),
        "work_ms": np.zeros((n, stages), np.int64), "asks": np.zeros((n, stages), np.bool_),
    }  # fmt: skip
    laws = course.tables, course.patience_row, course.work_row, course.asks, course.ranks, course.last
    _draw(
        *chance.key(seed),
        np.ascontiguousarray(kind),
        np.ascontiguousarray(names),
        laws,
        desk.demand.learners,
        desk.clock_s,
        *out.values(),
    )
    hard = (course.difficulty_mean != 0) | (course.difficulty_sd != 0)
    difficulty, rows = np.zeros(n), np.flatnonzero(hard[kind])
    if len(rows):
        u = np.minimum(chance.uniforms(seed, DIFFICULTY, names[rows]), 1 - 2.0**-53)
        difficulty[rows] = course.difficulty_mean[kind[rows]] + course.difficulty_sd[kind[rows]] * special.ndtri(u)
    return out | {"difficulty": difficulty}


@njit(cache=True, nogil=True)
def _draw(
    k0: int, k1: int, kinds: Any, names: Any, laws: Any, learners: int, clock_s: int, priority: Any, learner: Any,
    patience_s: Any, work_ms: Any, asks: Any,
) -> None:  # fmt: skip
    tables, patience_row, work_row, asking, ranks, last = laws
    for ticket in range(len(kinds)):
        kind = kinds[ticket]
        n0, n1, n2 = names[ticket, 0], names[ticket, 1], names[ticket, 2]
        learner[ticket] = min(np.int64(uniform(k0, k1, LEARNER, n0, n1, n2, 0) * learners), learners - 1)
        u, rank = uniform(k0, k1, PRIORITY, n0, n1, n2, 0), 0
        while rank < last[kind] and ranks[kind, rank] < u:
            rank += 1
        priority[ticket] = rank
        patience_s[ticket] = -1
        if patience_row[kind] >= 0:
            ms = np.int64(np.rint(quantile(tables, patience_row[kind], uniform(k0, k1, PATIENCE, n0, n1, n2, 0))))
            patience_s[ticket] = max(-(-ms // (1000 * clock_s)) * clock_s, clock_s)
        for stage in range(work_row.shape[1]):
            row = work_row[kind, stage]
            if row >= 0:
                u = uniform(k0, k1, _WORK[stage], n0, n1, n2, 0)
                work_ms[ticket, stage] = np.int64(np.rint(quantile(tables, row, u)))
            if asking[kind, stage] > 0:
                asks[ticket, stage] = uniform(k0, k1, _ASKS[stage], n0, n1, n2, 0) <= asking[kind, stage]
