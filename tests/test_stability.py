"""Other weights, and forced ranking: against exact laws."""

import numpy as np
import pytest

from sim.kpi.misclassified import misclass_two_tier
from sim.lab.forced import forced_ranking
from sim.lab.stability import drawn_weights, stability


def test_the_order_of_two_people_is_a_beta_law():
    """Ann 100 and 0, Ben 0 and 100; weights .6, .4 at concentration 5: Beta(3, 2) above a half: 11/16 = .6875."""
    scores = np.array([[100.0, 0.0], [0.0, 100.0]])
    found = stability(["ann", "ben"], scores, [0.6, 0.4], concentration=5, draws=4000)
    assert found.pairs.rows() == [("ann", "ben", pytest.approx(0.6875, abs=0.029))]  # 4 errors of .0073
    assert found.people["rank"].to_list() == [1, 2]
    assert found.people["top"].to_list() == pytest.approx([found.kept, 1 - found.kept])


def test_weights_have_the_mean_and_the_spread_of_the_law():
    """Mean .4 and .1, variance w (1 - w) / 51; a weight of 0 stays 0; the same seed, the same weights."""
    drawn = drawn_weights([0.5, 0.4, 0.1, 0.0], 50, 4000)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(4000))
    assert drawn[:, 1].mean() == pytest.approx(0.4, abs=4 * 0.0686 / 4000**0.5)
    assert drawn[:, 1].var() == pytest.approx(0.24 / 51, rel=0.1)
    assert (drawn[:, 3] == 0).all()
    assert (drawn == drawn_weights([0.5, 0.4, 0.1, 0.0], 50, 4000)).all()
    assert (drawn != drawn_weights([0.5, 0.4, 0.1, 0.0], 50, 4000, seed=2)).any()


def test_who_is_better_in_everything_stays_ahead_and_a_missing_category_weighs_nothing():
    scores = np.array([[90.0, 80.0], [70.0, 60.0], [np.nan, 75.0]])
    found = stability(["a", "b", "c"], scores, [0.5, 0.5], top_k=1, draws=200)
    keeps = {(one, two): share for one, two, share in found.pairs.rows()}
    assert keeps == {("a", "b"): 1.0, ("a", "c"): 1.0, ("c", "b"): 1.0}
    assert found.people.select("person", "rank_low", "rank_high").rows() == [("a", 1, 1), ("c", 2, 2), ("b", 3, 3)]
    five = stability(list("abcde"), np.arange(10.0).reshape(5, 2), [0.5, 0.5], draws=20)
    assert (five.top_k, five.people["person"][0]) == (1, "e")  # a fifth of five


def test_equal_people_share_their_place():
    found = stability(["a", "b"], np.full((2, 2), 50.0), [0.5, 0.5], draws=10)
    assert (found.kept, found.people["rank"].to_list()) == (0.5, [1.5, 1.5])


def test_the_first_year_of_forced_ranking_is_as_wrong_as_the_normal_model_says():
    """2,000 people, reliability .5, a quarter leaves: .393 of them wrongly; 20 desks: error below .002."""
    found = forced_ranking(0.5, 0.25, people=2000, years=1, desks=20)
    assert found["wrong"][0] == pytest.approx(misclass_two_tier(0.5, 0.25).false_label, abs=0.01)


def test_the_first_years_gain_is_exact_for_many_people():
    """Leavers of the lowest tenth score -1.755 SD on average, .7071 of it true: gain .1 * 1.755 * .7071 = .1241."""
    found = forced_ranking(0.5, 0.1, people=2000, years=2, desks=20)
    assert found["gain"][0] == pytest.approx(0.1241, abs=0.01)
    assert 0 < found["more"][1] < found["more"][0]


def test_the_interval_of_a_gain_is_as_wide_as_gains_of_other_desks_are_apart():
    """Sixty studies of 100 desks: the SD of their gains is that of the intervals, within three of its errors (9 %)."""
    found = [
        forced_ranking(0.5, 0.2, people=10, years=1, desks=100, seed=seed).row(0, named=True) for seed in range(60)
    ]
    apart = np.std([each["gain"] for each in found], ddof=1)
    said = np.mean([each["gain_high"] - each["gain_low"] for each in found]) / 2 / 1.959964
    assert said == pytest.approx(apart, rel=0.28)


def test_most_of_what_forced_ranking_gains_it_gains_early_while_wrong_leavers_grow():
    found = forced_ranking(0.5, 0.1, people=30, years=12, desks=200)
    assert found["gain"][3] > found["gain"][11] / 2
    assert found["wrong"][11] > found["wrong"][0] + 0.05


@pytest.mark.parametrize(
    ("call", "says"),
    [(lambda: drawn_weights([0.5, 0.4]), "sum to 1"), (lambda: drawn_weights([1.0], 0), "above 0, got 0"),
     (lambda: drawn_weights([1.0], 5, 0), "at least 1 draw"), (lambda: forced_ranking(0, 0.1), "above 0 and at most 1"),
     (lambda: forced_ranking(0.5, 1), "below 1, got 1"), (lambda: forced_ranking(0.5, 0.1, people=1), "2 or more"),
     (lambda: stability(["a"], np.zeros((2, 1)), [1.0]), "shape"),
     (lambda: stability(["a"], np.zeros((1, 1)), [1.0], top_k=2), "1 to 1 people, got 2"),
     (lambda: stability(["a"], np.full((1, 1), np.nan), [1.0]), "a has no score")],
)  # fmt: skip
def test_impossible_weights_and_rankings_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
