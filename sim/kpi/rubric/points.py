"""From a value to points: bands, borders and what lies between them, for whole arrays at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.kpi.rubric.bands import Borders
from sim.kpi.rubric.data import Tier
from sim.kpi.rubric.items import Item
from sim.kpi.rubric.policies import OverlapPolicy, Policies

type Values = NDArray[np.float64]
type Ranks = NDArray[np.int64]


class RubricError(ValueError):
    """A rubric cannot say what a value earns."""


@dataclass(frozen=True)
class _Ends:
    """One stretch with larger values better: its two borders, and whether they belong to it."""

    worse: float
    better: float
    holds_worse: bool
    holds_better: bool


def _mirrored(borders: Borders, up: bool) -> _Ends:
    low = -np.inf if borders.lower is None else borders.lower
    high = np.inf if borders.upper is None else borders.upper
    if up:
        return _Ends(low, high, borders.holds_lower(), borders.holds_upper())
    return _Ends(-high, -low, borders.holds_upper(), borders.holds_lower())


def _half_open(values: Values, ends: Sequence[_Ends], overlap: OverlapPolicy) -> Ranks:
    """Count the borders that a value fails to reach: a band goes up to where the next better one begins.

    What two bands hold is the better one's, or the worse one's.
    """
    fails = [~(values >= e.worse) if e.holds_worse else ~(values > e.worse) for e in ends[:-1]]
    if overlap == "worse":
        for rank, (better, worse) in enumerate(pairwise(ends)):
            reaches = values <= worse.better if worse.holds_better else values < worse.better
            fails[rank] |= reaches & (worse.better >= better.worse) & np.isfinite(worse.better)
    return np.sum(fails, axis=0, dtype=np.int64) if fails else np.zeros(values.shape, dtype=np.int64)


def _as_written(values: Values, ends: Sequence[_Ends], overlap: OverlapPolicy) -> Ranks:
    """Return the best (or worst) band whose written borders hold the value, or -1 where none does."""
    ranks = np.full(values.shape, -1, dtype=np.int64)
    ranked = list(enumerate(ends))
    for rank, e in ranked if overlap == "worse" else reversed(ranked):
        above = values >= e.worse if e.holds_worse else values > e.worse
        below = values <= e.better if e.holds_better else values < e.better
        ranks[above & below] = rank
    return ranks


def rounded(values: Values, step: float | None) -> Values:
    """Round half up to the written grain; twelve digits are kept, so that 0.285 / 0.01 is 28.5."""
    if step is None:
        return values
    return np.round(np.floor(np.round(values / step, 9) + 0.5) * step, 12)


def _ranked(
    values: Values, borders: Sequence[Borders], up: bool, policy: Policies, step: float | None, what: str
) -> tuple[Values, Ranks]:
    """Return the values that count (rounded, if the policy says so) and the rank of the band of each."""
    ends = [_mirrored(b, up) for b in borders]
    if policy.border == "half_open":
        return values, _half_open(values if up else -values, ends, policy.overlap)
    if policy.border == "round_half_up_first":
        values = rounded(values, step)
    towards_better = values if up else -values
    ranks = _as_written(towards_better, ends, policy.overlap)
    holes = ranks < 0
    if policy.border == "strict_hole" and holes.any():
        raise RubricError(
            f"{what}: {values[holes][0]:.6g} lies between two bands as written; "
            "choose another border policy than strict_hole, or close the hole"
        )
    if policy.border == "round_half_up_first":
        ranks = np.where(holes, _half_open(towards_better, ends, policy.overlap), ranks)
    return values, ranks


def points_of(item: Item, values: Values, policy: Policies, late: NDArray[np.int64] | None = None) -> Values:
    """Return the points that values earn.

    Parameters
    ----------
    item
        An item that a KPI decides.
    values
        Finite values in the item's unit; where the item has an ideal, their distance from it decides.
    policy
        Which border and inside policy rules.
    late
        Number of late tickets behind each value; the last band asks for `item.worst_needs` of them.

    Returns
    -------
    NDArray
        Points in [0, `item.max_points`].

    Raises
    ------
    RubricError
        If the policy is `strict_hole` and a value lies between two written bands.

    Examples
    --------
    >>> from sim.kpi.rubric.bands import Band
    >>> bands = tuple(Band(lower=low, low_points=p, high_points=p) for low, p in ((95.0, 5.0), (None, 0.0)))
    >>> item = Item(name="kind", category="attitude", max_points=5.0, kpi="csat_top2_share", bands=bands)
    >>> points_of(item, np.array([95.0, 94.9]), Policies()).tolist()
    [5.0, 0.0]
    """
    up = item.higher_is_better()
    if item.ideal is not None:
        values = np.abs(values - item.ideal)
    counted, ranks = _ranked(values, item.bands, up, policy, item.step, item.name)
    if late is not None and item.worst_needs:
        last = len(item.bands) - 1
        ranks = np.where((ranks == last) & (late < item.worst_needs), last - 1, ranks)
    towards_better = counted if up else -counted
    points = np.zeros(values.shape)
    for rank, (worse, better) in enumerate(_stretches(item, policy)):
        here = ranks == rank
        points[here] = _inside(item, rank, towards_better[here], worse, better, policy)
    holes = ranks < 0
    points[holes] = _bridged(item, towards_better[holes], policy)
    return points


def _stretches(item: Item, policy: Policies) -> list[tuple[float, float]]:
    """Return worse and better end of the stretch over which each band's points run, larger values better.

    An end that nobody stated is NaN; only bands of one single number of points may lack it.
    """
    sign = 1.0 if item.higher_is_better() else -1.0
    cuts = [sign * cut for cut in item.cuts()]
    best, worst = (np.nan if side is None else sign * side for side in (item.best, item.worst))
    better = [best, *cuts]
    if policy.border != "half_open":
        ends = [_mirrored(band, sign > 0) for band in item.bands[1:]]
        better = [best, *(e.better if np.isfinite(e.better) else c for e, c in zip(ends, cuts, strict=True))]
    return list(zip([*cuts, worst], better, strict=True))


def _ends_of(item: Item, rank: int, policy: Policies) -> tuple[float, float]:
    """Return the points at the worse and at the better end of a band."""
    low, high = item.bands[rank].low_points, item.bands[rank].high_points
    return {"interpolate": (low, high), "bottom": (low, low), "top": (high, high)}.get(
        policy.inside, ((low + high) / 2, (low + high) / 2)
    )


def _inside(item: Item, rank: int, values: Values, worse: float, better: float, policy: Policies) -> Values:
    low, high = _ends_of(item, rank, policy)
    if low == high or not better > worse:
        return np.full(values.shape, high)
    return low + (high - low) * np.clip((values - worse) / (better - worse), 0.0, 1.0)


def _bridged(item: Item, values: Values, policy: Policies) -> Values:
    """Return points in the holes: a straight line from the end of one band to the begin of the next."""
    if not len(values):
        return values
    up = item.higher_is_better()
    at: list[float] = []
    earns: list[float] = []
    for rank in range(len(item.bands) - 1, 0, -1):
        ends = (_mirrored(item.bands[rank], up).better, _mirrored(item.bands[rank - 1], up).worse)
        if np.isfinite(ends).all() and ends[0] <= ends[1]:
            at += ends
            earns += [_ends_of(item, rank, policy)[1], _ends_of(item, rank - 1, policy)[0]]
    return np.interp(values, at, earns)


def tiers_of(tiers: Sequence[Tier], totals: Values, policy: Policies, step: float = 1.0) -> Ranks:
    """Return the rank of the tier of each total, 0 for the best.

    Parameters
    ----------
    tiers
        The best first.
    totals
        Totals in points.
    policy
        Which border policy rules; `linear` has no meaning for tiers and reads as `half_open`.
    step
        Grain of the written borders in points.

    Raises
    ------
    RubricError
        If the policy is `strict_hole` and a total lies between two written tiers.
    """
    if policy.border == "linear":
        policy = policy.changed(border="half_open")
    return _ranked(totals, tiers, True, policy, step, "total")[1]
