"""The true tier: the rubric on sums pooled over every seat, in worlds that no study has seen, conduct off."""

from __future__ import annotations

from collections.abc import Sequence

from sim.lab.counts import Counts, pooled
from sim.lab.latin import square
from sim.lab.marks import Marks
from sim.lab.seating import Trial, marked, played, role_of
from sim.world import sample

UNSEEN = 1_000_000_000
"""The worlds of true tiers are numbered from the study's seed and this on: no other study comes there."""
LEAST = 200
"""True tiers rest on so many worlds, or a few more: everybody sits in every seat equally often."""


def rounds(people: int, worlds: int) -> int:
    """Return the number of worlds, at least so many, in which everybody sits in every seat equally often.

    Examples
    --------
    >>> rounds(12, 200), rounds(5, 200)
    (204, 200)
    """
    return -(-worlds // people) * people


def one_unseen(trial: Trial, seed: int, index: int) -> Counts:
    """Return what an unseen world counts of everybody, with conduct off.

    Parameters
    ----------
    trial
        What is tried.
    seed
        Of the study.
    index
        Number of the world, from 0. As many worlds as there are people share one random square and take a row of it
        each, so that everybody has sat in every seat once, in fresh company.
    """
    people, _ = role_of(trial.desk, trial.role)
    row = square(len(people), seed + UNSEEN, index // len(people))[index % len(people)]
    found, _, _ = played(trial, sample(trial.desk, seed + UNSEEN + index), row.tolist(), honest=True)
    return pooled([found])


def true_marks(trial: Trial, parts: Sequence[Counts]) -> Marks:
    """Return what the pooled sums earn: one run and one period, shape (measures, 1, 1, people)."""
    return marked(trial, [pooled(parts)])
