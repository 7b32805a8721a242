"""Variants of a rubric, each with one thing changed: without volume, smoother, mix taken out, measured by targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sim.desk import Desk
from sim.kpi.rubric import Band, Category, Item, Policies, Rubric

type Change = Callable[[Rubric], Rubric | None]
"""A rubric with one thing changed; None where there is nothing to change."""

CUSTOMER_SHARE = 0.2
"""Weight that what customers say gets where it gets a category of its own (our assumption; R002-05 states none)."""
FEW = 60
"""Tickets at which a person's own figure weighs as much as the role's where figures are shrunk (our assumption)."""

AUDITS_DECIDE = ("R002-48", "R003-46")
"""Requirements whose items audits decide: compliance, and whether a resolution was one."""
FAILED, MANY = 20.0, 3
"""Percent of failed audits above which a breach is one of the last band, if there are as many of them (A-26)."""

_ADJUSTED = {"fcr_verified_72h": "fcr_mix_adjusted", "resolution_overdue_rate": "resolution_overdue_mix_adjusted"}
_VOICE = ("csat", "process_csat", "nps")
_TIMES = ("share_weighted", "mean", "median", "p90")


def without_volume(rubric: Rubric) -> Rubric | None:
    """Return the rubric without items that compare volumes (R003-04)."""
    kept = [item for item in rubric.items if not (item.kpi and item.statistic == "relative")]
    return _with_items(rubric, kept) if 0 < len(kept) < len(rubric.items) else None


def customer_weight(rubric: Rubric) -> Rubric | None:
    """Return the rubric with what customers say in a category of its own, which weighs a fifth (R002-05)."""
    said = {item.name for item in rubric.items if item.kpi and item.kpi.startswith(_VOICE)}
    if not said or len(said) == len(rubric.items) or "customer" in rubric.categories:
        return None
    items = [item.changed(category="customer") if item.name in said else item for item in rubric.items]
    there = {item.category for item in items} - {"customer"}
    categories = {name: each for name, each in rubric.categories.items() if name in there}
    whole = sum(each.weight for each in categories.values())
    scaled = {n: c.changed(weight=c.weight / whole * (1 - CUSTOMER_SHARE)) for n, c in categories.items()}
    return _as_one(rubric, items, scaled | {"customer": Category(weight=CUSTOMER_SHARE)})


def mix_adjusted(rubric: Rubric) -> Rubric | None:
    """Return the rubric with shares and volumes from which the kinds of tickets are taken out."""
    return _each_item(rubric, _adjusted)


def per_rostered_hour(rubric: Rubric) -> Rubric | None:
    """Return the rubric with volumes per rostered hour, not per person."""
    return _each_item(rubric, lambda item: item.changed(per="rostered_hour") if _counts(item, "ticket") else item)


def per_person(rubric: Rubric) -> Rubric | None:
    """Return the rubric with volumes per person whatever the hours, as written documents have it."""
    return _each_item(rubric, lambda item: item.changed(per="ticket") if _counts(item, "rostered_hour") else item)


def by_targets(rubric: Rubric) -> Rubric | None:
    """Return the rubric with times of reply and resolution judged by the target of each ticket, not by the clock."""
    return _each_item(rubric, _by_target)


def smoothed(rubric: Rubric) -> Rubric | None:
    """Return the rubric without cliffs: neighbouring bands meet half way, and points run through each."""
    policy = rubric.policy.changed(border="half_open", inside="interpolate")
    made = _each_item(rubric, _smooth)
    return None if made is None else made.changed(policy=policy)


def shrunk(rubric: Rubric) -> Rubric | None:
    """Return the rubric with figures on few tickets drawn towards those of the role."""
    items = [item.changed(least_n=FEW) if item.kpi else item for item in rubric.items]
    policy: Policies = rubric.policy.changed(small_n="shrink")
    return _tried(lambda: rubric.changed(items=tuple(items), policy=policy))


def by_audit(rubric: Rubric) -> Rubric | None:
    """Return the rubric with what auditors state decided by the monthly audits of the log (R003-46).

    Notes
    -----
    The item keeps its points: the best band is no failed audit, the worst more than a fifth of them and at least three
    (A-26), bands between share the rest. So an auditor's error is part of the score (R000-39).
    """
    return _each_item(rubric, _audited)


def with_audits(rubric: Rubric, desk: Desk) -> Rubric:
    """Return the rubric as `by_audit` makes it at a desk that has audits; else, or where it changes nothing, itself."""
    made = None if desk.outcome.audits is None else by_audit(rubric)
    return rubric if made is None else made


CHANGES: Mapping[str, Change] = {
    "without_volume": without_volume, "customer_weight": customer_weight, "mix_adjusted": mix_adjusted,
    "per_rostered_hour": per_rostered_hour, "per_person": per_person, "by_targets": by_targets, "smoothed": smoothed,
    "shrunk": shrunk, "by_audit": by_audit,
}  # fmt: skip
"""Variants by name."""


def _counts(item: Item, per: str) -> bool:
    return item.kpi is not None and item.statistic == "relative" and item.per == per


def _each_item(rubric: Rubric, change: Callable[[Item], Item]) -> Rubric | None:
    """Return the rubric with its items changed; None if none of them is, or the items would not fit."""
    items = _tried(lambda: tuple(change(item) for item in rubric.items))
    if items is None or items == rubric.items:
        return None
    return _tried(lambda: rubric.changed(items=items))


def _tried[T](make: Callable[[], T]) -> T | None:
    try:
        return make()
    except ValueError:
        return None


def _with_items(rubric: Rubric, items: list[Item]) -> Rubric | None:
    there = {item.category for item in items}
    kept = {name: each for name, each in rubric.categories.items() if name in there}
    whole = sum(each.weight for each in kept.values())
    if whole <= 0:
        return None
    return _as_one(rubric, items, {name: each.changed(weight=each.weight / whole) for name, each in kept.items()})


def _as_one(rubric: Rubric, items: list[Item], categories: dict[str, Category]) -> Rubric | None:
    """Return the rubric with other items and categories; profiles keep the items that are left, without own weights."""
    names = {item.name for item in items}
    profiles = {
        name: each.changed(items=tuple(n for n in each.items if n in names), weights={})
        for name, each in rubric.profiles.items()
    }
    return _tried(lambda: rubric.changed(items=tuple(items), categories=categories, profiles=profiles))


def _adjusted(item: Item) -> Item:
    if item.kpi in _ADJUSTED:
        return item.changed(kpi=_ADJUSTED[item.kpi], statistic="figure")
    if item.kpi == "tickets_resolved" and item.statistic == "relative":
        return item.changed(kpi="mix_adjusted_volume")
    return item


def _by_target(item: Item) -> Item:
    """Return an item on times as one on the share that is late: the same points, borders from 5 to 20 %."""
    if item.kpi is None or item.statistic not in _TIMES:
        return item
    late = "response_overdue_rate" if "response" in item.kpi else "resolution_overdue_rate"
    cuts = np.linspace(5.0, 20.0, len(item.bands) - 1).tolist()
    uppers, lowers = [*cuts, None], [None, *cuts]
    bands = tuple(
        Band(low_points=band.low_points, high_points=band.high_points, lower=low, upper=up, label=band.label,
             closed="both" if low is None else "upper")
        for band, low, up in zip(item.bands, lowers, uppers, strict=True)
    )  # fmt: skip
    return item.changed(kpi=late, statistic="ratio", unit="%", best=0.0, worst=50.0, step=None, ideal=None, bands=bands)


def _audited(item: Item) -> Item:
    """Return an item that auditors decide as one on the share of failed audits, in percent: the same points."""
    told = set(item.sources) == {"audit"} or not set(AUDITS_DECIDE).isdisjoint(item.source)
    if item.kpi is not None or not told or len(item.bands) < 2:
        return item
    cuts = np.linspace(0.0, FAILED, len(item.bands) - 1).tolist()
    bands = tuple(
        Band(low_points=band.low_points, high_points=band.high_points, lower=low, upper=up, label=band.label,
             closed="both" if low is None else "none" if up is None else "upper")
        for band, low, up in zip(item.bands, [None, *cuts], [*cuts, None], strict=True)
    )  # fmt: skip
    return item.changed(
        kpi="audit_false_resolved_rate", statistic="ratio", unit="%", best=0.0, worst=50.0, worst_needs=MANY,
        bands=bands,
    )  # fmt: skip


def _smooth(item: Item) -> Item:
    """Return an item whose bands meet: half way between the points on both sides of each border."""
    if item.kpi is None:
        return item
    cuts, up = item.cuts(), item.higher_is_better()
    width = (max(cuts) - min(cuts)) or max(abs(cuts[0]) / 10, 1.0)
    best = item.best if item.best is not None else cuts[0] + (width if up else -width)
    worst = item.worst if item.worst is not None else cuts[-1] - (width if up else -width)
    if item.unit == "%" and item.statistic == "ratio":
        best, worst = min(max(best, 0.0), 100.0), min(max(worst, 0.0), 100.0)
    meets = [(a.low_points + b.high_points) / 2 for a, b in zip(item.bands, item.bands[1:], strict=False)]
    if best == cuts[0]:
        meets[0] = item.max_points
    tops, lows = [item.max_points, *meets], [*meets, item.bands[-1].low_points]
    better, worse = [None, *cuts], [*cuts, None]
    bands = tuple(
        Band(low_points=low, high_points=top, label=band.label, lower=side if up else other,
             upper=other if up else side, closed="lower" if up else "upper")
        for band, top, low, other, side in zip(item.bands, tops, lows, better, worse, strict=True)
    )  # fmt: skip
    return item.changed(bands=bands, best=best, worst=worst, step=None)
