"""What the runs of a desk as it is say about its score: the order of people, and what a longer period would give."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kpi.generalizability import Components, components
from sim.lab.setting import Lived, Setting
from sim.lab.stability import CONCENTRATION, DRAWS, Stability, stability

type Floats = NDArray[np.float64]


def lived_as_is(setting: Setting) -> Lived:
    """Return what everybody got in every world at the desk as it is: each world is an independent month."""
    return setting.lived([setting.base])


def stability_of(
    setting: Setting, lived: Lived, *, concentration: float = CONCENTRATION, draws: int = DRAWS
) -> Stability | None:
    """Return how stable the order of people is under weights around those of the rubric.

    Parameters
    ----------
    setting, lived
        The desk, and what `lived_as_is` gave: everybody's mean score in each category over the worlds counts, so no
        luck is left in it.
    concentration, draws
        See `sim.lab.stability`.

    Returns
    -------
    Stability or None
        Over the categories that the log decides, their weights made whole; None if these are fewer than two.
    """
    rubric = setting.rubric
    weights = rubric.weights_of(rubric.profile_of(setting.role))
    there = {name for each in lived.marks[0] for name in each.names}
    names = [name for name, weight in weights.items() if weight > 0 and f"category.{name}" in there]
    if len(names) < 2:
        return None
    scores = np.stack([_mean(lived.of(f"category.{name}")[:, 0]) for name in names], axis=1)
    known = ~np.isnan(scores).all(axis=1)
    centre = np.array([weights[name] for name in names])
    people = [person for person, there_ in zip(lived.people, known, strict=True) if there_]
    return stability(
        people, scores[known], centre / centre.sum(), concentration=concentration, draws=draws, seed=setting.seed
    )


def components_of(setting: Setting, lived: Lived) -> Components | None:
    """Return the variance components of people by months by items, from independent months.

    Parameters
    ----------
    setting, lived
        The desk, and what `lived_as_is` gave.

    Returns
    -------
    Components or None
        Of the share of each item's points, 0 to 100, over the people and items that have points in every month; None if
        fewer than two of either are left. The person effect is that of the person in the seat.
    """
    made = [
        100 * lived.of(f"item.{item.name}")[:, 0] / item.max_points
        for item in setting.rubric.items
        if any(f"item.{item.name}" in each.names for each in lived.marks[0])
    ]
    cube = np.stack(made, axis=2).transpose(1, 0, 2) if made else np.empty((0, 0, 0))
    cube = cube[:, :, ~np.isnan(cube).all(axis=(0, 1))]
    cube = cube[~np.isnan(cube).any(axis=(1, 2))]
    return components(cube) if min(cube.shape) >= 2 else None


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    made: Floats = np.divide(
        np.where(known, values, 0.0).sum(axis=0), counts, out=np.full(values.shape[1], np.nan), where=counts > 0
    )
    return made
