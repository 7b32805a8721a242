"""What every world of a desk has in common: days, rates, laws, and a digest of all that a world depends on."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import chance
from sim.desk import Demand, Desk, Kind, Law
from sim.desk.once import once_per_demand
from sim.desk.staff import span_of
from sim.laws import table_ms

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STRIP_S = 90_000
"""Length of a strip in seconds: a longer local day is refused."""


def demand_of(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Return all that a world depends on, part by part: where it stands in a desk, and a digest of what stands there.

    Staff, routing, targets and outcome have no part in it, nor have those fields of a kind that change no draw.
    """
    return course_of(desk).demand


def _parts(desk: Desk) -> tuple[tuple[str, str], ...]:
    demand = desk.demand
    parts: dict[str, object] = {name: str(getattr(desk, name)) for name in ("start", "weeks", "time_zone", "clock_s")}
    parts["priorities"] = desk.priorities
    for name, kind in sorted(demand.kinds.items()):
        facts = kind.model_dump(mode="json", include=_DRAWN)
        stages = [stage.model_dump(mode="json", include={"work", "asks"}) for stage in kind.route]
        parts[f"demand.kinds.{name}"] = facts | {"route": stages, "curve": hourly_per_day(demand, kind).tolist()}
    rates = {"surges", "seasons", "bursts", "special_days", "busyness_shape"}
    whole = demand.model_dump(mode="json", include={*rates, "learners", "population"})
    parts |= {f"demand.{name}": whole[name] for name in sorted(whole)}
    return tuple((name, sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()) for name, part in parts.items())


_DRAWN = {"per_week", "priorities", "difficulty_mean", "difficulty_sd", "patience", "deflected", "repeats", "schedules",
          "duplicates", "learners"}  # fmt: skip


class Bursts(NamedTuple):
    """Factors on the rate in some hours.

    Attributes
    ----------
    spans
        Begin and end of each in seconds, shape (bursts, 2).
    factor
        Of each, shape (bursts,).
    touches
        Whether each touches a kind, shape (bursts, kinds).
    """

    spans: Ints
    factor: Floats
    touches: NDArray[np.bool_]


class Course(NamedTuple):
    """What every world of a desk has in common.

    Attributes
    ----------
    kinds, codes
        Names of the kinds, sorted, and their codes.
    edges
        Begins of the local days and the end of the run, in seconds, shape (days + 1,).
    hourly
        Rate by kind and hour of week in tickets per 86,400 s, shape (kinds, 168).
    factor
        Factor of surges, seasons and special days by kind and day, shape (kinds, days).
    bursts, peak
        Factors in some hours, and by kind and day at most what they may make of the rate, at least 1.
    tables
        Quantiles of laws in milliseconds, one row each.
    patience_row, work_row
        Rows of the tables by kind, and by kind and stage; -1 for none.
    asks
        Probability of a question by kind and stage, shape (kinds, stages).
    ranks, last
        By kind, the chance of each priority or a higher one, and the last priority that has any.
    difficulty_mean, difficulty_sd
        By kind, in logits.
    segments
        Where the wall clock changes: see `Timeline.offsets`.
    demand
        See `demand_of`.
    """

    kinds: tuple[str, ...]
    codes: NDArray[np.uint32]
    edges: Ints
    hourly: Floats
    factor: Floats
    bursts: Bursts
    peak: Floats
    tables: Floats
    patience_row: Ints
    work_row: Ints
    asks: Floats
    ranks: Floats
    last: Ints
    difficulty_mean: Floats
    difficulty_sd: Floats
    segments: tuple[Ints, Ints]
    demand: tuple[tuple[str, str], ...]


@once_per_demand
def course_of(desk: Desk) -> Course:
    """Return what every world of a desk has in common.

    Raises
    ------
    ValueError
        If two kinds' names have one code, or a local day of the run is longer than 25 hours.
    """
    kinds = tuple(sorted(desk.demand.kinds))
    schedules = [f"{name}.schedule.{plan}" for name in kinds for plan in desk.demand.kinds[name].schedules]
    chance.check_apart("demand.kinds", (*kinds, *schedules))
    edges = _day_edges(desk)
    own = [desk.demand.kinds[name] for name in kinds]
    tables: list[Floats] = []

    def row(law: Law | None) -> int:
        if law is None:
            return -1
        tables.append(table_ms(law))
        return len(tables) - 1

    shape = (len(kinds), max(len(kind.route) for kind in own))
    work, asks = np.full(shape, -1, np.int64), np.zeros(shape)
    for number, kind in enumerate(own):
        work[number, : len(kind.route)] = [row(stage.work) for stage in kind.route]
        asks[number, : len(kind.route)] = [stage.asks for stage in kind.route]
    patience = np.array([row(kind.patience) for kind in own], np.int64)
    bursts = _bursts(desk, kinds)
    shares = np.array([[kind.priorities.get(name, 0.0) for name in desk.priorities] for kind in own])
    return Course(
        kinds, np.array([chance.code(name) for name in kinds], np.uint32), edges,
        np.stack([hourly_per_day(desk.demand, kind) for kind in own]),
        np.stack([day_factors(desk, name) for name in kinds]), bursts, _peak(bursts, edges),
        np.array(tables), patience, work, asks,
        np.cumsum(shares, axis=1), np.array([np.flatnonzero(row).max() for row in shares]),
        np.array([kind.difficulty_mean for kind in own]), np.array([kind.difficulty_sd for kind in own]),
        desk.timeline().offsets(0, int(edges[-1]))[:2], _parts(desk),
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


def _bursts(desk: Desk, kinds: tuple[str, ...]) -> Bursts:
    each = [burst for _, burst in sorted(desk.demand.bursts.items())]
    timeline = desk.timeline()
    spans = [[timeline.second(burst.date, minute) for minute in span_of(burst.hours)] for burst in each]
    touches = [[burst.kinds is None or kind in burst.kinds for kind in kinds] for burst in each]
    return Bursts(
        np.array(spans, np.int64).reshape(-1, 2), np.array([burst.factor for burst in each], np.float64),
        np.array(touches, np.bool_).reshape(-1, len(kinds)),
    )  # fmt: skip


def _peak(bursts: Bursts, edges: Ints) -> Floats:
    """Return at most what bursts may make of the rate by kind and day, shape (kinds, days)."""
    peak = np.ones((bursts.touches.shape[1], len(edges) - 1))
    for (begin_s, end_s), factor, touched in zip(bursts.spans, bursts.factor, bursts.touches, strict=True):
        days = (edges[:-1] < end_s) & (edges[1:] > begin_s)
        peak[np.ix_(touched, days)] *= max(factor, 1.0)
    return peak


def hourly_per_day(demand: Demand, kind: Kind) -> Floats:
    """Return the rate of a kind by hour of week in tickets per 86,400 s, in an ordinary week, shape (168,)."""
    shape = np.ones(168) if kind.curve == "flat" else np.array(demand.curves[kind.curve].shape())
    return np.asarray(kind.per_week / 7 * shape / shape.mean(), np.float64)


def day_factors(desk: Desk, kind: str) -> Floats:
    """Return the factor of surges, seasons and special days on each local day of a run, shape (days,)."""
    factors = np.ones(7 * desk.weeks)
    for day in range(7 * desk.weeks):
        date = desk.start + timedelta(days=day)
        factors[day] = desk.demand.special_days.get(date.isoformat(), 1.0)
        for _, surge in sorted(desk.demand.surges.items()):
            if surge.first_day <= date.day <= surge.last_day and (surge.kinds is None or kind in surge.kinds):
                factors[day] *= surge.factor
        for _, season in sorted(desk.demand.seasons.items()):
            if season.holds(date) and (season.kinds is None or kind in season.kinds):
                factors[day] *= season.factor
    return factors
