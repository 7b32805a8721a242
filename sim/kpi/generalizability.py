"""Generalizability theory: how much of a score is the person, over periods and items as they might have been."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Components:
    """Variance components of a crossed design, in the squared unit of the score; estimates may be negative.

    Attributes
    ----------
    person, period, item
        Of the main effects; `item` is 0 in a design without items.
    person_period, person_item, period_item
        Of the interactions of two; those with items are 0 in a design without items.
    rest
        Of all three together, and error.
    people, periods, items
        Size of the study.
    """

    person: float
    period: float
    item: float
    person_period: float
    person_item: float
    period_item: float
    rest: float
    people: int
    periods: int
    items: int

    def dependable(self, periods: int = 1, items: int | None = None, *, fixed_items: bool = False) -> Dependability:
        """Return how dependable a mean over so many periods and items would be: a D study.

        Parameters
        ----------
        periods
            Periods that the mean is over, 1 or more.
        items
            Items that it is over; as many as in the study when absent.
        fixed_items
            Whether these items are all that matter, not a sample of what might be asked: then what a person does
            better in one item than in others is no error.

        Raises
        ------
        ValueError
            If a number is below 1, or fixed items are not those of the study.
        """
        n_items = self.items if items is None else items
        if periods < 1 or n_items < 1:
            raise ValueError(f"a mean is over 1 period and 1 item or more, got {periods} and {n_items}")
        if fixed_items and n_items != self.items:
            raise ValueError(f"fixed items are those of the study, {self.items}, got {n_items}")
        person, by_item = self.person, self.person_item / n_items
        relative = self.person_period / periods + self.rest / (periods * n_items)
        absolute = relative + self.period / periods + self.period_item / (periods * n_items)
        if fixed_items:
            person += by_item
        else:
            relative, absolute = relative + by_item, absolute + by_item + self.item / n_items
        return Dependability(_share(person, relative), _share(person, absolute), relative, absolute)


@dataclass(frozen=True)
class Dependability:
    """How dependable a score is.

    Attributes
    ----------
    relative
        E rho^2, for who is better than whom; null if there is no variance at all.
    absolute
        Phi, for who reaches a mark: what moves everybody alike is error, too.
    relative_error, absolute_error
        Variances of the errors, in the squared unit of the score.
    """

    relative: float | None
    absolute: float | None
    relative_error: float
    absolute_error: float


def _share(person: float, error: float) -> float | None:
    return person / (person + error) if person + error > 0 else None


def components(scores: ArrayLike) -> Components:
    """Return the variance components of people by periods, or by periods and items, everything crossed.

    Parameters
    ----------
    scores
        Shape (people, periods) or (people, periods, items), 2 or more of each, without gaps.

    Raises
    ------
    ValueError
        If a dimension is too small or a score is missing.

    Notes
    -----
    Brennan (2001), Generalizability Theory, ch. 3: expected mean squares of the random p x t x i design. Whose person
    effect it is cannot be told from a log: the seat stays with the person.
    """
    made = np.asarray(scores, dtype=np.float64)
    cube = made[:, :, None] if made.ndim == 2 else made
    if cube.ndim != 3 or min(cube.shape[:2]) < 2 or (made.ndim == 3 and made.shape[2] < 2):
        raise ValueError(f"a G study needs 2 people, 2 periods and 2 items or more, got the shape {made.shape}")
    if np.isnan(cube).any():
        raise ValueError("a G study needs a score of everybody in every period and item; leave out who has gaps")
    p, t, i = cube.shape
    square = _mean_squares(cube)
    if i == 1:
        rest = square["pt"]
        return Components((square["p"] - rest) / t, (square["t"] - rest) / p, 0.0, 0.0, 0.0, 0.0, rest, p, t, 1)
    rest = square["pti"]
    return Components(
        person=(square["p"] - square["pt"] - square["pi"] + rest) / (t * i),
        period=(square["t"] - square["pt"] - square["ti"] + rest) / (p * i),
        item=(square["i"] - square["pi"] - square["ti"] + rest) / (p * t),
        person_period=(square["pt"] - rest) / i, person_item=(square["pi"] - rest) / t,
        period_item=(square["ti"] - rest) / p, rest=rest, people=p, periods=t, items=i,
    )  # fmt: skip


def _mean_squares(cube: Floats) -> dict[str, float]:
    """Return the mean square of every effect of a crossed design."""
    axes, effects, found = "pti", dict[str, Floats](), dict[str, float]()
    sizes = dict(zip(axes, cube.shape, strict=True))
    for effect in ("", "p", "t", "i", "pt", "pi", "ti", "pti"):
        others = tuple(at for at, name in enumerate(axes) if name not in effect)
        mean = cube.mean(axis=others, keepdims=True)
        effects[effect] = mean - sum(part for name, part in effects.items() if set(name) <= set(effect))
        freedom = int(np.prod([sizes[name] - 1 for name in effect]))
        spread = np.broadcast_to(effects[effect], cube.shape)
        found[effect] = float((spread**2).sum() / freedom) if effect and freedom else 0.0
    return found


def composite_reliability(weights: ArrayLike, sds: ArrayLike, reliabilities: ArrayLike, sd: float,
                          error_covariances: ArrayLike | None = None) -> float:  # fmt: skip
    """Return the reliability of a weighted sum from those of its parts.

    Parameters
    ----------
    weights, sds, reliabilities
        Of each part: its weight, the SD of its scores between people, and its reliability.
    sd
        SD of the weighted sum between people, above 0.
    error_covariances
        Covariances of the parts' errors, shape (parts, parts), the diagonal ignored; 0 when absent. Parts that rest on
        the same tickets share errors, and without these the reliability comes out too high.

    Raises
    ------
    ValueError
        If the numbers of parts differ or the SD is not above 0.

    Notes
    -----
    Mosier (1943), Psychometrika 8:161: 1 - sum of w^2 s^2 (1 - R) over the variance of the sum.

    Examples
    --------
    Two parts alike with reliability 0.5 are one of double length: 2/3.

    >>> round(composite_reliability([1, 1], [1, 1], [0.5, 0.5], 3**0.5), 4)
    0.6667
    """
    w, s, r = (np.asarray(each, dtype=np.float64) for each in (weights, sds, reliabilities))
    if not (w.shape == s.shape == r.shape and w.ndim == 1 and len(w)):
        raise ValueError(f"weights, sds and reliabilities need one shape, got {w.shape}, {s.shape} and {r.shape}")
    if not sd > 0:
        raise ValueError(f"the SD of the weighted sum must be above 0, got {sd:g}")
    error = float((w**2 * s**2 * (1 - r)).sum())
    if error_covariances is not None:
        shared = np.outer(w, w) * np.asarray(error_covariances, dtype=np.float64)
        error += float(shared.sum() - np.trace(shared))
    return 1 - error / sd**2
