"""The best linear composite of measures, and trials of a role in many worlds."""

import numpy as np
import pytest

from scenarios import load
from scenarios.files.rubrics import load_rubric
from sim.lab import best_composite, centred, parts_of, split, square, trials

FAIR = load_rubric("fair_merge")


def _planted(worlds, seed, people=12, rows=4):
    """Return seats and three measures with stated person, seat and noise variances: merit shares 1/3, 1/5 and 0."""
    rng = np.random.default_rng(seed)
    fixed = np.random.default_rng(99)
    person, seat = fixed.normal(size=(people, 3)), fixed.normal(size=(people, 3))
    seats = np.stack([square(people, seed, index, rows) for index in range(worlds)])
    scale = np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0]), np.array([2**0.5, 3**0.5, 1.0])
    noise = rng.normal(size=(*seats.shape, 3)) * scale[2]
    return seats, person * scale[0] + seat[seats] * scale[1] + noise


def test_the_parts_of_one_measure_are_those_of_the_split():
    seats, values = _planted(6, 1)
    made = parts_of(values, seats)
    for measure in range(3):
        shares = split(values[..., measure], seats)
        assert made.whole[measure, measure] == pytest.approx(shares.variance.mean)
        assert made.person[measure, measure] / made.whole[measure, measure] == pytest.approx(shares.person.mean)
        assert made.seat[measure, measure] / made.whole[measure, measure] == pytest.approx(shares.seat.mean)


def test_the_parts_of_a_sum_are_a_quadratic_form_in_its_weights():
    seats, values = _planted(5, 2)
    made, weights = parts_of(values, seats), np.array([0.5, -1.0, 2.0])
    shares = split(values @ weights, seats)
    assert weights @ made.whole @ weights == pytest.approx(shares.variance.mean)
    assert weights @ made.person @ weights / (weights @ made.whole @ weights) == pytest.approx(shares.person.mean)


def test_no_other_weights_beat_the_best_composite_where_it_was_fitted_and_hardly_any_elsewhere():
    seats, values = _planted(40, 3)
    made, best = parts_of(values, seats), best_composite(values, seats, ridge=0.0)
    rng = np.random.default_rng(4)

    def share(weights, parts):
        return weights @ parts.person @ weights / (weights @ parts.whole @ weights)

    others = rng.normal(size=(500, 3))
    assert max(share(each, made) for each in others) <= share(best, made) + 1e-9
    unseen = parts_of(*reversed(_planted(40, 5)))
    assert share(best, unseen) > np.quantile([share(each, unseen) for each in others], 0.95)
    assert abs(best[2]) < 0.2 * abs(best[0])


def test_what_never_differs_gets_no_weight():
    seats, values = _planted(4, 6)
    values[..., 1] = 7.0
    assert best_composite(values, seats)[1] == 0
    assert best_composite(np.ones_like(values), seats).tolist() == [0, 0, 0]


def test_who_has_no_value_counts_as_the_mean():
    rows = centred(np.array([[[[1.0], [np.nan], [3.0]]]]))
    assert rows[0, 0, :, 0].tolist() == [-1, 0, 1]


def test_trials_score_as_the_rubric_does_and_the_order_of_work_plays_no_part():
    desk = load("academy_small")
    made = trials(desk, [FAIR], "service_agent", range(5, 7), seatings=2)
    again = trials(desk, [FAIR, FAIR], "service_agent", range(5, 7), seatings=2)
    total = made.shaped(made.marks(FAIR).of("objective"))
    assert total.shape == made.seats.shape == (2, 2, 2)
    assert np.array_equal(total, again.shaped(again.marks(FAIR, 1).of("objective")), equal_nan=True)
    assert (made.values > 0).all()
    with pytest.raises(ValueError, match="2 worlds or more, got 1"):
        trials(desk, [FAIR], "service_agent", range(1))
