"""Gaps between shifts, teams and mixes among equals; what part-time, leave and being new cost the same person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.desk import Desk, Learning, SeatInstance, seats_of
from sim.lab.groups import equivalence, four_fifths_false_alarm, impact_ratio, sign_flips
from sim.lab.intervals import mean_t
from sim.lab.latin import square
from sim.lab.moves import PROBES, leave, moved, newcomer, part_time
from sim.lab.seating import WARM_UP_DAYS
from sim.lab.setting import Setting
from sim.notes import Note

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

MARGIN = 2.0
"""Gap in points that does not matter: a fifth of a tier of ten points (our assumption)."""
SEATINGS = 4
"""Seatings per world, each with everybody in a random seat."""

ALIKE = Note.of("gaps.alike")

_ROWS = {
    "what": pl.String, "group": pl.String, "seats": pl.Int64, "gap": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "p": pl.Float64, "equivalent": pl.Boolean, "p_equivalent": pl.Float64, "impact": pl.Float64, "flagged": pl.Boolean,
    "false_alarm": pl.Float64, "worlds": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Gaps:
    """Gaps among equals.

    Attributes
    ----------
    groups
        One row per group. `what` tells by what people are grouped: `shift`, `team` and `mix` (what the seat takes)
        against all other seats of the role, the same people sitting in all of them; `part_time`, `leave` and
        `newcomer` (who joins on the run's first day), against the same person without. `gap`, with the interval `low`
        to `high`, is the mean score of the group less that of the others, in points. `p`: by permutation of its sign
        over worlds. `equivalent`: it lies within `margin`, and `p_equivalent` (two one-sided tests). `impact` (the
        lower share of top tiers over the higher, in the reseated worlds), `flagged` (below four fifths) and
        `false_alarm` (how often that rule flags one month of equal people in groups of these sizes) tell what the
        four-fifths rule would say; null where nobody is in a top tier. `seats` is null where no seats are compared.
    margin
        Gap that does not matter, in points.
    seatings
        Random seatings per world.
    notes
        What a reader must know.
    """

    groups: pl.DataFrame
    margin: float
    seatings: int
    notes: tuple[Note, ...]


def gaps(setting: Setting, *, margin: float = MARGIN, seatings: int = SEATINGS, probes: int = PROBES) -> Gaps:
    """Return the gaps between groups of equals.

    Parameters
    ----------
    setting
        The desk and its people.
    margin
        Gap that does not matter, in points, above 0.
    seatings
        Random seatings per world; more are more precise.
    probes
        How many people try part-time, leave and being new, one at a time.

    Raises
    ------
    ValueError
        If the margin is not above 0, or there is no seating.

    Notes
    -----
    It is about people whose score is lower for where they sit, for hours that they have a right to, or for having been
    there for weeks instead of years. Groups of equals are the same people: seats are drawn at random, so who sits in a
    group differs from the others by chance only; part-time, leave and being new are one person's with all else as it
    was. So a newcomer is set beside somebody settled of the same settled ability, on the role's learning curve, or the
    default one where it states none, which a note says.
    """
    if not margin > 0:
        raise ValueError(f"a margin of equivalence must be above 0, got {margin:g}")
    if seatings < 1:
        raise ValueError(f"a comparison needs 1 seating or more, got {seatings}")
    rows = min(seatings, len(setting.people))
    kinds = seat_groups(setting)
    learns, note = _learns(setting)
    found = [*_of_seats(setting, kinds, margin, rows), *_of_one(learns, margin, probes)]
    notes = (note,) if kinds else (ALIKE, note)
    return Gaps(pl.DataFrame(found, schema=_ROWS, orient="row"), margin, rows, notes)


def seat_groups(setting: Setting) -> dict[tuple[str, str], Ints]:
    """Return the seats of each group, as positions in the sorted seats of the role; groups that hold all are left out.

    A mix is told by what the seat takes, the main skill first.
    """
    by_name = {seat.name: seat for seat in seats_of(setting.base)}
    chairs = [by_name[name] for name in sorted(setting.chairs.values())]
    groups: dict[tuple[str, str], list[int]] = {}
    for at, chair in enumerate(chairs):
        for what, value in _told(chair).items():
            groups.setdefault((what, value), []).append(at)
    return {key: np.array(at) for key, at in sorted(groups.items()) if len(at) < len(chairs)}


def _told(chair: SeatInstance) -> dict[str, str]:
    return {"shift": chair.seat.shift, "team": chair.seat.team, "mix": " > ".join(chair.seat.takes)}


def _squares(setting: Setting, seatings: int) -> Ints:
    size = len(setting.people)
    return np.stack([square(size, setting.seed, world, seatings) for world in range(setting.worlds)])


def reseated(base: Desk, people: list[str], chairs: list[str], seats: Ints, index: int) -> list[Desk]:
    """Return the desk in every seating of a world.

    Parameters
    ----------
    base
        The desk.
    people, chairs
        Persons and seats of the role, sorted.
    seats
        Position of the seat, shape (worlds, seatings, people).
    index
        Number of the world.
    """
    return [
        base.changed(seating=base.seating | {who: chairs[at] for who, at in zip(people, row.tolist(), strict=True)})
        for row in seats[index]
    ]


def _of_seats(
    setting: Setting, kinds: Mapping[tuple[str, str], Ints], margin: float, seatings: int
) -> list[tuple[object, ...]]:
    """Return a row for every group of seats."""
    if not kinds:
        return []
    seats = _squares(setting, seatings)
    lived = setting.lived_by(
        partial(reseated, setting.base, setting.people, sorted(setting.chairs.values()), seats)
    )  # fmt: skip
    totals, top = lived.totals(), _top(setting, lived.tiers())
    made = []
    for (what, value), mine in kinds.items():
        inside = np.isin(seats, mine)
        by_world = by_group(totals, inside)
        rates = [float(np.nanmean(np.where(where, top, np.nan))) for where in (inside, ~inside)]
        sizes = len(mine), len(setting.people) - len(mine)
        made.append(_row(setting, what, value, len(mine), by_world, margin, rates, sizes))
    return made


def by_group(totals: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return the mean score inside a group less that outside, world by world.

    Parameters
    ----------
    totals
        Score, shape (worlds, seatings, people); NaN are left out.
    inside
        Who sits in the group, same shape.
    """

    def mean(where: NDArray[np.bool_]) -> Floats:
        known = where & ~np.isnan(totals)
        counts = known.sum(axis=(1, 2))
        sums = np.where(known, totals, 0.0).sum(axis=(1, 2))
        made: Floats = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
        return made

    return mean(inside) - mean(~inside)


def _top(setting: Setting, tiers: Ints) -> Floats:
    """Return whether each tier pays more than the middle one of the rubric; NaN where there is none."""
    pays = np.array([*(tier.coefficient for tier in setting.rubric.tiers), np.nan])
    return np.where(tiers < 0, np.nan, pays[tiers] > np.median(pays[:-1]))


def _learns(setting: Setting) -> tuple[Setting, Note]:
    """Return the setting with a learning curve of the role, and what to say of it; without newcomers it is no other."""
    staff = setting.desk.staff
    role = staff.roles[setting.role]
    curve = role.learning or Learning()
    note = Note.of(
        f"gaps.{'curve' if role.learning else 'assumed_curve'}", slower=round(100 * (1 - np.exp(-curve.speed_log))),
        quality=f"{curve.quality:g}", weeks=f"{curve.half_life_weeks:g}", days=WARM_UP_DAYS,
    )  # fmt: skip
    roles = {**staff.roles, setting.role: role.changed(learning=curve)}
    return replace(setting, desk=setting.desk.changed(staff=staff.changed(roles=roles))), note


def _of_one(setting: Setting, margin: float, probes: int) -> list[tuple[object, ...]]:
    """Return a row each for part-time, leave and being new, of people who try them."""
    found = moved(setting, {"part_time": part_time, "leave": leave, "newcomer": newcomer}, probes)
    return [_row(setting, what, what, None, found.by_world(what), margin, [np.nan] * 2, (0, 0)) for what in found.gains]


def _row(
    setting: Setting, what: str, group: str, seats: int | None, by_world: Floats, margin: float, rates: list[float],
    sizes: tuple[int, int],
) -> tuple[object, ...]:  # fmt: skip
    gap, near = mean_t(by_world, setting.level), equivalence(by_world, margin, setting.level)
    impact = impact_ratio(*rates)
    alarm = None
    if impact is not None:
        pooled = float(np.average(rates, weights=sizes))
        alarm = four_fifths_false_alarm(pooled, *sizes)
    known = int((~np.isnan(by_world)).sum())
    return (
        what, group, seats, gap.mean, gap.low, gap.high, sign_flips(by_world, setting.seed), near.equivalent, near.p,
        impact, None if impact is None else impact < 0.8, alarm, known,
    )  # fmt: skip
