"""What a plan must reach: targets as text, their figures in worlds, and when they count as met."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import special

from optimize.workload import out_of_reach
from sim.desk import Desk
from sim.kpi.catalogue import find

AXES = ("kind", "category", "channel", "priority")
"""What a target may be split by."""

FIRST_STAGE = ("wait_", "first_response_", "response_", "abandoned_", "blocked_")
"""KPIs that are decided once the first work on a ticket begins start with one of these."""

_FORM = re.compile(
    r"(?P<kpi>[a-z0-9_]+)(\[(?P<by>[a-z]+)(=(?P<at>[^\]\s]+))?\])?"
    r"\s*(?P<sense><=|>=)\s*(?P<value>\S+)(\s+on\s+(?P<days>\S+))?"
)


@dataclass(frozen=True)
class Target:
    """A bound on the mean of a KPI.

    Attributes
    ----------
    kpi
        Name of the KPI.
    sense
        `<=` or `>=`.
    value
        The bound, in the KPI's unit.
    by, at
        The KPI is that of the tickets whose `by` is `at`; None = of all tickets. With `by` alone the target
        stands for one target for each value that the desk knows.
    days
        Least share of days, above 0 and at most 1, on which the KPI of the day is to keep the bound; None = the KPI
        of the whole period is. A day is the local one to which the KPI counts a ticket: that of its creation, or on
        which a target fell due. Days without a figure do not count.

    Raises
    ------
    ValueError
        If no KPI has that name, or it cannot have the value that the bound states, or the share of days is none.
    """

    kpi: str
    sense: str
    value: float
    by: str | None = None
    at: str | None = None
    days: float | None = None

    def __post_init__(self) -> None:
        """Refuse a bound outside of what the KPI can be: it is a slip, and either idle or out of reach."""
        low, high = find(self.kpi).possible
        if not low <= self.value <= high:
            if math.isinf(high):
                raise ValueError(f"target {self}: {self.kpi} can only be at least {low:g}, got {self.value:.12g}")
            raise ValueError(f"target {self}: {self.kpi} can only be {low:g} to {high:g}, got {self.value:.12g}")
        if self.days is not None and not 0 < self.days <= 1:
            raise ValueError(f"target {self}: the share of days must be above 0 and at most 1, got {self.days:.12g}")

    @classmethod
    def of(cls, text: str) -> Target:
        """Return the target that a text states.

        Raises
        ------
        ValueError
            If the text has another form, names no known KPI, or states a value that the KPI cannot have.

        Examples
        --------
        >>> str(Target.of("abandoned_rate[kind=refund] <= 0.05"))
        'abandoned_rate[kind=refund]<=0.05'
        >>> Target.of("wait_mean<=10").value
        10.0
        >>> Target.of("wait_mean <= 10 on 0.9").days
        0.9
        """
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError(
                f"target {text!r}: expected as wait_mean<=10, response_overdue_rate[priority=urgent]<=0.1 "
                "or, of nine days in ten, wait_mean<=10 on 0.9"
            )
        value, days = (None if found[part] is None else _finite(text, found[part]) for part in ("value", "days"))
        if found["by"] is not None and found["by"] not in AXES:
            raise ValueError(f"target {text!r}: cannot split by {found['by']!r}; known: {', '.join(AXES)}")
        return cls(find(found["kpi"]).name, found["sense"], value or 0.0, found["by"], found["at"], days)

    def __str__(self) -> str:
        """Return the text that states the target."""
        place = "" if self.by is None else f"[{self.by}]" if self.at is None else f"[{self.by}={self.at}]"
        return f"{self.kpi}{place}{self.sense}{self.value:.12g}" + (
            "" if self.days is None else f" on {self.days:.12g}"
        )

    def margin(self, figure: float) -> float:
        """Return by how much a figure keeps the bound; below 0 it breaks it.

        Of a target on a share of days, the figure is the share of days on which the KPI keeps its bound.
        """
        return self.of_a_day(figure) if self.days is None else figure - self.days

    def of_a_day(self, figure: float) -> float:
        """Return by how much the KPI of a period keeps its bound, on however many days it is to be kept."""
        return self.value - figure if self.sense == "<=" else figure - self.value


def _finite(text: str, said: str) -> float:
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"target {text!r}: {said!r} is not a finite number")
    return value


@dataclass(frozen=True)
class Figure:
    """A target's KPI over worlds, or the share of days on which it keeps its bound.

    Attributes
    ----------
    target
        The target.
    mean, low, high
        Mean over worlds and its t interval; None where the KPI could not be computed, or in one world only.
    n
        Worlds behind it.
    """

    target: Target
    mean: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def met(self) -> bool:
        """Whether the whole interval keeps the bound."""
        if self.low is None or self.high is None:
            return False
        return min(self.target.margin(self.low), self.target.margin(self.high)) >= 0

    @property
    def hopeless(self) -> bool:
        """Whether the whole interval breaks the bound."""
        if self.low is None or self.high is None:
            return False
        return max(self.target.margin(self.low), self.target.margin(self.high)) < 0


def expanded(targets: Iterable[Target | str], desk: Desk) -> tuple[Target, ...]:
    """Return targets of one figure each, without repetition: a target by an axis becomes one for each value.

    Raises
    ------
    ValueError
        If there is no target, or one is about something that the desk does not have.
    """
    found: dict[str, Target] = {}
    for stated in targets:
        target = Target.of(stated) if isinstance(stated, str) else stated
        if target.by is None:
            found[str(target)] = target
            continue
        known = values_of(desk, target.by)
        if target.at is not None and target.at not in known:
            raise ValueError(f"target {target}: unknown {target.by} {target.at!r}; known: {', '.join(known)}")
        for at in known if target.at is None else (target.at,):
            one = replace(target, at=at)
            found[str(one)] = one
    if not found:
        raise ValueError("a plan needs at least one target")
    return tuple(found.values())


def values_of(desk: Desk, by: str) -> tuple[str, ...]:
    """Return the values of an axis that tickets of the desk have."""
    kinds = desk.demand.kinds
    if by == "kind":
        return tuple(sorted(kinds))
    if by == "priority":
        used = {name for kind in kinds.values() for name, share in kind.priorities.items() if share}
        return tuple(name for name in desk.priorities if name in used)
    return tuple(sorted({str(getattr(kind, by)) for kind in kinds.values()}))


def default_targets(desk: Desk) -> tuple[Target, ...]:
    """Return the targets of a planner who states none.

    At most 10 % of tickets of each priority with a response target answered late; at most 5 % of each kind
    with impatient learners abandoned; on a desk with neither, a mean wait of what its learners expect.
    """
    kinds = sorted(desk.demand.kinds.items())
    made = [priority for priority in values_of(desk, "priority") if promised(desk, "response", priority)]
    leaving = [name for name, kind in kinds if kind.patience is not None]
    targets = [Target("response_overdue_rate", "<=", 0.1, "priority", p) for p in made]
    targets += [Target("abandoned_rate", "<=", 0.05, "kind", name) for name in leaving]
    return tuple(targets) or (Target("wait_mean", "<=", desk.outcome.expected_wait_min),)


def promised(desk: Desk, what: str, priority: str) -> bool:
    """Say whether tickets of a priority have a target: `what` is `response` or `resolution`."""
    kinds = desk.demand.kinds.items()
    return desk.sla is not None and any(
        getattr(desk.sla.target(name, priority), what) for name, kind in kinds if kind.priorities.get(priority)
    )


def kinds_of(desk: Desk, target: Target) -> tuple[str, ...]:
    """Return the kinds of ticket that a target is about."""
    found = []
    for name, kind in sorted(desk.demand.kinds.items()):
        if target.by == "priority":
            about = bool(kind.priorities.get(target.at or ""))
        else:
            about = target.by is None or target.at == (name if target.by == "kind" else getattr(kind, target.by))
        if about:
            found.append(name)
    return tuple(found)


def hopeless_from_the_start(desk: Desk, target: Target) -> bool:
    """Say whether too many replies fall due while nobody is on duty, so that no number of heads helps."""
    if target.kpi != "response_overdue_rate" or target.sense != "<=" or target.days is not None:
        return False
    priorities = (target.at,) if target.by == "priority" else desk.priorities
    tickets = [(kind, priority) for kind in kinds_of(desk, target) for priority in priorities if priority]
    return out_of_reach(desk, tickets) > target.value


def skills_of(desk: Desk, target: Target, kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the skills on which a target's KPI depends, for some kinds."""
    first = target.kpi.startswith(FIRST_STAGE)
    routes = [desk.demand.kinds[kind].route for kind in kinds]
    stages = [stage for route in routes for stage in (route[:1] if first else route)]
    return tuple(sorted({branch.skill for stage in stages for branch in stage.branches()}))


def figures(frame: pl.DataFrame, targets: Sequence[Target], level: float) -> tuple[Figure, ...]:
    """Return the figure of each target.

    Parameters
    ----------
    frame
        Columns target, kind, seed, value, as `optimize.estimate` makes it.
    targets
        The targets.
    level
        Confidence level of all intervals together: each has level 1 - (1 - level) / number (Bonferroni).
    """
    each = 1 - (1 - level) / len(targets)
    whole = frame.filter(pl.col("kind").is_null()).sort("seed")
    return tuple(_figure(target, whole.filter(pl.col("target") == str(target))["value"], each) for target in targets)


def _figure(target: Target, values: pl.Series, level: float) -> Figure:
    known = values.drop_nulls().to_numpy()
    n = len(known)
    if n == 0:
        return Figure(target, None, None, None, 0)
    mean = float(np.mean(known))
    if n == 1:
        return Figure(target, mean, None, None, 1)
    half = float(special.stdtrit(n - 1, (1 + level) / 2) * np.std(known, ddof=1) / math.sqrt(n))
    return Figure(target, mean, mean - half, mean + half, n)
