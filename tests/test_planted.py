"""The estimators on planted parts: intervals hold the truth as often as they say, and what is known to fail fails."""

import numpy as np
import pytest

from benchmarks.fairness import page
from benchmarks.planted import Plant, bootstrapped, covered, scores, seatings, study, truth
from sim.lab import split

LIKE_FITTED_DOUBLE = [Plant(kind, seats) for kind in ("own", "zero_sum", "shared") for seats in (0, 1, 2)]
STUDIES, WORLDS = range(40), 20


@pytest.fixture(scope="module")
def true():
    """Return the shares of every plant over 2,000 worlds."""
    played = [Plant("own", 1, conduct=2.0), Plant("zero_sum", 1, conduct=2.0)]
    clones = [Plant(kind, 1, ability=0) for kind in ("own", "zero_sum", "shared")]
    return {plant: truth(plant) for plant in (*LIKE_FITTED_DOUBLE, *played, *clones)}


def test_intervals_of_studies_pooled_over_shares_hold_the_truth(true):
    """Own, zero-sum and shared scores in like, fitted and double seats: 1,440 intervals of 40 studies each."""
    held = [np.mean(list(covered(plant, STUDIES, WORLDS, true[plant]).values())) for plant in LIKE_FITTED_DOUBLE]
    assert 0.90 <= np.mean(held) <= 0.98
    assert min(held) >= 0.88


@pytest.mark.parametrize("kind", ["own", "zero_sum"])
def test_with_three_in_ten_who_play_the_rubric_conduct_is_told_from_merit(true, kind):
    """What they gain is two SD of ability: both shares are large, and their intervals hold the truth."""
    plant = Plant(kind, 1, conduct=2.0)
    assert min(true[plant]["merit"], true[plant]["conduct"]) > 0.1
    held = covered(plant, STUDIES, WORLDS, true[plant])
    assert min(held["merit"], held["conduct"]) >= 0.85
    found = study(plant, 5, 60)
    assert found.conduct.low > 0
    assert found.merit.mean + found.conduct.mean == pytest.approx(found.person.mean)
    assert sum(share.mean for share in found.named().values()) == pytest.approx(1)


def test_conduct_that_hides_differences_of_ability_is_negative():
    """Planted backwards: lived scores have a fifth less spread than honest ones, so cov(P, P - P0) is below 0."""
    plant = Plant("own", 0, ability=2.0)
    seats = seatings(20, 3)
    plain, _ = scores(plant, seats, np.random.default_rng(3))
    found = split(0.8 * plain, seats, honest=plain)
    assert found.conduct.high < 0
    assert found.merit.mean == pytest.approx(found.person.mean / 0.8)


@pytest.mark.parametrize("kind", ["own", "zero_sum", "shared"])
def test_clones_have_no_merit_in_nine_intervals_of_ten(true, kind):
    plant = Plant(kind, 1, ability=0)
    assert covered(plant, STUDIES, WORLDS, true[plant])["merit"] >= 0.9


def test_the_fixed_cyclic_square_fails_where_company_counts(true):
    plant = Plant("zero_sum", 0)
    assert covered(plant, range(10), WORLDS, true[plant], fixed=True)["merit"] < 0.5


def test_the_percentile_bootstrap_over_worlds_fails(true):
    """A world that is drawn twice looks like stability: fit where there is little, merit among clones."""
    plant = Plant("own", 1, ability=0)
    held = bootstrapped(plant, range(12), WORLDS, true[plant], 60)
    assert held["fit"] < 0.75
    assert np.mean(list(held.values())) < 0.85


def test_the_page_says_what_was_measured():
    """Two plants by hand: 9 of 10 and 19 of 20 held, of one share each, are 92.5 % pooled."""
    row = {"kind": "own", "seats": 0, "ability": 1.0, "conduct": 0.0, "true": {"merit": 0.25}, "held": {"merit": 0.9}}
    clone = row | {"ability": 0.0, "true": {"merit": -0.001}, "held": {"merit": 0.97}}
    rows = [row, row | {"held": {"merit": 0.95}}, clone]
    fails = {"bootstrap": {"merit": 0.5}, "bootstrap_studies": 10, "cyclic_true": {"merit": 0.56}}
    found = {"studies": 10, "rows": rows, **fails, "cyclic": {"merit": 0.0, "fit": 0.1, "luck": 0.0}}
    text = page({"machine": "Machine: m.", "planted": found})
    assert "**92.5 %**" in text
    assert "**97.0 %**" in text
    assert "| own scores | like | clones | none | 97.0 % (0.00) |" in text
