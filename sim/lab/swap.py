"""The same person in another seat of the same world: two exchange seats, and two who are one and the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim import chance
from sim.desk import Desk
from sim.lab.intervals import Estimate, mean_t
from sim.lab.setting import Setting

type Floats = NDArray[np.float64]

MOST_PAIRS = 12
"""Pairs that are swapped unless more are asked for: each costs a run in every world."""

_PAIRS = chance.code("swapped pairs")
_ROWS = {
    "person": pl.String, "other": pl.String, "seat": pl.String, "new_seat": pl.String, "change": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "tier_changed": pl.Float64, "worlds": pl.Int64,
}  # fmt: skip


def swaps(setting: Setting, pairs: int | Sequence[tuple[str, str]] = MOST_PAIRS) -> pl.DataFrame:
    """Return what would change for two people who exchange seats, all others staying, in the same worlds.

    Parameters
    ----------
    setting
        The desk and its people.
    pairs
        The pairs, or how many: drawn by the seed when there are more, those in like seats left out.

    Returns
    -------
    DataFrame
        Two rows per pair, one per `person`: the `other`, `seat` and `new_seat`, mean `change` of the person's total in
        points with the interval `low` to `high` over worlds, the share of worlds in which the tier is another
        (`tier_changed`), and the worlds in which the person has a score both times. Empty if all seats are alike.

    Raises
    ------
    ValueError
        If a pair names somebody who is not of the role, one person twice, or there are fewer than 1.

    Notes
    -----
    It is about the person whose pay would be another, though nobody worked otherwise. What comes of a swap is
    the seat's doing, and the fit's; the tickets are the same.
    """
    chosen = _pairs(setting, pairs)
    desks = [setting.base, *(setting.seated(_exchanged(setting.chairs, *pair)) for pair in chosen)]
    found = setting.lived(desks)
    totals, tiers = found.totals(), found.tiers()
    place = {name: at for at, name in enumerate(found.people)}
    rows: list[tuple[object, ...]] = []
    for number, pair in enumerate(chosen, start=1):
        for person, other in (pair, pair[::-1]):
            at = place[person]
            change = totals[:, number, at] - totals[:, 0, at]
            known = (tiers[:, number, at] >= 0) & (tiers[:, 0, at] >= 0)
            moved = (tiers[:, number, at] != tiers[:, 0, at])[known]
            mean = mean_t(change, setting.level)
            rows.append(
                (person, other, setting.chairs[person], setting.chairs[other], mean.mean, mean.low, mean.high,
                 float(moved.mean()) if len(moved) else None, int((~np.isnan(change)).sum()))
            )  # fmt: skip
    return pl.DataFrame(rows, schema=_ROWS, orient="row")


@dataclass(frozen=True)
class Clones:
    """One person twice, in two seats.

    Attributes
    ----------
    person, other
        Who is doubled, and in whose place.
    seats
        Their two seats.
    gap
        Score of the clone less that of the person, in points: all of it is the seats' doing, and chance.
    by_name
        Mean absolute change of what a *seat* scores when the two change places, in points: 0 says that
        no rule of the desk or the rubric goes by who somebody is called or where they stand in a list.
    """

    person: str
    other: str
    seats: tuple[str, str]
    gap: Estimate
    by_name: Estimate


def clones(setting: Setting, person: str, other: str) -> Clones:
    """Return how differently one and the same person scores in two seats of the same worlds.

    Parameters
    ----------
    setting
        The desk and its people.
    person, other
        Two people of the role. The other becomes the person's clone: the same abilities, wage, hours and habits, in the
        other's seat. Neither is ever absent or late, because the chance of that goes by name.

    Raises
    ------
    ValueError
        If either is not of the role, or both are one.
    """
    _check_pair(setting, (person, other))
    staff = setting.base.staff
    same = staff.persons[person].changed(absent=0.0, late=0.0, duties=None)
    groups = {who: setting.chairs[who].rpartition("#")[0] for who in (person, other)}
    persons = staff.persons | {who: same.changed(seat=groups[who]) for who in (person, other)}
    twins = setting.base.changed(staff=staff.changed(persons=persons))
    crossed = twins.changed(seating=twins.seating | _exchanged(setting.chairs, person, other))
    found = setting.lived([twins, crossed]).totals()
    one, two = setting.people.index(person), setting.people.index(other)
    apart = np.nanmean(np.abs(found[:, 1][:, [two, one]] - found[:, 0][:, [one, two]]), axis=1)
    return Clones(
        person, other, (setting.chairs[person], setting.chairs[other]),
        gap=mean_t(found[:, 0, two] - found[:, 0, one], setting.level), by_name=mean_t(apart, setting.level),
    )  # fmt: skip


def unlike_pairs(setting: Setting) -> list[tuple[str, str]]:
    """Return the pairs of people whose seats differ in more than their name."""
    return [
        pair for pair in combinations(setting.people, 2)
        if _kind_of_seat(setting.base, setting.chairs[pair[0]]) != _kind_of_seat(setting.base, setting.chairs[pair[1]])
    ]  # fmt: skip


def _exchanged(chairs: dict[str, str], one: str, two: str) -> dict[str, str]:
    return {one: chairs[two], two: chairs[one]}


def _pairs(setting: Setting, pairs: int | Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    if not isinstance(pairs, int):
        for pair in pairs:
            _check_pair(setting, pair)
        return list(pairs)
    if pairs < 1:
        raise ValueError(f"a swap test needs 1 pair or more, got {pairs}")
    unlike = unlike_pairs(setting)
    names = np.zeros((len(unlike), 3), np.uint32)
    names[:, 0] = np.arange(len(unlike))
    first = np.argsort(chance.uniforms(setting.seed, _PAIRS, names), kind="stable")[:pairs]
    return [unlike[at] for at in sorted(int(at) for at in first)]


def _kind_of_seat(desk: Desk, seat: str) -> object:
    """Return what a seat is, apart from its name and how many like it there are."""
    return desk.staff.seats[seat.rpartition("#")[0]].changed(heads=1)


def _check_pair(setting: Setting, pair: tuple[str, str]) -> None:
    for name in pair:
        if name not in setting.people:
            near = get_close_matches(name, setting.people, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(setting.people)}"
            raise ValueError(f"role {setting.role!r} has nobody called {name!r}{hint}")
    if pair[0] == pair[1]:
        raise ValueError(f"a swap needs two people, got {pair[0]!r} twice")
