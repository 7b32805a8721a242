"""Cuts with slopes: what a head more of each seat group would do for a target, as simulations show it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from optimize.targets import Figure, Target
from sim.desk import Desk
from sim.kpi.catalogue import find

type Heads = tuple[int, ...]
"""Heads by seat group, in the order of the groups' names."""

LARGEST_STEP = 0.25
"""A cut asks for at most this share more of the heads that serve a target, but for two: slopes hold nearby."""

TINY = 1e-12


@dataclass(frozen=True)
class Slope:
    """A cut: the margin of a target is at most `level + sum of slopes * (heads - at)`, and must not be below 0.

    Attributes
    ----------
    target
        The target.
    at
        Heads that were simulated.
    level
        Margin of the target there, see `shown`, below 0.
    slopes
        Margin per head more by seat group, at least 0.
    """

    target: Target
    at: Heads
    level: float
    slopes: tuple[float, ...]

    def margin(self, heads: Heads) -> float:
        """Return the margin that the cut allows other heads; below 0 it forbids them."""
        steps = zip(self.slopes, heads, self.at, strict=True)
        return self.level + math.fsum(slope * (new - old) for slope, new, old in steps)

    def row(self, groups: Sequence[str]) -> tuple[dict[str, float], float]:
        """Return weights by seat group, the largest of them 1, and the least sum of weighted heads."""
        most = max(self.slopes)
        weights = {group: slope / most for group, slope in zip(groups, self.slopes, strict=True) if slope > TINY * most}
        have = math.fsum(slope / most * heads for slope, heads in zip(self.slopes, self.at, strict=True))
        return weights, have - self.level / most

    def learnt(self, heads: Heads, figure: Figure) -> Slope | None:
        """Return the cut after other heads were simulated; None if they keep a target that it says they miss.

        Where the target is missed as said, but by less, the cut is raised by the difference: the level of service
        is no concave function of the heads where there are few.
        """
        said, seen = self.margin(heads), shown(figure)
        if said >= 0 or seen <= said:
            return self
        return None if seen >= 0 else replace(self, level=self.level + seen - said)


def shown(figure: Figure) -> float:
    """Return the margin of a target as worlds show it; at least 0 only if they confirm the target.

    It is that of the mean where the mean breaks the bound, else that of the interval's worse end; minus infinity
    where it is not known.
    """
    if figure.mean is None or figure.low is None or figure.high is None:
        return -math.inf
    mean = figure.target.margin(figure.mean)
    return mean if mean < 0 else min(figure.target.margin(figure.low), figure.target.margin(figure.high))


def served(figure: Figure) -> float:
    """Return how far a target is reached, from 0 to 1: the figure of a share, else bound over figure.

    Examples
    --------
    >>> served(Figure(Target.of("abandoned_rate<=0.05"), 0.4, 0.35, 0.45, 8))
    0.6
    >>> served(Figure(Target.of("wait_mean<=10"), 40.0, 35.0, 45.0, 8))
    0.25
    """
    target, mean = figure.target, figure.mean
    if mean is None:
        return 0.0
    if target.days is not None:
        return mean
    if find(target.kpi).possible == (0.0, 1.0):
        return 1 - mean if target.sense == "<=" else mean
    parts = (target.value, mean) if target.sense == "<=" else (mean, target.value)
    return 1.0 if parts[1] <= 0 else min(max(parts[0] / parts[1], 0.0), 1.0)


def step_of(figures: Sequence[Figure], heads: int) -> int:
    """Return how many heads to add to a group for a slope.

    Notes
    -----
    3 where a target is reached by less than half, 2 below 65 %, else 1: where service is poor, one head more shows
    little (Cezik and L'Ecuyer 2008). A group of many gets a tenth of them, lest one head drown in chance.
    """
    least = min((served(figure) for figure in figures), default=1.0)
    return max(3 if least < 0.5 else 2 if least < 0.65 else 1, heads // 10)


def reaching(desk: Desk, groups: Sequence[str], skills: frozenset[str]) -> tuple[str, ...]:
    """Return the groups that can relieve some skills, the nearest first: by a chain of skills that people share."""
    seats, linked, found = desk.staff.seats, set(skills), list[str]()
    while True:
        new = [group for group in groups if group not in found and linked & set(seats[group].takes)]
        if not new:
            return tuple(found)
        found += new
        linked |= {skill for group in new for skill in seats[group].takes}


def slope_of(
    target: Target, at: Heads, before: Figure, after: Mapping[int, tuple[int, Figure]], serving: int
) -> Slope | None:
    """Return the cut of a missed target, or None if no head more does it any good.

    Parameters
    ----------
    target
        The target.
    at, before
        Heads, and the target's figure there.
    after
        By place of a seat group, how many heads it got and the figure with them, in the same worlds.
    serving
        Heads that serve the target's skills; the cut asks for at most `LARGEST_STEP` of them more, or two.
    """
    slopes = [0.0] * len(at)
    for place, (step, figure) in after.items():
        if before.mean is not None and figure.mean is not None and figure.n == before.n:
            slopes[place] = max(0.0, (target.margin(figure.mean) - target.margin(before.mean)) / step)
    level = shown(before)
    if not max(slopes) > TINY:
        return None
    return Slope(target, at, max(level, -max(slopes) * max(2.0, LARGEST_STEP * serving)), tuple(slopes))
