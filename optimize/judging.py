"""What worlds say about heads: figures, what is missed, and which skills are to blame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from optimize.estimate import Estimate
from optimize.master import Limits
from optimize.targets import Figure, Target, figures, kinds_of, skills_of
from sim.desk import Desk


@dataclass(frozen=True)
class Trial:
    """A plan that was looked at, for whoever follows the search.

    Attributes
    ----------
    seats
        Heads by seat group.
    cost
        Cost per week.
    worlds
        Worlds that were simulated.
    missed
        Targets that they do not confirm.
    unseen
        Whether these are worlds that confirm, not those of the search.
    """

    seats: dict[str, int]
    cost: float
    worlds: int
    missed: tuple[str, ...]
    unseen: bool


@dataclass(frozen=True)
class Judged:
    """What some worlds say about heads: figures, the targets that are missed, and the skills in question."""

    figures: tuple[Figure, ...]
    missed: tuple[Target, ...]
    skills: dict[Target, tuple[str, ...]]
    worlds: int


@dataclass(frozen=True)
class Question:
    """What is sought; see `optimize.staffing.staff`."""

    desk: Desk
    targets: tuple[Target, ...]
    estimate: Estimate
    seeds: Sequence[int]
    level: float
    limits: Limits
    trials: int
    tell: Callable[[Trial], None]


def judged_of(
    desk: Desk, frame: pl.DataFrame, targets: Sequence[Target], level: float, worlds: int, *, hopeless: bool = False
) -> Judged:
    """Return what worlds say; a missed target is traced to the kinds that miss it, and to their skills."""
    found = figures(frame, targets, level)
    missed = tuple(figure.target for figure in found if (figure.hopeless if hopeless else not figure.met))
    skills = {target: skills_of(desk, target, _worst(desk, frame, target)) for target in missed}
    return Judged(found, missed, skills, worlds)


def _worst(desk: Desk, frame: pl.DataFrame, target: Target) -> tuple[str, ...]:
    """Return the kinds whose own figure breaks the bound; all that the target is about if none does."""
    kinds = kinds_of(desk, target)
    mine = frame.filter((pl.col("target") == str(target)) & pl.col("kind").is_in(kinds)).sort("kind", "seed")
    worst = []
    for kind in kinds:
        mean = mine.filter(pl.col("kind") == kind)["value"].mean()
        if isinstance(mean, float) and target.margin(mean) < 0:
            worst.append(kind)
    return tuple(worst) or kinds


def shortfall(figure: Figure) -> float:
    """Return by how much the mean breaks the bound, as a multiple of it, at least 0; 1 where unknown."""
    if figure.mean is None:
        return 1.0
    bound = figure.target.value if figure.target.days is None else figure.target.days
    return max(0.0, -figure.target.margin(figure.mean)) / max(abs(bound), 1e-3)
