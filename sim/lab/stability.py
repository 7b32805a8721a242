"""Whether an order of people survives other weights: somebody chose the weights, and might have chosen others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from sim import chance

type Floats = NDArray[np.float64]

CONCENTRATION = 50.0
"""How close drawn weights lie to the centre: a weight of 40 % varies by 6.9 points (SD)."""
DRAWS = 2000

_WEIGHTS = chance.code("drawn weights")


@dataclass(frozen=True, eq=False)
class Stability:
    """How stable an order of people is under other weights.

    Attributes
    ----------
    people
        Per person: `rank` at the centre (1 the best), `rank_low` and `rank_high` (between which 95 % of the draws
        lie), `top`: share of the draws in which the person is among the best `top_k`.
    pairs
        Per pair of `person`, who is ahead at the centre, and `other`: `keeps`, the share of the draws in which the
        person stays ahead (a tie counts half).
    kept
        Mean of `keeps`: 1 if no weights change the order.
    top_k
        Size of the top.
    centre
        Weights of the centre, sum 1.
    concentration, draws
        Of the Dirichlet law, and how many weights were drawn.
    """

    people: pl.DataFrame
    pairs: pl.DataFrame
    kept: float
    top_k: int
    centre: tuple[float, ...]
    concentration: float
    draws: int


def drawn_weights(centre: ArrayLike, concentration: float = CONCENTRATION, draws: int = DRAWS, seed: int = 1) -> Floats:
    """Return weights drawn from a Dirichlet law, the same for the same seed, shape (draws, weights).

    Parameters
    ----------
    centre
        Mean weights, 0 or more, sum 1; a weight of 0 stays 0.
    concentration
        Sum of the parameters, above 0: a weight w has variance w (1 - w) / (concentration + 1).
    draws
        How many, 1 or more.
    seed
        Names the draws.

    Raises
    ------
    ValueError
        If the weights do not sum to 1 or a number is out of range.
    """
    mean = np.asarray(centre, dtype=np.float64)
    if mean.ndim != 1 or (mean < 0).any() or abs(mean.sum() - 1) > 1e-6:
        raise ValueError(f"weights must be 0 or more and sum to 1, got {mean.tolist()}")
    if not (concentration > 0 and np.isfinite(concentration)):
        raise ValueError(f"the concentration of weights must be above 0, got {concentration:g}")
    if draws < 1:
        raise ValueError(f"at least 1 draw of weights is needed, got {draws}")
    names = np.zeros((draws * len(mean), 3), np.uint32)
    names[:, 0], names[:, 1] = np.repeat(np.arange(draws), len(mean)), np.tile(np.arange(len(mean)), draws)
    u = np.minimum(chance.uniforms(seed, _WEIGHTS, names), 1 - 2.0**-53).reshape(draws, len(mean))
    parts = np.where(mean > 0, special.gammaincinv(np.where(mean > 0, mean * concentration, 1.0), u), 0.0)
    made: Floats = parts / parts.sum(axis=1, keepdims=True)
    return made


def stability(
    people: Sequence[str], scores: Floats, centre: ArrayLike, *, top_k: int | None = None,
    concentration: float = CONCENTRATION, draws: int = DRAWS, seed: int = 1,
) -> Stability:  # fmt: skip
    """Return how stable the order of people is under weights around those of the rubric.

    Parameters
    ----------
    people
        Names.
    scores
        Score of each category on one scale, such as 0 to 100, shape (people, categories); NaN counts for nothing, and
        the others' weights for more.
    centre
        Weights of the rubric, sum 1.
    top_k
        Size of the top; a fifth of the people, rounded up, when absent.
    concentration, draws, seed
        See `drawn_weights`.

    Raises
    ------
    ValueError
        If the shapes do not fit, somebody has no score at all, or the top is empty or larger than all.

    Notes
    -----
    It is about people a place apart whose pay differs by it. It cannot see weights that nobody would choose,
    nor what other items would do.
    """
    weights = np.asarray(centre, dtype=np.float64)
    if scores.shape != (len(people), len(weights)):
        raise ValueError(
            f"scores need the shape (people, categories) {(len(people), len(weights))}, got {scores.shape}"
        )
    drawn = drawn_weights(weights, concentration, draws, seed)
    top = -(-len(people) // 5) if top_k is None else top_k
    if not 1 <= top <= len(people):
        raise ValueError(f"the top must hold 1 to {len(people)} people, got {top}")
    totals, middle = _totals(scores, drawn), _totals(scores, weights[None])[0]
    if np.isnan(middle).any():
        raise ValueError(f"{people[int(np.argmax(np.isnan(middle)))]} has no score in any category with a weight")
    ranks, rank = _ranks(totals), _ranks(middle[None])[0]
    rows = pl.DataFrame({
        "person": list(people), "rank": rank, "rank_low": np.quantile(ranks, 0.025, axis=0, method="lower"),
        "rank_high": np.quantile(ranks, 0.975, axis=0, method="higher"), "top": (ranks <= top).mean(axis=0),
    })  # fmt: skip
    pairs = _pairs(people, totals, middle)
    kept = float(pairs["keeps"].to_numpy().mean()) if pairs.height else 1.0
    return Stability(rows.sort("rank", "person"), pairs, kept, top, tuple(weights.tolist()), concentration, draws)


def _totals(scores: Floats, weights: Floats) -> Floats:
    """Return totals over the known categories, shape (draws, people)."""
    known = ~np.isnan(scores)
    sums, whole = weights @ np.where(known, scores, 0.0).T, weights @ known.T.astype(np.float64)
    made: Floats = np.divide(sums, whole, out=np.full(sums.shape, np.nan), where=whole > 0)
    return made


def _ranks(totals: Floats) -> Floats:
    """Return ranks, 1 the best; people that are equal share the mean of their places."""
    made: Floats = stats.rankdata(-np.round(totals, 9), axis=1)
    return made


def _pairs(people: Sequence[str], totals: Floats, middle: Floats) -> pl.DataFrame:
    rows = []
    for one, two in combinations(range(len(people)), 2):
        first, second = (one, two) if middle[one] >= middle[two] else (two, one)
        apart = totals[:, first] - totals[:, second]
        keeps = float(((apart > 1e-9) + 0.5 * (np.abs(apart) <= 1e-9)).mean())
        rows.append((people[first], people[second], keeps))
    return pl.DataFrame(rows, schema={"person": pl.String, "other": pl.String, "keeps": pl.Float64}, orient="row")
