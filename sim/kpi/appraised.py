"""How fair it would be to appraise people by a KPI of a log: all that the log alone can say about it, in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.kpi.estimators import ALIKE, MIN_PEOPLE, TARGETS, TOO_FEW, Reliability, reliabilities
from sim.kpi.funnel import Funnel, funnel
from sim.kpi.livingston import wrong_tier
from sim.kpi.misclassified import misclass_two_tier
from sim.kpi.movers import Movers, movers
from sim.kpi.observed import Figures, Floats, Observed, figures
from sim.kpi.ranks import Ints, Ranks, places, ranks
from sim.kpi.shrinkage import MIN_PEOPLE as LEAST_TO_SHRINK
from sim.kpi.shrinkage import Shrunken, interval, shrunken
from sim.kpi.standardised import directly_standardised, observed_over_expected

LABELLED = 0.25
"""Share of people that a two-tier scheme singles out: the tier whose errors are told."""


@dataclass(frozen=True)
class Standing:
    """Where somebody stands in a KPI; figures in its unit, None where unknown.

    Attributes
    ----------
    person, n
        Whose, and the rows behind it.
    value, low, high
        As it is, with the interval over days.
    ratio, ratio_low, ratio_high
        Observed over expected of the mix of cases.
    adjusted, adjusted_low, adjusted_high
        What is observed less what is expected, on top of the overall figure.
    direct, covered
        With everybody's mix of cases, and the share of that mix which the person has shown.
    alone
        Share of rows whose like nobody else has had: they are compared with themselves.
    drawn, drawn_low, drawn_high, kept
        The adjusted figure after shrinkage, and the share of its distance from the centre that is kept.
    place_raw, place
        Place by the figure as it is and by the adjusted one, 1 is the best; None where neither way is better.
    place_low, place_high
        The places that the person may truly have.
    limit, outside
        Half-width of the inner funnel limits; and 0, or 1 or 2 beyond the inner or the outer, negative below.
    """

    person: str
    n: int
    value: float | None
    low: float | None
    high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    adjusted: float | None
    adjusted_low: float | None
    adjusted_high: float | None
    direct: float | None
    covered: float
    alone: float
    drawn: float | None = None
    drawn_low: float | None = None
    drawn_high: float | None = None
    kept: float | None = None
    place_raw: int | None = None
    place: int | None = None
    place_low: int | None = None
    place_high: int | None = None
    limit: float | None = None
    outside: int | None = None


@dataclass(frozen=True)
class Appraised:
    """What a log says of a KPI of people.

    Attributes
    ----------
    name, unit, better
        Of the KPI.
    overall
        Figure of all judged people together.
    people
        Where each stands, the best first by the adjusted figure where a way is better.
    left_out, nobodys
        People with too few rows; rows that nobody answers for.
    reliability
        By estimator, of the figures as they are and of the adjusted ones.
    dispersion, between
        phi of the funnel of adjusted figures, and the SD between people beyond luck.
    most_moved
        The most places that anybody moves by the adjustment.
    told_apart
        Share of the pairs of people that can be told apart.
    wrong
        Probability that somebody's quarter (the worst, or the rest) is not the true one, by the signal and noise of
        adjusted figures; `wrong_of_labelled` of those in the worst quarter.
    movers
        Person apart from seat.
    reason
        Why there is nothing of all this.
    """

    name: str
    unit: str
    better: str
    overall: float | None
    people: tuple[Standing, ...] = ()
    left_out: int = 0
    nobodys: int = 0
    reliability: dict[str, list[Reliability]] = field(default_factory=dict)
    dispersion: float | None = None
    between: float | None = None
    most_moved: int | None = None
    told_apart: float | None = None
    wrong: float | None = None
    wrong_of_labelled: float | None = None
    movers: Movers | None = None
    reason: str | None = None

    def reliability_of(self, estimator: str = "signal_noise", on: str = "adjusted") -> Reliability | None:
        """Return a reliability by its estimator; None if there is none of this KPI."""
        return next((each for each in self.reliability.get(on, ()) if each.estimator == estimator), None)


def appraised(rows: Observed, *, level: float = 0.95, targets: tuple[float, ...] = TARGETS) -> Appraised:
    """Return what a log says of a KPI of people.

    Parameters
    ----------
    rows
        As of `sim.kpi.shown`.
    level
        Coverage of the intervals, in (0, 1).
    targets
        Reliabilities for which the needed tickets are told.

    Raises
    ------
    ValueError
        If the level or a target is not in (0, 1).
    """
    overall = None if np.isnan(rows.overall) else rows.overall * rows.scale
    kinds = {which: reliabilities(rows.on(which), targets=targets, level=level) for which in ("raw", "adjusted")}
    moved = movers(rows, level=level)
    raw, adjusted = figures(rows), figures(rows.on("adjusted"))
    people = _standings(rows, raw, adjusted, level)
    nothing = Appraised(
        rows.name, rows.unit, rows.better, overall, people, rows.left_out, rows.nobodys, kinds, movers=moved
    )
    if len(people) < MIN_PEOPLE:
        return replace(nothing, reason=TOO_FEW)
    if np.ptp(raw.value) == 0:
        return replace(nothing, reason=ALIKE)
    return _compared(nothing, rows, raw, adjusted, level)


def _standings(rows: Observed, raw: Figures, adjusted: Figures, level: float) -> tuple[Standing, ...]:
    direct, covered = _direct(rows)
    size = len(rows.people)
    alone = np.bincount(rows.person, rows.alone, size) / np.maximum(raw.n, 1)
    parts = {
        **_ends("value", "", raw, level, rows.scale), **_ratios(rows, level),
        **_ends("adjusted", "adjusted_", adjusted, level, rows.scale), "direct": direct * rows.scale,
    }  # fmt: skip
    return tuple(
        Standing(
            person=name, n=int(raw.n[at]), covered=float(covered[at]), alone=float(alone[at]),
            **{key: _or_none(column[at]) for key, column in parts.items()},  # type: ignore[arg-type]
        )
        for at, name in enumerate(rows.people)
    )  # fmt: skip


def _ends(name: str, prefix: str, own: Figures, level: float, scale: float) -> dict[str, Floats]:
    margin = np.where(own.days > 1, stdtrit(np.maximum(own.days - 1, 1), 0.5 + level / 2), np.nan) * own.error
    low, high = ((own.value + sign * margin) * scale for sign in (-1, 1))
    return {name: own.value * scale, f"{prefix}low": low, f"{prefix}high": high}


def _ratios(rows: Observed, level: float) -> dict[str, Floats]:
    """Return observed over expected: Byar's interval of counts, else the jackknife's over days."""
    if not rows.binary:
        return _ends("ratio", "ratio_", figures(replace(rows, x=rows.expected)), level, 1.0)
    size = len(rows.people)
    seen, expected = (np.bincount(rows.person, part, size) for part in (rows.y, rows.expected))
    found = observed_over_expected(seen, expected, level)
    return {"ratio": found.ratio, "ratio_low": found.low, "ratio_high": found.high}


def _direct(rows: Observed) -> tuple[Floats, Floats]:
    size, many = len(rows.people), len(rows.cells)
    place = rows.person * many + rows.cell
    y, x = (np.bincount(place, part, size * many).reshape(size, many) for part in (rows.y, rows.x))
    return directly_standardised(y, x, x.sum(axis=0)) if x.sum() > 0 else (np.full(size, np.nan), np.zeros(size))


def luck(rows: Observed, own: Figures) -> Floats:
    """Return the standard errors that luck alone would give people at the overall figure, in the units of the sums.

    Of shares by the expected ones, of other figures by the common spread of rows; times the common factor by which days
    vary more than that, so that a bad Monday counts once. 0 where nothing varies.
    """
    size = len(rows.people)
    x = np.bincount(rows.person, rows.x, size)
    if rows.binary:
        chance = np.clip(rows.expected, 0.0, 1.0)
        made = np.sqrt(np.bincount(rows.person, chance * (1 - chance), size)) / x
    else:
        off = rows.y - own.value[rows.person] * rows.x
        spread = float((off**2).sum()) / max(len(off) - size, 1)
        made = np.sqrt(spread * own.n) / x
    known = ~np.isnan(own.error) & (made > 0)
    if known.any():
        made = made * np.sqrt(max(1.0, float((own.error[known] ** 2 / made[known] ** 2).mean())))
    return np.asarray(made)


def _compared(made: Appraised, rows: Observed, raw: Figures, adjusted: Figures, level: float) -> Appraised:
    """Add what compares people with one another."""
    error, scale = luck(rows, adjusted), rows.scale
    fan = funnel(adjusted.value, error, rows.overall) if (error > 0).all() else None
    drawn = shrunken(adjusted.value, error) if (error > 0).all() and len(error) >= LEAST_TO_SHRINK else None
    standing = _places(rows, raw, adjusted, level)
    people = tuple(
        _with(each, _drawn(drawn, at, level, scale), _fanned(fan, at, scale), _placed(standing, at))
        for at, each in enumerate(made.people)
    )
    if standing is not None:
        people = tuple(sorted(people, key=lambda each: (each.place or 0, each.person)))
    wrong = _wrong(made, rows, adjusted)
    return replace(
        made, people=people, dispersion=None if fan is None else fan.dispersion,
        between=None if fan is None else float(np.sqrt(fan.between)) * abs(scale),
        most_moved=None if standing is None else _most_moved(raw.value, *standing),
        told_apart=None if standing is None else standing[1].told_apart, wrong=wrong[0], wrong_of_labelled=wrong[1],
    )  # fmt: skip


def _with(one: Standing, *parts: Mapping[str, float | int]) -> Standing:
    return replace(one, **{name: value for part in parts for name, value in part.items()})  # type: ignore[arg-type]


def _places(rows: Observed, raw: Figures, adjusted: Figures, level: float) -> tuple[Ints, Ranks] | None:
    """Return places by the figures as they are and by the adjusted ones; None if no way is better or errors lack."""
    if rows.better not in ("higher", "lower") or np.isnan(adjusted.error).any() or (adjusted.error == 0).all():
        return None
    higher = rows.better == "higher"
    own = ranks(adjusted.value, adjusted.error, adjusted.days, higher=higher, level=level)
    return places(raw.value, higher=higher), own


def _most_moved(value: Floats, raw: Ints, own: Ranks) -> int:
    """Return the most places that anybody moves, beyond those that people with the same raw figure share."""
    _, tied = np.unique(value, return_inverse=True)
    first, last = (np.full(tied.max() + 1, start) for start in (len(value), 0))
    np.minimum.at(first, tied, raw)
    np.maximum.at(last, tied, raw)
    return int(np.maximum(np.maximum(first[tied] - own.place, own.place - last[tied]), 0).max())


def _drawn(made: Shrunken | None, at: int, level: float, scale: float) -> dict[str, float]:
    if made is None:
        return {}
    low, high = interval(made, level)
    ends = {"drawn": made.value[at], "drawn_low": low[at], "drawn_high": high[at]}
    return {name: float(value * scale) for name, value in ends.items()} | {"kept": float(made.kept[at])}


def _fanned(made: Funnel | None, at: int, scale: float) -> dict[str, float | int]:
    return {} if made is None else {"limit": float(made.inner[at] * scale), "outside": int(made.outside[at])}


def _placed(made: tuple[Ints, Ranks] | None, at: int) -> dict[str, int]:
    if made is None:
        return {}
    raw, own = made
    found: dict[str, NDArray[np.int64]] = {
        "place_raw": raw, "place": own.place, "place_low": own.low, "place_high": own.high,
    }  # fmt: skip
    return {name: int(column[at]) for name, column in found.items()}


def _wrong(made: Appraised, rows: Observed, adjusted: Figures) -> tuple[float | None, float | None]:
    """Return how often a quarter is wrong, of all and of those labelled: Livingston and Lewis, else if normal."""
    found = made.reliability_of()
    if found is None or found.value is None:
        return None, None
    value = min(max(found.value, 0.0), 1.0)
    if rows.binary and 0 < value < 1:
        worst_low = rows.better != "lower"
        shares = (LABELLED, 1 - LABELLED) if worst_low else (1 - LABELLED, LABELLED)
        try:
            told = wrong_tier(float(adjusted.value.mean()), float(adjusted.value.var(ddof=1)), value, shares)
        except ValueError:
            pass  # figures so close to a bound that no beta distribution has their spread
        else:
            return told.wrong, float(told.wrong / 2 / LABELLED)
    plain = misclass_two_tier(value, LABELLED)
    return plain.total, plain.false_label


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
