"""Why a figure changed: other tickets, or the same tickets done otherwise (Kitagawa, Oaxaca and Blinder)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import stdtrit

from sim.kpi.kernels import Floats

_NOISE = 1e-12
"""What floats alone may differ by."""


@dataclass(frozen=True)
class Span:
    """A figure with its interval; None where there are too few days for one.

    Attributes
    ----------
    mean, low, high
        The figure and the ends of its interval.
    """

    mean: float
    low: float | None
    high: float | None

    def apart(self) -> bool:
        """Say whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class GroupChange:
    """What a group of tickets, such as a kind, has to do with a change.

    Attributes
    ----------
    group
        Its name; None for tickets without one.
    share_before, share_after
        Its share of what is below the line, 0 to 1.
    rate_before, rate_after
        Its own figure; None where it had no tickets.
    mix, rate
        What it adds to either effect.
    """

    group: str | None
    share_before: float
    share_after: float
    rate_before: float | None
    rate_after: float | None
    mix: float
    rate: float


@dataclass(frozen=True)
class Change:
    """A change of a ratio between two periods, and its two effects, which add up to it.

    Attributes
    ----------
    before, after
        The figure in either period.
    n_before, n_after
        What is below the line: tickets, for shares and means.
    change, mix, rate
        After less before; what other shares of the groups would have done alone; what other figures of the groups
        would have done alone.
    groups
        By group, those that matter most first.
    """

    before: float
    after: float
    n_before: int
    n_after: int
    change: Span
    mix: Span
    rate: Span
    groups: tuple[GroupChange, ...]


def mix_and_rate(
    before: pl.DataFrame, after: pl.DataFrame, group: str = "kind", *, level: float = 0.95, unit: float = 1.0
) -> Change | None:
    """Return what of a change is mix and what is rate; None where either period has nothing.

    Parameters
    ----------
    before, after
        Whole-number sums of the periods: the column `group`, `day`, `y` above and `x` below the line, x >= 0.
    group
        What tickets are told apart by.
    level
        Of the intervals.
    unit
        Figures are multiplied by it, such as 100 for percent.

    Raises
    ------
    ValueError
        If a group has something above the line and nothing below.

    Notes
    -----
    With shares w and figures r of the groups, mix = sum of (w1 - w0) ((r0 + r1) / 2 - R) and
    rate = sum of (r1 - r0) (w0 + w1) / 2, where R, the mean of the two figures of the whole, cancels in the sum and
    makes the mix of a group readable: more of what is above the whole raises it (Kitagawa 1955, J. Am. Stat. Assoc. 50,
    1168-1194; Das Gupta 1993). A group that is new, or gone, has no second figure of its own: it is mix alone. The
    effects are worked out in fractions, so they add up exactly before they are rounded to floats. Intervals: days are
    left out one by one in either period (jackknife), Student's t with the days of both less 2.
    """
    sums = [_by_group(frame, group) for frame in (before, after)]
    names = sorted({*sums[0], *sums[1]}, key=lambda name: (name is None, name or ""))
    whole = [tuple(sum(pair[side] for pair in each.values()) for side in (0, 1)) for each in sums]
    if any(x <= 0 for _, x in whole):
        return None
    figures = [Fraction(y, x) for y, x in whole]
    centre = (figures[0] + figures[1]) / 2
    groups = [_group(name, [each.get(name, (0, 0)) for each in sums], whole, centre, unit) for name in names]
    mix, rate = sum((each.mix for each in groups), Fraction(0)), sum((each.rate for each in groups), Fraction(0))
    errors, freedom = _errors(before, after, group, names)
    half = [None if freedom < 1 else float(stdtrit(freedom, (1 + level) / 2) * e * abs(unit)) for e in errors]
    change, of_mix, of_rate = (
        Span(float(each) * unit, None if h is None else float(each) * unit - h,
             None if h is None else float(each) * unit + h)
        for each, h in zip((figures[1] - figures[0], mix, rate), half, strict=True)
    )  # fmt: skip
    told = sorted((each.told for each in groups), key=lambda part: -abs(part.mix) - abs(part.rate))
    before_after = float(figures[0]) * unit, float(figures[1]) * unit
    return Change(*before_after, whole[0][1], whole[1][1], change, of_mix, of_rate, tuple(told))


def _by_group(frame: pl.DataFrame, group: str) -> dict[str | None, tuple[int, int]]:
    made = frame.group_by(group).agg(pl.col("y", "x").cast(pl.Int64).sum())
    found = {name: (int(y), int(x)) for name, y, x in made.select(group, "y", "x").iter_rows() if y or x}
    for name, (y, x) in found.items():
        if x <= 0:
            raise ValueError(f"{group} {name!r} has {y} above the line and {x} below: it has no figure of its own")
    return found


class _Exact(NamedTuple):
    told: GroupChange
    mix: Fraction
    rate: Fraction


def _group(
    name: str | None, pairs: list[tuple[int, int]], whole: list[tuple[int, ...]], centre: Fraction, unit: float
) -> _Exact:
    """Return a group's part, and its two effects as fractions."""
    known = [None if x == 0 else Fraction(y, x) for y, x in pairs]
    either = next(rate for rate in known if rate is not None)
    r0, r1 = (either if rate is None else rate for rate in known)
    w0, w1 = (Fraction(x, total) for (_, x), (_, total) in zip(pairs, whole, strict=True))
    mix, rate = (w1 - w0) * ((r0 + r1) / 2 - centre), (r1 - r0) * (w0 + w1) / 2
    told = [None if each is None else float(each) * unit for each in known]
    part = GroupChange(name, float(w0), float(w1), told[0], told[1], float(mix) * unit, float(rate) * unit)
    return _Exact(part, mix, rate)


def _errors(before: pl.DataFrame, after: pl.DataFrame, group: str, names: list[str | None]) -> tuple[Floats, int]:
    """Return the standard errors of change, mix and rate over days, and the degrees of freedom (0 for none)."""
    sides = [_by_day(frame, group, names) for frame in (before, after)]
    if min(len(side[0]) for side in sides) < 2:
        return np.zeros(3), 0
    totals = [(y.sum(axis=0), x.sum(axis=0)) for y, x in sides]
    spread = np.zeros(3)
    for at, (y, x) in enumerate(sides):
        without = (totals[at][0] - y, totals[at][1] - x)
        other = (np.broadcast_to(totals[1 - at][0], y.shape), np.broadcast_to(totals[1 - at][1], y.shape))
        (y0, x0), (y1, x1) = (without, other) if at == 0 else (other, without)
        made = _effects(y0, x0, y1, x1)
        if not np.isfinite(made).all():
            return np.zeros(3), 0  # everything lies on one day
        days = len(y)
        apart = made - made.mean(axis=1, keepdims=True)
        apart[np.abs(apart) < _NOISE * (1 + np.abs(made).max())] = 0.0
        spread += (days - 1) / days * (apart**2).sum(axis=1)
    return np.sqrt(spread), len(sides[0][0]) + len(sides[1][0]) - 2


def _by_day(frame: pl.DataFrame, group: str, names: list[str | None]) -> tuple[Floats, Floats]:
    """Return y and x by day and group, shape (days, groups)."""
    days = frame.filter((pl.col("x") != 0) | (pl.col("y") != 0))["day"].unique().sort().to_list()
    at = {day: place for place, day in enumerate(days)}
    place = {name: number for number, name in enumerate(names)}
    made = np.zeros((2, len(days), len(names)))
    for name, day, y, x in frame.select(group, "day", "y", "x").iter_rows():
        if y or x:
            made[:, at[day], place[name]] += (y, x)
    return made[0], made[1]


def _effects(y0: Floats, x0: Floats, y1: Floats, x1: Floats) -> Floats:
    """Return change, mix and rate for each row of sums by group, shape (3, rows)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r0, r1 = y0 / x0, y1 / x1
        either0, either1 = np.where(x0 > 0, r0, r1), np.where(x1 > 0, r1, r0)
        none = (x0 <= 0) & (x1 <= 0)
        r0, r1 = np.where(none, 0.0, either0), np.where(none, 0.0, either1)
        w0, w1 = x0 / x0.sum(axis=1, keepdims=True), x1 / x1.sum(axis=1, keepdims=True)
        mix, rate = ((w1 - w0) * (r0 + r1) / 2).sum(axis=1), ((r1 - r0) * (w0 + w1) / 2).sum(axis=1)
    return np.stack([mix + rate, mix, rate])
