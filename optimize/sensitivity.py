"""Which factor of a space explains how much of a figure's variation, with the noise of the worlds taken out.

The factors are categorical: their levels have no order and no distance, so what serves are components of variance, not
methods for uniform inputs. All candidates are run in the same worlds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.goal import Mean

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sensitivity:
    """Shares of the variance between the candidates' true means.

    Attributes
    ----------
    shares
        By factor, what its level explains beyond all other factors' own effects. Unclipped: an estimate may be
        below 0. In a full factorial they and `rest` sum to 1.
    rest
        What no sum of effects of single factors explains: factors that act together.
    variance
        Variance between the candidates' true means, in the square of the goal's unit; an estimate, so it may be
        below 0 where there is nothing to see.
    """

    shares: dict[str, Mean]
    rest: Mean
    variance: float


def sensitivity(levels: Mapping[str, Sequence[object]], values: Floats, level: float = 0.95) -> Sensitivity | None:
    """Return how much of the variation of a figure each factor explains; None if it cannot be told from noise.

    Parameters
    ----------
    levels
        By factor, its level in each candidate.
    values
        The figure by candidate and world, shape (candidates, worlds); at least 2 candidates and 3 worlds, all
        candidates in the same worlds.
    level
        Confidence level of the intervals.

    Raises
    ------
    ValueError
        If there are too few candidates or worlds, or the shapes do not fit.

    Notes
    -----
    The sum of squares of a projection P of the candidates' true means m is estimated by the mean of y_w' P y_v over
    pairs of different worlds w and v, whose noise is independent: replication noise adds nothing on average, and what
    all candidates of a world have in common drops out. P of a factor is that of all effects less that of all effects
    but its own (Searle, Casella and McCulloch, 1992, ch. 5, call it the partial sum of squares). Intervals: delete-one-
    world jackknife with Student's t. "Cannot be told from noise": the interval of the whole variance reaches 0.
    """
    candidates, worlds = values.shape
    if candidates < 2 or worlds < 3 or any(len(column) != candidates for column in levels.values()):
        raise ValueError(f"at least 2 candidates in 3 worlds with a level each are needed, got {candidates}, {worlds}")
    columns = {name: _dummies(column) for name, column in levels.items()}
    additive = _projection(list(columns.values()), candidates)
    own = {name: additive - _projection([c for k, c in columns.items() if k != name], candidates) for name in columns}
    whole = np.eye(candidates) - 1.0 / candidates
    forms = [_products(projection, values) for projection in (whole, whole - additive, *own.values())]
    total, *parts = (np.array([_squares(form, w) for w in (None, *range(worlds))]) for form in forms)
    if not Mean.of(_pseudo(total), level).low > 0:
        return None
    found = [Mean.of(_pseudo(part / total), level) for part in parts]
    return Sensitivity(dict(zip(levels, found[1:], strict=True)), found[0], float(total[0] / (candidates - 1)))


def _dummies(column: Sequence[object]) -> Floats:
    known = list(dict.fromkeys(column))
    return np.array([[float(value == each) for each in known] for value in column])


def _projection(columns: Sequence[Floats], candidates: int) -> Floats:
    """Return the projection on the space of effects of some factors, the mean taken out."""
    if not columns:
        return np.zeros((candidates, candidates))
    design = np.concatenate(columns, axis=1)
    basis, size, _ = np.linalg.svd(design - design.mean(axis=0), full_matrices=False)
    basis = basis[:, size > 1e-9 * max(float(size.max()), 1.0)]
    return np.asarray(basis @ basis.T)


def _products(projection: Floats, values: Floats) -> Floats:
    """Return y_w' P y_v for all pairs of worlds, shape (worlds, worlds)."""
    return np.asarray(values.T @ projection @ values)


def _squares(form: Floats, without: int | None) -> float:
    """Return the mean over pairs of different worlds, all of them or without one."""
    kept = form if without is None else np.delete(np.delete(form, without, 0), without, 1)
    n = len(kept)
    return float((kept.sum() - np.trace(kept)) / (n * (n - 1)))


def _pseudo(estimates: Floats) -> Floats:
    """Return the jackknife's pseudo-values: the first estimate is of all worlds, each other leaves one out."""
    n = len(estimates) - 1
    return np.asarray(n * estimates[0] - (n - 1) * estimates[1:])
