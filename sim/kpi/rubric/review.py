"""The review of a rubric's items: each should tell people apart, again next time, and say what no other one says.

It is about items and cannot see whether what they ask for is worth asking; a log shows people in their seats, so what
stays with somebody may be the seat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.kpi.jackknife import jackknife_t
from sim.kpi.rubric.cells import Floats
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.following import length_of
from sim.kpi.rubric.score import given_points
from sim.kpi.rubric.totals import contributions
from sim.log import Log

MIN_PEOPLE = 6
"""Fewer people of a role give no interval, and without intervals nothing is advised."""

ALIKE, LUCK, TWINS, HEAVY = 0.95, 0.5, 0.8, 2.0
"""Marks of the advice: points alike for so many; less than so much stays; a correlation; times the written weight."""

ONE_PERSON = "no period has points of two people of the role"


@dataclass(frozen=True)
class Figure:
    """A figure with its interval: a jackknife-t over people.

    It is null with fewer than `MIN_PEOPLE` of them, and where leaving out anybody changes nothing.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


NOTHING = Figure(None)


@dataclass(frozen=True)
class ItemReview:
    """What an item does among the people of a role.

    Attributes
    ----------
    role, item, category
        Whose points, and which.
    scores
        Points that were given: people times periods.
    commonest, alike
        The commonest points, and the share of all that are just these, in [0, 1].
    weight
        Share of the best total from all items that have points here, in [0, 1]; null if this one has none.
    decides
        Share of the differences in the total that the item makes: its covariance with the total over the total's
        variance, within periods. The items' shares sum to one; one that pulls the other way is negative.
    stays
        Share of the differences in its points that are there again in another period; null with one period.
    other, rho
        The item whose points go with it most closely, and the correlation within periods.
    advice
        `no_source`, `unknown` (too few people), `alike`, `luck`, `repeats`, `outweighs`, `keep` (something of it
        stays) or `unsure` (that cannot be told).
    """

    role: str
    item: str
    category: str
    scores: int
    commonest: float | None = None
    alike: float | None = None
    weight: float | None = None
    decides: Figure = NOTHING
    stays: Figure = NOTHING
    other: str | None = None
    rho: Figure = NOTHING
    advice: str = "no_source"


@dataclass(frozen=True)
class RoleReview:
    """What the totals of a role can tell apart.

    Attributes
    ----------
    role
        Whose totals.
    people, periods, length
        How many people, in how many periods, and how long these are: of several lengths the one with most scores.
    sd
        SD of the totals between people within a period, in points.
    stays
        Share of these differences that are there again in another period; null with one period.
    told_apart
        How many groups one period's totals tell apart: Wright's strata, 1 where nothing stays; null with one period.
    tiers
        How many tiers were given.
    items
        The items, in the rubric's order.
    """

    role: str
    people: int
    periods: int
    length: str
    sd: float
    stays: Figure
    told_apart: float | None
    tiers: int
    items: tuple[ItemReview, ...]


@dataclass(frozen=True)
class Review:
    """The review of a rubric by a log: roles, and those left out with the reason."""

    roles: tuple[RoleReview, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Cube:
    """Points and parts of the total of a role, shape (periods, people, items), and totals and tiers."""

    points: Floats
    parts: Floats
    total: Floats

    def without(self, person: int) -> _Cube:
        """Return the same without somebody."""
        return _Cube(*(np.delete(each, person, axis=1) for each in (self.points, self.parts, self.total)))


def review(log: Log, rubric: Rubric, *, level: float = 0.95) -> Review:
    """Return what the items of a rubric do among the people of a log, role by role.

    Parameters
    ----------
    log
        A log, real or simulated, with what people stated where it has it.
    rubric
        The rubric; its own periods are compared with one another.
    level
        Level of the intervals.

    Notes
    -----
    Share of the differences: the covariance decomposition of a sum (effective weight; Wang & Stanley 1970, Review of
    Educational Research 40:663). What stays: mean product of two periods over mean square within one. Strata:
    (4 G + 1) / 3 with G^2 = R / (1 - R) (Wright & Masters 1982, Rating Scale Analysis).
    """
    given = given_points(log, rubric)
    cells, roles, left = given.cells, [], []
    parts = contributions(rubric, given.points, cells, given.decided)
    for role in sorted({str(each) for each in cells.frame["role"].drop_nulls()}):
        frame = cells.frame.with_row_index("row").filter((pl.col("role") == role) & pl.Series(~np.isnan(given.total)))
        length, frame = _of_one_length(frame)
        cube = _cube(frame, given.points, parts, given.total)
        if (~np.isnan(cube.total)).sum(axis=1).max(initial=0) < 2:
            left.append((role, ONE_PERSON))
            continue
        tiers = int(given.tier.gather(frame["row"]).drop_nulls().n_unique())
        roles.append(_of_role(rubric, role, cube, given.decided, (length, tiers), level))
    return Review(tuple(roles), tuple(left))


def _of_one_length(frame: pl.DataFrame) -> tuple[str, pl.DataFrame]:
    """Return the length of period that most rows have, of two alike the first by name, and these rows."""
    lengths = [length_of(period) for period in frame["period"].cast(pl.String)]
    most = max(sorted(set(lengths)), key=lengths.count, default="")
    return most, frame.filter(pl.Series([each == most for each in lengths], dtype=pl.Boolean))


def _cube(frame: pl.DataFrame, points: Floats, parts: Floats, total: Floats) -> _Cube:
    """Return rows by period and person, NaN where there are none."""
    period, at = np.unique(frame["period"].to_numpy(), return_inverse=True)
    person, who = np.unique(frame["person"].cast(pl.String).to_numpy(), return_inverse=True)
    rows, items = frame["row"].to_numpy(), points.shape[1]
    made = _Cube(*(np.full((len(period), len(person), *more), np.nan) for more in ((items,), (items,), ())))
    made.points[at, who], made.parts[at, who], made.total[at, who] = points[rows], parts[rows], total[rows]
    return made


def _of_role(
    rubric: Rubric, role: str, cube: _Cube, decided: NDArray[np.bool_], told: tuple[str, int], level: float
) -> RoleReview:
    profile = rubric.profile_of(role)
    counted = rubric.items_of(profile)
    shown = [at for at, item in enumerate(rubric.items) if item.name in counted]
    scored = [at for at in shown if decided[at] and not np.isnan(cube.points[..., at]).all()]
    worth = _worth(rubric, profile)
    whole = sum(worth[at] for at in scored)
    items = []
    for at in shown:
        item, count = rubric.items[at], int((~np.isnan(cube.points[..., at])).sum())
        made = ItemReview(role, item.name, item.category, count)
        if at in scored:
            made = _of_item(replace(made, weight=worth[at] / whole if whole else 0.0), rubric, cube, at, scored, level)
        items.append(made)
    stays = _figure(cube, lambda one: _again(one.total), level, 1.0)
    return RoleReview(
        role, cube.total.shape[1], cube.total.shape[0], told[0], float(np.sqrt(_square(cube.total))), stays,
        _strata(stays.value), told[1], tuple(items),
    )  # fmt: skip


def _worth(rubric: Rubric, profile: str | None) -> list[float]:
    """Return what each item can add to the total, in one unit."""
    weights, points = rubric.weights_of(profile), rubric.category_points(profile)
    flat = rubric.policy.double_weighting
    return [
        weights[item.category] * item.max_points / (1.0 if flat else points[item.category] or 1.0)
        for item in rubric.items
    ]


def _of_item(
    made: ItemReview, rubric: Rubric, cube: _Cube, at: int, decided: Sequence[int], level: float
) -> ItemReview:
    """Return the item with its figures."""
    points = cube.points[..., at]
    values, counts = np.unique(points[~np.isnan(points)], return_counts=True)
    others = [each for each in decided if each != at]
    near = max(others, key=lambda each: abs(np.nan_to_num(_rho(points, cube.points[..., each]))), default=None)
    rho = NOTHING if near is None else _figure(cube, _pair(at, near), level, 1.0)
    done = replace(
        made, commonest=float(values[counts.argmax()]), alike=float(counts.max() / counts.sum()),
        decides=_figure(cube, lambda one: _decided(one, at), level),
        stays=_figure(cube, lambda one: _again(one.points[..., at]), level, 1.0),
        other=None if near is None or rho.value is None else rubric.items[near].name, rho=rho,
    )  # fmt: skip
    return replace(done, advice=_advice(done))


def _advice(item: ItemReview) -> str:
    """Return what the figures advise; only what an interval bears out."""
    if item.alike is not None and item.alike >= ALIKE:
        return "alike"
    if item.decides.low is None and item.stays.low is None:
        return "unknown"
    if item.stays.high is not None and item.stays.high < LUCK:
        return "luck"
    if item.rho.value is not None and abs(item.rho.value) >= TWINS and item.rho.low is not None:
        return "repeats"
    if item.decides.low is not None and item.decides.low > HEAVY * (item.weight or 0.0):
        return "outweighs"
    return "keep" if item.stays.low is not None and item.stays.low > 0 else "unsure"


def _figure(cube: _Cube, figure: Callable[[_Cube], float], level: float, most: float = np.inf) -> Figure:
    """Return a figure with its interval over people, cut to what its size can be."""
    whole, people = figure(cube), cube.total.shape[1]
    if np.isnan(whole):
        return NOTHING
    if people < MIN_PEOPLE:
        return Figure(float(whole))
    found = jackknife_t(whole, [figure(cube.without(person)) for person in range(people)], level)
    if found is None or found[1] - found[0] <= 1e-9:
        return Figure(float(whole))
    return Figure(float(whole), max(found[0], -most), min(found[1], most))


def _pair(one: int, two: int) -> Callable[[_Cube], float]:
    return lambda cube: _rho(cube.points[..., one], cube.points[..., two])


def _within(values: Floats) -> Floats:
    """Return values less the mean of their period; NaN where a period has one person only."""
    seen = (~np.isnan(values)).sum(axis=1, keepdims=True)
    mean = np.divide(np.nansum(values, axis=1, keepdims=True), seen, out=np.full(seen.shape, np.nan), where=seen > 1)
    apart: Floats = values - mean
    return apart


def _square(values: Floats) -> float:
    """Return the variance between people within a period; NaN if no period has two."""
    seen = (~np.isnan(values)).sum(axis=1)
    free = int((seen[seen > 1] - 1).sum())
    return float(np.nansum(_within(values) ** 2) / free) if free else float("nan")


def _decided(cube: _Cube, at: int) -> float:
    total = _within(cube.total)
    square = float(np.nansum(total**2))
    part = np.where(np.isnan(cube.total), np.nan, np.nan_to_num(cube.parts[..., at]))
    return float(np.nansum(_within(part) * total) / square) if square > 0 else float("nan")


def _again(values: Floats) -> float:
    """Return the mean product of the same person's values in two periods over the mean square within one."""
    apart = _within(values)
    seen = ~np.isnan(apart)
    filled = np.nan_to_num(apart)
    pairs = float((seen.sum(axis=0) * (seen.sum(axis=0) - 1)).sum())
    square = float((filled**2).sum())
    if not pairs or square <= 0:
        return float("nan")
    products = float((filled.sum(axis=0) ** 2).sum() - square)
    return (products / pairs) / (square / float(seen.sum()))


def _rho(one: Floats, two: Floats) -> float:
    both = ~np.isnan(one) & ~np.isnan(two)
    first, second = (np.nan_to_num(_within(np.where(both, each, np.nan))) for each in (one, two))
    squares = float((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / np.sqrt(squares)) if squares > 0 else float("nan")


def _strata(stays: float | None) -> float | None:
    if stays is None:
        return None
    kept = min(max(stays, 0.0), 1 - 1e-9)
    return max(1.0, (4 * float(np.sqrt(kept / (1 - kept))) + 1) / 3)
